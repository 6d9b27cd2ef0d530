"""An exported file read back: of which site and when, and its rows as they stand now, whoever edited them.

What is wrong with the whole file raises InputError; what is wrong with a row is a sentence about it
(`Exported.faults`), and the row is left to whoever reads the file.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from batchroles.client import Moodle
from batchroles.errors import InputError
from batchroles.job.census import layout
from batchroles.job.census.layout import About
from batchroles.job.identity import SITE, identity
from batchroles.loader import ReadingOptions, Source, open_source
from batchroles.loader.layouts.meanings import comparable, quoted
from batchroles.loader.layouts.own_results import EXPORT_COLUMN
from batchroles.models import Table
from batchroles.text import cleaned, restore

NEEDED = (layout.USERNAME, layout.ROLE, layout.CONTEXT)
OTHERS = (
    *(layout.EMAIL, layout.IDNUMBER, layout.FIRST, layout.LAST, layout.FULL),
    *(layout.PLACE, layout.GIVEN, layout.SINCE, layout.ENROLMENT, layout.DECISION),
)
SHEET, ROW, ID, NAME = "_sheet", "_row", "_id", "_name"


@dataclass(frozen=True, eq=False)
class Exported:
    """An export as its file has it now."""

    path: Path
    about: About
    rows: pd.DataFrame
    """One row for each of the file that is not blank, sheet after sheet. Its columns, all there whatever the file has:
    those of `layout.py` as text without what nobody sees, `""` where blank; `_name`, the person's name in one text;
    `_sheet`, a number into `tables`; `_row`, the row's number in its sheet; `_id`, the id of its export."""
    tables: Sequence[Table]
    """The sheets without their cells, by which rows are named; one for a CSV file."""
    has_decisions: bool
    """Whether there is a column for decisions."""

    def place(self, number: int, column: str = "") -> str:
        """Name a row of `rows`, or a cell of it, for people: `Holdings!G7`, or `row 7, column "decision"`."""
        row = self.rows.iloc[number]
        return self.tables[int(row[SHEET])].place(int(row[ROW]), column)

    @property
    def faults(self) -> Mapping[int, str]:
        """Give sentences on rows that cannot be used as they stand, by their number in `rows`."""
        found: dict[int, str] = {}
        for column in NEEDED:
            for number in np.flatnonzero(self.rows[column].to_numpy() == "").tolist():
                found.setdefault(
                    number, f"The row has no {column}: restore it from the export, or delete the row."
                )
        for number in np.flatnonzero(self.rows[ID].to_numpy() != self.about.id).tolist():
            found.setdefault(
                number,
                "The row is not of this export: its last cell is blank or another one's. Rows are not added to an"
                " export; use batchroles assign for them.",
            )
        for number, row in enumerate(self.rows[[SHEET, ROW]].itertuples(index=False)):
            if problem := self.tables[int(row[0])].row_problems.get(int(row[1])):
                found[number] = f"{problem.reason} {problem.fix}"
        return dict(sorted(found.items()))

    def refuse_other_site(self, moodle: Moodle) -> None:
        """Raise InputError where it is an export of another site than this one."""
        here = identity(moodle).get(SITE, moodle.url)
        if here.rstrip("/") != self.about.site.rstrip("/"):
            raise InputError(
                f"{self.path} is an export of {self.about.site}, and this site is {here}: nothing was done."
            )


def read_export(path: Path | str, reading: ReadingOptions | None = None) -> Exported:
    """Read an exported file, CSV or workbook, with all its sheets of rows.

    Raises InputError for a file that cannot be read or is no export, for a column that is gone or was renamed, and for
    sheets of different exports in one workbook.
    """
    source = open_source(Path(path), reading)
    found = [table for sheet in source.sheets() if (table := _table(source, sheet)) is not None]
    if not found:
        raise InputError(
            f"{path} is no export of batchroles, or the header of its last column ({EXPORT_COLUMN} …) was changed: by"
            " it an export is known. batchroles export writes a new one."
        )
    abouts = {header: about for table in found for header, about in _about(table)}
    if len(abouts) != 1:
        raise InputError(f"{path} holds sheets of {len(abouts)} exports: keep those of one.")
    ((header, about),) = abouts.items()
    if about is None:
        raise InputError(
            f"{path}: the header of the last column was changed, so that it does not say any more what the export is"
            f" of: {header[:60]} …"
        )
    rows = pd.concat([_rows(table, number) for number, table in enumerate(found)], ignore_index=True)
    headers = {name for table in found for name in map(comparable, table.headers)}
    return Exported(Path(path), about, rows, found, comparable(layout.DECISION) in headers)


def _table(source: Source, sheet: str | None) -> Table | None:
    """Give a sheet that is an export's; its header may have come to stand lower."""
    for number, row in enumerate(source.preview(sheet), 1):
        if any(_is_mark(text) for text in row):
            return source.read(sheet, number).table
    return None


def _is_mark(header: str) -> bool:
    return cleaned(header).split(" ")[0] == EXPORT_COLUMN


def _about(table: Table) -> list[tuple[str, About | None]]:
    marks = [cleaned(header) for header in table.headers if _is_mark(header)]
    return [(mark, About.read(mark)) for mark in marks]


def _rows(table: Table, sheet: int) -> pd.DataFrame:
    """Give the rows of a sheet under the columns' own names. Raises InputError for one that is missing or twice."""
    names = [comparable(header) for header in table.headers]
    times = Counter(names)
    at = {name: names.index(comparable(name)) for name in (*NEEDED, *OTHERS) if comparable(name) in times}
    where = f"{table.path}, {table.sheet}" if table.sheet is not None else str(table.path)
    if missing := [name for name in NEEDED if name not in at]:
        raise InputError(
            f"{where}: the export's column {quoted(missing)} is missing, or was renamed; its headers are"
            f" {quoted(table.headers)}. Name it again as it was."
        )
    if twice := [name for name in at if times[comparable(name)] > 1]:
        raise InputError(f"{where}: two columns are called {quoted(twice)}; remove the one that was added.")
    blank = np.full(len(table.cells), "", object)
    columns = {name: _texts(table, at[name]) if name in at else blank for name in (*NEEDED, *OTHERS)}
    parts = zip(columns[layout.FIRST], columns[layout.LAST], columns[layout.FULL], strict=True)
    columns[NAME] = np.array([full or f"{first} {last}".strip() for first, last, full in parts], object)
    mark = next(number for number, header in enumerate(table.headers) if _is_mark(header))
    columns[ID] = _texts(table, mark)
    columns[SHEET] = np.full(len(blank), sheet)
    columns[ROW] = table.cells.index.to_numpy()
    return pd.DataFrame(columns, dtype="object").astype({SHEET: "int64", ROW: "int64"})


def _texts(table: Table, at: int) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    cells = table.cells[at].cat
    texts = np.array([*(cleaned(restore(text)) for text in cells.categories.tolist()), ""], object)
    return texts[cells.codes.to_numpy()]
