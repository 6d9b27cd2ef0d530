"""Enrolling, unenrolling, suspending and reactivating: what is read before, sent, read back and taken back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batchroles.errors import InputError, RunError
from batchroles.job import Run, retry, undo
from batchroles.job.planning import Checks
from batchroles.models import ENROL, UNENROL
from batchroles.reporter import outcomes
from batchroles.sandbox import serve
from batchroles.sandbox.making.reports import with_functions
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import holdings, moodle_at, planned, recorded_site, run_through, statuses, write_csv

pytestmark = pytest.mark.long

HEADER = ["action", "userid", "roleid", "courseid"]
SUMMER = 1782856800
"""The first of July 2026 in Berlin."""


@pytest.fixture(scope="module")
def running() -> Iterator[Practice]:
    with serve(recorded_site(), state="bot+moodle/course:enrolreview") as practice:
        yield practice


@pytest.fixture
def site(running: Practice) -> Practice:
    """Give the recorded site, where the token's user may see whose enrolment is suspended, as if just started."""
    running.reset()
    return running


def enrolments(practice: Practice, course: int) -> dict[int, tuple[int, int, int]]:
    """Give (suspended, start, end) of a course's enrolments by hand, by user."""
    rows = practice.state()["user_enrolments"]
    return {
        row["userid"]: (row["status"], row["timestart"], row["timeend"])
        for row in rows
        if row["method"] == "manual" and row["courseid"] == course
    }


def done(
    folder: Path, practice: Practice, rows: list[tuple[Any, ...]], **kinds: Any
) -> list[tuple[int, str, str]]:
    """Send rows, and give (row, status, code) of each."""
    header = [*HEADER, "start", "end"][: len(rows[0])]
    moodle = moodle_at(practice)
    plan = planned(write_csv(folder / "rows.csv", header, rows), moodle, existing=True, **kinds)
    run_through(folder / "run", plan, moodle, verify=True)
    return statuses(folder / "run")


def taken_back(folder: Path, practice: Practice, **how: Any) -> Any:
    """Undo a folder's run, and give the plan of that."""
    moodle = moodle_at(practice)
    with Run.open(folder / "run") as run:
        back = undo(run, moodle, **how)
    run_through(folder / "undo", back, moodle)
    return back.plan


def test_who_is_enrolled_with_the_role_already_is_left_alone(tmp_path: Path, site: Practice) -> None:
    """Only who is let in and has the role counts as enrolled: a suspended enrolment, a new role and dates are sent."""
    rows = [
        ("enrol", 10, 5, 2, "", ""),
        ("enrol", 17, 5, 2, "", ""),
        ("enrol", 11, 4, 2, "", ""),
        ("enrol", 12, 5, 2, "", "2030-06-30"),
        ("enrol", 21, 5, 2, "", ""),
    ]
    assert done(tmp_path, site, rows, time_zone="Europe/Berlin") == [
        (2, "already", ""),
        (3, "enrolled", ""),
        (4, "enrolled", ""),
        (5, "enrolled", ""),
        (6, "enrolled", ""),
    ]
    now = enrolments(site, 2)
    assert now[17] == (0, 0, 0)
    assert now[12] == (0, 0, 1909087200)
    assert now[21] == (0, 0, 0)


def test_an_undo_takes_away_only_what_was_not_there(tmp_path: Path, site: Practice) -> None:
    """Unenrolled again is who had neither enrolment nor role; who had more loses the new role alone, or nothing."""
    before, held = enrolments(site, 2), holdings(site)
    rows = [("enrol", 34, 5, 2), ("enrol", 11, 4, 2), ("enrol", 17, 5, 2), ("enrol", 21, 5, 2)]
    done(tmp_path, site, rows)
    plan = taken_back(tmp_path, site)
    assert plan.lines.words("change") == ["unenrol", "unassign", "suspend"]
    assert "Left alone is 1 row of run, because the enrolment was there before, or a role without one" in str(
        plan.notes
    )
    assert "1 person is unenrolled again: with the enrolment go all roles" in str(plan.notes)
    assert holdings(site) == held
    assert enrolments(site, 2) == {**before, 21: (0, 0, 0)}


def test_what_was_not_read_is_not_unenrolled(tmp_path: Path, site: Practice) -> None:
    """Where nobody looked before, an undo leaves an enrolment alone, and --also-unknown takes the role alone."""
    moodle = moodle_at(site)
    path = write_csv(tmp_path / "rows.csv", HEADER, [("enrol", 34, 5, 2)])
    run_through(tmp_path / "run", planned(path, moodle, existing=False), moodle)
    with (
        Run.open(tmp_path / "run") as run,
        pytest.raises(RunError, match="--also-unknown takes back such rows"),
    ):
        undo(run, moodle)
    assert taken_back(tmp_path, site, also_unknown=True).lines.words("change") == ["unassign"]
    assert 34 in enrolments(site, 2)


