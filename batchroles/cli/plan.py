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


@click.command(short_help="Save what would be sent as a run; apply sends it.")
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
    from batchroles.job import Run, make_plan
    from batchroles.models import ASSIGN, UNASSIGN
    from batchroles.runs import begin

    understanding = flow.understanding(file_flags, UNASSIGN if unassign else ASSIGN)
    reading, asked = flow.reading(file_flags), flow.checks(file_flags, check_flags)
    with flow.session(site_flags) as session, begin(out_flags.out, file.stem) as draft:
        planned = session.plan(
            lambda talk: make_plan(
                file, session.moodle, reading, understanding, asked, talk, folder=draft.folder
            )
        )
        if not out_flags.as_json:
            flow.show_plan(planned, err=False)
            click.echo()
        with Run.save(draft.folder, planned, draft.hold) as run:
            return flow.finish_plan(run, session.moodle, session.voice.talk, as_json=out_flags.as_json)
