"""What became of a run's rows, as it stands: a complete plan, a summary, the report files and how old they are."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from itertools import count
from pathlib import Path

import numpy as np

from batchroles.errors import BatchrolesError
from batchroles.job.known import compared, note_failures
from batchroles.job.planning import Talk
from batchroles.models import Code, Plan, Status
from batchroles.models.lines import NONE, Mask
from batchroles.reporter import Files, Summary, summarise, write_results
from batchroles.reporter.writing import digest, explained
from batchroles.runs.run import Run
from batchroles.sender import Ended
from batchroles.sender.readback import NOT_YET, unverified
from batchroles.validator.explanations import NO_ANSWER, STOPPED


@dataclass(frozen=True)
class Reports:
    """What the journal says of the report files of its run."""

    state: int = -1
    """The journal's state that they show; -1 while they are being replaced, and where there are none."""
    digests: dict[str, str] = field(default_factory=dict)
    """By file name: the SHA-256 of what was written last."""
    earlier: list[dict[str, str]] = field(default_factory=list)
    """The same of what stood there before: a kill or a power cut may have left it."""
    stopped: int | None = None
    """The exit code of what ended the run early."""
    stopped_by: str = ""
    """The sentence that says what that was."""
    notes: list[str] = field(default_factory=list)
    """What was said of the go that they report."""
    when: str = ""
    only_new: bool = False
    """Whether failures that an earlier run had, too, leave the exit code alone."""

    @classmethod
    def of(cls, run: Run) -> "Reports":
        """Read what the journal says."""
        return cls(**run.journal.reported())

    def is_last(self, path: Path) -> bool:
        """Whether a file is as it was written last."""
        return _digest(path) == self.digests.get(path.name)

    def is_earlier(self, path: Path) -> bool:
        """Whether a file is as it was written before that."""
        return _digest(path) in [one.get(path.name) for one in self.earlier]


def complete(run: Run) -> Plan:
    """Give the plan with a status for every line: what was never sent is `unsent`."""
    plan, book = run.now(), run.journal.book
    unseen = unverified(plan, book, every=run.journal.all_verified) & _without_fault(plan)
    lines = plan.lines.ruled(plan.lines.ended_as(Status.UNKNOWN), Status.UNKNOWN, book.number_of(NO_ANSWER))
    if unseen.any():
        lines = lines.explained(unseen, book.number_of(NOT_YET))
    return replace(plan, lines=lines.ruled(lines.is_open, Status.UNSENT, book.number_of(STOPPED)))


def _without_fault(plan: Plan) -> Mask:
    """Choose the lines of which nothing is known but, perhaps, that names differ."""
    named = [number for number, problem in enumerate(plan.problems) if problem.code is Code.NAME_DIFFERS]
    return np.asarray((plan.lines.problem == NONE) | plan.lines.with_problem(named))


def summary_of(run: Run, plan: Plan, *, folder: Path | None = None) -> Summary:
    """Count a run's plan, with the calls and seconds of all processes that worked on it.

    `folder` is where its reports are, if they are written. What was noted with them counts while nothing has happened
    since.
    """
    reports = Reports.of(run)
    return _summary(run, plan, reports if reports.state == run.journal.state() else Reports(), folder)


def shown(run: Run) -> tuple[Plan, Summary]:
    """Give what is to be told of a run: of one that was applied, what became of every row; else the plan."""
    if not _applied(run):
        return run.now(), summary_of(run, run.now())
    plan = complete(run)
    return plan, summary_of(run, plan, folder=None if outdated(run) else run.folder)


def report(
    run: Run,
    calls: dict[str, int],
    talk: Talk,
    ended: Ended | None = None,
    notes: Sequence[str] = (),
    *,
    only_new: bool = False,
) -> Summary:
    """Write the reports of a run; `notes` are sentences about this go at it.

    `only_new`: failures that the last run of the same kind had, too, leave the exit code alone.
    """
    run.journal.note_usage(calls, talk.seconds)
    stopped, by = (ended.exit_code, ended.sentence) if ended else (None, "")
    with talk.phase("reporting"):
        note_failures(run, complete(run))
        reports = Reports(stopped=stopped, stopped_by=by, notes=list(notes), only_new=only_new)
        summary, aside = _write(run, reports)
    return replace(summary, notes=[*summary.notes, *aside])


def outdated(run: Run) -> bool:
    """Whether report files are missing, half replaced, or older than what the journal knows of the rows.

    A file that somebody has edited is not outdated by that; a plan that was never applied has none to be outdated.
    """
    reports = Reports.of(run)
    if not _applied(run):
        return False
    old = any(not path.is_file() or _left_behind(reports, path) for path in _files(run))
    return old or reports.state != run.journal.state()


