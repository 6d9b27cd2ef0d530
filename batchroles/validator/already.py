"""Lines that ask for what is so already: found by reading, before anything is sent."""

from dataclasses import replace

import numpy as np
import pandas as pd

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress
from batchroles.models import Action, Level, Plan, Status
from batchroles.models.plan import NOT_READ, STATUSES, codes, status_code
from batchroles.validator.holdings import Mask, Reader, Sight, how_far


def leave_out_what_is_so(plan: Plan, moodle: Moodle, workers: int, progress: Progress) -> Plan:
    """Give open rows whose role is there already (or, when unassigning, is not) the status `already`.

    Where the lines' `held` was read by an earlier run, it is what an undo comes back to: a role that somebody had
    twice is there again when it is there twice.
    """
    lines, before = plan.lines, plan.lines["held"].to_numpy()
    wanted = lines["status"].isna().to_numpy()
    sight = Sight(lines, wanted & in_courses(lines))
    Reader(moodle, workers, progress).read(sight)
    held = sight.held()
    so = np.where(assigning(lines), held >= np.maximum(before, 1), held <= np.maximum(before, 0))
    changed = _with_status(lines, so & (held != NOT_READ), Status.ALREADY).assign(held=held)
    unread = sight.unread(wanted & (held == NOT_READ))
    said = how_far(wanted, unread, "who has the role could be looked up before sending for {} rows")
    return replace(plan, lines=changed, notes=[*plan.notes, *(said if unread else [])])


def in_courses(lines: pd.DataFrame) -> Mask:
    """Choose the lines whose place is a course: only there can roles be read back."""
    return np.asarray(lines["level"] == Level.COURSE)


def assigning(lines: pd.DataFrame) -> Mask:
    """Choose the lines that give a role."""
    return np.asarray(lines["action"] == Action.ASSIGN)


def _with_status(lines: pd.DataFrame, mask: Mask, status: Status) -> pd.DataFrame:
    numbers = codes(lines["status"])
    numbers[mask] = status_code(status)
    return lines.assign(status=pd.Categorical.from_codes(numbers, dtype=STATUSES))
