"""Rows of a table that are not part of it: the header once more, totals, and notes under the table."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from batchroles.errors import InputError
from batchroles.formats.meanings import comparable, has_meaning, quoted
from batchroles.formats.sheet import Sheet
from batchroles.loader.columns import is_blank
from batchroles.loader.invisible import cleaned

_TOTALS = re.compile(
    r"((grand |sub)?totals?|sum|count|notes?|remarks?|exported|generated|printed|created|source|end of|page|\*)"
    r"(\Z|[\s:])",
    re.IGNORECASE,
)
"""A word that stands under tables, alone or at the head of a sentence: `count.dracula` is somebody."""
_BLANK = re.compile(r"\s")
_SHOWN = 60


def without_leftovers(sheet: Sheet, needed: Sequence[Sequence[int]]) -> tuple[Sheet, list[str]]:
    """Return the sheet without such rows, and a note that names each kind.

    `needed` are the columns of which a row must fill one in each group: a row that fills two groups is never passed
    over, but for a repeated header. Raises InputError for another header below, under which columns mean other things.
    """
    again = _repeats_header(sheet)
    _refuse_second_header(sheet, [at for columns in needed for at in columns], again)
    below = _under_the_table(sheet, needed) & ~again
    notes = []
    if again.any():
        notes.append(f"The header stands again in {_rows(sheet, again)}, which was passed over.")
    if below.any():
        first = next(filter(None, _texts(sheet, int(np.flatnonzero(below)[0]))))
        notes.append(f'Text under the table was passed over: {_rows(sheet, below)}, "{first[:_SHOWN]}".')
    return (sheet.only(~(again | below)), notes) if notes else (sheet, [])


def _repeats_header(sheet: Sheet) -> NDArray[np.bool_]:
    same = np.ones(len(sheet.rows), bool)
    for at, header in enumerate(sheet.table.headers):
        cells = sheet.cells(at).cat
        wanted = comparable(header)
        alike = [comparable(text) == wanted for text in cells.categories.tolist()]
        same &= np.array([*alike, not header])[cells.codes.to_numpy()]
        if not same.any():
            break
    return same


def _refuse_second_header(sheet: Sheet, columns: Sequence[int], again: NDArray[np.bool_]) -> None:
    words, filled = np.zeros(len(sheet.rows), int), np.zeros(len(sheet.rows), int)
    for at in columns:
        cells = sheet.cells(at).cat
        known = np.array([*map(has_meaning, cells.categories.tolist()), False])
        words += known[cells.codes.to_numpy()]
        filled += ~is_blank(sheet.cells(at))
    second = np.flatnonzero((words > 1) & (words == filled) & ~again)
    if len(second):
        row = sheet.rows[second[0]]
        raise InputError(
            f"{sheet.table.path}, {sheet.table.place(int(row))}: another header stands there, "
            f"{quoted(_texts(sheet, int(second[0])))}; put the table below it into a file or a sheet of its own."
        )


def _under_the_table(sheet: Sheet, needed: Sequence[Sequence[int]]) -> NDArray[np.bool_]:
    """Tell by the last rows that fill one group at most: a word such as Total, or a sentence after a blank line."""
    filled = np.zeros(len(sheet.rows), int)
    for columns in needed:
        filled += ~np.logical_and.reduce([is_blank(sheet.cells(at)) for at in columns])
    complete = np.flatnonzero(filled == len(needed))
    start = int(complete[-1]) + 1 if len(complete) else len(sheet.rows)
    after_gap = np.logical_or.accumulate(np.diff(sheet.rows, prepend=sheet.rows[:1])[start:] > 1)
    found = np.zeros(len(sheet.rows), bool)
    for at in range(len(sheet.rows) - 1, start - 1, -1):
        if filled[at] > 1 or not _is_remark(next(filter(None, _texts(sheet, at))), after_gap[at - start]):
            break
        found[at] = True
    return found


def is_total(text: str) -> bool:
    """Whether a text begins with a word that stands under tables or above them."""
    return _TOTALS.match(text) is not None


def _is_remark(text: str, after_gap: bool) -> bool:
    return is_total(text) or (after_gap and _BLANK.search(text) is not None)


def _texts(sheet: Sheet, position: int) -> list[str]:
    return [cleaned(str(text)) for text in sheet.table.cells.iloc[position]]


def _rows(sheet: Sheet, chosen: NDArray[np.bool_]) -> str:
    numbers = [str(row) for row in sheet.rows[chosen][:5]]
    more = " …" if chosen.sum() > len(numbers) else ""
    return f"row{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}{more}"
