"""The commands for a run: `batchroles apply`, `retry`, `undo`, `runs` and `show`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batchroles.cli.aims import Aim, Command, option
from batchroles.cli.options import (
    MOST_ROWS,
    Sending,
    SiteFlags,
    check_flags,
    out_flags,
    role_map_option,
    send_flags,
    site_flags,
)
from batchroles.cli.watching import current_watch, watch_flags

if TYPE_CHECKING:
    from batchroles.job import Checks, Task

RUN = click.argument("run")


@click.command(cls=Command, short_help="Send what RUN planned, or what is left of it.")
@RUN
@site_flags
@send_flags
@watch_flags
@option(
    Aim.SEND,
    "--approve-removals",
    type=click.IntRange(0, MOST_ROWS),
    metavar="N",
    help="Send the removals, too, that a sync withheld, if there are not more than N.",
)
@option(Aim.BACK, "--json", "as_json", is_flag=True, help="Print the summary as JSON instead.")
def apply(
    run: str, site_flags: SiteFlags, sending: Sending, approve_removals: int | None, as_json: bool
) -> int:
    """Send what RUN planned, or what is left of it; nothing is looked up again.

    RUN is a run's folder, any unambiguous part of its name, or `last`.
    """
    from batchroles.cli.talking import Voice, door_to_apply, job_on, tell
    from batchroles.runs import Runs

    folder, voice = Runs().to_apply(run, agreed=sending.yes), Voice()
    with job_on(site_flags, voice, door_to_apply(voice, yes=sending.yes), sending) as job:
        how = replace(sending.how, approve_removals=approve_removals)
        return tell(job.gone_on(folder, how), job, voice, as_json=as_json)


@click.command(cls=Command, short_help="Make a new run of the failed rows of RUN, and send it.")
@RUN
@role_map_option
@site_flags
@check_flags
@send_flags
@out_flags
@watch_flags
def retry(
    run: str, site_flags: SiteFlags, checks: "Checks", sending: Sending, out: Path | None, as_json: bool
) -> int:
    """Make a new run of the failed rows of RUN, looked up afresh, and send it.

    What you mended in its failed.csv or results.xlsx counts, and is said first. Words for roles mean what they meant in
    RUN; --role-map adds to them.
    """
    from batchroles.job import PlanRetry
    from batchroles.runs import Runs

    return do(PlanRetry(Runs().find(run), checks), site_flags, sending, out, as_json=as_json)


@click.command(cls=Command, short_help="Take back what RUN is known to have done.")
@RUN
@site_flags
@send_flags
@out_flags
@watch_flags
@option(
    Aim.SEND,
    "--also-unknown",
    is_flag=True,
    help="Take back rows, too, for which it was not read before whether the people had the role.",
)
def undo(
    run: str, site_flags: SiteFlags, sending: Sending, out: Path | None, as_json: bool, also_unknown: bool
) -> int:
    """Take back what RUN is known to have done: show it, ask, and send the inverse as a new run.

    Known is what was read before RUN sent it. What is taken back already is left out.
    """
    from batchroles.job import PlanUndo
    from batchroles.runs import Runs

    return do(PlanUndo(Runs().find(run), also_unknown), site_flags, sending, out, as_json=as_json)


def do(task: "Task", site: SiteFlags, sending: Sending, out: Path | None, *, as_json: bool) -> int:
    """Plan, show, ask, send and report; gives the exit code."""
    from batchroles.cli.talking import Voice, door_to_send, job_on, tell

    voice = Voice()
    with job_on(site, voice, door_to_send(voice, yes=sending.yes), sending) as job:
        return tell(job.done(task, out, sending.how), job, voice, as_json=as_json)


ALL_OLD = "*"
"""What --forget is given where no run is named beside it: no name of a folder has it in it."""


def save(task: "Task", site: SiteFlags, out: Path | None, *, as_json: bool) -> int:
    """Plan, show and save as a run; gives the exit code."""
    from batchroles.cli.talking import (
        Voice,
        job_on,
        print_summary,
        say_how_read,
        show_plan,
        somebody_reads,
    )
    from batchroles.job import Door, Planned, listed

    voice = Voice()
    lines: dict[str, Any] = {}

    def show(planned: Planned) -> None:
        if as_json:
            lines.update(listed(planned))
        say_how_read(planned, voice)
        if not as_json:
            show_plan(planned, err=False)
            click.echo()

    door = Door(names=lambda planned: not as_json and somebody_reads(planned), show=show)
    with job_on(site, voice, door) as job:
        account = job.saved(task, out)
    print_summary(account.plan, account.summary, lines if as_json else None)
    if not as_json and account.summary.tally.pending:
        click.echo(f"batchroles apply {account.folder} sends it")
    return account.summary.exit_code


@click.command(cls=Command)
@option(
    Aim.BACK,
    "--older-than",
    metavar="AGE",
    help="Only what ended so long ago, 90d or 12w, and what of it --forget would delete.",
)
@option(
    Aim.BACK,
    "--forget",
    is_flag=False,
    flag_value=ALL_OLD,
    metavar="[RUN]",
    help="Delete a run with all that it holds; with --older-than, all that can go.",
)
@option(Aim.BACK, "--yes", "-y", is_flag=True, help="Do not ask before deleting.")
@option(Aim.BACK, "--json", "as_json", is_flag=True, help="Print the runs as JSON instead.")
def runs(older_than: str | None, forget: str | None, yes: bool, as_json: bool) -> None:
    """List the runs in batchroles-runs, oldest first.

    --older-than AGE --forget deletes old ones, but none with rows that are still to be sent, none that another process
    works on, none outside batchroles-runs, and no undo while the run is there that it took back.
    """
    from batchroles.cli.listing import forget_old, list_old, print_runs
    from batchroles.runs import Runs

    if (forget == ALL_OLD) != bool(older_than and forget):
        raise click.UsageError("--forget takes a RUN, or --older-than beside it.")
    every = Runs()
    if older_than is not None:
        (forget_old if forget else list_old)(every, older_than, yes=yes, as_json=as_json)
    elif forget is not None:
        if not yes:
            click.confirm(f"Delete {every.named(forget)} with all that it holds?", abort=True, err=True)
        click.echo(f"{every.forget(forget)} is gone.")
    else:
        print_runs(every, as_json=as_json)


@click.command(cls=Command)
@click.argument("run")
@option(Aim.BACK, "--json", "as_json", is_flag=True, help="Print the summary as JSON instead.")
def show(run: str, as_json: bool) -> None:
    """Print what became of the rows of RUN."""
    from batchroles.job import fresh, shown
    from batchroles.reporter import next_steps, summary_text
    from batchroles.runs import Runs

    opened, said = fresh(Runs().find(run))
    for sentence in said:
        click.echo(f"note: {sentence}", err=True)
    with opened:
        plan, summary = shown(opened)
    if as_json:
        current_watch().print_json(summary.to_json())
    else:
        click.echo(summary_text(plan, summary))
        for sentence in next_steps(summary, opened.folder):
            click.echo(sentence)
