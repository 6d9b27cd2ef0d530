"""The commands of two words that read and change the configuration file: `batchroles config list`, `get`, `set` …"""

from contextlib import suppress
from typing import TYPE_CHECKING

import click

from batchroles.cli.aims import Aim, Command, option
from batchroles.cli.configuring import HIDDEN, shown_setting
from batchroles.cli.places import Place, place_of
from batchroles.cli.settings import complete_site
from batchroles.errors import InputError

if TYPE_CHECKING:
    from batchroles.config import Configuration

_profile_option = option(
    Aim.SITE,
    "--site",
    metavar="NAME",
    shell_complete=complete_site,
    help="Profile.  [default: the default one]",
)


@click.command(cls=Command, short_help="List the profiles.")
def config_list() -> None:
    """List the profiles with their sites; * stands before the one that is used where none is named."""
    configuration = _read()
    if not configuration.profiles:
        click.echo(f"There is no profile in {configuration.path} yet: batchroles login makes one.", err=True)
        return
    width = max(map(len, configuration.profiles))
    for name, profile in configuration.profiles.items():
        url = shown_setting("url", str(profile.settings.get("url", "-")))
        click.echo(f"{'*' if name == configuration.default else ' '} {name:{width}}  {url}")


@click.command(cls=Command, short_help="Print what the configuration file says for a key.")
@click.argument("key")
@_profile_option
def config_get(key: str, site: str | None) -> None:
    """Print what the configuration file says for KEY: a flag without its dashes, roles.WORD, columns.HEADER.

    What counts in the end, flags and environment included, batchroles config prints.
    """
    place = place_of(_read(), key, site)
    value = _value(place)
    for one in value if isinstance(value, list) else [value]:
        text = str(one).lower() if isinstance(one, bool) else str(one)
        click.echo(HIDDEN if place.secret else shown_setting(key, text))


@click.command(cls=Command, short_help="Set a key in the configuration file.")
@click.argument("key")
@click.argument("values", nargs=-1, metavar="VALUE...")
@_profile_option
def config_set(key: str, values: tuple[str, ...], site: str | None) -> None:
    """Set KEY in the configuration file: a flag without its dashes, default-site, roles.WORD or columns.HEADER.

    Flags belong to a profile; words for roles and columns to every site, unless --site names one. A secret (token,
    ping-url) takes no VALUE: it is asked for, or read from stdin.
    """
    from batchroles.config import set_key

    place = place_of(_read(), key, site)
    value = place.checked(values)
    set_key(place.path, place.keys, value)
    click.echo(f"{place.key} is set in {place.where}.", err=True)


@click.command(cls=Command, short_help="Take a key out of the configuration file.")
@click.argument("key")
@_profile_option
def config_unset(key: str, site: str | None) -> None:
    """Take KEY out of the configuration file, so that its default counts again."""
    from batchroles.config import unset_key

    place = place_of(_read(), key, site)
    _value(place)
    unset_key(place.path, place.keys)
    click.echo(f"{place.key} is not set in {place.where} any more.", err=True)


@click.command(cls=Command, short_help="Make a profile the one that is used where none is named.")
@click.argument("name", shell_complete=complete_site)
def config_default(name: str) -> None:
    """Make the profile NAME the one that is used where --site names none."""
    from batchroles.config import config_file, make_default

    make_default(config_file(), name)
    click.echo(f"{name} is the default profile now.", err=True)


@click.command(cls=Command, short_help="Give a profile another name.")
@click.argument("old", shell_complete=complete_site)
@click.argument("new")
def config_rename(old: str, new: str) -> None:
    """Give the profile OLD the name NEW."""
    from batchroles.config import config_file, rename_profile

    rename_profile(config_file(), old, new)
    click.echo(f"{old} is called {new} now.", err=True)


@click.command(cls=Command, short_help="Remove a profile with its token.")
@click.argument("name", shell_complete=complete_site)
@option(Aim.SITE, "--yes", "-y", is_flag=True, help="Do not ask before removing.")
def config_remove(name: str, yes: bool) -> None:
    """Remove the profile NAME with all that it holds, its token too, also from the system's keyring."""
    from batchroles.client.address import site_address
    from batchroles.config import forget_in_keyring, remove_profile

    configuration = _read()
    url = configuration.profile(name).settings.get("url")
    if not yes:
        click.confirm(
            f"Remove the profile {name} with its token from {configuration.path}?", abort=True, err=True
        )
    remove_profile(configuration.path, name)
    if isinstance(url, str):
        with suppress(InputError):  # of an address that cannot be used no token is kept
            forget_in_keyring(site_address(url, insecure_http=True))
    click.echo(f"{name} is gone.", err=True)
    if name == configuration.default and len(configuration.profiles) > 1:
        click.echo(
            "No profile is the default one now: batchroles config default NAME makes one so.", err=True
        )


def _value(place: Place) -> object:
    if (value := place.value()) is None:
        raise InputError(f"{place.key} is not set in {place.where}.")
    return value


def _read() -> "Configuration":
    from batchroles.config import read_configuration

    return read_configuration()
