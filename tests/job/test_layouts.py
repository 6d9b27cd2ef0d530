"""Wide layouts and several sheets on a site: sent, reported by row, mended in what failed, and tried again."""

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import batchroles
from batchroles.client import Moodle
from batchroles.errors import InputError
from batchroles.job import Checks, Planned, Run, make_plan, retry
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import book, holdings, moodle_at, recorded_site, run_through

Rows = list[list[str]]


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    with serve(recorded_site()) as practice:
        yield practice


@pytest.fixture
def moodle(practice: Practice) -> Moodle:
    practice.reset()
    return moodle_at(practice)


def plan_of(
    path: Path, moodle: Moodle, reading: ReadingOptions | None = None, **understanding: Any
) -> Planned:
    options = FormatOptions(**understanding)
    return make_plan(path, moodle, reading or ReadingOptions(), options, Checks(probe=False))


def text_file(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def mend(folder: Path, edit: Callable[[list[dict[str, str]]], object]) -> None:
    """Save failed.csv with other cells."""
    rows = table(folder / "failed.csv")
    headers = list(rows[0])
    edit(rows)
    with (folder / "failed.csv").open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, headers)
        writer.writeheader()
        writer.writerows(rows)


def again(folder: Path, moodle: Moodle, name: str = "again") -> tuple[list[str], list[dict[str, str]]]:
    """Retry a run; give what was said of what was mended, and the rows that are done then."""
    with Run.open(folder) as run:
        plan = retry(run, moodle, Checks(probe=False))
    run_through(folder.parent / name, plan, moodle)
    return plan.plan.notes, table(folder.parent / name / "success.csv")


def given(practice: Practice) -> set[tuple[str, str, str]]:
    """Give user name, role and course of every role in a course."""
    raw = practice.raw
    users = {one["id"]: one["username"] for one in raw["users"]}
    roles = {one["id"]: one["shortname"] for one in raw["roles"]}
    courses = {one["contextid"]: one["shortname"] for one in raw["courses"]}
    return {
        (users[user], roles[role], courses[place])
        for user, role, place, _ in holdings(practice)
        if place in courses
    }


def test_matrix_from_the_file_to_the_retry(tmp_path: Path, practice: Practice, moodle: Moodle) -> None:
    """Each cell of a matrix is a line with its course; a cell mended in failed.csv is sent, also as two roles."""
    lines = [
        "username,C-NOMAN,C-ART-201,NOWHERE",
        "u18,student,-,",
        "u19,student/maybe,Registrar,student",
        "u20,,,",
    ]
    before = given(practice)
    run_through(tmp_path / "run", plan_of(text_file(tmp_path / "m.csv", lines), moodle), moodle)
    assert given(practice) - before == {("u18", "student", "C-NOMAN"), ("u19", "registrar", "C-ART-201")}
    assert [(row["_row"], row["_part"]) for row in table(tmp_path / "run" / "success.csv")] == [
        ("2", "C-NOMAN"),
        ("3", "C-ART-201"),
    ]
    failed = table(tmp_path / "run" / "failed.csv")
    assert [(row["_row"], row["_part"], row["_code"]) for row in failed] == [
        ("3", "C-NOMAN", "bad-value"),
        ("3", "NOWHERE", "context-not-found"),
    ]
    assert failed[1]["_reason"].startswith('row 3, column "NOWHERE": Course "NOWHERE" not found')
    mend(
        tmp_path / "run",
        lambda rows: (rows[0].update({"C-NOMAN": "student; teacher"}), rows.pop(1)),
    )
    notes, done = again(tmp_path / "run", moodle)
    assert notes[0] == (
        'Changed in failed.csv: row 3, column "C-NOMAN": "student/maybe" → "student; teacher".'
    )
    assert [(row["_row"], row["_part"]) for row in done] == [("3", "C-NOMAN"), ("3", "C-NOMAN (2)")]
    assert given(practice) - before == {
        ("u18", "student", "C-NOMAN"),
        ("u19", "registrar", "C-ART-201"),
        ("u19", "student", "C-NOMAN"),
        ("u19", "teacher", "C-NOMAN"),
    }


