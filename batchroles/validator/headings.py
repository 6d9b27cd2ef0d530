"""Tables in sections: who stands below what may be a heading without its word is sent nowhere.

Only the site tells `CHEM1`, a course, from `chem1`, somebody: where a row names nobody who is known, the rows below it
may belong to another course than that of the last heading.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from batchroles.models import Code, Problem, UserRef, Wanted
from batchroles.models.lines import Mask
from batchroles.models.rows import parted
from batchroles.text import cleaned
from batchroles.validator.merging import NONE, Ints, Problems, ReferenceColumn
from batchroles.validator.names import Resolved

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_SHOWN = 60

Found = Mapping[Any, Resolved]


def below_unsure_rows(wanted: Wanted, found: Found, remembered: Mask, problems: Problems) -> Ints:
    """Give the problem of each line that stands below such a row in its section, and names somebody; -1 for others.

    A row that names its course itself, since it was mended, belongs nowhere else. `found`: what names led to;
    `remembered`: lines of which an earlier run knows whom they name.
    """
    held = np.full(len(wanted.lines), NONE, "int32")
    sheet_of, rows = parted(wanted.lines["row"].to_numpy())
    for number, sheet in enumerate(wanted.sheets, 1) if wanted.sheets else [(0, wanted)]:
        headings = sheet.table.headings
        here = np.flatnonzero(sheet_of == number)
        if not headings.places or not len(here):
            continue
        section = np.searchsorted([row for row, _ in headings.places], rows[here])
        unsure = ~(_is_person(wanted, sheet, found) | remembered)[here]
        free = ~unsure & ~np.isin(rows[here], list(headings.mended))
        for one in np.unique(section[unsure]).tolist():
            first = int(np.flatnonzero(unsure & (section == one))[0])
            below = free & (section == one) & (np.arange(len(here)) > first)
            if below.any():
                held[here[below]] = problems.number(_problem(wanted, sheet, int(here[first])))
    return held


def _is_person(wanted: Wanted, sheet: Wanted, found: Found) -> Mask:
    """Choose the lines that name somebody who is known, an address, or a role in a cell of their own."""

    def is_known(ref: Any) -> bool:
        one = found.get(ref)
        return isinstance(one, int) or (isinstance(one, Problem) and one.code is Code.USER_AMBIGUOUS)

    def names_somebody(ref: UserRef) -> bool:
        return is_known(ref) or _ADDRESS.fullmatch(ref.value) is not None

    said = np.zeros(len(wanted.lines), bool)
    for name, header in sheet.sources.items():
        kind = name.rpartition("_")[0]
        if kind == "user":
            said |= _whose(wanted, name, names_somebody)
        elif kind == "role" and header:
            said |= _whose(wanted, name, is_known)
    return said


def _whose(wanted: Wanted, name: str, says: Callable[[Any], bool]) -> Mask:
    """Choose the lines of whose reference something is true."""
    column = ReferenceColumn.of(wanted.lines, name, "")
    return np.array([*map(says, column.refs), False], bool)[column.codes]


def _problem(wanted: Wanted, sheet: Wanted, line: int) -> Problem:
    row = int(wanted.lines["row"].iloc[line])
    place, column = wanted.table.called(row), sheet.table.headings.column
    cells = zip(wanted.table.headers, wanted.table.cells.loc[row], strict=True)
    texts = (cleaned(str(text)) for header, text in cells if header != column)
    text = next(filter(None, texts), "")[:_SHOWN]
    return Problem(
        Code.HEADING_UNCLEAR,
        f'It stands below {place}, "{text}", which names nobody who is known. That may be a heading without its word,'
        " and this row about another course than that of the heading above.",
        "If it is a heading, write it as Course: SHORTNAME in the file, alone in its row, and read that again. If not,"
        f' correct {place}; or write under "{column}" which course is meant here.',
        value=text,
    )
