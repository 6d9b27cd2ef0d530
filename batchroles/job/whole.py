"""A job from its first step to its last: a plan is made in the folder of the new run, saved there, sent and reported.

The command line and the library go this way alike: a door says what is to be planned, and what it shows and asks on the
way.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, Self

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress, silent
from batchroles.errors import BatchrolesError, Interrupted, RunError, TemporaryFailure
from batchroles.job.again import retry, undo
from batchroles.job.applying import Apply, apply
from batchroles.job.identity import refuse_address
from batchroles.job.planning import Checks, Talk, make_plan
from batchroles.job.preview import first_people
from batchroles.job.proposing.corrections import Correction
from batchroles.job.reporting import complete, summary_of
from batchroles.job.turn import IfLocked, Turn
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from batchroles.models import Plan
from batchroles.models.lines import NOT_READ
from batchroles.reporter import Summary, summarise
from batchroles.runs import Draft, Planned, Run, begin
from batchroles.runs.folders import DEFAULT
from batchroles.sender import Halt
from batchroles.sources import Source

RETRY, UNDO = "-retry", "-undo"
"""The ends of the names of runs that are made from runs."""


class Place:
    """Where a plan is made: nowhere in particular, if nothing is to be kept."""

    def begin(self, name: str) -> Path | None:  # noqa: ARG002 - the name is for those that keep something
        """Give the folder of the new run, if there is to be one; `name` is what it is about."""
        return None

    def ready(self) -> None:
        """Be told that the site is about to be asked."""


class Task(Protocol):
    """What is to be planned."""

    def plan(self, moodle: Moodle, talk: Talk, place: Place) -> Planned:
        """Make the plan. Raises InputError for what cannot be used, and what `Moodle.call` raises."""
        ...


@dataclass(frozen=True)
class PlanFile:
    """The rows of a file or of another source."""

    source: Source | Path
    reading: ReadingOptions = field(default_factory=ReadingOptions)
    understanding: FormatOptions = field(default_factory=FormatOptions)
    checks: Checks = field(default_factory=Checks)
    corrections: Sequence[Correction] = ()
    """What a person corrected in it; the file itself stays as it is."""

    def plan(self, moodle: Moodle, talk: Talk, place: Place) -> Planned:
        """See `make_plan`."""
        shown = self.source if isinstance(self.source, Path) else self.source.shown
        folder = place.begin(shown.stem)
        return make_plan(
            self.source,
            moodle,
            self.reading,
            self.understanding,
            self.checks,
            talk,
            folder=folder,
            ready=place.ready,
            corrections=self.corrections,
        )


@dataclass(frozen=True)
class PlanRetry:
    """The failed rows of a run."""

    run: Path
    """Its folder."""
    checks: Checks = field(default_factory=Checks)
    corrections: Sequence[Correction] = ()
    """What a person corrected, where that is not done in the run's own files."""

    def plan(self, moodle: Moodle, talk: Talk, place: Place) -> Planned:
        """See `retry`."""
        with Run.open(self.run) as earlier:
            folder = place.begin(f"{earlier.plan.table.path.stem}{RETRY}")
            return retry(earlier, moodle, self.checks, talk, folder, place.ready, self.corrections)


@dataclass(frozen=True)
class PlanUndo:
    """What a run is known to have done, backwards."""

    run: Path
    """Its folder."""
    also_unknown: bool = False

    def plan(self, moodle: Moodle, talk: Talk, place: Place) -> Planned:
        """See `undo`."""
        with Run.open(self.run) as earlier:
            place.begin(f"{earlier.plan.table.path.stem}{UNDO}")
            return undo(earlier, moodle, also_unknown=self.also_unknown, talk=talk, ready=place.ready)


