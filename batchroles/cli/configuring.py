"""The commands for what is kept of a site, `batchroles login`, and for what counts, `batchroles config`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

import click
from click.shell_completion import CompletionItem

from batchroles.cli.aims import Aim, Command, option
from batchroles.cli.given import query_flags
from batchroles.cli.options import (
    SiteFlags,
    ca_cert_option,
    check_flags,
    client_cert_option,
    file_flags,
    insecure_http_option,
    out_flags,
    send_flags,
    site_flags,
)
from batchroles.cli.settings import WORDS_OF_CONFIG
from batchroles.cli.streams import asked_secret
from batchroles.cli.sync import sync_flags
from batchroles.cli.watching import current_watch, watch_flags

HIDDEN = "<hidden>"
SECONDS = (10.0, 60.0)


@dataclass(frozen=True)
class _Door:
    """How the site is reached: what the profile keeps beside address and token."""

    insecure_http: bool
    ca_cert: str | None
    client_cert: str | None

    def settings(self) -> dict[str, str]:
        """Give the profile's keys."""
        kept = {"ca-cert": self.ca_cert, "client-cert": self.client_cert}
        said = {key: value for key, value in kept.items() if value}
        return {**said, "insecure-http": "true"} if self.insecure_http else said


@click.command(cls=Command, short_help="Keep a site's address and token in a profile.")
@option(
    Aim.SITE, "--url", envvar=["MOODLE_URL", "BATCHROLES_URL"], help="Address of the site. [env: MOODLE_URL]"
)
@option(Aim.SITE, "--name", help="Name of the profile.  [default: made from the site's address]")
@option(Aim.SITE, "--username", help="Sign in by this user name and its password instead of pasting a token.")
@option(
    Aim.RARE,
    "--service",
    default="batchroles",
    show_default=True,
    help="Short name of the service, to sign in with a password.",
)
@option(Aim.SITE, "--keyring", is_flag=True, help="Keep the token in the system's keyring, not in the file.")
@insecure_http_option
@ca_cert_option
@client_cert_option
def login(
    url: str | None,
    name: str | None,
    username: str | None,
    service: str,
    keyring: bool,
    insecure_http: bool,
    ca_cert: str | None,
    client_cert: str | None,
) -> int:
    """Ask for the site's address and a token, check both, and keep them in a profile.

    Paste a token that an administrator made, or give --username and type the password: the site then gives the token.
    The profile is written only where the site answers as it should. The first one is used wherever none is named.
    """
    from batchroles.client.address import site_address

    typed = url or click.prompt("Address of the site", err=True)
    site = site_address(typed, insecure_http=insecure_http)
    door = _Door(insecure_http, ca_cert, client_cert)
    token = _from_password(site, username, service, door) if username else asked_secret("Token")
    if not _usable(site, token, door):
        click.echo("Nothing was kept. batchroles setup prints what an administrator has to do.", err=True)
        return 4
    _keep(site, name or _name_for(site), token, door, keyring=keyring)
    return 0


def _from_password(site: str, username: str, service: str, door: _Door) -> str:
    from batchroles.client import fetch_token

    return fetch_token(
        site,
        username,
        asked_secret("Password"),
        service,
        timeout=SECONDS,
        **vars(door),
    )


def _usable(site: str, token: str, door: _Door) -> bool:
    """Check the token as the doctor would, and print what was found."""
    from batchroles.cli.site import token_script
    from batchroles.client import Moodle, Retry
    from batchroles.doctor import first_steps

    with Moodle(site, token, timeout=SECONDS, retry=Retry(attempts=2), **vars(door)) as moodle:
        report = first_steps(moodle, token_script(site, stop=moodle.stop, **vars(door)))
    click.echo(report.to_text())
    return report.exit_code != 4


def _name_for(site: str) -> str:
    """Make a profile's name from a site's address: its host, and its port and path where there are any."""
    parts = urlsplit(site)
    return re.sub(r"[^A-Za-z0-9_-]+", "-", f"{parts.netloc}{parts.path}").strip("-")


