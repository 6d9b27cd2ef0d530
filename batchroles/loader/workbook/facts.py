"""What is known of a sheet beyond the values of its cells."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from openpyxl.utils import get_column_letter

from batchroles.loader.columns import is_blank
from batchroles.loader.workbook.number_formats import NOT_KNOWN, is_date, shown
from batchroles.loader.workbook.values import DATE, FORMAT_UNKNOWN, FORMATTED, text_of
from batchroles.text import count_of, numbered

Area = tuple[tuple[int, int], tuple[int, int]]
"""First and last cell of a merged area, as row and column from 0."""
_TOO_LONG = 10**15


@dataclass
class SheetFacts:
    """What was found in a sheet; rows are numbered from 1, columns from 0."""

    changes: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    """By column and row: the text that a cell shows, where calamine gives another."""
    damaged: dict[int, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """By column and text: what is wrong."""
    formats_unknown: bool = False
    """Whether nothing tells how the numbers are shown."""
    hidden_unknown: bool = False
    """Whether nothing tells what is hidden."""
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    filtered: bool = False
    merged: list[Area] = field(default_factory=list)
    """Merged cells, where calamine does not know them."""

    def last_change(self) -> int:
        """Return the last row with a change, 0 if there is none."""
        return max((max(rows) for rows in self.changes.values() if rows), default=0)

    def note_number(self, row: int, column: int, value: float, code: str | None) -> None:
        """Take in a number that has a number format: None where the format is not known."""
        whole = int(value) if value.is_integer() and abs(value) < _TOO_LONG else None
        text = NOT_KNOWN if code is None or whole is None else shown(whole, code)
        if text == NOT_KNOWN:
            why = FORMAT_UNKNOWN if code is None else DATE if is_date(code) else FORMATTED
            self.damaged[column][text_of(value)] = why
        elif text is not None:
            self.changes[column][row] = text

    def hide_columns(self, first: int, last: int) -> None:
        """Take in hidden columns."""
        # A sheet has 16,384 columns; a file may say any number.
        self.hidden_columns.update(range(first, min(last, 2**14) + 1))


def is_hidden(facts: SheetFacts, cells: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows of a table are hidden."""
    return np.isin(cells.index, list(facts.hidden_rows))


def hidden_notes(
    facts: SheetFacts, cells: pd.DataFrame, headers: Sequence[str], *, only_visible: bool
) -> list[str]:
    """Say how many rows and which columns with text are hidden, and which rows are left out for it."""
    notes = []
    hidden = cells.index[is_hidden(facts, cells)].tolist()
    why = " by a filter" if facts.filtered else ""
    if hidden and only_visible:
        rows = count_of(len(hidden), "row that is", "rows that are")
        left_out = "was left out" if len(hidden) == 1 else "were left out"
        notes.append(f"{rows} hidden{why} in the sheet {left_out}: {numbered(hidden)}.")
    elif hidden:
        rows = count_of(len(hidden), "row is", "rows are")
        notes.append(
            f"{rows} hidden{why} in the sheet and read like the others; --visible-rows leaves them out."
        )
    elif facts.filtered:
        notes.append("A filter is set in the sheet; every row was read.")
    columns = [
        get_column_letter(at + 1)
        for at in range(len(cells.columns))
        if at in facts.hidden_columns and (any(headers[at : at + 1]) or not is_blank(cells[at]).all())
    ]
    if columns:
        what = "Column" if len(columns) == 1 else "Columns"
        verb = "is" if len(columns) == 1 else "are"
        notes.append(f"{what} {', '.join(columns)} {verb} hidden in the sheet and read like the others.")
    if facts.hidden_unknown:
        notes.append(
            "This workbook does not tell which rows and columns are hidden, nor how its numbers are shown; "
            "save it as .xlsx, and it will be told."
        )
    return notes


def merge_notes(merged: Sequence[Area], header: int) -> list[str]:
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


def _area(place: Area) -> str:
    (top, left), (bottom, right) = place
    return f"{get_column_letter(left + 1)}{top + 1}:{get_column_letter(right + 1)}{bottom + 1}"
