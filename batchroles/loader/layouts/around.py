"""What stands around a table: rows above the header, totals and remarks below, text beside a list of one column."""

import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from batchroles.errors import InputError
from batchroles.loader import Loaded
from batchroles.loader.columns import is_blank
from batchroles.loader.layouts.lines import Part
from batchroles.loader.layouts.meanings import comparable, has_meaning, quoted
from batchroles.loader.layouts.sheet import Sheet
from batchroles.loader.layouts.totals import is_sum, is_total
from batchroles.models import Code, Problem, Table
from batchroles.text import cleaned, count_of

_BLANK = re.compile(r"\s")
_SHOWN = 60


def without_leftovers(sheet: Sheet, needed: Sequence[Sequence[int]]) -> tuple[Sheet, list[str]]:
    """Return the sheet without such rows, and a note that names each kind.

    `needed` are the columns of which a row must fill one in each group: a row that fills two groups is never passed
    over, but for a repeated header. Raises InputError for another header below, under which columns mean other things.
    """
    again = repeats_header(sheet)
    _refuse_second_header(sheet, [at for columns in needed for at in columns], again)
    below = _under_the_table(sheet, needed) & ~again
    notes = []
    if again.any():
        notes.append(f"The header stands again in {_rows(sheet, again)}, which was passed over.")
    if below.any():
        first = next(filter(None, _texts(sheet, int(np.flatnonzero(below)[0]))))
        notes.append(f'Text under the table was passed over: {_rows(sheet, below)}, "{first[:_SHOWN]}".')
    return (sheet.only(~(again | below)), notes) if notes else (sheet, [])


def without_hidden(sheet: Sheet) -> Loaded:
    """Return the table without the rows that are left out. Raises InputError for a header of others among them."""
    left_out = np.isin(sheet.rows, list(sheet.loaded.left_out))
    if not left_out.any():
        return sheet.loaded
    hidden = sheet.only(left_out)
    _refuse_second_header(hidden, range(len(sheet.table.headers)), repeats_header(hidden))
    return sheet.only(~left_out).loaded


def repeats_header(sheet: Sheet) -> NDArray[np.bool_]:
    """Return which rows are the header once more."""
    same = np.ones(len(sheet.rows), bool)
    for at in _shortest_first(sheet, range(len(sheet.table.headers))):
        header, cells = sheet.table.headers[at], sheet.cells(at).cat
        wanted = comparable(header)
        alike = [comparable(text) == wanted for text in cells.categories.tolist()]
        same &= np.array([*alike, not header])[cells.codes.to_numpy()]
        if not same.any():
            break
    return same


