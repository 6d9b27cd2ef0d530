"""`batchroles apply RUN`: send a plan, or what is left of it."""

import click

from batchroles.cli.options import OutFlags, SendFlags, SiteFlags, send_flags, site_flags


@click.command()
@click.argument("run")
@site_flags
@send_flags
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON instead.")
def apply(run: str, site_flags: SiteFlags, send_flags: SendFlags, as_json: bool) -> int:
    """Send what RUN planned, or what is left of it; nothing is looked up again.

    RUN is a run's folder, any unambiguous part of its name, or `last`.
    """
    from batchroles.cli import flow
    from batchroles.cli.site import open_site
    from batchroles.cli.stopping import halt_after, interrupts
    from batchroles.cli.talking import Voice
    from batchroles.job import Run
    from batchroles.job import apply as send
    from batchroles.runs import Runs

    folder = Runs().find(run)
    moodle = open_site(site_flags)
    halt = halt_after(send_flags.deadline, send_flags.max_duration)
    with Run.open(folder) as opened, Voice(moodle) as voice, interrupts(halt, moodle):
        how = flow.how_to_apply(site_flags, send_flags)
        summary = send(opened, moodle, how, halt, voice.talk)
        voice.close()
        return flow.finish(opened, summary, OutFlags(out=None, as_json=as_json), halt)
