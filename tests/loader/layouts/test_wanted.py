"""What a file asks for: the columns that the rest of the package works with."""

import csv
import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from batchroles.loader.layouts import FormatOptions, describe, load, read
from batchroles.models import Code, ContextRef, Level, Problem, RoleRef, UserRef, Wanted
from batchroles.text import neutralise
from tests import SHARED

OULAD = SHARED / "data" / "oulad" / "studentRegistration.csv"
"""Real registrations of seven courses, beside a checkout."""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def asked(wanted: Wanted) -> set[tuple[object, ...]]:
    """Return action, user and context of every line."""
    return set(wanted.lines[["change", "user_0", "context_0"]].itertuples(index=False, name=None))


def test_lines(tmp_path: Path) -> None:
    """Lines hold references, categories that are used only, and the number of each line's problem."""
    path = write(
        tmp_path / "roster.csv",
        "username,email,role,course,action\nAnna,a@x.org,student,MAT,\nanna,,teacher,MAT,del\n,,student,MAT,add\n"
        ",b@x.org,student,,add\n",
    )

    wanted = read(path)

    anna, mat = UserRef("username", "anna"), ContextRef(Level.COURSE, "shortname", "MAT")
    assert wanted.problems == [
        Problem(
            Code.MISSING_VALUE,
            'None of the cells under "username", "email" is filled.',
            "Fill in one of them.",
        ),
        Problem(Code.MISSING_VALUE, 'The cell under "course" is blank.', 'Fill in "course".', "course"),
    ]
    assert wanted.sources == {
        "user_0": "username",
        "user_1": "email",
        "role_0": "role",
        "context_0": "course",
    }
    assert wanted.lines.astype(object).where(wanted.lines.notna(), None).to_numpy().tolist() == [
        [2, "", "assign", anna, UserRef("email", "a@x.org"), RoleRef("word", "student"), mat, -1],
        [3, "", "unassign", anna, None, RoleRef("word", "teacher"), mat, -1],
        [4, "", "assign", None, None, RoleRef("word", "student"), mat, 0],
        [5, "", "assign", None, UserRef("email", "b@x.org"), RoleRef("word", "student"), None, 1],
    ]
    kinds = {name: str(kind) for name, kind in wanted.lines.dtypes.items()}
    categories = dict.fromkeys(("part", "change", "user_0", "user_1", "role_0", "context_0"), "category")
    assert kinds == {"row": "int32", **categories, "problem": "int32"}
    assert list(wanted.lines["user_0"].cat.categories) == [anna]


ROSTER = [("anna", "student", "MAT"), ("ben", "teacher", "MAT"), ("cleo", "student", "PHY")]
"""In every format: user, role, course."""

SAME = {
    "plain.csv": "user,role,course\n" + "".join(f"{user},{role},{course}\n" for user, role, course in ROSTER),
    "contexts.csv": "role;username;context\n"
    + "".join(f"{role};{user};course:{course}\n" for user, role, course in ROSTER),
    "uploadusers.csv": "username,firstname,course1,role1,course2,role2\nanna,A,MAT,student,,\n"
    "ben,B,,,MAT,teacher\ncleo,C,PHY,,,\n",
    "role-assigns.csv": "user,role,contextlevel,reference\n"
    + "".join(f"{user},{role},Course,{course}\n" for user, role, course in ROSTER),
    "datahub.csv": "action,username,context,instance,role\n"
    + "".join(f"add,{user},course,{course},{role}\n" for user, role, course in ROSTER),
}


@pytest.mark.parametrize("name", SAME)
def test_same_roster_in_every_format(tmp_path: Path, name: str) -> None:
    """The same roster asks for the same, in whatever format it is written."""
    wanted = read(write(tmp_path / name, SAME[name]))

    lines = wanted.lines[["user_0", "role_0", "context_0"]].astype(object).to_numpy().tolist()
    assert [(user.value, role.value, context.value) for user, role, context in lines] == ROSTER
    assert wanted.problems == []


def test_flat_file_and_its_plain_twin(tmp_path: Path) -> None:
    """A flat file, which goes by ID numbers, asks for the same as a table with ID numbers."""
    flat = read(write(tmp_path / "flat.txt", "add,student,007,C1\ndel,teacher,008,C2\n"))
    plain = read(
        write(
            tmp_path / "plain.csv",
            "operation,role shortname,idnumber,course idnumber\nadd,student,007,C1\ndel,teacher,008,C2\n",
        )
    )

    assert flat.format == "flatfile"
    assert asked(flat) == asked(plain)


