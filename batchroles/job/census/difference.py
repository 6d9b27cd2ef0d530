"""A comparison as a list that `assign` takes, as JSON, and in words."""

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter

from batchroles.errors import InputError
from batchroles.job.census import layout
from batchroles.job.census.comparing import Comparison
from batchroles.job.census.sides import Side
from batchroles.reporter.results import as_csv_cell
from batchroles.reporter.sheet_xml import rows_xml, text_cell
from batchroles.reporter.workbook import EXCEL_ROWS, LINES_AT_ONCE, MOST_TEXTS, SAMPLE, fill
from batchroles.reporter.workbook_sheets import fit_paper, put_header, width_of
from batchroles.reporter.writing import beside
from batchroles.text import as_word, count_of, harmless

ACTION = "action"
SIDE = "only in"
"""In the library's table: `a` or `b`."""
POSSIBLE = "possible"
SHEET = "Differences"
MOST_SHOWN = 20
"""Differences of either side that are told one by one in words; the rest is counted."""
_WIDEST = 40


def lines(found: Comparison, *, both: bool) -> pd.DataFrame:
    """Give the list for the other side: what it lacks and can be given; `both`: also what it is to lose, with actions.

    What plugins give is never to be taken away: they would give it again. Raises InputError for `both` where the one
    does not tell what it has not.
    """
    lacking = found.lacking[found.possible].reset_index(drop=True)
    if not both:
        return lacking
    if found.one.unusable:
        raise InputError(
            f"{found.one.name}: {count_of(found.one.unusable, 'row')} cannot be used, so that nobody knows what may be"
            " taken away; mend what the notes name, or leave --both out."
        )
    if found.other.is_complete and not found.one.is_complete:
        raise InputError(
            f"{found.one.name} has only who is on the lists of courses, so that nobody knows what"
            f" {found.other.name} has too much; leave --both out."
        )
    surplus = found.surplus[found.by_hand]
    parts = [lacking.assign(**{ACTION: "assign"}), surplus.assign(**{ACTION: "unassign"})]
    return pd.concat(parts, ignore_index=True)


def table(found: Comparison) -> pd.DataFrame:
    """Give every difference, first the side that has it, last whether a list for the other side can do it."""
    parts = [found.lacking.assign(**{SIDE: "a"}), found.surplus.assign(**{SIDE: "b"})]
    whole = pd.concat(parts, ignore_index=True)
    whole[POSSIBLE] = np.concatenate([found.possible, found.by_hand])
    return whole[[SIDE, *(name for name in whole.columns if name != SIDE)]]


def write_lines(rows: pd.DataFrame, path: Path) -> None:
    """Write a list as CSV or as a workbook, whole or not at all. Raises InputError where that is not possible."""
    with beside(path, InputError) as draft:
        if path.suffix.lower() == ".csv":
            _write_csv(rows, draft)
        else:
            _write_workbook(rows, draft, path)


def _pieces(rows: pd.DataFrame) -> Iterator[list[list[str]]]:
    """Give the columns of a few thousand rows at a time."""
    for start in range(0, len(rows), LINES_AT_ONCE):
        some = rows.iloc[start : start + LINES_AT_ONCE]
        yield [some.iloc[:, at].tolist() for at in range(some.shape[1])]


def _write_csv(rows: pd.DataFrame, path: Path) -> None:
    dress = lru_cache(MOST_TEXTS)(as_csv_cell)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.write(",".join(rows.columns) + "\r\n")
        for columns in _pieces(rows):
            dressed = [[dress(text) for text in column] for column in columns]
            file.write("\r\n".join(map(",".join, zip(*dressed, strict=True))) + "\r\n")


def _write_workbook(rows: pd.DataFrame, draft: Path, path: Path) -> None:
    if len(rows) > EXCEL_ROWS:
        raise InputError(f"{path}: a sheet holds {EXCEL_ROWS:,} rows, and these are more; write a .csv file.")
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = SHEET
    frame = []
    for number, header in enumerate(rows.columns, 1):
        put_header(sheet, 1, number, header)
        column = sheet.column_dimensions[get_column_letter(number)]
        column.width = width_of([header, *rows.iloc[:SAMPLE, number - 1].tolist()], _WIDEST)
        column.alignment = Alignment(horizontal="left", vertical="top")
        column.number_format = "@"
        frame.append((get_column_letter(number), int(column.style_id)))
    fit_paper(sheet)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(rows.columns))}{len(rows) + 1}"
    skeleton = BytesIO()
    workbook.save(skeleton)
    dress = lru_cache(MOST_TEXTS)(text_cell)

    def cells() -> Iterator[str]:
        first = 2
        for columns in _pieces(rows):
            count = len(columns[0])
            yield rows_xml(first, frame, [[dress(text) for text in one] for one in columns], [1] * count)
            first += count

    fill(skeleton, draft, {1: cells()})


