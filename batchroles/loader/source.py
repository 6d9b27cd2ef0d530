"""What the two readers (delimited text, workbook) have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from batchroles.models import Table

PREVIEW_ROWS = 40
"""How many rows are looked at to find the header row and the format."""

SURPLUS = "_surplus"
"""The header of a column that the reader adds where rows have more cells than the header, with what is too much."""


@dataclass(frozen=True)
class ReadingOptions:
    """What the caller knows better than a look at the file: each None is found out."""

    encoding: str | None = None
    """A name Python knows: `utf-8`, `cp1252`, …"""
    delimiter: str | None = None
    """One character, or a name: `comma`, `semicolon`, `tab`, `pipe`."""
    sheet: str | None = None
    all_sheets: bool = False
    """Whether every visible sheet of a workbook with a table in it is read."""
    visible_rows: bool = False
    """Whether rows that a workbook hides, by a filter or by hand, are left out."""


@dataclass(frozen=True)
class Loaded:
    """A table, and what a workbook knows of its cells beyond their text."""

    table: Table
    damaged: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    """By column position and text: what is wrong with cells that show this text, in words that go on after
    'The cell'."""
    headers: Mapping[int, str] = field(default_factory=dict)
    """By column position: what is wrong with a header, in the same words."""
    left_out: frozenset[int] = frozenset()
    """The numbers of rows that are not to be read, and still stand in the table: what they are may count for others."""


class Source(Protocol):
    """A file that was opened and recognised; rows are numbered as a spreadsheet numbers them, from 1."""

    path: Path
    guesses: Sequence[str]
    """What was taken for granted to read it at all, its encoding for example, in sentences."""

    def sheets(self) -> Sequence[str | None]:
        """Return the sheets that may be meant, in their order; one None for delimited text."""
        ...

    def every_sheet(self) -> Sequence[tuple[str, bool]]:
        """Return the names of all sheets with cells, and whether each is hidden; none for delimited text."""
        ...

    def preview(self, sheet: str | None) -> list[list[str]]:
        """Return the first `PREVIEW_ROWS` rows, blank ones included (as empty lists or blank cells)."""
        ...

    def read(self, sheet: str | None, header: int) -> Loaded:
        """Return everything below row number `header` (0: there is no header row)."""
        ...
