"""Files that we wrote ourselves: `failed.csv` is repaired in place and read again."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from batchroles.loader import SURPLUS, Loaded
from batchroles.loader.columns import categorical_of, is_blank
from batchroles.loader.layouts.format import Format
from batchroles.models import Code, Problem, Table
from batchroles.text import cleaned, restore

OWN_COLUMNS = ("_row", "_status", "_code", "_reason", "_fix")
"""What stands after the original columns in every result file."""
ORIGIN_COLUMN = "_origin"
"""Where a line that comes from no row of the input comes from; only there where there are such lines."""
PLACE_COLUMN = "_place"
"""Where in its file a row stands, for people; only in the workbook, and where several sheets were read."""
PART_COLUMN = "_part"
"""Which assignment of a wide row a line of the file is about; only there for wide formats."""
EXPORT_COLUMN = "_export"
"""How the header of a column begins by which an export of a site is known."""
EVERY_OWN_COLUMN = (*OWN_COLUMNS, PLACE_COLUMN, PART_COLUMN, ORIGIN_COLUMN)


def is_own(loaded: Loaded) -> bool:
    """Return whether the file has all the columns that our results have."""
    return set(OWN_COLUMNS) <= set(map(cleaned, loaded.table.headers))


def is_export(loaded: Loaded) -> bool:
    """Return whether the file is an export of a site."""
    return any(cleaned(header).split(" ")[0] == EXPORT_COLUMN for header in loaded.table.headers)


def as_exported(loaded: Loaded) -> Loaded:
    """Return an export with its cells as they were before they were made harmless for writing."""
    table = loaded.table
    columns = {at: restored(table.cells[at]) for at in table.cells.columns}
    return replace(loaded, table=replace(table, cells=pd.DataFrame(columns, index=table.cells.index)))


def without_own_columns(loaded: Loaded) -> tuple[Loaded, pd.Series | None]:
    """Return the original columns as they were before we wrote them, and the part that each row is about, if any."""
    table = loaded.table
    headers = [cleaned(header) for header in table.headers]
    part = table.cells[headers.index(PART_COLUMN)].astype("str") if PART_COLUMN in headers else None
    kept = [at for at, header in enumerate(headers) if header not in EVERY_OWN_COLUMN]
    cells = pd.DataFrame(
        {new: restored(table.cells[at]) for new, at in enumerate(kept)}, index=table.cells.index
    )
    damaged = {new: loaded.damaged[at] for new, at in enumerate(kept) if at in loaded.damaged}
    # Headers were made harmless when they were written, like cells.
    original = replace(table, headers=[restore(table.headers[at]) for at in kept], cells=cells)
    table = replace(original, row_problems=_still_too_wide(original))
    return Loaded(table, damaged), part


def _still_too_wide(table: Table) -> dict[int, Problem]:
    """Return a problem for each row with text that once stood beyond the last column: its cells may have moved."""
    problems = dict(table.row_problems)
    if SURPLUS in table.headers:
        cells = table.cells[table.headers.index(SURPLUS)]
        for row, text in cells[~is_blank(cells)].items():
            problems[int(str(row))] = Problem(
                Code.BAD_VALUE,
                f'The row had a cell too many, the text "{cleaned(text)}", so that its cells may have moved.',
                f"Put every text under its header, and clear the cell under {SURPLUS}.",
                SURPLUS,
                text,
            )
    return problems


def restored(cells: pd.Series) -> pd.Categorical:
    """Return a column's texts as they were before they were made harmless for writing."""
    texts = [restore(text) for text in cells.cat.categories.tolist()]
    return categorical_of(cells.cat.codes.to_numpy().astype(np.int32), texts, {})


def known_again(table: Table, formats: Iterable[Format]) -> Format | None:
    """Return the format without a header that a re-read file was in, where the plain format would read it otherwise."""
    headers = tuple(table.headers)
    for one in formats:
        if one.known_again and headers == tuple(one.column_names[: len(headers)]) and one.known_again(table):
            return one
    return None


def only_parts(lines: pd.DataFrame, part_of_row: pd.Series) -> pd.DataFrame:
    """Return the lines of those parts that each row of a re-read file is about.

    All of a row that names none, or that has no such part any more since it was mended.
    """
    asked = part_of_row.map(cleaned).reindex(lines["row"]).to_numpy()
    chosen: NDArray[np.bool_] = (asked == "") | (asked == lines["part"].astype("str").to_numpy())
    chosen |= ~np.isin(lines["row"], lines["row"][chosen])
    kept: pd.DataFrame = lines[chosen].reset_index(drop=True)
    return kept
