"""Undo against a practice site: what a run gave goes, what somebody had before stays."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from batchroles.client.functions import COURSE_PROFILES, ENROLLED_WITH_CAPABILITY
from batchroles.errors import RunError
from batchroles.job import Checks, Planned, Run, retry, undo
from batchroles.models import ASSIGN, UNASSIGN, Status
from batchroles.sandbox import serve
from batchroles.sandbox.site.contexts import COURSE
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import (
    go_on,
    holdings,
    id_roster,
    moodle_at,
    nameless,
    planned,
    recorded_site,
    run_through,
    statuses,
    write_csv,
)

STUDENT, COHORT_COURSE = 5, 11
BOTH, BY_COHORT, NOBODY_YET = 23, 25, 10
"""Users of the recorded site: student there by hand and by a cohort, by the cohort alone, not at all."""


def inverse_of(folder: Path, moodle: Any, *, also_unknown: bool = False) -> Planned:
    with Run.open(folder) as run:
        return undo(run, moodle, also_unknown=also_unknown)


def take_back(folder: Path, moodle: Any, name: str, *, also_unknown: bool = False) -> Any:
    return run_through(folder.parent / name, inverse_of(folder, moodle, also_unknown=also_unknown), moodle)


def without(*functions: str) -> dict[str, Any]:
    """Give the recorded site with functions left out of its services."""
    site = recorded_site()
    for service in site["services"]:
        service["functions"] = [name for name in service.get("functions", []) if name not in functions]
    return site


def let_the_cohort_give(practice: Practice, user: int, course: int) -> None:
    """Give a role as cohort sync does, while the site runs."""
    context = practice.site.context(COURSE, course).id
    practice.site.role_assignments.add(
        {
            "roleid": STUDENT,
            "contextid": context,
            "userid": user,
            "component": "enrol_cohort",
            "itemid": 37,
            "modifierid": 2,
        }
    )


def test_undo_of_an_exact_run_restores_the_site(tmp_path: Path) -> None:
    """After a run of what was read before, undo leaves exactly the roles that were there before it."""
    rows = [("assign", user, 5, course) for course in (2, 3) for user in range(10, 30)]
    rows += [("unassign", 20, 3, 2), ("unassign", 15, 3, 2)]
    path = write_csv(tmp_path / "mixed.csv", ["action", "userid", "roleid", "courseid"], rows)
    with serve(recorded_site()) as practice:
        before = holdings(practice)
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle, existing=True), moodle)
        assert holdings(practice) != before
        with Run.open(tmp_path / "run") as run:
            inverse = undo(run, moodle)
        assert inverse.plan.notes == []
        summary = run_through(tmp_path / "undo", inverse, moodle)
        assert holdings(practice) == before
        assert summary.exit_code == 0
        assert go_on(tmp_path / "undo", moodle).closing_line() == summary.closing_line()


def test_undo_of_the_second_of_two_equal_runs_removes_nothing(tmp_path: Path) -> None:
    """What the first run gave is `already` so in the second, which has thus nothing that could be taken back."""
    path = id_roster(tmp_path / "ids.csv", [10, 11], [9])
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "one", planned(path, moodle, existing=True), moodle)
        run_through(tmp_path / "two", planned(path, moodle, existing=True), moodle)
        before = holdings(practice)
        with pytest.raises(RunError, match="two has done nothing that can be taken back"):
            inverse_of(tmp_path / "two", moodle)
        assert holdings(practice) == before


def test_what_is_not_known_is_left_alone_and_named(tmp_path: Path) -> None:
    """Where nobody read who had the role, undo leaves the rows and names them; --also-unknown takes them back."""
    rows = [("assign", 30, 5, 9), ("assign", 31, 5, 9), ("unassign", 15, 3, 2)]
    path = write_csv(tmp_path / "mixed.csv", ["action", "userid", "roleid", "courseid"], rows)
    with serve(recorded_site()) as practice:
        before = holdings(practice)
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle), moodle)
        with pytest.raises(
            RunError, match=r"nothing else of run is left to take back\. Left alone are 3 rows"
        ) as said:
            inverse_of(tmp_path / "run", moodle)
        take_back(tmp_path / "run", moodle, "undo", also_unknown=True)
        assert holdings(practice) == before
    assert "row 3: assign role 5 in course with the id 9" in str(said.value)


def test_a_run_in_courses_and_categories_is_taken_back_where_it_is_known(tmp_path: Path) -> None:
    """Roles in categories cannot be read: undo takes back the courses' rows and names the others."""
    rows = [("assign", 30, 1, "coursecat", 2), ("assign", 30, 5, "course", 9)]
    header = ["action", "userid", "roleid", "contextlevel", "instanceid"]
    path = write_csv(tmp_path / "mixed.csv", header, rows)
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle, existing=True), moodle)
        inverse = inverse_of(tmp_path / "run", moodle)
    assert inverse.plan.lines.frame()["row"].tolist() == [3]
    assert len(inverse.plan.notes) == 1
    assert "Left alone is 1 row of run" in inverse.plan.notes[0]
    assert "row 2: assign role 1 in coursecat with the id 2" in inverse.plan.notes[0]


