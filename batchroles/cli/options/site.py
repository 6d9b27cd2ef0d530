"""The flags for the site: which one, and how it is spoken to."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchroles.cli import settings
from batchroles.cli.aims import Aim, option
from batchroles.cli.options.flags import MOST_SECONDS, MOST_VARIABLES, Flags, Number

if TYPE_CHECKING:
    from batchroles.client.reading import RestFormat
    from batchroles.config import Profile


@dataclass(frozen=True)
class SiteFlags:
    """Which site, and how to speak to it: what a client is made of once its token is found."""

    site: "Profile | None"
    url: str | None
    token_file: Path | None
    token_command: str | None
    rest_format: "RestFormat"
    workers: int
    max_input_vars: int
    timeout: float
    retry_for: float
    settle_pause: float
    insecure_http: bool
    ca_cert: str | None
    client_cert: str | None
    reports: bool | None


site_option = option(
    Aim.SITE,
    "--site",
    metavar="NAME",
    is_eager=True,
    callback=settings.choose_profile,
    shell_complete=settings.complete_site,
    help="Profile to use: a [site.NAME] table of the configuration file.",
)

url_option = option(
    Aim.SITE,
    "--url",
    is_eager=True,
    envvar=["MOODLE_URL", "BATCHROLES_URL"],
    help="Address of the site. [env: MOODLE_URL]",
)

insecure_http_option = option(
    Aim.RARE,
    "--insecure-http",
    is_flag=True,
    help="Allow http:// to another machine; the token can be read on the way.",
)

ca_cert_option = option(
    Aim.RARE,
    "--ca-cert",
    type=click.Path(),
    metavar="FILE",
    help="Certificates to trust instead of the usual ones.",
)

client_cert_option = option(
    Aim.RARE,
    "--client-cert",
    type=click.Path(),
    metavar="FILE",
    help="Certificate with key by which the site knows this client.",
)


site_flags = Flags(
    lambda **values: {"site_flags": SiteFlags(**values)},
    [field.name for field in fields(SiteFlags)],
    [
        site_option,
        url_option,
        option(
            Aim.SITE,
            "--token-file",
            type=click.Path(path_type=Path, dir_okay=False),
            help="File that holds the token, where MOODLE_TOKEN does not.",
        ),
        option(
            Aim.SITE,
            "--token-command",
            metavar="COMMAND",
            help="Command that prints the token, as password managers have it; run without a shell.",
        ),
        option(
            Aim.RARE,
            "--rest-format",
            type=click.Choice(["json", "xml"]),
            default="json",
            show_default=True,
            help="How Moodle answers; xml for sites whose JSON is broken by invalid text.",
        ),
        option(
            Aim.RARE,
            "--workers",
            type=click.IntRange(1, 32),
            default=4,
            show_default=True,
            help="Most calls at once, 1 to 32.",
        ),
        option(
            Aim.RARE,
            "--max-input-vars",
            type=click.IntRange(10, MOST_VARIABLES),
            default=1000,
            show_default=True,
            help="The site's PHP setting of that name: what is sent beyond it is lost.",
        ),
        option(
            Aim.RARE,
            "--timeout",
            type=Number(1, MOST_SECONDS),
            default=300.0,
            show_default=True,
            help="Seconds to wait for an answer.",
        ),
        option(
            Aim.RARE,
            "--retry-for",
            type=Number(0, MOST_SECONDS),
            default=600.0,
            show_default=True,
            help="Seconds for which a call is tried again while the site does not answer.",
        ),
        option(
            Aim.RARE,
            "--settle-pause",
            type=Number(0, MOST_SECONDS),
            default=30.0,
            show_default=True,
            help="Seconds the site may still need for a call whose answer was lost, before it is sent again.",
        ),
        insecure_http_option,
        ca_cert_option,
        client_cert_option,
        option(
            Aim.RARE,
            "--reports/--no-reports",
            default=None,
            help="Read people, courses, categories and roles from the reports made for batchroles; --reports says why,"
            " where there are none.  [default: where they are there]",
        ),
    ],
)
