"""The *Rows* sheet without its rows: header, filter, widths, colours by status."""

from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from batchroles.reporter.outcomes import OUR_COLUMNS
from batchroles.reporter.workbook_style import COLOURS, fit_paper, put_header

NARROWEST, WIDEST, WIDEST_OF_OURS = 8, 40, 90
"""Column widths, in characters."""


def add_rows_sheet(
    workbook: Workbook, headers: Sequence[str], sample: Sequence[Sequence[str]], rows: int
) -> int:
    """Add the sheet for so many rows, and return the number of the style for its `_row` cells.

    `sample` holds some texts of each column, for the widths.
    """
    sheet = workbook.create_sheet("Rows")
    for number, (header, texts) in enumerate(zip(headers, sample, strict=True), 1):
        put_header(sheet, 1, number, header)
        widest = WIDEST_OF_OURS if header in OUR_COLUMNS else WIDEST
        sheet.column_dimensions[get_column_letter(number)].width = _width([header, *texts], widest)
    fit_paper(sheet)
    sheet.print_title_rows = "1:1"
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(headers))}{rows + 1}"
    _colour_by_status(sheet, headers, rows)
    row_column = sheet.column_dimensions[get_column_letter(headers.index("_row") + 1)]
    row_column.alignment = Alignment(horizontal="left")
    return int(row_column.style_id)


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
