"""`batchroles sandbox`: a practice Moodle on this machine."""

import signal
import threading
from pathlib import Path
from typing import Any

import click

from batchroles.cli.aims import Aim, Command, option
from batchroles.errors import InputError
from batchroles.sandbox.site.release import NAMES
from batchroles.text import count_of

LONGEST = 7
"""Digits of a number of users, courses or categories: millions fill the memory of most machines."""


@click.command(cls=Command)
@option(
    Aim.TRY, "--port", type=click.IntRange(0, 65535), default=0, help="The port; any free one by default."
)
@option(Aim.TRY, "--site", "site_file", type=click.Path(path_type=Path), help="A site file (JSON) to serve.")
@option(
    Aim.TRY, "--make", metavar="users=N,courses=N,categories=N", help="Serve a generated site of this size."
)
@option(
    Aim.TRY,
    "--from",
    "roster",
    envvar="BATCHROLES_FROM",
    type=click.Path(path_type=Path),
    help="Serve a site with every name of this CSV.",
)
@option(Aim.TRY, "--state", default="default", help="A named state of the site: debug-on, maintenance, …")
@option(Aim.TRY, "--fault", multiple=True, metavar="NAME[:RATE]", help="Misbehave, 503:0.2 say; repeatable.")
@option(
    Aim.TRY,
    "--seed",
    type=click.IntRange(0, 1_000_000_000),
    default=0,
    show_default=True,
    help="Faults come again the same for one seed.",
)
@option(
    Aim.TRY,
    "--moodle",
    type=click.Choice(NAMES),
    help="The version to be: 5.1, or what the site file says, by default.",
)
@option(Aim.TRY, "--latency", type=click.Choice(["moodle43"]), help="Take as long as a measured Moodle 4.3.")
@option(
    Aim.TRY, "--php-workers", type=click.IntRange(1, 64), help="Calls at once under --latency; 8 by default."
)
@option(Aim.TRY, "--plugin", is_flag=True, help="Add the plugin that lists all roles, which most sites lack.")
@option(Aim.TRY, "--reports", is_flag=True, help="Add the custom reports of batchroles, for the bot alone.")
def sandbox(
    port: int,
    site_file: Path | None,
    make: str | None,
    roster: Path | None,
    state: str,
    fault: tuple[str, ...],
    seed: int,
    moodle: str | None,
    latency: str | None,
    php_workers: int | None,
    plugin: bool,
    reports: bool,
) -> None:
    """Serve a practice Moodle on 127.0.0.1 until Ctrl-C.

    The first two lines on stdout are commands for a shell: export MOODLE_URL=… and export MOODLE_TOKEN=…
    """
    from batchroles.sandbox.wire.latency import PHP_WORKERS
    from batchroles.sandbox.wire.server import serve

    if php_workers and not latency:
        raise click.UsageError("--php-workers counts only with --latency")
    raw = _site(site_file, make, roster)
    workers = (php_workers or PHP_WORKERS) if latency else 0
    try:
        with serve(
            raw,
            state=state,
            port=port,
            faults=fault,
            seed=seed,
            php_workers=workers,
            plugin=plugin,
            reports=reports,
            moodle=moodle,
        ) as practice:
            # Whoever has read the two lines may end it at once.
            ended = _ended_by_signals()
            click.echo(f"export MOODLE_URL={practice.url}\nexport MOODLE_TOKEN={practice.token}")
            click.echo(
                f"A practice Moodle with {count_of(len(practice.site.users), 'user')} answers; Ctrl-C ends it.",
                err=True,
            )
            # In steps: a Windows console cannot interrupt a wait without end.
            while not ended.wait(0.5):
                pass
    except OSError as error:
        raise InputError(f"port {port} cannot be had: {error.strerror or error}") from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _site(site_file: Path | None, make: str | None, roster: Path | None) -> dict[str, Any] | None:
    """Give the site asked for, None for the packaged one."""
    if sum(bool(choice) for choice in (site_file, make, roster)) > 1:
        raise click.UsageError("--site, --make and --from exclude each other")
    try:
        if site_file:
            from batchroles.sandbox.making.site_file import read_site_file

            return read_site_file(site_file)
        if roster:
            from batchroles.sandbox.making.roster import roster_site

            return roster_site(roster)
    except ValueError as error:
        raise InputError(str(error)) from error
    return _made(make) if make else None


def _made(sizes: str) -> dict[str, Any]:
    """Give a generated site; what is not mentioned is as in the packaged one."""
    from batchroles.sandbox import make_site

    wanted = {"users": 2000, "courses": 60, "categories": 12}
    for part in sizes.split(","):
        name, _, number = part.strip().partition("=")
        if name not in wanted or not (number.isascii() and number.isdigit() and len(number) <= LONGEST):
            raise click.UsageError(
                f"--make {part}: give users=N,courses=N,categories=N, numbers of at most {LONGEST} digits"
            )
        wanted[name] = int(number)
    return make_site(**wanted)


def _ended_by_signals() -> threading.Event:
    """Give what is set by Ctrl-C or a request to end."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    return ended
