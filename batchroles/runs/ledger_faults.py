"""What can be wrong with the file of a ledger, in words that say what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from batchroles.errors import BatchrolesError, RunError, TemporaryFailure


def make_folder(folder: Path) -> None:
    """Make the folder of a ledger. Raises TemporaryFailure where that cannot be done."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise TemporaryFailure(
            f"{folder} cannot be made ({error.strerror}): a sync keeps there what it owns; choose a folder with --state"
        ) from error


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say what is to be done where SQLite refuses to read or to write a ledger."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _in_words(path, error) from error


def _in_words(path: Path, error: Exception) -> BatchrolesError:
    text = str(error)
    if "readonly" in text:
        return TemporaryFailure(
            f"{path} cannot be written: a sync notes there what it is about to do, and does nothing without; see that"
            " its folder and file belong to whoever runs the sync"
        )
    if any(word in text for word in ("full", "I/O", "locked", "unable to open")):
        return TemporaryFailure(
            f"{path} cannot be used ({text}): it holds what the sync owns; make room, or let whoever has it end"
        )
    return RunError(
        f"{path} is damaged ({text}) and is not believed: put it back from a backup, or move it away and run the sync"
        " once with --adopt"
    )