@pytest.mark.parametrize("left_out", [(), (ENROLLED_WITH_CAPABILITY, COURSE_PROFILES)])
def test_undo_gives_back_only_what_was_read_before(tmp_path: Path, left_out: tuple[str, ...]) -> None:
    """Where it could not be read who had a role, nothing is `already` so, and undo gives the role to nobody."""
    path = id_roster(tmp_path / "ids.csv", [20, 10], [2])
    with serve(without(*left_out)) as practice:
        before = holdings(practice)
        moodle = moodle_at(practice)
        plan = planned(path, moodle, UNASSIGN, existing=True)
        run_through(tmp_path / "run", plan, moodle)
        if left_out:
            assert [word for _, word, _ in statuses(tmp_path / "run")] == ["unassigned", "unassigned"]
            with pytest.raises(RunError, match="Left alone are 2 rows"):
                inverse_of(tmp_path / "run", moodle)
            return
        take_back(tmp_path / "run", moodle, "undo")
        assert holdings(practice) == before


def test_an_undone_run_is_not_undone_again(tmp_path: Path) -> None:
    """A second undo says by which run everything is taken back, and has no lines to send."""
    path = id_roster(tmp_path / "ids.csv", [10, 11], [9])
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle, existing=True), moodle)
        take_back(tmp_path / "run", moodle, "undo")
        moodle.change(ASSIGN, [(10, 5, "course", 9)])
        again = inverse_of(tmp_path / "run", moodle)
    assert len(again.plan.lines) == 0
    assert again.plan.notes == ["2 rows of run are taken back already, by undo."]


def test_of_a_partly_undone_run_the_rest_is_taken_back(tmp_path: Path) -> None:
    """Where an undo was stopped, the next one takes back what is left; what somebody gave anew meanwhile stays."""
    path = id_roster(tmp_path / "ids.csv", range(10, 14), [9])
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle, existing=True), moodle)
        first = inverse_of(tmp_path / "run", moodle)
        half = first.plan.lines.ruled(first.plan.lines.row > 3, Status.UNSENT)
        run_through(tmp_path / "undo", replace(first, plan=replace(first.plan, lines=half)), moodle)
        moodle.change(ASSIGN, [(10, 5, "course", 9)])
        rest = inverse_of(tmp_path / "run", moodle)
        run_through(tmp_path / "rest", rest, moodle)
        held = {user for user, role, context, _ in holdings(practice) if (role, context) == (5, 74)}
    assert rest.plan.lines.frame()["row"].tolist() == [4, 5]
    assert held & {10, 11, 12, 13} == {10}


def test_an_undo_can_be_undone_and_the_run_then_be_undone_once_more(tmp_path: Path) -> None:
    """Undo of an undo gives the roles again; the run counts as done again, and can be taken back."""
    path = id_roster(tmp_path / "ids.csv", [10, 11], [9])
    with serve(recorded_site()) as practice:
        before = holdings(practice)
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle, existing=True), moodle)
        after = holdings(practice)
        take_back(tmp_path / "run", moodle, "undo")
        take_back(tmp_path / "undo", moodle, "redo")
        assert holdings(practice) == after
        assert len(inverse_of(tmp_path / "undo", moodle).plan.lines) == 0
        take_back(tmp_path / "run", moodle, "undo-2")
        assert holdings(practice) == before


