"""The folder of the page: what people gave and what became of it, for one process and nobody else's eyes."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from batchroles.errors import InputError, RunError
from batchroles.runs import LockFile

NAME = "web.lock"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make the folder, private, and hold it while the context lasts.

    Raises InputError where it cannot be made, others can read it, or another process serves it.
    """
    # Whatever is made from now on is private, by whichever package: folders on the way to a file, copies, journals.
    before = os.umask(0o077)
    try:
        with _held(folder):
            yield
    finally:
        os.umask(before)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_if_others_can_read(folder)
        lock = LockFile(folder / NAME)
        taken = lock.take()
    except RunError:
        raise
    except OSError as error:
        raise InputError(f"--folder {folder}: {error.strerror}.") from error
    if not taken:
        holder = lock.word()
        named = f"process {holder}" if holder.isdecimal() else "another process"
        raise InputError(
            f"--folder {folder}: {named} serves it already. Open the page there, end that process, or name another"
            " folder."
        )
    try:
        lock.write(str(os.getpid()))
        yield
    finally:
        lock.let_go()


def _refuse_if_others_can_read(folder: Path) -> None:
    if os.name == "nt" or not folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return
    # One that was there before may be somebody's whole home: its mode is changed only where there is nothing in it.
    if any(folder.iterdir()):
        raise InputError(
            f"--folder {folder}: others can read it: chmod 700 it, or name one that is not there yet."
        )
    folder.chmod(0o700)
