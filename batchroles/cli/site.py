"""From flags, environment and profile to a site to speak to."""

import os
from collections.abc import Callable
from dataclasses import fields, replace

import click
from click.core import ParameterSource

from batchroles.cli.options import SiteFlags, site_flags
from batchroles.client import Moodle, Observer, Retry, fetch_token
from batchroles.client.address import site_address
from batchroles.client.wire import Stop
from batchroles.config import Profile, Token, TokenSources, find_token
from batchroles.errors import InputError, SiteRefusal, TemporaryFailure


def open_site(flags: SiteFlags, *, retry: Retry | None = None, observer: Observer | None = None) -> Moodle:
    """Make the client. Raises InputError where the address or the token is missing."""
    address(flags)  # of what is missing the address comes first
    return client_of(flags, token(flags).value, retry=retry, observer=observer)


def open_profile(name: str, flags: SiteFlags, *, observer: Observer | None = None) -> Moodle:
    """Make the client of a profile's site, whatever site the command line or the environment names.

    `flags`: how that one is spoken to, which counts here as far as it was typed or set. Raises InputError where there
    is no such profile, or where it has no address or no token.
    """
    mine = _flags_of(name, flags)
    site = address(mine)
    # The token in the environment is another site's.
    sources = TokenSources(site, {}, mine.token_file, mine.token_command, _profile_of(site, mine.site))
    return client_of(mine, find_token(sources).value, observer=observer)


_OF_A_SITE = ("site", "url", "token_file", "token_command")
"""The flags that are about one site and no other."""


def _flags_of(name: str, flags: SiteFlags) -> SiteFlags:
    ctx = click.get_current_context()
    alone = click.command("alone")(site_flags.alone(lambda: None))
    for param in alone.params:
        param.envvar = None
    with alone.make_context(ctx.info_name, ["--site", name], parent=ctx) as own:
        found = SiteFlags(**own.params)
    set_here = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    said = {
        field.name: getattr(flags, field.name)
        for field in fields(SiteFlags)
        if field.name not in _OF_A_SITE and ctx.get_parameter_source(field.name) in set_here
    }
    return replace(found, **said)


def client_of(
    flags: SiteFlags, token: str, *, retry: Retry | None = None, observer: Observer | None = None
) -> Moodle:
    """Make the client of somebody's token. Raises InputError where the address is missing."""
    return Moodle(
        address(flags),
        token,
        rest_format=flags.rest_format,
        max_input_vars=flags.max_input_vars,
        workers=flags.workers,
        timeout=(10.0, flags.timeout),
        retry=retry or Retry.lasting(flags.retry_for, settle_pause=flags.settle_pause),
        observer=observer,
        insecure_http=flags.insecure_http,
        ca_cert=flags.ca_cert,
        client_cert=flags.client_cert,
        reports=flags.reports,
    )


def token_script(
    site: str,
    *,
    stop: Stop | None = None,
    insecure_http: bool,
    ca_cert: str | None,
    client_cert: str | None,
) -> Callable[[], str]:
    """Give the question by which the doctor tells web services that are off from a protocol that is off."""

    def ask() -> str:
        try:
            fetch_token(
                site,
                "",
                "",
                "batchroles",
                stop=stop,
                insecure_http=insecure_http,
                ca_cert=ca_cert,
                client_cert=client_cert,
            )
        except SiteRefusal as refusal:
            return refusal.errorcode
        except TemporaryFailure:
            pass
        return ""

    return ask


def address(flags: SiteFlags) -> str:
    """Give the site's address in its one form. Raises InputError where there is none, or one that cannot be used."""
    return usable_address(flags.url, insecure_http=flags.insecure_http)


def usable_address(url: str | None, *, insecure_http: bool) -> str:
    """Do so for an address that comes without the other flags."""
    if not url:
        raise InputError(
            "No site: batchroles login makes a profile of one; or set MOODLE_URL to its address (for practice:"
            " batchroles sandbox prints one), or use --url."
        )
    return site_address(url, insecure_http=insecure_http)


def token(flags: SiteFlags, *, run: bool = True) -> Token:
    """Find the token. Raises InputError where there is none; without `run` no command is run for it."""
    site = address(flags)
    profile = _profile_of(site, flags.site)
    elsewhere = flags.site.settings if flags.site is not None and profile is None else {}
    return find_token(
        TokenSources(
            site=site,
            environment=os.environ,
            # What click took from the profile of another address says where that one's token is.
            file=None if str(flags.token_file) == elsewhere.get("token-file") else flags.token_file,
            command=None if flags.token_command == elsewhere.get("token-command") else flags.token_command,
            profile=profile,
            run=run,
        )
    )


def _profile_of(site: str, profile: Profile | None) -> Profile | None:
    """Give the profile if it is this site's: neither its token nor where it finds one serves another address."""
    if profile is None or not isinstance(profile.settings.get("url"), str):
        return None
    # Compared only: whether http may be used was asked of the address that is spoken to.
    return profile if site_address(profile.settings["url"], insecure_http=True) == site else None
