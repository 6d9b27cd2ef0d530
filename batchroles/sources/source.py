"""What every source is: how it is called, and the bytes that a run copies."""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Protocol

from batchroles.client.wire import Stop
from batchroles.errors import InputError
from batchroles.loader import ReadingOptions
from batchroles.loader.frame import READING

BLOCK = 1 << 20
MOST_BYTES = 512 * 2**20
"""Bytes that are taken from what has no size of its own to go by: as many as a workbook may unpack to."""


class Source(Protocol):
    """One place that rows come from. What is said of it holds no secret: not of its address, not of its password."""

    @property
    def name(self) -> str:
        """How a sentence names it: a path as it was given, `standard input`."""
        ...

    @property
    def shown(self) -> Path:
        """What stands in its place where a file has its name: in the run's folder, its journal, the summary."""
        ...

    @property
    def suffix(self) -> str | None:
        """The end of the copy's name, None where only the content tells."""
        ...

    @property
    def notes(self) -> list[str]:
        """Sentences about what was left out or taken together, once it was read."""
        ...

    def blocks(self, stop: Stop) -> Generator[bytes]:
        """Read it once, bit by bit, waiting for nothing any more once `stop` says so; who reads no further closes it.

        Raises InputError for what cannot be used, TemporaryFailure for what may be there another time.
        """
        ...

    def reading(self, asked: ReadingOptions) -> ReadingOptions:
        """Give how the copy is read. Raises InputError where what was asked has no meaning here."""
        ...


def reading_of_made(asked: ReadingOptions, what: str) -> ReadingOptions:
    """Give how a CSV file is read that was made here. Raises InputError where it is asked to be read otherwise."""
    if asked != ReadingOptions():
        raise InputError(
            "--encoding, --delimiter, --sheet, --all-sheets and --visible-rows are for files that have one of them:"
            f" {what} has none; leave them out."
        )
    return READING


def bounded(name: str, blocks: Iterator[bytes]) -> Generator[bytes]:
    """Pass blocks on until they are too much. Raises InputError then."""
    total = 0
    for block in blocks:
        total += len(block)
        if total > MOST_BYTES:
            raise InputError(
                f"{name} gives more than {MOST_BYTES // 2**20} MB, which no list of roles takes; save it as a file if"
                " that is meant."
            )
        yield block
