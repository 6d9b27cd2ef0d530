"""How many calls at once and how large, by what the site bears; and how fast the user allows."""

import time
from dataclasses import dataclass
from threading import Lock

SLOW = 10.0
"""Seconds after which an answer counts as slow: well below what proxies allow (30 s and more), well above the 0.6 s
that a measured site took for 200 rows."""
COOL_DOWN = 1.0
"""Seconds in which further trouble is taken for the same trouble: calls under way together fail together."""
SMALLEST = 10
"""Rows below which smaller calls no longer help: the call itself is what costs."""


@dataclass(frozen=True)
class Guards:
    """The limits that the user sets."""

    workers: int = 4
    """Most calls at once."""
    chunk_size: int = 200
    """Most rows in a call."""
    max_errors: int | None = None
    """A run with more failed rows than this is stopped."""
    rate: float | None = None
    """Most rows a second."""


class Pace:
    """Halves calls at once and rows a call when the site is in trouble, and lets them grow back when it is not."""

    def __init__(self, guards: Guards) -> None:
        self._guards = guards
        self._lock = Lock()
        self._good = 0
        self._last_trouble = float("-inf")
        self.workers = guards.workers
        self.size = guards.chunk_size

    def fine(self, seconds: float) -> None:
        """Take note of an answer and of the time that it took."""
        if seconds > SLOW:
            self.trouble()
            return
        with self._lock:
            self._good += 1
            if self._good >= 2 * self.workers:
                self._good = 0
                self.workers = min(self.workers + 1, self._guards.workers)
                self.size = min(self.size * 2, self._guards.chunk_size)

    def trouble(self) -> None:
        """Take note that the site is too busy to answer, or answers slowly."""
        with self._lock:
            now = time.monotonic()
            if now - self._last_trouble < COOL_DOWN:
                return
            self._last_trouble = now
            self._good = 0
            self.workers = max(1, self.workers // 2)
            self.size = min(self.size, max(SMALLEST, self.size // 2))


class Throttle:
    """Spreads rows over time, at most `rate` a second."""

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._next = time.monotonic()

    def wait(self) -> float:
        """Give the seconds until the next call may begin."""
        return max(0.0, self._next - time.monotonic()) if self._rate else 0.0

    def sent(self, rows: int) -> None:
        """Take note of a call that begins now."""
        if self._rate:
            self._next = max(self._next, time.monotonic()) + rows / self._rate

    def most(self, size: int) -> int:
        """Give the rows of a call that keep the rate even within a second."""
        return max(1, min(size, int(self._rate))) if self._rate else size
