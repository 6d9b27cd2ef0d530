"""`batchroles apply RUN`: send a plan, or what is left of it."""

import click

from batchroles.cli.options import SendFlags, SiteFlags, send_flags, site_flags


@click.command(short_help="Send what RUN planned, or what is left of it.")
@click.argument("run")
@site_flags
@send_flags
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON instead.")
def apply(run: str, site_flags: SiteFlags, send_flags: SendFlags, as_json: bool) -> int:
    """Send what RUN planned, or what is left of it; nothing is looked up again.

    RUN is a run's folder, any unambiguous part of its name, or `last`.
    """
    from batchroles.cli import flow
    from batchroles.job import Run
    from batchroles.runs import Runs

    folder = Runs().to_apply(run, agreed=send_flags.yes)
    with flow.session(site_flags, send_flags) as session, Run.open(folder) as opened:
        return session.send(opened, as_json=as_json)
