"""What xlrd tells of an .xls sheet and calamine does not: number formats, errors, and what is hidden."""

import io
from functools import cache
from pathlib import Path

import xlrd
from xlrd.book import Book
from xlrd.sheet import Sheet

from batchroles.loader.workbook.facts import SheetFacts
from batchroles.loader.workbook.number_formats import is_ordinary

_NUMBERS = (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE)
_NO_SUCH_FORMAT = "unknown (raw) format key"
"""What xlrd says before it takes the general format instead."""


def facts_of(path: Path, sheet: str) -> SheetFacts:
    """Read a sheet once more; nothing is known of it where xlrd cannot make anything of the file."""
    said = io.StringIO()
    facts = SheetFacts()
    try:
        # At verbosity 0 xlrd does not say that it has put the general format in the place of one.
        with xlrd.open_workbook(
            str(path), logfile=said, verbosity=1, formatting_info=True, on_demand=True
        ) as book:
            found = book.sheet_by_name(sheet)
            _note_cells(facts, book, found)
            _note_hidden(facts, found)
    except Exception:  # xlrd reads damaged files with whatever errors its lines happen to raise
        return SheetFacts(formats_unknown=True, hidden_unknown=True)
    facts.formats_unknown = _NO_SUCH_FORMAT in said.getvalue()
    return facts


def _note_cells(facts: SheetFacts, book: Book, sheet: Sheet) -> None:
    @cache
    def code_of(style: int) -> str | None:
        return book.format_map[book.xf_list[style].format_key].format_str

    @cache
    def is_plain(style: int) -> bool:
        return is_ordinary(code_of(style) or "")

    for row in range(sheet.nrows):
        kinds = sheet.row_types(row)
        for column, kind in enumerate(kinds):
            if kind in _NUMBERS:
                style = sheet.cell_xf_index(row, column)
                if not is_plain(style):
                    facts.note_number(row + 1, column, float(sheet.cell_value(row, column)), code_of(style))
            elif kind == xlrd.XL_CELL_ERROR:
                number = int(sheet.cell_value(row, column))
                facts.changes[column][row + 1] = xlrd.error_text_from_code.get(number, "#VALUE!")


def _note_hidden(facts: SheetFacts, sheet: Sheet) -> None:
    # Without a mark, too: of what is nothing high or wide nobody sees anything.
    facts.hidden_rows.update(
        row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden or info.height == 0
    )
    facts.hidden_columns.update(
        column for column, info in sheet.colinfo_map.items() if info.hidden or info.width == 0
    )
