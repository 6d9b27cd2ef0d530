"""The commands for a file: `batchroles check`, `plan`, and one for each change."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchroles.cli.aims import Aim, Command, option
from batchroles.cli.given import given
from batchroles.cli.options import (
    Sending,
    SiteFlags,
    check_flags,
    file_flags,
    out_flags,
    send_flags,
    site_flags,
)
from batchroles.cli.watching import watch_flags

if TYPE_CHECKING:
    from batchroles.job import Checks
    from batchroles.loader import ReadingOptions
    from batchroles.loader.layouts import FormatOptions
    from batchroles.sources import Source

MEANT = option(
    Aim.FILE,
    "--unassign",
    "meant",
    flag_value="unassign",
    default="assign",
    help="Rows without an action of their own take a role away.",
)
MEANT_TO_END = option(
    Aim.FILE,
    "--unenrol",
    "meant",
    flag_value="unenrol",
    help="Rows without an action of their own end an enrolment.",
)


@click.command(cls=Command, short_help="Look everything up and say what would fail; send nothing.")
@given
@MEANT
@MEANT_TO_END
@option(Aim.BEFORE, "--offline", is_flag=True, help="Check the file alone, without a site.")
@option(
    Aim.BACK, "--json", "as_json", is_flag=True, help="Print the summary as JSON instead, with every line."
)
@file_flags
@site_flags
@check_flags
@watch_flags
def check(
    file: "Source",
    meant: str,
    offline: bool,
    as_json: bool,
    reading: "ReadingOptions",
    understanding: "FormatOptions",
    site_flags: SiteFlags,
    checks: "Checks",
) -> int:
    """Read FILE, look every name up and ask Moodle what it would refuse; send nothing, keep nothing.

    Prints what was understood, every row that could not be sent, and why.
    """
    from batchroles.cli.talking import Voice, job_on, print_summary, say_how_read
    from batchroles.job import Door, PlanFile, listed, plan_offline, summary_of_plan
    from batchroles.loader.layouts import describe

    understanding = _meaning(understanding, meant)
    voice = Voice()
    if offline:
        planned = plan_offline(file, reading, understanding)
        say_how_read(planned, voice)
        summary = summary_of_plan(planned, {}, {})
    else:
        with job_on(site_flags, voice, Door(show=lambda planned: say_how_read(planned, voice))) as job:
            planned = job.planned(PlanFile(file, reading, understanding, checks))
            summary = job.summary(planned)
    if not as_json:
        for sentence in describe(planned.wanted, first=3):
            click.echo(f"  {sentence}")
        click.echo()
    print_summary(planned.plan, summary, listed(planned) if as_json else None)
    return summary.exit_code


@click.command(cls=Command, short_help="Save what would be sent as a run; apply sends it.")
@given
@MEANT
@MEANT_TO_END
@file_flags
@site_flags
@check_flags
@out_flags
@watch_flags
def plan(
    file: "Source",
    meant: str,
    reading: "ReadingOptions",
    understanding: "FormatOptions",
    site_flags: SiteFlags,
    checks: "Checks",
    out: Path | None,
    as_json: bool,
) -> int:
    """Check FILE, look everything up, and save what would be sent; batchroles apply sends exactly that."""
    from batchroles.cli.runs import save
    from batchroles.job import PlanFile

    task = PlanFile(file, reading, _meaning(understanding, meant), checks)
    return save(task, site_flags, out, as_json=as_json)


def _sending(word: str, help_text: str, short: str | None = None) -> click.Command:
    """Make the command that carries out a file whose rows ask for one change unless they say otherwise."""

    @click.command(word, cls=Command, help=help_text, short_help=short)
    @given
    @file_flags
    @site_flags
    @check_flags
    @send_flags
    @out_flags
    @watch_flags
    def send(
        file: "Source",
        reading: "ReadingOptions",
        understanding: "FormatOptions",
        site_flags: SiteFlags,
        checks: "Checks",
        sending: Sending,
        out: Path | None,
        as_json: bool,
    ) -> int:
        from batchroles.cli.runs import do
        from batchroles.job import PlanFile

        task = PlanFile(file, reading, _meaning(understanding, word), checks)
        return do(task, site_flags, sending, out, as_json=as_json)

    return send


assign = _sending(
    "assign",
    """Put the rows of FILE into Moodle and report what became of each.

    Rows assign a role unless a column says otherwise. On a terminal you are shown what would be sent, and asked.
    """,
)
unassign = _sending(
    "unassign",
    """Take the roles of the rows of FILE away in Moodle and report what became of each.

    Rows unassign a role unless a column says otherwise. Roles that an enrolment plugin gives stay, and are reported.
    """,
    "Take the roles of FILE away and report what became of each row.",
)


enrol = _sending(
    "enrol",
    """Enrol the people of FILE in its courses, each with a role, and report what became of each row.

    Rows enrol unless a column says otherwise; columns start and end say from when until when. Who is enrolled with the
    role already is left alone, unless the row has dates.
    """,
    "Enrol the people of FILE and report what became of each row.",
)
unenrol = _sending(
    "unenrol",
    """End the enrolments of the people of FILE in its courses and report what became of each row.

    Rows unenrol unless a column says otherwise, and need no role: with an enrolment go all roles in the course, groups,
    and what Moodle deletes with it, which no undo brings back. Enrolments of other methods (cohorts) stay, and are
    reported.
    """,
    "End the enrolments of FILE and report what became of each row.",
)


def _meaning(understanding: "FormatOptions", word: str) -> "FormatOptions":
    """Have rows that do not say it themselves ask for one change."""
    from batchroles.models.changes import CHANGES

    return replace(understanding, change=CHANGES[word])
