"""Locks that the kernel gives back when the process dies: one process on a run, one run on a site."""

import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from batchroles.errors import RunError

NAME = "run.lock"

_BEFORE = " " if os.name == "nt" else ""
"""What stands before the word: filelock locks the first byte of a file, which on Windows nobody else can read then."""


class LockFile:
    """A file that one process at a time can hold, and leave a word in.

    filelock locks the descriptor; the word is why the file is ours: its own locks have no room for one, and some of its
    versions empty the file that they lock.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def take(self) -> bool:
        """Take the lock if it is free; whether it was. Raises RunError where the file cannot be locked at all."""
        from filelock import lock_descriptor

        # Opened for appending, so that a loser does not wipe out the winner's word.
        file = self.path.open("a+", encoding="utf-8")
        try:
            taken = lock_descriptor(file.fileno(), blocking=False)
        except OSError as error:
            file.close()
            raise RunError(
                f"{self.path} cannot be locked ({error.strerror}), so that two processes would not know of each other:"
                " choose a folder on another disk"
            ) from error
        if taken:
            self._file = file
        else:
            file.close()
        return taken

    def word(self) -> str:
        """Give what the last holder wrote; empty where that cannot be read."""
        try:
            with self.path.open("rb") as file:
                file.seek(len(_BEFORE))
                return file.read().decode("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def touched(self) -> float | None:
        """Give when a holder last wrote or touched it, in seconds since 1970; None where there is no file."""
        try:
            return self.path.stat().st_mtime
        except OSError:
            return None

    def touch(self) -> None:
        """Leave a sign of life for whoever comes next; where that fails the last one stays."""
        with suppress(OSError):
            os.utime(self.path)

    def write(self, word: str) -> None:
        """Leave a word for whoever comes next; only while the lock is held."""
        if self._file is None:
            raise AssertionError("only the holder writes")
        self._file.truncate(0)
        self._file.write(f"{_BEFORE}{word}\n")
        self._file.flush()

    def let_go(self) -> None:
        """Let others have it."""
        if self._file is not None:
            # NOTE: closed, never deleted: who opened it a moment ago would hold a lock on a file without a name, and
            # the next one another of the same name.
            self._file.close()
            self._file = None


class Lock:
    """A run's lock, held while the context lasts. Raises RunError, naming the holder, where another process has it."""

    def __init__(self, folder: Path) -> None:
        self._lock = LockFile(folder / NAME)
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
