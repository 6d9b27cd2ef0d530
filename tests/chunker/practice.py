"""A Moodle reduced to its rule for a call: all or nothing, and the first bad row decides the error code."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from batchroles.chunker import Call, Dispatcher, Fate, Verdict
from batchroles.chunker.order import Work, arrange
from batchroles.errors import CallRefused
from batchroles.models import Cause, Level, Lines
from batchroles.models.changes import CallRow
from batchroles.models.lines import LEVEL_CODES

PLACES = np.array([LEVEL_CODES[Level.COURSE], LEVEL_CODES[Level.CONTEXT]], "int8")


def lines(rows: Collection[tuple[int, int, int]], phases: Sequence[int] = ()) -> Lines:
    """Make a plan's lines from (user id, role id, course id); all of them assign, or `phases` says the phase of each.

    A phase: 0 assigns in a course, 1 in a context named by its id, 2 and 3 unassign there.
    """
    table = np.array(list(rows), "int64").reshape(-1, 3)
    count = len(table)
    phase = np.array(phases or [0] * count, "int8")
    return Lines.of(
        {
            "row": np.arange(2, count + 2),
            "part": [""] * count,
            "change": phase // 2,
            "userid": table[:, 0],
            "roleid": table[:, 1],
            "level": PLACES[phase % 2],
            "instanceid": table[:, 2],
        }
    )


@dataclass(frozen=True)
class Rule:
    """Which rows are bad, and how large a call may be."""

    bad_users: Collection[int] = ()
    bad_pairs: Collection[tuple[int, int]] = ()
    odd_rows: Collection[tuple[int, int, int]] = ()
    odd_code: str = "dmlwriteexception"
    """How a bad row is refused that is neither its user's nor its pair's fault."""
    most: int = 10**9

    def code(self, rows: list[CallRow]) -> str | None:
        """Give the error code of a call; None if it goes through."""
        if len(rows) > self.most:
            return "invalidparameter"
        return next(filter(None, map(self._row_code, rows)), None)

    def _row_code(self, row: CallRow) -> str | None:
        user, role, _, course = row
        if (role, course) in self.bad_pairs:
            return "nopermissions"
        if user in self.bad_users:
            return "codingerror"
        return self.odd_code if (user, role, course) in self.odd_rows else None


@dataclass
class Record:
    """What a run against a rule did."""

    work: Work
    calls: int = 0
    fates: dict[int, Fate] = field(default_factory=dict)
    shrunk_to: int | None = None
    condemned: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    """Items of each user, and of each pair, that was found bad."""

    def note(self, verdict: Verdict, rule: Rule) -> None:
        """Take in the fates of some items."""
        for item in verdict.items.tolist():
            assert item not in self.fates, "an item was settled twice"
            self.fates[item] = verdict.fate
        if verdict.fate is Fate.REFUSED:
            user, role, _, course = self.work.rows(verdict.items[:1])[0]
            if verdict.cause is Cause.USER and user in rule.bad_users:
                self.condemned.append(self.work.userid == user)
            if verdict.cause is Cause.PAIR and (role, course) in rule.bad_pairs:
                self.condemned.append(self.work.pair == self.work.pair[verdict.items[0]])

    def check(self, call: Call, flying: list[Call]) -> None:
        """Assert what holds for every call that is handed out while others are under way."""
        work, others = self.work, np.concatenate([call.items[:0], *[other.items for other in flying]])
        assert len(call.items)
        assert not np.isin(work.user[call.items], work.user[others]).any(), "two calls at once share a user"
        assert len(np.unique(work.phase[np.concatenate((call.items, others))])) == 1, "two phases at once"
        earlier = np.flatnonzero(work.phase < work.phase[call.items[0]])
        assert set(earlier.tolist()) <= self.fates.keys(), "a later phase came first"
        assert not any(items[call.items].any() for items in self.condemned), "what is condemned was sent"


def play(
    rule: Rule,
    table: Lines,
    *,
    limit: int = 200,
    workers: int = 4,
    seed: int = 0,
    first: Collection[int] = (),
    not_sent: int = 0,
) -> Record:
    """Send everything with `workers` calls under way at once, answered in an order that `seed` decides.

    The items in `first` go before the others; the `not_sent` first answers are that the site could not be reached.
    """
    work = arrange(table)
    dispatcher = Dispatcher(work, limit, np.array(sorted(first), "int64"))
    record, flying = Record(work), list[Call]()
    order = np.random.default_rng(seed)
    while True:
        while len(flying) < workers and (call := dispatcher.take()) is not None:
            record.check(call, flying)
            flying.append(call)
            record.calls += 1
        if not flying:
            record.shrunk_to = dispatcher.shrunk_to
            assert len(dispatcher.open_items()) == 0, "items were left over, and nothing more was sent"
            return record
        landed = flying.pop(int(order.integers(len(flying))))
        if record.calls <= not_sent:
            dispatcher.not_sent(landed)
        else:
            _answer(rule, dispatcher, landed)
        for verdict in dispatcher.drain():
            record.note(verdict, rule)


def _answer(rule: Rule, dispatcher: Dispatcher, call: Call) -> None:
    code = rule.code(dispatcher.work.rows(call.items))
    if code is None:
        dispatcher.accepted(call)
    else:
        dispatcher.refused(call, CallRefused("core_role_assign_roles", code, "No."))


def one_by_one(rule: Rule, table: Lines) -> dict[int, Fate]:
    """Give the fates that a loop of one row a call would find."""
    work = arrange(table)
    alone = [work.rows(np.array([item])) for item in range(len(work))]
    return {item: Fate.REFUSED if rule.code(row) else Fate.DONE for item, row in enumerate(alone)}


def blind_halving(rule: Rule, table: Lines, limit: int = 200) -> int:
    """Count the calls of a client that halves whatever is refused."""
    work = arrange(table)
    rows = work.rows(np.arange(len(work)))

    def send(part: list[CallRow]) -> int:
        if rule.code(part) is None or len(part) == 1:
            return 1
        middle = len(part) // 2
        return 1 + send(part[:middle]) + send(part[middle:])

    return sum(send(rows[start : start + limit]) for start in range(0, len(rows), limit))
