"""`batchroles retry RUN` and `batchroles undo RUN`: runs made from runs."""

from collections.abc import Sequence
from contextlib import ExitStack

import click

from batchroles.cli.options import (
    CheckFlags,
    OutFlags,
    SendFlags,
    SiteFlags,
    check_flags,
    out_flags,
    role_map_option,
    send_flags,
    site_flags,
)


@click.command(short_help="Make a new run of the failed rows of RUN, and send it.")
@click.argument("run")
@role_map_option
@site_flags
@check_flags
@send_flags
@out_flags
def retry(
    run: str,
    role_map: Sequence[tuple[str, str]],
    site_flags: SiteFlags,
    check_flags: CheckFlags,
    send_flags: SendFlags,
    out_flags: OutFlags,
) -> int:
    """Make a new run of the failed rows of RUN, looked up afresh, and send it.

    What you mended in its failed.csv or results.xlsx counts, and is said first. Words for roles mean what they meant in
    RUN; --role-map adds to them.
    """
    from batchroles.cli import flow
    from batchroles.job import Checks, Run
    from batchroles.job import retry as plan_again
    from batchroles.runs import Runs, begin

    folder = Runs().find(run)
    asked = Checks(
        role_map=dict(role_map),
        probe=check_flags.probe,
        existing=check_flags.check_existing,
    )
    with flow.session(site_flags, send_flags) as session, ExitStack() as rest:
        with Run.open(folder) as earlier:
            draft = rest.enter_context(begin(out_flags.out, f"{earlier.plan.table.path.stem}-retry"))
            planned = session.plan(
                lambda talk: plan_again(
                    earlier,
                    session.moodle,
                    asked,
                    talk,
                    draft.folder,
                    ready=lambda: session.turn.take(draft.folder),
                )
            )
        return session.ask_and_send(planned, draft, as_json=out_flags.as_json)


@click.command(short_help="Take back what RUN is known to have done.")
@click.argument("run")
@site_flags
@send_flags
@out_flags
@click.option(
    "--also-unknown",
    is_flag=True,
    help="Take back rows, too, for which it was not read before whether the people had the role.",
)
def undo(
    run: str, site_flags: SiteFlags, send_flags: SendFlags, out_flags: OutFlags, also_unknown: bool
) -> int:
    """Take back what RUN is known to have done: show it, ask, and send the inverse as a new run.

    Known is what was read before RUN sent it. What is taken back already is left out.
    """
    from batchroles.cli import flow
    from batchroles.job import Run
    from batchroles.job import undo as plan_inverse
    from batchroles.runs import Runs, begin

    folder = Runs().find(run)
    with flow.session(site_flags, send_flags) as session, ExitStack() as rest:
        with Run.open(folder) as earlier:
            draft = rest.enter_context(begin(out_flags.out, f"{earlier.plan.table.path.stem}-undo"))
            planned = session.plan(
                lambda talk: plan_inverse(
                    earlier,
                    session.moodle,
                    also_unknown=also_unknown,
                    talk=talk,
                    ready=lambda: session.turn.take(draft.folder),
                )
            )
        if not len(planned.plan.lines):
            return flow.finish_empty(planned, session.moodle, session.voice.talk, as_json=out_flags.as_json)
        return session.ask_and_send(planned, draft, as_json=out_flags.as_json)
