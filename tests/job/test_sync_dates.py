"""A sync that gives from a day until a day, and one that enrols: on a practice site, day after day."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from batchroles.job import Account, Apply, Job, PlanUndo
from batchroles.job.sync import following
from batchroles.loader.layouts import FormatOptions
from batchroles.models import ENROL, UNASSIGN
from batchroles.runs.ledger import OWNED, SUSPENDED
from batchroles.sandbox import serve
from tests.job.helpers import moodle_at, write_csv
from tests.job.test_sync import Nightly, by_hand, quiet_site

pytestmark = pytest.mark.long

FIRST = datetime(2026, 9, 1, 2, 15, tzinfo=UTC)


class Days(Nightly):
    """A sync whose nights are told apart by a clock that the test sets."""

    understanding = FormatOptions(time_zone="UTC")

    def night(self, day: int, monkeypatch: pytest.MonkeyPatch, **rules: Any) -> Account:
        """Run the sync in a night, counted from 1 September 2026."""
        now = FIRST + timedelta(days=day)

        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> "Clock":
                return cls.fromtimestamp(now.timestamp(), tz)

        monkeypatch.setattr(following, "datetime", Clock)
        out = self.folder / f"run-{len(self.runs)}"
        self.runs.append(out)
        task = replace(self.task(**rules), understanding=self.understanding)
        with Job(moodle_at(self.practice)) as job:
            return job.done(task, out, Apply())


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    """Serve a site in whose first courses nobody is."""
    with serve(quiet_site()) as practice:
        yield Days(practice, tmp_path)


def test_a_role_is_held_from_its_day_until_its_day(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given in the first night of its days and taken away in the first night after them, both days included."""
    person, course = days.people[0], days.courses[0]
    rows = [
        (person, "student", course, "2026-09-03", "2026-09-05"),
        (days.people[1], "student", course, "", ""),
    ]
    write_csv(days.file, ["username", "role", "course", "from", "until"], rows)
    held = []
    for day in range(8):
        account = days.night(day, monkeypatch)
        assert account.summary.exit_code == 0
        held.append((person, "student", course) in days.held())
        assert (days.people[1], "student", course) in days.held()
    assert held == [False, False, True, True, True, False, False, False]
    success = (days.runs[0] / "success.csv").read_text(encoding="utf-8-sig")
    assert "not-due" in success