def _which(sheet: Sheet, at: int, rows: NDArray[np.bool_], is_so: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Return of which of some rows something is so: their distinct texts alone are looked at."""
    cells = sheet.cells(at).cat
    codes = cells.codes.to_numpy()
    used = np.unique(codes[rows])
    found = np.zeros(len(cells.categories) + 1, bool)
    for code in used[used >= 0]:
        found[code] = is_so(cells.categories[code])
    return found[codes] & rows


def _shortest_first(sheet: Sheet, columns: Iterable[int]) -> list[int]:
    """Order columns so that what a few roles settle is not looked for among all people."""
    return sorted(columns, key=lambda at: len(sheet.cells(at).cat.categories))


def _refuse_second_header(sheet: Sheet, columns: Sequence[int], again: NDArray[np.bool_]) -> None:
    if len(columns) < 2:  # one word alone is no header
        return
    words, maybe = np.zeros(len(sheet.rows), int), ~again
    for at in _shortest_first(sheet, columns):
        known = _which(sheet, at, maybe, has_meaning)
        words += known
        maybe &= known | is_blank(sheet.cells(at))
        if not maybe.any():
            return
    second = np.flatnonzero((words > 1) & maybe)
    if len(second):
        row = sheet.rows[second[0]]
        raise InputError(
            f"{sheet.table.path}, {sheet.table.place(int(row))}: another header stands there, "
            f"{quoted(_texts(sheet, int(second[0])))}; put the table below it into a file or a sheet of its own."
        )


def _under_the_table(sheet: Sheet, needed: Sequence[Sequence[int]]) -> NDArray[np.bool_]:
    """Tell by the last rows that ask for nothing: a word such as Total, a sentence after a blank line, a sum."""
    filled = np.zeros(len(sheet.rows), int)
    for columns in needed:
        filled += ~np.logical_and.reduce([is_blank(sheet.cells(at)) for at in columns])
    complete = np.flatnonzero(filled == len(needed))
    start = int(complete[-1]) + 1 if len(complete) else len(sheet.rows)
    # Blank rows are not in the sheet any more: a gap between row numbers is where they stood.
    after_gap = np.logical_or.accumulate(np.diff(sheet.rows, prepend=sheet.rows[:1])[start:] > 1)
    found = np.zeros(len(sheet.rows), bool)
    # From the end upwards, and no further than the first row that is no remark: it may be somebody.
    for at in range(len(sheet.rows) - 1, start - 1, -1):
        first = next(filter(None, _texts(sheet, at)))
        if not (
            (filled[at] <= 1 and _is_remark(first, after_gap[at - start]))
            or is_sum(sheet, at, start, names=lambda column: any(column in some for some in needed))
        ):
            break
        found[at] = True
    return found


def _is_remark(text: str, after_gap: bool) -> bool:
    return is_total(text) or (after_gap and _BLANK.search(text) is not None)


def _texts(sheet: Sheet, position: int) -> list[str]:
    return [cleaned(str(text)) for text in sheet.table.cells.iloc[position]]


def _rows(sheet: Sheet, chosen: NDArray[np.bool_]) -> str:
    numbers = [str(row) for row in sheet.rows[chosen][:5]]
    more = " …" if chosen.sum() > len(numbers) else ""
    return f"row{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}{more}"


_MANY_CELLS = 3
_MOST_WITH_MANY_CELLS = 4
"""So many rows with so many filled cells are not titles any more, whatever columns they fill."""
_DATE = re.compile(r"[0-9]{1,4}([./-])[0-9]{1,2}\1[0-9]{1,4}\b.*")

Row = Sequence[str]


def notes_above(table: Table, above: Sequence[Row], parts: Sequence[Part]) -> list[str]:
    """Return a note for rows above the header. Raises InputError, with the row, for what looks like data."""
    filled = [(number, row) for number, row in enumerate(above, 1) if any(map(cleaned, row))]
    if not filled:
        return []
    data = [
        (number, row) for number, row in filled if any(_asks_for(row, table.headers, part) for part in parts)
    ]
    many = [(number, row) for number, row in filled if len([*filter(cleaned, row)]) >= _MANY_CELLS]
    if data or len(many) > _MOST_WITH_MANY_CELLS:
        number, row = (data or many)[0]
        raise InputError(
            f'{table.path}, {table.place(number)}: "{_first(row)}" and what stands beside it looks like data, and the '
            f"header stands below it, in row {len(above) + 1}; move the header to the top, or delete the rows above it."
        )
    rows = count_of(len(filled), "row")
    return [f'{rows} above the header passed over, beginning with "{_first(filled[0][1])}".']


def _first(row: Row) -> str:
    return next(filter(None, map(cleaned, row)))[:_SHOWN]


def _asks_for(row: Row, headers: Sequence[str], part: Part) -> bool:
    """Whether a row could ask for what a part asks for: somebody, and more than that if the file says more.

    A title that fills the column of users alone, words such as "Report of" with one more cell, a line such as
    "Exported: 2024-03-01" and a header of two rows are none.
    """
    users, roles, contexts = (
        [text for column in columns if (text := _under(column.header, headers, row))]
        for columns in (part.users, part.roles, part.contexts)
    )
    if not users or _is_title(users[0]) or has_meaning(users[0]):
        return False
    said = [
        bool(texts)
        for texts, columns in ((roles, part.roles), (contexts, part.contexts))
        if any(column.header for column in columns)
    ]
    if _BLANK.search(users[0]):
        return bool(said) and all(said)
    return not said or any(said)


def _under(header: str, headers: Sequence[str], row: Row) -> str:
    at = headers.index(header) if header in headers else len(row)
    return cleaned(row[at]) if header and at < len(row) else ""


def _is_title(text: str) -> bool:
    return text.endswith(":") or is_total(text) or _DATE.fullmatch(text) is not None or not comparable(text)


def beside_the_list(sheet: Sheet) -> dict[int, Problem]:
    """Return a problem for each row that has text outside of the first column, besides those known already."""
    problems: dict[int, Problem] = {}
    for at in range(1, len(sheet.table.headers)):
        cells = sheet.cells(at)
        for row, text in cells[~is_blank(cells)].items():
            problems.setdefault(int(str(row)), _beside(cleaned(text)))
    return problems | dict(sheet.table.row_problems)


def _beside(text: str) -> Problem:
    return Problem(
        Code.BAD_VALUE,
        f'The text "{text}" stands beside the list, which has one column.',
        "Remove it; or give the table a header row, if the row is to say more than a user.",
        value=text,
    )
