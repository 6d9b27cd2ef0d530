"""A OneRoster export, a folder or a zip file, is read as what it asks for, or refused with one sentence."""

import re
import struct
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from batchroles.errors import InputError
from batchroles.job import Planned, plan_offline
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions, describe
from batchroles.sources import OneRoster, source_of
from batchroles.sources.oneroster import package
from batchroles.validator.dates import last_days
from tests.sources.exports import (
    ENROLLMENTS,
    SMALL_USERS,
    enrollment,
    user,
    write_export,
    write_records,
    write_small,
    zipped,
)


def planned(path: Path, **options: object) -> Planned:
    return plan_offline(source_of(path), ReadingOptions(), FormatOptions(**options))  # type: ignore[arg-type]


def said(path: Path, **options: object) -> list[str]:
    return describe(planned(path, **options).wanted, first=99)


def refusal(path: Path, **options: object) -> str:
    with pytest.raises(InputError) as refused:
        planned(path, **options)
    return str(refused.value)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("packed", ["folder", "zip", "folder in a zip"])
def test_enrolments_and_parents(version: str, packed: str, tmp_path: Path) -> None:
    """An enrolment is a role in a class, a parent a role of a child, and what is left out is counted."""
    path = write_small(tmp_path / "export", version=version, bom=version == "1.2")
    if packed != "folder":
        path = zipped(path, tmp_path / "export.zip", "year/" if packed == "folder in a zip" else "")
    plan = planned(path)
    assert describe(plan.wanted, first=99) == [
        "row 2: assign role student to user anna in course with ID number c1",
        "row 4: assign role teacher to user carl in course with ID number c1",
        "row 7: assign role parent to user ben in the context of user anna",
    ]
    counted = [note for note in plan.plan.notes if "left out" in note]
    gone = ["users.csv: 1 row", "classes.csv: 1 row", "enrollments.csv: 1 row"]
    assert [note for note in counted if note.endswith("marked tobedeleted left out.")][:3] == [
        f"{what} marked tobedeleted left out." for what in gone
    ]
    assert "enrollments.csv: 1 row whose userSourcedId is marked tobedeleted left out." in counted
    assert "enrollments.csv: 1 row whose classSourcedId is marked tobedeleted left out." in counted
    assert any(note.startswith("users.csv: 1 agent is left out") for note in counted)


def test_nothing_is_kept_that_no_run_needs(tmp_path: Path) -> None:
    """The run's copy of an export has no passwords and no names of people; it is the table alone."""
    path = write_small(tmp_path / "export")
    (path / "demographics.csv").write_text("sourcedId,birthDate\nu1,2001-01-01\n")
    plan = planned(path)
    copy = plan.origin.copy.path
    kept = copy.read_text(encoding="utf-8")
    assert ("anna" in kept.lower(), [path.name for path in copy.parent.iterdir()]) == (True, ["input.csv"])
    assert [word for word in ("PASSWORD-1", "Given", "Family", "2001-01-01") if word in kept] == []


def test_users_by_id_number(tmp_path: Path) -> None:
    """With --match-user-by idnumber a sourcedId is the ID number, of a child too; --map takes another column for it."""
    path = write_small(tmp_path / "export")
    assert said(path, match_user_by="idnumber")[::2] == [
        "row 2: assign role student to user with ID number u1 in course with ID number c1",
        "row 7: assign role parent to user with ID number u2 in the context of user with ID number u1",
    ]
    mapped = said(path, column_map={"identifier": "idnumber", "classCode": "course shortname"})
    assert mapped[0] == "row 2: assign role student to user with ID number S1 in course MAT-1"
    assert 'The cell under "identifier" is blank.' in mapped[1]
    [by_mail] = said(path, match_user_by="email")[2:]
    assert by_mail == (
        "row 7: assign role parent to user with e-mail ben@example.edu in the context of user anna@example.edu"
    )
    assert "OneRoster has no such ids" in refusal(path, match_user_by="id")