def edited(run: Run) -> list[Path]:
    """Give the report files with a content that batchroles never wrote there: somebody has edited them.

    They speak of the rows as they stand only where the reports are not outdated. Nobody edits `summary.json`.
    """
    reports = Reports.of(run)
    tables = [path for path in _files(run) if path.suffix != ".json" and path.is_file()]
    return [path for path in tables if not (reports.is_last(path) or reports.is_earlier(path))]


def renew(run: Run) -> list[str]:
    """Write the reports anew where they are outdated; gives a sentence for each edited file that was put aside.

    Raises TemporaryFailure where they cannot be written.
    """
    return _write(run, Reports())[1] if outdated(run) else []


def fresh(folder: Path) -> tuple[Run, list[str]]:
    """Open a run to read it, its reports written anew first where they are outdated and nobody works on it.

    Gives sentences about that, too. Raises RunError where the run is damaged or was altered.
    """
    run = Run.look(folder)
    if not outdated(run):
        return run, []
    run.close()
    try:
        with Run.open(folder) as mine:
            said = renew(mine)
    except BatchrolesError as error:
        said = [f"the files in {folder} are older than what is said here: {error}"]
    return Run.look(folder), said


def _applied(run: Run) -> bool:
    return bool(run.journal.state() or Reports.of(run).digests)


def _left_behind(reports: Reports, path: Path) -> bool:
    return not reports.is_last(path) and reports.is_earlier(path)


def _summary(run: Run, plan: Plan, reports: Reports, folder: Path | None) -> Summary:
    usage = run.journal.usage()
    summary = summarise(
        plan,
        run=run.name,
        site=run.journal.head.site,
        calls={name: int(count) for name, count in usage["calls"].items()},
        seconds=usage["seconds"],
        all_verified=run.journal.all_verified,
        stopped=reports.stopped,
        stopped_by=reports.stopped_by,
        folder=folder,
        when=datetime.fromisoformat(reports.when) if reports.when else None,
        state=run.journal.state(),
        compared=compared(run, plan) if _applied(run) or folder else None,
        only_new=reports.only_new,
        sync=run.journal.head.sync.get("name", ""),
        guarded=run.journal.head.is_guarded,
    )
    return replace(summary, notes=[*summary.notes, *reports.notes])


def _write(run: Run, reports: Reports) -> tuple[Summary, list[str]]:
    """Replace the report files; gives the summary, and a sentence for each edited file that was put aside."""
    aside: list[str] = []
    before = Reports.of(run)
    plan = complete(run)
    summary = _summary(run, plan, reports, run.folder)
    # A go that was killed between two renames left files of the one before it.
    interrupted = before.earlier if before.state < 0 else []
    after = replace(reports, earlier=[*interrupted, before.digests], when=summary.when.isoformat())

    def settle(digests: Mapping[Path, str]) -> list[Path]:
        nonlocal after
        after = replace(after, digests={path.name: one for path, one in digests.items()})
        theirs = edited(run)
        # A workbook holds the second in which it was written: whether two are alike is chance, so they never count so.
        tables = [path for path in theirs if path.suffix == ".csv"]
        same = [path for path in tables if digests[path] == before.digests.get(path.name)]
        # NOTE: with state -1, and before a file is touched. A kill from here on leaves reports that are known to be
        # outdated, and none that seems to be edited by a person.
        run.journal.note_reports(asdict(after))
        aside.extend(_put_aside(path) for path in theirs if path not in same)
        return same

    write_results(run.folder, plan, summary, settle)
    # Only now that every file is in its place do they count as those of this state.
    run.journal.note_reports(asdict(replace(after, state=run.journal.state())))
    return summary, aside


def _put_aside(path: Path) -> str:
    """Rename a file that somebody has edited, so that the edits are not lost; gives a sentence that says so."""
    names = (f"{path.stem}.edited{number or ''}{path.suffix}" for number in count())
    kept = next(path.with_name(name) for name in names if not path.with_name(name).exists())
    with explained(path):
        path.rename(kept)
    return (
        f"{path.name} had been edited, and a newer one was to be written: the edited one is now {kept.name}."
    )


def _files(run: Run) -> list[Path]:
    return Files.inside(run.folder, withheld=run.journal.head.is_guarded).all()


def _digest(path: Path) -> str:
    try:
        return digest(path)
    except OSError:
        return ""
