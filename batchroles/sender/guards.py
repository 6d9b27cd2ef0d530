"""What the user allows: how large calls may be, how fast, how long; and how a run is asked to stop."""

import threading
import time
from dataclasses import dataclass

from batchroles.errors import InputError


@dataclass(frozen=True)
class Guards:
    """The limits that the user sets."""

    chunk_size: int = 200
    """Most rows in a call."""
    max_errors: int | None = None
    """A run with more failed rows than this is stopped."""
    rate: float | None = None
    """Most rows a second."""


_LONGEST = 9
"""Digits of a number of rows or of percents: no run has more."""


def counted(flag: str, said: str | int, rows: int) -> int:
    """Turn what a flag says, `N` or `N%`, into a number of rows. Raises InputError for anything else."""
    text = said if isinstance(said, str) else repr(said)
    number, percent = text.removesuffix("%"), text.endswith("%")
    if not (number.isascii() and number.isdecimal() and len(number) <= _LONGEST):
        raise InputError(f"{flag} {text}: write a number of rows (10) or a share of them (2%)")
    return rows * int(number) // 100 if percent else int(number)


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


@dataclass(frozen=True)
class Ended:
    """Why a run ended before its last row, and the exit code that says so."""

    exit_code: int
    sentence: str


class Halt:
    """Holds the first reason to stop. Safe to use from several threads."""

    def __init__(self, until: float | None = None) -> None:
        """`until`: a moment of `time.monotonic()` after which no further call begins."""
        self.until = until
        self._lock = threading.Lock()
        self._reason: Ended | None = None

    def ask(self, reason: Ended) -> None:
        """Ask to stop between calls; a later reason does not replace an earlier one."""
        with self._lock:
            self._reason = self._reason or reason

    @property
    def reason(self) -> Ended | None:
        """Why to stop; None while nothing asks for it."""
        if self.until is not None and time.monotonic() >= self.until:
            self.ask(Ended(5, "the time allowed for this run is over"))
        return self._reason

    @property
    def left(self) -> float | None:
        """Seconds until the time allowed is over; None where any time is allowed."""
        return None if self.until is None else max(0.0, self.until - time.monotonic())
