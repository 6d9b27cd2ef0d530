"""`results.xlsx`: a *Summary* sheet and a *Rows* sheet, in constant memory.

openpyxl makes the workbook with everything but the rows. These are streamed into its *Rows* sheet as XML,
which takes a tenth of the time that openpyxl would take, and no more memory for many rows than for few.
"""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from batchroles.models.lines import Ints
from batchroles.reporter.messages import Message
from batchroles.reporter.outcomes import Columns
from batchroles.reporter.sheet_xml import lines_needed, number_cell, rows_xml, text_cell
from batchroles.reporter.summary import Summary
from batchroles.reporter.workbook_sheets import SENTENCE_WIDTH, add_rows_sheet, add_summary_sheet
from batchroles.text import count_of

ALL_ROWS_UP_TO = 100_000
"""With more rows than this, the *Rows* sheet holds only the failed ones and those without an answer."""
EXCEL_ROWS = 1_048_575
"""What fits under the header of one sheet."""
LINES_AT_ONCE = 5_000
MOST_TEXTS = 30_000
"""Cells that are remembered as XML: the same people and places come again in nearly every piece."""
SAMPLE = 200
WRAPPED_AT = SENTENCE_WIDTH - 5

_END_OF_ROWS = b"</sheetData>"


@dataclass(frozen=True)
class Shown:
    """The lines that the *Rows* sheet holds, and the sentence that says which are missing."""

    lines: Ints
    remark: str


def write_workbook(path: Path, columns: Columns, summary: Summary, said: Sequence[Message] = ()) -> None:
    """Write the workbook; `said`: what is wrong with its rows."""
    shown = choose_lines(columns)
    skeleton, styles = _without_rows(columns, shown, summary, said)
    fill(skeleton, path, {2: _rows_xml(columns, shown.lines, styles)})


def choose_lines(columns: Columns) -> Shown:
    """Decide which lines are shown: all, or only those that need a look, and never more than a sheet can hold."""
    total = len(columns.groups.done)
    if total <= ALL_ROWS_UP_TO:
        return Shown(np.arange(total, dtype=np.int64), "")
    group = columns.groups
    held = np.flatnonzero(group.failed | group.unknown | group.withheld)
    which = count_of(int(group.failed.sum()), "failed one")
    which += f" and {count_of(int(group.unknown.sum()), 'unknown one')}" if group.unknown.any() else ""
    which += f" and {count_of(int(group.withheld.sum()), 'withheld one')}" if group.withheld.any() else ""
    remark = f"More than {ALL_ROWS_UP_TO:,} rows: the sheet Rows holds the {which} only."
    if len(held) > EXCEL_ROWS:
        remark = f"{remark[:-1]}, cut after {EXCEL_ROWS:,}, which is all that a sheet can hold."
    rest = "Done and failed ones" if (group.unknown | group.unsent).any() else "All"
    return Shown(held[:EXCEL_ROWS], f"{remark} {rest} are in success.csv and failed.csv.")


def _without_rows(
    columns: Columns, shown: Shown, summary: Summary, said: Sequence[Message]
) -> tuple[BytesIO, list[int]]:
    """Return the workbook as a file, and the number of each column's cell style in it."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    add_summary_sheet(workbook, summary, shown.remark, said)
    styles = add_rows_sheet(workbook, columns.headers, _sample(columns, shown.lines), len(shown.lines))
    file = BytesIO()
    workbook.save(file)
    return file, styles


def _sample(columns: Columns, lines: Ints) -> list[list[str]]:
    """Return the texts of the first rows and of the first that are not done, which have the long reasons."""
    failed = lines[~columns.groups.done[lines]]
    return columns.text(np.union1d(lines[:SAMPLE], failed[:SAMPLE]), lambda text: text)


def fill(skeleton: BytesIO, target: Path, rows: Mapping[int, Iterator[str]]) -> None:
    """Copy a workbook, putting rows behind the header of some of its sheets, which are numbered from 1."""
    # openpyxl numbers the parts in the order of the sheets.
    parts = {f"xl/worksheets/sheet{number}.xml": some for number, some in rows.items()}
    with (
        zipfile.ZipFile(skeleton) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy,
    ):
        for name in source.namelist():
            if name not in parts:
                copy.writestr(name, source.read(name))
        for name, some in parts.items():
            before, end, after = source.read(name).partition(_END_OF_ROWS)
            # How long the part becomes is not known when its header is written; without ZIP64 it may have 2 GB at most.
            with copy.open(name, "w", force_zip64=True) as part:
                part.write(before)
                part.writelines(_one_ahead(piece.encode("utf-8") for piece in some))
                part.write(end + after)


def _one_ahead(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Give the same pieces, each made while the one before it is compressed: that keeps another processor busy."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = pool.submit(next, pieces, None)
            yield piece


def _rows_xml(columns: Columns, lines: Ints, styles: Sequence[int]) -> Iterator[str]:
    """Give the XML of a few thousand rows at a time; the first stands in row 2."""
    row_column = columns.headers.index("_row")
    frame = [(get_column_letter(number), style) for number, style in enumerate(styles, 1)]
    dress = lru_cache(MOST_TEXTS)(text_cell)
    for start in range(0, len(lines), LINES_AT_ONCE):
        cells = columns.text(lines[start : start + LINES_AT_ONCE], dress)
        cells[row_column] = [number_cell(row) if row else text_cell("") for row in cells[row_column]]
        yield rows_xml(start + 2, frame, cells, _heights(*cells[-2:]))


def _heights(reasons: Sequence[str], fixes: Sequence[str]) -> list[int]:
    """Return how many lines each row's reason and fix need: few programs find that out when they open the file."""
    return [
        max(lines_needed(reason, WRAPPED_AT), lines_needed(fix, WRAPPED_AT)) if reason or fix else 1
        for reason, fix in zip(reasons, fixes, strict=True)
    ]
