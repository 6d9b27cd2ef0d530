"""A real server that speaks whatever bytes it is told, for what no web server would send."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Speech = Iterable[bytes]
"""What is sent for one request, piece by piece."""


@dataclass
class RawServer:
    """What the tests see of the server."""

    url: str
    requests: list[bytes] = field(default_factory=list)
    """Each request so far, whole."""
    asked: threading.Event = field(default_factory=threading.Event)
    """Set when the first request is there."""
    over: threading.Event = field(default_factory=threading.Event)
    """Set when the test is over: an endless speech ends."""


@contextmanager
def speaking(speak: Callable[[RawServer], Speech]) -> Iterator[RawServer]:
    """Serve on 127.0.0.1, one thread a connection; a connection is closed after its speech."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        raw = RawServer(f"http://127.0.0.1:{listener.getsockname()[1]}")
        threading.Thread(target=_accept, args=(listener, raw, speak), daemon=True).start()
        try:
            yield raw
        finally:
            raw.over.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, raw: RawServer, speak: Callable[[RawServer], Speech]) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(connection, raw, speak), daemon=True).start()


def _serve(connection: socket.socket, raw: RawServer, speak: Callable[[RawServer], Speech]) -> None:
    with connection, suppress(OSError):
        raw.requests.append(_request(connection))
        raw.asked.set()
        for piece in speak(raw):
            connection.sendall(piece)


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received and (piece := connection.recv(65_536)):
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ),
        0,
    )
    while len(body) < length and (piece := connection.recv(65_536)):
        body += piece
    return head + b"\r\n\r\n" + body


def said(head: bytes, body: Iterable[bytes] = ()) -> Callable[[RawServer], Speech]:
    """Give the speech of a fixed answer: its headers without the empty line, and its body."""
    return lambda _: [b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n", *body]


def dripping(head: bytes = b"Content-Length: 1000000") -> Callable[[RawServer], Speech]:
    """Give the speech of an answer that comes letter by letter and never ends."""

    def speak(raw: RawServer) -> Speech:
        yield b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n"
        while not raw.over.wait(0.02):
            yield b" "

    return speak


def dripping_headers(raw: RawServer) -> Speech:
    """Begin an answer and never come to its body."""
    yield b"HTTP/1.1 200 OK\r\nX-Long: "
    while not raw.over.wait(0.02):
        yield b"x"


def continuing(raw: RawServer) -> Speech:
    """Ask to go on, for ever."""
    while not raw.over.wait(0.02):
        yield b"HTTP/1.1 100 Continue\r\n\r\n"


def silent(raw: RawServer) -> Speech:
    """Say nothing."""
    raw.over.wait()
    yield b""


def endless(piece: bytes, head: bytes = b"Connection: close") -> Callable[[RawServer], Speech]:
    """Give the speech of a body that floods."""

    def speak(raw: RawServer) -> Speech:
        yield b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n"
        while not raw.over.is_set():
            yield piece

    return speak