def test_unenrolling_needs_no_role_and_is_read_back(tmp_path: Path, site: Practice) -> None:
    """Gone are who was enrolled by hand; who is not enrolled is so already, and whom a cohort keeps is said to stay."""
    path = write_csv(
        tmp_path / "rows.csv", ["userid", "courseid"], [(11, 3), (34, 2), (21, 2), (23, 11), (25, 11)]
    )
    moodle = moodle_at(site)
    plan = planned(path, moodle, UNENROL, existing=True)
    run_through(tmp_path / "run", plan, moodle)
    assert statuses(tmp_path / "run") == [
        (2, "unenrolled", ""),
        (3, "already", ""),
        (4, "already", ""),
        (5, "refused", "still-enrolled"),
        (6, "refused", "still-enrolled"),
    ]
    back = taken_back(tmp_path, site)
    assert back.lines.words("change") == ["enrol"]
    assert (back.lines.roleid.tolist(), back.lines.row.tolist()) == ([5], [2])
    assert "other roles and groups, which went with the enrolment, do not come back" in str(back.notes)
    assert enrolments(site, 3)[11] == (0, 0, 0)


def test_suspending_gives_nobody_a_role(tmp_path: Path, site: Practice) -> None:
    """It takes a role that the person has there, and is invalid for who has none, or not this one, or is outside."""
    rows = [
        ("suspend", 11, "", 2),
        ("suspend", 16, 4, 2),
        ("suspend", 12, 3, 2),
        ("suspend", 34, "", 2),
        ("suspend", 20, "", 2),
        ("reactivate", 17, "", 2),
        ("reactivate", 13, "", 2),
    ]
    held = holdings(site)
    found = done(tmp_path, site, rows)
    assert found == [
        (2, "suspended", ""),
        (3, "suspended", ""),
        (4, "invalid", "not-enrolled"),
        (5, "invalid", "not-enrolled"),
        (6, "invalid", "not-enrolled"),
        (7, "reactivated", ""),
        (8, "already", ""),
    ]
    now = enrolments(site, 2)
    assert [now[user][0] for user in (11, 16, 17)] == [1, 1, 0]
    assert holdings(site) == held
    assert sorted(taken_back(tmp_path, site).lines.words("change")) == ["reactivate", "reactivate", "suspend"]
    again = enrolments(site, 2)
    assert [again[user][0] for user in (11, 16, 17)] == [0, 0, 1]


def test_suspending_whom_a_cohort_lets_in_is_said(tmp_path: Path, site: Practice) -> None:
    """Moodle answers success, and the person is still let in: the row is refused."""
    assert done(tmp_path, site, [("suspend", 23, "", 11)]) == [(2, "refused", "still-enrolled")]


def test_where_nobody_tells_who_is_suspended(tmp_path: Path) -> None:
    """Without moodle/course:enrolreview enrolling is sent rather than taken for so, and suspending is not verified."""
    with serve(recorded_site()) as practice:
        found = done(tmp_path, practice, [("enrol", 10, 5, 2), ("suspend", 11, "", 2)])
    assert found == [(2, "enrolled", ""), (3, "suspended", "not-verified")]


def test_what_moodle_refuses_is_a_row_problem_with_its_fix(tmp_path: Path, site: Practice) -> None:
    """A course without manual enrolment, a role that may not be given, an account that is not confirmed, a category."""
    rows = [("enrol", 34, 5, 9), ("enrol", 34, 13, 5), ("enrol", 37, 5, 5), ("enrol", 34, 5, 5)]
    moodle = moodle_at(site)
    path = write_csv(tmp_path / "rows.csv", HEADER, rows)
    run_through(tmp_path / "run", planned(path, moodle, existing=True), moodle)
    assert statuses(tmp_path / "run") == [
        (2, "refused", "no-manual-enrolment"),
        (3, "refused", "role-not-assignable"),
        (4, "refused", "refused"),
        (5, "enrolled", ""),
    ]
    category = write_csv(
        tmp_path / "category.csv", ["action", "userid", "roleid", "categoryid"], [("enrol", 34, 5, 3)]
    )
    told = outcomes(planned(category, moodle).plan)
    assert told["_code"].tolist() == ["wrong-level"]
    assert told["_fix"].tolist()[0].startswith("Name the course itself")


