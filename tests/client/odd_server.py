"""A real HTTP server that answers as it is told, for what no well-behaved site does."""

import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import ClassVar

CERTIFICATE = Path(__file__).parent / "loopback.pem"
KEY = Path(__file__).parent / "loopback.key.pem"


@dataclass(frozen=True)
class Reply:
    """One answer."""

    body: str = "null"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    sent: float = 1.0
    """The part of the body that is sent before the connection is closed."""
    drop: bool = False
    """Close the connection instead of answering."""
    late: float = 0.0
    """Seconds to wait before answering."""
    content: bytes | None = None
    """What is sent in the place of the body, where that is no text."""


@dataclass
class OddServer:
    """What the tests see of the server."""

    url: str
    replies: Sequence[Reply]
    """One for each request; the last one serves for all further requests."""
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Path and body of each request so far."""
    headers: list[dict[str, str]] = field(default_factory=list)
    """The headers of each request so far, names in small letters."""


@contextmanager
def serve(*replies: Reply, tls: bool = False) -> Iterator[OddServer]:
    """Serve on 127.0.0.1 until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE, KEY)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    odd = OddServer(f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}", replies or (Reply(),))
    _Handler.servers[server.server_port] = odd
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield odd
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    servers: ClassVar[dict[int, OddServer]] = {}
    lock = Lock()

    def do_POST(self) -> None:
        """Take the request down and answer as told."""
        odd = self.servers[self.connection.getsockname()[1]]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        with self.lock:
            reply = odd.replies[min(len(odd.requests), len(odd.replies) - 1)]
            odd.requests.append((self.path, body))
            odd.headers.append({name.lower(): value for name, value in self.headers.items()})
        time.sleep(reply.late)
        if not reply.drop:
            self._answer(reply)
        if reply.drop or reply.sent < 1:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST  # noqa: N815 - as the base class calls it

    def _answer(self, reply: Reply) -> None:
        content = reply.body.encode() if reply.content is None else reply.content
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(content)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(content[: int(len(content) * reply.sent)])

    def log_message(self, *_: object) -> None:
        """Say nothing on stderr."""
