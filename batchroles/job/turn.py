"""One run at a time on a site: the same assignment in two calls at once could be stored twice.

The lock is a file of this user's on this machine, by the site's address. It is held from before the site is read until
the reports are written: what a plan knows of the site would be old if another run were sent in between.
"""

import hashlib
import json
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from batchroles.client import Moodle
from batchroles.errors import RunError, SiteBusy, Skipped
from batchroles.runs import LockFile
from batchroles.sender import Halt
from batchroles.sender.sending import LOOK_UP, wait_for_stragglers

IfLocked = Literal["wait", "skip", "fail"]

HEARTBEAT = 1.0
"""Seconds between two signs of life of a run with calls under way."""
LATE = 10.0
"""So many seconds may a run have lived, and asked the site, after its last sign of life: a slow disk holds those up."""


@dataclass(frozen=True)
class Word:
    """What a run leaves in the lock for whoever comes next."""

    run: str = ""
    """Its folder."""
    process: int = 0
    since: float = 0.0
    asked: float | None = 0.0
    """When the site was last asked for something without an answer, in seconds since 1970; 0 where it never was, None
    while calls are under way, and for good where the process died with them."""

    @classmethod
    def of(cls, text: str) -> "Word":
        """Read it; what cannot be read was torn by a crash, perhaps with calls under way."""
        if not text:
            return cls()
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return cls(asked=None)

    @property
    def named(self) -> str:
        """Name the run for people."""
        return f"{Path(self.run).name or 'another run'} (process {self.process})"


class Turn:
    """A run's turn on a site. Use it as a context manager."""

    def __init__(
        self,
        moodle: Moodle,
        halt: Halt | None = None,
        if_locked: IfLocked = "wait",
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`if_locked`: what to do where another run has the site; `say` is told once that it is waited for."""
        self._say = say
        self._moodle = moodle
        self._halt = halt or Halt()
        self._if_locked = if_locked
        self._word: Word | None = None
        self._beat = 0.0
        self.died: float | None = None
        """When the process of this same run that died with calls under way can last have asked the site for something,
        in seconds since 1970; None where nobody knows."""

    # Made when it is needed: a command that only plans need not have a place for locks.
    @cached_property
    def _lock(self) -> LockFile:
        return LockFile(lock_file(self._moodle.url))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._word is not None:
            self._word = None
            self._lock.let_go()

    def take(self, folder: Path) -> None:
        """Hold the site for the run in a folder, until the context ends; it may be held already.

        Raises SiteBusy where another run has it and is not to be waited for, or the time to wait is over, and Skipped
        where that is no failure.
        """
        if self._word is not None:
            return
        self._wait()
        before, me = Word.of(self._lock.word()), str(folder.resolve())
        touched = self._lock.touched()
        died = None if before.asked is not None or touched is None else touched + LATE
        try:
            if before.run != me:  # a run waits for its own earlier calls by itself
                self._wait_for_calls_of(before, died)
            else:
                self.died = died
        except BaseException:
            self._lock.let_go()
            raise
        self._word = Word(me, os.getpid(), time.time())
        # Its own word of calls stays until it has waited for them: it may be killed once more before.
        self._note(before.asked if before.run == me else 0.0)

    @contextmanager
    def let_go(self) -> Iterator[None]:
        """Let others have the site while somebody is asked. Raises SiteBusy where one of them used it."""
        # No try: whoever says no, or stops, leaves the site free.
        mine = self._word
        self._lock.let_go()
        yield
        self._wait()
        after = Word.of(self._lock.word())
        if after != mine:
            raise SiteBusy(
                f"{after.named} worked on {self._moodle.url} while you were asked, and this plan may be old by now:"
                " nothing was sent; run the command again"
            )

    def begins(self) -> None:
        """Note that calls are under way: if this run dies with them, the next one waits until the site is done."""
        self._note(None)

    def lives(self) -> None:
        """Leave a sign of life, now and then: the pause after a death counts from the last one, not from a restart."""
        if time.monotonic() - self._beat >= HEARTBEAT:
            self._beat = time.monotonic()
            self._lock.touch()

    def ends(self, last_asked: float | None) -> None:
        """Note that no call is under way any more, and when the site was last asked without an answer."""
        self._note(last_asked or 0.0)

    def _wait_for_calls_of(self, before: Word, died: float | None) -> None:
        last_asked = (died or time.time()) if before.asked is None else before.asked or None
        wait_for_stragglers(last_asked, self._moodle.retry.settle_pause, self._halt, self._moodle.observer)
        if last_asked is not None and self._halt.reason is not None:
            raise SiteBusy(f"{self._halt.reason.sentence}; nothing was sent")

    def _wait(self) -> None:
        said = False
        while not self._lock.take():
            word = Word.of(self._lock.word())
            busy = f"{word.named} works on {self._moodle.url}"
            if self._if_locked == "skip":
                raise Skipped(f"{busy}: skipped, nothing was sent")
            if self._if_locked == "fail":
                raise SiteBusy(f"{busy}: nothing was sent; run the command again when it has ended")
            if self._halt.reason is not None:
                raise SiteBusy(f"{self._halt.reason.sentence} while {busy}; nothing was sent")
            if not said:
                self._say(f"{busy}: waiting until it ends")
                said = True
            time.sleep(LOOK_UP)

    def _note(self, asked: float | None) -> None:
        if self._word is None:
            raise AssertionError("only the holder notes")
        self._word = replace(self._word, asked=asked)
        self._lock.write(json.dumps(asdict(self._word)))


def lock_file(url: str) -> Path:
    """Give the file that runs on a site lock. Raises RunError where there is no place for it."""
    from platformdirs import user_state_path

    state = user_state_path("batchroles", appauthor=False) / "sites"
    shared = Path(tempfile.gettempdir()) / f"batchroles-{os.getuid() if hasattr(os, 'getuid') else 'sites'}"
    # An address has signs that no file's name may have, and may be longer than one.
    name = f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.lock"
    for folder in (state, shared):
        if _is_ours(folder):
            return folder / name
    raise RunError(
        f"neither {state} nor {shared} can be written to, so that two runs on one site would not know of each other:"
        " set XDG_STATE_HOME to a folder of your own"
    )


def _is_ours(folder: Path) -> bool:
    """Make a folder for locks; whether nobody else can put files into it, in a shared place links above all."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Not stat(): where anybody may write, it would follow a link that another user has laid.
        found = folder.lstat()
    except OSError:
        return False
    others = os.name == "posix" and (found.st_mode & 0o022 or found.st_uid != os.geteuid())
    return stat.S_ISDIR(found.st_mode) and not others and os.access(folder, os.W_OK)
