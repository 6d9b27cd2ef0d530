"""How a run is asked to stop before its end, by a signal, a deadline or a guard."""

import time
from dataclasses import dataclass


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
        self._reason: Ended | None = None

    def ask(self, reason: Ended) -> None:
        """Ask to stop between calls; a later reason does not replace an earlier one."""
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
