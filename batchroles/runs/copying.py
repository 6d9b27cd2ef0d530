"""The input is copied before it is read: what is done follows from the copy, whoever saves the file meanwhile."""

import hashlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from batchroles.client.wire import Stop
from batchroles.errors import BatchrolesError, TemporaryFailure
from batchroles.loader.content import SUFFIXES, content_of
from batchroles.sources import FileOnDisk, Source


@dataclass(frozen=True)
class Copy:
    """A private copy of an input, and its SHA-256."""

    path: Path
    sha256: str


def copied(source: Source | Path, folder: Path | None = None, stop: Stop | None = None) -> Copy:
    """Copy an input into a run's folder, or into a private one that goes with the answer.

    `stop`: waits for the input no longer than it says. Raises InputError where it cannot be read or changes while it is
    copied, TemporaryFailure where there is no room, or what it comes from does not answer.
    """
    source = FileOnDisk(source) if isinstance(source, Path) else source
    stop = stop or Stop()
    if folder is not None:
        return _copied(source, folder, stop)
    folder = Path(tempfile.mkdtemp(prefix="batchroles-"))
    try:
        made = _copied(source, folder, stop)
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
def speaking_of(name: str, copy: Path) -> Iterator[None]:
    """Let errors about a copy name what the user gave."""
    try:
        yield
    except BatchrolesError as error:
        # In place: another exception of the same words would lose its class, and the exit code with it.
        error.args = tuple(
            part.replace(str(copy), name) if isinstance(part, str) else part for part in error.args
        )
        raise


def _copied(source: Source, folder: Path, stop: Stop) -> Copy:
    path = folder / f"input{source.suffix or ''}"
    sha256 = _write(source.blocks(stop), path, source.name, stop)
    if source.suffix is None:
        with speaking_of(source.name, path):
            path = path.rename(path.with_suffix(SUFFIXES[content_of(path)]))
    return Copy(path, sha256)


def _write(blocks: Generator[bytes], path: Path, name: str, stop: Stop) -> str:
    """Write the copy, so that it is on disk when this returns."""
    total = hashlib.sha256()
    try:
        with closing(blocks), path.open("xb") as file:
            for block in blocks:
                if stop.leaves:
                    raise TemporaryFailure(f"{name} was not read to its end")
                total.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        # What goes wrong with the source is no OSError any more.
        raise TemporaryFailure(
            f"{name} cannot be copied to {path} ({error.strerror}): make room on the disk"
        ) from error
    return total.hexdigest()