def test_bulk_list_and_its_plain_twin(tmp_path: Path) -> None:
    """A list for bulk enrolment asks for the same as a table of e-mail addresses."""
    options = FormatOptions(role="student", context="course:MAT")
    bulk = read(write(tmp_path / "bulk.txt", "# A\na@x.org\n!b@x.org\n"), options=options)
    plain = read(
        write(tmp_path / "plain.csv", "action,email\nadd,a@x.org\nremove,b@x.org\n"), options=options
    )

    assert bulk.format == "bulkenrol"
    assert asked(bulk) == asked(plain)


def test_workbook_and_its_csv_twin(tmp_path: Path) -> None:
    """A workbook asks for the same as the CSV file made of it."""
    book = openpyxl.Workbook()
    assert book.active is not None
    rows: list[tuple[str | float, ...]] = [
        ("userid", "role", "courseid"),
        (1042, "student", 7.0),
        (1043, "5", "8"),
    ]
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "roster.xlsx")
    text = "userid,role,courseid\n1042,student,7\n1043,5,8\n"

    excel, plain = read(tmp_path / "roster.xlsx"), read(write(tmp_path / "roster.csv", text))

    pd.testing.assert_frame_equal(excel.lines, plain.lines)


def test_what_we_neutralise_is_restored(tmp_path: Path) -> None:
    """Cells that our failed.csv has made harmless come back as they were."""
    cells = ["=1+1", "'=1+1", "''@x", "-5", "+49", "\tx", "plain", "'quoted'"]
    with (tmp_path / "failed.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["user", "role", "course", "=note", "_row", "_status", "_code", "_reason", "_fix"])
        writer.writerows(
            ["anna", "student", "MAT", neutralise(cell), 2, "invalid", "x", "y", "z"] for cell in cells
        )

    table = read(tmp_path / "failed.csv").table

    assert table.headers == ["user", "role", "course", "=note"]
    assert table.cells[3].tolist() == cells


@pytest.mark.parametrize(
    "sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
)
def test_signs_that_begin_a_formula(sign: str) -> None:
    """Text that begins with any sign that some spreadsheet takes for a formula gets an apostrophe in front."""
    assert (neutralise(f"{sign}1"), neutralise(f"'{sign}1"), neutralise(f"1{sign}")) == (
        f"'{sign}1",
        f"''{sign}1",
        f"1{sign}",
    )


@pytest.mark.parametrize(
    ("headers", "before"),
    [
        (("user", "role", "contextlevel", "reference"), ("anna", "student", "course")),
        (("action", "username", "role", "context", "instance"), ("add", "anna", "student", "course")),
    ],
)
@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (datetime.date(2024, 3, 1), "holds a date"),
        (1234567890123450, "holds a number of more than 15 digits"),
        ("1234567890123450000", "holds a number of more than 15 digits"),
    ],
)
def test_damaged_instances(
    tmp_path: Path,
    headers: tuple[str, ...],
    before: tuple[str, ...],
    value: str | float | datetime.date,
    sentence: str,
) -> None:
    """An instance that a spreadsheet has damaged is refused where its level stands in another column, too."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (headers, (*before, value), (*before, "MAT101")):
        book.active.append(row)
    book.save(tmp_path / "levels.xlsx")

    wanted = read(tmp_path / "levels.xlsx")

    assert [problem.code for problem in wanted.problems] == [Code.BAD_VALUE]
    assert sentence in wanted.problems[0].reason
    assert wanted.lines["problem"].tolist() == [0, -1]


def test_describe(tmp_path: Path) -> None:
    """The first rows are put into words, a wide row with all it asks for."""
    path = write(
        tmp_path / "upload.csv", "username,course1,sysrole1\nanna,MAT,-manager\nben,PHY,\ncleo,,\ndan,X,\n"
    )

    assert describe(read(path)) == [
        "row 2, course1: assign role student to user anna in course MAT",
        "row 2, sysrole1: unassign role manager from user anna in the whole system",
        "row 3, course1: assign role student to user ben in course PHY",
        "row 4: not usable. The row names no course, no category and no system role.",
    ]


def test_load(tmp_path: Path) -> None:
    """A library user gets the rows as text under their headers, by their row numbers."""
    frame = load(write(tmp_path / "roster.csv", "Roster\n\nuser;age\nanna;007\n"))

    pd.testing.assert_frame_equal(
        frame, pd.DataFrame({"user": ["anna"], "age": ["007"]}, index=pd.RangeIndex(4, 5), dtype="str")
    )


@pytest.mark.shared
def test_real_registrations() -> None:
    """Every one of 32,593 real registrations is read, by its own headers mapped to meanings."""
    options = FormatOptions(role="student", column_map={"id_student": "idnumber", "code_module": "course"})

    wanted = read(OULAD, options=options)

    assert len(wanted.lines) == 32_593
    assert wanted.problems == []
    assert len(wanted.lines["user_0"].cat.categories) == 28_785
    assert [ref.value for ref in wanted.lines["context_0"].cat.categories] == list(
        dict.fromkeys(load(OULAD)["code_module"])
    )
