"""An export as a file: CSV, or a workbook with one sheet of rows or more, drop-downs for decisions, and a summary."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from batchroles.errors import InputError
from batchroles.job.census import layout
from batchroles.job.census.exporting import Export
from batchroles.reporter.results import as_csv_cell
from batchroles.reporter.sheet_xml import rows_xml, text_cell
from batchroles.reporter.workbook import EXCEL_ROWS, LINES_AT_ONCE, MOST_TEXTS, SAMPLE, fill
from batchroles.reporter.workbook_sheets import BOLD, TITLE, fit_paper, put_header, put_text, width_of
from batchroles.reporter.writing import beside
from batchroles.text import count_of

HOLDINGS, SUMMARY = "Holdings", "Summary"
"""The sheets of a workbook that is not parted."""
LAST_ROW = 1_048_576
"""The last row of a sheet: drop-downs go all the way down."""
_MOST_COUNTED = 30
"""Roles, and givers, that the summary counts one by one."""
_WIDEST = 40
_NOT_IN_TITLES = re.compile(r"[\\/*?:\[\]\x00-\x1f]")
_LONGEST_TITLE = 31


def refuse_unusable(path: Path, *, force: bool, sheets: bool) -> None:
    """Raise InputError where an export cannot be written to a path, before anything is read for it."""
    ending = path.suffix.lower()
    if ending not in (".xlsx", ".csv"):
        raise InputError(f"{path} must end in .xlsx or .csv: the ending says what is written.")
    if sheets and ending == ".csv":
        raise InputError(f"--sheets is for a workbook: {path.name} would have to end in .xlsx.")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise InputError(f"{path} is no place for a file; name a file in a folder that exists.")
    if path.exists() and not force:
        raise InputError(f"{path} exists; choose another name, or write over it with --force.")


def write(export: Export, path: Path, *, force: bool = False) -> None:
    """Write an export, whole or not at all. Raises InputError where that is not possible."""
    refuse_unusable(path, force=force, sheets=bool(export.sheet_of))
    with beside(path, InputError) as draft:
        if path.suffix.lower() == ".csv":
            _write_csv(export.rows, draft)
        else:
            _write_workbook(export, draft, path)


def _write_csv(rows: pd.DataFrame, path: Path) -> None:
    # UTF-8 with a byte order mark and CRLF, for Excel, as the files of a run.
    dress = lru_cache(MOST_TEXTS)(as_csv_cell)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.write(",".join(map(as_csv_cell, rows.columns)) + "\r\n")
        for start in range(0, len(rows), LINES_AT_ONCE):
            some = rows.iloc[start : start + LINES_AT_ONCE]
            columns = [[dress(text) for text in some.iloc[:, at].tolist()] for at in range(some.shape[1])]
            file.write("\r\n".join(map(",".join, zip(*columns, strict=True))) + "\r\n")


def _write_workbook(export: Export, draft: Path, path: Path) -> None:
    parts = _parts(export)
    too_long = [title for title, rows in parts.items() if len(rows) > EXCEL_ROWS]
    if too_long:
        raise InputError(
            f"{path}: a sheet holds {EXCEL_ROWS:,} rows, and {too_long[0]} would have more; write a .csv file, or"
            " narrow the export (--below, --role)."
        )
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    styles = [_add_sheet(workbook.create_sheet(title), rows) for title, rows in parts.items()]
    _add_summary(workbook.create_sheet(SUMMARY), export, parts)
    skeleton = BytesIO()
    workbook.save(skeleton)
    filled = enumerate(zip(parts.values(), styles, strict=True), 1)
    fill(skeleton, draft, {number: _rows_xml(rows, own) for number, (rows, own) in filled})


def _parts(export: Export) -> dict[str, pd.DataFrame]:
    """Part the rows into sheets, in the order of what these are about."""
    if not export.sheet_of:
        return {HOLDINGS: export.rows}
    about = pd.Series(list(export.sheet_of), index=export.rows.index, dtype="object")
    names = sorted(set(export.sheet_of), key=str.casefold) or [HOLDINGS]
    titles = _titles(names)
    return {title: export.rows[about == name] for name, title in zip(names, titles, strict=True)}


def _titles(names: Sequence[str]) -> list[str]:
    """Name sheets as Excel allows it: short, without some signs, and no two alike whatever the case of letters."""
    taken = {SUMMARY.casefold(), "history", ""}
    titles = []
    for name in names:
        # Excel wants no apostrophe at the ends.
        plain = _NOT_IN_TITLES.sub("-", name).strip(" '") or "Sheet"
        title, number = plain[-_LONGEST_TITLE:].strip(" '"), 1
        while title.casefold() in taken:
            number += 1
            end = f" {number}"
            title = plain[-_LONGEST_TITLE + len(end) :].strip(" '") + end
        taken.add(title.casefold())
        titles.append(title)
    return titles


def _add_sheet(sheet: Worksheet, rows: pd.DataFrame) -> list[int]:
    """Add the header and all that concerns a sheet as a whole; give the number of the cell style of each column."""
    styles = []
    for number, header in enumerate(rows.columns, 1):
        put_header(sheet, 1, number, header)
        column = sheet.column_dimensions[get_column_letter(number)]
        last = number == len(rows.columns)
        sample = [""] if last else [header, *rows.iloc[:SAMPLE, number - 1].tolist()]
        column.width = width_of(sample, _WIDEST)
        column.alignment = Alignment(horizontal="left", vertical="top")
        # As text: Excel keeps 0071 so, and makes no date of a day.
        column.number_format = "@"
        column.hidden = last
        styles.append(int(column.style_id))
    fit_paper(sheet)
    sheet.print_title_rows = "1:1"
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(rows.columns))}{len(rows) + 1}"
    if layout.DECISION in rows.columns:
        _add_drop_down(sheet, get_column_letter([*rows.columns].index(layout.DECISION) + 1))
    return styles


def _add_drop_down(sheet: Worksheet, letter: str) -> None:
    choice = DataValidation(
        type="list",
        formula1=f'"{layout.KEEP},{layout.REMOVE}"',
        allow_blank=True,
        showErrorMessage=True,
        # A warning only: a day may be typed, too.
        errorStyle="warning",
        errorTitle="No decision of the list",
        error="Choose keep or remove, or type the last day, as in 2026-12-31.",
        showInputMessage=True,
        promptTitle="Decision",
        prompt="keep, remove, or the last day: 2026-12-31. Blank: nothing is changed.",
    )
    choice.add(f"{letter}2:{letter}{LAST_ROW}")
    sheet.add_data_validation(choice)


def _rows_xml(rows: pd.DataFrame, styles: Sequence[int]) -> Iterator[str]:
    """Give the XML of a few thousand rows at a time; the first stands in row 2."""
    frame = [(get_column_letter(number), style) for number, style in enumerate(styles, 1)]
    dress = lru_cache(MOST_TEXTS)(text_cell)
    for start in range(0, len(rows), LINES_AT_ONCE):
        some = rows.iloc[start : start + LINES_AT_ONCE]
        cells = [[dress(text) for text in some.iloc[:, at].tolist()] for at in range(some.shape[1])]
        yield rows_xml(start + 2, frame, cells, [1] * len(some))


def _add_summary(sheet: Worksheet, export: Export, parts: dict[str, pd.DataFrame]) -> None:
    """Say what it is of, how far it goes, and how much there is of what."""
    sheet.sheet_view.showGridLines = False
    fit_paper(sheet)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 44, 80
    rows = export.rows
    people = rows[layout.USERNAME].nunique()
    put_text(
        sheet, 1, 1, f"{count_of(len(rows), 'holding')} of {count_of(people, 'person', 'people')}", TITLE
    )
    row = 3
    for name, text in facts(export).items():
        put_text(sheet, row, 1, name, BOLD)
        put_text(sheet, row, 2, text)
        row += 1
    for note in export.notes:
        cell = put_text(sheet, row, 2, note)
        cell.alignment = Alignment(horizontal="left", vertical="top", wrap_text=True)
        row += 1
    counts = {
        "Role": Counter(rows[layout.ROLE].tolist()),
        "Given by": Counter(map(_kind, rows[layout.GIVEN])),
    }
    if len(parts) > 1:
        counts["Sheet"] = Counter({title: len(some) for title, some in parts.items()})
    for title, count in counts.items():
        row = _add_counts(sheet, row + 1, title, count)


def _add_counts(sheet: Worksheet, row: int, title: str, counts: Counter[str]) -> int:
    put_header(sheet, row, 1, title)
    put_header(sheet, row, 2, "Holdings")
    shown = counts.most_common(None if title == "Sheet" else _MOST_COUNTED)
    for name, number in shown:
        row += 1
        put_text(sheet, row, 1, name)
        cell = sheet.cell(row, 2)
        cell.value, cell.number_format, cell.alignment = number, "#,##0", Alignment(horizontal="left")
    return row + 1


def _kind(given: str) -> str:
    found = layout.giver(given)
    return given if found is None else layout.given_by(found[0], 0)


def figures(export: Export, path: Path) -> dict[str, Any]:
    """Give the figures of an export for programs, in JSON's own types."""
    rows, about = export.rows, export.about
    given = Counter(map(_kind, rows[layout.GIVEN]))
    return {
        "exit_code": 0,
        "error": None,
        "code": None,
        "retryable": False,
        "file": str(path),
        "site": about.site,
        "moment": about.moment.isoformat(),
        "source": about.source,
        "scope": {kind: list(words) for kind, words in asdict(about.scope).items()},
        "holdings": len(rows),
        "people": int(rows[layout.USERNAME].nunique()),
        "places": int(rows[layout.CONTEXT].nunique()),
        "roles": dict(Counter(rows[layout.ROLE].tolist()).most_common()),
        "given_by": dict(given.most_common()),
        "notes": list(export.notes),
        "calls": dict(export.calls),
    }


def facts(export: Export) -> dict[str, str]:
    """Give what an export is of, by its name for people."""
    about, scope = export.about, export.about.scope
    said = {
        "Roles": scope.roles,
        "Places": scope.contexts,
        "Below": scope.below,
        "People": scope.users,
    }
    chosen = "; ".join(f"{name.lower()}: {', '.join(words)}" for name, words in said.items() if words)
    return {
        "Site": f"{about.name} ({about.site})" if about.name else about.site,
        "When": f"{about.moment:%Y-%m-%d %H:%M} UTC",
        "What": chosen or "everything",
        "Read from": "the site's reports" if about.source == layout.REPORTS else "the lists of courses",
    }
