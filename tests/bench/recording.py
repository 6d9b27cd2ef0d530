"""The bodies of a client's calls: kept, and sent again without the client."""

import pickle
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from queue import Empty, SimpleQueue
from time import perf_counter
from urllib.parse import urlsplit

from batchroles.client import Answer, Transport
from batchroles.client.address import SERVER_PATH
from batchroles.client.wire import Timeout

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Recorder:
    """A transport that keeps every body it passes on."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self._bodies: list[bytes] = []

    def post(self, url: str, body: bytes, *, timeout: Timeout) -> Answer:
        """Pass a call on."""
        self._bodies.append(body)
        return self._inner.post(url, body, timeout=timeout)

    def close(self) -> None:
        """Give the connections back."""
        self._inner.close()

    def save(self, path: Path) -> None:
        """Write the bodies to a file."""
        path.write_bytes(pickle.dumps(self._bodies))


def load(path: Path) -> list[bytes]:
    """Read the bodies of a file that `Recorder.save` wrote in the same benchmark."""
    bodies: list[bytes] = pickle.loads(path.read_bytes())  # noqa: S301 - our own file, of a moment ago
    return bodies


def send_again(url: str, bodies: Sequence[bytes], connections: int) -> float:
    """Send bodies in their order, each as soon as a connection is free. Gives the seconds in all."""
    waiting: SimpleQueue[bytes] = SimpleQueue()
    for body in bodies:
        waiting.put(body)
    began = perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        for worker in [pool.submit(_send_all, url, waiting) for _ in range(connections)]:
            worker.result()
    return perf_counter() - began


def _send_all(url: str, waiting: "SimpleQueue[bytes]") -> None:
    connection = HTTPConnection(urlsplit(url).netloc)
    try:
        while True:
            connection.request("POST", SERVER_PATH, waiting.get_nowait(), FORM)
            connection.getresponse().read()
    except Empty:
        connection.close()