def test_dates_of_one_enrolment_must_agree(tmp_path: Path, site: Practice) -> None:
    """The same row with other dates, be it for another role, is a contradiction; with the same ones a duplicate."""
    rows = [
        ("enrol", 34, 5, 5, "2026-07-01", ""),
        ("enrol", 34, 4, 5, "2026-07-02", ""),
        ("enrol", 34, 5, 3, "2026-07-01", ""),
        ("enrol", 34, 5, 3, "01.07.2026", ""),
        ("enrol", 43, 5, 3, "2026-07-01", "2026-06-30"),
    ]
    assert done(tmp_path, site, rows, time_zone="Europe/Berlin") == [
        (2, "invalid", "conflict"),
        (3, "invalid", "conflict"),
        (4, "enrolled", ""),
        (5, "duplicate", ""),
        (6, "invalid", "bad-value"),
    ]
    assert enrolments(site, 3)[34] == (0, SUMMER, 0)


def test_a_retry_has_the_dates_again(tmp_path: Path, site: Practice) -> None:
    """The failed row goes with the start and end that the file has, in the zone of the first time."""
    rows = [("enrol", 37, 5, 5, "2026-07-01", ""), ("enrol", 34, 5, 5, "2026-07-01", "")]
    done(tmp_path, site, rows, time_zone="Europe/Berlin")
    moodle = moodle_at(site)
    with Run.open(tmp_path / "run") as run:
        again = retry(run, moodle, Checks())
    assert again.plan.lines.start.tolist() == [SUMMER]


def test_dates_without_a_zone_are_not_guessed(tmp_path: Path, site: Practice) -> None:
    """Where neither the site nor a flag says which zone is meant, nothing is planned; seconds since 1970 need none."""
    moodle = moodle_at(site)
    header = [*HEADER, "start"]
    path = write_csv(tmp_path / "rows.csv", header, [("enrol", 34, 5, 5, "2026-07-01")])
    with pytest.raises(InputError, match=r"does not tell its time zone .* --time-zone Europe/Berlin"):
        planned(path, moodle)
    exact = write_csv(tmp_path / "exact.csv", header, [("enrol", 34, 5, 5, SUMMER)])
    assert planned(exact, moodle).plan.lines.start.tolist() == [SUMMER]


def test_dates_are_meant_where_the_site_is(tmp_path: Path) -> None:
    """Where the service has the function that tells it, the site's own zone counts; a flag goes before it."""
    raw = with_functions(recorded_site(), ["tool_mobile_get_config"])
    path = write_csv(tmp_path / "rows.csv", [*HEADER, "start"], [("enrol", 34, 5, 5, "2026-07-01")])
    with serve(raw) as practice:
        moodle = moodle_at(practice)
        assert planned(path, moodle).plan.lines.start.tolist() == [SUMMER]
        assert planned(path, moodle, time_zone="UTC").plan.lines.start.tolist() == [SUMMER + 7200]


def test_assigning_says_who_is_not_enrolled(tmp_path: Path, site: Practice) -> None:
    """One line says how many people, and what that means; nothing is said where all are enrolled."""
    path = write_csv(tmp_path / "rows.csv", HEADER[1:], [(10, 4, 3), (34, 5, 3), (34, 4, 3), (43, 5, 2)])
    notes = planned(path, moodle_at(site), existing=True).plan.notes
    assert [note for note in notes if "not enrolled" in note] == [
        "2 of 3 people with a role in a course are not enrolled there: a role alone puts nobody among a course's"
        " participants, nor the course on a dashboard. --enrol enrols such people, too."
    ]
    everybody = write_csv(tmp_path / "everybody.csv", HEADER[1:], [(10, 4, 3)])
    assert not [
        note for note in planned(everybody, moodle_at(site), existing=True).plan.notes if "enrol" in note
    ]


def test_assigning_can_enrol_along(tmp_path: Path, site: Practice) -> None:
    """With --enrol who is not enrolled in the course is; others get the role alone, as does everybody elsewhere."""
    header = ["userid", "roleid", "courseid", "categoryid"]
    rows = [(10, 3, 3, ""), (34, 5, 3, ""), (11, 5, 3, ""), (17, 4, 2, ""), (34, 1, "", 3)]
    moodle = moodle_at(site)
    plan = planned(write_csv(tmp_path / "rows.csv", header, rows), moodle, enrol=True, existing=True)
    run_through(tmp_path / "run", plan, moodle, verify=True)
    found = [status for _, status, _ in statuses(tmp_path / "run")]
    assert found[:4] == ["assigned", "enrolled", "already", "assigned"]
    assert enrolments(site, 2)[17] == (1, 0, 0)
    assert 34 in enrolments(site, 3)


def test_enrolling_asks_for_few_calls(tmp_path: Path, site: Practice) -> None:
    """Two hundred enrolments are one call, beside those that read who is enrolled."""
    users = sorted(site.site.users)[10:38]
    path = write_csv(
        tmp_path / "rows.csv", HEADER[1:], [(user, 5, 5) for user in users if user not in (33, 37)]
    )
    moodle = moodle_at(site)
    plan = planned(path, moodle, ENROL, existing=True)
    summary = run_through(tmp_path / "run", plan, moodle)
    assert summary.calls["enrol_manual_enrol_users"] == 1
