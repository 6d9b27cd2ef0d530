"""Reading roles back from a practice site: nothing is claimed of what was not seen, and what could not be is said."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from batchroles.client import Moodle
from batchroles.client.functions import COURSE_PROFILES, ENROLLED_WITH_CAPABILITY
from batchroles.errors import SiteRefusal
from batchroles.job import Apply, Run, apply, complete, summary_of
from batchroles.models import ASSIGN, UNASSIGN, Change
from batchroles.models.lines import NOT_READ
from batchroles.sandbox import serve
from batchroles.sandbox.making.generate import default_site
from batchroles.sandbox.making.states import in_state
from batchroles.sandbox.wire.practice import Practice
from batchroles.sender import Ended, Halt
from batchroles.validator.course_roles import FEWEST_LISTED
from batchroles.validator.holdings import Reader
from batchroles.validator.sight import Sight
from tests.job.helpers import (
    go_on,
    id_roster,
    moodle_at,
    planned,
    recorded_site,
    run_through,
    statuses,
    write_csv,
)
from tests.job.test_undo import without


def held(moodle: Moodle, pairs: Iterable[tuple[int, int]], tmp_path: Path, role: int = 5) -> list[int]:
    """Give how often Moodle shows the role for each pair of user and course."""
    rows = [(user, role, course) for user, course in pairs]
    path = write_csv(tmp_path / "pairs.csv", ["userid", "roleid", "courseid"], rows)
    lines = planned(path, moodle).plan.lines
    sight = Sight(lines, lines.row > 0)
    Reader(moodle).read(sight)
    return [int(count) for count in sight.held()]


def read(practice: Practice) -> dict[str, int]:
    """Give the calls so far that read roles, by function."""
    return {
        name: count
        for name, count in practice.calls().items()
        if name in (ENROLLED_WITH_CAPABILITY, COURSE_PROFILES)
    }


@pytest.mark.parametrize(
    ("left_out", "named", "codes"),
    [
        ([COURSE_PROFILES, ENROLLED_WITH_CAPABILITY], [ENROLLED_WITH_CAPABILITY, COURSE_PROFILES], 2),
        ([COURSE_PROFILES], [COURSE_PROFILES], 1),
        ([ENROLLED_WITH_CAPABILITY], [], 0),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_a_removal_that_nobody_could_read_back_is_not_verified(
    tmp_path: Path, left_out: Sequence[str], named: Sequence[str], codes: int, strict: bool
) -> None:
    """It is done, with a code, counted apart and said with the missing function; under --verify the exit code is 1."""
    path = id_roster(tmp_path / "ids.csv", [10, 34], [2])
    with serve(without(*left_out)) as practice:
        moodle = moodle_at(practice)
        plan = planned(path, moodle, UNASSIGN)
        summary = run_through(tmp_path / "run", plan, moodle, verify=strict)
    found = statuses(tmp_path / "run")
    assert [word for _, word, _ in found] == ["unassigned", "unassigned"]
    assert [code for _, _, code in found] == [
        "not-verified" if codes == 2 else "",
        "not-verified" if codes else "",
    ]
    assert summary.tally.remarks == ({"not-verified": codes} if codes else {})
    assert summary.exit_code == (1 if strict and codes else 0)
    with Run.look(tmp_path / "run") as run:
        assert summary_of(run, complete(run)).exit_code == summary.exit_code
    assert summary.closing_line() == (
        f"2 done ({codes} not verified), 0 failed of 2" if codes else "2 done, 0 failed of 2"
    )
    (note,) = summary.notes
    assert [name for name in (ENROLLED_WITH_CAPABILITY, COURSE_PROFILES) if name in note] == list(named)


@pytest.mark.parametrize("change", [ASSIGN, UNASSIGN])
def test_a_level_that_core_does_not_show_is_named(tmp_path: Path, change: Change) -> None:
    """Roles in categories cannot be read back: under --verify assignments and removals there are not verified."""
    rows = [(30, 1, "coursecat", 2), (30, 5, "course", 9)]
    path = write_csv(tmp_path / "ids.csv", ["userid", "roleid", "contextlevel", "instanceid"], rows)
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        summary = run_through(tmp_path / "run", planned(path, moodle, change), moodle, verify=True)
    assert [code for _, _, code in statuses(tmp_path / "run")] == ["not-verified", ""]
    assert summary.exit_code == 1
    assert summary.notes == [
        "1 of 2 rows was read back from Moodle; 1 could not be: Moodle's web service shows roles in courses only,"
        " not in a category (1)."
    ]


@pytest.mark.parametrize("change", [ASSIGN, UNASSIGN])
def test_what_can_be_read_later_is_verified_then(tmp_path: Path, change: Change) -> None:
    """When the missing function is added, apply --verify reads the rows back, and the code is gone."""
    path = id_roster(tmp_path / "ids.csv", [34], [2])
    with serve(without(COURSE_PROFILES)) as practice:
        moodle, port = moodle_at(practice), int(practice.url.rpartition(":")[2])
        run_through(tmp_path / "run", planned(path, moodle, change), moodle, verify=True)
    assert statuses(tmp_path / "run") == [(2, str(change.done), "not-verified")]
    with serve(recorded_site(), port=port) as practice, Run.open(tmp_path / "run") as run:
        moodle = moodle_at(practice)
        moodle.change(change, [(34, 5, "course", 2)])
        summary = apply(run, moodle, Apply(verify=True))
    assert statuses(tmp_path / "run") == [(2, str(change.done), "")]
    assert summary.exit_code == 0


def test_a_run_that_is_stopped_before_reading_back_says_so_of_its_rows(tmp_path: Path) -> None:
    """Removals that were sent when the run was stopped are not verified until apply goes on."""
    path = id_roster(tmp_path / "ids.csv", [10, 11], [2])
    with serve(recorded_site()) as practice:
        moodle, halt = moodle_at(practice, workers=1), Halt()

        class Stopper:
            """Asks to stop as soon as the row is done."""

            def answered(self, function: str, seconds: float) -> None:  # noqa: ARG002 - an observer's signature
                if function == "core_role_unassign_roles":
                    halt.ask(Ended(130, "stopped"))

            def retrying(self, function: str, reason: str, pause: float) -> None:
                raise AssertionError(f"{function}: {reason}, {pause}")

        plan = planned(path, moodle, UNASSIGN)
        moodle.observer = Stopper()
        run_through(tmp_path / "run", plan, moodle, halt=halt, chunk_size=1)
        stopped = statuses(tmp_path / "run")
        go_on(tmp_path / "run", moodle)
    assert stopped == [(2, "unassigned", "not-verified")]
    assert statuses(tmp_path / "run") == [(2, "unassigned", ""), (3, "unassigned", "")]


def test_a_site_that_refuses_the_token_while_reading_ends_the_plan(tmp_path: Path) -> None:
    """Only a function that is not in the service may be left out; any other refusal of the site is one."""
    path = id_roster(tmp_path / "ids.csv", [34], [2])
    with (
        serve(recorded_site(), faults=["token-revoked-after:1"]) as practice,
        pytest.raises(SiteRefusal) as refused,
    ):
        planned(path, moodle_at(practice), existing=True)
    assert refused.value.errorcode == "invalidtoken"


def test_whom_moodle_does_not_show_is_not_known_to_be_without_the_role(tmp_path: Path) -> None:
    """Without the permission to see people, courses are read and nobody is in them: nothing is `already` so."""
    site = in_state(recorded_site(), "bot-moodle/user:viewdetails")
    path = id_roster(tmp_path / "ids.csv", [10, 34], [2])
    with serve(site) as practice:
        moodle = moodle_at(practice)
        assert held(moodle, [(10, 2), (34, 2)], tmp_path) == [NOT_READ, NOT_READ]
        plan = planned(path, moodle, UNASSIGN, existing=True).plan
    assert plan.lines.frame()["status"].isna().all()
    assert plan.notes == [
        "Who has the role could be looked up before sending for 0 of 2 rows; 2 could not be: Moodle shows this token"
        " nothing of the user in the course (2)."
    ]


def test_courses_that_can_be_read_are_read_beside_one_that_cannot(tmp_path: Path) -> None:
    """An unknown course among known ones costs nobody else's knowledge."""
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        pairs = [(10, 2), (10, 999), (34, 3), (25, 11), (23, 11)]
        assert held(moodle, pairs, tmp_path) == [1, NOT_READ, 0, 1, 2]


