"""`batchroles check FILE`: everything but sending, and nothing kept."""

from pathlib import Path

import click

from batchroles.cli.options import CheckFlags, FileFlags, SiteFlags, check_flags, file_flags, site_flags


@click.command(short_help="Look everything up and say what would fail; send nothing.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--unassign", is_flag=True, help="Rows without an action of their own take a role away.")
@click.option("--offline", is_flag=True, help="Check the file alone, without a site.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON instead.")
@file_flags
@site_flags
@check_flags
def check(
    file: Path,
    unassign: bool,
    offline: bool,
    as_json: bool,
    file_flags: FileFlags,
    site_flags: SiteFlags,
    check_flags: CheckFlags,
) -> int:
    """Read FILE, look every name up and ask Moodle what it would refuse; send nothing, keep nothing.

    Prints what was understood, every row that could not be sent, and why.
    """
    from batchroles.cli import flow
    from batchroles.cli.talking import Voice
    from batchroles.job import Talk, make_plan, plan_offline
    from batchroles.models import ASSIGN, UNASSIGN

    change = UNASSIGN if unassign else ASSIGN
    reading, understanding = flow.reading(file_flags), flow.understanding(file_flags, change)
    if offline:
        planned = plan_offline(file, reading, understanding)
        flow.say_how_read(planned, Voice())
        return flow.finish_check(planned, {}, Talk(), as_json=as_json)
    asked = flow.checks(file_flags, check_flags)
    with flow.session(site_flags) as session:
        planned = session.plan(
            lambda talk: make_plan(file, session.moodle, reading, understanding, asked, talk)
        )
        return flow.finish_check(planned, session.moodle.calls, session.voice.talk, as_json=as_json)
