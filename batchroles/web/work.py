"""What goes on in the background: checks and runs, each in a thread of its own, found again by whoever asks for it."""

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import Any

from batchroles.client import Moodle
from batchroles.client.wire import Stop
from batchroles.errors import BatchrolesError, Interrupted
from batchroles.sender import Ended, Halt
from batchroles.sender.sending import LOOK_UP

STOPPED = Ended(130, "stopped at the page")
CLOSED = Ended(130, "the page was closed by whoever runs it")
MOST = 30
"""What ended is kept of so many: those who look at a plan just now are hardly more."""
MOST_LINES = 3_000_000
"""Lines of plans that are kept at hand: about a gigabyte."""
AT_ONCE = 3
"""Files of one person that are checked at once: each takes memory, and a person may give a hundred."""
GRACE = 10.0
"""Seconds that calls under way have after somebody asked to stop: an answer that comes is not asked for again."""


@dataclass(eq=False)
class Work:
    """A check or a run, while it goes on and as it ended; then nothing of it holds the person's token any more."""

    site: Stop
    """Ends what is asked of the site for this work, and for nothing else."""
    halt: Halt = field(default_factory=Halt)
    began: float = field(default_factory=time.monotonic)
    phase: str = ""
    done: int = 0
    total: int = 0
    failed: int = 0
    """Rows that Moodle refused so far."""
    waits: str = ""
    """The sentence that says for what it waits."""
    trouble: str = ""
    """Why a call is tried again; empty since one was answered."""
    sending_since: float | None = None
    lines: int = 0
    """How many lines of a plan it keeps in memory."""
    seen: Any = None
    """What was found on the way, and stays where it ends with an error."""
    result: Any = None
    error: BatchrolesError | None = None
    defect: bool = False
    """Whether it ended by an error that nobody foresaw."""
    ended: Event = field(default_factory=Event)

    def progress(self, phase: str, done: int, total: int) -> None:
        """Take note of how far it is."""
        if phase == "sending" and self.sending_since is None:
            self.sending_since = time.monotonic()
        self.phase, self.done, self.total, self.waits = phase, done, total, ""

    def rows_sent(self, _ended: int, refused: int, _total: int) -> None:
        """Take note of how many rows have an end, and how many of these Moodle refused."""
        self.failed = refused

    def answered(self, function: str, seconds: float) -> None:  # noqa: ARG002 - an observer's signature
        """Take note that the site answers."""
        self.trouble = ""

    def retrying(self, function: str, reason: str, pause: float) -> None:  # noqa: ARG002 - an observer's signature
        """Take note of why nothing happens for a while."""
        self.trouble = reason

    def wait_for(self, sentence: str) -> None:
        """Take note of what it waits for."""
        self.waits = sentence

    def stop(self, why: Ended = STOPPED, grace: float = GRACE) -> None:
        """Ask it to end after the calls under way."""
        self.halt.ask(why)
        self.site.leave_after(grace)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.ended.is_set()

    @property
    def rate(self) -> float:
        """Rows a second since the first one was sent."""
        since = self.sending_since
        return self.done / (time.monotonic() - since) if since and time.monotonic() > since else 0.0


class Turns:
    """Has the works of one person wait for each other where they are many; those of others go on beside them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rooms: dict[Hashable, BoundedSemaphore] = {}

    @contextmanager
    def taken(self, whose: Hashable, halt: Halt) -> Iterator[None]:
        """Wait for a turn, and have it while the context lasts. Raises Interrupted where that is asked to end first."""
        with self._lock:
            room = self._rooms.setdefault(whose, BoundedSemaphore(AT_ONCE))
        while not room.acquire(timeout=LOOK_UP):
            if halt.reason is not None:
                raise Interrupted(f"{halt.reason.sentence}; nothing was sent")
        try:
            yield
        finally:
            room.release()


class Works:
    """All that goes on, by whom and what it is about."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._works: dict[Hashable, Work] = {}
        self._threads: dict[Work, Thread] = {}
        self._closing = False

    def of(self, key: Hashable) -> Work | None:
        """Give what goes on, or ended last, under a key."""
        with self._lock:
            return self._works.get(key)

    def under_way(self, key: Hashable) -> Work | None:
        """Give what goes on under a key; None where that is over, or nothing was begun."""
        work = self.of(key)
        return None if work is None or work.over else work

    def begin(self, key: Hashable, moodle: Moodle, do: Callable[[Work, Moodle], Any]) -> Work:
        """Begin something, or give what goes on under its key already: two tabs never begin it twice."""
        with self._lock:
            going = self._works.get(key)
            if going is not None and not going.over:
                return going
            self._make_room()
            session = moodle.session()
            session.observer = work = Work(session.stop)
            self._works[key] = work
            thread = Thread(target=self._do, args=(work, session, do), name=f"batchroles {key}", daemon=True)
            self._threads[work] = thread
            if self._closing:
                work.stop(CLOSED, 0)
        try:
            thread.start()
        except RuntimeError:  # the machine has no room for one more
            work.ended.set()
            self.forget(key)
            raise
        return work

    def forget(self, key: Hashable) -> None:
        """Stop what goes on under a key, and forget it: nobody wants to know any more."""
        with self._lock:
            work = self._works.pop(key, None)
        if work is not None and not work.over:
            work.stop()

    def going(self) -> list[Hashable]:
        """Give the keys of all that is not over."""
        with self._lock:
            return [key for key, work in self._works.items() if not work.over]

    def _make_room(self) -> None:
        """Forget what ended first: a plan of a large file takes much memory, and is made again when it is asked for."""
        ended = [key for key, work in self._works.items() if work.over]
        lines = sum(work.lines for work in self._works.values())
        for left, key in enumerate(ended):
            if len(ended) - left <= MOST and lines <= MOST_LINES:
                return
            lines -= self._works.pop(key).lines

    def stop_all(self, seconds: float) -> None:
        """End everything cleanly, and wait so long for it at most."""
        with self._lock:
            self._closing = True
            threads = dict(self._threads)
        for work in threads:
            work.stop(CLOSED, min(GRACE, seconds / 2))
        until = time.monotonic() + seconds
        for thread in threads.values():
            thread.join(max(0.0, until - time.monotonic()))

    def _do(self, work: Work, moodle: Moodle, do: Callable[[Work, Moodle], Any]) -> None:
        try:
            work.result = do(work, moodle)
        except BatchrolesError as error:
            # Its sentence alone: frames hold whatever was at hand.
            error.__cause__ = error.__context__ = None
            work.error = error.with_traceback(None)
        except BaseException:  # the thread's last frame: whoever looks at the page is told
            work.defect = True
            raise
        finally:
            work.ended.set()
            with self._lock:
                self._threads.pop(work, None)
