"""The two sheets of the results: *Summary*, with the counts and a chart of the failures by cause, and *Rows*."""

from collections.abc import Mapping, Sequence
from textwrap import wrap

from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.chart import BarChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from batchroles.models import Status
from batchroles.reporter.messages import Message
from batchroles.reporter.sheet_xml import LINE_HEIGHT, sheet_text
from batchroles.reporter.summary import Summary

MEANINGS = {
    Status.ASSIGNED: "Moodle confirmed it",
    Status.UNASSIGNED: "Moodle confirmed it",
    Status.ENROLLED: "Moodle confirmed it",
    Status.UNENROLLED: "Moodle confirmed it",
    Status.SUSPENDED: "Moodle confirmed it",
    Status.REACTIVATED: "Moodle confirmed it",
    Status.ALREADY: "it was so before; nothing was sent",
    Status.NOT_DUE: "not wanted today, by its dates; nothing was sent",
    Status.DUPLICATE: "repeats an earlier row and shares its fate",
    Status.INVALID: "never sent: a check or a look-up failed",
    Status.REFUSED: "Moodle refused it",
    Status.WITHHELD: "kept back by a guard; nothing was sent",
    Status.UNKNOWN: "sent, but no answer came",
    Status.UNSENT: "the run stopped before its turn",
}

TOP_OF_COUNTS = 9
"""The row where the counts start, and the chart beside them."""


_WIDTHS = {"A": 24, "B": 12, "C": 56}
"""Columns of the sheet *Summary*, in characters."""
_LINE = sum(_WIDTHS.values()) * 6 // 5
"""Letters that fit into a line of them all: a column is as wide as so many digits, and most letters are narrower."""
MOST_MESSAGES = 30
"""Messages on the sheet *Summary*; the sheet *Rows* has them row by row."""


def add_summary_sheet(
    workbook: Workbook, summary: Summary, remark: str, said: Sequence[Message] = ()
) -> None:
    """Add the sheet; `remark` says what the *Rows* sheet leaves out, if anything, `said` what is wrong with rows."""
    sheet = workbook.create_sheet("Summary")
    sheet.sheet_view.showGridLines = False
    fit_paper(sheet)
    for column, width in _WIDTHS.items():
        sheet.column_dimensions[column].width = width
    put_text(sheet, 1, 1, summary.closing_line(), TITLE)
    _facts(sheet, 3, summary)
    row = _statuses(sheet, TOP_OF_COUNTS, summary.tally.statuses)
    row = _codes(sheet, row + 1, summary.tally.codes)
    row = _messages(sheet, row + 1, said) if said else row
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


def _messages(sheet: Worksheet, row: int, said: Sequence[Message]) -> int:
    """Say what is wrong, the most frequent first: once for all rows in which it is wrong in the same way."""
    if not said:
        return row
    put_text(sheet, row, 1, "What is wrong", BOLD)
    often = sorted(said, key=lambda one: -one.count)
    told = [f"{one.place}: {one.reason} {one.fix}".rstrip() for one in often[:MOST_MESSAGES]]
    more = (
        [f"and {len(often) - MOST_MESSAGES:,} more, in the sheet Rows"] if len(often) > MOST_MESSAGES else []
    )
    _sentences(sheet, row + 1, [*told, *more])
    return row + len(told) + len(more) + 1


def _chart(sheet: Worksheet, first: int, last: int) -> None:
    chart = BarChart()
    chart.type = "bar"
    chart.title = "Failures by cause"
    chart.add_data(Reference(sheet, min_col=2, min_row=first, max_row=last))
    chart.set_categories(Reference(sheet, min_col=1, min_row=first, max_row=last))
    chart.legend = None
    chart.gapWidth = 40
    # Excel draws the first bar at the bottom.
    chart.x_axis.scaling.orientation = "maxMin"
    # openpyxl 3.1 says nothing of it by itself, and Excel then shows no names beside the bars.
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
    """Write sentences below each other, each as wide as the columns of the tables and as high as it needs."""
    for number, sentence in enumerate(sentences, row):
        cell = put_text(sheet, number, 1, sentence)
        cell.alignment = Alignment(horizontal="left", vertical="top", wrap_text=True)
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=len(_WIDTHS))
        # No program makes a row of merged cells as high as its text.
        sheet.row_dimensions[number].height = LINE_HEIGHT * len(wrap(sentence, _LINE) or [""])


def _count(sheet: Worksheet, row: int, count: int) -> None:
    cell = sheet.cell(row, 2)
    cell.value = count
    cell.number_format = "#,##0"


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
    column.width = width_of([header, *texts], SENTENCE_WIDTH if sentences else WIDEST)
    column.alignment = Alignment(horizontal="left", vertical="top", wrap_text=sentences)
    if header != "_row":
        # Whoever mends 0071 to 0073 here must not end up with 73.
        column.number_format = "@"
    return int(column.style_id)


def _colour_by_status(sheet: Worksheet, headers: Sequence[str], rows: int) -> None:
    """Colour by a rule, so that the colours follow when the person sorts the sheet."""
    status = get_column_letter(headers.index("_status") + 1)
    for word, colour in COLOURS.items():
        # In a rule Excel takes the colour of a solid fill from bgColor; in a cell's own style from fgColor.
        style = DifferentialStyle(fill=PatternFill("solid", bgColor=colour))
        rule = Rule("expression", formula=[f'${status}2="{word}"'], dxf=style)
        sheet.conditional_formatting.add(f"A2:{get_column_letter(len(headers))}{max(rows, 1) + 1}", rule)


def width_of(texts: Sequence[str], widest: int) -> float:
    """Give the width of a column for some of its texts, in characters."""
    longest = max(len(line) for text in texts for line in (text.splitlines() or [""]))
    return min(max(longest + 3, NARROWEST), widest)


COLOURS = {
    Status.ASSIGNED: "E2F0D9",
    Status.UNASSIGNED: "E2F0D9",
    Status.ENROLLED: "E2F0D9",
    Status.UNENROLLED: "E2F0D9",
    Status.SUSPENDED: "E2F0D9",
    Status.REACTIVATED: "E2F0D9",
    Status.ALREADY: "EDF4E8",
    Status.NOT_DUE: "EDF4E8",
    Status.DUPLICATE: "EDEDED",
    Status.INVALID: "FCE4D6",
    Status.REFUSED: "F8CBAD",
    Status.WITHHELD: "FFE699",
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
    # openpyxl takes text such as `#N/A` for an error.
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
    # 9 is A4; a height of no page is as many as it takes.
    sheet.page_setup.paperSize = "9"
    sheet.page_setup.fitToHeight = False
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