def as_dict(found: Comparison, out: Path | None, written: int) -> dict[str, Any]:
    """Give a comparison for programs, in JSON's own types. `written`: the rows in the file `out`."""
    differs = bool(found.exit_code)
    return {
        "exit_code": found.exit_code,
        "error": _closing(found) if differs else None,
        "code": "differs" if differs else None,
        "retryable": False,
        "a": _side(found.one, found.by_plugins[0], found.left_out[0], len(found.lacking)),
        "b": _side(found.other, found.by_plugins[1], found.left_out[1], len(found.surplus)),
        "same_site": found.same_site,
        "both": found.both,
        "differences": [
            {
                "only_in": row[SIDE],
                "username": row[layout.USERNAME],
                "role": row[layout.ROLE],
                "context": row[layout.CONTEXT],
                "place": row[layout.PLACE],
                "given_by": row[layout.GIVEN],
            }
            for row in table(found).to_dict("records")
        ],
        "missing": [
            {"kind": one.kind, "name": one.name, "holdings": one.holdings, "why": one.why or None}
            for one in found.missing
        ],
        "renamed": dict(found.otherwise),
        "file": None if out is None else str(out),
        "rows": written,
        "notes": list(found.notes),
    }


def _side(side: Side, by_plugins: int, left_out: int, only: int) -> dict[str, Any]:
    return {
        "name": side.name,
        "site": side.about.site,
        "moment": side.about.moment.isoformat(),
        "holdings": len(side.rows),
        "only": only,
        "by_plugins": by_plugins,
        "left_out": left_out,
    }


def _closing(found: Comparison) -> str:
    both = f"{count_of(found.both, 'holding is', 'holdings are')} in both"
    if left := sum(found.left_out):
        both += f", {left:,} could not be compared"
    if not len(found.lacking) + len(found.surplus):
        return f"Nothing differs: {both}."
    one, other = count_of(len(found.lacking), "holding"), count_of(len(found.surplus), "holding")
    return f"{one} only in A, {other} only in B; {both}."


def in_sentences(found: Comparison) -> list[str]:
    """Say what a comparison came to, line by line."""
    said = [f"A: {_named(found.one)}", f"B: {_named(found.other)}"]
    if not found.same_site:
        said.append("These are two sites: people, roles and places are the same where their names are.")
    for sign, side, rows in (("A", found.one, found.lacking), ("B", found.other, found.surplus)):
        said += _shown(sign, rows)
        count = found.by_plugins[sign == "B"]
        if count:
            said.append(
                f"  {count_of(count, 'holding')} that plugins give on {sign} alone {'is' if count == 1 else 'are'} no"
                " difference; --all counts these, too."
            )
        if left := found.left_out[side is found.other]:
            said.append(f"  {count_of(left, 'holding')} of {sign} could not be compared.")
    if found.missing:
        said.append("Not on B, and in no list for it:")
        for one in found.missing:
            why = f". {one.why}" if one.why else ""
            said.append(harmless(f"  {one.kind} {one.name}, {count_of(one.holdings, 'holding')}{why}"))
    return [*said, _closing(found)]


def _named(side: Side) -> str:
    holdings = count_of(len(side.rows), "holding")
    of = "" if side.moodle is not None else f" of {side.about.site}"
    return harmless(f"{side.name}, {holdings}{of}, {side.about.moment:%Y-%m-%d %H:%M} UTC")


def _shown(sign: str, rows: pd.DataFrame) -> list[str]:
    """Tell the first differences of a side one by one."""
    said = [
        harmless(
            f"  only {sign}: {row[layout.USERNAME]} {row[layout.ROLE]} {row[layout.CONTEXT]}"
            + (f" ({row[layout.PLACE]})" if row[layout.PLACE] else "")
        )
        for row in rows.head(MOST_SHOWN).to_dict("records")
    ]
    if len(rows) > MOST_SHOWN:
        said.append(f"  only {sign}: {len(rows) - MOST_SHOWN:,} more")
    return said


def written_as(out: Path, rows: pd.DataFrame) -> str:
    """Say what a list holds, and what is done with it."""
    if ACTION not in rows:
        return f"{as_word(out)}: {count_of(len(rows), 'row')} for B; batchroles plan of it shows what would be sent."
    times = rows[ACTION].value_counts()
    given, taken = int(times.get("assign", 0)), int(times.get("unassign", 0))
    return (
        f"{as_word(out)}: {given:,} to assign and {taken:,} to unassign on B; batchroles plan of it shows what would be"
        " sent."
    )
