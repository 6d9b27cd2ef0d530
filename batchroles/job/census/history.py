"""What runs of batchroles did with the roles of one person, from the journals and ledgers at hand: no site is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path

import numpy as np

from batchroles.directory.places import Place
from batchroles.errors import RunError
from batchroles.job.overview import ROLE
from batchroles.job.sync.owning import READ_BACK
from batchroles.models import ASSIGN, ENROL, UNASSIGN, UNENROL, Level, Lines, Status
from batchroles.models.changes import changes
from batchroles.models.lines import NOT_READ, Mask
from batchroles.runs import Head, Journal, Runs
from batchroles.runs.ledger import LOST, MAYBE, OWNED, SUSPENDED, Ledger, ledger_files
from batchroles.text import count_of


class Did(StrEnum):
    """What a line of a run did with a role."""

    GAVE = "gave"
    """It was read to be missing, and Moodle confirmed that it is there."""
    SENT = "sent"
    """Moodle confirmed it, and nobody had looked whether it was there before."""
    ASKED = "asked"
    """It was sent, and no answer came."""
    TOOK = "took"
    """Moodle confirmed that it is gone."""
    MISSED = "missed"
    """It was read to be gone already when the run was to take it away."""


@dataclass(frozen=True)
class Deed:
    """What one line of a run did."""

    did: Did
    run: str
    """The run's name."""
    folder: Path
    number: int
    """Runs are numbered as they were saved."""
    moment: datetime
    """When Moodle confirmed it, in UTC; when the run was planned where nothing was confirmed."""
    file: str
    """The name of the run's input."""
    row: int
    """Of the file; 0 where the line comes from none."""
    place: str
    """Where it comes from, in words: `row 4`, or the origin of a line without a row."""
    change: str
    """The word of its change."""
    roleid: int
    role: str
    """As the run knew it, or empty."""
    where: Place
    sync: str
    """The name of the sync whose run it is; empty else."""
    undoes: str
    """The name of the run that it takes back; empty else."""
    faces: tuple[tuple[str, str], ...]
    """User names by id when it was planned: they tell one site from another at the same address."""


@dataclass(frozen=True)
class Owned:
    """What a sync's ledger says of a role."""

    sync: str
    standing: str
    """`owned`, `maybe`, `suspended` or `lost`."""
    since: date | None
    """Since when it stands so."""
    roleid: int
    role: str
    """As the sync's file names it."""
    where: Place


@dataclass
class History:
    """Everything that is at hand about one person."""

    deeds: list[Deed] = field(default_factory=list)
    """In the order in which they were done."""
    owned: list[Owned] = field(default_factory=list)
    runs: int = 0
    """How many runs of this site were read."""
    notes: list[str] = field(default_factory=list)


def history_of(userid: int, site: str, folders: Sequence[Path], state: Path | None) -> History:
    """Read what the runs in some folders, and the ledgers in `state`, did with the roles of a person of a site.

    `site`: its address. Runs of other sites are passed over; what cannot be read is said in `notes`.
    """
    found = History()
    unreadable: list[str] = []
    # A run may stand in two of the folders, or be pointed to from one.
    runs = {path.resolve(): path for folder in folders for path in Runs(folder).all()}
    for folder in runs.values():
        try:
            with Journal.open(folder) as journal:
                if journal.head.site != site:
                    continue
                found.runs += 1
                found.deeds += _deeds(folder, journal, userid)
        except RunError as error:
            unreadable.append(f"{folder.name} ({error})")
    found.deeds.sort(key=lambda one: (one.moment, one.number))
    if unreadable:
        found.notes.append(
            f"{count_of(len(unreadable), 'run')} cannot be read, so that what"
            f" {'it' if len(unreadable) == 1 else 'they'} did is not known: {'; '.join(unreadable)}."
        )
    for path in ledger_files(state, site):
        try:
            with Ledger.open(path, site, path.stem) as ledger:
                found.owned += _owned(ledger, userid)
        except RunError as error:
            found.notes.append(f"What a sync owns is not known, because its ledger cannot be read: {error}.")
    return found


def _deeds(folder: Path, journal: Journal, userid: int) -> Iterator[Deed]:
    lines, head = journal.lines(), journal.head
    mine = lines.userid == userid
    if not mine.any():
        return
    moments = _moments(journal, len(lines))
    numbers = [number for number, problem in enumerate(journal.book.problems) if problem.code in READ_BACK]
    for did, mask in _kinds(lines, lines.ended_as(Status.REFUSED) & lines.with_problem(numbers)).items():
        for line in np.flatnonzero(mine & mask).tolist():
            yield _deed(did, folder, head, lines, line, moments.get(line))


def _kinds(lines: Lines, not_as_confirmed: Mask) -> dict[Did, Mask]:
    """Choose the lines that did something; `not_as_confirmed`: confirmed, and then not seen as they should be."""
    gives, takes = lines.asks(ASSIGN, ENROL), lines.asks(UNASSIGN, UNENROL)
    given = gives & lines.confirmed
    return {
        Did.GAVE: given & (lines.held == 0),
        # With `held` above 0 an enrolment got other dates, and the role was there before.
        Did.SENT: given & (lines.held == NOT_READ),
        Did.ASKED: gives & lines.ended_as(Status.UNKNOWN) & (lines.held <= 0),
        # What the call took away went even where a plugin gives the role, too, so that it is still seen.
        Did.TOOK: takes & (lines.confirmed | not_as_confirmed),
        Did.MISSED: takes & lines.ended_as(Status.ALREADY) & (lines.held <= 0),
    }


def _moments(journal: Journal, count: int) -> dict[int, float]:
    """Give when each line of a run was last answered for, in seconds since 1970."""
    last = np.zeros(count)
    for lines, answered in journal.book.answers():
        last[lines] = answered
    return {line: last[line] for line in np.flatnonzero(last).tolist()}


def _deed(did: Did, folder: Path, head: Head, lines: Lines, line: int, answered: float | None) -> Deed:
    roleid = int(lines.roleid[line])
    return Deed(
        did,
        folder.name,
        folder,
        head.number,
        head.created if answered is None else datetime.fromtimestamp(answered, UTC),
        head.input_name,
        int(lines.row[line]),
        lines.called(line),
        changes()[lines.change[line]].word,
        roleid,
        head.known_as.get(f"{ROLE} {roleid}", ""),
        (Level(lines.words("level", [line])[0]), int(lines.instanceid[line])),
        str(head.sync.get("name", "")),
        head.undoes,
        tuple(sorted(head.faces.items())),
    )


def _owned(ledger: Ledger, userid: int) -> Iterator[Owned]:
    held = ledger.holdings(OWNED, MAYBE, SUSPENDED, LOST)
    for one in held[held["userid"] == userid].itertuples():
        yield Owned(
            ledger.fact("name"),
            str(one.standing),
            date.fromisoformat(str(one.since)) if one.since else None,
            int(str(one.roleid)),
            str(one.role),
            (Level(str(one.level)), int(str(one.instanceid))),
        )
