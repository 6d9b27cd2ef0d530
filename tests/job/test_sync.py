"""Sync against a practice site: the site follows the file, and nothing goes that the sync did not give."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from batchroles.client import Moodle
from batchroles.client.functions import SITE_INFO
from batchroles.errors import InputError, RunError, StoppedByGuard
from batchroles.job import Account, Apply, Job, PlanUndo, Rules, Run, Sync, retry
from batchroles.job.planning import Checks
from batchroles.models import ASSIGN, Status
from batchroles.reporter import Summary
from batchroles.runs import Runs
from batchroles.runs.ledger import OWNED, Ledger, ledger_file
from batchroles.sandbox import make_site, serve
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import holdings, moodle_at, write_csv

pytestmark = pytest.mark.long

HEADER = ["username", "role", "course"]
Row = tuple[str, str, str]


@dataclass
class Nightly:
    """A sync of one name, run after run, each in a folder of its own."""

    practice: Practice
    folder: Path
    name: str = "students"
    runs: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        users = [user["username"] for user in self.practice.raw["users"] if user["id"] > 4]
        self.people = [name for name in users if name not in ("guest", "admin")][:40]
        self.courses = [one["shortname"] for one in self.practice.raw["courses"] if one["id"] > 1][:6]

        self.folder.mkdir(exist_ok=True)

    @property
    def file(self) -> Path:
        return self.folder / "export.csv"

    def students(self, count: int, course: int = 0, role: str = "student") -> list[Row]:
        return [(person, role, self.courses[course]) for person in self.people[:count]]

    def task(self, rows: Iterable[Row] | None = None, **rules: Any) -> Sync:
        if rows is not None:
            write_csv(self.file, HEADER, rows)
        return Sync(self.file, self.name, self.folder / "state", rules=Rules(**rules))

    def run(
        self,
        rows: Iterable[Row] | None = None,
        *,
        moodle: Moodle | None = None,
        how: Apply | None = None,
        **rules: Any,
    ) -> Account:
        out = self.folder / f"run-{len(self.runs)}"
        self.runs.append(out)
        with Job(moodle or moodle_at(self.practice)) as job:
            return job.done(self.task(rows, **rules), out, how or Apply())

    def ledger(self) -> Ledger:
        path = ledger_file(self.folder / "state", self.practice.url, self.name)
        return Ledger.open(path, self.practice.url, self.name)

    def owned(self) -> int:
        with self.ledger() as ledger:
            return len(ledger.holdings(OWNED))

    def held(self) -> set[Row]:
        """Give who has which role in which of the courses, given by hand."""
        raw = self.practice.raw
        users = {one["id"]: one["username"] for one in raw["users"]}
        roles = {one["id"]: one["shortname"] for one in raw["roles"]}
        courses = {one["contextid"]: one["shortname"] for one in raw["courses"]}
        return {
            (users[user], roles[role], courses[context])
            for user, role, context, component in holdings(self.practice)
            if courses.get(context) in self.courses and not component
        }


def quiet_site() -> dict[str, Any]:
    """Make a site in whose first courses nobody has a role; in the others people are enrolled."""
    site = make_site(users=60, courses=10, categories=3)
    empty = {one["contextid"]: one["id"] for one in site["courses"][1:7]}
    held = site["role_assignments"]
    site["role_assignments"] = [one for one in held if one["contextid"] not in empty]
    enrolled = site["user_enrolments"]
    site["user_enrolments"] = [one for one in enrolled if one["courseid"] not in empty.values()]
    return site


def rename(practice: Practice, old: str, new: str, kind: str = "user") -> int:
    """Give a user or course another name while the site runs; gives its id."""
    rows, names, key = {
        "user": (practice.site.users, practice.site.users_by["username"], "username"),
        "course": (practice.site.courses, practice.site.courses_by["shortname"], "shortname"),
    }[kind]
    row = next(row for row in rows.values() if row[key] == old)
    # A copy: the site file's own rows are never changed.
    rows[row["id"]] = renamed = {**row, key: new}
    names[old] = [one for one in names[old] if one["id"] != row["id"]]
    names[new] = [*names.get(new, []), renamed]
    return int(row["id"])


@pytest.fixture
def nightly(tmp_path: Path) -> Iterator[Nightly]:
    """Serve a site in whose first courses nobody has a role; in the others people are enrolled."""
    with serve(quiet_site()) as practice:
        yield Nightly(practice, tmp_path)


def test_the_site_follows_the_file(nightly: Nightly) -> None:
    """What is new is given, what is gone is taken away, and the rest is not sent again."""
    nightly.run(nightly.students(20))
    assert nightly.held() == set(nightly.students(20))
    moved = [*nightly.students(20)[3:], *nightly.students(2, course=1)]
    account = nightly.run(moved)
    assert nightly.held() == set(moved)
    assert account.summary.tally.statuses == {"assigned": 2, "unassigned": 3, "already": 17}
    assert (account.summary.tally.rows, account.summary.tally.rowless, account.summary.exit_code) == (
        22,
        3,
        0,
    )
    assert nightly.owned() == 19
    success = (nightly.runs[-1] / "success.csv").read_text(encoding="utf-8-sig")
    gone = nightly.people[0]
    assert f'"not in the file any more: {gone}, student in course {nightly.courses[0]}"' in success


def test_an_unchanged_file_costs_one_call(nightly: Nightly) -> None:
    """The second run of a file asks the site only which site it is, also where a role was there by hand before."""
    by_hand = nightly.students(3, role="teacher")
    other = Nightly(nightly.practice, nightly.folder / "somebody", "somebody")
    other.run(by_hand)
    rows = [*nightly.students(20), *by_hand]
    nightly.run(rows)
    again = nightly.run(rows)
    assert again.summary.calls == {SITE_INFO: 1}
    assert again.summary.tally.statuses == {"already": 23}


def test_names_are_looked_up_anew_once_they_are_old(nightly: Nightly) -> None:
    """With ids that are too old a person under a user name that passed to another is somebody else."""
    rows = nightly.students(12)
    nightly.run(rows)
    rename(nightly.practice, nightly.people[0], "renamed")
    rename(nightly.practice, nightly.people[30], nightly.people[0])
    account = nightly.run(rows, cache_ttl=0.0)
    assert account.summary.tally.statuses == {"assigned": 1, "unassigned": 1, "already": 11}


def test_what_is_sent_is_looked_up_whatever_is_remembered(nightly: Nightly) -> None:
    """A row that is new is never sent with an id that is remembered: the name may have passed to another person."""
    nightly.run(nightly.students(12))
    rename(nightly.practice, nightly.people[0], "renamed")
    other = rename(nightly.practice, nightly.people[30], nightly.people[0])
    account = nightly.run([*nightly.students(12), (nightly.people[0], "student", nightly.courses[3])])
    frame = account.plan.lines.frame()
    sent = frame[frame["status"] == Status.ASSIGNED]
    assert sent["userid"].tolist() == [other]


def test_a_role_given_by_hand_stays(nightly: Nightly) -> None:
    """What was there before the sync, or is another sync's, is not its own, and stays when the file loses it."""
    Nightly(nightly.practice, nightly.folder / "other", "other").run(nightly.students(4))
    nightly.run(nightly.students(20))
    assert nightly.owned() == 16
    nightly.run(nightly.students(20)[4:])
    assert nightly.held() == set(nightly.students(20))


