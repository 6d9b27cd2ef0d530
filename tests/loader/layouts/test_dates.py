"""Dates of enrolments as people write them, and what is refused rather than guessed."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from batchroles.loader.layouts import FormatOptions, ReadingOptions, describe, read
from batchroles.loader.layouts.cells import Fault
from batchroles.loader.layouts.dates import moment_reader, read_days, read_participation
from batchroles.models import ENROL, UNENROL
from batchroles.models.references import Moment


def clock(text: str, order: str | None = None) -> str:
    """Read a date, and give it back as ISO has it; a fault as its reason."""
    found = moment_reader(order)(text)  # type: ignore[arg-type]
    if isinstance(found, Fault):
        return found.reason
    moment = datetime.fromtimestamp(found.seconds, UTC).replace(tzinfo=None)
    shown = moment.date().isoformat() if found.whole_day else moment.isoformat(" ", "minutes")
    return f"{shown} UTC" if found.zoned else shown


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-09-01", "2026-09-01"),
        ("2026/9/1", "2026-09-01"),
        ("20260901", "2026-09-01"),
        ("1.9.2026", "2026-09-01"),
        ("01. 09. 2026", "2026-09-01"),
        ("25/12/2026", "2026-12-25"),
        ("12/25/2026", "2026-12-25"),
        ("5/5/2026", "2026-05-05"),
        ("1 September 2026", "2026-09-01"),
        ("1-Sep-2026", "2026-09-01"),
        ("Sept 1, 2026", "2026-09-01"),
        ("2026-09-01 13:30", "2026-09-01 13:30"),
        ("2026-09-01T13:30:00", "2026-09-01 13:30"),
        ("25/12/2026 1:30 pm", "2026-12-25 13:30"),
        ("2026-09-01T13:30+02:00", "2026-09-01 11:30 UTC"),
        ("1790000000", "2026-09-21 14:13 UTC"),
        ("29.02.2028", "2028-02-29"),
    ],
)
def test_what_people_write(text: str, meant: str) -> None:
    """A day alone, with a time of day, with an offset, by a month's name, and in Moodle's seconds."""
    assert clock(text) == meant


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("03/04/2026", '"03/04/2026" can be read in two ways: month and day, or day and month.'),
        ("3-4-2026", '"3-4-2026" can be read in two ways: month and day, or day and month.'),
        ("29.02.2026", '"29.02.2026" is no date that there is.'),
        ("1/9/26", '"1/9/26" is no date that is understood.'),
        ("46000", '"46000" is no date.'),
        ("September", '"September" is no date that is understood.'),
        ("13:30", '"13:30" is no date that is understood.'),
        ("1 Foo 2026", '"1 Foo 2026" is no date that there is.'),
        ("25/12/2026 13:30 pm", '"25/12/2026 13:30 pm" is no date that there is.'),
        ("0026-09-01", '"0026-09-01" is before 1971, where Moodle\'s times begin.'),
        ("9" * 5000, f'"{"9" * 5000}" is no date.'),
    ],
)
def test_what_is_not_guessed(text: str, why: str) -> None:
    """What may be two days, what is no day, and what has no century is refused with its reason."""
    assert clock(text) == why


def test_a_flag_says_what_two_numbers_mean() -> None:
    """--date-format tells day from month, and refuses what is then no date."""
    assert (clock("03/04/2026", "dmy"), clock("03/04/2026", "mdy")) == ("2026-04-03", "2026-03-04")
    assert clock("25/12/2026", "mdy") == '"25/12/2026" is no date that there is.'


def test_days_and_statuses() -> None:
    """A number of days is plain digits, and a status one of Moodle's two numbers or its word."""
    assert [isinstance(read_days(text), Fault) for text in ("90", "0", "-1", "9 days", "99999")] == [
        False,
        False,
        True,
        True,
        True,
    ]
    assert [isinstance(read_participation(text), Fault) for text in ("0", "Suspended", "2")] == [
        False,
        False,
        True,
    ]


