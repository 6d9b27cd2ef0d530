"""One request on a thread of its own, so that whoever waits for its answer can go whatever the site does.

No time-out of a socket bounds a look-up of the site's name, headers that drip, or the sum of many short waits.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import pool_classes_by_scheme

from batchroles.client.attempts import AttemptError
from batchroles.client.wire import LOOK, WHOLE, Answer, Stop, Timeout

_LOCK = threading.Lock()
"""Held while a request begins to leave, and while somebody stops waiting for one: of the two, one comes first."""
_THREAD = "exchange"
"""The name of the threads that carry exchanges."""
_here = threading.local()
"""Where a thread that carries an exchange finds it."""


class Exchange:
    """A request and its answer, carried by a daemon thread: nobody waits for it at the end of the process."""

    def __init__(self, carry: Callable[[], Answer]) -> None:
        self._carry = carry
        self._done = threading.Event()
        self._answer: Answer | None = None
        self._error: Exception | None = None
        self._connection: Any = None
        self._socket: Any = None
        self._left = False
        self._sent = False

    def wait(self, timeout: Timeout, stop: Stop) -> Answer:
        """Carry it out, and give the answer.

        Raises what carrying it out raises, and `AttemptError` where the time is over or it is to be left.
        """
        connecting, reading = timeout
        until = time.monotonic() + connecting + WHOLE * reading
        threading.Thread(target=self._work, name=_THREAD, daemon=True).start()
        try:
            while not self._done.wait(LOOK):
                if stop.leaves:
                    raise self._leave("stopped")
                if time.monotonic() >= until:
                    raise self._leave("no whole answer within the time allowed")
        finally:
            self._leave()
        if self._answer is not None:
            return self._answer
        raise self._error or AssertionError("an exchange without an answer has an error")

    def _work(self) -> None:
        _here.exchange = self
        try:
            self._answer = self._carry()
        except Exception as error:
            self._error = error
        finally:
            self._done.set()

    def _leave(self, reason: str = "") -> AttemptError:
        """Let no request leave that has not left yet, and break off what is under way."""
        with _LOCK:
            self._left = True
            # A connection that was given back may serve another exchange by now.
            if self._connection is not None and self._connection.exchange is self:
                if not self._done.is_set():
                    _break_off(self._connection.sock or self._socket)
                # An idle connection must not keep what was sent over it.
                self._connection.exchange = None
            self._connection = self._socket = None
        return AttemptError(reason, lost=self._sent)

    def take(self, connection: Any) -> None:
        """Take note of the connection; raises where nobody waits any more."""
        with _LOCK:
            if self._left:
                raise _NobodyWaitsError
            self._connection, self._socket = connection, connection.sock
            connection.exchange = self

    def sends(self, connection: Any) -> None:
        """Take note that the request leaves now; raises where nobody waits for its answer any more."""
        self.take(connection)
        # Outside of the lock: who leaves in between has the socket shut, so that nothing leaves and "not sent" is true.
        self._sent = True


def _break_off(sock: Any) -> None:
    """Wake whoever reads from a socket; a connection inside two encrypted ones keeps it one layer below."""
    below = getattr(sock, "socket", sock)
    if isinstance(below, socket.socket):
        with suppress(OSError):
            # Not the method of a secure socket, which would take its encryption away as well.
            socket.socket.shutdown(below, socket.SHUT_RDWR)


class _NobodyWaitsError(Exception):
    """A request that was left before it was sent must never be sent."""


class _Watched:
    """A connection that tells the exchange that it serves what it is about to do."""

    exchange: Exchange | None = None
    sock: Any

    def connect(self) -> None:
        """Connect, unless nobody waits any more."""
        _here.exchange.take(self)
        super().connect()  # type: ignore[misc]

    def request(self, *args: Any, **more: Any) -> None:
        """Send a request, unless nobody waits any more."""
        if self.sock is None:
            self.connect()
        _here.exchange.sends(self)
        super().request(*args, **more)  # type: ignore[misc]


class _Http(_Watched, HTTPConnection):
    pass


class _Https(_Watched, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


def watched(manager: Any) -> Any:
    """Let a manager of urllib3's make watched connections only."""
    # A SOCKS proxy has connections of its own: there, what is left early may count as sent.
    if manager.pool_classes_by_scheme is pool_classes_by_scheme:
        manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
    return manager


def _quotes_no_address(record: logging.LogRecord) -> bool:
    """Drop the line of urllib3's log that quotes the address of a published sheet, in which a secret may stand.

    Of a site's requests nothing is in the address: token and all else are in the form.
    """
    return not (record.threadName == _THREAD and isinstance(record.args, tuple) and "GET" in record.args)


def _quotes_no_headers(record: logging.LogRecord) -> bool:
    """Drop the one line of urllib3's log that quotes what a site sent, which may be the token."""
    return not record.msg.startswith("Failed to parse headers")


logging.getLogger("urllib3.connection").addFilter(_quotes_no_headers)
logging.getLogger("urllib3.connectionpool").addFilter(_quotes_no_address)
