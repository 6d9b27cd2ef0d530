"""Changes are values and lines need no row: enrolling, and a line from a difference, travel from plan to reports."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from batchroles.job import Checks, Run, retry, shown, undo
from batchroles.models import Lines, Status
from batchroles.models.lines import WRITTEN
from batchroles.reporter import outcomes
from batchroles.runs import Planned
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from batchroles.validator.repeats import validate
from tests.job.helpers import moodle_at, planned, recorded_site, run_through, saved, write_csv

HEADER = ["action", "userid", "roleid", "courseid"]
ORIGIN = "what the sync gave before: user 10, role 4, course 9"


def enrolled(practice: Practice) -> set[tuple[int, int]]:
    """Give (user id, course id) of the enrolments by hand."""
    rows = practice.state()["user_enrolments"]
    return {(row["userid"], row["courseid"]) for row in rows if row["method"] == "manual"}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def behind(lines: Lines, others: Lines) -> Lines:
    """Give lines and others behind them, none of which repeats another."""
    return Lines.of({name: [*lines.stored(name), *others.stored(name)] for name in WRITTEN})


def with_a_removal(plan: Planned, userid: int = 10, roleid: int = 4, courseid: int = 9) -> Planned:
    """Add a line that no row asks for: the removal of a role."""
    removal = Lines.of(
        {
            "row": [0],
            "part": [""],
            "origin": [ORIGIN],
            "change": ["unassign"],
            "userid": [userid],
            "roleid": [roleid],
            "level": ["course"],
            "instanceid": [courseid],
        }
    )
    return replace(plan, plan=replace(plan.plan, lines=behind(plan.plan.lines, removal)))


def test_enrolling_is_sent_counted_reported_and_taken_back(tmp_path: Path) -> None:
    """It is no duplicate of assigning the same role, has its own function and status, and can be undone."""
    rows = [("enrol", 34, 5, 3), ("assign", 34, 5, 3), ("unassign", 11, 5, 2), ("enrol", 34, 5, 3)]
    path = write_csv(tmp_path / "mixed.csv", HEADER, rows)
    with serve(recorded_site()) as practice:
        moodle, before = moodle_at(practice), enrolled(practice)
        plan = planned(path, moodle, probe=True, existing=True)
        summary = run_through(tmp_path / "run", plan, moodle, verify=True)
        assert enrolled(practice) - before == {(34, 3)}
        success = rows_of(tmp_path / "run" / "success.csv")
        with Run.open(tmp_path / "run") as run:
            back = undo(run, moodle, also_unknown=True)
        run_through(tmp_path / "undo", back, moodle)
        assert enrolled(practice) == before
    assert [(row["action"], row["_status"]) for row in success if row["_row"] != "4"] == [
        ("enrol", "enrolled"),
        ("assign", "assigned"),
        ("enrol", "duplicate"),
    ]
    assert (summary.tally.done, summary.tally.rows) == (4, 4)
    assert summary.calls["enrol_manual_enrol_users"] == 1


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("enrol", "unenrol", "asks to {} the same user in the same course."),
        ("enrol", "suspend", "asks to {} the same user in the same course."),
        ("assign", "unenrol", "asks to {} the same user in the same course."),
        ("enrol", "unassign", "asks to {} the same role, user and place."),
        ("assign", "enrol", ""),
        ("unassign", "unenrol", ""),
    ],
)
def test_what_contradicts_what(tmp_path: Path, one: str, other: str, said: str) -> None:
    """Both sides of a contradiction are invalid and name each other; an enrolment is one for all roles."""
    path = write_csv(tmp_path / "torn.csv", HEADER, [(one, 10, 5, 9), (other, 10, 5, 9)])
    with serve(recorded_site()) as practice:
        plan = planned(path, moodle_at(practice)).plan
    wanted = [f"Row 3 {said.format(other)}", f"Row 2 {said.format(one)}"] if said else []
    assert [plan.problems[number].reason for number in plan.lines.problem if number >= 0] == wanted


def test_what_cannot_be_probed_is_not_asked_about(tmp_path: Path) -> None:
    """Where assigning is refused, an assignment is found out beforehand; a change of another kind stays to be sent."""
    path = write_csv(tmp_path / "closed.csv", HEADER, [("assign", 34, 5, 12), ("enrol", 34, 5, 12)])
    with serve(recorded_site()) as practice:
        plan = planned(path, moodle_at(practice), probe=True).plan
    assert plan.lines.words("status", [0, 1]) == ["refused", ""]


def test_a_line_without_a_row_is_done_counted_reported_and_taken_back(tmp_path: Path) -> None:
    """It stands in every report by its origin, the file's own columns blank, and every total tells it from the rows."""
    path = write_csv(tmp_path / "ids.csv", ["userid", "roleid", "courseid"], [(10, 5, 9), (11, 5, 9)])
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        run_through(
            tmp_path / "given",
            planned(write_csv(tmp_path / "given.csv", HEADER[1:], [(10, 4, 9)]), moodle),
            moodle,
        )
        plan = with_a_removal(planned(path, moodle))
        summary = run_through(tmp_path / "run", plan, moodle)
        with Run.open(tmp_path / "run") as run:
            told, again = shown(run)
            back = undo(run, moodle, also_unknown=True)
    assert (summary.tally.rows, summary.tally.file_rows, summary.tally.rowless) == (3, 2, 1)
    assert summary.closing_line() == "3 done, 0 failed of 3, 1 of them from no row"
    assert again.tally == summary.tally
    assert rows_of(tmp_path / "run" / "success.csv")[-1] == {
        "userid": "",
        "roleid": "",
        "courseid": "",
        "_row": "",
        "_origin": ORIGIN,
        "_status": "unassigned",
        "_code": "",
        "_reason": "",
        "_fix": "",
    }
    sheet = load_workbook(tmp_path / "run" / "results.xlsx")["Rows"]
    assert [cell.value or "" for cell in sheet[4]] == ["", "", "", "", "", ORIGIN, "unassigned", "", "", ""]
    assert outcomes(told)["_row"].tolist() == [2, 3, 0]
    assert back.plan.lines.words("change", [0, 1, 2]) == ["unassign", "unassign", "assign"]
    assert back.plan.lines.words("origin", [2]) == [ORIGIN]


