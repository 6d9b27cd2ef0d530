"""Which line decides what became of each line: itself, or the earlier one that it repeats."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from batchroles.models import Plan, Status
from batchroles.models.plan import codes, status_code

Integers: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]


def deciding_lines(plan: Plan) -> Integers:
    """Return, for each line, the index of the line whose fate it shares: its own but for duplicates.

    `same_as` always names the first of equal lines, which is no duplicate itself.
    """
    fate = np.arange(len(plan.lines), dtype=np.int64)
    repeats = (plan.lines["status"] == Status.DUPLICATE).to_numpy()
    same_as = plan.lines["same_as"].to_numpy()
    fate[repeats] = same_as[repeats]
    return fate


@dataclass(frozen=True, eq=False)
class Groups:
    """Which lines belong to which of the four groups; each belongs to exactly one."""

    done: Flags
    """Done, or so already: the success file."""
    failed: Flags
    """A check, a look-up or Moodle refused them: the failed file."""
    unknown: Flags
    """Sent, without an answer."""
    unsent: Flags
    """Not sent yet; of a plan, what is to be sent."""


def groups(plan: Plan) -> Groups:
    """Put every line into its group; a duplicate is where the line is that it repeats."""
    status = codes(plan.lines["status"])[deciding_lines(plan)]

    def ended_as(*some: Status) -> Flags:
        return np.isin(status, [status_code(one) for one in some])

    return Groups(
        done=ended_as(*(one for one in Status if one.done)),
        failed=ended_as(Status.INVALID, Status.REFUSED),
        unknown=ended_as(Status.UNKNOWN),
        unsent=ended_as(Status.UNSENT) | (status < 0),
    )
