"""`batchroles config`: every setting, its value, and where that comes from."""

import re
from collections.abc import Iterator

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

HIDDEN = "<hidden>"


@click.command(short_help="Print every setting and where it comes from.")
@file_flags
@site_flags
@check_flags
@send_flags
@out_flags
def config(
    file_flags: FileFlags,
    site_flags: SiteFlags,
    check_flags: CheckFlags,
    send_flags: SendFlags,
    out_flags: OutFlags,
) -> None:
    """Print every setting with its value and where it comes from: command line, environment, profile or default.

    Takes the flags of the other commands and asks no site. The token is looked for, and not shown.
    """
    from batchroles.config import config_file
    from batchroles.text import as_json

    shown = {
        **vars(file_flags),
        **vars(site_flags),
        **vars(check_flags),
        **vars(send_flags),
        **vars(out_flags),
    }
    rows = [*_rows(click.get_current_context(), shown), _token_row(site_flags)]
    if out_flags.as_json:
        named = [dict(zip(("setting", "value", "origin"), row, strict=True)) for row in rows]
        click.echo(as_json({"file": str(config_file()), "settings": named}))
        return
    click.echo(
        f"configuration file: {config_file()}{'' if config_file().is_file() else ' (there is none yet)'}"
    )
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for setting, value, origin in rows:
        click.echo(f"{setting:{widths[0]}}  {value:{widths[1]}}  {origin}")


def _rows(ctx: click.Context, shown: dict[str, object]) -> Iterator[tuple[str, str, str]]:
    from batchroles.cli.settings import long_name, origin, used_profile

    profile = used_profile(ctx)
    for option in ctx.command.params:
        value = shown[str(option.name)]
        where = origin(ctx, option)
        if option.name == "site" and profile is not None:
            value = profile.name
            where = f"default-site in {profile.path}" if value and where == "default" else where
        if option.name == "role_map" and profile is not None and profile.roles:
            tables = f"[roles] of {profile.path}"
            where = tables if where == "default" else f"{tables}, and {where}"
        yield long_name(option), _without_secrets(long_name(option), _text(value)), where


def _text(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "; ".join(f"{left}={right}" for left, right in value) or "-"
    return str(value)


def _without_secrets(setting: str, text: str) -> str:
    """Hide what may hold a password: user information and query of an address, the words behind a command's name."""
    if setting == "token-command" and len(words := text.split(maxsplit=1)) > 1:
        return f"{words[0]} …"
    if setting != "url" and "://" not in text:
        return text
    scheme, mark, rest = text.rpartition("://")
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
