"""How often and when a call is tried: what the retry loop knows of a failed attempt, and the policy.

The policy is stated in one place, and bounded in attempts and in time.
"""

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self

from batchroles.errors import BatchrolesError

FEW = 3
"""Attempts for a cause that mostly stays: a name that does not resolve, an empty answer."""
SEVERAL = 6
"""Attempts for a change that another one was in the way of: each time one of the two goes through."""


class AttemptError(Exception):
    """A request without a usable answer; another attempt may have one. Never leaves the client."""

    def __init__(
        self,
        reason: str,
        *,
        lost: bool = False,
        asked: float | None = None,
        few: bool = False,
        clash: bool = False,
        ending: BatchrolesError | None = None,
        answered: str = "",
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        """A clause for people: `HTTP status 503`."""
        self.lost = lost
        """Whether Moodle may have done the call all the same."""
        self.asked = asked
        """The pause in seconds that the site asked for."""
        self.few = few
        """Whether `FEW` attempts are enough to believe it."""
        self.clash = clash
        """Whether another change was in the way, so that only a short pause is needed, and `SEVERAL` attempts."""
        self.ending = ending
        """What to raise when the attempts are used up, where it is not a temporary failure."""
        self.answered = answered
        """How the answer began, where it was not understood."""


@dataclass(frozen=True)
class Retry:
    """How often and after which pauses a call is sent again. All times in seconds.

    The pause before attempt n + 1 is `base * 2**(n-1)`, at most `longest`, and up to `jitter` of it is taken off at
    random, so that parallel workers do not come back together.
    """

    attempts: int = 10
    """At most so many requests for one call."""
    total: float = 600.0
    """No attempt begins later than this after the first one."""
    base: float = 1.0
    longest: float = 60.0
    jitter: float = 0.5
    """A part of the pause, 0 to 1."""
    longest_retry_after: float = 300.0
    """A longer wish of the site (`Retry-After`) is cut to this."""
    settle_pause: float = 30.0
    """At least so long after a change whose answer was lost: Moodle may still be working on it, and the same
    assignment must never be in two calls at once."""

    @classmethod
    def lasting(cls, seconds: float, *, settle_pause: float) -> Self:
        """Give a policy that goes on for so long, and has as many attempts as the shortest pauses leave room for."""
        shortest = cls.longest * (1 - cls.jitter)
        return cls(cls.attempts + math.ceil(seconds / shortest), total=seconds, settle_pause=settle_pause)

    def pause(
        self, attempt: int, *, asked: float | None = None, settle: bool = False, clash: bool = False
    ) -> float:
        """Give the pause after the failed attempt number `attempt` (from 1)."""
        if clash:
            # Random from the start: calls that failed together must not come back together.
            return min(self.longest, self.base * attempt * random.uniform(0.1, 1.0))
        # min(): beyond 2.0**1023 Python raises OverflowError.
        pause = min(self.longest, self.base * 2.0 ** min(attempt - 1, 60))
        pause *= 1 - self.jitter * random.random()
        if asked is not None:
            pause = max(pause, min(asked, self.longest_retry_after))
        return max(pause, self.settle_pause) if settle else pause


def retry_after(text: str | None) -> float | None:
    """Read a `Retry-After` header, a number of seconds or an HTTP date, as seconds from now; None if it is neither."""
    if not text:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        # Years and hours that no calendar has, and numbers that no calendar could hold.
        return None
