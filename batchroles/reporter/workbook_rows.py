"""The *Rows* sheet without its rows: header, filter, widths, colours by status."""

from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter

from batchroles.models import Status
from batchroles.reporter.sheet_xml import sheet_text

COLOURS = {
    Status.ASSIGNED: "E2F0D9",
    Status.UNASSIGNED: "E2F0D9",
    Status.ALREADY: "EDF4E8",
    Status.DUPLICATE: "EDEDED",
    Status.INVALID: "FCE4D6",
    Status.REFUSED: "F8CBAD",
    Status.UNKNOWN: "FFF2CC",
    Status.UNSENT: "FFF2CC",
}
"""Background of a row, red-green-blue: green is done, orange is for the person, yellow is for another try."""

NARROWEST, WIDEST = 8, 60


def add_rows_sheet(
    workbook: Workbook, headers: Sequence[str], sample: Sequence[Sequence[str]], rows: int
) -> None:
    """Add the sheet for so many rows; `sample` holds the first texts of each column, for the widths."""
    sheet = workbook.create_sheet("Rows")
    for number, header in enumerate(headers, 1):
        cell = sheet.cell(1, number)
        cell.value = sheet_text(header)
        cell.data_type = "s"
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="44546A")
        cell.alignment = Alignment(vertical="center")
        sheet.column_dimensions[get_column_letter(number)].width = _width([header, *sample[number - 1]])
    sheet.freeze_panes = "A2"
    last = get_column_letter(len(headers))
    sheet.auto_filter.ref = f"A1:{last}{rows + 1}"
    status = get_column_letter(headers.index("_status") + 1)
    for word, colour in COLOURS.items():
        style = DifferentialStyle(fill=PatternFill("solid", bgColor=colour))
        rule = Rule("expression", formula=[f'${status}2="{word}"'], dxf=style)
        sheet.conditional_formatting.add(f"A2:{last}{max(rows, 1) + 1}", rule)


def _width(texts: Sequence[str]) -> float:
    longest = max(len(line) for text in texts for line in (text.splitlines() or [""]))
    return min(max(longest + 3, NARROWEST), WIDEST)
