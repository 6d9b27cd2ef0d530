"""What a sync's runs have done, taken from their journals into the ledger of what the sync owns."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from batchroles.errors import BatchrolesError
from batchroles.job.difference import subjects
from batchroles.job.overview import Names
from batchroles.models import ENROL, REACTIVATE, SUSPEND, UNENROL, Code, Lines, Problem, Status, Wanted
from batchroles.models.enrolments import OUTSIDE
from batchroles.models.lines import NOT_READ, Mask
from batchroles.runs import Journal, Run
from batchroles.runs.ledger import MAYBE, OWNED, SEEN, SUSPENDED, Entry, Ledger
from batchroles.validator.dates import has_window, last_days

READ_BACK = (Code.NOT_SEEN, Code.HELD_BY_ENROLMENT, Code.PARTLY_REMOVED)
"""Codes of rows that Moodle confirmed and that were then not seen as they should be."""


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
        ledger.begin(run.folder, head.sync["serial"], facts)
        yield
        take_in(run, ledger)


def take_in(run: Run, ledger: Ledger) -> None:
    """Take what a run has done so far into the ledger; doing so twice changes nothing.

    Owned is what Moodle confirmed and what was read to be missing before; with `adopt` also what was there.
    """
    lines, sync = run.journal.lines(), run.journal.head.sync
    carried = lines.confirmed | _read_back(lines, run.journal.book.problems)
    owned, seen, maybe = _given(lines, carried, adopt=bool(sync.get("adopt")))
    suspended = carried & lines.asks(SUSPEND)
    some = owned | seen | maybe | suspended
    kinds, words = [owned, seen, maybe, suspended], [OWNED, SEEN, MAYBE, SUSPENDED]
    standing = np.select(kinds, words, default="")[some].tolist()
    gone = ~lines.gives & ~suspended & (carried | lines.ended_as(Status.ALREADY))
    keys = subjects(lines.only(gone)).itertuples(index=False, name=None)
    ended = lines.only(carried & lines.asks(UNENROL))
    people = zip(ended.userid.tolist(), ended.instanceid.tolist(), strict=True)
    ledger.take(
        _entries(lines.only(some), standing, run.wanted),
        [*keys],
        {"taken": str(run.journal.state())},
        [*people],
    )
    if has_window(run.wanted) and not run.journal.head.undoes:
        ledger.renew(_last_days(lines, run.wanted))


def _last_days(lines: Lines, wanted: Wanted) -> dict[tuple[int, int, str, int], str]:
    """Give until when the file wants each holding: the last of the days that its rows say, empty for no end."""
    days: dict[tuple[int, int, str, int], str] = {}
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
        return [f"What the last run of this sync did is not known, and it owns nothing of that: {error}"]
    return []


def _state(folder: Path) -> str:
    with Journal.open(folder) as journal:
        return str(journal.state())


def _read_back(lines: Lines, problems: list[Problem]) -> Mask:
    """Choose the lines that Moodle confirmed, though they are refused because of what was seen afterwards."""
    codes = [number for number, problem in enumerate(problems) if problem.code in READ_BACK]
    return lines.ended_as(Status.REFUSED) & lines.with_problem(codes)


def _given(lines: Lines, carried: Mask, *, adopt: bool) -> tuple[Mask, Mask, Mask]:
    """Choose the lines that are owned, that were there anyway, and that may be either."""
    gives, there = lines.gives, lines.gives & lines.ended_as(Status.ALREADY)
    sent = gives & carried
    # Nobody looked before some were sent, so that the people may have had the roles: what they had is not taken away.
    owned = sent & ((lines.held == 0) | lines.asks(REACTIVATE)) | (adopt & (sent | there))
    seen = ~owned & (sent | there & (lines.held != NOT_READ))
    return owned, seen, gives & lines.ended_as(Status.UNKNOWN) & (lines.held == 0)


def _entries(lines: Lines, standing: list[str], wanted: Wanted) -> Iterator[Entry]:
    rows = lines.stored("row")
    names = Names(wanted, rows)
    parts = lines.words("part")
    keys = subjects(lines).itertuples(index=False, name=None)
    # Who had a place in the course before has it without the sync's doing.
    fresh = lines.asks(ENROL) & np.isin(lines.enrolled, OUTSIDE)
    spans = zip(lines.start.tolist(), lines.end.tolist(), strict=True)
    columns = (standing, lines.row.tolist(), parts, fresh.tolist(), spans, keys)
    for one, row, part, enrolled, span, (user, role, level, instance) in zip(*columns, strict=True):
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
            *span,
        )