def _keep(site: str, name: str, token: str, door: _Door, *, keyring: bool) -> None:
    from batchroles.config import config_file, keep_in_keyring, new_profile

    settings = {"url": site, **door.settings()}
    if keyring:
        keep_in_keyring(site, token)
    else:
        settings["token"] = token
    new_profile(config_file(), name, settings)
    click.echo(f"Kept as the profile {name} in {config_file()}; batchroles doctor examines the rest.")


class _Config(Command):
    """Offers the shell its words, too."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer what may stand behind `config`."""
        words = [CompletionItem(word) for word in WORDS_OF_CONFIG if word.startswith(incomplete)]
        return [*words, *super().shell_complete(ctx, incomplete)]


@click.command(cls=_Config, short_help="Print every setting and its origin; list and change profiles.")
@file_flags.alone
@query_flags.alone
@site_flags.alone
@check_flags.alone
@sync_flags.alone
@send_flags.alone
@out_flags.alone
@watch_flags.alone
def config(**values: Any) -> None:
    """Print every setting with its value and where it comes from: command line, environment, profile or default.

    Takes the flags of the other commands and asks no site. The token is looked for, and not shown.

    batchroles config list, get, set, unset, default, rename and remove read and change the configuration file; each has
    its own --help.
    """
    from batchroles.config import config_file

    flags = SiteFlags(**{field.name: values[field.name] for field in fields(SiteFlags)})
    rows = [*_rows(click.get_current_context(), values), _token_row(flags)]
    if values["as_json"]:
        named = [dict(zip(("setting", "value", "origin"), row, strict=True)) for row in rows]
        current_watch().print_json({"file": str(config_file()), "settings": named})
        return
    click.echo(
        f"configuration file: {config_file()}{'' if config_file().is_file() else ' (there is none yet)'}"
    )
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for setting, value, origin in rows:
        click.echo(f"{setting:{widths[0]}}  {value:{widths[1]}}  {origin}")


def _rows(ctx: click.Context, shown: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    from batchroles.cli.settings import SECRETS, long_name, origin, used_profile

    profile = used_profile(ctx)
    for param in ctx.command.params:
        value = shown[str(param.name)]
        where = origin(ctx, param)
        if param.name == "site" and profile is not None:
            value = profile.name
            where = f"default-site in {profile.path}" if value and where == "default" else where
        for flag, table in (("role_map", "roles"), ("column_map", "columns")):
            if param.name == flag and profile is not None and getattr(profile, table):
                tables = f"[{table}] of {profile.path}"
                where = tables if where == "default" else f"{tables}, and {where}"
        if param.name == "column_map" and profile is not None:
            value = (*profile.columns.items(), *value)
        text = HIDDEN if param.name in SECRETS and value else shown_setting(long_name(param), _text(value))
        yield long_name(param), text, where


def _text(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "; ".join("=".join(one) if isinstance(one, tuple) else one for one in value) or "-"
    return str(value)


def shown_setting(setting: str, text: str) -> str:
    """Hide what may hold a password: user information and query of an address, the words behind a command's name."""
    if setting == "token-command" and len(words := text.split(maxsplit=1)) > 1:
        return f"{words[0]} …"
    if setting != "url" and "://" not in text:
        return text
    scheme, mark, rest = text.rpartition("://")
    # The last @: a password may hold others.
    plain = rest if "@" not in rest else f"{HIDDEN}@{rest.rpartition('@')[2]}"
    return f"{scheme}{mark}{re.sub(r'[?#].*', f'?{HIDDEN}', plain)}"


def _token_row(flags: SiteFlags) -> tuple[str, str, str]:
    if not flags.url:
        return "token", "-", "looked for once a site is named"
    from batchroles.cli.site import token
    from batchroles.errors import InputError

    try:
        return "token", HIDDEN, token(flags, run=False).origin
    except InputError as error:
        return "token", "-", str(error)
