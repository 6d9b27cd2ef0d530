"""A copy of a file with what was corrected in it, in the file's own format as far as that can be written.

A text file is the same byte for byte elsewhere, and an .xlsx workbook in everything but these cells. Other workbooks
come as .xlsx, with the texts of the sheets that were read. The file itself is never written.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from batchroles.job.proposing.spots import Changes, changes_of
from batchroles.loader import SURPLUS, ReadingOptions, open_source
from batchroles.loader.content import Content, content_of
from batchroles.loader.delimited import DelimitedFile
from batchroles.loader.rewriting import rewrite
from batchroles.loader.workbook.splicing import spliced
from batchroles.models import Table
from batchroles.reporter.sheet_xml import typed_cell
from batchroles.reporter.writing import beside
from batchroles.runs import Planned
from batchroles.runs.copying import speaking_of

_XLSX = ".xlsx"
_OF_TEXT = (".csv", ".tsv", ".tab", ".txt")


def repaired_suffix(planned: Planned) -> str:
    """Give the end of the name that the copy of a plan's file has to have: one of a few, whatever that is called."""
    own = planned.plan.table.path.suffix.lower()
    if content_of(planned.origin.copy.path) is Content.TEXT:
        return own if own in _OF_TEXT else ".csv"
    return own if own in (_XLSX, ".xlsm") else _XLSX


def write_repaired(planned: Planned, target: Path) -> None:
    """Write the file of a plan to `target`, with what was corrected in it.

    No spreadsheet runs a new text as a formula. Raises InputError where it has no cell of its own in the file, and
    TemporaryFailure where the copy cannot be written.
    """
    changes, source = changes_of(planned), planned.origin.copy.path
    table, reading = planned.plan.table, planned.origin.reading
    with speaking_of(table.path.name, source), beside(target) as draft:
        content = content_of(source)
        if content is Content.TEXT:
            _write_text(source, reading, changes.get(None, Changes()), table, draft)
        elif content is Content.XLSX:
            spliced(source, _as_xml(changes, table), draft)
        else:
            _write_texts(source, reading, changes, table, draft)


def _write_text(source: Path, reading: ReadingOptions, changes: Changes, table: Table, target: Path) -> None:
    width = len(table.headers) - (SURPLUS in table.headers) - bool(table.headings.column)
    rewrite(DelimitedFile(source, reading), changes.cells, changes.alone, width, target)


def _as_xml(
    changes: Mapping[str | None, Changes], table: Table
) -> Mapping[str, Mapping[tuple[int, int], str]]:
    """Give the cells as they stand in a sheet's XML: as text, which no program takes for a formula."""
    found = {}
    for sheet, one in changes.items():
        beside_headings = {
            (row, at): "" for row, column in one.alone for at in range(len(table.headers)) if at != column
        }
        found[str(sheet)] = beside_headings | {spot: typed_cell(text) for spot, text in one.cells.items()}
    return found


def _write_texts(
    source: Path,
    reading: ReadingOptions,
    changes: Mapping[str | None, Changes],
    table: Table,
    target: Path,
) -> None:
    """Write the sheets that were read into a workbook of texts."""
    opened, book = open_source(source, reading), Workbook(write_only=True)
    for one in table.sheets or [table]:
        rows = opened.read(one.sheet, 0).table.cells
        mine = changes.get(one.sheet, Changes())
        sheet = book.create_sheet(one.sheet)
        width = max([len(rows.columns), *(at + 1 for _, at in mine.cells)])
        lonely = {row for row, _ in mine.alone}
        texts = {int(str(row)): [str(text) for text in cells] for row, *cells in rows.itertuples()}
        for number in range(1, max(texts, default=0) + 1):
            row = [*texts.get(number, []), *[""] * width][:width]
            if number in lonely:
                row = [""] * width
            row = [mine.cells.get((number, at), text) for at, text in enumerate(row)]
            sheet.append([_text_cell(sheet, text) if text else None for text in row])
    with target.open("wb") as file:
        book.save(file)


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    # Else what begins with = is a formula.
    cell.data_type = "s"
    return cell
