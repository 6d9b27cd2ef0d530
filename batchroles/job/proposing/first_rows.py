"""The first rows of a plan in words, so that a wrong person is seen before anything is sent."""

import numpy as np

from batchroles.client import Moodle
from batchroles.job.in_words import InWords, in_words
from batchroles.models import Code, Plan
from batchroles.models.lines import Ints
from batchroles.runs import Planned

FIRST = 20
"""Open lines that are put into words."""
MOST_DIFFERING = 50
"""Of lines whose names differ, wherever they stand."""
MOST_REPAIRED = 50
"""Of texts that somebody put in, of each the first line."""


def first_rows(planned: Planned, moodle: Moodle, first: int = FIRST) -> list[InWords]:
    """Put the first open lines into words, and those whose names differ from Moodle's, in the order of the file.

    What takes something away is among them where there is any, and one line of each text that was repaired. Raises
    what `in_words` raises.
    """
    chosen = np.union1d(_chosen(planned.plan, first), _repaired(planned)).astype(np.int64)
    return in_words(planned, chosen, moodle, shown_names=True)


def _repaired(planned: Planned) -> Ints:
    """Give a line of each text that somebody put in: a name that was suggested may be another person's."""
    lines, repairs = planned.plan.lines, planned.origin.repairs
    if repairs is None:
        return np.zeros(0, np.int64)
    coming = np.flatnonzero(lines.is_open)
    by_row = {
        row: line for line, row in zip(coming[::-1].tolist(), lines.row[coming[::-1]].tolist(), strict=True)
    }
    found: dict[tuple[int, str], int] = {}
    for (row, position), text in repairs.cells.items():
        if row in by_row:
            found.setdefault((position, text), by_row[row])
    return np.array([*found.values()][:MOST_REPAIRED], np.int64)


def _chosen(plan: Plan, first: int) -> Ints:
    lines = plan.lines
    open_lines = np.flatnonzero(lines.is_open)
    taken = open_lines[~lines.gives[open_lines]]
    differing = [number for number, one in enumerate(plan.problems) if one.code is Code.NAME_DIFFERS]
    named = open_lines[lines.with_problem(differing)[open_lines]]
    # A file that mostly gives may have its few removals at the end, where nobody would look for them.
    return np.unique(
        np.concatenate([taken[: first // 2], open_lines[:first], named[:MOST_DIFFERING]])
    ).astype(np.int64)