@pytest.mark.parametrize(
    ("mended", "parts"),
    [
        ("C-NOMAN; C-ART-201", ["course (1)", "course (2)"]),
        ("C-ART-201", [""]),
        ("C-ART-201; C-PHY-101; C-NOMAN", ["course (1)", "course (2)", "course (3)"]),
    ],
)
def test_courses_of_one_cell_mended(
    tmp_path: Path, practice: Practice, moodle: Moodle, mended: str, parts: Sequence[str]
) -> None:
    """However a cell with several courses is mended, every course that is then in it has its role at the end."""
    path = text_file(tmp_path / "several.csv", ["username,role,course", "u18,student,C-NOMAN; NOWHERE"])
    run_through(tmp_path / "run", plan_of(path, moodle, split_courses=";"), moodle)
    assert [row["_part"] for row in table(tmp_path / "run" / "failed.csv")] == ["course (2)"]
    mend(tmp_path / "run", lambda rows: rows[0].update(course=mended))
    _, done = again(tmp_path / "run", moodle)
    assert [row.get("_part", "") for row in done] == parts
    assert {("u18", "student", name.strip()) for name in mended.split(";")} <= given(practice)


def test_headings_from_the_file_to_the_retry(tmp_path: Path, practice: Practice, moodle: Moodle) -> None:
    """A heading's course that is not found is told at its heading, and mended beside the person."""
    lines = ["Course: NOWHERE,", "username,role", "u18,student", ",", "Course: C-ART-201,", "u19,student"]
    before = given(practice)
    run_through(tmp_path / "run", plan_of(text_file(tmp_path / "s.csv", lines), moodle), moodle)
    (failed,) = table(tmp_path / "run" / "failed.csv")
    assert failed["_row"] == "3"
    assert failed["context"] == "course:NOWHERE"
    assert failed["_reason"].startswith('row 1: Course "NOWHERE" not found')
    mend(tmp_path / "run", lambda rows: rows[0].update(context="course:C-NOMAN"))
    notes, _ = again(tmp_path / "run", moodle)
    assert notes[0] == 'Changed in failed.csv: row 3: "course:NOWHERE" → "course:C-NOMAN".'
    assert given(practice) - before == {("u18", "student", "C-NOMAN"), ("u19", "student", "C-ART-201")}


UNSURE = [
    (["username", "u18", "C-PHY-101", "u19"], "C-PHY-101"),
    (["username,role", "u18,student", "C-PHY-101,Physics 101", "u19,student"], "C-PHY-101"),
    (["firstname,username", ",u18", "Kurs,C-PHY-101", ",u19"], "Kurs"),
    (["username,firstname,room", "u18,,1", ",C-PHY-101,2", "u19,,3"], "C-PHY-101"),
]


@pytest.mark.parametrize(("lines", "text"), UNSURE)
def test_nobody_below_a_heading_without_its_word_is_sent(
    tmp_path: Path, practice: Practice, moodle: Moodle, lines: list[str], text: str
) -> None:
    """Below a row that may be a heading nothing is sent, whether the file, failed.csv or a retry is read."""
    below = ["Course: C-ART-201", lines[-1].replace("19", "20")]
    path = text_file(tmp_path / "s.csv", ["Course: C-NOMAN", *lines, *below])
    before = given(practice)
    sent = {("u18", "student", "C-NOMAN"), ("u20", "student", "C-ART-201")}
    run_through(tmp_path / "run", plan_of(path, moodle, role="student"), moodle)
    assert given(practice) - before == sent
    unsure, held = table(tmp_path / "run" / "failed.csv")
    assert (held["_row"], held["_code"], held["context"]) == ("5", "heading-unclear", "")
    assert held["_reason"].startswith(f'row 5: It stands below row 4, "{text}", which names nobody')
    assert unsure["_code"] in ("user-not-found", "missing-value")
    failed = plan_of(tmp_path / "run" / "failed.csv", moodle, role="student")
    assert not failed.plan.lines.is_open.any()
    with Run.open(tmp_path / "run") as run:
        assert not retry(run, moodle, Checks(probe=False)).plan.lines.is_open.any()