def test_a_person_beyond_the_limit_of_a_large_course_is_asked_for_alone(tmp_path: Path) -> None:
    """Only so many people of a course are listed; who stands behind them is still known, by the profile."""
    with serve() as practice:
        (like, *_) = practice.state()["user_enrolments"]
        course = like["courseid"]
        people = [row["id"] for row in practice.raw["users"] if row["id"] > 1000][: FEWEST_LISTED + 5]
        for user in people:
            practice.site.user_enrolments.add({**like, "courseid": course, "userid": user})
        moodle = moodle_at(practice)
        moodle.change(ASSIGN, [(people[-1], 5, "course", course)])
        assert held(moodle, [(people[-1], course), (people[0], course)], tmp_path) == [1, 0]
        assert practice.calls()[COURSE_PROFILES] == 1


def test_reading_takes_a_call_for_twenty_courses_and_never_lists_the_site_home(tmp_path: Path) -> None:
    """Forty courses are two calls; everybody is enrolled in the site home, so its people are asked for alone."""
    with serve() as practice:
        moodle = moodle_at(practice)
        courses = [row["id"] for row in practice.raw["courses"] if row["id"] > 1][:40]
        enrolled = {(row["courseid"], row["userid"]) for row in practice.state()["user_enrolments"]}
        pairs = [(user, course) for course, user in sorted(enrolled) if course in courses]
        assert set(held(moodle, pairs, tmp_path)) <= {0, 1}
        assert read(practice) == {ENROLLED_WITH_CAPABILITY: 2}
        assert held(moodle, [(100, 1)], tmp_path) == [0]
        assert read(practice) == {ENROLLED_WITH_CAPABILITY: 2, COURSE_PROFILES: 1}


def test_a_permission_that_is_missing_everywhere_is_not_asked_for_course_by_course(tmp_path: Path) -> None:
    """Where no course's list may be read the lists are given up early, and everybody is asked for alone."""
    with serve(in_state(default_site(), "bot-moodle/role:review")) as practice:
        moodle = moodle_at(practice, workers=1)
        courses = [row["id"] for row in practice.raw["courses"] if row["id"] > 1]
        found = held(moodle, [(100, course) for course in courses], tmp_path)
        assert NOT_READ not in found
        assert practice.calls()[ENROLLED_WITH_CAPABILITY] < len(courses)
