"""`batchroles assign FILE` and `batchroles unassign FILE`: plan and apply in one."""

from pathlib import Path

import click

from batchroles.cli.options import (
    CheckFlags,
    FileFlags,
    OutFlags,
    SendFlags,
    SiteFlags,
    check_flags,
    file_flags,
    out_flags,
    send_flags,
    site_flags,
)

FILE = click.argument("file", type=click.Path(path_type=Path))


@click.command()
@FILE
@file_flags
@site_flags
@check_flags
@send_flags
@out_flags
def assign(
    file: Path,
    file_flags: FileFlags,
    site_flags: SiteFlags,
    check_flags: CheckFlags,
    send_flags: SendFlags,
    out_flags: OutFlags,
) -> int:
    """Put the rows of FILE into Moodle and report what became of each.

    Rows assign a role unless a column says otherwise. On a terminal you are shown what would be sent, and asked.
    """
    return _run(file, "assign", file_flags, site_flags, check_flags, send_flags, out_flags)


@click.command(short_help="Take the roles of FILE away and report what became of each row.")
@FILE
@file_flags
@site_flags
@check_flags
@send_flags
@out_flags
def unassign(
    file: Path,
    file_flags: FileFlags,
    site_flags: SiteFlags,
    check_flags: CheckFlags,
    send_flags: SendFlags,
    out_flags: OutFlags,
) -> int:
    """Take the roles of the rows of FILE away in Moodle and report what became of each.

    Rows unassign a role unless a column says otherwise. Roles that an enrolment plugin gives stay, and are reported.
    """
    return _run(file, "unassign", file_flags, site_flags, check_flags, send_flags, out_flags)


def _run(
    path: Path,
    action: str,
    file: FileFlags,
    site: SiteFlags,
    check: CheckFlags,
    send: SendFlags,
    out: OutFlags,
) -> int:
    from batchroles.cli import flow
    from batchroles.job import make_plan
    from batchroles.models.changes import CHANGES
    from batchroles.runs import begin

    reading, understanding = flow.reading(file), flow.understanding(file, CHANGES[action])
    asked = flow.checks(file, check)
    with flow.session(site, send) as session, begin(out.out, path.stem) as draft:
        planned = session.plan(
            lambda talk: make_plan(
                path,
                session.moodle,
                reading,
                understanding,
                asked,
                talk,
                folder=draft.folder,
                ready=lambda: session.turn.take(draft.folder),
            )
        )
        return session.ask_and_send(planned, draft, as_json=out.as_json)
