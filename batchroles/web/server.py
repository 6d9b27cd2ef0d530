"""The page on a port: waitress with our limits, and an end at which running work is stopped cleanly."""

import io
import logging
import select
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer, create_server

from batchroles.errors import InputError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 16
"""Requests answered at once: each is short, but for a sign-in, which waits for the site."""
CONNECTIONS = 300
HEADER = 16_384
"""Most bytes of a request's header."""
SILENCE = 60
"""Seconds after which a connection is closed over which nothing comes."""
DRAINED = 1 << 30
"""Bytes of a request that are read from the wire at all; more of it, and the connection is cut."""
TOO_LARGE = "HTTP_BATCHROLES_TOO_LARGE"
"""The mark in `environ` of a request that was larger than it may be: its body was not kept."""

MostBytes = Callable[[Mapping[str, str]], int]
"""Gives how large a request's body may be by its header: names in capitals with underscores → values."""


class _Nowhere:
    """Takes the rest of a body that is too large."""

    def append(self, data: bytes) -> None:
        """Forget it."""

    def close(self) -> None:
        """Do nothing."""

    def getfile(self) -> io.BytesIO:
        """Give an empty file."""
        return io.BytesIO()

    def __len__(self) -> int:
        return 0


class _Parser(HTTPRequestParser):
    """Reads a request of which the body is kept only as far as it may be large.

    waitress would answer at once and close, and a browser that is still sending shows an error of its own then,
    instead of the answer. So the rest is read, kept nowhere, and the application answers.
    """

    def __init__(self, adj: Adjustments, most_bytes: MostBytes) -> None:
        super().__init__(adj)
        self._most_bytes = most_bytes
        self._most: int | None = None
        """Asked for once, when the header is there."""

    def received(self, data: bytes) -> int:
        """Take what came; gives how much of it belongs to this request."""
        consumed = super().received(data)
        kept: Any = self.body_rcv
        if kept is None or self.error is not None:
            return consumed
        headers: dict[str, str] = dict(self.headers)
        if self._most is None:
            self._most = self._most_bytes(headers)
        if not isinstance(kept.buf, _Nowhere) and max(self.content_length, len(kept)) > self._most:
            kept.buf.close()
            kept.buf = _Nowhere()
        if self.completed and isinstance(kept.buf, _Nowhere):
            self.headers = {**headers, TOO_LARGE.removeprefix("HTTP_"): "yes", "CONTENT_LENGTH": "0"}
        return consumed


def listen(host: str, port: int) -> socket.socket:
    """Take an address and a port, any free one for 0. Raises InputError where they cannot be had."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise InputError(f"--listen {host}: {error.strerror or error}.") from error
    try:
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise InputError(
            f"port {port} of {host} cannot be had ({error.strerror or error}): choose another with --port, or leave it"
            " out and any free one is taken"
        ) from error
    return listener


@dataclass(frozen=True)
class Served:
    """A page that is being served."""

    port: int
    stop: Callable[[], None]
    """Ends it: no more requests are taken, those under way are answered. To be called from any thread."""


@contextmanager
def serving(app: "WSGIApplication", listener: socket.socket, most_bytes: MostBytes) -> Iterator[Served]:
    """Serve an application on a port that was taken, until the context ends."""
    # What waitress tells is about connections: addresses of people. What goes wrong in the application is told by it.
    logging.getLogger("waitress").setLevel(logging.CRITICAL)
    sockets: dict[int, Any] = {}
    server = create_server(
        app,
        map=sockets,
        sockets=[listener],
        threads=THREADS,
        connection_limit=CONNECTIONS,
        max_request_header_size=HEADER,
        max_request_body_size=DRAINED,
        channel_timeout=SILENCE,
        # Left to the gate, which has to know who asked before anybody is believed.
        clear_untrusted_proxy_headers=False,
        ident="",
    )
    assert isinstance(server, BaseWSGIServer)  # noqa: S101 - for one socket it is one server, and mypy is to know
    server.channel_class = _channel(most_bytes)
    over = threading.Event()
    thread = threading.Thread(target=_loop, args=(sockets, over), name="page", daemon=True)
    thread.start()

    def stop() -> None:
        over.set()
        with suppress(OSError):
            server.pull_trigger()
        thread.join(10)
        server.task_dispatcher.shutdown(timeout=5)
        wasyncore.close_all(sockets)

    try:
        yield Served(int(listener.getsockname()[1]), stop)
    finally:
        if not over.is_set():
            stop()


def _channel(most_bytes: MostBytes) -> type[HTTPChannel]:
    class Channel(HTTPChannel):
        # waitress makes a parser for each request of what stands here.
        parser_class = partial(_Parser, most_bytes=most_bytes)  # type: ignore[assignment] # a class is called the same

    return Channel


def _loop(sockets: dict[int, Any], over: threading.Event) -> None:
    """Move bytes until told to stop; waitress' own loop would wait for every kept-alive connection to close."""
    while not over.is_set():
        # select knows files up to number 1,024 alone, and ten runs have many open.
        wasyncore.loop(timeout=1, map=sockets, count=1, use_poll=hasattr(select, "poll"))
