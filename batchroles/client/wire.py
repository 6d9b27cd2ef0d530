"""How a request gets to the site and its answer back."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Protocol

Timeout = tuple[float, float]
"""Seconds to wait for a connection, and for each next part of an answer."""

WHOLE = 3
"""A whole answer may take so many times as long as its next part may: what drips for ever ends, too."""


TOO_LARGE = "toolarge"
"""The error code of an answer for which there is no room; ours, not Moodle's."""

LOOK = 0.05
"""Seconds between looks at whether to stop."""


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP, whole."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """By names as `Retry-After`, or looked up without case."""
    content: bytes = b""


class Transport(Protocol):
    """The way to the site; several threads use one."""

    def post(self, url: str, body: bytes, *, timeout: Timeout) -> Answer:
        """Send one form and wait for the answer; redirects are not followed. Raises `AttemptError`."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...


class Stop:
    """Whether to stop: once it is set no further attempt begins; after `leave_after` none is waited for either.

    It is never taken back: what may go on when a part of the work has been stopped is stopped by a `part` of its own.
    """

    def __init__(self, whole: "Stop | None" = None) -> None:
        """`whole`: sets this one, too."""
        self._whole = whole
        self._event = Event()
        self._lock = Lock()
        self._leave_at = float("inf")

    def part(self) -> "Stop":
        """Give one that is set with this one, and that may be set alone."""
        return Stop(self)

    def set(self) -> None:
        """End pauses at once and begin no further attempt; calls under way are waited for."""
        self._event.set()

    def leave_after(self, seconds: float) -> None:
        """Do so, and give calls under way only so long: whoever waits for an answer then is let go."""
        with self._lock:
            self._leave_at = min(self._leave_at, time.monotonic() + seconds)
            self._event.set()

    def is_set(self) -> bool:
        """Whether no further attempt may begin."""
        return self._event.is_set() or (self._whole is not None and self._whole.is_set())

    def wait(self, seconds: float) -> None:
        """Pause for so long, or until it is set."""
        until = time.monotonic() + seconds
        while not self.is_set() and (left := until - time.monotonic()) > 0:
            # A part is not woken by the whole: it looks.
            self._event.wait(left if self._whole is None else min(left, LOOK))

    @property
    def leaves(self) -> bool:
        """Whether a call under way is to be left."""
        return time.monotonic() >= self._leave_at or (self._whole is not None and self._whole.leaves)
