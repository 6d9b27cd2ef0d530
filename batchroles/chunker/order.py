"""Pure: the open lines of a plan, in the order in which they are sent, with their pairs and users numbered."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from batchroles.models import Action, Level
from batchroles.models.plan import ACTIONS, LEVELS, codes

Ints = npt.NDArray[np.int64]

CallRow = tuple[int, int, str, int]
"""(user id, role id, level, instance id) of one row of a call."""

LEVEL_NAMES: list[str] = LEVELS.categories.tolist()
"""A list, because looking into an index of pandas takes ten times as long, a million times."""


@dataclass(frozen=True, eq=False)
class Work:
    """What is to be sent. Item 0 … n-1 is the order of sending: by action, then context, role and user."""

    line: Ints
    """The plan's line of each item."""
    action: Ints
    """Index into `ACTIONS`."""
    userid: Ints
    roleid: Ints
    level: Ints
    """Index into `LEVELS`."""
    instanceid: Ints
    pair: Ints
    """Items with one (action, role, context) share a number, and stand together: 0, 1, … in the order of sending."""
    user: Ints
    """Items with one user id share a number: 0, 1, …"""
    phase: Ints
    """Items of a later phase wait until every item of the earlier ones has a fate: 0, 1, …

    Removals come after assignments; and a context that is named by its own id may be the same place as a course or a
    category, so within each such items come last: one assignment must never be in two calls at once.
    """

    def __len__(self) -> int:
        return len(self.line)

    def rows(self, items: Ints) -> list[CallRow]:
        """Give the rows of a call that carries these items."""
        return [
            (user, role, LEVEL_NAMES[level], instance)
            for user, role, level, instance in zip(
                self.userid[items].tolist(),
                self.roleid[items].tolist(),
                self.level[items].tolist(),
                self.instanceid[items].tolist(),
                strict=True,
            )
        ]

    def action_of(self, items: Ints) -> Action:
        """Give the action of items that go in one call."""
        return Action(ACTIONS.categories[self.action[items[0]]])

    def of_pair(self, pair: int) -> Ints:
        """Give the items of a pair."""
        start, stop = np.searchsorted(self.pair, [pair, pair + 1])
        return np.arange(start, stop)

    def only_level(self) -> Level | None:
        """Give the level that all items have; None where there are several, or no items."""
        levels = np.unique(self.level)
        return Level(LEVEL_NAMES[levels[0]]) if len(levels) == 1 else None


_BARE = list(Level).index(Level.CONTEXT)
PHASES = 2 * len(ACTIONS.categories)
"""How many phases there are."""


def arrange(lines: pd.DataFrame, chosen: npt.NDArray[np.bool_] | None = None) -> Work:
    """Arrange the lines of a plan without a status (or the chosen ones) for sending.

    Assigning comes before unassigning: whoever stops halfway then leaves people with a role too many, not without one.
    """
    open_lines = lines["status"].isna().to_numpy() if chosen is None else chosen
    line = np.flatnonzero(open_lines)
    action = codes(lines["action"])[line]
    level = codes(lines["level"])[line]
    userid, roleid, instanceid = (lines[name].to_numpy()[line] for name in ("userid", "roleid", "instanceid"))
    order = np.lexsort((userid, roleid, instanceid, level, action))
    sorted_pairs = [values[order] for values in (action, level, instanceid, roleid)]
    return Work(
        line=line[order],
        action=action[order],
        userid=userid[order],
        roleid=roleid[order],
        level=level[order],
        instanceid=instanceid[order],
        pair=_runs(sorted_pairs),
        user=pd.factorize(userid[order])[0].astype("int64"),
        phase=(2 * action + (level == _BARE))[order],
    )


def _runs(columns: list[npt.NDArray[np.int64]]) -> Ints:
    """Number the runs of equal neighbours 0, 1, …"""
    count = len(columns[0])
    starts = np.zeros(count, bool)
    for values in columns:
        starts[1:] |= values[1:] != values[:-1]
    return np.cumsum(starts).astype("int64")
