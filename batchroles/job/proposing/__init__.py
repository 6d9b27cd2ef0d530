"""What somebody looks at, and corrects, before saying yes to a plan: everything that a page needs to show it.

A *proposal* is a task (`PlanFile`, `PlanRetry`, `PlanUndo`) whose plan is looked at, corrected and made again as often
as it takes, and sent once.
"""

from batchroles.job.in_words import InWords
from batchroles.job.proposing.corrections import Correction, corrected
from batchroles.job.proposing.counts import Counts, Group, counts
from batchroles.job.proposing.first_rows import first_rows
from batchroles.job.proposing.repaired import repaired_suffix, write_repaired
from batchroles.job.proposing.sameness import (
    Difference,
    Differences,
    PlanChangedError,
    same,
    unless_changed,
)
from batchroles.job.proposing.shape import Shape, ShownColumn, ShownSheet, shape
from batchroles.job.proposing.troubles import Trouble, troubles

__all__ = [
    "Correction",
    "Counts",
    "Difference",
    "Differences",
    "Group",
    "InWords",
    "PlanChangedError",
    "Shape",
    "ShownColumn",
    "ShownSheet",
    "Trouble",
    "corrected",
    "counts",
    "first_rows",
    "repaired_suffix",
    "same",
    "shape",
    "troubles",
    "unless_changed",
    "write_repaired",
]
