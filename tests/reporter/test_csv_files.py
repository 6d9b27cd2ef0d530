"""The success and failed files, byte for byte."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from batchroles.errors import TemporaryFailure
from batchroles.models import Plan, Status
from batchroles.reporter import Files, write_results
from batchroles.reporter import results as module
from tests.reporter.plans import Line, everything, plan, summary_of, table


def write(folder: Path, what: Plan) -> Files:
    return write_results(folder, what, summary_of(what))


def test_done_and_failed_rows_have_a_file_each_and_open_rows_have_none(tmp_path: Path) -> None:
    """Done rows are in success.csv and failures in failed.csv, a duplicate with the row it repeats; open ones not."""
    files = write(tmp_path, everything())
    assert files.success.read_bytes().decode("utf-8") == (
        "\ufeffuser,role,context,_row,_status,_code,_reason,_fix\r\n"
        "anna,student,course:MATH101,2,assigned,,,\r\n"
        "ben,student,course:MATH101,3,unassigned,,,\r\n"
        "carla,student,course:MATH101,4,already,,,\r\n"
        "anna,student,course:MATH101,5,duplicate,,the same assignment stands in row 2,\r\n"
    )
    refused = "Moodle refused it (nopermissions)"
    assert files.failed.read_bytes().decode("utf-8") == (
        "\ufeffuser,role,context,_row,_status,_code,_reason,_fix\r\n"
        "sophia,student,course:MATH101,6,invalid,user-not-found,"
        '"row 6, column ""user"": no user name sophia",Correct the user name.\r\n'
        f"dora,student,course:MATH101,7,refused,no-permission,row 7: {refused},Ask for moodle/role:assign.\r\n"
        "dora,student,course:MATH101,8,duplicate,no-permission,the same assignment stands in row 7,"
        "Ask for moodle/role:assign.\r\n"
    )


def test_a_reason_names_the_cell_of_a_workbook(tmp_path: Path) -> None:
    """In a file read from a workbook the reason starts with sheet, column letter and row."""
    sheet = table(["nr", "user"], {7: ["1", "sophia"]}, sheet="Term 1")
    files = write(tmp_path, plan(sheet, [Line(7, Status.INVALID, problem=0)]))
    assert files.failed.read_text("utf-8-sig") == (
        "nr,user,_row,_status,_code,_reason,_fix\n"
        "1,sophia,7,invalid,user-not-found,Term 1!B7: no user name sophia,Correct the user name.\n"
    )


@pytest.mark.parametrize(("given", "written"), [(",", ","), (";", ";"), ("\t", "\t"), ("|", "|"), ("~", ",")])
def test_cells_are_parted_as_in_the_input(tmp_path: Path, given: str, written: str) -> None:
    """A file from an office with semicolons gives files with semicolons, and whatever else parts cells is quoted."""
    rows = {2: ["anna", "1,5"], 3: ["ben", "a;b"]}
    what = replace(table(["user", "note"], rows), delimiter=given)
    files = write(tmp_path, plan(what, [Line(2, Status.ASSIGNED), Line(3, Status.ASSIGNED)]))
    header = ["user", "note", "_row", "_status", "_code", "_reason", "_fix"]
    lines = [
        header,
        ["anna", '"1,5"', "2", "assigned", "", "", ""],
        ["ben", '"a;b"', "3", "assigned", "", "", ""],
    ]
    assert files.success.read_bytes().decode() == "\ufeff" + "".join(
        f"{written.join(line)}\r\n" for line in lines
    )


CELLS = [
    "007",
    "NA",
    "=1+1",
    "+49",
    "-5",
    "@x",
    "'=x",
    "\tx",
    "a,b",
    'say "hi"',
    "two\nlines",
    " edge ",
    "ü 名",
    "'x",
    ";",
]


def test_cells_come_back_as_they_were_but_for_the_mark_on_formulas(tmp_path: Path) -> None:
    """Text that a spreadsheet would run gets an apostrophe; everything else is read back unchanged."""
    what = table(["=user"], {row: [cell] for row, cell in enumerate(CELLS, 2)})
    files = write(tmp_path, plan(what, [Line(row, Status.ASSIGNED) for row in what.cells.index]))
    with files.success.open(encoding="utf-8-sig", newline="") as file:
        read = [row[0] for row in csv.reader(file)]
    dangerous = {"=1+1", "+49", "-5", "@x", "'=x", "\tx"}
    assert read == ["'=user", *(f"'{cell}" if cell in dangerous else cell for cell in CELLS)]


def test_a_wide_row_has_a_line_for_each_of_its_assignments(tmp_path: Path) -> None:
    """Where a row asks for several assignments, `_part` says which one a line is about."""
    wide = table(["username", "course1", "course2"], {2: ["anna", "M1", "M2"]})
    lines = [Line(2, Status.ASSIGNED, part="course1"), Line(2, Status.REFUSED, problem=1, part="course2")]
    files = write(tmp_path, plan(wide, lines, "uploadusers"))
    assert files.success.read_text("utf-8-sig") == (
        "username,course1,course2,_row,_part,_status,_code,_reason,_fix\nanna,M1,M2,2,course1,assigned,,,\n"
    )
    assert files.failed.read_text("utf-8-sig") == (
        "username,course1,course2,_row,_part,_status,_code,_reason,_fix\n"
        "anna,M1,M2,2,course2,refused,no-permission,"
        "row 2: Moodle refused it (nopermissions),Ask for moodle/role:assign.\n"
    )


@pytest.mark.parametrize(
    ("format_", "row", "header"),
    [
        ("flatfile", ["add", "student", "1", "M1"], "operation,role,idnumber,course idnumber"),
        (
            "flatfile",
            ["add", "student", "1", "M1", "0", "0"],
            "operation,role,idnumber,course idnumber,start,end",
        ),
        ("bulkenrol", ["anna@example.org"], "email"),
    ],
)
def test_a_file_without_header_gets_one_of_the_same_meaning(
    tmp_path: Path, format_: str, row: list[str], header: str
) -> None:
    """The failed file of a format without header has a header under which it means the same."""
    bare = table([""] * len(row), {1: row})
    files = write(tmp_path, plan(bare, [Line(1, Status.UNSENT, problem=3)], format_))
    assert files.failed.read_text("utf-8-sig").splitlines()[0] == f"{header},_row,_status,_code,_reason,_fix"


def test_the_columns_of_an_earlier_run_are_replaced(tmp_path: Path) -> None:
    """A failed file that is run again comes back with one set of our columns, the new one."""
    again = table(
        ["user", "_row", "_status", "_code", "_reason", "_fix", "note"], {2: ["anna", *"98765", "n"]}
    )
    files = write(tmp_path, plan(again, [Line(2, Status.ASSIGNED)]))
    assert files.success.read_text("utf-8-sig") == (
        "user,note,_row,_status,_code,_reason,_fix\nanna,n,2,assigned,,,\n"
    )


def test_many_rows_are_written_in_pieces_that_join(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the pieces that are held in memory, the file is the same."""
    rows = {row: [f"user{row}"] for row in range(2, 52)}
    what = plan(table(["user"], rows), [Line(row, Status.ASSIGNED) for row in rows])
    whole = write(tmp_path / "whole", what).success.read_bytes()
    monkeypatch.setattr(module, "LINES_AT_ONCE", 7)
    assert write(tmp_path / "pieces", what).success.read_bytes() == whole


def test_an_error_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    """While one of the files cannot be finished none takes its place, and nothing half-written remains."""
    path = tmp_path / "success.csv"
    path.write_text("old", encoding="utf-8")
    (tmp_path / ".results.xlsx.part").mkdir()
    with pytest.raises(TemporaryFailure, match=r"results\.xlsx cannot be written"):
        write(tmp_path, everything())
    (tmp_path / ".results.xlsx.part").rmdir()
    assert [file.name for file in tmp_path.iterdir()] == ["success.csv"]
    assert path.read_text("utf-8") == "old"


def test_a_file_that_cannot_be_replaced_is_named(tmp_path: Path) -> None:
    """Where a result cannot be put in place, the sentence names it and says what to do."""
    (tmp_path / "success.csv" / "in the way").mkdir(parents=True)
    with pytest.raises(
        TemporaryFailure, match=r"success\.csv cannot be written \(.+\): close it where it is open"
    ):
        write(tmp_path, everything())
