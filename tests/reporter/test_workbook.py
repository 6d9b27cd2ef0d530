"""results.xlsx, read back by two readers."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from batchroles.models import Plan, Status
from batchroles.reporter import workbook as module
from batchroles.reporter import write_results
from batchroles.reporter.outcomes import Columns
from tests.reporter.plans import Line, everything, plan, summary_of, table


def write(folder: Path, what: Plan) -> Path:
    module.write_workbook(folder / "results.xlsx", Columns(what), summary_of(what))
    return folder / "results.xlsx"


def cells(path: Path, sheet: str) -> list[list[Any]]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python()


def sheet_of(path: Path, name: str) -> Worksheet:
    sheet = openpyxl.load_workbook(path)[name]
    assert isinstance(sheet, Worksheet)
    return sheet


@pytest.mark.parametrize(
    ("sheet", "places"),
    [
        (None, ['roster.csv, row 2, column "user"', "roster.csv, row 3", "roster.csv, row 4", None]),
        ("Term 1", ["roster.csv, Term 1!B2", "roster.csv, Term 1, row 3", "roster.csv, Term 1, row 4", None]),
    ],
)
def test_the_rows_sheet_says_where_each_row_stands_in_the_file(
    tmp_path: Path, sheet: str | None, places: list[str | None]
) -> None:
    """The column `_place` names file, sheet and row, and the cell that is at fault; without a row it is blank."""
    rows = table(["nr", "user"], {2: ["1", "sophia"], 3: ["2", "anna"], 4: ["3", "sophia"]}, sheet)
    lines = [
        Line(2, Status.INVALID, problem=0),
        Line(3, Status.ASSIGNED),
        Line(4, Status.DUPLICATE, same_as=0),
        Line(0, Status.UNASSIGNED, origin="the ledger"),
    ]
    what = plan(rows, lines)
    write_results(tmp_path, what, summary_of(what))
    header, *below = sheet_of(tmp_path / "results.xlsx", "Rows").iter_rows(values_only=True)
    assert header[:5] == ("nr", "user", "_row", "_place", "_origin")
    assert [row[3] for row in below] == places


def test_the_rows_sheet_holds_every_row_with_its_outcome(tmp_path: Path) -> None:
    """The Rows sheet has the file's columns and ours; row numbers are numbers, all else is text."""
    path = write(tmp_path, everything())
    course = "course:MATH101"
    assert cells(path, "Rows") == [
        ["user", "role", "context", "_row", "_status", "_code", "_reason", "_fix"],
        ["anna", "student", course, 2.0, "assigned", "", "", ""],
        ["ben", "student", course, 3.0, "unassigned", "", "", ""],
        ["carla", "student", course, 4.0, "already", "", "", ""],
        ["anna", "student", course, 5.0, "duplicate", "", "the same assignment stands in row 2", ""],
        [
            "sophia",
            "student",
            course,
            6.0,
            "invalid",
            "user-not-found",
            'row 6, column "user": no user name sophia',
            "Correct the user name.",
        ],
        [
            "dora",
            "student",
            course,
            7.0,
            "refused",
            "no-permission",
            "row 7: Moodle refused it (nopermissions)",
            "Ask for moodle/role:assign.",
        ],
        [
            "dora",
            "student",
            course,
            8.0,
            "duplicate",
            "no-permission",
            "the same assignment stands in row 7",
            "Ask for moodle/role:assign.",
        ],
        ["emil", "student", course, 9.0, "unknown", "no-answer", "row 9: no answer came", "Run it again."],
        [
            "fay",
            "student",
            course,
            10.0,
            "unsent",
            "stopped",
            "row 10: the run stopped before this row",
            "Go on with the run.",
        ],
    ]


def test_the_summary_sheet_holds_the_counts(tmp_path: Path) -> None:
    """The Summary sheet says what was run and counts rows by status and failures by cause."""
    what = plan(
        table(["user"], {2: ["anna"], 3: ["sophia"]}),
        [Line(2, Status.ASSIGNED), Line(3, Status.INVALID, 0)],
        notes=["=1+1 is no formula here"],
    )
    assert cells(write(tmp_path, what), "Summary") == [
        ["1 done, 1 failed of 2", "", ""],
        ["", "", ""],
        ["Site", "https://moodle.test", ""],
        ["File", "roster.csv", ""],
        ["Read as", "plain file", ""],
        ["When", "2030-01-02 03:04", ""],
        ["Run", "2030-01-02-roster", ""],
        ["", "", ""],
        ["Status", "Rows", "Meaning"],
        ["assigned", 1.0, "Moodle confirmed it"],
        ["invalid", 1.0, "never sent: a check or a look-up failed"],
        ["All", 2.0, ""],
        ["", "", ""],
        ["Cause of failure", "Rows", ""],
        ["user-not-found", 1.0, ""],
        ["", "", ""],
        ["'=1+1 is no formula here", "", ""],
    ]


def test_the_summary_sheet_says_what_is_wrong_once(tmp_path: Path) -> None:
    """Below the counts each thing that is wrong stands once, with its first rows, the most frequent first."""
    rows = {row: ["sophia"] for row in range(2, 12)}
    lines = [
        Line(2, Status.REFUSED, problem=1),
        *(Line(row, Status.INVALID, problem=0) for row in range(3, 12)),
    ]
    what = plan(table(["user"], rows), lines)
    write_results(tmp_path, what, summary_of(what))
    texts = [row[0] for row in cells(tmp_path / "results.xlsx", "Summary")]
    at = texts.index("What is wrong")
    assert texts[at + 1 : at + 3] == [
        '9 rows (3, 4, 5, …), column "user": no user name sophia Correct the user name.',
        "row 2: Moodle refused it (nopermissions) Ask for moodle/role:assign.",
    ]


