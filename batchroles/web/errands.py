"""What is done for people in the background: a proposal checked, sent, and a run that goes on."""

import secrets
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from batchroles.client import Moodle
from batchroles.client.wire import Stop
from batchroles.errors import BatchrolesError
from batchroles.job import Account, Door, Job, PlanFile, Planned, PlanRetry, PlanUndo, Task
from batchroles.job.in_words import InWords
from batchroles.job.proposing import (
    Correction,
    Counts,
    PlanChangedError,
    Shape,
    Trouble,
    counts,
    first_rows,
    shape,
    troubles,
    unless_changed,
)
from batchroles.runs.copying import speaking_of
from batchroles.sources import FileOnDisk
from batchroles.web.became import became, touched
from batchroles.web.desk import Desk
from batchroles.web.people import Person
from batchroles.web.proposals import Proposal
from batchroles.web.remembered import Remembered
from batchroles.web.work import Work

MOST_DIFFERENCES = 20
"""Lines that are told one by one where the site has changed."""
CUT_OFF = "The page was stopped before anything of this was sent."
NOTHING_LEFT = "Everything of this was taken back already: nothing was sent."


@dataclass(frozen=True, eq=False)
class LookedAt:
    """A plan that nobody has agreed to yet, and what a person is shown of it."""

    planned: Planned
    counts: Counts
    troubles: Sequence[Trouble]
    first: Sequence[InWords]
    key: str = field(default_factory=lambda: secrets.token_hex(8))
    """What a form says that was made of it: one that was made of another plan, of the same file, means that one."""


@dataclass(frozen=True)
class Upload(FileOnDisk):
    """A file as a person gave it, called as the person calls it."""

    called: str = ""

    @property
    def name(self) -> str:
        """The file's name on the person's own machine."""
        return self.called

    @property
    def shown(self) -> Path:
        """The same."""
        return Path(self.called)

    def blocks(self, stop: Stop) -> Generator[bytes]:
        """See `FileOnDisk`."""
        with speaking_of(self.called, self.path):
            return super().blocks(stop)


def checking(desk: Desk, person: Person, proposal: Proposal) -> Work:
    """Begin to check a proposal as it stands, or give the check that goes on or has ended."""
    key = check_key(person, proposal)
    work = desk.works.of(key)
    if work is not None and not (work.over and work.halt.reason):
        return work

    def check(work: Work, moodle: Moodle) -> LookedAt:
        with desk.checks.taken(person.folder, work.halt):
            return look(work, moodle)

    def look(work: Work, moodle: Moodle) -> LookedAt:
        known = proposal
        if proposal.kind == "file":
            # First: whoever has to say which column holds what needs it where there is no plan.
            work.seen = shape_of(desk, person, proposal)
            known = _as_before(desk, person, proposal, work.seen)
            if known.remembered and not proposal.remembered:
                work.seen = shape_of(desk, person, known)
        with Job(moodle, Door(progress=work.progress, waits=work.wait_for), work.halt) as job:
            planned = job.planned(task_of(desk, person, known))
            work.lines = len(planned.plan.lines)
            return LookedAt(planned, counts(planned), troubles(planned), first_rows(planned, job.moodle))

    return desk.works.begin(key, person.moodle, check)


def _as_before(desk: Desk, person: Person, proposal: Proposal, shape: Shape) -> Proposal:
    """Have a file of which nothing was said be read as one with these headers was before.

    Here and not where it is given: looking into a large workbook takes a minute.
    """
    said = Remembered(person.folder).reading(shape) if proposal.is_untouched else None
    if said is None:
        return proposal
    with desk.deciding:
        now = person.proposals.find(proposal.id)
        if now is None or not now.is_untouched:
            return proposal
        return person.proposals.write(replace(now, reading=said, remembered=True))


def send(desk: Desk, person: Person, proposal: Proposal, shown: Planned) -> Proposal:
    """Send a proposal as it was shown: made anew while the site is held, and compared with that.

    Gives it as it stands then: sent, now or before, or as somebody has said otherwise meanwhile.
    """
    # Until the work has begun nobody may find that it never became a run.
    with desk.deciding:
        now = person.proposals.find(proposal.id)
        if now is None or now.sent or now.revision != proposal.revision:
            return now or proposal
        name = f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        now = person.proposals.write(replace(now, sent=name, said=""))
        _begin(desk, person, now, shown)
        return now


def changed(desk: Desk, person: Person, proposal: Proposal, **what: object) -> Proposal:
    """Say something else of a proposal, unless it was sent or somebody said something meanwhile; give what it is."""
    with desk.deciding:
        now = person.proposals.find(proposal.id)
        if now is None or now.sent or now.revision != proposal.revision:
            return now or proposal
        desk.works.forget(check_key(person, now))
        return person.proposals.write(now.changed(said="", differences=(), **what))


