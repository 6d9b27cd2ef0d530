"""`batchroles web`: the registrar's page, on one's own machine or for an office."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from batchroles.cli.aims import Aim, Command, option
from batchroles.cli.options import (
    SiteFlags,
    check_flags,
    office_flags,
    pace_flags,
    role_map_option,
    site_flags,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from batchroles.job import Apply, Checks
    from batchroles.loader.layouts import FormatOptions
    from batchroles.web.entrance import Way
    from batchroles.web.office import Office
    from batchroles.web.safety import Addresses

MB = 1_000_000
ENDING = 30.0
"""Seconds that runs have to end cleanly; what they sent is written down in any case."""
SIGN_IN_SECONDS = (10.0, 20.0)
"""For the connection to the site, and for its answer: somebody waits, and a thread."""


@dataclass(frozen=True)
class Door:
    """Where the page is reached, and by whom."""

    listen: str
    port: int
    proxy: str | None
    public: "Addresses | None"

    @classmethod
    def of(cls, listen: str, port: int, proxy: str | None, public: str | None, *, sign_in: bool) -> "Door":
        """Check what was said of it. Raises InputError and UsageError."""
        from batchroles.web.safety import Addresses, proxy_address, refuse_open_door

        if (proxy is None) != (public is None):
            raise click.UsageError("--behind-proxy and --public-address go together.")
        if proxy is not None and not sign_in:
            raise click.UsageError(
                "--behind-proxy is for an office: with --sign-in everybody has their own rights."
            )
        refuse_open_door(listen, proxy)
        if proxy is None or public is None:
            return cls(listen, port, None, None)
        return cls(listen, port, proxy_address(proxy), Addresses.public(public))

    def addresses(self, listener: "socket.socket") -> "Addresses":
        """Give those by which people reach it, once it has a port."""
        from batchroles.web.safety import Addresses

        return self.public or Addresses.of_port(int(listener.getsockname()[1]))


@click.command(cls=Command, short_help="Serve the page on which registrars upload, check and send.")
@option(
    Aim.SEND, "--port", type=click.IntRange(0, 65535), default=0, help="The port; any free one by default."
)
@option(Aim.SEND, "--no-browser", is_flag=True, help="Open no browser; the address is printed in any case.")
@option(
    Aim.SEND,
    "--sign-in",
    is_flag=True,
    help="Serve an office: everybody signs in by their Moodle user name and password, and has their own rights.",
)
@option(
    Aim.RARE,
    "--service",
    default="batchroles",
    show_default=True,
    help="Short name of the service, to sign in with a password.",
)
@option(
    Aim.SEND,
    "--listen",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="The address of this machine to listen at; another one than its own needs --behind-proxy.",
)
@option(
    Aim.SEND,
    "--behind-proxy",
    metavar="ADDRESS",
    help="IP address of the proxy that serves the page by https: nobody else is answered.",
)
@option(Aim.SEND, "--public-address", metavar="URL", help="What people type: https://roles.example.edu, say.")
@option(
    Aim.SEND,
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default="batchroles-web",
    show_default=True,
    help="Where files and runs of people are kept, private to each.",
)
@option(
    Aim.SEND,
    "--keep",
    type=click.IntRange(1, 3_650),
    metavar="DAYS",
    default=30,
    show_default=True,
    help="Days after which files and runs are forgotten with which nothing happened any more.",
)
@option(
    Aim.SEND,
    "--upload-limit",
    type=click.IntRange(1, 1_000),
    metavar="MB",
    default=25,
    show_default=True,
    help="How large a file may be.",
)
@role_map_option
@office_flags
@site_flags
@check_flags
@pace_flags
def web(
    port: int,
    no_browser: bool,
    sign_in: bool,
    service: str,
    listen: str,
    behind_proxy: str | None,
    public_address: str | None,
    folder: Path,
    keep: int,
    upload_limit: int,
    understanding: "FormatOptions",
    site_flags: SiteFlags,
    checks: "Checks",
    how: "Apply",
) -> int:
    """Serve the registrar's page until Ctrl-C: drop a file, see what would happen, repair it, send it, take it back.

    On one's own machine it opens the browser and uses the configured token. With --sign-in it serves an office, behind
    a proxy with https (--behind-proxy, --public-address): batchroles guide administrator says how.
    """
    from batchroles.cli.site import address, client_of
    from batchroles.web.folder import held
    from batchroles.web.office import Office

    door = Door.of(listen, port, behind_proxy, public_address, sign_in=sign_in)
    office = Office(
        site=address(site_flags),
        connect=lambda token: client_of(site_flags, token),
        folder=folder,
        understanding=understanding,
        checks=checks,
        how=how,
        upload_limit=upload_limit * MB,
        keep=keep,
        name=site_flags.site.name if site_flags.site is not None else "",
    )
    with held(folder), _ended_by_signals() as ended:
        if sign_in:
            _serve(office, door, _signing_in(office, site_flags, service), ended)
        else:
            _serve(office, door, _own_machine(office, site_flags, browser=not no_browser), ended)
    return 0


def _serve(
    office: "Office", door: Door, way_in: "Callable[[Addresses], Way]", ended: threading.Event
) -> None:
    """Serve until told to end; then nothing more is taken, and what goes on is stopped so that it can go on later."""
    from batchroles.web.app import make_app, tell_of_threads
    from batchroles.web.desk import Desk
    from batchroles.web.entrance import Entrance
    from batchroles.web.forgetting import forgetting
    from batchroles.web.safety import Gate, behind
    from batchroles.web.server import listen, serving
    from batchroles.web.sessions import Sessions

    tell_of_threads()
    listener = listen(door.listen, door.port)
    addresses = door.addresses(listener)
    way = way_in(addresses)
    entrance = Entrance(office, addresses, Sessions(way.idle), way)
    app = make_app(office, entrance)
    desk: Desk = app.extensions["desk"]
    gate = Gate(app, addresses)
    page = behind(gate, door.proxy) if door.proxy else gate
    with forgetting(desk), serving(page, listener, entrance.most_bytes) as served:
        click.echo(f"The page for {office.site} answers; Ctrl-C ends it.", err=True)
        way.begin()
        # In steps: a Windows console cannot interrupt a wait without end.
        while not ended.wait(0.5):
            pass
        click.echo("ending: what is being sent stops after the calls under way", err=True)
        served.stop()
        desk.works.stop_all(ENDING)


def _own_machine(office: "Office", flags: SiteFlags, *, browser: bool) -> "Callable[[Addresses], Way]":
    """Let in whoever is shown the address. Raises what looking for the token raises, and what the site says of it."""
    from batchroles.cli.site import token
    from batchroles.web.entrance import OwnMachine
    from batchroles.web.people import Person

    person = Person.arriving(office, token(flags).value)
    shown = _Announcer(office.folder if browser else None)
    return lambda addresses: OwnMachine(person, addresses, shown.announce)


def _signing_in(office: "Office", flags: SiteFlags, service: str) -> "Callable[[Addresses], Way]":
    """Let in whoever Moodle knows by user name and password, with a token of their own."""
    from batchroles.client import fetch_token
    from batchroles.web.people import Person
    from batchroles.web.signing_in import SigningIn

    def sign_in(username: str, password: str) -> Person:
        token = fetch_token(
            office.site,
            username,
            password,
            service,
            timeout=SIGN_IN_SECONDS,
            insecure_http=flags.insecure_http,
            ca_cert=flags.ca_cert,
            client_cert=flags.client_cert,
        )
        return Person.arriving(office, token)

    return lambda addresses: SigningIn(sign_in, addresses, click.echo)


class _Announcer:
    """Prints addresses, and opens a browser at the first one."""

    def __init__(self, folder: Path | None) -> None:
        """`folder`: a private one; None where no browser is to be opened."""
        self._folder = folder
        self._first = True

    def announce(self, address: str) -> None:
        """Print an address that lets in once."""
        if not self._first:
            click.echo("For another browser, or when this one is not let in any more:", err=True)
        click.echo(address)
        if self._first and self._folder is not None:
            _open(address, self._folder)
        self._first = False


def _open(address: str, folder: Path) -> None:
    """Open a browser by a file that leads to the address: its command line can be read by everybody on the machine."""
    import webbrowser

    page = folder / "open.html"
    leads = f'<meta http-equiv="refresh" content="0; url={address}">'
    page.write_text(
        f'<!doctype html><title>batchroles</title><meta name="referrer" content="no-referrer">{leads}',
        encoding="utf-8",
    )
    page.chmod(0o600)
    with suppress(webbrowser.Error):
        webbrowser.open(page.resolve().as_uri())


@contextmanager
def _ended_by_signals() -> Iterator[threading.Event]:
    """Give what is set by Ctrl-C or a request to end; a second Ctrl-C ends at once."""
    ended = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's signature
        if ended.is_set():
            raise KeyboardInterrupt
        ended.set()

    # Here: it brings the whole of a job along, for which nobody who asks for help need wait.
    from batchroles.cli.stopping import SIGNALS

    # What is ignored stays ignored: nohup means it.
    heeded = [number for number in SIGNALS if signal.getsignal(number) not in (signal.SIG_IGN, None)]
    before = {number: signal.signal(number, stop) for number in heeded}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
