"""How many calls at once and how large, by what the site bears."""

import time
from threading import Lock

from batchroles.sender.guards import Guards

FIRST = 2
"""Calls at once to begin with: what most sites serve at full speed."""
FASTER = 1.02
"""How many times as many rows a second are a gain."""
BEYOND = 2
"""So many calls at once more than is best are tried before it is gone back to: the gain of one is easily missed."""
SURE, SURE_SECONDS = 4, 0.5
"""Answers, and seconds, for each call at once, after which it is believed that a number is no gain. That a new one is
a gain is believed after a round of answers, or two."""
LONGEST_REST = 16
"""Most times that what is best is measured anew before more is tried again."""
SLOW = 10.0
"""Seconds after which an answer counts as slow: well below what proxies allow (30 s and more), well above the 0.6 s
that a measured site took for 200 rows."""
COOL_DOWN = 1.0
"""Seconds in which further trouble is taken for the same trouble: calls under way together fail together."""
SMALLEST = 10
"""Rows below which smaller calls no longer help: the call itself is what costs."""


class Pace:
    """Lets calls at once grow while more rows a second come of it, and halves them and their rows in trouble.

    Rows a second are told from the answers alone: so many calls at once, each with so many rows in so many seconds.
    """

    def __init__(self, guards: Guards, most: int) -> None:
        """`most`: calls at once."""
        self._guards, self._most = guards, most
        self._lock = Lock()
        self._good = 0
        self._last_trouble = float("-inf")
        self.workers = min(FIRST, most)
        self.size = guards.chunk_size
        self._begin(self.workers, rounds=1)

    def fine(self, seconds: float, rows: int) -> None:
        """Take note of an answer: the time that it took, and the rows that were done; 0 where they were refused."""
        if seconds > SLOW:
            self.trouble()
            return
        with self._lock:
            self._good += 1
            if self._good >= 2 * self.workers:
                self._good = 0
                self.size = min(self.size * 2, self._guards.chunk_size)
            if self._left_over:
                self._left_over -= 1
            elif 2 * rows >= self.size:  # a smaller call says little: most of its time is the call's own
                self._answers += 1
                self._rows += rows
                self._seconds += seconds
                self._judge()

    def trouble(self) -> None:
        """Take note that the site is too busy to answer, or answers slowly."""
        with self._lock:
            now = time.monotonic()
            if now - self._last_trouble < COOL_DOWN:
                return
            self._last_trouble = now
            self._good = 0
            # A user's own limit below SMALLEST is not raised by trouble.
            self.size = min(self.size, max(SMALLEST, self.size // 2))
            self._begin(max(1, self.workers // 2), rounds=2)

    def _begin(self, workers: int, *, rounds: int) -> None:
        """Forget what was measured. `rounds`: of answers, before more is tried for the first time."""
        self._rounds = rounds
        self._rates: dict[int, float] = {}
        """Calls at once → rows a second, as it was measured last."""
        self._rest, self._next_rest = 0, 1
        """How often the best number is still measured anew before more is tried; how often when that has failed."""
        self._go(workers)

    def _judge(self) -> None:
        """Try more where this many calls at once are a gain, and go back where they are surely none."""
        sure = self._answers >= SURE * self.workers and self._seconds >= SURE_SECONDS * self.workers
        if not sure and (self._answers != self._rounds * self.workers or self.workers in self._rates):
            return
        # On Windows the clock goes in steps of 16 ms: quick answers take no time at all.
        self._rates[self.workers] = self.workers * self._rows / max(self._seconds, 1e-9)
        best = self._best()
        if self.workers == best and not sure:
            self._next_rest = 1
            self._go(best + 1)
        elif self.workers == best:
            self._rest -= 1
            self._go(best if self._rest > 0 else best + 1)
        elif sure and best < self.workers < min(best + BEYOND, self._most):
            self._go(self.workers + 1)
        elif sure:
            self._rest, self._next_rest = self._next_rest, min(2 * self._next_rest, LONGEST_REST)
            self._go(best)

    def _best(self) -> int:
        """Give the fewest calls at once that no other number is a gain over."""
        most = max(self._rates.values())
        return min(workers for workers, rate in self._rates.items() if most <= FASTER * rate)

    def _go(self, workers: int) -> None:
        """Measure with so many calls at once, from the first call on that begins with them."""
        workers = min(workers, self._most)
        # What is under way began beside more calls, or fewer: it says nothing of this number.
        self._left_over = self.workers - 1 if workers != self.workers else 0
        self.workers = workers
        self._answers, self._rows, self._seconds = 0, 0, 0.0
