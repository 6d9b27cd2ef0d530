"""What a sync's runs have done, taken from their journals into the ledger of what the sync owns."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from batchroles.errors import BatchrolesError
from batchroles.job.identity import lasting
from batchroles.job.overview import Names
from batchroles.job.sync.difference import subjects
from batchroles.models import ENROL, REACTIVATE, SUSPEND, UNENROL, Code, Lines, Problem, Status, Wanted
from batchroles.models.enrolments import OUTSIDE
from batchroles.models.lines import NOT_READ, Mask
from batchroles.runs import Journal, Run
from batchroles.runs.ledger import INTENDED, LOST, MAYBE, OWNED, SEEN, SUSPENDED, Entry, Ledger
from batchroles.validator.dates import has_window, last_days

Key = tuple[int, int, str, int]
"""A holding's user id, role id, level and instance id."""
READ_BACK = (Code.NOT_SEEN, Code.HELD_BY_ENROLMENT, Code.PARTLY_REMOVED)
"""Codes of rows that Moodle confirmed and that were then not seen as they should be, though they are refused."""


def ledger_of(sync: Mapping[str, Any], site: str) -> Ledger:
    """Open the ledger that a run's head names."""
    return Ledger.open(Path(sync["ledger"]), site, sync["name"])


@contextmanager
def owning(run: Run) -> Iterator[None]:
    """Let the ledger know what a sync's run is about to do, and what it has done when the context ends.

    Of another run nothing is noted. Raises RunError where a later run of the sync began before this one.
    """
    head = run.journal.head
    if not head.sync:
        yield
        return
    with ledger_of(head.sync, head.site) as ledger:
        facts = {"rows": str(head.sync["rows"]), "identity": json.dumps(head.identity)}
        if not head.undoes:
            facts["asks"] = head.sync["asks"]
            facts |= {"faces": json.dumps(known)} if (known := lasting(head.faces)) else {}
        lines = run.journal.lines()
        open_ = lines.is_open | lines.ended_as(Status.WITHHELD)
        giving = lines.only(open_ & lines.gives & (lines.held == 0))
        taking = subjects(lines.only(open_ & ~lines.gives)).itertuples(index=False, name=None)
        days = {} if head.undoes else _last_days(lines, run.wanted)
        intended = _entries(giving, [INTENDED] * len(giving), run.wanted, days)
        ledger.begin(run.folder, head.sync["serial"], facts, intended, taking)
        yield
        take_in(run, ledger)


def take_in(run: Run, ledger: Ledger) -> None:
    """Take what a run has done so far into the ledger; doing so twice changes nothing.

    Owned is what Moodle confirmed and what was read to be missing before; with `adopt` also what was there.
    """
    lines, sync, problems = run.journal.lines(), run.journal.head.sync, run.journal.book.problems
    carried = lines.confirmed | _with_codes(lines, problems, Status.REFUSED, READ_BACK)
    owned, seen, maybe = _given(lines, carried, adopt=bool(sync.get("adopt")))
    suspended = carried & lines.asks(SUSPEND)
    lost = _with_codes(lines, problems, Status.INVALID, (Code.DRIFTED,))
    some = owned | seen | maybe | suspended | lost
    kinds = [owned, seen, maybe, suspended, lost]
    words = [OWNED, SEEN, MAYBE, SUSPENDED, LOST]
    standing = np.select(kinds, words, default="")[some].tolist()
    # Nothing is left to be taken away in a place that was deleted.
    deleted = ~lines.has_row & _with_codes(lines, problems, Status.REFUSED, (Code.CONTEXT_NOT_FOUND,))
    gone = ~lines.gives & ~suspended & (carried | lines.ended_as(Status.ALREADY) | deleted)
    keys = subjects(lines.only(gone)).itertuples(index=False, name=None)
    ended = lines.only(carried & lines.asks(UNENROL))
    people = zip(ended.userid.tolist(), ended.instanceid.tolist(), strict=True)
    # What Moodle confirmed and did not show afterwards is looked at again.
    sure = ~lines.ended_as(Status.REFUSED)[some]
    days = {} if run.journal.head.undoes else _last_days(lines, run.wanted)
    with ledger.together():
        ledger.take(
            _entries(lines.only(some), standing, run.wanted, days, sure.tolist()),
            [*keys],
            {"taken": str(run.journal.state())},
            [*people],
        )
        if run.journal.head.undoes:
            return
        ledger.forget_lost(subjects(lines.only(lines.has_row)))
        if has_window(run.wanted) or ledger.has_ends:
            ledger.renew(days)


