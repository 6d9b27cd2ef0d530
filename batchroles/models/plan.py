"""A file with every name turned into an id: what is sent, and what is not and why."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from batchroles.models.levels import Level
from batchroles.models.problems import Problem
from batchroles.models.table import Table
from batchroles.models.words import Action, Status

ACTIONS = pd.CategoricalDtype([str(word) for word in Action])
LEVELS = pd.CategoricalDtype([str(word) for word in Level])
STATUSES = pd.CategoricalDtype([str(word) for word in Status])

NOT_READ = -1
"""In the column `held`: nobody could look."""

LINE_COLUMNS: dict[str, Any] = {
    "row": "int32",
    "part": "category",
    "action": ACTIONS,
    "userid": "int64",
    "roleid": "int64",
    "level": LEVELS,
    "instanceid": "int64",
    "status": STATUSES,
    "problem": "int32",
    "same_as": "int32",
    "held": "int16",
}
"""The columns of `Plan.lines` and their types."""


@dataclass(frozen=True)
class Plan:
    """What a run is about to send, or (with every status filled) what became of it."""

    table: Table
    format: str
    read_as: str
    lines: pd.DataFrame
    """Index 0 … n-1; columns as in `LINE_COLUMNS`. `status` is NaN for a line that is still to be sent; `problem` is
    an index into `problems` or -1; `same_as` is the index of the earlier line that a duplicate repeats, or -1; ids
    are 0 where they are not known. `held`: how often the user had the role there before anything was sent (twice, say:
    by hand and by a cohort), `NOT_READ` where nobody could look: only where it was read is it certain that the run
    changed something."""
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def codes(column: "pd.Series[Any]") -> npt.NDArray[np.int64]:
    """Give a categorical column's codes; -1 where it is NaN."""
    return column.cat.codes.to_numpy().astype("int64")


def status_code(status: Status) -> int:
    """Give the code of a status in the `status` column."""
    return list(Status).index(status)
