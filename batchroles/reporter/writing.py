"""Files that are whole or not there."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from batchroles.errors import BatchrolesError, TemporaryFailure


@contextmanager
def beside(path: Path, failure: type[BatchrolesError] = TemporaryFailure) -> Iterator[Path]:
    """Give a path beside `path` to write to, which takes its place at the end; on an error nothing remains.

    It is on disk when the context ends: a power cut leaves the old file or the new one. Raises `failure` where it
    cannot be written: on Windows, say, while Excel has it open.
    """
    with explained(path, failure), in_place_of(path) as draft:
        yield draft


@contextmanager
def in_place_of(path: Path) -> Iterator[Path]:
    """Do so with the system's own errors."""
    draft = draft_of(path)
    try:
        yield draft
        sync(draft)
        # After the content: a file system may take a new name to the disk long before what stands in the file.
        draft.replace(path)
        sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def draft_of(path: Path) -> Path:
    """Name the file that is written beside another, to take its place."""
    return path.with_name(f".{path.name}.part")


@contextmanager
def explained(path: Path, failure: type[BatchrolesError] = TemporaryFailure) -> Iterator[None]:
    """Turn an error of the system into a sentence about the file that cannot be written."""
    try:
        yield
    except OSError as error:
        raise failure(f"{path} cannot be written ({error.strerror or error}): {_advice(error)}") from error


def digest(path: Path) -> str:
    """Give the SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folder, and keeps its names safe by itself
    # Windows flushes only what may be written to; a folder can be opened only for reading.
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _advice(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "make room on the disk, then run the same command again, or batchroles apply RUN"
    return "close it where it is open, and try again"
