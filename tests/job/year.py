"""A year of somebody else's registrar as daily lists, the syncs that follow it, and what plain pandas expects.

Day *d*'s list is everybody who has registered by *d* and not withdrawn by *d*: it tells how a day ends. So the 19 who
withdrew on the day on which they registered are in no list; nor are the 45 without a day of registration, of whom
nobody can say when they came.
"""

import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from batchroles.client import Moodle
from batchroles.job import Account, Apply, Job, Rules, Sync
from batchroles.models import ASSIGN, UNASSIGN
from batchroles.runs.folders import delete
from batchroles.runs.ledger import OWNED, Ledger, ledger_file
from batchroles.sandbox.making.roster import roster_site
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.wire.practice import Practice
from tests import SHARED
from tests.job.helpers import moodle_at, write_csv

REGISTRATIONS = SHARED / "data" / "oulad" / "studentRegistration.csv"
DAYS = range(-60, 121)
"""By how many days they come after the presentations begin."""
A_CALL = 200
"""Rows of one change in a call, at most."""
KEPT = 7
"""Runs; the disk has no room for the folders of a year, which are forgotten as people do it."""
STUDENT = 5
COHORT = "enrol_cohort"
NAME = "students"
"""The sync's."""
HEADER = ("idnumber", "role", "context")

Seat = tuple[str, str]
"""Whose, by ID number, and in which course."""
Holder = tuple[str, str, str]
"""The same, and the component that gave the role; none where it was given by hand or by a sync."""