def test_a_failed_line_without_a_row_is_told_by_its_origin_and_left_out_of_a_retry(tmp_path: Path) -> None:
    """Its reason begins with its origin; `retry` tries the failed rows and says that it leaves this line out."""
    path = write_csv(tmp_path / "ids.csv", HEADER[1:], [(10, 5, 9), (11, 7, 9)])
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        summary = run_through(tmp_path / "run", with_a_removal(planned(path, moodle), roleid=7), moodle)
        with Run.open(tmp_path / "run") as run:
            once_more = retry(run, moodle, Checks())
    failed = rows_of(tmp_path / "run" / "failed.csv")
    assert [row["_reason"].partition(": ")[0] for row in failed] == ["row 3", ORIGIN.partition(": ")[0]]
    assert summary.tally.failed == 2
    assert once_more.plan.lines.row.tolist() == [3]
    assert "1 failed line comes from no row of the input: none such is tried again." in once_more.plan.notes


def test_a_line_without_a_row_can_contradict_one_with_a_row(tmp_path: Path) -> None:
    """Both sides are invalid, and each names the other where it comes from."""
    path = write_csv(tmp_path / "ids.csv", HEADER[1:], [(10, 4, 9)])
    with serve(recorded_site()) as practice:
        lines = with_a_removal(planned(path, moodle_at(practice))).plan.lines
    checked, problems = validate(lines, [])
    assert checked.words("status", [0, 1]) == ["invalid", "invalid"]
    assert [problems[number].reason for number in checked.problem] == [
        f"W{ORIGIN[1:]} asks to unassign the same role, user and place.",
        "Row 2 asks to assign the same role, user and place.",
    ]


def test_a_line_that_does_not_say_where_it_comes_from_ends_the_run(tmp_path: Path) -> None:
    """A line without a row and without an origin is a total that does not add up."""
    path = write_csv(tmp_path / "ids.csv", HEADER[1:], [(10, 5, 9)])
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        plan = planned(path, moodle)
        lost = Lines.of(
            {
                **{
                    name: plan.plan.lines.stored(name)
                    for name in ("part", "change", "userid", "roleid", "level")
                },
                "instanceid": [9],
                "row": [0],
            }
        )
        both = behind(plan.plan.lines, lost)
        with (
            saved(tmp_path / "run", replace(plan, plan=replace(plan.plan, lines=both))) as run,
            pytest.raises(Exception, match="from no row and does not say where from"),
        ):
            shown(run)


def test_lines_are_values(tmp_path: Path) -> None:
    """A column that was given out cannot be written, and what is ruled of lines leaves those they came from alone."""
    path = write_csv(tmp_path / "few.csv", HEADER, [("assign", 34, 5, 3), ("assign", 11, 5, 2)])
    with serve(recorded_site()) as practice, moodle_at(practice) as moodle:
        lines = planned(path, moodle).plan.lines
    for column in (lines.start, lines.status, lines.userid):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 7
    ended = lines.ruled(lines.is_open, Status.REFUSED)
    assert lines.words("status") == ["", ""]
    assert ended.words("status") == ["refused", "refused"]
