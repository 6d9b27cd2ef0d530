"""Standard input: what another program writes into a pipe."""

import os
import select
import sys
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

from batchroles.client.wire import LOOK, Stop
from batchroles.errors import InputError, TemporaryFailure
from batchroles.loader import ReadingOptions
from batchroles.sources.source import BLOCK, bounded

NAME = "standard input"


@dataclass(frozen=True)
class StandardInput:
    """A CSV file or a workbook from a pipe. It can be read once; the run's copy is what is left of it."""

    name: str = NAME
    shown: Path = Path(NAME)
    suffix: str | None = None
    notes: list[str] = field(default_factory=list)

    def reading(self, asked: ReadingOptions) -> ReadingOptions:
        """Give what was asked."""
        return asked

    def blocks(self, stop: Stop) -> Generator[bytes]:
        """Read it to its end. Raises InputError where it is a terminal, where nothing comes, or too much."""
        if sys.stdin is None or sys.stdin.closed:
            raise InputError("- is standard input, which is closed: pipe a file into it.")
        if sys.stdin.isatty():
            raise InputError("- is standard input, which is a terminal: pipe a file into it, or name one.")
        return self._read(stop)

    def _read(self, stop: Stop) -> Generator[bytes]:
        empty = True
        try:
            for block in bounded(NAME, _pieces(stop)):
                empty = False
                yield block
        except OSError as error:
            raise InputError(f"{NAME} cannot be read: {error.strerror}.") from error
        if empty:
            # Most often the program at the other end has failed, and said so where nobody looked.
            raise InputError(f"{NAME} is empty: did the program that writes into the pipe fail?")


def _pieces(stop: Stop) -> Generator[bytes]:
    # What is there, not a whole block: whoever waits for that waits where nobody can stop it.
    read = getattr(sys.stdin.buffer, "read1", sys.stdin.buffer.read)
    _wait(stop)
    while piece := read(BLOCK):
        yield piece
        _wait(stop)


def _wait(stop: Stop) -> None:
    """Wait until there is something to read, or its end. Raises TemporaryFailure where nobody wants to wait any more.

    Reading itself would wait for ever where the other program hangs, whatever signal comes: Python goes on after one.
    """
    try:
        number = sys.stdin.fileno()
    except (OSError, ValueError):
        return  # what a program has put in its place, and need not be waited for
    # Windows can wait for sockets only.
    while os.name != "nt" and not select.select([number], [], [], LOOK)[0]:
        if stop.leaves:
            raise TemporaryFailure(f"{NAME} has not come to its end")
