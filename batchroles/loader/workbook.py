"""Workbooks: .xlsx, .xls, .xlsb and .ods, read by calamine."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

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
from batchroles.loader.source import PREVIEW_ROWS, Loaded, ReadingOptions
from batchroles.loader.values import damage_of, text_of
from batchroles.models import Table

_CHUNK = 20_000
_Result = TypeVar("_Result")
Cells = list[Hashable]


class Workbook:
    """A workbook that could be opened."""

    def __init__(self, path: Path, options: ReadingOptions) -> None:
        if options.encoding is not None or options.delimiter is not None:
            raise InputError(
                f"{path} is a workbook; --encoding and --delimiter are for CSV files, leave them out."
            )
        self.path = path
        self._book = self._guarded(lambda: CalamineWorkbook.from_path(str(path)))
        self._wanted = options.sheet
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
        """Return the first rows."""
        return [[text_of(cell) for cell in row] for row in islice(self._rows(sheet), PREVIEW_ROWS)]

    def read(self, sheet: str | None, header: int) -> Loaded:
        """Return everything below row `header`."""
        rows = self._rows(sheet)
        above = list(islice(rows, header))
        headers = [text_of(cell) for cell in above[-1]] if above else []
        width = len(headers) or max(map(len, self.preview(sheet)), default=0)
        columns = [Column() for _ in range(width)]
        while chunk := list(islice(rows, _CHUNK)):
            for column, values in zip(columns, zip(*chunk, strict=True), strict=True):
                column.extend(_apart(values))
        cells = frame_of((column.categorical(text_of, {}) for column in columns), header + 1)
        damage = {position: _damage(column) for position, column in enumerate(columns)}
        return Loaded(Table(self.path, sheet, headers or [""] * width, cells), damage)

    def _rows(self, name: str | None) -> Iterator[Cells]:
        """Yield every row from row 1 and column A on, as wide as the sheet's used part."""
        sheet = self._sheet(str(name))
        if sheet.start is None:
            return iter(())
        left: Cells = [""] * sheet.start[1]
        return ([*left, *row] for row in sheet.iter_rows())

    def _sheet(self, name: str) -> CalamineSheet:
        if name not in self._sheets:
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


def _damage(column: Column) -> Mapping[str, str]:
    return {text_of(value): found for value in column.distinct() if (found := damage_of(value)) is not None}
