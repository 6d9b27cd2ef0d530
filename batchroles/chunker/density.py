"""Pure: how dense bad rows have been lately, and how large the next call should be for it."""

import math

import numpy as np

HORIZON = 100
"""Rows that the estimate remembers: long enough to know a clean stretch, short enough to leave a bad one behind."""
PRIOR = 20
"""Rows taken as good before the first is known, so that one early bad row does not shrink every call to one."""


class Density:
    """An estimate of the share of bad rows, with a short memory.

    A call of n rows with a share p of bad ones goes through with probability (1-p)^n; a call tells most when that is
    one half, at n = ln 2 / p (group testing; Hwang 1972).
    """

    def __init__(self) -> None:
        self._seen = float(PRIOR)
        self._bad = 0.0

    def good(self, rows: int) -> None:
        """Take note of rows that were accepted."""
        self._seen += rows
        self._forget()

    def bad(self) -> None:
        """Take note of a row, user or pair that was refused alone."""
        self._seen += 1
        self._bad += 1
        self._forget()

    def group(self, limit: int) -> int:
        """Give the best number of rows for a call, from 1 to `limit`."""
        # Multiplied, not divided: `_bad` may be 0.
        if self._bad * limit <= math.log(2) * self._seen:
            return limit
        return int(np.clip(math.log(2) * self._seen / self._bad, 1, limit))

    def _forget(self) -> None:
        if self._seen > HORIZON:
            self._bad *= HORIZON / self._seen
            self._seen = HORIZON