def test_date_cells_of_a_workbook(tmp_path: Path) -> None:
    """A date cell is what is wanted under start and end, and damage under anything else."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["user", "role", "course", "start", "end"])
    sheet.append(["anna", "student", "MAT101", date(2026, 9, 1), datetime(2026, 12, 24, 13, 30)])  # noqa: DTZ001
    sheet.append([date(2026, 9, 1), "student", "MAT101", "", ""])
    book.save(tmp_path / "dates.xlsx")
    wanted = read(tmp_path / "dates.xlsx", ReadingOptions(), FormatOptions(change=ENROL))
    assert describe(wanted) == [
        "row 2: enrol user anna as student in course MAT101, from 01 September 2026, until 24 December 2026 13:30",
        'row 3: not usable. The cell holds a date: "2026-09-01".',
    ]
    assert wanted.lines["start"].cat.categories.tolist() == [Moment(1788220800, zoned=False, whole_day=True)]


def test_rows_that_enrol_nobody_have_no_dates(tmp_path: Path) -> None:
    """A bad date spoils no assignment; the note says what dates are for, and what enrols."""
    path = tmp_path / "roles.csv"
    path.write_text("user,role,course,start\nanna,student,MAT101,soon\n", encoding="utf-8")
    wanted = read(path)
    assert describe(wanted) == ["row 2: assign role student to user anna in course MAT101"]
    assert wanted.notes == [
        '"start": only an enrolment has dates and a status; --enrol enrols who is not enrolled yet.',
        '"start" is not used; it comes back in the results.',
    ]
    spoilt = read(path, None, FormatOptions(enrol=True))
    assert describe(spoilt) == ['row 2: not usable. "soon" is no date that is understood.']


def test_a_role_is_needed_only_where_one_is_given(tmp_path: Path) -> None:
    """Unenrolling needs none; in one file with rows that enrol each row is asked for what it needs."""
    bare = tmp_path / "bare.csv"
    bare.write_text("user,course\nanna,MAT101\n", encoding="utf-8")
    assert describe(read(bare, None, FormatOptions(change=UNENROL))) == [
        "row 2: unenrol user anna in course MAT101"
    ]
    mixed = tmp_path / "mixed.csv"
    mixed.write_text("action,user,role,course\nunenrol,anna,,MAT101\nenrol,ben,,MAT101\n", encoding="utf-8")
    assert describe(read(mixed)) == [
        "row 2: unenrol user anna in course MAT101",
        'row 3: not usable. The cell under "role" is blank.',
    ]


def test_moodles_own_columns(tmp_path: Path) -> None:
    """An upload file's enroltimestart, enrolperiod and enrolstatus count where it enrols; a category has roles."""
    path = tmp_path / "upload.csv"
    path.write_text(
        "username,course1,role1,enroltimestart1,enrolperiod1,enrolstatus1,category1,categoryrole1\n"
        "anna,MAT101,student,2026-09-01,90,0,SCI,manager\n"
        "ben,MAT101,student,,,1,,\n",
        encoding="utf-8",
    )
    wanted = read(path, None, FormatOptions(change=ENROL))
    assert describe(wanted) == [
        "row 2, course1: enrol user anna as student in course MAT101, from 01 September 2026, for 90 days",
        "row 2, category1: assign role manager to user anna in category with ID number SCI",
        "row 3, course1: suspend user ben as student in course MAT101",
    ]
    assert wanted.notes == []


def test_a_flat_file_enrols_by_a_flag(tmp_path: Path) -> None:
    """Its `add` enrols with `batchroles enrol`, in its times; its `del` takes the role away, which is said."""
    path = tmp_path / "flat.txt"
    path.write_text("add,student,S1,C1,1788220800,0\ndel,student,S2,C1\n", encoding="utf-8")
    wanted = read(path, None, FormatOptions(change=ENROL))
    assert describe(wanted) == [
        "row 1: enrol user with ID number S1 as student in course with ID number C1, from 01 September 2026 00:00 UTC",
        "row 2: unassign role student from user with ID number S2 in course with ID number C1",
    ]
    assert wanted.notes == [
        "1 row with del takes its role away and unenrols nobody; Moodle itself would, with the last role. batchroles"
        " unenrol unenrols."
    ]