def test_an_undo_without_answers_is_settled_first(tmp_path: Path) -> None:
    """While an earlier undo has rows without an answer, the run is not undone beside it."""
    path = id_roster(tmp_path / "ids.csv", [10], [9])
    with serve(recorded_site()) as practice:
        moodle, port = moodle_at(practice), int(practice.url.rpartition(":")[2])
        run_through(tmp_path / "run", planned(path, moodle, existing=True), moodle)
        inverse = nameless(inverse_of(tmp_path / "run", moodle))
    with serve(recorded_site(), port=port, faults=["drop-before:1"]) as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "undo", inverse, moodle)
        with pytest.raises(RunError, match="1 row of undo was sent without an answer"):
            inverse_of(tmp_path / "run", moodle)


def test_a_retry_is_taken_back_apart_from_its_run(tmp_path: Path) -> None:
    """Undo of a run leaves what its retry gave; undo of both restores the site."""
    rows = [("u01", "student", "C-NOMAN"), ("u2", "student", "C-NOMAN")]
    path = write_csv(tmp_path / "roster.csv", ["username", "role", "course"], rows)
    with serve(recorded_site()) as practice:
        before = holdings(practice)
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle, existing=True), moodle)
        failed = tmp_path / "run" / "failed.csv"
        failed.write_bytes(failed.read_bytes().replace(b"u2,", b"u03,"))
        with Run.open(tmp_path / "run") as run:
            again = retry(run, moodle, Checks())
        run_through(tmp_path / "again", again, moodle)
        take_back(tmp_path / "run", moodle, "undo")
        assert len(holdings(practice) - before) == 1
        take_back(tmp_path / "again", moodle, "undo-again")
        assert holdings(practice) == before


def test_a_role_that_is_gone_by_itself_is_already_so(tmp_path: Path) -> None:
    """Undo reads first: what somebody took away since the run is not sent."""
    path = id_roster(tmp_path / "ids.csv", [10, 11], [9])
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle, existing=True), moodle)
        moodle.change(UNASSIGN, [(10, 5, "course", 9)])
        summary = take_back(tmp_path / "run", moodle, "undo")
    assert summary.tally.statuses == {"unassigned": 1, "already": 1}


def test_undo_leaves_a_cohorts_role_and_is_done(tmp_path: Path) -> None:
    """Where a cohort gave the same role since the run, the run's own assignment goes, the cohort's stays, both said."""
    path = id_roster(tmp_path / "ids.csv", [NOBODY_YET], [COHORT_COURSE])
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle, existing=True), moodle)
        let_the_cohort_give(practice, NOBODY_YET, COHORT_COURSE)
        summary = take_back(tmp_path / "run", moodle, "undo")
        left = {held for held in holdings(practice) if held[:3] == (NOBODY_YET, STUDENT, 76)}
    assert left == {(NOBODY_YET, STUDENT, 76, "enrol_cohort")}
    assert statuses(tmp_path / "undo") == [(2, "unassigned", "held-by-enrolment")]
    assert summary.closing_line() == "1 done (1 still held through an enrolment), 0 failed of 1"
    assert summary.exit_code == 0


def test_what_was_given_by_hand_beside_a_cohort_is_given_back(tmp_path: Path) -> None:
    """A removal that took the role given by hand and left the cohort's is failed as such, and undo restores it."""
    path = id_roster(tmp_path / "ids.csv", [BOTH, BY_COHORT], [COHORT_COURSE])
    with serve(recorded_site()) as practice:
        before = holdings(practice)
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle, UNASSIGN, existing=True), moodle)
        assert len(before - holdings(practice)) == 1
        take_back(tmp_path / "run", moodle, "undo")
        assert holdings(practice) == before
        take_back(tmp_path / "undo", moodle, "redo")
    assert statuses(tmp_path / "run") == [
        (2, "refused", "partly-removed"),
        (3, "refused", "held-by-enrolment"),
    ]
    assert statuses(tmp_path / "undo") == [(2, "assigned", "")]
    assert statuses(tmp_path / "redo") == [(2, "unassigned", "held-by-enrolment")]


def test_a_role_that_a_cohort_gives_already_is_not_given_by_hand(tmp_path: Path) -> None:
    """Assigning what a cohort gives is `already` so: nothing is added, and undo takes nothing away."""
    path = id_roster(tmp_path / "ids.csv", [BY_COHORT], [COHORT_COURSE])
    with serve(recorded_site()) as practice:
        before = holdings(practice)
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle, existing=True), moodle)
        assert holdings(practice) == before
        with pytest.raises(RunError, match="nothing that can be taken back"):
            inverse_of(tmp_path / "run", moodle)
