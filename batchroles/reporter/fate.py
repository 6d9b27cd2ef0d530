"""Which line decides what became of each line: itself, or the earlier one that it repeats."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from batchroles.models import Plan, Status

Integers: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

DONE = [status for status in Status if status.done]


def deciding_lines(plan: Plan) -> Integers:
    """Return, for each line, the index of the line whose fate it shares: its own but for duplicates.

    `same_as` always names the first of equal lines, which is no duplicate itself.
    """
    fate = np.arange(len(plan.lines), dtype=np.int64)
    repeats = (plan.lines["status"] == Status.DUPLICATE).to_numpy()
    same_as = plan.lines["same_as"].to_numpy()
    fate[repeats] = same_as[repeats]
    return fate


def done_lines(plan: Plan) -> Flags:
    """Tell for each line whether it is done or was so already, and so belongs in the success file."""
    done = plan.lines["status"].isin(DONE).to_numpy()
    return np.asarray(done[deciding_lines(plan)], dtype=np.bool_)
