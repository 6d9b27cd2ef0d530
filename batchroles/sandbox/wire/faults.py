"""Misbehaviour on request: what goes wrong, how often, and the same again for the same seed."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

RANDOM = ("503", "429", "slow", "drop-before", "drop-after", "half-answer", "html", "maintenance")
REVOKED = "token-revoked-after"
REPORT_TIMEOUT = "report-timeout"
COUNTED = (REVOKED, REPORT_TIMEOUT)
"""Faults that take a number in the place of a rate: of calls, or of a report's rows."""
DEFAULT_RATE = 0.1
SLOW_SECONDS = 2.0
RETRY_AFTER_SECONDS = 1


class UnknownFault(ValueError):
    """A fault that cannot be had; the message says which there are."""


@dataclass(frozen=True)
class Fault:
    """One fault: its name, and its rate (0 to 1) or the number of calls, or of rows, after which it begins."""

    name: str
    rate: float = DEFAULT_RATE
    after: int = 0


def parse_fault(text: str) -> Fault:
    """Read `NAME[:RATE]`, a rate from 0 to 1, or one that takes a number, `token-revoked-after:N` say."""
    name, _, value = text.partition(":")
    if name in COUNTED and re.fullmatch(r"[0-9]+", value):
        return Fault(name, after=int(value))
    if name in RANDOM and re.fullmatch(r"|[01](\.[0-9]+)?|\.[0-9]+", value):
        rate = float(value or DEFAULT_RATE)
        if rate <= 1:
            return Fault(name, rate)
    raise UnknownFault(
        f"no fault {text}; there are {', '.join(RANDOM)}, each with a rate from 0 to 1 (503:0.2), "
        f"{REVOKED}:N and {REPORT_TIMEOUT}:N"
    )


class Faults:
    """Decides for each call in turn what goes wrong with it."""

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        self._faults = faults
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Begin the sequence again."""
        self._random = random.Random(self._seed)
        self._calls = 0

    def next(self) -> str:
        """Give the fault of the next call, or nothing."""
        self._calls += 1
        hits = [fault.name for fault in self._faults if self._hits(fault)]
        return hits[0] if hits else ""

    def times_out(self, rows: int) -> bool:
        """Say whether the web server gives up waiting for a report of so many rows."""
        return any(fault.name == REPORT_TIMEOUT and rows > fault.after for fault in self._faults)

    def _hits(self, fault: Fault) -> bool:
        if fault.name == REPORT_TIMEOUT:
            return False
        if fault.name == REVOKED:
            return self._calls > fault.after
        return self._random.random() < fault.rate