def forget(desk: Desk, person: Person, proposal: Proposal) -> bool:
    """Delete a proposal with its file, unless it was sent; whether it is gone."""
    with desk.deciding:
        now = person.proposals.find(proposal.id)
        if now is not None and now.sent:
            return False
        desk.works.forget(check_key(person, proposal))
        person.proposals.forget(proposal)
        return True


def _begin(desk: Desk, person: Person, proposal: Proposal, shown: Planned) -> None:
    folder = person.runs.folder / proposal.sent

    def begins(_: Path) -> None:
        with desk.deciding:
            person.proposals.write(replace(proposal, begun=True))

    def do(work: Work, moodle: Moodle) -> None:
        door = Door(
            progress=work.progress,
            waits=work.wait_for,
            sent=work.rows_sent,
            question=unless_changed(shown),
            begins=begins,
        )
        with Job(moodle, door, work.halt, runs=person.runs.folder) as job:
            account = job.done(task_of(desk, person, proposal), folder, desk.office.how)
        _read(account)

    desk.works.begin(run_key(person, proposal.sent), person.moodle, do)


def go_on(desk: Desk, person: Person, name: str, *, even_if_old: bool) -> None:
    """Send what is left of a run; `even_if_old`: somebody was told that it is, and agreed."""

    def do(work: Work, moodle: Moodle) -> None:
        door = Door(progress=work.progress, waits=work.wait_for, sent=work.rows_sent)
        with Job(moodle, door, work.halt, runs=person.runs.folder) as job:
            account = job.gone_on(
                person.runs.folder / name, replace(desk.office.how, even_if_old=even_if_old)
            )
        _read(account)

    desk.works.begin(run_key(person, name), person.moodle, do)


def _read(account: Account) -> None:
    """Read what became of a run before anybody asks, who would else wait for it."""
    if account.folder is not None:
        became(account.folder, touched(account.folder))


def check_key(person: Person, proposal: Proposal) -> tuple[str, Path, str, int]:
    """Give the key of the check of a proposal as it stands."""
    return ("check", person.folder, proposal.id, proposal.revision)


def run_key(person: Person, name: str) -> tuple[str, Path, str]:
    """Give the key of what goes on with a run."""
    return ("run", person.folder, name)


def proposal_of(person: Person, run: str) -> Proposal | None:
    """Give the proposal that became a run, or was about to."""
    return next((one for one in person.proposals.all() if one.sent == run), None)


def settled(desk: Desk, person: Person, proposal: Proposal) -> Proposal:
    """Give a proposal as it stands: one that was to be sent and never became a run can be sent again.

    Why it did not is said with it. Where what it would do had changed meanwhile, that is a new revision.
    """
    with desk.deciding:
        return _settled(desk, person, person.proposals.find(proposal.id) or proposal)


def _settled(desk: Desk, person: Person, proposal: Proposal) -> Proposal:
    key = run_key(person, proposal.sent)
    if not proposal.sent or desk.works.under_way(key) is not None:
        return proposal
    if proposal.begun or person.runs.inside(proposal.sent) is not None:
        return proposal
    why, told = _why_not_sent(desk.works.of(key))
    desk.works.forget(key)
    return person.proposals.write(proposal.changed(sent="", said=why, differences=told))


def _why_not_sent(work: Work | None) -> tuple[str, tuple[Mapping[str, str], ...]]:
    if work is None or work.defect:
        return CUT_OFF, ()
    return (str(work.error), _told(work.error)) if work.error is not None else (NOTHING_LEFT, ())


def _told(error: BatchrolesError) -> tuple[Mapping[str, str], ...]:
    """Give what was otherwise than it had been shown, as far as people read it."""
    if not isinstance(error, PlanChangedError):
        return ()
    first = error.differences.told[:MOST_DIFFERENCES]
    return tuple(
        {name: str(getattr(one, name)) for name in ("place", "what", "before", "now")} for one in first
    )


def task_of(desk: Desk, person: Person, proposal: Proposal) -> Task:
    """Give what is to be planned."""
    checks = replace(desk.office.checks, strict_names=proposal.reading.strict_names)
    run = person.runs.folder / proposal.run
    corrections = [Correction.from_plain(one) for one in proposal.corrections]
    if proposal.kind == "undo":
        return PlanUndo(run)
    if proposal.kind == "retry":
        return PlanRetry(run, checks, corrections)
    reading, understanding = proposal.reading.options(desk.office.understanding)
    return PlanFile(
        Upload(person.proposals.file(proposal), called=proposal.name),
        reading,
        understanding,
        checks,
        corrections,
    )


def shape_of(desk: Desk, person: Person, proposal: Proposal) -> Shape:
    """Look at the file of a proposal. Raises InputError for what is no spreadsheet, is damaged or encrypted."""
    path = person.proposals.file(proposal)
    with speaking_of(proposal.name, path):
        return shape(path, *proposal.reading.options(desk.office.understanding))
