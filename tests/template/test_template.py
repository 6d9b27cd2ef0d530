"""The template workbook: what is in it, and that it works once it is filled in."""

import re
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from batchroles.client import Moodle
from batchroles.errors import InputError
from batchroles.guide import guide
from batchroles.loader.layouts import read
from batchroles.sandbox import serve
from batchroles.template import write_template
from batchroles.validator import resolve
from tests.template.office import needs_office, type_into

ROLES = [("student", "Student"), ("editingteacher", "Teacher")]
COURSES = ["MATH101", "007", "=danger"]


def sheets(path: Path) -> dict[str, Worksheet]:
    book = openpyxl.load_workbook(path)
    return {sheet.title: sheet for sheet in book.worksheets}


def test_the_template_has_headers_drop_downs_and_text_columns(tmp_path: Path) -> None:
    """The sheet to fill in comes first, has nothing but headers, and its columns keep text as text."""
    write_template(tmp_path / "t.xlsx", ROLES, COURSES)
    book = sheets(tmp_path / "t.xlsx")
    assert {name: sheet.sheet_state for name, sheet in book.items()} == {
        "Roster": "visible",
        "Instructions": "visible",
        "Lists": "hidden",
    }
    roster = book["Roster"]
    assert list(roster.values) == [("username", "role", "course", "action")]
    assert {letter: roster.column_dimensions[letter].number_format for letter in "ABCD"} == dict.fromkeys(
        "ABCD", "@"
    )
    choices = {
        str(choice.sqref): (choice.formula1, choice.errorStyle)
        for choice in roster.data_validations.dataValidation
    }
    assert choices == {
        "B2:B1048576": ("'Lists'!$A$2:$A$3", "warning"),
        "C2:C1048576": ("'Lists'!$B$2:$B$4", "warning"),
        "D2:D1048576": ("'Lists'!$C$2:$C$5", "stop"),
    }
    assert list(book["Lists"].values) == [
        ("role", "course", "action"),
        ("student", "MATH101", "assign"),
        ("editingteacher", "007", "unassign"),
        (None, "'=danger", "enrol"),
        (None, None, "unenrol"),
    ]


def test_without_courses_they_are_typed(tmp_path: Path) -> None:
    """Where no courses are given there is no list of them, and the instructions say how to get one."""
    write_template(tmp_path / "t.xlsx", ROLES)
    book = sheets(tmp_path / "t.xlsx")
    assert [str(choice.sqref) for choice in book["Roster"].data_validations.dataValidation] == [
        "B2:B1048576",
        "D2:D1048576",
    ]
    said = [row[0] for row in book["Instructions"].values]
    assert "Courses are typed; a template made with --with-courses has a list of them to pick from." in said


def test_the_instructions_say_what_to_do_next_as_the_guide_does(tmp_path: Path) -> None:
    """The steps end with the guide's commands, each with this workbook's own name, in quotes where that has blanks."""
    path = tmp_path / "new term.xlsx"
    write_template(path, ROLES)
    steps = [str(row[0]) for row in sheets(path)["Instructions"].values][2:8]
    commands = [re.findall("batchroles .*", step) for step in steps]
    quoted = f'"{path}"'
    assert commands[2:4] == [[f"batchroles check {quoted}"], [f"batchroles assign {quoted}"]]
    assert (commands[:2], commands[4:]) == ([[], []], [[], ["batchroles retry last"]])
    for command in ("check", "assign", "retry last"):
        assert f"$ batchroles {command}" in guide("registrar")


def test_the_instructions_name_each_column_with_an_example_and_each_role(tmp_path: Path) -> None:
    """The instructions explain the columns, show an example that is never sent, and what Moodle calls each role."""
    write_template(tmp_path / "t.xlsx", ROLES, COURSES)
    rows = list(sheets(tmp_path / "t.xlsx")["Instructions"].values)
    start = rows.index(("Column", "What to write", "Example row"))
    assert [(row[0], row[2]) for row in rows[start + 1 : start + 5]] == [
        ("username", "maria.lopez"),
        ("role", "student"),
        ("course", "MATH101"),
        ("action", "assign"),
    ]
    assert rows[-3:] == [
        ("Role to pick", "Shown in Moodle as", None),
        ("student", "Student", None),
        ("editingteacher", "Teacher", None),
    ]


def test_an_empty_template_asks_for_nothing(tmp_path: Path) -> None:
    """A template that nobody filled in has no rows: its example is not taken for one."""
    write_template(tmp_path / "t.xlsx", ROLES, COURSES)
    wanted = read(tmp_path / "t.xlsx")
    assert (wanted.table.sheet, len(wanted.lines)) == ("Roster", 0)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("there.xlsx", "exists; choose another name, or write over it with --force."),
        ("t.csv", "must end in .xlsx, because the template is an Excel workbook."),
        ("nowhere/t.xlsx", "is no place for a file; name a file in a folder that exists."),
        ("folder.xlsx", "is no place for a file; name a file in a folder that exists."),
    ],
)
def test_a_template_that_cannot_be_written_is_refused(tmp_path: Path, name: str, sentence: str) -> None:
    """Nothing is overwritten unasked, and a path that cannot be used is named."""
    (tmp_path / "there.xlsx").write_text("mine", encoding="utf-8")
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(InputError) as caught:
        write_template(tmp_path / name, ROLES)
    assert str(caught.value) == f"{tmp_path / name} {sentence}"
    assert (tmp_path / "there.xlsx").read_text("utf-8") == "mine"


def test_a_template_is_written_over_when_asked(tmp_path: Path) -> None:
    """With overwriting allowed the file is replaced, and nothing else is left in the folder."""
    (tmp_path / "t.xlsx").write_text("old", encoding="utf-8")
    write_template(tmp_path / "t.xlsx", ROLES, overwrite=True)
    assert list(sheets(tmp_path / "t.xlsx")) == ["Roster", "Instructions", "Lists"]
    assert [file.name for file in tmp_path.iterdir()] == ["t.xlsx"]


@needs_office
def test_a_template_filled_in_by_an_office_program_works(tmp_path: Path) -> None:
    """What a person types into the template is read as typed, zeros in front included, and found on the site."""
    template, filled = tmp_path / "template.xlsx", tmp_path / "filled.xlsx"
    write_template(template, ROLES, ["PHY101", "0102"])
    rows = [
        ["amelia.adams0000", "editingteacher", "PHY101", ""],
        ["noah.adams0001", "student", "PHY101", "unassign"],
        ["0042", "student", "0102", "assign"],
    ]
    typed = {
        f"{letter}{number}": text
        for number, row in enumerate(rows, 2)
        for letter, text in zip("ABCD", row, strict=True)
        if text
    }
    type_into(template, filled, "Roster", typed, tmp_path / "profile")
    wanted = read(filled)
    assert wanted.table.headers[:4] == ["username", "role", "course", "action"]
    assert wanted.table.cells.astype(object).to_numpy()[:, :4].tolist() == rows
    assert wanted.lines["change"].tolist() == ["assign", "unassign", "assign"]
    with serve() as practice, Moodle(practice.url, practice.token) as moodle:
        lines = resolve(wanted, moodle).lines.frame()
    assert lines[["userid", "roleid", "instanceid", "problem"]].to_numpy().tolist()[:2] == [
        [5, 3, 2, -1],
        [6, 5, 2, -1],
    ]
