"""A practice Moodle behind something that misbehaves at one function and passes everything else on."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from batchroles.sandbox import make_site, serve
from batchroles.sandbox.making.states import with_plugin
from batchroles.sandbox.wire.practice import Practice
from batchroles.sandbox.wire.web import Request

PROBE = "core_role_unassign_roles"
NOBODY = b"2147483647"
"""The user id of calls that are to do nothing: all of them count as the function of the probe."""


@dataclass
class Turn:
    """One request, and what may be done with it."""

    connection: socket.socket
    right: Callable[[], bytes]
    """Lets the practice Moodle do the call, and gives its answer's body."""
    over: threading.Event

    def say(self, head: str, body: bytes = b"", *, length: bool = True) -> None:
        """Send an answer: its status line and headers, and its body."""
        more = f"\r\nContent-Length: {len(body)}" if length else ""
        # As it is: a client that was not told might send its next call on a connection that ends, and lose it.
        more += "" if "connection:" in head.lower() else "\r\nConnection: close"
        self.connection.sendall(f"HTTP/1.1 {head}{more}\r\n\r\n".encode("utf-8", "surrogateescape") + body)

    def until_over(self, piece: bytes, every: float = 0.0) -> None:
        """Send one thing again and again, until nobody listens any more."""
        while not self.over.wait(every):
            self.connection.sendall(piece)

    def reset(self) -> None:
        """Break the connection off as a machine does that goes away."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


Way = Callable[[Turn], None]


@dataclass
class Hostile:
    """What the tests see: the practice Moodle, the address of what stands before it, and how often it misbehaved."""

    practice: Practice
    url: str = ""
    at: str = ""
    way: Way | None = None
    met: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def be(self, at: str, way: Way) -> None:
        """Start over, misbehaving so at that function."""
        self.over.set()
        self.over = threading.Event()
        self.practice.reset()
        self.at, self.way, self.met = at, way, 0


@contextmanager
def hostile() -> Iterator[Hostile]:
    """Serve on 127.0.0.1 until the block ends."""
    with (
        serve(with_plugin(make_site(30, 4, 3))) as practice,
        socket.create_server(("127.0.0.1", 0), backlog=50) as listener,
    ):
        server = Hostile(practice, f"http://127.0.0.1:{listener.getsockname()[1]}")
        threading.Thread(target=_accept, args=(listener, server), daemon=True).start()
        try:
            yield server
        finally:
            server.over.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, server: Hostile) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(connection, server), daemon=True).start()


def _serve(connection: socket.socket, server: Hostile) -> None:
    """Answer one request a connection."""
    with connection, suppress(OSError):
        body = _body(connection)
        turn = Turn(connection, lambda: _right(server.practice, body), server.over)
        function = body.rpartition(b"wsfunction=")[2].partition(b"&")[0].decode()
        if NOBODY in body:
            function = PROBE
        if function == server.at and server.way is not None:
            server.met += 1
            server.way(turn)
        else:
            turn.say("200 OK\r\nContent-Type: application/json", turn.right())


def _body(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received and (piece := connection.recv(65_536)):
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
    while len(body) < length and (piece := connection.recv(65_536)):
        body += piece
    return body


def _right(practice: Practice, body: bytes) -> bytes:
    form, here = "application/x-www-form-urlencoded", practice.raw["site"]["wwwroot"]
    request = Request("POST", "/webservice/rest/server.php", "", body, form, "127.0.0.1", here)
    return practice.answer(request).body.encode("utf-8", "surrogateescape")
