"""The *Summary* sheet: what was run, the counts, and a chart of the failures by cause."""

from collections.abc import Mapping, Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.chart import BarChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from batchroles.models import Status
from batchroles.reporter.sheet_xml import sheet_text
from batchroles.reporter.summary import Summary
from batchroles.reporter.workbook_rows import COLOURS

MEANINGS = {
    Status.ASSIGNED: "Moodle confirmed it",
    Status.UNASSIGNED: "Moodle confirmed it",
    Status.ALREADY: "it was so before; nothing was sent",
    Status.DUPLICATE: "repeats an earlier row and shares its fate",
    Status.INVALID: "never sent: a check or a look-up failed",
    Status.REFUSED: "Moodle refused it",
    Status.UNKNOWN: "sent, but no answer came",
    Status.UNSENT: "the run stopped before its turn",
}


def add_summary_sheet(workbook: Workbook, summary: Summary, remark: str) -> None:
    """Add the sheet; `remark` says what the *Rows* sheet leaves out, if anything."""
    sheet = workbook.create_sheet("Summary")
    sheet.sheet_view.showGridLines = False
    for column, width in {"A": 24, "B": 12, "C": 46}.items():
        sheet.column_dimensions[column].width = width
    _put(sheet, 1, 1, summary.closing_line(), Font(bold=True, size=16))
    row = _facts(sheet, 3, summary)
    row = _statuses(sheet, row + 1, summary.tally.statuses)
    row = _codes(sheet, row + 1, summary.tally.codes)
    _sentences(sheet, row + 1, [*([remark] if remark else []), *summary.notes])


def _facts(sheet: Worksheet, row: int, summary: Summary) -> int:
    facts = {
        "Site": summary.site,
        "File": summary.input,
        "Read as": summary.read_as,
        "When": summary.when.strftime("%Y-%m-%d %H:%M"),
        "Run": summary.run,
    }
    for name, text in facts.items():
        _put(sheet, row, 1, name, Font(bold=True))
        _put(sheet, row, 2, text)
        row += 1
    return row


def _statuses(sheet: Worksheet, row: int, statuses: Mapping[str, int]) -> int:
    _heading(sheet, row, ["Status", "Rows", "Meaning"])
    for name, count in statuses.items():
        row += 1
        _put(sheet, row, 1, name).fill = PatternFill("solid", fgColor=COLOURS[Status(name)])
        _count(sheet, row, count)
        _put(sheet, row, 3, MEANINGS[Status(name)])
    row += 1
    _put(sheet, row, 1, "All", Font(bold=True))
    _count(sheet, row, sum(statuses.values()))
    return row + 1


def _codes(sheet: Worksheet, row: int, codes: Mapping[str, int]) -> int:
    if not codes:
        return row
    _heading(sheet, row, ["Cause of failure", "Rows"])
    first = row + 1
    for name, count in codes.items():
        row += 1
        _put(sheet, row, 1, name)
        _count(sheet, row, count)
    _chart(sheet, first, row)
    return row + 1


def _chart(sheet: Worksheet, first: int, last: int) -> None:
    chart = BarChart()
    chart.type = "bar"
    chart.title = "Failures by cause"
    chart.add_data(Reference(sheet, min_col=2, min_row=first, max_row=last))
    chart.set_categories(Reference(sheet, min_col=1, min_row=first, max_row=last))
    chart.legend = None
    chart.gapWidth = 40
    chart.x_axis.scaling.orientation = "maxMin"
    chart.x_axis.delete = False
    chart.y_axis.delete = True
    chart.y_axis.majorGridlines = None
    chart.y_axis.scaling.min = 0
    chart.series[0].graphicalProperties.solidFill = "C55A11"
    chart.series[0].dLbls = DataLabelList(showVal=True)
    chart.width, chart.height = 18, 3.5 + 0.7 * (last - first + 1)
    sheet.add_chart(chart, "E3")


def _sentences(sheet: Worksheet, row: int, sentences: Sequence[str]) -> None:
    for number, sentence in enumerate(sentences, row):
        _put(sheet, number, 1, sentence)


def _heading(sheet: Worksheet, row: int, texts: Sequence[str]) -> None:
    for column, text in enumerate(texts, 1):
        cell = _put(sheet, row, column, text, Font(bold=True, color="FFFFFF"))
        cell.fill = PatternFill("solid", fgColor="44546A")


def _put(sheet: Worksheet, row: int, column: int, text: str, font: Font | None = None) -> Cell:
    """Write text as text, whatever it looks like."""
    cell = sheet.cell(row, column)
    cell.value = sheet_text(text)
    cell.data_type = "s"
    cell.alignment = Alignment(horizontal="left")
    if font:
        cell.font = font
    return cell


def _count(sheet: Worksheet, row: int, count: int) -> None:
    cell = sheet.cell(row, 2)
    cell.value = count
    cell.number_format = "#,##0"
