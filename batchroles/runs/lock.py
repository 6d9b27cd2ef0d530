"""Locks that the kernel gives back when the process dies: one process on a run, one run on a site."""

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import IO

from batchroles.errors import RunError

NAME = "run.lock"


class FileLock:
    """A file that one process at a time can hold, and leave a word in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def take(self) -> bool:
        """Take the lock if it is free; whether it was."""
        # Opened for appending, so that a loser does not wipe out the winner's word.
        file = self.path.open("a+", encoding="utf-8")
        try:
            _lock(file)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def word(self) -> str:
        """Give what the last holder wrote; empty where that cannot be read."""
        try:
            return self.path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def write(self, word: str) -> None:
        """Leave a word for whoever comes next; only while the lock is held."""
        if self._file is None:
            raise AssertionError("only the holder writes")
        self._file.truncate(0)
        self._file.write(f"{word}\n")
        self._file.flush()

    def let_go(self) -> None:
        """Let others have it."""
        if self._file is not None:
            self._file.close()
            self._file = None


class Lock:
    """A run's lock, held while the context lasts. Raises RunError, naming the holder, where another process has it."""

    def __init__(self, folder: Path) -> None:
        self._lock = FileLock(folder / NAME)
        self._folder = folder

    def __enter__(self) -> None:
        if not self._lock.take():
            holder = self._lock.word()
            named = f"process {holder}" if holder.isdecimal() else "another process"
            raise RunError(f"{self._folder} is in the hands of {named}: wait until it ends")
        self._lock.write(str(os.getpid()))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.let_go()


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 20
    """Windows locks bytes, also against reading: one far behind the holder's word, which stays readable."""

    def _lock(file: IO[str]) -> None:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
