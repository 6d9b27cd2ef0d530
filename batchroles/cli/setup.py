"""`batchroles setup`: what an administrator does so that batchroles can work."""

import click

from batchroles.cli.options import insecure_http_option, site_option, url_option

TASKS = ("check", "assign", "unassign")


@click.command(short_help="Print the steps by which an administrator sets the site up.")
@click.option(
    "--for",
    "task",
    type=click.Choice(TASKS),
    default="assign",
    show_default=True,
    help="What is to be done with the site.",
)
@site_option
@url_option
@insecure_http_option
def setup(task: str, site: object, url: str | None, insecure_http: bool) -> None:  # noqa: ARG001 - the profile has given the address
    """Print the steps by which the site is set up, with addresses, functions and permissions, for its administrator.

    Asks no site. batchroles doctor tells later which of them is still missing.
    """
    from batchroles.cli.site import usable_address
    from batchroles.doctor import setting_up

    click.echo(setting_up(usable_address(url, insecure_http=insecure_http), task))
