"""What became of a run's rows, as it stands: a complete plan, a summary, the report files."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from batchroles.job.planning import Talk
from batchroles.job.run import Run
from batchroles.models import Plan, Status
from batchroles.readback import NOT_YET, unverified
from batchroles.reporter import Summary, summarise, write_results
from batchroles.sender import Ended
from batchroles.sender.refusals import NO_ANSWER, STOPPED


def complete(run: Run) -> Plan:
    """Give the plan with a status for every line: what was never sent is `unsent`."""
    plan = run.now()
    status, problem = plan.lines["status"].copy(), plan.lines["problem"].to_numpy("int32", copy=True)
    unsent, unknown = status.isna().to_numpy(), (status == Status.UNKNOWN).to_numpy()
    status[unsent] = str(Status.UNSENT)
    problem[unsent] = run.journal.book.number_of(STOPPED)
    problem[unknown] = run.journal.book.number_of(NO_ANSWER)
    unseen = unverified(plan, run.journal.book, every=run.journal.all_verified) & (problem < 0)
    if unseen.any():
        problem[unseen] = run.journal.book.number_of(NOT_YET)
    return replace(plan, lines=plan.lines.assign(status=status, problem=problem))


def summary_of(run: Run, plan: Plan, *, stopped: int | None = None, folder: Path | None = None) -> Summary:
    """Count a run's plan, with the calls and seconds of all processes that worked on it.

    `stopped` is the exit code of what ended it early; `folder` is where its reports are, if they are written.
    """
    usage = run.journal.usage()
    return summarise(
        plan,
        run=run.name,
        site=run.journal.head.site,
        calls={name: int(count) for name, count in usage["calls"].items()},
        seconds=usage["seconds"],
        all_verified=run.journal.all_verified,
        stopped=stopped,
        folder=folder,
    )


def report(
    run: Run, calls: dict[str, int], talk: Talk, ended: Ended | None = None, notes: Sequence[str] = ()
) -> Summary:
    """Write the reports of a run; `notes` are sentences about this go at it."""
    run.journal.note_usage(calls, talk.seconds)
    plan = complete(run)
    stopped = ended.exit_code if ended else None
    summary = summary_of(run, plan, stopped=stopped, folder=run.folder)
    summary = replace(summary, notes=[*summary.notes, *notes])
    with talk.phase("reporting"):
        write_results(run.folder, plan, summary)
    return summary