@dataclass(frozen=True)
class Door:
    """What a door adds to a job: by default it is told nothing, and nobody is asked."""

    progress: Progress = silent
    """Called with a phase (`users`, `sending`, …), how much of it is done, and of how much."""
    sent: Callable[[int, int, int], None] = lambda _, __, ___: None
    """Called while rows are sent, with how many have an end, how many of these Moodle refused, and of how many."""
    names: Callable[[Planned], bool] = lambda _: False
    """Whether somebody will read the first people's names of a plan, which are looked up for that."""
    show: Callable[[Planned], None] = lambda _: None
    """Called with a plan as soon as there is one."""
    question: Callable[[Planned], Callable[[], bool] | None] = lambda _: None
    """Gives what asks whether to send a plan; None where nobody is to be asked. It is called while the site is held,
    and what it raises ends the job before there is a run."""
    waits: Callable[[str], None] = lambda _: None
    """Called once with a sentence where another run has the site and is waited for."""
    begins: Callable[[Path], None] = lambda _: None
    """Called with a run's folder when the run is about to be sent."""


@dataclass(frozen=True)
class Account:
    """What became of a run, or what a plan came to."""

    plan: Plan
    """With a status for every line, once it was sent."""
    summary: Summary
    folder: Path | None
    """The run's; None where there was nothing to do, so that there is none."""


class Job:
    """One job on one site for one door. Use it as a context manager: the site is held until the context ends."""

    def __init__(
        self,
        moodle: Moodle,
        door: Door | None = None,
        halt: Halt | None = None,
        if_locked: IfLocked = "wait",
        runs: Path = DEFAULT,
    ) -> None:
        """`if_locked`: what to do where another run has the site; `runs`: the folder in which new runs are made."""
        # A session: several jobs may have one client, and each counts its own calls.
        self.moodle = moodle.session()
        self.halt = halt or Halt()
        self._runs = runs
        self._door = door or Door()
        self._talk = Talk(self._door.progress, self._door.sent)
        self._turn = Turn(self.moodle, self.halt, if_locked, self._door.waits)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._turn.__exit__(*error)

    def planned(self, task: Task) -> Planned:
        """Make a plan, and keep nothing."""
        return self._planned(task, Place())

    def summary(self, planned: Planned) -> Summary:
        """Count a plan that is not on disk."""
        return summary_of_plan(planned, self.moodle.calls, self._talk.seconds)

    def saved(self, task: Task, out: Path | None) -> Account:
        """Make a plan and save it as a run, in the folder `out` if one is given; nothing is sent."""
        with ExitStack() as rest:
            place = _NewRun(out, rest, self._runs)
            planned = self._planned(task, place)
            with place.save(planned) as run:
                run.journal.note_usage(dict(self.moodle.calls), self._talk.seconds)
                plan = run.now()
                return Account(plan, summary_of(run, plan), run.folder)

    def done(self, task: Task, out: Path | None, how: Apply) -> Account:
        """Make a plan, ask whether to send it, save it as a run and send it, all while the site is held.

        Where everything is taken back already, an undo makes no run.
        """
        with ExitStack() as rest:
            place = _NewRun(out, rest, self._runs, self._turn)
            planned = self._planned(task, place)
            if planned.origin.undoes and not len(planned.plan.lines):
                return Account(planned.plan, self.summary(planned), None)
            # Before there is a run: one that nobody agreed to would be the `last`, and `apply last` would send it.
            self._ask(planned)
            with place.save(planned) as run:
                return self._sent(run, how)

    def sent(self, planned: Planned, spent: Summary, out: Path | None, how: Apply) -> Account:
        """Save a plan that was made before as a run, and send it. `spent`: the calls and seconds that it took.

        Raises RunError before there is a run where the plan is one for another site. Where another run has the site and
        is not waited for, the run is there: `gone_on` sends it later.
        """
        if planned.origin.site != self.moodle.url:
            made_for = planned.origin.site or "no site at all"
            raise RunError(
                f"this plan was made for {made_for}, not for {self.moodle.url}: ids mean other people there; plan the"
                " file again for this site"
            )
        with ExitStack() as rest:
            place = _NewRun(out, rest, self._runs)
            place.begin(_name_of(planned))
            with place.save(planned) as run:
                run.journal.note_usage(spent.calls, spent.seconds)
                return self._sent(run, how)

    def gone_on(self, folder: Path, how: Apply) -> Account:
        """Send what is left of a run; whether to begin with it is asked as for a plan that is new."""
        with Run.open(folder) as run:
            if not run.journal.state():
                self._ask_of(run, how)
            return self._sent(run, how)

    def _ask_of(self, run: Run, how: Apply) -> None:
        planned = run.as_planned()
        if how.approve_removals is not None:
            lines = planned.plan.lines.reopened(planned.plan.approvable, NOT_READ)
            planned = replace(planned, plan=replace(planned.plan, lines=lines))
        asking = self._door.question(planned)
        if asking is None:
            return
        refuse_address(run.journal.head, run.name, self.moodle)
        self._door.show(self._introduced(planned))
        _refuse_no(asking)

    def _planned(self, task: Task, place: Place) -> Planned:
        with nothing_sent_yet(self.halt):
            planned = task.plan(self.moodle, self._talk, place)
        planned = self._introduced(planned)
        self._door.show(planned)
        return planned

    def _introduced(self, planned: Planned) -> Planned:
        """Look up the first people's names, where somebody will read them."""
        if not self._door.names(planned):
            return planned
        with nothing_sent_yet(self.halt):
            return replace(planned, first=first_people(planned, self.moodle))

    def _ask(self, planned: Planned) -> None:
        asking = self._door.question(planned)
        if asking is None:
            return
        with nothing_sent_yet(self.halt), self._turn.let_go():
            _refuse_no(asking)

    def _sent(self, run: Run, how: Apply) -> Account:
        with nothing_sent_yet(self.halt):
            self._turn.take(run.folder)
        self._door.begins(run.folder)
        # Outside: from here on a stop does not mean that nothing was sent.
        summary = apply(run, self.moodle, how, self.halt, self._talk, self._turn)
        return Account(complete(run), summary, run.folder)