def test_many_that_end_on_one_day_are_no_reason_to_stop(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a term that an earlier file announced takes everybody's role away, whatever --max-removals says."""
    rows = [(*row, "2026-09-02") for row in days.students(30)] + [(*row, "") for row in days.students(5, 1)]
    write_csv(days.file, ["username", "role", "course", "until"], rows)
    days.night(0, monkeypatch)
    assert len(days.held()) == 35
    account = days.night(2, monkeypatch)
    assert account.summary.tally.statuses == {"unassigned": 30, "already": 5, "not-due": 30}
    assert days.held() == set(days.students(5, 1))


def test_an_end_that_comes_as_a_surprise_is_withheld(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    """Last days that stand in no earlier file may be a broken column: many of them are withheld."""
    write_csv(days.file, ["username", "role", "course", "until"], [(*row, "") for row in days.students(30)])
    days.night(0, monkeypatch)
    write_csv(
        days.file,
        ["username", "role", "course", "until"],
        [(*row, "2026-09-01") for row in days.students(30)],
    )
    account = days.night(1, monkeypatch)
    assert (account.summary.tally.withheld, account.summary.exit_code) == (30, 3)
    assert days.night(2, monkeypatch).summary.tally.withheld == 30
    assert len(days.held()) == 30


def test_an_end_that_is_announced_in_time_is_none(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    """A last day that a file says a week before is announced, and one that comes sooner is not, even by a day."""
    header = ["username", "role", "course", "until"]
    today = datetime.now(UTC).date()
    write_csv(days.file, header, [(*row, "") for row in days.students(30)])
    night = (today - FIRST.date()).days
    days.night(night, monkeypatch)
    for ahead, withheld in ((1, 30), (8, 0)):
        end = today + timedelta(days=ahead)
        write_csv(days.file, header, [(*row, end.isoformat()) for row in days.students(30)])
        days.night(night, monkeypatch)
        account = days.night(night + ahead + 1, monkeypatch, min_rows="1")
        assert account.summary.tally.withheld == withheld
    assert days.held() == set()


def test_two_rows_for_two_times_hold_in_both(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person with two rows of different days has the role on the days of either."""
    person, course = days.people[0], days.courses[0]
    rows = [
        (person, "student", course, "2026-09-01", "2026-09-02"),
        (person, "student", course, "2026-09-04", "2026-09-05"),
    ]
    write_csv(days.file, ["username", "role", "course", "from", "until"], rows)
    held = []
    for day in range(6):
        days.night(day, monkeypatch)
        held.append((person, "student", course) in days.held())
    assert held == [True, True, False, True, True, False]


def test_a_role_given_by_hand_stays_after_its_days(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    """A role that the sync did not give is not taken away when its days are over."""
    row = days.students(1)[0]
    by_hand(days, [row])
    write_csv(days.file, ["username", "role", "course", "until"], [(*row, "2026-09-02")])
    for day in range(4):
        days.night(day, monkeypatch)
    assert days.held() == {row}


class Enrolling(Days):
    """The same with --enrol."""

    understanding = FormatOptions(time_zone="UTC", enrol=True)

    def enrolled(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Give by user and course status and end of every enrolment in the courses."""
        raw = self.practice.raw
        users = {one["id"]: one["username"] for one in raw["users"]}
        courses = {one["id"]: one["shortname"] for one in raw["courses"]}
        return {
            (users[row["userid"]], courses[row["courseid"]]): (row["status"], row["timeend"])
            for row in self.practice.state()["user_enrolments"]
            if courses[row["courseid"]] in self.courses
        }


@pytest.fixture
def enrolling(days: Days) -> Enrolling:
    """Give the same site to a sync that enrols."""
    return Enrolling(days.practice, days.folder)


def test_who_is_new_is_enrolled(enrolling: Enrolling, monkeypatch: pytest.MonkeyPatch) -> None:
    """People are enrolled with their role; unless it is said otherwise, the role alone goes when they are gone."""
    write_csv(enrolling.file, ["username", "role", "course"], enrolling.students(12))
    account = enrolling.night(0, monkeypatch)
    assert account.summary.tally.statuses == {"enrolled": 12}
    assert len(enrolling.enrolled()) == 12
    assert enrolling.night(1, monkeypatch).summary.tally.statuses == {"already": 12}
    write_csv(enrolling.file, ["username", "role", "course"], enrolling.students(12)[2:])
    account = enrolling.night(2, monkeypatch)
    assert account.summary.tally.statuses == {"unassigned": 2, "already": 10}
    assert len(enrolling.enrolled()) == 12
    assert enrolling.held() == set(enrolling.students(12)[2:])


def test_who_is_gone_is_unenrolled_if_that_is_said(
    enrolling: Enrolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--on-removal unenrol ends the enrolments that the sync made, and no other one's."""
    person, course = enrolling.people[20], enrolling.courses[0]
    by_hand(enrolling, [(person, "student", course)])
    rows = [*enrolling.students(12), (person, "student", course)]
    write_csv(enrolling.file, ["username", "role", "course"], rows)
    enrolling.night(0, monkeypatch, on_removal={"": "unenrol"})
    before = {*enrolling.enrolled()}
    write_csv(enrolling.file, ["username", "role", "course"], rows[2:12])
    account = enrolling.night(1, monkeypatch, on_removal={"": "unenrol"})
    assert account.summary.tally.statuses == {"unenrolled": 2, "already": 10}
    assert {*enrolling.enrolled()} == before - {(user, course) for user, _, course in rows[:2]}
    assert (person, "student", course) in enrolling.held()


def test_an_enrolment_that_others_made_stays(enrolling: Enrolling, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the person was enrolled before, --on-removal unenrol takes the sync's role alone away."""
    rows = enrolling.students(3)
    raw = enrolling.practice.raw
    users = {one["username"]: one["id"] for one in raw["users"]}
    courses = {one["shortname"]: one["id"] for one in raw["courses"]}
    row = (users[rows[0][0]], 5, "course", courses[rows[0][2]])
    moodle = moodle_at(enrolling.practice)
    moodle.change(ENROL, [row], dates=[(0, 0)])
    moodle.change(UNASSIGN, [row])
    write_csv(enrolling.file, ["username", "role", "course"], rows)
    enrolling.night(0, monkeypatch)
    write_csv(enrolling.file, ["username", "role", "course"], rows[1:])
    account = enrolling.night(1, monkeypatch, on_removal={"": "unenrol"})
    assert account.summary.tally.statuses == {"unassigned": 1, "already": 2}
    assert (rows[0][0], rows[0][2]) in enrolling.enrolled()


def test_nobody_is_unenrolled_who_keeps_another_role(
    enrolling: Enrolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two roles in a course the one that the file has no more goes, and the enrolment stays for the other."""
    rows = [*enrolling.students(3), *enrolling.students(1, 0, "teacher")]
    write_csv(enrolling.file, ["username", "role", "course"], rows)
    enrolling.night(0, monkeypatch)
    write_csv(enrolling.file, ["username", "role", "course"], rows[1:])
    account = enrolling.night(1, monkeypatch, on_removal={"": "unenrol"})
    assert account.summary.tally.statuses == {"unassigned": 1, "already": 3}
    assert (rows[0][0], rows[0][2]) in enrolling.enrolled()


def test_nobody_is_unenrolled_to_whom_others_gave_a_role(
    enrolling: Enrolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ending an enrolment takes all roles away: where somebody gave another one, the sync's own role goes alone."""
    rows = enrolling.students(4)
    write_csv(enrolling.file, ["username", "role", "course"], rows)
    enrolling.night(0, monkeypatch)
    other = (rows[0][0], "teacher", rows[0][2])
    by_hand(enrolling, [other])
    write_csv(enrolling.file, ["username", "role", "course"], rows[2:])
    account = enrolling.night(1, monkeypatch, on_removal={"": "unenrol"})
    assert account.summary.tally.statuses == {"unenrolled": 1, "unassigned": 1, "already": 2}
    assert enrolling.held() == {other, *rows[2:]}
    assert any(note.startswith("1 person is not unenrolled") for note in account.summary.notes)


def test_who_is_gone_is_suspended_and_comes_back(
    enrolling: Enrolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--on-removal suspend keeps role and enrolment, and lets the person in again once the file has the row."""
    rows = enrolling.students(6)
    write_csv(enrolling.file, ["username", "role", "course"], rows)
    rule = {"on_removal": {"": "suspend"}}
    enrolling.night(0, monkeypatch, **rule)
    write_csv(enrolling.file, ["username", "role", "course"], rows[1:])
    account = enrolling.night(1, monkeypatch, **rule)
    assert account.summary.tally.statuses == {"suspended": 1, "already": 5}
    assert enrolling.enrolled()[rows[0][0], rows[0][2]][0] == 1
    assert enrolling.night(2, monkeypatch, **rule).summary.tally.statuses == {"already": 5}
    with enrolling.ledger() as ledger:
        assert (len(ledger.holdings(OWNED)), len(ledger.holdings(SUSPENDED))) == (5, 1)
    write_csv(enrolling.file, ["username", "role", "course"], rows)
    account = enrolling.night(3, monkeypatch, **rule)
    assert account.summary.tally.statuses == {"reactivated": 1, "already": 5}
    assert enrolling.enrolled()[rows[0][0], rows[0][2]][0] == 0
    assert enrolling.owned() == 6


def test_the_end_of_an_enrolment_follows_the_file(
    enrolling: Enrolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the dates of an enrolment that the sync made change in the file, they are sent."""
    rows = enrolling.students(3)
    header = ["username", "role", "course", "end"]
    write_csv(enrolling.file, header, [(*row, "2026-12-31") for row in rows])
    enrolling.night(0, monkeypatch)
    assert enrolling.night(1, monkeypatch).summary.tally.statuses == {"already": 3}
    write_csv(enrolling.file, header, [(*rows[0], "2027-01-31"), *((*row, "2026-12-31") for row in rows[1:])])
    account = enrolling.night(2, monkeypatch)
    assert account.summary.tally.statuses == {"enrolled": 1, "already": 2}
    ends = {datetime.fromtimestamp(end, UTC).date().isoformat() for _, end in enrolling.enrolled().values()}
    assert ends == {"2027-01-01", "2027-02-01"}
    assert enrolling.night(3, monkeypatch).summary.tally.statuses == {"already": 3}


def test_a_run_with_days_can_be_taken_back(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    """An undo of a night with rows outside their days takes back what was given, and no more is owned."""
    rows = [(*row, "") for row in days.students(2)] + [(*row, "2026-08-01") for row in days.students(2, 1)]
    write_csv(days.file, ["username", "role", "course", "until"], rows)
    days.night(0, monkeypatch)
    with Job(moodle_at(days.practice)) as job:
        job.done(PlanUndo(days.runs[-1]), days.folder / "undo", Apply())
    assert (days.owned(), days.held()) == (0, set())
