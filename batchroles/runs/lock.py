"""One process at a time on a run: a lock that the kernel gives back when the process dies."""

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import IO

from batchroles.errors import RunError

NAME = "run.lock"


class Lock:
    """Held while the context lasts. Raises RunError, naming the holder, where another process has it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._folder = folder
        self._file: IO[str] | None = None

    def __enter__(self) -> None:
        # Opened for appending, so that a loser does not wipe out the winner's name.
        try:
            self._file = self._path.open("a+", encoding="utf-8")
        except OSError as error:
            raise RunError(f"{self._folder} cannot be written to ({error.strerror})") from error
        try:
            _lock(self._file)
        except OSError:
            holder = self._holder()
            self._file.close()
            raise RunError(f"{self._folder} is in the hands of {holder}: wait until it ends") from None
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def _holder(self) -> str:
        try:
            return f"process {int(self._path.read_text(encoding='utf-8'))}"
        except (OSError, ValueError):
            return "another process"


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 20
    """Windows locks bytes, also against reading: one far behind the process number, which stays readable."""

    def _lock(file: IO[str]) -> None:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
