"""The input is copied before it is read: what is done follows from the copy, whoever saves the file meanwhile."""

import hashlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from batchroles.errors import BatchrolesError, InputError, TemporaryFailure
from batchroles.loader.content import content_of

BLOCK = 1 << 20


@dataclass(frozen=True)
class Copy:
    """A private copy of an input file, and its SHA-256."""

    path: Path
    sha256: str


def copied(source: Path, folder: Path | None = None) -> Copy:
    """Copy a file into a run's folder, or into a private one that goes with the answer.

    Raises InputError where it cannot be read or changes while it is copied, TemporaryFailure where there is no room.
    """
    # Before anything is copied: a pipe has no end, and an archive may be larger than the disk.
    content_of(source)
    if folder is not None:
        return _copied(source, folder)
    folder = Path(tempfile.mkdtemp(prefix="batchroles-"))
    try:
        made = _copied(source, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    # No context: it lasts as long as somebody has the answer. `finalize` also runs when the process ends.
    weakref.finalize(made, shutil.rmtree, folder, ignore_errors=True)
    return made


def sha256_of(path: Path) -> str:
    """Give the SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def speaking_of(source: Path, copy: Path) -> Iterator[None]:
    """Let errors about a copy name the file that the user gave."""
    try:
        yield
    except BatchrolesError as error:
        # In place: another exception of the same words would lose its class, and the exit code with it.
        error.args = tuple(
            part.replace(str(copy), str(source)) if isinstance(part, str) else part for part in error.args
        )
        raise


def _copied(source: Path, folder: Path) -> Copy:
    path = folder / f"input{source.suffix}"
    try:
        original = source.open("rb")
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror}.") from error
    with original:
        before = _state(os.fstat(original.fileno()))
        sha256 = _write(original, path, source)
        # The file that is open and the one that has its name now: Excel saves a new file and renames it into the place
        # of the old one, which never changes.
        if not before == _state(os.fstat(original.fileno())) == _now(source):
            raise InputError(
                f"{source} was changed while it was read: wait until it is saved, then run the command again."
            )
    return Copy(path, sha256)


def _write(original: IO[bytes], path: Path, source: Path) -> str:
    """Write the copy, so that it is on disk when this returns."""
    total = hashlib.sha256()
    try:
        with path.open("xb") as file:
            while block := original.read(BLOCK):
                total.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise TemporaryFailure(
            f"{source} cannot be copied to {path} ({error.strerror}): make room on the disk"
        ) from error
    return total.hexdigest()


def _state(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _now(source: Path) -> tuple[int, int, int] | None:
    try:
        return _state(source.stat())
    except OSError:
        return None
