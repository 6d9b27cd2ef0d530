"""What the dispatcher speaks of: calls, suspects and verdicts."""

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from batchroles.chunker.order import Ints
from batchroles.errors import CallRefused
from batchroles.models import Cause


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

    number: int
    """1, 2, …: what is reserved for the call is reserved under it."""
    items: Ints
    suspects: "Suspects | None" = None
    """The refused items that these are a part of."""
    rest: Ints = field(default_factory=lambda: np.zeros(0, "int64"))
    """The other part, which waits for the answer; empty if these items are all that is left to suspect."""


@dataclass(frozen=True, eq=False)
class Suspects:
    """Items of which at least one is bad, unless the call that was refused was too large."""

    items: Ints
    cause: Cause
    size: int
    """How many rows the refused call had."""
