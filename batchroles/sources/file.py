"""A file on disk: a CSV file or a workbook."""

import os
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

from batchroles.client.wire import Stop
from batchroles.errors import InputError
from batchroles.loader import ReadingOptions
from batchroles.loader.content import content_of
from batchroles.sources.source import BLOCK


@dataclass(frozen=True)
class FileOnDisk:
    """A file that a person saves now and then."""

    path: Path
    notes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The path as it was given."""
        return str(self.path)

    @property
    def shown(self) -> Path:
        """The path."""
        return self.path

    @property
    def suffix(self) -> str | None:
        """The file's own."""
        return self.path.suffix

    def reading(self, asked: ReadingOptions) -> ReadingOptions:
        """Give what was asked."""
        return asked

    def blocks(self, stop: Stop) -> Generator[bytes]:  # noqa: ARG002 - a disk is not waited for
        """Read the file. Raises InputError where that is no spreadsheet, or it changes meanwhile."""
        # Before anything is copied: a pipe has no end, and an archive may be larger than the disk.
        content_of(self.path)
        return self.bytes()

    def bytes(self) -> Generator[bytes]:
        """Do so for a file of any content."""
        try:
            with self.path.open("rb") as file:
                before = _state(os.fstat(file.fileno()))
                while block := file.read(BLOCK):
                    yield block
                after = _state(os.fstat(file.fileno()))
        except OSError as error:
            raise InputError(f"{self.path} cannot be read: {error.strerror}.") from error
        # The file that was open and the one that has its name now: Excel saves a new file and renames it into the place
        # of the old one, which never changes.
        if not before == after == self._now():
            raise InputError(
                f"{self.path} was changed while it was read: wait until it is saved, then run the command again."
            )

    def _now(self) -> tuple[int, int, int] | None:
        try:
            return _state(self.path.stat())
        except OSError:
            return None


def _state(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns
