"""Workbooks: .xlsx, .xls, .xlsb and .ods, read by calamine."""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
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
from batchroles.loader.workbook.facts import Area, SheetFacts, hidden_notes, merge_notes
from batchroles.loader.workbook.size import MOST_CELLS, too_far
from batchroles.loader.workbook.values import FORMAT_UNKNOWN, Truth, damage_of, is_number, text_of
from batchroles.models import Table

_CHUNK = 1_000
_Result = TypeVar("_Result")
Cells = list[Hashable]
FactsOf = Callable[[str], SheetFacts]
"""Gives what is known of a sheet by its name."""


class Workbook:
    """A workbook that could be opened."""

    def __init__(self, path: Path, options: ReadingOptions, facts_of: FactsOf) -> None:
        if options.encoding is not None or options.delimiter is not None:
            raise InputError(
                f"{path} is a workbook; --encoding and --delimiter are for CSV files, leave them out."
            )
        if options.all_sheets and options.sheet is not None:
            raise InputError(
                "--sheet reads one sheet and --all-sheets reads them all; leave one of the two out."
            )
        self.path = path
        self.guesses: Sequence[str] = ()
        self._facts_of = facts_of
        self._book = self._guarded(lambda: _opened(path))
        self._wanted = options.sheet
        self._every_sheet = options.all_sheets
        self._only_visible = options.visible_rows
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

    def every_sheet(self) -> list[tuple[str, bool]]:
        """Return the names of all sheets with cells, and whether each is hidden."""
        hidden = self._hidden_sheets()
        every = [sheet for sheet in self._book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        return [(sheet.name, sheet.name in hidden) for sheet in every]

    def preview(self, sheet: str | None) -> list[list[str]]:
        """Return the first rows; text that is merged over several rows of a column stands in all of them."""
        rows = [[text_of(cell) for cell in row] for row in islice(self._rows(sheet), PREVIEW_ROWS)]
        for at, texts in self._facts[str(sheet)].changes.items():
            for number, row in enumerate(rows, 1):
                if number in texts and at < len(row):
                    row[at] = texts[number]
        for (top, left), (bottom, right) in self._merged(sheet):
            if left == right and top < len(rows) and left < len(rows[top]):
                for row in rows[top + 1 : bottom + 1]:
                    row[left] = rows[top][left]
        if self._only_visible:
            rows = [[] if at in self._hidden_rows(sheet) else row for at, row in enumerate(rows, 1)]
        return rows

    def read(self, sheet: str | None, header: int) -> Loaded:
        """Return everything below row `header`."""
        first, rows = self.preview(sheet), self._rows(sheet)
        headers = first[header - 1] if header else []
        width = max(map(len, first), default=0)
        # The last of the rows that are skipped is the header.
        cells_of_header = deque(islice(rows, header), maxlen=1)
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
        notes = [
            *self._other_sheets(str(sheet)),
            *hidden_notes(facts, cells, headers, only_visible=self._only_visible),
            *merge_notes(self._merged(sheet), header),
        ]
        damage = {
            at: {**_damage(column, facts.formats_unknown), **facts.damaged[at]}
            for at, column in enumerate(columns)
        }
        table = Table(self.path, sheet, headers or [""] * width, cells, notes=notes)
        left_out = frozenset(facts.hidden_rows) if self._only_visible else frozenset()
        return Loaded(table, damage, _damaged_headers(next(iter(cells_of_header), []), facts), left_out)

    def _hidden_rows(self, sheet: str | None) -> AbstractSet[int]:
        """Return the hidden rows. Raises InputError where nothing tells which they are."""
        facts = self._facts[str(sheet)]
        if facts.hidden_unknown:
            raise InputError(
                f"{self.path} does not tell which rows are hidden; save it as .xlsx, or leave --visible-rows out."
            )
        return facts.hidden_rows

    def _other_sheets(self, name: str) -> list[str]:
        """Say which sheet was read where several can be meant, and which nobody sees."""
        hidden = self._hidden_sheets()
        if self._wanted is not None:
            return [f'The sheet "{name}" is hidden, and was read.'] if name in hidden else []
        others = [f'"{other}"' for other in self.sheets() if other != name]
        notes = [f'The sheet "{name}" was read, and not {", ".join(others)}; --sheet names another.']
        names = [f'"{other}"' for other in hidden]
        sheets = "A hidden sheet is" if len(names) == 1 else "Hidden sheets are"
        return [
            *(notes if others and not self._every_sheet else []),
            *([f"{sheets} not read: {', '.join(names)}; --sheet names it."] if names else []),
        ]

    def _hidden_sheets(self) -> list[str]:
        return [
            sheet.name
            for sheet in self._book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible != SheetVisibleEnum.Visible
        ]

    def _rows(self, name: str | None) -> Iterator[Cells]:
        """Yield every row from row 1 and column A on, as wide as the sheet's used part."""
        sheet = self._sheet(str(name))
        if sheet.start is None:
            return iter(())
        # calamine gives the blank rows above what is used, but not the blank columns to its left.
        left: Cells = [""] * sheet.start[1]
        return ([*left, *row] for row in sheet.iter_rows())

    def _merged(self, name: str | None) -> Sequence[Area]:
        return self._sheet(str(name)).merged_cell_ranges or self._facts[str(name)].merged

    def _sheet(self, name: str) -> CalamineSheet:
        if name not in self._sheets:
            # Before calamine, which makes room for all of a sheet: this refuses one that reaches too far.
            self._facts[name] = self._facts_of(name)
            sheet = self._guarded(lambda: self._book.get_sheet_by_name(name))
            row, column = (number + 1 for number in sheet.end or (0, 0))
            if row * column > MOST_CELLS:
                raise too_far(self.path, name, row, column)
            self._sheets[name] = sheet
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


def _opened(path: Path) -> CalamineWorkbook:
    try:
        str(path).encode()
    except UnicodeEncodeError:  # calamine takes no name that is no UTF-8
        with path.open("rb") as file:
            return CalamineWorkbook.from_filelike(file)
    return CalamineWorkbook.from_path(str(path))


def _apart(values: Sequence[Hashable]) -> Sequence[Hashable]:
    """Keep TRUE and 1, which Python holds for equal, apart."""
    if bool not in set(map(type, values)):
        return values
    return [Truth(value) if isinstance(value, bool) else value for value in values]


def _below(changes: Mapping[int, str], header: int) -> dict[int, str]:
    """Return changes by their place below the header instead of by row number."""
    return {row - header - 1: text for row, text in changes.items() if row > header}


def _damaged_headers(cells: Cells, facts: SheetFacts) -> Mapping[int, str]:
    """Return what is wrong with headers that are numbers or dates; names of what they are may be made of them."""
    found = {}
    for at, value in enumerate(cells):
        unknown = FORMAT_UNKNOWN if facts.formats_unknown and is_number(value) else None
        if what := facts.damaged[at].get(text_of(value)) or damage_of(*_apart([value])) or unknown:
            found[at] = what
    return found


def _damage(column: Column, formats_unknown: bool) -> Mapping[str, str]:
    damage = {}
    for value in column.distinct():
        found = damage_of(value)
        if found is None and formats_unknown and is_number(value):
            found = FORMAT_UNKNOWN
        if found is not None:
            damage[text_of(value)] = found
    return damage
