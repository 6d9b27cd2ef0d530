"""`batchroles retry RUN` and `batchroles undo RUN`: runs made from runs."""

import click

from batchroles.cli.options import (
    CheckFlags,
    OutFlags,
    SendFlags,
    SiteFlags,
    check_flags,
    out_flags,
    send_flags,
    site_flags,
)


@click.command()
@click.argument("run")
@site_flags
@check_flags
@send_flags
@out_flags
def retry(
    run: str, site_flags: SiteFlags, check_flags: CheckFlags, send_flags: SendFlags, out_flags: OutFlags
) -> int:
    """Make a new run of the failed rows of RUN, looked up afresh, and send it.

    What you mended in its failed.csv counts.
    """
    from batchroles.cli import flow
    from batchroles.cli.site import open_site
    from batchroles.cli.stopping import halt_after, interrupts, nothing_sent_yet
    from batchroles.cli.talking import Voice
    from batchroles.job import Checks, Run
    from batchroles.job import retry as plan_again
    from batchroles.runs import Runs

    folder, moodle = Runs().find(run), open_site(site_flags)
    halt = halt_after(send_flags.deadline, send_flags.max_duration)
    asked = Checks(probe=check_flags.probe, existing=check_flags.check_existing, workers=site_flags.workers)
    with Voice(moodle) as voice, interrupts(halt, moodle):
        with Run.open(folder) as earlier, nothing_sent_yet(halt):
            planned = plan_again(earlier, moodle, asked, voice.talk)
        return flow.ask_and_send(
            planned, moodle, site=site_flags, send=send_flags, out=out_flags, voice=voice, halt=halt
        )


@click.command()
@click.argument("run")
@site_flags
@send_flags
@out_flags
def undo(run: str, site_flags: SiteFlags, send_flags: SendFlags, out_flags: OutFlags) -> int:
    """Take back what RUN is known to have done: show it, ask, and send the inverse as a new run."""
    from batchroles.cli import flow
    from batchroles.cli.site import open_site
    from batchroles.cli.stopping import halt_after, interrupts
    from batchroles.cli.talking import Voice
    from batchroles.job import Run
    from batchroles.job import undo as plan_inverse
    from batchroles.runs import Runs

    folder, moodle = Runs().find(run), open_site(site_flags)
    halt = halt_after(send_flags.deadline, send_flags.max_duration)
    with Voice(moodle) as voice, interrupts(halt, moodle):
        with Run.open(folder) as earlier:
            planned = plan_inverse(earlier)
        return flow.ask_and_send(
            planned, moodle, site=site_flags, send=send_flags, out=out_flags, voice=voice, halt=halt
        )
