"""A file as a table of text: what the loader gives."""

from bisect import bisect
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from openpyxl.utils import get_column_letter

from batchroles.models.problems import Problem
from batchroles.models.rows import parted


@dataclass(frozen=True)
class Headings:
    """Where the texts of a column stand that the file has not as a column, but as headings above its rows."""

    column: str = ""
    """The header that it is given."""
    places: Sequence[tuple[int, int]] = ()
    """Row number, and column from 0, of each heading, in the order of the rows."""
    texts: Sequence[str] = ()
    """Each as the file has it."""
    mended: AbstractSet[int] = frozenset()
    """The numbers of rows that say the text themselves, since they were mended."""

    def number(self, row: int) -> int:
        """Return the number, from 0, of the heading that a row stands below."""
        return bisect(self.places, (row, -1)) - 1

    def above(self, row: int) -> tuple[int, int]:
        """Return where the heading of a row stands."""
        return self.places[self.number(row)]


@dataclass(frozen=True)
class Table:
    """Every data row of one sheet or CSV file, as text."""

    path: Path
    sheet: str | None
    """The sheet's name; None for a CSV file."""
    headers: list[str]
    """The header cells as the file spells them, `""` for an unnamed column; all `""` where the file has no header."""
    cells: pd.DataFrame
    """Index: spreadsheet row numbers (header = 1 where it is the first row, blank lines counted; wholly blank rows
    are left out). Columns: 0 … n-1, by position. Each a categorical of str; a blank cell is `""`."""
    row_problems: Mapping[int, Problem] = field(default_factory=dict)
    """Rows that cannot be read as they stand (too many cells, say), by spreadsheet row number."""
    notes: list[str] = field(default_factory=list)
    """What was seen while reading and changes nothing: sentences for the person who runs it."""
    delimiter: str = ","
    """What stands between the cells of a text file; a comma for what is none."""
    headings: Headings = field(default_factory=Headings)
    sheets: Sequence["Table"] = ()
    """The sheets, without their cells, where several were read: `sheet` is then None, and the numbers of the rows are
    those of `models.rows`."""

    def called(self, row: int) -> str:
        """Name a row for people: `row 7`, and with its sheet where several were read."""
        return self.place(row) if self.sheets else f"row {row}"

    def place(self, row: int, column: str = "") -> str:
        """Name a cell for people: `Sheet1!B7` in a workbook, `row 7, column "user"` in a CSV file."""
        sheet, own = parted(row)
        if sheet and self.sheets:
            return self.sheets[sheet - 1].place(own, column)
        if column and column == self.headings.column:
            if row in self.headings.mended:
                return f"row {row}" if self.sheet is None else f"{self.sheet}, row {row}"
            row, at = self.headings.above(row)
            return f"row {row}" if self.sheet is None else f"{self.sheet}!{get_column_letter(at + 1)}{row}"
        if self.sheet is not None:
            letter = get_column_letter(self.headers.index(column) + 1) if column in self.headers else ""
            return f"{self.sheet}!{letter}{row}" if letter else f"{self.sheet}, row {row}"
        return f'row {row}, column "{column}"' if column else f"row {row}"

    def places(self, rows: Sequence[int], column: str = "") -> str:
        """Name a cell, or several in a column, for people: up to three one by one, of more the first and how many."""
        if self.sheets:
            return self._on_sheets(rows, column)
        under = bool(column) and column == self.headings.column
        at = self._position(column)
        cells = [self._above(row) if under else (row, at) for row in rows]
        cells = list(dict.fromkeys(cells))
        if len(cells) == 1:
            return self.place(rows[0], column)
        named = [f"{'' if at is None else get_column_letter(at + 1)}{row}" for row, at in cells][:_FEW]
        if len(cells) > _FEW:
            told = f"{len(cells):,} rows ({', '.join(named)}, …)"
        else:
            told = f"{'' if named[0][0].isalpha() else 'rows '}{', '.join(named[:-1])} and {named[-1]}"
        if self.sheet is None:
            return f'{told}, column "{column}"' if column and not under else told
        return f"{self.sheet}, {told}"

    def _on_sheets(self, rows: Sequence[int], column: str) -> str:
        """Name cells of several sheets, those of each sheet together."""
        by_sheet: dict[int, list[int]] = {}
        for number in rows:
            sheet, row = parted(number)
            by_sheet.setdefault(sheet, []).append(row)
        told = [self.sheets[sheet - 1].places(some, column) for sheet, some in by_sheet.items()]
        more = [f"{len(told) - _FEW:,} more sheets"] if len(told) > _FEW + 1 else []
        *first, last = [*told[:_FEW], *more] if more else told
        return f"{'; '.join(first)} and {last}" if first else last

    def _above(self, row: int) -> tuple[int, int | None]:
        """Give the heading of a row, its column only where the columns of the file have letters."""
        row, at = self.headings.above(row)
        return row, None if self.sheet is None else at

    def _position(self, column: str) -> int | None:
        """Give the position of a column of a workbook."""
        return self.headers.index(column) if self.sheet is not None and column in self.headers else None


_FEW = 3
"""Cells that are named one by one."""