class Registrar:
    """The lists of a year, and who shall be a student when each day ends."""

    header: Sequence[str] = HEADER

    def __init__(self, courses: Sequence[str] = ()) -> None:
        """`courses`: those that it keeps lists of; all by default."""
        table = pd.read_csv(REGISTRATIONS)
        table["course"] = table["code_module"] + "_" + table["code_presentation"]
        self.table = table[table["course"].isin(courses)] if courses else table

    def wanted(self, day: int) -> set[Seat]:
        """Give who shall be a student of which course when a day ends."""
        came, went = self.table["date_registration"] <= day, self.table["date_unregistration"] <= day
        return {*_seats(self.table[came & ~went])}

    def rows(self, day: int) -> Iterable[Sequence[str]]:
        """Give what a day's list says, row by row."""
        return _as_rows(sorted(self.wanted(day)))

    def site(self, folder: Path) -> dict[str, Any]:
        """Make a site in which everybody who is ever listed has an account, and all courses are there."""
        return roster_site(write_csv(folder / "everybody.csv", HEADER, _as_rows(_seats(self.table))))

    def leavers(self, count: int) -> list[tuple[int, Seat]]:
        """Give some who come, and go again before the last day, each with the day on whose list they are first."""
        first = self.table["date_registration"].clip(lower=DAYS[0])
        last = self.table["date_unregistration"]
        some = self.table[(first < last) & (last <= DAYS[-1])]
        some = some.iloc[:: max(1, len(some) // count)][:count]
        return [*zip(first[some.index].astype(int).tolist(), _seats(some), strict=True)]


def _seats(table: pd.DataFrame) -> Iterator[Seat]:
    return zip(table["id_student"].astype(str), table["course"], strict=True)


def _as_rows(seats: Iterable[Seat]) -> Iterator[Sequence[str]]:
    return ((person, "student", f"course:{course}") for person, course in seats)


@dataclass
class Count:
    """What was written, and how little would have done: the changes of each day, 200 in a call."""

    calls: int = 0
    rows: int = 0
    least_calls: int = 0
    least_rows: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    """All calls by function, those that wrote nothing too."""

    def __str__(self) -> str:
        return (
            f"{self.rows:,} rows written, {self.least_rows:,} at least; {self.calls:,} calls for them,"
            f" {self.least_calls:,} at least; {self.asked.total():,} calls in all"
        )


class Year:
    """One sync of a site, night after night, and the site beside what it should be.

    Some of those who leave have the role before they are listed, given by hand, and the last of them by a cohort: they
    have it for good.
    """

    def __init__(
        self,
        practice: Practice,
        folder: Path,
        registrar: Registrar,
        moodle: Moodle | None = None,
        by_hand: int = 12,
    ) -> None:
        self.practice, self.folder, self.registrar = practice, folder, registrar
        self._moodle = moodle
        self.leavers = registrar.leavers(by_hand)
        self.file, self.state = folder / "export.csv", folder / "state"
        self.count = Count()
        self._runs = 0
        self._before: set[Seat] = set()
        self._there: set[Holder] = set()
        raw = practice.raw
        self._people = {one["id"]: one["idnumber"] for one in raw["users"]}
        self._courses = {one["contextid"]: one["shortname"] for one in raw["courses"]}
        self._names = {*registrar.table["course"]}

    def morning(self, day: int) -> None:
        """Let a day's people be given the role by hand, or by the cohort, and write its list."""
        for person, course, component in sorted(self._given_by_others(day) - self._there):
            self._give(person, course, component)
        self._there = self._given_by_others(day)
        write_csv(self.file, self.registrar.header, self.registrar.rows(day))

    def _given_by_others(self, day: int) -> set[Holder]:
        *by_hand, by_cohort = self.leavers
        found = {(*seat, "") for when, seat in by_hand if when <= day}
        return found | {(*seat, COHORT) for when, seat in [by_cohort] if when <= day}

    def _give(self, person: str, course: str, component: str) -> None:
        userid = next(id_ for id_, idnumber in self._people.items() if idnumber == person)
        contextid = next(id_ for id_, name in self._courses.items() if name == course)
        row = {"roleid": STUDENT, "contextid": contextid, "userid": userid, "modifierid": 2}
        row |= {"component": component, "itemid": 37 if component else 0, "timemodified": int(time.time())}
        self.practice.change(lambda site: _take_in(site, row))

    def task(self, **rules: Any) -> Sync:
        """Give the task of tonight, every night."""
        return Sync(self.file, NAME, self.state, rules=Rules(**rules))

    def next_run(self) -> Path:
        """Give the folder of the next run; of those before it, a few are kept."""
        self._runs += 1
        old = self._run(self._runs - KEPT)
        if old.is_dir():
            delete(old)
        return self._run(self._runs)

    def _run(self, number: int) -> Path:
        return self.folder / "runs" / f"{number:04}"

    def sync(self, **rules: Any) -> Account:
        """Run the sync."""
        # A process of its own, every night: what a client was told is not kept.
        with Job(self._moodle or moodle_at(self.practice)) as job:
            return job.done(self.task(**rules), self.next_run(), Apply())

    def night(self, day: int, **rules: Any) -> Account:
        """Run the sync of a day, and count what it wrote beside the least that would have done."""
        account = self.sync(**rules)
        assert account.folder is not None
        wanted = self.given(day)
        changes = [len(wanted - self._before), len(self._before - wanted)]
        self._before = wanted
        statuses = account.summary.tally.statuses
        self.count.rows += statuses.get(ASSIGN.done, 0) + statuses.get(UNASSIGN.done, 0)
        self.count.calls += _calls_of_rows(account.folder)
        self.count.asked += Counter(account.summary.calls)
        self.count.least_rows += sum(changes)
        self.count.least_calls += sum(-(-some // A_CALL) for some in changes)
        return account

    def given(self, day: int) -> set[Seat]:
        """Give what the sync has to have given when a day ends: what is wanted, less what others have given."""
        return self.registrar.wanted(day) - {seat for _, seat in self.leavers}

    def expected(self, day: int) -> set[Holder]:
        """Give who shall have the role when a day ends, and by whom."""
        return {(*seat, "") for seat in self.given(day)} | self._given_by_others(day)

    def holders(self) -> set[Holder]:
        """Give who is a student of the courses, and by whom.

        Raises AssertionError where somebody has another role, or one twice.
        """
        rows = [row for row in self.practice.state()["role_assignments"] if self._is_listed(row)]
        assert {row["roleid"] for row in rows} <= {STUDENT}
        found = [
            (self._people[row["userid"]], self._courses[row["contextid"]], row["component"]) for row in rows
        ]
        assert len(found) == len(set(found)), "an assignment stands twice"
        return set(found)

    def _is_listed(self, row: dict[str, Any]) -> bool:
        return self._courses.get(row["contextid"]) in self._names

    def owned(self) -> set[Seat]:
        """Give what the ledger says that the sync has given."""
        courses = {one["id"]: one["shortname"] for one in self.practice.raw["courses"]}
        path = ledger_file(self.state, self.practice.url, NAME)
        with Ledger.open(path, self.practice.url, NAME) as ledger:
            owned = ledger.holdings(OWNED)
        return {
            (self._people[user], courses[course])
            for user, course in zip(owned["userid"], owned["instanceid"], strict=True)
        }


def _take_in(site: Site, row: dict[str, Any]) -> None:
    site.role_assignments.add(row)


def _calls_of_rows(folder: Path) -> int:
    """Count the calls that carried rows; not those that asked what would be refused."""
    with closing(sqlite3.connect(folder / "run.db")) as journal:
        return int(journal.execute("SELECT COUNT(*) FROM calls").fetchone()[0])
