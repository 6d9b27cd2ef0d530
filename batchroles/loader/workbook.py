"""Workbooks: .xlsx, .xls, .xlsb and .ods, read by calamine."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from openpyxl.utils import get_column_letter
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from batchroles.errors import InputError
from batchroles.loader.columns import Column, frame_of
from batchroles.loader.content import damaged, protected
from batchroles.loader.sheet_facts import SheetFacts
from batchroles.loader.source import PREVIEW_ROWS, Loaded, ReadingOptions
from batchroles.loader.values import damage_of, text_of
from batchroles.models import Table

_CHUNK = 1_000
_Result = TypeVar("_Result")
Cells = list[Hashable]
FactsOf = Callable[[str], SheetFacts]
"""Gives what is known of a sheet by its name."""
Merged = Sequence[tuple[tuple[int, int], tuple[int, int]]]
"""First and last cell of each merged area, as row and column from 0."""


class Workbook:
    """A workbook that could be opened."""

    def __init__(self, path: Path, options: ReadingOptions, facts_of: FactsOf | None) -> None:
        if options.encoding is not None or options.delimiter is not None:
            raise InputError(
                f"{path} is a workbook; --encoding and --delimiter are for CSV files, leave them out."
            )
        self.path = path
        self._facts_of = facts_of
        self._book = self._guarded(lambda: CalamineWorkbook.from_path(str(path)))
        self._wanted = options.sheet
        self._facts: dict[str, SheetFacts] = {}
        self._sheets: dict[str, CalamineSheet] = {}

    def sheets(self) -> Sequence[str]:
        """Return the sheet asked for, or else the visible ones. Raises InputError if there is none."""
        every = [sheet for sheet in self._book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        if self._wanted is not None:
            return [self._named(self._wanted, every)]
        visible = [sheet.name for sheet in every if sheet.visible == SheetVisibleEnum.Visible]
        if not visible:
            raise InputError(f"{self.path} has no visible sheet; name one with --sheet.")
        return visible

    def preview(self, sheet: str | None) -> list[list[str]]:
        """Return the first rows; text that is merged over several rows of a column stands in all of them."""
        rows = [[text_of(cell) for cell in row] for row in islice(self._rows(sheet), PREVIEW_ROWS)]
        for (top, left), (bottom, right) in self._merged(sheet):
            if left == right and top < len(rows) and left < len(rows[top]):
                for row in rows[top + 1 : bottom + 1]:
                    row[left] = rows[top][left]
        return rows

    def read(self, sheet: str | None, header: int) -> Loaded:
        """Return everything below row `header`."""
        first, rows = self.preview(sheet), self._rows(sheet)
        headers = first[header - 1] if header else []
        width = max(map(len, first), default=0)
        next(islice(rows, header, header), None)
        facts = self._facts.get(str(sheet), SheetFacts())
        columns = [Column() for _ in range(width)]
        count = header
        while chunk := list(islice(rows, _CHUNK)):
            count += len(chunk)
            for column, values in zip(columns, zip(*chunk, strict=True), strict=True):
                column.extend(_apart(values))
        for column in columns:
            # A formula without a result may stand below the last row that has a value.
            column.extend([""] * (facts.last_change() - count))
        cells = frame_of(
            (
                column.categorical(text_of, _below(facts.changes[at], header))
                for at, column in enumerate(columns)
            ),
            header + 1,
        )
        notes = [*self._other_sheets(str(sheet)), *_hidden(facts), *_merges(self._merged(sheet), header)]
        damage = {at: {**_damage(column), **facts.damaged[at]} for at, column in enumerate(columns)}
        unformatted = [
            at for at, column in enumerate(columns) if self._facts_of is None and _has_numbers(column)
        ]
        table = Table(self.path, sheet, headers or [""] * width, cells, notes=notes)
        return Loaded(table, damage, frozenset(unformatted))

    def _other_sheets(self, name: str) -> list[str]:
        """Say which sheet was read where several can be meant."""
        others = [f'"{other}"' for other in self.sheets() if other != name]
        return (
            [f'The sheet "{name}" was read, and not {", ".join(others)}; --sheet names another.']
            if others
            else []
        )

    def _rows(self, name: str | None) -> Iterator[Cells]:
        """Yield every row from row 1 and column A on, as wide as the sheet's used part."""
        sheet = self._sheet(str(name))
        if sheet.start is None:
            return iter(())
        left: Cells = [""] * sheet.start[1]
        return ([*left, *row] for row in sheet.iter_rows())

    def _merged(self, name: str | None) -> Merged:
        return self._sheet(str(name)).merged_cell_ranges or []

    def _sheet(self, name: str) -> CalamineSheet:
        if name not in self._sheets:
            if self._facts_of is not None:
                self._facts[name] = self._facts_of(name)
            self._sheets[name] = self._guarded(lambda: self._book.get_sheet_by_name(name))
        return self._sheets[name]

    def _named(self, wanted: str, every: Sequence[SheetMetadata]) -> str:
        names = [sheet.name for sheet in every]
        same = [name for name in names if name == wanted] or [
            name for name in names if name.strip().casefold() == wanted.strip().casefold()
        ]
        if len(same) != 1:
            listed = ", ".join(f'"{name}"' for name in names)
            raise InputError(f'{self.path} has no sheet "{wanted}"; its sheets are {listed}.')
        return same[0]

    def _guarded(self, step: Callable[[], _Result]) -> _Result:
        try:
            return step()
        except PasswordError:
            raise protected(self.path) from None
        except (CalamineError, OSError, ValueError, OverflowError):
            raise damaged(self.path) from None
        except BaseException as error:
            # A panic inside calamine arrives as a BaseException of a class that cannot be imported.
            if type(error).__name__ != "PanicException":
                raise
            raise damaged(self.path) from None