def _last_days(lines: Lines, wanted: Wanted) -> dict[Key, str]:
    """Give until when the file wants each holding: the last of the days that its rows say, empty for no end."""
    days: dict[Key, str] = {}
    # The file's lines come first, in their order; those without a row stand behind them.
    own = lines.only(np.arange(len(wanted.lines)))
    sound = ~own.ended_as(Status.INVALID)
    keys = subjects(own).itertuples(index=False, name=None)
    for key, day, is_sound in zip(keys, last_days(wanted), sound.tolist(), strict=True):
        if is_sound:
            days[key] = max(days.get(key, day), day) if day and days.get(key, day) else ""
    return days


def settle(ledger: Ledger) -> list[str]:
    """Take in what the last run of the sync has done, in case it was killed before it could do so itself."""
    folder = ledger.fact("run")
    if not folder:
        return []
    try:
        # The journal alone, first: to look at a run is to read its whole file again, and nearly always in vain.
        if ledger.fact("taken") != _state(Path(folder)):
            with Run.look(Path(folder)) as run:
                take_in(run, ledger)
    except BatchrolesError as error:
        if ledger.fact("taken"):
            return []  # forgotten, perhaps, and nothing is lost by it
        ledger.give_up()
        return [
            f"What the last run of this sync did is not known ({error}): what it may have given is sent again, and"
            " owned once Moodle confirms it."
        ]
    return []


def _state(folder: Path) -> str:
    with Journal.open(folder) as journal:
        return str(journal.state())


def _with_codes(lines: Lines, problems: list[Problem], status: Status, codes: Sequence[Code]) -> Mask:
    """Choose the lines that ended in one way for one of some causes."""
    numbers = [number for number, problem in enumerate(problems) if problem.code in codes]
    return lines.ended_as(status) & lines.with_problem(numbers)


def _given(lines: Lines, carried: Mask, *, adopt: bool) -> tuple[Mask, Mask, Mask]:
    """Choose the lines that are owned, that were there anyway, and that may be either."""
    gives, there = lines.gives, lines.gives & lines.ended_as(Status.ALREADY)
    sent = gives & carried
    # Nobody looked before some were sent, so that the people may have had the roles: what they had is not taken away.
    # A sync lets in again only whom it has suspended itself.
    owned = sent & (lines.held == 0) | (sent | there) & (lines.asks(REACTIVATE) | adopt)
    seen = ~owned & (sent | there & (lines.held != NOT_READ))
    return owned, seen, gives & lines.ended_as(Status.UNKNOWN) & (lines.held == 0)


def _entries(
    lines: Lines,
    standing: list[str],
    wanted: Wanted,
    days: Mapping[Key, str],
    sure: Sequence[bool] | None = None,
) -> Iterator[Entry]:
    rows = lines.stored("row")
    names = Names(wanted, rows)
    parts = lines.words("part")
    keys = subjects(lines).itertuples(index=False, name=None)
    # Who had a place in the course before has it without the sync's doing.
    fresh = lines.asks(ENROL) & np.isin(lines.enrolled, OUTSIDE)
    spans = zip(lines.start.tolist(), lines.end.tolist(), strict=True)
    columns = (standing, lines.row.tolist(), parts, fresh.tolist(), spans, keys, sure or [True] * len(lines))
    for one, row, part, enrolled, (start, end), key, is_sure in zip(*columns, strict=True):
        user, role, level, instance = key
        yield Entry(
            user,
            role,
            level,
            instance,
            one,
            names.user(row, part, user),
            names.role(row, part, role),
            names.context(row, part, level, instance),
            enrolled,
            start,
            end,
            days.get(key, ""),
            is_sure,
        )
