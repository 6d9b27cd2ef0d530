"""Pure: the open lines of a plan, in the order in which they are sent, with their pairs and users numbered."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from batchroles.models import Change, Level, Lines
from batchroles.models.changes import CallRow, Dates, changes
from batchroles.models.levels import BY_CONTEXT_ID
from batchroles.models.lines import LEVEL_CODES

Ints = npt.NDArray[np.int64]

LEVEL_NAMES = [str(level) for level in Level]
"""By code."""


@dataclass(frozen=True, eq=False)
class Work:
    """What is to be sent. Item 0 … n-1 is the order of sending: by phase, then user, context and role."""

    line: Ints
    """The plan's line of each item."""
    change: Ints
    """Codes of changes."""
    userid: Ints
    roleid: Ints
    level: Ints
    """Index into `LEVELS`."""
    instanceid: Ints
    start: Ints
    end: Ints
    pair: Ints
    """Items with one (change, role, context) share a number: 0, 1, … as each comes first in the order of sending."""
    user: Ints
    """Items with one user id share a number: 0, 1, … in the order of the ids. Within a phase they stand together."""
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

    def dates(self, items: Ints) -> list[Dates]:
        """Give the dates of these items, which go in one call; none where their change takes none."""
        if not self.change_of(items).takes_dates:
            return []
        return list(zip(self.start[items].tolist(), self.end[items].tolist(), strict=True))

    def change_of(self, items: Ints) -> Change:
        """Give the change of items that go in one call."""
        return changes()[int(self.change[items[0]])]

    def end_of_user(self, item: int) -> int:
        """Give the item that follows the last one of this item's user in its phase; the number of items at the end."""
        end_of_phase = int(np.searchsorted(self.phase, self.phase[item], side="right"))
        return item + int(np.searchsorted(self.user[item:end_of_phase], self.user[item], side="right"))

    def pairs(self) -> tuple[Ints, Ints]:
        """Give the first item of each pair, and how many items it has, by the pair's number."""
        # Pairs are numbered as they come: a number higher than all before it is the first item of its pair.
        before = np.maximum.accumulate(self.pair) if len(self) else self.pair
        return np.flatnonzero(np.diff(before, prepend=-1)), np.bincount(self.pair)

    def variables(self) -> int:
        """Give the form variables that the dearest item costs; 1 where there are no items."""
        levels = list(Level)
        kinds = np.flatnonzero(np.bincount(self.change * len(levels) + self.level)).tolist()
        costs = [changes()[kind // len(levels)].variables(levels[kind % len(levels)]) for kind in kinds]
        return max(costs, default=1)


_BARE = [LEVEL_CODES[level] for level in BY_CONTEXT_ID]


def phases() -> int:
    """Give how many phases there are: a call carries one change, and two for each keep bare context ids apart."""
    return 2 * len(changes())


def _turns() -> Ints:
    """Give, by code, when a change has its turn: 0, 1, …"""
    order = sorted(range(len(changes())), key=lambda code: changes()[code].turn)
    return np.argsort(order).astype("int64")


def arrange(lines: Lines, chosen: npt.NDArray[np.bool_] | None = None) -> Work:
    """Arrange the lines of a plan without a status (or the chosen ones) for sending."""
    line = np.flatnonzero(lines.is_open if chosen is None else chosen)
    change, level = (codes[line].astype("int64") for codes in (lines.change, lines.level))
    userid, roleid, instanceid = (ids[line] for ids in (lines.userid, lines.roleid, lines.instanceid))
    phase = 2 * _turns()[change] + np.isin(level, _BARE)
    # A call locks each of its users until it ends (`mark_user_dirty` writes to `mdl_cache_flags`): calls that share
    # users wait for each other, or deadlock. So the user decides who stands together, not the place.
    order = np.lexsort((roleid, instanceid, level, userid, phase))
    return Work(
        line=line[order],
        change=change[order],
        userid=userid[order],
        roleid=roleid[order],
        level=level[order],
        instanceid=instanceid[order],
        start=lines.start[line][order],
        end=lines.end[line][order],
        pair=_pairs(change[order] * len(LEVEL_NAMES) + level[order], instanceid[order], roleid[order]),
        user=pd.factorize(userid[order], sort=True)[0].astype("int64"),
        phase=phase[order],
    )


def _pairs(kind: Ints, instanceid: Ints, roleid: Ints) -> Ints:
    """Number what is equal in all three 0, 1, … as it comes first."""
    # Numbered first: Moodle's ids, multiplied as they are, would not fit into 64 bits.
    instance, instances = pd.factorize(instanceid)
    role, roles = pd.factorize(roleid)
    return pd.factorize((kind * len(roles) + role) * len(instances) + instance)[0].astype("int64")