@pytest.mark.parametrize(
    ("edit", "course"),
    [
        (lambda rows: rows[1].update(context="course:C-PHY-101"), "C-PHY-101"),
        (lambda rows: rows[1].update(context="course:C-NOMAN"), "C-NOMAN"),
        (lambda rows: rows[0].update(username="u20"), "C-NOMAN"),
        (lambda rows: rows.pop(0) and rows[0].update(context="course:C-PHY-101"), "C-PHY-101"),
    ],
)
def test_a_row_below_an_unsure_one_mended(
    tmp_path: Path,
    practice: Practice,
    moodle: Moodle,
    edit: Callable[[list[dict[str, str]]], object],
    course: str,
) -> None:
    """Who stands below an unsure row is sent when the course is written there, or that row mended."""
    path = text_file(tmp_path / "s.csv", ["Course: C-NOMAN", "username", "u18", "C-PHY-101", "u19"])
    run_through(tmp_path / "run", plan_of(path, moodle, role="student"), moodle)
    before = given(practice)
    mend(tmp_path / "run", edit)
    again(tmp_path / "run", moodle)
    assert ("u19", "student", course) in given(practice) - before
    assert {place for user, _, place in given(practice) - before if user == "u19"} == {course}


def test_an_unsure_row_removed_lets_nobody_go(tmp_path: Path, practice: Practice, moodle: Moodle) -> None:
    """Whoever takes a heading without its word out of failed.csv has to say the course of those below it."""
    path = text_file(tmp_path / "s.csv", ["Course: C-NOMAN", "username", "u18", "C-PHY-101", "u19"])
    run_through(tmp_path / "run", plan_of(path, moodle, role="student"), moodle)
    before = given(practice)
    mend(tmp_path / "run", lambda rows: rows.pop(0))
    with pytest.raises(
        InputError, match=r'row 4 is not in it any more, and row 5 stood below it.*under "context" here'
    ):
        again(tmp_path / "run", moodle)
    assert given(practice) == before


@pytest.mark.parametrize("line", ["nobody,student", "nobody@example.org,"])
def test_a_person_not_found_below_a_heading(tmp_path: Path, moodle: Moodle, line: str) -> None:
    """Whose row names a role in a cell of its own, or an address, is somebody, and holds back nobody else."""
    lines = ["Course: C-NOMAN", "username,role", "u18,student", line, "u19,student"]
    path = text_file(
        tmp_path / "s.csv", lines if line.endswith("student") else [one.split(",")[0] for one in lines]
    )
    assert plan_of(path, moodle, role="student").plan.lines.is_open.tolist() == [True, False, True]


def test_a_sync_below_a_heading_that_lost_its_word(
    tmp_path: Path, practice: Practice, moodle: Moodle
) -> None:
    """Who stands below an unsure row keeps every role that the sync gave, in whichever course."""
    before = given(practice)

    def night(heading: str) -> dict[str, int]:
        lines = ["Course: C-NOMAN", "username", "u18", "u19", heading, "u18", "u20"]
        path, out = text_file(tmp_path / "s.csv", lines), tmp_path / f"run-{len([*tmp_path.glob('run-*')])}"
        plan = batchroles.plan(path, moodle, role="student", sync="lists", state=tmp_path / "state")
        return batchroles.apply(plan, moodle, out=out).summary.tally.statuses

    night("Course: C-PHY-101")
    first = given(practice) - before
    assert ("u18", "student", "C-PHY-101") in first
    assert night("C-PHY-101") == {"already": 2, "invalid": 3}
    assert given(practice) - before == first


def test_an_unsure_row_on_one_of_several_sheets(tmp_path: Path, practice: Practice, moodle: Moodle) -> None:
    """Of several sheets a row that may be a heading holds back those below it on its own sheet."""
    one = [["Course: C-NOMAN"], ["username"], ["u18"], ["C-PHY-101"], ["u19"]]
    path = book(tmp_path / "s.xlsx", One=one, Two=[["Course: C-ART-201"], ["username"], ["u19"]])
    before = given(practice)
    plan = plan_of(path, moodle, ReadingOptions(all_sheets=True), role="student")
    run_through(tmp_path / "run", plan, moodle)
    assert given(practice) - before == {("u18", "student", "C-NOMAN"), ("u19", "student", "C-ART-201")}
    _, held = table(tmp_path / "run" / "failed.csv")
    assert held["context"] == ""
    assert held["_reason"].startswith('One, row 5: It stands below One, row 4, "C-PHY-101"')


