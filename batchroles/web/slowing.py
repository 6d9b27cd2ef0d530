"""Sign-in attempts, slowed down: so many at once, and from then on one every so often."""

import hashlib
import math
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

MOST = 10_000
"""Names and addresses that are remembered at once, of each as many."""


@dataclass(frozen=True)
class Pace:
    """How many attempts may come at once, and after how many seconds there may be one more."""

    at_once: int
    every: float


NAME = Pace(5, 120.0)
"""For one user name, from wherever: 720 a day at most."""
ADDRESS = Pace(20, 30.0)
"""For one address, whatever the names: a whole office may stand behind it."""


class Bucket:
    """For each key as many attempts as are left."""

    def __init__(self, pace: Pace, most: int = MOST) -> None:
        self._pace, self._most = pace, most
        self._left: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        """Key → attempts left, and when that was so; the one that was asked about longest ago stands first."""

    def wait(self, key: bytes, now: float) -> float:
        """Give the seconds until there is an attempt left; 0 where there is one."""
        left = self._now(key, now)
        # Kept at the end while somebody tries: who is slowed down is not forgotten for others' sake.
        if key in self._left:
            self._left.move_to_end(key)
        return max(0.0, (1 - left) * self._pace.every)

    def take(self, key: bytes, now: float) -> None:
        """Count an attempt."""
        self._put(key, self._now(key, now) - 1, now)

    def give_back(self, key: bytes, now: float) -> None:
        """Count one less: it was no guess."""
        self._put(key, min(self._pace.at_once, self._now(key, now) + 1), now)

    def _now(self, key: bytes, now: float) -> float:
        left, then = self._left.get(key, (float(self._pace.at_once), now))
        return min(float(self._pace.at_once), left + (now - then) / self._pace.every)

    def _put(self, key: bytes, left: float, now: float) -> None:
        if left >= self._pace.at_once:
            self._left.pop(key, None)
            return
        self._left[key] = (left, now)
        self._left.move_to_end(key)
        while len(self._left) > self._most:
            self._left.popitem(last=False)


class Attempts:
    """The attempts of all; safe to use from several threads, none of which ever sleeps for it."""

    def __init__(
        self, name: Pace = NAME, address: Pace = ADDRESS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._names, self._addresses, self._clock = Bucket(name), Bucket(address), clock
        self._lock = threading.Lock()
        # Names are kept as keyed hashes: what people typed, a password in the wrong field say, is nobody's to read.
        self._key = secrets.token_bytes(32)

    def begin(self, username: str, address: str) -> int:
        """Count an attempt; gives 0, or the seconds to wait first, and then none was counted.

        It is counted before anybody is asked, so that many at once are no way around it.
        """
        name, place = self._keys(username, address)
        now = self._clock()
        with self._lock:
            wait = max(self._names.wait(name, now), self._addresses.wait(place, now))
            if wait:
                return math.ceil(wait)
            self._names.take(name, now)
            self._addresses.take(place, now)
            return 0

    def forgive(self, username: str, address: str) -> None:
        """Count an attempt as none: it was right, or nobody could say."""
        name, place = self._keys(username, address)
        now = self._clock()
        with self._lock:
            # One each, and no more: else who has an account could wipe out guesses at those of others.
            self._names.give_back(name, now)
            self._addresses.give_back(place, now)

    def _keys(self, username: str, address: str) -> tuple[bytes, bytes]:
        return self._hash(username.strip().casefold()), self._hash(_network(address))

    def _hash(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode("utf-8", "replace"), key=self._key, digest_size=16).digest()


def _network(address: str) -> str:
    """Give what one party has of addresses: of IPv6 that is a network of 64 bits."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) else str(parsed)
