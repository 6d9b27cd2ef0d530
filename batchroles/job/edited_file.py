"""A file of a run's results as a person gives it back: its rows and columns are found, whatever program saved it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from batchroles.errors import InputError
from batchroles.loader import Loaded, ReadingOptions, open_source
from batchroles.loader.columns import is_blank
from batchroles.loader.content import Content, content_of
from batchroles.loader.encoding import encoding_of
from batchroles.loader.layouts.meanings import quoted
from batchroles.loader.layouts.own_results import ORIGIN_COLUMN, PART_COLUMN, restored
from batchroles.loader.layouts.retyped import retyped
from batchroles.models import Table
from batchroles.models.references import is_id
from batchroles.models.rows import called
from batchroles.reporter.outcomes import Columns
from batchroles.text import cleaned, restore

ROW_COLUMN = "_row"
_DELIMITERS = (None, ",", ";", "tab", "|")


class EditedFile:
    """A file that a run wrote, as it stands now: its columns and rows found again by their names."""

    def __init__(self, path: Path, columns: Columns, anew: str) -> None:
        self._path = path
        self._back = f"put it back, or delete {path.name} and let {anew} write it anew"
        self.is_text = content_of(path) is Content.TEXT
        self.lossy = self.is_text and not encoding_of(path, None)[0].startswith("utf")
        """Whether letters may have been lost when it was saved."""
        self.loaded = self._load()
        self._table: Table = self.loaded.table
        # The first one ends it: cells have moved there, and nothing below could be compared.
        for row, problem in self._table.row_problems.items():
            raise InputError(f"{path}, row {row}: {problem.reason} {problem.fix}")
        headers = columns.headers
        at = self._positions(headers, columns)
        own = len(columns.own)
        self.own: Sequence[int | None] = at[:own]
        """Where the input's columns stand; None for a blank one that is gone."""
        # Behind the input's own columns, of which one may have that name.
        self._row = at[headers.index(ROW_COLUMN, own)] or 0
        self._part = at[headers.index(PART_COLUMN, own)] if PART_COLUMN in headers[own:] else None

    def _load(self) -> Loaded:
        """Read the one sheet that has a column for the row numbers, whatever delimiter it was saved with."""
        # By looking first: where that takes another sign for the delimiter, no column is called `_row`.
        for delimiter in _DELIMITERS if self.is_text else (None,):
            source = open_source(self._path, ReadingOptions(delimiter=delimiter))
            found = [
                (sheet, number)
                for sheet in source.sheets()
                for number, row in enumerate(source.preview(sheet), 1)
                if ROW_COLUMN in map(cleaned, row)
            ]
            if len(found) > 1:
                raise InputError(
                    f'{self._path} has more than one row with the header "{ROW_COLUMN}": {self._back}'
                )
            if found:
                return _of_rows(source.read(*found[0]))
        raise InputError(
            f'{self._path} has no column "{ROW_COLUMN}", so it is none of this run: {self._back}'
        )

    def _positions(self, headers: Sequence[str], columns: Columns) -> list[int | None]:
        """Find each column by its header. Raises InputError where one is gone, or there is a new one."""
        seen = [cleaned(restore(header)) for header in self._table.headers]
        left = list(range(len(seen)))
        at: list[int | None] = []
        for header in headers:
            same = [place for place in left if seen[place] == cleaned(header)]
            # A header such as 007 or 1-2 is retyped like any cell.
            alike = same or [place for place in left if retyped(header, seen[place])]
            at.append(alike[0] if alike else None)
            left = [place for place in left if place not in alike[:1]]
        needed = {
            *range(len(columns.own)),
            *(headers.index(ours) for ours in (ROW_COLUMN, PART_COLUMN) if ours in headers),
        }
        gone = [headers[number] for number, place in enumerate(at) if place is None and number in needed]
        gone = [header for header in gone if cleaned(header)]
        new = [place for place in left if seen[place] or not is_blank(self._table.cells[place]).all()]
        if gone or new:
            raise InputError(f"{self._path}: {self._about_headers(gone, [seen[place] for place in new])}")
        return at

    def _about_headers(self, gone: Sequence[str], new: Sequence[str]) -> str:
        names = quoted(new) if all(new) else "a column without a header"
        if not gone:
            return f"{names} was not there when the file was written: remove it, and add to the input what is missing"
        instead = f" and now has {names}" if new else ""
        return f"it has lost {quoted(gone)}{instead}, and the headers have to stay: {self._back}"

    def keys(self) -> pd.MultiIndex:
        """Give row and part of each row. Raises InputError where the row is no number."""
        rows = [cleaned(text) for text in self.texts(self._row)]
        for at, text in enumerate(rows):
            if not is_id(text):
                there = f'has "{text}" under {ROW_COLUMN}' if text else f"has nothing under {ROW_COLUMN}"
                raise self.refused(at, f"{there}, where the row's number was: {self._back}", known=False)
        parts = [""] * len(rows) if self._part is None else [cleaned(text) for text in self.texts(self._part)]
        return pd.MultiIndex.from_arrays(
            [np.array([int(row) for row in rows], np.int64), np.array(parts, object)]
        )

    def texts(self, position: int) -> npt.NDArray[np.object_]:
        """Give a column's texts as they were before they were made harmless."""
        return np.asarray(restored(self._table.cells[position]), dtype=object)

    def refused(self, at: int, why: str, *, known: bool = True) -> InputError:
        """Give the error for one row of the file, by its place there and, where it has one, its number in the input."""
        place = self._table.place(int(self._table.cells.index[at]))
        number = f" ({called(int(cleaned(str(self.texts(self._row)[at]))))} of the input)" if known else ""
        return InputError(f"{self._path}, {place}{number} {why}")


def _of_rows(loaded: Loaded) -> Loaded:
    """Leave out the lines that come from no row of the input."""
    table, headers = loaded.table, [cleaned(header) for header in loaded.table.headers]
    if ORIGIN_COLUMN not in headers:
        return loaded
    row, origin = (is_blank(table.cells[headers.index(name)]) for name in (ROW_COLUMN, ORIGIN_COLUMN))
    return replace(loaded, table=replace(table, cells=table.cells[~(row & ~origin)]))