def test_all_sheets_from_the_file_to_the_retry(tmp_path: Path, practice: Practice, moodle: Moodle) -> None:
    """Rows of several sheets keep their places, and what is mended of one of them is sent for that one."""
    header = ["username", "role", "course"]
    path = book(
        tmp_path / "classes.xlsx",
        Art=[header, ["u18", "student", "C-ART-201"], ["u19", "student", "NOWHERE"]],
        Physics=[
            ["course", "username", "role"],
            ["C-PHY-101", "u18", "student"],
            ["NOT-YET", "u20", "student"],
        ],
        Both=[["username", "C-ART-201"], ["u18", "student"], ["u20", "teacher"]],
    )
    before = given(practice)
    plan = plan_of(path, moodle, ReadingOptions(all_sheets=True))
    run_through(tmp_path / "run", plan, moodle)
    failed = table(tmp_path / "run" / "failed.csv")
    assert [(row["_row"], row["_place"]) for row in failed] == [
        ("10000003", "classes.xlsx, Art!C3"),
        ("20000003", "classes.xlsx, Physics!A3"),
    ]
    assert [row["_status"] for row in table(tmp_path / "run" / "success.csv")].count("duplicate") == 1
    repeated = next(row for row in table(tmp_path / "run" / "success.csv") if row["_status"] == "duplicate")
    assert repeated["_reason"] == "the same assignment stands in Art, row 2"
    mend(tmp_path / "run", lambda rows: (rows[0].update(course="C-NOMAN"), rows[1].update(course="C-NOMAN")))
    notes, done = again(tmp_path / "run", moodle)
    assert notes[:2] == [
        'Changed in failed.csv: Art!C3: "NOWHERE" → "C-NOMAN".',
        'Changed in failed.csv: Physics!A3: "NOT-YET" → "C-NOMAN".',
    ]
    assert [row["username"] for row in done] == ["u19", "u20"]
    assert given(practice) - before == {
        ("u18", "student", "C-ART-201"),
        ("u18", "student", "C-PHY-101"),
        ("u20", "teacher", "C-ART-201"),
        ("u19", "student", "C-NOMAN"),
        ("u20", "student", "C-NOMAN"),
    }


def test_a_sync_of_several_sheets(tmp_path: Path, practice: Practice, moodle: Moodle) -> None:
    """A sync gives what the sheets tick, takes away what they tick no more, and else changes nothing."""
    before = given(practice)

    def night(one: Sequence[str | None]) -> dict[str, int]:
        header: list[str | None] = ["username", "C-NOMAN", "C-ART-201"]
        two = [header, ["u19", None, "x"], ["u20", None, None]]
        path = book(tmp_path / "classes.xlsx", One=[header, ["u18", *one]], Two=two)
        state, out = tmp_path / "state", tmp_path / f"run-{len([*tmp_path.glob('run-*')])}"
        plan = batchroles.plan(path, moodle, role="student", all_sheets=True, sync="classes", state=state)
        return batchroles.apply(plan, moodle, out=out).summary.tally.statuses

    assert night(["x", "x"]) == {"assigned": 3}
    assert night(["x", "x"]) == {"already": 3}
    assert night(["x", "-"]) == {"already": 2, "unassigned": 1}
    assert given(practice) - before == {("u18", "student", "C-NOMAN"), ("u19", "student", "C-ART-201")}


def test_the_options_from_python(tmp_path: Path) -> None:
    """What the flags say of sheets, hidden rows and cells with several courses, Python says with arguments."""
    header = ["username", "role", "course"]
    path = book(
        tmp_path / "classes.xlsx",
        One=[header, ["anna", "student", "BIO101; CHEM1"], ["ben", "student", "PHY1"]],
        Two=[header, ["cleo", "teacher", "PHY1"]],
    )
    workbook = openpyxl.load_workbook(path)
    workbook["One"].row_dimensions[3].hidden = True
    workbook.save(path)
    plan = batchroles.plan(path, None, all_sheets=True, visible_rows=True, split_courses=";")
    assert plan.rows[["_row", "_place", "_part"]].to_numpy().tolist() == [
        [10_000_002, "classes.xlsx, One, row 2", "course (1)"],
        [10_000_002, "classes.xlsx, One, row 2", "course (2)"],
        [20_000_002, "classes.xlsx, Two, row 2", ""],
    ]
