"""What the dispatcher speaks of: calls, suspects, verdicts, and what a refusal depends on."""

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from batchroles.chunker.order import Ints
from batchroles.client.refusals import CLASHES_OF_CHANGES
from batchroles.errors import CallRefused


class Cause(Enum):
    """What a refusal depends on."""

    USER = "user"
    PAIR = "pair"
    ROW = "row"
    CLASH = "clash"
    """Of no row: other changes were in the way, again and again."""


CAUSES = {
    "codingerror": Cause.USER,
    "invalidparameter": Cause.PAIR,
    "nopermissions": Cause.PAIR,
    "requireloginerror": Cause.PAIR,
    **dict.fromkeys(CLASHES_OF_CHANGES, Cause.CLASH),
}
"""Moodle's error codes for a refused `core_role_assign_roles`, by what they depend on; any other is `Cause.ROW`."""


class Fate(Enum):
    """What became of items: Moodle confirmed them, refused them, or gave no answer."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Verdict:
    """The fate of some items; a refusal comes with Moodle's words and with what it depends on."""

    items: Ints
    fate: Fate
    refusal: CallRefused | None = None
    cause: Cause = Cause.ROW


@dataclass(frozen=True, eq=False)
class Call:
    """Items to be sent together, and what their answer says about others."""

    items: Ints
    suspects: "Suspects | None" = None
    """The refused items that these are a part of."""
    rest: Ints = field(default_factory=lambda: np.zeros(0, "int64"))
    """The other part, which waits for the answer; empty if these items are all that is left to suspect."""
    trial: int | None = None
    """The pair that this single row is tried for."""


@dataclass(frozen=True, eq=False)
class Suspects:
    """Items of which at least one is bad, unless the call that was refused was too large."""

    items: Ints
    cause: Cause
    size: int
    """How many rows the refused call had."""
