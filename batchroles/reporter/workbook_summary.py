"""The *Summary* sheet: what was run, the counts, and a chart of the failures by cause."""

from collections.abc import Mapping, Sequence

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from batchroles.models import Status
from batchroles.reporter.summary import Summary
from batchroles.reporter.workbook_style import BOLD, COLOURS, TITLE, fit_paper, put_header, put_text

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

TOP_OF_COUNTS = 9
"""The row where the counts start, and the chart beside them."""


def add_summary_sheet(workbook: Workbook, summary: Summary, remark: str) -> None:
    """Add the sheet; `remark` says what the *Rows* sheet leaves out, if anything."""
    sheet = workbook.create_sheet("Summary")
    sheet.sheet_view.showGridLines = False
    fit_paper(sheet)
    for column, width in {"A": 24, "B": 12, "C": 46}.items():
        sheet.column_dimensions[column].width = width
    put_text(sheet, 1, 1, summary.closing_line(), TITLE)
    _facts(sheet, 3, summary)
    row = _statuses(sheet, TOP_OF_COUNTS, summary.tally.statuses)
    row = _codes(sheet, row + 1, summary.tally.codes)
    _sentences(sheet, row + 1, [*([remark] if remark else []), *summary.notes])


def _facts(sheet: Worksheet, row: int, summary: Summary) -> None:
    facts = {
        "Site": summary.site,
        "File": summary.input,
        "Read as": summary.read_as,
        "When": summary.when.strftime("%Y-%m-%d %H:%M"),
        "Run": summary.run,
    }
    for at, (name, text) in enumerate(facts.items(), row):
        put_text(sheet, at, 1, name, BOLD)
        put_text(sheet, at, 2, text)


def _statuses(sheet: Worksheet, row: int, statuses: Mapping[str, int]) -> int:
    put_header(sheet, row, 1, "Status")
    put_header(sheet, row, 2, "Rows")
    put_header(sheet, row, 3, "Meaning", indent=1)
    for name, count in statuses.items():
        row += 1
        put_text(sheet, row, 1, name).fill = PatternFill("solid", fgColor=COLOURS[Status(name)])
        _count(sheet, row, count)
        put_text(sheet, row, 3, MEANINGS[Status(name)], indent=1)
    row += 1
    put_text(sheet, row, 1, "All", BOLD)
    _count(sheet, row, sum(statuses.values()))
    return row + 1


def _codes(sheet: Worksheet, row: int, codes: Mapping[str, int]) -> int:
    if not codes:
        return row
    put_header(sheet, row, 1, "Cause of failure")
    put_header(sheet, row, 2, "Rows")
    first = row + 1
    for name, count in codes.items():
        row += 1
        put_text(sheet, row, 1, name)
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
    chart.series[0].dLbls = DataLabelList(
        showVal=True, showSerName=False, showCatName=False, showLegendKey=False, showPercent=False
    )
    chart.width, chart.height = 18, 3.5 + 0.7 * (last - first + 1)
    sheet.add_chart(chart, f"E{TOP_OF_COUNTS}")


def _sentences(sheet: Worksheet, row: int, sentences: Sequence[str]) -> None:
    for number, sentence in enumerate(sentences, row):
        put_text(sheet, number, 1, sentence)


def _count(sheet: Worksheet, row: int, count: int) -> None:
    cell = sheet.cell(row, 2)
    cell.value = count
    cell.number_format = "#,##0"
