"""`batchroles plan FILE`: everything but sending, kept as a run."""

from pathlib import Path

import click

from batchroles.cli.options import (
    CheckFlags,
    FileFlags,
    OutFlags,
    SiteFlags,
    check_flags,
    file_flags,
    out_flags,
    site_flags,
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--unassign", is_flag=True, help="Rows without an action of their own take a role away.")
@file_flags
@site_flags
@check_flags
@out_flags
def plan(
    file: Path,
    unassign: bool,
    file_flags: FileFlags,
    site_flags: SiteFlags,
    check_flags: CheckFlags,
    out_flags: OutFlags,
) -> int:
    """Check FILE, look everything up, and save what would be sent; batchroles apply sends exactly that."""
    from batchroles.cli import flow
    from batchroles.cli.site import open_site
    from batchroles.cli.stopping import interrupts, nothing_sent_yet
    from batchroles.cli.talking import Voice
    from batchroles.job import make_plan
    from batchroles.models import Action
    from batchroles.sender import Halt

    moodle, halt = open_site(site_flags), Halt()
    understanding = flow.understanding(file_flags, Action.UNASSIGN if unassign else Action.ASSIGN)
    with Voice(moodle) as voice, interrupts(halt, moodle), nothing_sent_yet(halt):
        asked = flow.checks(file_flags, check_flags, site_flags)
        planned = make_plan(file, moodle, flow.reading(file_flags), understanding, asked, voice.talk)
        voice.close()
        flow.say_how_read(planned, voice)
        flow.show_plan(planned)
        with flow.save(planned, out_flags) as run:
            return flow.finish_plan(run, moodle, voice, out_flags)
