"""Standard input: what another program writes into a pipe."""

import sys
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

from batchroles.errors import InputError
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

    def blocks(self) -> Generator[bytes]:
        """Read it to its end. Raises InputError where it is a terminal, where nothing comes, or too much."""
        if sys.stdin is None or sys.stdin.closed:
            raise InputError("- is standard input, which is closed: pipe a file into it.")
        if sys.stdin.isatty():
            raise InputError("- is standard input, which is a terminal: pipe a file into it, or name one.")
        return self._read()

    def _read(self) -> Generator[bytes]:
        empty = True
        try:
            for block in bounded(NAME, iter(lambda: sys.stdin.buffer.read(BLOCK), b"")):
                empty = False
                yield block
        except OSError as error:
            raise InputError(f"{NAME} cannot be read: {error.strerror}.") from error
        if empty:
            # Most often the program at the other end has failed, and said so where nobody looked.
            raise InputError(f"{NAME} is empty: did the program that writes into the pipe fail?")
