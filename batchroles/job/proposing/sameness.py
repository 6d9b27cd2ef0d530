"""Whether a plan that was made anew is the one that a person looked at, line by line."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from batchroles.errors import InputError
from batchroles.models import Plan, Status
from batchroles.models.lines import NONE
from batchroles.runs import Planned
from batchroles.text import count_of

MOST_TOLD = 50
"""Lines that are told one by one."""
COMPARED = ("change", "userid", "roleid", "level", "instanceid", "start", "end", "status")


@dataclass(frozen=True)
class Difference:
    """One line that is not what it was."""

    row: int
    """0 for a line that comes from no row."""
    place: str
    what: str
    """`change`, `userid`, `roleid`, `level`, `instanceid`, `start`, `end`, `status`, `problem`; `new` for a line that
    was not there, `gone` for one that is not there any more."""
    before: str
    """What was shown, in the words and numbers of a plan; empty for a line that was to be sent, or was not there."""
    now: str


@dataclass(frozen=True)
class Differences:
    """What two plans differ by."""

    lines: int = 0
    """How many lines differ."""
    told: tuple[Difference, ...] = ()
    """Of the first of them: what differs."""

    def __bool__(self) -> bool:
        return self.lines > 0


class PlanChangedError(InputError):
    """What would be sent is not what was shown: nothing was sent."""

    def __init__(self, fresh: Planned, differences: Differences) -> None:
        lines = count_of(differences.lines, "row is", "rows are")
        super().__init__(
            f"{lines} not what was shown any more, because the site has changed since: nothing was sent. Look at the"
            " plan once more."
        )
        self.fresh, self.differences = fresh, differences


def same(shown: Planned, fresh: Planned) -> Differences:
    """Compare two plans of one task line by line; false where they are the same.

    A line is known by its row, part and origin. Compared is what it asks for, in ids, its dates, what becomes of it,
    and the code of its problem. What somebody else has done meanwhile just as it was asked for is no difference:
    nothing is sent for it any more, and no undo takes it back.
    """
    one, other = _frame(shown.plan), _frame(fresh.plan)
    both = one.index.intersection(other.index)
    gone, new = one.index.difference(other.index), other.index.difference(one.index)
    before, now = one.loc[both], other.loc[both]
    differs = before.to_numpy() != now.to_numpy()
    done_so = (before["status"] == "") & (now["status"] == str(Status.ALREADY))
    differs[:, before.columns.get_loc("status")] &= ~done_so.to_numpy()
    found = [Difference(int(key[0]), _place(shown.plan, key), "gone", _asked(one, key), "") for key in gone]
    found += [Difference(int(key[0]), _place(fresh.plan, key), "new", "", _asked(other, key)) for key in new]
    lines = np.flatnonzero(differs.any(axis=1))
    for line in lines[:MOST_TOLD].tolist():
        key = both[line]
        found += [
            Difference(
                int(key[0]),
                _place(fresh.plan, key),
                str(before.columns[at]),
                str(before.iat[line, at]),
                str(now.iat[line, at]),
            )
            for at in np.flatnonzero(differs[line]).tolist()
        ]
    return Differences(len(gone) + len(new) + len(lines), tuple(found[:MOST_TOLD]))


def unless_changed(shown: Planned) -> Callable[[Planned], None]:
    """Give what a `Door` has for its question, so that only what was shown is sent; nobody is asked any more.

    It raises PlanChangedError where the plan that is about to be sent is another one: then there is no run.
    """

    def compare(fresh: Planned) -> None:
        if differences := same(shown, fresh):
            raise PlanChangedError(fresh, differences)

    return compare


def _frame(plan: Plan) -> pd.DataFrame:
    lines = plan.lines
    columns: dict[str, object] = {
        name: lines.words(name) if name in ("change", "level", "status") else lines.stored(name).to_numpy()
        for name in COMPARED
    }
    codes = np.array([*(str(one.code) for one in plan.problems), ""], object)
    columns["problem"] = codes[np.where(lines.problem == NONE, len(plan.problems), lines.problem)]
    frame = pd.DataFrame(columns).astype(object)
    frame.index = lines.names()
    return frame


def _place(plan: Plan, key: tuple[int, str, str]) -> str:
    row, part, origin = key
    place = plan.table.place(row) if row else origin
    return f"{place}, {part}" if part else place


def _asked(frame: pd.DataFrame, key: tuple[int, str, str]) -> str:
    return str(frame.at[key, "change"])
