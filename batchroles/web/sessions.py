"""Who is at the page: sessions in this process's memory, which end."""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Generic, TypeVar

P = TypeVar("P")

HOUR = 3_600.0
LONGEST = 12 * HOUR
"""Seconds after which a session ends, however much it was used."""
IDLE = 1_800.0
"""Seconds after which a session of an office ends that nobody used: machines there are shared."""
MOST = 1_000
"""Sessions at once; one more ends the one that was unused for longest."""


def secret() -> str:
    """Make 256 random bits, as text that fits into an address and a cookie."""
    return secrets.token_urlsafe(32)


def same(given: str, expected: str) -> bool:
    """Compare in a time that tells nothing of what is expected; what was sent may hold any letter."""
    return compare_digest(given.encode("utf-8", "replace"), expected.encode())


@dataclass(eq=False)
class Session(Generic[P]):
    """One browser of one person."""

    person: P
    began: float
    used: float
    form_token: str = field(default_factory=secret, repr=False)
    """What every form of this session carries, and no other site can know."""


class Sessions(Generic[P]):
    """All sessions; safe to use from several threads.

    The id that the browser has is kept as its hash alone: whoever sees this process's memory in a report of a defect
    cannot go on as somebody else.
    """

    def __init__(
        self,
        idle: float | None = IDLE,
        longest: float = LONGEST,
        most: int = MOST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`idle`: seconds without use after which a session ends; None where only its age counts."""
        self._idle, self._longest, self._most, self._clock = idle, longest, most, clock
        # The one that was unused for longest stands first.
        self._by_hash: OrderedDict[bytes, Session[P]] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, person: P) -> tuple[str, Session[P]]:
        """Begin a session under an id that nobody had before; gives the id, which is known nowhere else."""
        own, now = secret(), self._clock()
        session = Session(person, now, now)
        with self._lock:
            self._sweep(now)
            while len(self._by_hash) >= self._most:
                self._by_hash.popitem(last=False)
            self._by_hash[_hash(own)] = session
        return own, session

    def find(self, own: str, *, use: bool = True) -> Session[P] | None:
        """Give the session of an id, None where it ended. Without `use` it is as unused afterwards as before."""
        key, now = _hash(own), self._clock()
        with self._lock:
            session = self._by_hash.get(key)
            if session is None:
                return None
            if self._is_over(session, now):
                del self._by_hash[key]
                return None
            if use:
                session.used = now
                self._by_hash.move_to_end(key)
            return session

    def end(self, own: str) -> None:
        """End a session, if it is there."""
        with self._lock:
            self._by_hash.pop(_hash(own), None)

    def people(self) -> list[P]:
        """Give the people who have a session."""
        with self._lock:
            self._sweep(self._clock())
            return [session.person for session in self._by_hash.values()]

    def _sweep(self, now: float) -> None:
        for key in [key for key, session in self._by_hash.items() if self._is_over(session, now)]:
            del self._by_hash[key]

    def _is_over(self, session: Session[P], now: float) -> bool:
        unused = self._idle is not None and now - session.used >= self._idle
        return unused or now - session.began >= self._longest


class OneTimeKeys:
    """The keys by which a browser on this machine comes in: each opens once, and the next one is made then."""

    def __init__(self) -> None:
        self._hash = b""
        self._lock = threading.Lock()

    def new(self) -> str:
        """Make the key that opens from now on; the one before it opens no more."""
        key = secret()
        with self._lock:
            self._hash = _hash(key)
        return key

    def use(self, key: str) -> bool:
        """Whether this is the key that opens; it does so this once."""
        with self._lock:
            if not self._hash or not compare_digest(_hash(key), self._hash):
                return False
            self._hash = b""
            return True


def _hash(own: str) -> bytes:
    return hashlib.sha256(own.encode("utf-8", "replace")).digest()
