"""Why a row cannot be done, as a value that flows on to the report."""

from dataclasses import dataclass, field

from batchroles.models.words import Code


@dataclass(frozen=True, slots=True)
class Problem:
    """One cause, in words for a non-programmer; equal problems of many rows are one object."""

    code: Code
    reason: str
    """A sentence that says what is wrong and quotes the value. The row and cell are added by the reporter."""
    fix: str
    """A sentence that says what to do."""
    column: str = ""
    """The header of the column at fault, as the file spells it; empty where no single column is."""
    value: str = ""
    """The value at fault, as the file spells it."""
    suggestions: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """What may be meant, the likeliest first: each could be written in the place of the value. Nothing that is kept of
    a run has them: they are for somebody who looks at a plan just made, and two problems that differ in them alone are
    the same. Not in the `repr` either, of which a run's digest is made."""