def test_parents_may_be_left_out(tmp_path: Path) -> None:
    """`--map childSourcedId=ignore` leaves the rows of parents out, and says how many."""
    plan = planned(write_small(tmp_path / "export"), column_map={"childSourcedId": "ignore"})
    assert list(plan.wanted.lines["row"]) == [2, 4]
    assert "1 row of parents left out, as --map childSourcedId=ignore says." in plan.plan.notes


def test_only_a_parent_of_a_student_becomes_a_row(tmp_path: Path) -> None:
    """Parents who name each other, a teacher who is named, people who are not there: none becomes anybody's parent."""
    users = [
        user("child", "student", agents="mother,teacher,stranger"),
        user("mother", "guardian", agents="father,child"),
        user("father", "relative", agents="mother"),
        user("teacher", "teacher", agents="child"),
    ]
    path = write_export(tmp_path / "export", users, [{"sourcedId": "c"}], [])
    assert said(path) == ["row 2: assign role guardian to user mother in the context of user child"]
    assert any("users.csv: 5 agents are left out" in note for note in planned(path).plan.notes)


def test_whom_or_what_the_export_does_not_have_is_a_problem_of_its_row(tmp_path: Path) -> None:
    """An enrolment of somebody who is not in users.csv cannot be sent; the others can."""
    path = write_export(
        tmp_path / "export",
        SMALL_USERS,
        [{"sourcedId": "c1"}],
        [enrollment(1, "c1", "nobody"), enrollment(2, "unknown", "u1")],
    )
    first, second, _ = said(path)
    assert first == 'row 2: not usable. The cell under "username" is blank.'
    assert second == "row 3: assign role student to user anna in course with ID number unknown"


def test_the_end_of_an_enrolment_is_the_first_day_without_it(tmp_path: Path) -> None:
    """With --enrol it ends with the day before, and so does what a sync gives; else the dates are said to be unused."""
    path = write_export(
        tmp_path / "export",
        SMALL_USERS,
        [{"sourcedId": "c1"}],
        [enrollment(1, "c1", "u1", beginDate="2026-09-01", endDate="2027-01-31")],
    )
    plan = planned(path).plan
    assert plan.table.cells.iloc[0, -2:].tolist() == ["2026-09-01", "2027-01-31"]
    assert any(
        note.startswith('"beginDate" and "endDate": only an enrolment has dates') for note in plan.notes
    )
    lines = planned(path, enrol=True, time_zone="Europe/Berlin").plan.lines
    berlin = ZoneInfo("Europe/Berlin")
    moments = (datetime(2026, 9, 1, tzinfo=berlin), datetime(2027, 1, 31, tzinfo=berlin))
    assert (lines.start[0], lines.end[0]) == tuple(moment.timestamp() for moment in moments)
    wanted = planned(path, windows=True).wanted
    assert last_days(wanted)[0] == "2027-01-30"


def _without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _text(name: str, text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).write_text(text, encoding="utf-8")

    return write


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_without("manifest.csv"), "has no manifest.csv"),
        (_without("users.csv"), "has no users.csv"),
        (_without("enrollments.csv"), "has no enrollments.csv"),
        (
            _text("manifest.csv", "propertyName,value\noneroster.version,1.0\n"),
            'manifest.csv: oneroster.version is "1.0"; 1.1 and 1.2 are read.',
        ),
        (_text("manifest.csv", "propertyName,value\noneroster.version,1.1\n"), 'file.users is ""'),
        (_text("manifest.csv", "name,value\nx,y\n"), 'manifest.csv: no columns are called "propertyName"'),
        (
            _text("users.csv", "sourcedId,username,role\nu1,anna,student\nu1,ben,student\n"),
            "stands in rows 2 and 3",
        ),
        (
            _text("users.csv", "sourcedId,username\nu1,anna,too,much\n"),
            "users.csv, row 2: The row has 4 cells",
        ),
        (_text("users.csv", "sourcedId,username\nu1,\0\n"), "users.csv, line 2: a NUL byte"),
        (_text("classes.csv", "title\nMathematics\n"), 'classes.csv: no columns are called "sourcedId"'),
    ],
)
def test_an_export_that_is_not_whole(spoil: Callable[[Path], None], sentence: str, tmp_path: Path) -> None:
    """A missing or damaged file, an unknown version, an id that two people share: one sentence that names the file."""
    path = write_small(tmp_path / "export")
    spoil(path)
    told = refusal(path)
    assert sentence in told
    assert told.startswith(str(path))


