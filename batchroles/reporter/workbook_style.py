"""The look that both sheets of the workbook share."""

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

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

BOLD = Font(name="Calibri", bold=True)
TITLE = Font(name="Calibri", bold=True, size=16)
_HEADER_FONT = Font(name="Calibri", bold=True, color="FFFFFF")
_HEADER_FILL = PatternFill("solid", fgColor="44546A")


def put_text(
    sheet: Worksheet, row: int, column: int, text: str, font: Font | None = None, indent: int = 0
) -> Cell | MergedCell:
    """Write text as text, whatever it looks like."""
    cell = sheet.cell(row, column)
    cell.value = sheet_text(text)
    cell.data_type = "s"
    cell.alignment = Alignment(horizontal="left", indent=indent)
    if font:
        cell.font = font
    return cell


def put_header(sheet: Worksheet, row: int, column: int, text: str, indent: int = 0) -> None:
    """Write the header of a column, white on dark."""
    cell = put_text(sheet, row, column, text, _HEADER_FONT, indent)
    cell.fill = _HEADER_FILL


def fit_paper(sheet: Worksheet) -> None:
    """Set the sheet up for A4 paper: landscape, one page across, as many pages long as it takes."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = "9"
    sheet.page_setup.fitToHeight = False
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
