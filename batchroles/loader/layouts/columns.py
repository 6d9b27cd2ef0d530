"""Columns of text → columns of references: each distinct text is read once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from batchroles.loader.layouts.cells import Fault, Read, Reference
from batchroles.loader.layouts.damage import sound
from batchroles.models import Code, Problem
from batchroles.text import cleaned

Codes = NDArray[np.int32]
NONE = -1


@dataclass(frozen=True)
class ReadColumn:
    """A reference, a problem or neither (a blank cell) for every row."""

    header: str
    """The header it came from; empty for a constant."""
    codes: Codes
    """Per row, a number that points into `references`, or -1."""
    references: Sequence[Reference]
    faults: Codes
    """Per row, a number that points into `problems`, or -1."""
    problems: Sequence[Problem] = field(default_factory=list)

    def blank(self) -> NDArray[np.bool_]:
        """Return which rows name nothing here."""
        blank: NDArray[np.bool_] = (self.codes == NONE) & (self.faults == NONE)
        return blank

    def filled(self, reference: Reference) -> "ReadColumn":
        """Return the column with a reference in every blank cell."""
        codes = np.where(self.blank(), np.int32(len(self.references)), self.codes)
        return ReadColumn(self.header, codes, [*self.references, reference], self.faults, self.problems)

    def whose(self, says: Callable[[Reference], bool]) -> NDArray[np.bool_]:
        """Return the rows of whose reference something is true."""
        # The last is for code -1, a blank cell.
        return np.array([*map(says, self.references), False])[self.codes]

    def only(self, chosen: NDArray[np.bool_]) -> "ReadColumn":
        """Return the column with every other cell blank."""
        codes, faults = (np.where(chosen, some, np.int32(NONE)) for some in (self.codes, self.faults))
        return ReadColumn(self.header, codes, self.references, faults, self.problems)

    def replaced(self, by: "ReadColumn", new: Callable[[Reference], Reference | None]) -> "ReadColumn":
        """Return the column with other references where another column asks for them; its problems come along."""
        asked = np.full(len(self.codes), NONE, np.int32)
        references = [*self.references]
        for number, reference in enumerate(by.references):
            if (instead := new(reference)) is not None:
                asked[by.codes == number] = len(references)
                references.append(instead)
        codes = np.where(asked == NONE, self.codes, asked)
        moved = np.where(by.faults == NONE, np.int32(NONE), by.faults + np.int32(len(self.problems)))
        faults = np.where(self.faults == NONE, moved, self.faults)
        return ReadColumn(self.header, codes, references, faults, [*self.problems, *by.problems])

    def rows(self, chosen: NDArray[np.bool_]) -> "ReadColumn":
        """Return the column for some of its rows."""
        return ReadColumn(
            self.header, self.codes[chosen], self.references, self.faults[chosen], self.problems
        )


def constant(reference: Reference, count: int) -> ReadColumn:
    """Return a column that says the same for `count` rows."""
    return ReadColumn("", np.zeros(count, np.int32), [reference], np.full(count, NONE, np.int32))


def nothing(header: str, count: int) -> ReadColumn:
    """Return a column of `count` blank cells."""
    return ReadColumn(header, np.full(count, NONE, np.int32), [], np.full(count, NONE, np.int32))


def read_column(cells: pd.Series, header: str, read: Read, damaged: Mapping[str, str]) -> ReadColumn:
    """Read a categorical column of text; `damaged` says what is wrong with cells of some text."""
    texts = cells.cat.categories.tolist()
    results = [_read(text, header, read, damaged.get(text)) for text in texts]
    return from_results(cells.cat.codes.to_numpy().astype(np.int32), results, header)


def from_results(numbers: Codes, results: Sequence[Reference | Problem | None], header: str) -> ReadColumn:
    """Return a column from the result for each distinct value and, per row, the number of its value."""
    references: dict[Reference, int] = {}
    problems: dict[Problem, int] = {}
    # One more than there are results: the code -1 of a blank cell leads to the last, which stays NONE.
    found = np.full(len(results) + 1, NONE, np.int32)
    wrong = np.full(len(results) + 1, NONE, np.int32)
    for number, result in enumerate(results):
        if isinstance(result, Problem):
            wrong[number] = problems.setdefault(result, len(problems))
        elif result is not None:
            found[number] = references.setdefault(result, len(references))
    return ReadColumn(header, found[numbers], list(references), wrong[numbers], list(problems))


def _read(text: str, header: str, read: Read, damage: str | None) -> Reference | Problem | None:
    value = cleaned(text)
    if not value:
        return None
    result = sound(value, damage, read(value))
    return problem_of(result, header, text) if isinstance(result, Fault) else result


def problem_of(fault: Fault, header: str, value: str) -> Problem:
    """Return the problem that a faulty cell is."""
    return Problem(fault.code, fault.reason, fault.fix, header, value, fault.suggestions)


def missing(headers: Sequence[str], what: str) -> Problem:
    """Return the problem of a row that names no user, role or context in the columns that could."""
    named = [header for header in headers if cleaned(header)]
    names = list(dict.fromkeys(map(cleaned, named)))
    if len(names) == 1:
        return Problem(
            Code.MISSING_VALUE,
            f'The cell under "{names[0]}" is blank.',
            f'Fill in "{names[0]}".',
            column=named[0],
        )
    if not names:
        return Problem(Code.MISSING_VALUE, f"The row names no {what}.", f"Fill in the {what}.")
    listed = ", ".join(f'"{name}"' for name in names)
    return Problem(Code.MISSING_VALUE, f"None of the cells under {listed} is filled.", "Fill in one of them.")
