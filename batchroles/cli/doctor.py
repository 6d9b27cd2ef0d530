"""`batchroles doctor`: is the site set up for this?"""

import click

from batchroles.cli.options import SiteFlags, site_flags


@click.command(short_help="Examine step by step whether the site is set up.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON instead.")
@site_flags
def doctor(as_json: bool, site_flags: SiteFlags) -> int:
    """Check step by step whether the site is set up for batchroles, and say what to click where it is not.

    Nothing is written on the site. The exit code is 0 where nothing failed (warnings do not count), 1 where some of
    what batchroles does will not work, and 4 where the site refuses it altogether.
    """
    from batchroles.cli.site import open_site, token_script
    from batchroles.cli.stopping import interruptible
    from batchroles.client import Retry
    from batchroles.doctor import examine

    retry = Retry(attempts=2, total=site_flags.retry_for, settle_pause=site_flags.settle_pause)
    with open_site(site_flags, retry=retry) as moodle, interruptible(moodle):
        ask = token_script(
            moodle.url,
            stop=moodle.stop,
            insecure_http=site_flags.insecure_http,
            ca_cert=site_flags.ca_cert,
            client_cert=site_flags.client_cert,
        )
        roles = site_flags.site.roles if site_flags.site else {}
        report = examine(moodle, ask, role_map=roles)
    click.echo(report.to_json() if as_json else report.to_text())
    return report.exit_code