@pytest.mark.parametrize(
    ("file", "mode", "sentence"),
    [
        ("enrollments", "delta", "enrollments.csv has changes only (delta), and a part is not the whole"),
        ("users", "Delta", "users.csv has changes only (delta)"),
        ("roles", "delta", "roles.csv has changes only (delta)"),
        ("classes", "absent", "classes.csv is left out (absent), and it is needed"),
        ("users", "", 'file.users is "", so whether users.csv is complete is not known'),
    ],
)
def test_a_part_is_not_the_whole(file: str, mode: str, sentence: str, tmp_path: Path) -> None:
    """An export of changes only, or of which that is not known, is refused: what it leaves out is not gone."""
    path = write_small(tmp_path / "export", version="1.2", modes={f"file.{file}": mode})
    assert sentence in refusal(path)


def test_flags_for_other_files_are_refused(tmp_path: Path) -> None:
    """What says how a file is encoded, parted and divided into sheets means nothing for an export, and is refused."""
    with pytest.raises(InputError, match="--sheet, --all-sheets and --visible-rows are for files"):
        plan_offline(
            OneRoster(write_small(tmp_path / "export")), ReadingOptions(sheet="users"), FormatOptions()
        )


def _archive(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_a_file_that_leads_out_of_the_archive(tmp_path: Path) -> None:
    """An archive with a file whose name leads elsewhere is not read, and nothing is written there."""
    path = zipped(write_small(tmp_path / "export"), tmp_path / "export.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../users.csv", "x")
    assert 'holds a file "../users.csv", whose name leads out of it' in refusal(path)
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".csv"] == []


def test_a_file_that_is_there_twice(tmp_path: Path) -> None:
    """Of two files with one name nobody knows which is meant; two manifests are two exports."""
    path = zipped(write_small(tmp_path / "export"), tmp_path / "export.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("Users.csv", "x")
    assert "holds users.csv twice" in refusal(path)
    both = _archive(tmp_path / "both.zip", **{"a/manifest.csv": "x", "b/manifest.csv": "x"})
    assert "holds more than one manifest.csv" in refusal(both)


def test_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive that unpacks to too much is left alone, also where it declares less than it holds."""
    monkeypatch.setattr(package, "MOST_BYTES", 100_000)
    path = write_small(tmp_path / "export")
    write_records(path / "enrollments.csv", ENROLLMENTS, [enrollment(n, "c1", "u1") for n in range(9000)])
    assert "unpacks to more than" in refusal(path)
    packed = zipped(path, tmp_path / "export.zip")
    assert "unpacks to more than" in refusal(packed)
    # The size that is declared, in the archive's own table of contents.
    content = bytearray(packed.read_bytes())
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(b"enrollments.csv"))
    content[at + 24 : at + 28] = struct.pack("<I", 10)
    packed.write_bytes(bytes(content))
    assert re.search("unpacks to more than|damaged zip file", refusal(packed))


def test_damaged_and_locked_archives(tmp_path: Path) -> None:
    """A damaged archive and one with a password are told as what they are."""
    path = zipped(write_small(tmp_path / "export"), tmp_path / "export.zip")
    content = path.read_bytes()
    at = content.index(b"enrollments.csv") + 60
    path.write_bytes(content[:at] + b"\xff" * 9 + content[at + 9 :])
    assert "is a damaged zip file" in refusal(path)
    locked = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := locked.find(mark, place + 1)) >= 0:
            locked[place + offset] |= 1
    path.write_bytes(bytes(locked))
    assert "is protected by a password" in refusal(path)


def test_other_folders_and_archives_are_no_exports(tmp_path: Path) -> None:
    """A folder or zip file without the files of an export is refused as ever."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "users.csv").write_text("x")
    assert "is a folder; give the spreadsheet in it" in refusal(tmp_path / "folder")
    assert "is a ZIP file with no spreadsheet in it" in refusal(
        _archive(tmp_path / "a.zip", **{"a.csv": "x"})
    )