def test_the_chart_shows_failures_by_cause(tmp_path: Path) -> None:
    """The Summary sheet has a chart over the causes, and none where nothing failed."""
    failed = sheet_of(write(tmp_path, everything()), "Summary")
    series = failed._charts[0].series[0]  # type: ignore[attr-defined] # openpyxl reads charts, but names them privately
    assert (series.cat.numRef.f, series.val.numRef.f) == ("'Summary'!$A$21:$A$22", "'Summary'!$B$21:$B$22")
    clean = plan(table(["user"], {2: ["anna"]}), [Line(2, Status.ASSIGNED)])
    assert sheet_of(write(tmp_path, clean), "Summary")._charts == []  # type: ignore[attr-defined] # as above


def test_the_rows_sheet_can_be_worked_with(tmp_path: Path) -> None:
    """Header frozen, filter on, a colour for every status over all rows, columns wide enough to read."""
    sheet = sheet_of(write(tmp_path, everything()), "Rows")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:H10")
    rules = {
        str(area.sqref): [rule.formula[0] for rule in area.rules] for area in sheet.conditional_formatting
    }
    assert rules == {"A2:H10": [f'$E2="{status}"' for status in Status]}
    assert {name: column.width for name, column in sheet.column_dimensions.items()} == {
        "A": 9,
        "B": 10,
        "C": 17,
        "D": 8,
        "E": 13,
        "F": 17,
        "G": 44,
        "H": 30,
    }


TEXTS = [
    "007",
    "NA",
    "#N/A",
    "TRUE",
    "1e5",
    "=1+1",
    "@x",
    "a & b <c>",
    " edge ",
    "two\nlines",
    "ü 名 😀",
    "_x0041_",
]


def test_text_stays_text(tmp_path: Path) -> None:
    """Nothing becomes a number, an error or a formula; what looks like a formula is marked."""
    what = table(["=user"], {row: [cell] for row, cell in enumerate(TEXTS, 2)})
    path = write(tmp_path, plan(what, [Line(row, Status.ASSIGNED) for row in what.cells.index]))
    first = [row[0] for row in sheet_of(path, "Rows").iter_rows()]
    assert {cell.data_type for cell in first} == {"s"}
    marked = {"=1+1", "@x"}
    escaped = {"_x0041_": "_x005F_x0041_"}
    expected = ["'=user", *(f"'{text}" if text in marked else escaped.get(text, text) for text in TEXTS)]
    assert [cell.value for cell in first] == expected


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\x00b\x1bc", "a�b�c"), ("one\r\ntwo\rthree", "one\ntwo\nthree"), ("x" * 40_000, "x" * 32_767)],
)
def test_what_a_cell_cannot_hold_is_replaced_or_cut(tmp_path: Path, text: str, shown: str) -> None:
    """Control characters, carriage returns and overlong text do not make the workbook unreadable."""
    what = plan(table(["note"], {2: [text]}), [Line(2, Status.ASSIGNED)])
    assert cells(write(tmp_path, what), "Rows")[1][0] == shown


def lines(done: int, failed: int, unknown: int = 0, unsent: int = 0) -> Plan:
    ends = [
        *[(Status.ASSIGNED, -1)] * done,
        *[(Status.REFUSED, 1)] * failed,
        *[(Status.UNKNOWN, 2)] * unknown,
        *[(Status.UNSENT, 3)] * unsent,
    ]
    rows = {row: ["anna"] for row in range(2, len(ends) + 2)}
    outcomes = [Line(row, *end) for row, end in zip(rows, ends, strict=True)]
    return plan(table(["user"], rows), outcomes)


@pytest.mark.parametrize(
    ("what", "rows", "remark"),
    [
        (lines(6, 4), [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0], None),
        (
            lines(8, 3),
            [10.0, 11.0, 12.0],
            "More than 10 rows: the sheet Rows holds the 3 failed ones only. All are in success.csv and failed.csv.",
        ),
        (
            lines(2, 9),
            [4.0, 5.0, 6.0, 7.0, 8.0],
            "More than 10 rows: the sheet Rows holds the 9 failed ones only, cut after 5, which is all that a sheet "
            "can hold. All are in success.csv and failed.csv.",
        ),
        (
            lines(11, 0),
            [],
            "More than 10 rows: the sheet Rows holds the 0 failed ones only. All are in success.csv and failed.csv.",
        ),
        (
            lines(3, 1, 2, 7),
            [5.0, 6.0, 7.0],
            "More than 10 rows: the sheet Rows holds the 1 failed one and 2 unknown ones only. Done and failed ones "
            "are in success.csv and failed.csv.",
        ),
    ],
)
def test_a_long_file_shows_only_its_failed_and_unknown_rows_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: Plan, rows: list[float], remark: str | None
) -> None:
    """Beyond the limit only failed and unknown rows are shown, cut at a sheet's size, and the Summary says both."""
    monkeypatch.setattr(module, "ALL_ROWS_UP_TO", 10)
    monkeypatch.setattr(module, "EXCEL_ROWS", 5)
    monkeypatch.setattr(module, "LINES_AT_ONCE", 3)
    path = write(tmp_path, what)
    assert [row[1] for row in cells(path, "Rows")[1:]] == rows
    remarks = [row[0] for row in cells(path, "Summary") if str(row[0]).startswith("More than")]
    assert remarks == ([remark] if remark else [])
    assert [file.name for file in tmp_path.iterdir()] == ["results.xlsx"]
