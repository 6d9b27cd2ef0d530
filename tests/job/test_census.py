"""What a report on roles lets a run know: every level before sending, after it, and when it is taken back."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from batchroles.client import Moodle
from batchroles.job import Checks, Planned, Run, make_plan, undo
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from batchroles.models import ASSIGN, UNASSIGN, Change
from batchroles.models.lines import NOT_READ
from tests.job.helpers import holdings, moodle_at, of_reading, planned, run_through, statuses, write_csv
from tests.job.newer import (
    ACTIVITY,
    BLOCK,
    CATEGORY,
    COHORT_COURSE,
    COURSE,
    MANAGER,
    MENTOR,
    STUDENT,
    TEACHER,
    drop,
    newer,
)

READ = re.compile(
    r'Read from the report "batchroles roles" \([0-9]+ rows, 3 calls, [0-9]+\.[0-9] s\): who has which role where\.'
)
HEADER = ["userid", "roleid", "context"]
EVERYWHERE = [
    (30, MANAGER, "system"),
    (31, MANAGER, CATEGORY),
    (12, MENTOR, "user:id=10"),
    (31, MENTOR, "user:id=11"),
    (16, TEACHER, ACTIVITY),
    (34, STUDENT, COURSE),
    (20, MENTOR, "context:85"),
    (21, MENTOR, BLOCK),
]
"""A row of each level, of which nothing is so on the recorded site."""


def plan_of(tmp_path: Path, moodle: Moodle, rows: Sequence[Any], change: Change = ASSIGN) -> Planned:
    return planned(write_csv(tmp_path / "rows.csv", HEADER, rows), moodle, change, existing=True)


def taken_back(folder: Path, moodle: Moodle) -> Planned:
    with Run.open(folder) as run:
        return undo(run, moodle)


def test_every_level_is_known_verified_and_undone(tmp_path: Path) -> None:
    """A file with every level is done and read back, and undo leaves exactly the roles that were there before it.

    Only the place of a role in a block is not known, unless it is named by its context id.
    """
    with newer() as practice:
        moodle, before = moodle_at(practice), holdings(practice)
        plan = plan_of(tmp_path, moodle, EVERYWHERE)
        assert plan.plan.lines.held.tolist() == [0] * len(EVERYWHERE)
        assert READ.search("\n".join(plan.plan.notes))
        summary = run_through(tmp_path / "run", plan, moodle, verify=True)
        assert len(holdings(practice) - before) == len(EVERYWHERE)
        back = taken_back(tmp_path / "run", moodle)
        undone = run_through(tmp_path / "undo", back, moodle, verify=True)
        assert holdings(practice) == before
    ends = [(row, "assigned", "") for row in range(2, 9)]
    assert statuses(tmp_path / "run") == [*ends, (9, "assigned", "not-verified")]
    assert "1 could not be: no web service tells which context is which block's (1)." in summary.notes[-1]
    assert [status for _, status, _ in statuses(tmp_path / "undo")] == ["unassigned"] * len(EVERYWHERE)
    assert undone.tally.remarks == {}


def test_what_is_so_at_every_level_is_already(tmp_path: Path) -> None:
    """Roles that somebody has in the system, a category, a user, an activity or a course are not given again."""
    rows = [
        (29, MANAGER, "system"),
        (27, MANAGER, CATEGORY),
        (27, MENTOR, "user:id=10"),
        (14, TEACHER, ACTIVITY),
        (10, STUDENT, COURSE),
        (29, MANAGER, "context:1"),
    ]
    with newer() as practice:
        moodle = moodle_at(practice)
        plan = plan_of(tmp_path, moodle, rows)
        assert plan.plan.lines.by_status() == {"already": 6}
        gone = plan_of(tmp_path, moodle, [(30, *rest) for _, *rest in rows], UNASSIGN)
        assert gone.plan.lines.by_status() == {"already": 6}


NAMED = [
    ("u21", "student", "course:C-PHY-101"),
    ("u22", "manager", "category:id=3"),
    ("u22", "mentor", "user:id=11"),
    ("u21", "coursecreator", "system"),
    ("u21", "student", "course:NOWHERE"),
]


def test_reading_ahead_changes_nothing(tmp_path: Path) -> None:
    """Names looked up beside the reports give the plan, and take the calls, that one call after the other does."""
    path = write_csv(tmp_path / "named.csv", ["username", "role", "context"], NAMED)
    with newer() as practice:
        several, single = moodle_at(practice), moodle_at(practice, workers=1)
        plans = [planned(path, moodle, existing=True, probe=True).plan for moodle in (several, single)]
    assert plans[0].lines.frame().equals(plans[1].lines.frame())
    assert plans[0].problems == plans[1].problems
    assert [re.sub(r"[0-9.]+ s\b", "", note) for note in plans[0].notes] == [
        re.sub(r"[0-9.]+ s\b", "", note) for note in plans[1].notes
    ]
    assert several.calls == single.calls
    assert plans[0].lines.held.tolist()[:4] == [0] * 4


def test_a_role_given_twice_counts_twice(tmp_path: Path) -> None:
    """By hand and by a cohort are two, by a cohort alone one, which is held already."""
    rows = [(user, STUDENT, COHORT_COURSE) for user in (23, 25, 10)] + [(30, MANAGER, "system")]
    with newer() as practice:
        lines = plan_of(tmp_path, moodle_at(practice), rows).plan.lines
    assert lines.held.tolist() == [2, 1, 0, 0]
    assert lines.words("status") == ["already", "already", "", ""]


def test_the_plugin_that_gives_a_role_is_named(tmp_path: Path) -> None:
    """What an enrolment plugin gives stays when it is taken away, and the sentence names the plugin."""
    rows = [
        (23, STUDENT, COHORT_COURSE),
        (25, STUDENT, COHORT_COURSE),
        (29, MANAGER, "system"),
    ]
    with newer() as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", plan_of(tmp_path, moodle, rows, UNASSIGN), moodle)
    assert [code for _, _, code in statuses(tmp_path / "run")] == ["partly-removed", "held-by-enrolment", ""]
    failed = (tmp_path / "run" / "failed.csv").read_text(encoding="utf-8-sig")
    assert "The user still has this role in the course: the plugin enrol_cohort gives it." in failed
    assert "what the plugin enrol_cohort gives is still there" in failed


def test_a_role_that_somebody_gives_again_is_not_put_down_to_a_plugin(tmp_path: Path) -> None:
    """A role that is there by hand after it was taken away is not as it should be."""
    with newer() as practice:
        moodle = moodle_at(practice)
        plan = plan_of(tmp_path, moodle, [(29, MANAGER, "system")], UNASSIGN)

        class Another:
            """Gives the role again as soon as it is taken away."""

            def answered(self, function: str, seconds: float) -> None:  # noqa: ARG002 - an observer's signature
                if function == UNASSIGN.function:
                    moodle_at(practice).change(ASSIGN, [(29, MANAGER, "system", 0)])

            def retrying(self, function: str, reason: str, pause: float) -> None:
                raise AssertionError(f"{function}: {reason}, {pause}")

        moodle.observer = Another()
        run_through(tmp_path / "run", plan, moodle)
    assert statuses(tmp_path / "run") == [(2, "refused", "not-seen")]
    assert "given by hand" in (tmp_path / "run" / "failed.csv").read_text(encoding="utf-8-sig")


def test_without_the_report_that_names_places(tmp_path: Path) -> None:
    """Who does not have a role anywhere does not have it there; of others it is not known which context is which."""
    with newer() as practice:
        drop(practice, "batchroles contexts")
        plan = plan_of(tmp_path, moodle_at(practice), [*EVERYWHERE, (27, MENTOR, "user:id=10")])
    # The teacher of the activity is one of the course, too, and the person has a child already.
    assert plan.plan.lines.held.tolist() == [0, 0, 0, 0, NOT_READ, 0, 0, 0, NOT_READ]
    assert "no report tells which context is which user (1)" in of_reading(plan)[-1]
    assert "no report tells which context is which activity (1)" in of_reading(plan)[-1]


def test_people_whom_functions_do_not_show(tmp_path: Path) -> None:
    """Where the functions show nobody, the report shows who has a role in a course."""
    functions = ["core_user_get_course_user_profiles", "core_enrol_get_enrolled_users_with_capability"]
    with newer(*functions) as practice:
        lines = plan_of(tmp_path, moodle_at(practice), [(10, STUDENT, COURSE), (30, STUDENT, COURSE)])
    assert lines.plan.lines.held.tolist() == [1, 0]


def test_a_moodle_before_the_report_says_so_once(tmp_path: Path) -> None:
    """A Moodle 4.3 has no such report: roles in courses are read, of the others it is said why not, and how many."""
    with newer(version="4.3") as practice:
        plan = plan_of(tmp_path, moodle_at(practice), EVERYWHERE).plan
    assert plan.lines.held.tolist() == [-1, -1, -1, -1, -1, 0, -1, -1]
    (said,) = [note for note in plan.notes if "looked up before sending" in note]
    assert said.startswith(
        "Who has the role could be looked up before sending for 1 of 8 rows; 7 could not be"
    )
    assert "not in the whole site (1)" in said


def test_a_word_of_the_role_map_is_no_short_name(tmp_path: Path) -> None:
    """A word that the map gives an id to may be the short name of another role, which is not read in its place."""
    rows = [(16, "teacher", COURSE), (29, "teacher", "system")]
    path = write_csv(tmp_path / "rows.csv", ["userid", "role", "context"], rows)
    checks = Checks(role_map={"teacher": str(MANAGER)}, probe=False)
    with newer() as practice:
        plan = make_plan(path, moodle_at(practice), ReadingOptions(), FormatOptions(), checks).plan
    assert plan.lines.roleid.tolist() == [MANAGER, MANAGER]
    assert plan.lines.held.tolist() == [0, 1]
