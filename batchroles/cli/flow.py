"""What several commands do alike: plan a file, show the plan, ask, send, report."""

import sys
from collections.abc import Mapping

import click

from batchroles.cli.options import CheckFlags, FileFlags, OutFlags, SendFlags, SiteFlags
from batchroles.cli.talking import Voice
from batchroles.client import Moodle
from batchroles.errors import Interrupted
from batchroles.formats import FormatOptions
from batchroles.job import Apply, Checks, Planned, Run, apply, complete
from batchroles.loader import ReadingOptions
from batchroles.models import Action, Plan
from batchroles.reporter import Summary, summarise, summary_text
from batchroles.runs import make_folder
from batchroles.sender import Guards, Halt

GROUPS = 20
"""Groups of rows that a plan shows; the rest is counted."""


def reading(flags: FileFlags) -> ReadingOptions:
    """Give what says how the file is read."""
    return ReadingOptions(encoding=flags.encoding, delimiter=flags.delimiter, sheet=flags.sheet)


def understanding(flags: FileFlags, action: Action) -> FormatOptions:
    """Give what says how the file is understood."""
    return FormatOptions(
        match_user_by=flags.match_user_by,
        role=flags.role,
        context=flags.context,
        column_map=dict(flags.column_map),
        format=flags.format,
        action=action,
    )


def checks(file: FileFlags, check: CheckFlags, site: SiteFlags) -> Checks:
    """Give what is asked of the site before anything is sent."""
    return Checks(
        role_map=dict(file.role_map),
        probe=check.probe,
        existing=check.check_existing,
        workers=site.workers,
    )


def how_to_apply(site: SiteFlags, send: SendFlags) -> Apply:
    """Give what says how a run is sent."""
    guards = Guards(workers=site.workers, chunk_size=send.chunk_size, rate=send.rate)
    return Apply(guards=guards, max_errors=send.max_errors, verify=send.verify, even_if_old=send.yes)


def say_how_read(planned: Planned, voice: Voice) -> None:
    """Say what the file was taken for, and what was noticed."""
    plan = planned.plan
    voice.say([f"read as: {plan.read_as}", *plan.table.notes, *plan.notes])


def save(planned: Planned, out: OutFlags) -> Run:
    """Put a plan on disk as a new run."""
    return Run.save(make_folder(out.out, planned.origin.name or planned.origin.source.stem), planned)


def show_plan(planned: Planned) -> None:
    """Say on stderr what would be sent, by action, role and context."""
    from batchroles.job.overview import overview

    groups = overview(planned.plan, planned.wanted)
    for group in groups.head(GROUPS).itertuples():
        click.echo(f"  {group.rows:>7,}  {group.action} {group.role} in {group.context}", err=True)
    if len(groups) > GROUPS:
        rest = int(groups["rows"][GROUPS:].sum())
        click.echo(f"  {rest:>7,}  in {len(groups) - GROUPS:,} more groups", err=True)


def agreed(send: SendFlags, plan: Plan, site: str) -> bool:
    """Ask before sending, on a terminal; elsewhere nobody could answer, and a scheduler means what it says."""
    count = int(plan.lines["status"].isna().sum())
    if send.yes or count == 0 or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    return click.confirm(f"Send {count:,} rows to {site}?", err=True)


def finish(run: Run, summary: Summary, out: OutFlags, halt: Halt) -> int:
    """Print what became of a run; gives the exit code."""
    if halt.reason is not None and summary.exit_code:
        click.echo(f"batchroles: {halt.reason.sentence}; batchroles apply {run.folder} goes on", err=True)
    click.echo(summary.to_json() if out.as_json else summary_text(complete(run), summary), nl=not out.as_json)
    return summary.exit_code


def finish_check(planned: Planned, voice: Voice, calls: Mapping[str, int], *, as_json: bool) -> int:
    """Print what was understood and what could not be sent; gives the exit code: 1 where there is such a row."""
    from batchroles.formats import describe

    say_how_read(planned, voice)
    for sentence in describe(planned.wanted, first=3):
        click.echo(f"  {sentence}", err=True)
    summary = summarise(
        planned.plan, run="", site=planned.origin.site, calls=calls, seconds=voice.talk.seconds
    )
    click.echo(summary.to_json() if as_json else summary_text(planned.plan, summary), nl=not as_json)
    return summary.exit_code


def finish_plan(run: Run, moodle: Moodle, voice: Voice, out: OutFlags) -> int:
    """Print what a plan came to; gives the exit code: 1 where some rows cannot be sent."""
    summary = summarise(
        run.now(), run=run.name, site=moodle.url, calls=moodle.calls, seconds=voice.talk.seconds
    )
    run.journal.note_usage(dict(moodle.calls), voice.talk.seconds)
    click.echo(summary.to_json() if out.as_json else summary_text(run.now(), summary), nl=not out.as_json)
    if not out.as_json:
        click.echo(f"batchroles apply {run.folder} sends it")
    return summary.exit_code


def ask_and_send(
    planned: Planned,
    moodle: Moodle,
    *,
    site: SiteFlags,
    send: SendFlags,
    out: OutFlags,
    voice: Voice,
    halt: Halt,
) -> int:
    """Show a plan, ask, save it as a run, send it and report; gives the exit code."""
    voice.close()
    say_how_read(planned, voice)
    show_plan(planned)
    if not agreed(send, planned.plan, moodle.url):
        raise Interrupted("nothing was sent")
    with save(planned, out) as run:
        summary = apply(run, moodle, how_to_apply(site, send), halt, voice.talk)
        voice.close()
        return finish(run, summary, out, halt)