def _apart(values: Sequence[Hashable]) -> Sequence[Hashable]:
    """Keep TRUE and 1, which Python holds for equal, apart."""
    if bool not in set(map(type, values)):
        return values
    return [text_of(value) if isinstance(value, bool) else value for value in values]


def _below(changes: Mapping[int, str], header: int) -> dict[int, str]:
    """Return changes by their place below the header instead of by row number."""
    return {row - header - 1: text for row, text in changes.items() if row > header}


def _hidden(facts: SheetFacts) -> list[str]:
    notes = []
    if facts.hidden_rows:
        rows = "1 row is" if facts.hidden_rows == 1 else f"{facts.hidden_rows:,} rows are"
        why = " by a filter" if facts.filtered else ""
        notes.append(f"{rows} hidden{why} in the sheet and read like the others.")
    elif facts.filtered:
        notes.append("A filter is set in the sheet; every row was read.")
    return notes


def _merges(merged: Merged, header: int) -> list[str]:
    """Say which merged cells may hide something; only the first cell of each has the text."""
    notes = []
    across = [
        place for place in merged if place[0][0] < header <= place[1][0] + 1 and place[0][1] < place[1][1]
    ]
    below = [place for place in merged if place[0][0] >= header]
    if across:
        notes.append(
            f"Header cells are merged ({_area(across[0])}); only the first column of them has the header."
        )
    if below:
        notes.append(
            f"Cells are merged below the header, the first at {_area(below[0])}; only the first cell has text."
        )
    return notes


def _area(place: tuple[tuple[int, int], tuple[int, int]]) -> str:
    (top, left), (bottom, right) = place
    return f"{get_column_letter(left + 1)}{top + 1}:{get_column_letter(right + 1)}{bottom + 1}"


def _has_numbers(column: Column) -> bool:
    return any(isinstance(value, int | float) and not isinstance(value, bool) for value in column.distinct())


def _damage(column: Column) -> Mapping[str, str]:
    return {text_of(value): found for value in column.distinct() if (found := damage_of(value)) is not None}
