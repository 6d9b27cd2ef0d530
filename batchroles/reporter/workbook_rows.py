"""The *Rows* sheet without its rows: header, filter, widths, colours by status."""

from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from batchroles.reporter.workbook_style import COLOURS, fit_paper, put_header

NARROWEST, WIDEST = 8, 40
SENTENCE_WIDTH = 60
"""Column widths, in characters."""

SENTENCES = ("_reason", "_fix")
"""Columns of long text, which is wrapped."""


def add_rows_sheet(
    workbook: Workbook, headers: Sequence[str], sample: Sequence[Sequence[str]], rows: int
) -> list[int]:
    """Add the sheet for so many rows, and return the number of the cell style of each column.

    `sample` holds some texts of each column, for the widths.
    """
    sheet = workbook.create_sheet("Rows")
    columns = enumerate(zip(headers, sample, strict=True), 1)
    styles = [_add_column(sheet, number, header, texts) for number, (header, texts) in columns]
    fit_paper(sheet)
    sheet.print_title_rows = "1:1"
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(headers))}{rows + 1}"
    _colour_by_status(sheet, headers, rows)
    return styles


def _add_column(sheet: Worksheet, number: int, header: str, texts: Sequence[str]) -> int:
    put_header(sheet, 1, number, header)
    column = sheet.column_dimensions[get_column_letter(number)]
    sentences = header in SENTENCES
    column.width = _width([header, *texts], SENTENCE_WIDTH if sentences else WIDEST)
    column.alignment = Alignment(horizontal="left", vertical="top", wrap_text=sentences)
    if header != "_row":
        # Whoever mends 0071 to 0073 here must not end up with 73.
        column.number_format = "@"
    return int(column.style_id)


def _colour_by_status(sheet: Worksheet, headers: Sequence[str], rows: int) -> None:
    """Colour by a rule, so that the colours follow when the person sorts the sheet."""
    status = get_column_letter(headers.index("_status") + 1)
    for word, colour in COLOURS.items():
        style = DifferentialStyle(fill=PatternFill("solid", bgColor=colour))
        rule = Rule("expression", formula=[f'${status}2="{word}"'], dxf=style)
        sheet.conditional_formatting.add(f"A2:{get_column_letter(len(headers))}{max(rows, 1) + 1}", rule)


def _width(texts: Sequence[str], widest: int) -> float:
    longest = max(len(line) for text in texts for line in (text.splitlines() or [""]))
    return min(max(longest + 3, NARROWEST), widest)