class _NewRun(Place):
    """The folder of a new run; where the plan is to be sent at once, the site is held from the first question on."""

    def __init__(self, out: Path | None, rest: ExitStack, runs: Path, turn: Turn | None = None) -> None:
        """`rest`: what lets the folder go, and deletes it where nothing became of it."""
        self._out, self._rest, self._runs, self._turn = out, rest, runs, turn
        self._draft: Draft | None = None

    def begin(self, name: str) -> Path:
        """Make the folder."""
        self._draft = self._rest.enter_context(begin(self._out, name, self._runs))
        return self._draft.folder

    def ready(self) -> None:
        """Take the site."""
        if self._turn is not None:
            self._turn.take(self._begun.folder)

    def save(self, planned: Planned) -> Run:
        """Put the plan on disk."""
        return Run.save(self._begun.folder, planned, self._begun.hold)

    @property
    def _begun(self) -> Draft:
        if self._draft is None:
            raise AssertionError("a plan is made after its place")
        return self._draft


def _refuse_no(asking: Callable[[], bool]) -> None:
    if not asking():
        raise Interrupted("the question whether to send was answered by no; nothing was sent")


def _name_of(planned: Planned) -> str:
    """Name the run that a plan will be, as the task has it that plans and saves in one."""
    origin = planned.origin
    end = UNDO if origin.undoes else RETRY if origin.is_retry else ""
    return f"{planned.plan.table.path.stem}{end}"


@contextmanager
def nothing_sent_yet(halt: Halt) -> Iterator[None]:
    """Tell an error that stopping caused, while nothing is sent, from any other."""
    try:
        yield
    except BatchrolesError as error:
        reason = halt.reason
        if reason is None:
            raise
        if reason.exit_code == Interrupted.exit_code:
            raise Interrupted(f"{reason.sentence}; nothing was sent") from error
        raise TemporaryFailure(f"{reason.sentence}; nothing was sent") from error


def summary_of_plan(planned: Planned, calls: Mapping[str, int], seconds: Mapping[str, float]) -> Summary:
    """Count a plan that is not on disk."""
    return summarise(planned.plan, run="", site=planned.origin.site, calls=calls, seconds=seconds)
