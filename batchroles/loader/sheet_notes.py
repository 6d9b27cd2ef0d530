"""What a person who looks at a sheet does not see, or sees otherwise than it is read."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from openpyxl.utils import get_column_letter

from batchroles.loader.columns import is_blank
from batchroles.loader.sheet_facts import Area, SheetFacts


def hidden_notes(facts: SheetFacts, cells: pd.DataFrame, headers: Sequence[str]) -> list[str]:
    """Say how many rows and which columns with text are hidden; all of them are read."""
    notes = []
    count = int(np.isin(cells.index, list(facts.hidden_rows)).sum()) if facts.hidden_rows else 0
    if count:
        rows = "1 row is" if count == 1 else f"{count:,} rows are"
        why = " by a filter" if facts.filtered else ""
        notes.append(f"{rows} hidden{why} in the sheet and read like the others.")
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