def test_adopting_takes_over_what_is_in_the_file(nightly: Nightly) -> None:
    """With --adopt what is in the file and was there before is owned, and goes when the file loses it."""
    Nightly(nightly.practice, nightly.folder / "other", "other").run(nightly.students(15))
    nightly.run(nightly.students(15))
    assert nightly.owned() == 0
    nightly.run(nightly.students(15), adopt=True)
    assert nightly.owned() == 15
    nightly.run(nightly.students(15)[5:])
    assert nightly.held() == set(nightly.students(15)[5:])


def test_what_nobody_could_look_at_is_not_owned(nightly: Nightly) -> None:
    """Where nobody can read who had the role before, giving it owns nothing: it may have been there."""
    category = f"category:name={nightly.practice.raw['categories'][0]['name']}"
    write_csv(nightly.file, ["username", "roleid", "context"], [(nightly.people[0], 1, category)])
    nightly.run()
    assert nightly.owned() == 0
    nightly.run(adopt=True)
    assert nightly.owned() == 1


def test_many_removals_are_withheld(nightly: Nightly) -> None:
    """More removals than allowed are kept back, the adds are sent, the exit code is 3, and N more are agreed to."""
    nightly.run(nightly.students(30))
    rows = [*nightly.students(30)[11:], *nightly.students(1, course=2)]
    account = nightly.run(rows)
    assert account.summary.exit_code == 3
    assert account.summary.tally.statuses == {"assigned": 1, "already": 19, "withheld": 11}
    assert nightly.held() == {*nightly.students(30), *nightly.students(1, course=2)}
    kept = (nightly.runs[-1] / "withheld.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(kept) == 12
    with Job(moodle_at(nightly.practice)) as job:
        assert job.gone_on(nightly.runs[-1], Apply()).summary.exit_code == 3
        with pytest.raises(
            StoppedByGuard, match="11 removals are withheld in run-1, and --approve-removals allows 10"
        ):
            job.gone_on(nightly.runs[-1], Apply(approve_removals=10))
        assert nightly.held() == {*nightly.students(30), *nightly.students(1, course=2)}
        assert job.gone_on(nightly.runs[-1], Apply(approve_removals=11)).summary.exit_code == 0
    assert nightly.held() == set(rows)
    assert nightly.owned() == 20
    assert (nightly.runs[-1] / "withheld.csv").read_text(encoding="utf-8-sig").count("\n") == 1


@pytest.mark.parametrize(
    ("removed", "said", "withheld"),
    [(10, None, 0), (11, None, 11), (11, "11", 0), (4, "10%", 4), (3, "10%", 0)],
)
def test_how_many_removals_are_allowed(
    nightly: Nightly, removed: int, said: str | None, withheld: int
) -> None:
    """Ten removals, or one in twenty of what is owned, are allowed; or the number or share that is said."""
    nightly.run(nightly.students(30))
    account = nightly.run(nightly.students(30)[removed:], max_removals=said)
    assert account.summary.tally.withheld == withheld


def test_a_large_sync_may_remove_one_in_twenty(nightly: Nightly) -> None:
    """Of 240 that are owned, 12 may go and 13 are withheld."""
    rows = [row for course in range(6) for row in nightly.students(40, course)]
    nightly.run(rows)
    assert nightly.run(rows[13:]).summary.tally.withheld == 13
    assert nightly.run(rows[12:]).summary.tally.statuses == {"unassigned": 12, "already": 228}


@pytest.mark.parametrize("rows", [0, 1, 9])
def test_a_file_that_has_shrunk_changes_nothing(nightly: Nightly, rows: int) -> None:
    """A file with fewer than half of last time's rows stops the sync before anything is asked."""
    nightly.run(nightly.students(20))
    before = nightly.held()
    with pytest.raises((StoppedByGuard, InputError)):
        nightly.run(nightly.students(rows))
    assert nightly.held() == before
    assert nightly.run(nightly.students(10)).summary.exit_code == 0


def test_a_guard_leaves_no_last_run(nightly: Nightly) -> None:
    """After a guard has stopped a sync, `apply last` means none of the runs before it."""
    nightly.run(nightly.students(20))
    with pytest.raises(StoppedByGuard):
        nightly.run(nightly.students(2))
    with pytest.raises(RunError, match="ended before there was a plan"):
        Runs(nightly.folder).find("last")


def test_a_file_that_is_too_old_changes_nothing(nightly: Nightly) -> None:
    """With --max-age a file that was not written lately stops the sync."""
    task = nightly.task(nightly.students(5), max_age=3600.0)
    os.utime(nightly.file, (0, 0))
    with Job(moodle_at(nightly.practice)) as job, pytest.raises(StoppedByGuard, match="January 1970"):
        job.done(task, nightly.folder / "run", Apply())
    assert nightly.held() == set()


def test_a_person_who_is_gone_protects_what_they_had(nightly: Nightly) -> None:
    """A user name that is not found any more means whom it meant before: nothing of that is taken away."""
    nightly.run(nightly.students(20))
    rename(nightly.practice, nightly.people[0], "renamed")
    account = nightly.run(nightly.students(20)[:-1], cache_ttl=0.0)
    assert account.summary.tally.statuses == {"unassigned": 1, "already": 18, "invalid": 1}
    assert (
        "1 role is not in the file any more and kept all the same, because row 2 cannot be read or looked up and may"
        " mean it."
    ) in account.summary.notes


def test_a_name_nobody_knows_protects_the_place(nightly: Nightly) -> None:
    """A mistyped user may be anybody in that course, and nobody in another one."""
    rows = [*nightly.students(10), *nightly.students(10, course=1)]
    nightly.run(rows)
    account = nightly.run([*rows[1:10], ("nobody.there", "student", nightly.courses[0]), *rows[11:]])
    assert account.summary.tally.statuses == {"unassigned": 1, "already": 18, "invalid": 1}
    assert nightly.held() == set(rows) - {rows[10]}


def test_a_place_nobody_knows_protects_the_person(nightly: Nightly) -> None:
    """A mistyped course may be any course of that person, and none of another one."""
    rows = [*nightly.students(10), *nightly.students(10, course=1)]
    nightly.run(rows)
    account = nightly.run([*rows[2:], (nightly.people[0], "student", "NOWHERE")])
    assert account.summary.tally.statuses == {"unassigned": 1, "already": 18, "invalid": 1}
    assert nightly.held() == set(rows) - {rows[1]}


def test_a_row_that_says_nothing_protects_everything(nightly: Nightly) -> None:
    """A row of which neither person nor place is known may mean anything: nothing is taken away."""
    rows = nightly.students(20)
    nightly.run(rows)
    nightly.run([*rows[5:], ("nobody.there", "student", "NOWHERE")])
    assert nightly.held() == set(rows)


def test_a_course_that_was_renamed_loses_nobody(nightly: Nightly) -> None:
    """A short name that is not found any more means the course that it meant; under the new one nothing is new."""
    rows = nightly.students(20)
    nightly.run(rows)
    rename(nightly.practice, nightly.courses[0], "RENAMED", "course")
    before = holdings(nightly.practice)
    account = nightly.run(rows[3:], cache_ttl=0.0)
    assert account.summary.tally.statuses == {"unassigned": 3, "invalid": 17}
    assert len(before - holdings(nightly.practice)) == 3
    account = nightly.run([(user, role, "RENAMED") for user, role, _ in rows[3:]])
    assert account.summary.tally.statuses == {"already": 17}


def test_the_same_place_under_another_name_is_not_taken_away(nightly: Nightly) -> None:
    """A file that comes to name a course by its context id asks for what is there; the old name's line stays."""
    nightly.run(nightly.students(5))
    context = next(
        one["contextid"] for one in nightly.practice.raw["courses"] if one["shortname"] == nightly.courses[0]
    )
    rows = [(person, role, f"context:{context}") for person, role, _ in nightly.students(5)]
    write_csv(nightly.file, ["username", "role", "context"], rows)
    nightly.run()
    assert nightly.held() == set(nightly.students(5))


def test_a_row_that_takes_away_is_refused_and_protects(nightly: Nightly) -> None:
    """A sync's file says what shall be: a row that asks for a removal is a mistake, and removes nothing."""
    nightly.run(nightly.students(12))
    rows = [(*row, "add") for row in nightly.students(12)[1:]] + [(*nightly.students(1)[0], "del")]
    write_csv(nightly.file, [*HEADER, "action"], rows)
    account = nightly.run()
    assert account.summary.tally.statuses == {"already": 11, "invalid": 1}
    assert nightly.held() == set(nightly.students(12))


def test_teachers_may_be_spared(nightly: Nightly) -> None:
    """--on-removal teacher=keep leaves teachers who are not in the file any more, and says so; students go."""
    rows = [*nightly.students(6), *nightly.students(3, 1, "teacher")]
    nightly.run(rows)
    account = nightly.run([*rows[2:6], rows[8]], min_rows="1", on_removal={"teacher": "keep"})
    assert account.summary.tally.statuses == {"unassigned": 2, "already": 5}
    assert "2 roles are not in the file any more and kept, as --on-removal says." in account.summary.notes
    assert nightly.held() == set(rows[2:])


def test_what_a_killed_run_gave_is_owned(nightly: Nightly) -> None:
    """A run that was killed before it could write the ledger is taken in by the next one."""
    with Job(moodle_at(nightly.practice)) as job:
        saved = job.saved(nightly.task(nightly.students(12)), nightly.folder / "killed")
    assert saved.folder is not None
    # What a process does that is killed between its last answer and the ledger: the ledger is put back.
    with nightly.ledger() as ledger:
        ledger.begin(saved.folder, 0, {"rows": "12", "identity": "{}"})
    state = nightly.folder / "state"
    shutil.copytree(state, nightly.folder / "before")
    with Job(moodle_at(nightly.practice)) as job:
        job.gone_on(saved.folder, Apply())
    shutil.rmtree(state)
    (nightly.folder / "before").rename(state)
    assert nightly.owned() == 0
    nightly.run(nightly.students(12)[2:])
    assert nightly.owned() == 10
    assert nightly.held() == set(nightly.students(12)[2:])


def killed_while_sending(nightly: Nightly, rows: list[Row]) -> None:
    """Leave a run as a process does that is killed with one call, with all rows, on its way."""
    with Job(moodle_at(nightly.practice)) as job:
        saved = job.saved(nightly.task(rows), nightly.folder / "killed")
    assert saved.folder is not None
    with Run.open(saved.folder) as run, nightly.ledger() as ledger:
        ledger.begin(saved.folder, 0, {"rows": str(len(rows)), "identity": "{}"})
        run.journal.book.intend(ASSIGN.function, np.arange(len(rows)))


def done_by_the_call(nightly: Nightly) -> None:
    """Have the site do what that call asked for."""
    with Run.look(nightly.folder / "killed") as run:
        lines = run.journal.lines()
    some = zip(lines.userid.tolist(), lines.roleid.tolist(), lines.instanceid.tolist(), strict=True)
    moodle_at(nightly.practice).change(ASSIGN, [(user, role, "course", at) for user, role, at in some])


def test_what_was_sent_without_an_answer_is_owned_once_it_is_confirmed(nightly: Nightly) -> None:
    """Rows whose answer was lost may be done: the next run sends them again, and owns what Moodle confirms."""
    rows = nightly.students(12)
    killed_while_sending(nightly, rows)
    done_by_the_call(nightly)
    assert nightly.held() == set(rows)
    account = nightly.run(rows)
    assert account.summary.tally.statuses == {"assigned": 12}
    assert nightly.owned() == 12


def test_what_was_sent_without_an_answer_goes_once_somebody_agrees(nightly: Nightly) -> None:
    """What the file has no more may be a person's, if the answer was lost: it is withheld, and goes if that is said."""
    rows = nightly.students(12)
    killed_while_sending(nightly, rows)
    done_by_the_call(nightly)
    account = nightly.run(rows[2:])
    assert account.summary.tally.statuses == {"assigned": 10, "withheld": 2}
    assert any("lost the answer" in note for note in account.summary.notes)
    assert nightly.held() == set(rows)
    with Job(moodle_at(nightly.practice)) as job:
        job.gone_on(nightly.runs[-1], Apply(approve_removals=2))
    assert (nightly.held(), nightly.owned()) == (set(rows[2:]), 10)
    assert nightly.run(rows[2:]).summary.tally.statuses == {"already": 10}


def test_what_was_sent_in_vain_is_forgotten(nightly: Nightly) -> None:
    """What the file has no more, and was sent in a call that the site never did, is nothing to agree to."""
    rows = nightly.students(12)
    killed_while_sending(nightly, rows)
    assert nightly.run(rows[2:]).summary.tally.statuses == {"assigned": 10, "already": 2}
    assert nightly.run(rows[2:]).summary.calls == {SITE_INFO: 1}


def test_a_plan_is_refused_once_a_later_run_began(nightly: Nightly) -> None:
    """A plan that was saved and not sent before the next sync began knows too little, and is not sent."""
    with Job(moodle_at(nightly.practice)) as job:
        saved = job.saved(nightly.task(nightly.students(12)), nightly.folder / "first")
        assert saved.folder is not None
        nightly.run(nightly.students(12)[3:])
        with pytest.raises(RunError, match="was planned before run-0 of the same sync began or ended"):
            job.gone_on(saved.folder, Apply())


def test_another_site_at_the_address_is_refused(nightly: Nightly) -> None:
    """Where another site answers, ids mean others: the sync ends with a sentence and changes nothing."""
    nightly.run(nightly.students(12))
    nightly.practice.site.info["fullname"] = "Another campus"
    for person in nightly.people[:12]:
        rename(nightly.practice, person, f"x.{person}")
    with pytest.raises(RunError, match="where ids mean other people"):
        nightly.run(nightly.students(12))


def test_a_site_with_a_new_name_is_the_same_site(nightly: Nightly) -> None:
    """A site that was given another name, and has the same people, is gone on with."""
    nightly.run(nightly.students(12))
    nightly.practice.site.info["fullname"] = "A new name"
    assert nightly.run(nightly.students(12)).summary.tally.statuses == {"already": 12}


def test_undo_gives_up_what_it_takes_back(nightly: Nightly) -> None:
    """After an undo the sync owns nothing of the run any more."""
    nightly.run(nightly.students(12))
    with Job(moodle_at(nightly.practice)) as job:
        job.done(PlanUndo(nightly.runs[-1]), nightly.folder / "undo", Apply())
    assert (nightly.owned(), nightly.held()) == (0, set())


def test_a_sync_is_not_retried(nightly: Nightly) -> None:
    """Running the sync again is its retry: `retry` says so."""
    nightly.run([*nightly.students(3), ("nobody.there", "student", nightly.courses[0])])
    with Run.open(nightly.runs[-1]) as run, pytest.raises(RunError, match="run batchroles sync again"):
        retry(run, moodle_at(nightly.practice), Checks())


@pytest.mark.parametrize("name", ["", "a/b", "..", "x" * 65, "a b"])
def test_a_name_that_is_no_name_is_refused(nightly: Nightly, name: str) -> None:
    """The name is that of a file, whatever the system."""
    nightly.name = name
    with pytest.raises(InputError, match="a sync is called by"):
        nightly.run(nightly.students(1))


def test_two_syncs_do_not_know_of_each_other(nightly: Nightly) -> None:
    """Each name owns what it has given: a role that both want goes only with the one that gave it."""
    first, second = nightly, Nightly(nightly.practice, nightly.folder / "second", "second")
    first.run(first.students(12))
    second.run(first.students(12))
    assert isinstance(second.run(first.students(12)[6:]).summary, Summary)
    assert first.held() == set(first.students(12))


def by_hand(nightly: Nightly, rows: Iterable[Row]) -> None:
    """Give roles as a person does, while the site runs."""
    raw = nightly.practice.raw
    users = {one["username"]: one["id"] for one in raw["users"]}
    roles = {one["shortname"]: one["id"] for one in raw["roles"]}
    courses = {one["shortname"]: one["id"] for one in raw["courses"]}
    some = [(users[user], roles[role], "course", courses[course]) for user, role, course in rows]
    moodle_at(nightly.practice).change(ASSIGN, some)


def taken_by_hand(nightly: Nightly, rows: Iterable[Row]) -> None:
    """Take roles away as a person does."""
    gone = {*rows}
    table = nightly.practice.site.role_assignments
    users = {one["id"]: one["username"] for one in nightly.practice.raw["users"]}
    courses = {one["contextid"]: one["shortname"] for one in nightly.practice.raw["courses"]}
    for row in list(table.rows.values()):
        if (users.get(row["userid"]), "student", courses.get(row["contextid"])) in gone:
            table.remove(row)


@pytest.fixture
def seen(tmp_path: Path) -> Iterator[Nightly]:
    """Serve the same site with the reports that show every role."""
    with serve(quiet_site(), reports=True) as practice:
        yield Nightly(practice, tmp_path)


def test_drift_is_said_and_healed(nightly: Nightly) -> None:
    """What somebody took away since is `drifted` with --drift, and given again with --heal; else nobody looks."""
    rows = nightly.students(12)
    nightly.run(rows)
    taken_by_hand(nightly, rows[:2])
    assert nightly.run(rows).summary.tally.statuses == {"already": 12}
    account = nightly.run(rows, drift=True)
    assert account.summary.tally.statuses == {"already": 10, "invalid": 2}
    assert (account.summary.tally.codes, account.summary.exit_code) == ({"drifted": 2}, 1)
    assert nightly.held() == set(rows[2:])
    account = nightly.run(rows, heal=True)
    assert account.summary.tally.statuses == {"assigned": 2, "already": 10}
    assert nightly.held() == set(rows)
    assert nightly.owned() == 12


def test_what_others_gave_is_counted(seen: Nightly) -> None:
    """With the report on roles --drift counts who holds by hand in the file's places what the file does not list."""
    rows = seen.students(12)
    seen.run(rows)
    by_hand(
        seen, [(seen.people[20], "student", seen.courses[0]), (seen.people[21], "teacher", seen.courses[0])]
    )
    account = seen.run(rows, drift=True)
    assert account.summary.tally.statuses == {"already": 12}
    said = [note for note in account.summary.notes if note.startswith("1 role was given by hand")]
    assert [note.partition(", and")[2].partition(" (")[0] for note in said] == [" the file has it not"]
    assert said[0].endswith(": it stays.")
    assert (seen.people[20], "student", seen.courses[0]) in seen.held()


def test_the_scope_is_the_law_if_that_is_said(seen: Nightly) -> None:
    """With --remove-unowned what was given by hand inside the scope goes, and nothing outside it."""
    rows = seen.students(12)
    seen.run(rows)
    inside, role, outside = (
        (seen.people[20], "student", seen.courses[0]),
        (seen.people[21], "teacher", seen.courses[0]),
        (seen.people[22], "student", seen.courses[1]),
    )
    by_hand(seen, [inside, role, outside])
    scope = ("role=student", f"course:{seen.courses[0]}")
    account = seen.run(rows, scope=scope)
    assert account.summary.tally.statuses == {"already": 12}
    account = seen.run(rows, scope=scope, remove_unowned=True)
    assert account.summary.tally.statuses == {"unassigned": 1, "already": 12}
    assert seen.held() == {*rows, role, outside}


def test_a_category_has_all_that_is_inside(nightly: Nightly) -> None:
    """What is owned outside the category of --scope stays when the file loses it; what is inside goes."""
    courses = {one["shortname"]: one["categoryid"] for one in nightly.practice.raw["courses"]}
    first = courses[nightly.courses[0]]
    other = next(number for number, name in enumerate(nightly.courses) if courses[name] != first)
    rows = [*nightly.students(6), *nightly.students(6, other)]
    nightly.run(rows)
    account = nightly.run([*rows[1:6], *rows[7:]], scope=(f"category:id={first}",))
    assert nightly.held() == set(rows[1:])
    assert account.summary.tally.statuses == {"unassigned": 1, "already": 10}


def test_a_row_outside_the_scope_is_refused(nightly: Nightly) -> None:
    """A row that is new and outside the scope is not given: it would never be taken away."""
    rows = [*nightly.students(3), *nightly.students(1, 1), *nightly.students(1, 0, "teacher")]
    account = nightly.run(rows, scope=("role=student", f"course:{nightly.courses[0]}"))
    assert account.summary.tally.codes == {"out-of-scope": 2}
    assert nightly.held() == set(rows[:3])


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"remove_unowned": True}, "say with --scope"),
        ({"scope": ("nonsense",)}, "--scope nonsense: write role=ROLE,ROLE or a place"),
        ({"scope": ("role=student,,x",)}, "write roles as role=student,teacher"),
        ({"scope": ("role=studnt",)}, "--scope studnt:"),
        ({"scope": ("course:NOWHERE",)}, '--scope NOWHERE: Course "NOWHERE" not found'),
        ({"scope": ("role=student",), "remove_unowned": True}, "needs it"),
        ({"max_removals": "many"}, "--max-removals many: write a number of rows"),
        ({"min_rows": "-1"}, "--min-rows -1: write a number of rows"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(nightly: Nightly, rules: dict[str, Any], said: str) -> None:
    """What a flag cannot mean is said before anything is sent."""
    with pytest.raises(InputError, match=re.escape(said)):
        nightly.run(nightly.students(3), **rules)
    assert nightly.held() == set()


def test_a_role_that_is_gone_loses_nobody(nightly: Nightly) -> None:
    """Where the site has no role of that name any more, rows fail, and nobody loses what they meant."""
    rows = [*nightly.students(6), *nightly.students(6, 1, "teacher")]
    nightly.run(rows)
    before = holdings(nightly.practice)
    roles = nightly.practice.site.roles
    teacher = next(role for role in roles.values() if role["shortname"] == "teacher")
    roles[teacher["id"]] = {**teacher, "shortname": "other", "name": "Other"}
    account = nightly.run(rows, cache_ttl=0.0)
    assert account.summary.tally.statuses == {"already": 6, "invalid": 6}
    assert account.summary.tally.codes == {"role-unknown": 6}
    assert nightly.owned() == 12
    assert holdings(nightly.practice) == before


def test_half_a_file_changes_nothing_if_more_is_asked(nightly: Nightly) -> None:
    """--min-rows 80% stops a file that has lost a quarter of its rows."""
    nightly.run(nightly.students(20))
    with pytest.raises(
        StoppedByGuard, match="the file has 15 rows, and --min-rows wants 16; last time there were 20"
    ):
        nightly.run(nightly.students(15), min_rows="80%")
    assert nightly.held() == set(nightly.students(20))


def test_what_went_by_hand_is_owned_no_more(nightly: Nightly) -> None:
    """A role that somebody took away, and that the file has no more, is owned no more: nothing is sent for it."""
    rows = nightly.students(12)
    nightly.run(rows)
    taken_by_hand(nightly, rows[:2])
    assert nightly.run(rows[2:]).summary.tally.statuses == {"already": 12}
    assert nightly.owned() == 10


def test_an_answer_that_is_lost_where_nobody_can_look_owns_nothing(nightly: Nightly) -> None:
    """Where nobody could read who had the role before, sending it again does not make it the sync's own."""
    category = f"category:name={nightly.practice.raw['categories'][0]['name']}"
    write_csv(nightly.file, ["username", "roleid", "context"], [(nightly.people[0], 1, category)])
    with Job(moodle_at(nightly.practice)) as job:
        saved = job.saved(nightly.task(), nightly.folder / "killed")
    assert saved.folder is not None
    with Run.open(saved.folder) as run, nightly.ledger() as ledger:
        ledger.begin(saved.folder, 0, {"rows": "1", "identity": "{}"})
        run.journal.book.intend(ASSIGN.function, np.arange(1))
    nightly.run()
    assert nightly.owned() == 0


def test_a_row_protects_no_other_role_than_its_own(nightly: Nightly) -> None:
    """A row whose place is unknown may mean its role anywhere, and not another one of the same person."""
    student, teacher = nightly.students(1)[0], nightly.students(1, 0, "teacher")[0]
    rows = [student, teacher, *nightly.students(6, 1)[1:]]
    nightly.run(rows)
    nightly.run([(student[0], "student", "NOWHERE"), *rows[2:]])
    assert nightly.held() == {student, *rows[2:]}


def test_a_row_with_two_names_of_which_one_is_unknown_may_mean_either(nightly: Nightly) -> None:
    """Where one of two cells names nobody, the row may mean another person than the other cell does."""
    mails = {user["username"]: user["email"] for user in nightly.practice.raw["users"]}
    rows = nightly.students(6)
    header = ["username", "email", "role", "course"]
    write_csv(nightly.file, header, [(person, mails[person], role, course) for person, role, course in rows])
    nightly.run()
    mixed = (rows[0][0], "nobody@example.invalid", *rows[0][1:])
    rest = [(person, mails[person], role, course) for person, role, course in rows[2:]]
    write_csv(nightly.file, header, [mixed, *rest])
    nightly.run()
    assert nightly.held() == set(rows)


def test_a_role_that_is_spared_by_a_slip_is_refused(nightly: Nightly) -> None:
    """--on-removal for a role that neither the file nor the sync has would spare nobody: it is refused."""
    nightly.run(nightly.students(3))
    with pytest.raises(InputError, match="--on-removal studnt: neither the file nor"):
        nightly.run(nightly.students(3), on_removal={"studnt": "keep"})


def test_words_that_come_to_mean_another_role_are_looked_up_anew(nightly: Nightly) -> None:
    """Where --role-map gives a word another meaning, what is remembered of the word counts no more."""
    rows = [(person, "Lerner", course) for person, _, course in nightly.students(3)]
    write_csv(nightly.file, HEADER, rows)
    for role in (5, 4):
        task = replace(nightly.task(), checks=Checks(role_map={"Lerner": role}))
        with Job(moodle_at(nightly.practice)) as job:
            account = job.done(task, nightly.folder / f"run-{role}", Apply())
    assert account.summary.tally.statuses == {"assigned": 3, "unassigned": 3}


def test_what_was_seen_by_hand_is_looked_at_again(nightly: Nightly) -> None:
    """A role that was there by hand, and that somebody has taken away, is given once what was seen is old."""
    rows = nightly.students(3)
    by_hand(nightly, rows)
    nightly.run(rows)
    taken_by_hand(nightly, rows[:1])
    assert nightly.run(rows).summary.tally.statuses == {"already": 3}
    assert nightly.run(rows, cache_ttl=0.0).summary.tally.statuses == {"assigned": 1, "already": 2}


def test_drift_that_nobody_can_see_is_none(nightly: Nightly) -> None:
    """Where nobody can look who has a role, what the sync gave is believed to be there."""
    category = f"category:name={nightly.practice.raw['categories'][0]['name']}"
    write_csv(nightly.file, ["username", "roleid", "context"], [(nightly.people[0], 1, category)])
    nightly.run(adopt=True)
    assert nightly.run(drift=True).summary.tally.statuses == {"already": 1}


def test_a_row_that_may_mean_a_stranger_protects_them(seen: Nightly) -> None:
    """With --remove-unowned, too, what a failing row may mean stays."""
    rows = seen.students(6)
    seen.run(rows)
    stranger = (seen.people[20], "student", seen.courses[0])
    by_hand(seen, [stranger])
    scope = ("role=student", f"course:{seen.courses[0]}")
    seen.run([*rows, ("nobody.there", "student", seen.courses[0])], scope=scope, remove_unowned=True)
    assert stranger in seen.held()


@pytest.mark.parametrize(("scope", "goes"), [("system", True), ("category:id=1", False)])
def test_a_place_that_may_be_inside_is_not_taken_for_inside(seen: Nightly, scope: str, goes: bool) -> None:
    """Whether an activity is in a category is not known, so that its roles stay; the system has everything inside."""
    module = next(one["cmid"] for one in seen.practice.raw["modules"])
    header, rows = ["username", "role", "context"], [(person, "student") for person in seen.people[:4]]
    write_csv(seen.file, header, [(*row, f"module:{module}") for row in rows])
    seen.run()
    write_csv(seen.file, header, [(*row, f"module:{module}") for row in rows[1:]])
    account = seen.run(scope=(scope,))
    assert account.summary.tally.statuses.get("unassigned", 0) == int(goes)


def test_drift_on_a_site_with_reports_costs_few_calls(seen: Nightly) -> None:
    """The report on roles, once it is read, tells of everybody in every course: nobody is asked about alone."""
    rows = [row for course in range(6) for row in seen.students(20, course)]
    seen.run(rows)
    account = seen.run(rows, drift=True)
    assert account.summary.tally.statuses == {"already": 120}
    assert sum(account.summary.calls.values()) <= 14
    assert "core_user_get_course_user_profiles" not in account.summary.calls


def test_a_plan_of_the_time_in_which_another_run_was_under_way_is_refused(nightly: Nightly) -> None:
    """A plan that was made before the last run had ended does not know what that one has done, and is not sent."""
    with Job(moodle_at(nightly.practice)) as job:
        first = job.saved(nightly.task(nightly.students(12)), nightly.folder / "first")
        assert first.folder is not None
        with nightly.ledger() as ledger:
            ledger.begin(first.folder, 0, {"rows": "12", "identity": "{}"})
        second = job.saved(nightly.task(nightly.students(12)), nightly.folder / "second")
        assert second.folder is not None
        job.gone_on(first.folder, Apply())
        with pytest.raises(RunError, match="second was planned before first of the same sync began or ended"):
            job.gone_on(second.folder, Apply())
