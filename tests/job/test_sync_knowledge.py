"""What a sync knows of what it gave: how that survives, and when it is not believed."""

import contextlib
import shutil
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from batchroles.client.functions import SITE_INFO
from batchroles.errors import InputError, RunError, TemporaryFailure
from batchroles.job import Job, Run
from batchroles.job.sync.owning import owning
from batchroles.models import ASSIGN, UNASSIGN, Change
from tests.job.helpers import moodle_at, write_csv
from tests.job.test_sync import HEADER, Nightly, Row, by_hand, nightly, rename, seen, taken_by_hand
from tests.job.test_sync_dates import FIRST, Days, Enrolling, days, enrolling

__all__ = ["days", "enrolling", "nightly", "seen"]


class Killed(Exception):
    """In place of a signal that nothing survives."""


def killed(nightly: Nightly, rows: list[Row], change: Change) -> Path:
    """Run a sync that is killed when its only call is done on the site and not answered yet; gives its folder."""
    with Job(moodle_at(nightly.practice)) as job:
        folder = job.saved(nightly.task(rows), nightly.folder / "killed").folder
    assert folder is not None
    with contextlib.suppress(Killed), Run.open(folder) as run, owning(run):
        lines = run.journal.lines()
        sent = np.flatnonzero(lines.is_open)
        run.journal.book.intend(change.function, sent)
        ids = zip(lines.userid[sent], lines.roleid[sent], lines.instanceid[sent], strict=True)
        some = [(int(user), int(role), "course", int(course)) for user, role, course in ids]
        moodle_at(nightly.practice).change(change, some)
        raise Killed
    return folder


def delete_course(nightly: Nightly, name: str) -> None:
    """Delete a course with all roles in it while the site runs."""
    site = nightly.practice.site
    course = next(one for one in site.courses.values() if one["shortname"] == name)
    for row in [
        one for one in site.role_assignments.rows.values() if one["contextid"] == course["contextid"]
    ]:
        site.role_assignments.remove(row)
    del site.courses[course["id"]], site.contexts.by_id[course["contextid"]]
    del site.contexts._by_instance[50, course["id"]]
    site.courses_by["shortname"][name] = []


def test_a_run_whose_folder_is_lost_is_made_good(nightly: Nightly) -> None:
    """What a run may have given of which nothing is left is sent again, and owned once Moodle confirms it."""
    rows = nightly.students(12)
    shutil.rmtree(killed(nightly, rows, ASSIGN))
    assert nightly.held() == set(rows)
    account = nightly.run(rows)
    assert account.summary.tally.statuses == {"assigned": 12}
    assert "What the last run of this sync did is not known" in account.summary.notes[0]
    nightly.run(rows[2:])
    assert nightly.held() == set(rows[2:])


def test_what_was_not_sent_is_not_claimed(nightly: Nightly) -> None:
    """What a run meant to give and did not send is none of the sync's where somebody else gives it meanwhile."""
    rows = nightly.students(12)
    nightly.run(rows[:11])
    with Job(moodle_at(nightly.practice)) as job:
        folder = job.saved(nightly.task(rows), nightly.folder / "stopped").folder
    assert folder is not None
    with pytest.raises(Killed), Run.open(folder) as run, owning(run):
        raise Killed
    by_hand(nightly, rows[11:])
    assert nightly.run(rows).summary.tally.statuses == {"already": 12}
    nightly.run(rows[:11])
    assert nightly.held() == set(rows)


@pytest.mark.parametrize("lost", [False, True])
def test_what_may_be_taken_away_is_looked_at(nightly: Nightly, lost: bool) -> None:
    """A row that returns after a removal without an answer is not believed to be so, with or without the run."""
    rows = nightly.students(12)
    nightly.run(rows)
    folder = killed(nightly, rows[1:], UNASSIGN)
    if lost:
        # SQLite may take its own files away meanwhile, when a journal that nobody holds any more is closed.
        shutil.rmtree(folder, ignore_errors=True)
    account = nightly.run(rows)
    assert account.summary.tally.statuses == {"assigned": 1, "already": 11}
    assert (nightly.held(), nightly.owned()) == (set(rows), 12)


def test_a_role_that_somebody_took_away_is_said_until_it_is_healed(nightly: Nightly) -> None:
    """However old the names are: what is seen to be gone is `drifted` every night, and given again with --heal."""
    rows = nightly.students(12)
    nightly.run(rows)
    taken_by_hand(nightly, rows[:2])
    for _ in range(2):
        account = nightly.run(rows, cache_ttl=0.0)
        assert account.summary.tally.codes == {"drifted": 2}
    assert nightly.run(rows).summary.tally.codes == {"drifted": 2}
    assert nightly.run(rows, heal=True).summary.tally.statuses == {"assigned": 2, "already": 10}
    assert nightly.run(rows).summary.calls == {SITE_INFO: 1}


def test_what_was_taken_away_and_is_wanted_anew_is_given(nightly: Nightly) -> None:
    """A row that left the file after its role was taken away by hand, and comes back, is a new one."""
    rows = nightly.students(12)
    nightly.run(rows)
    taken_by_hand(nightly, rows[:1])
    nightly.run(rows, drift=True)
    nightly.run(rows[1:])
    assert nightly.run(rows).summary.tally.statuses == {"assigned": 1, "already": 11}


def test_a_clock_that_was_ahead_makes_no_name_eternal(
    nightly: Nightly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names that were looked up later than it is now are looked up anew."""
    rows = nightly.students(12)
    now = time.time()
    with monkeypatch.context() as ahead:
        ahead.setattr(time, "time", lambda: now + 400 * 86_400)
        nightly.run(rows)
    assert len(nightly.run(rows).summary.calls) > 1
    assert nightly.run(rows).summary.calls == {SITE_INFO: 1}


def test_a_site_with_a_new_name_is_known_by_its_people(nightly: Nightly) -> None:
    """So it is, too, where the file names nobody by user name, and somebody has got another one."""
    numbers = {user["username"]: user["idnumber"] for user in nightly.practice.raw["users"]}
    rows = [(numbers[user], role, course) for user, role, course in nightly.students(12)]
    write_csv(nightly.file, ["idnumber", "role", "course"], rows)
    nightly.run()
    nightly.practice.site.info["fullname"] = "A new name"
    rename(nightly.practice, nightly.people[0], "married")
    assert nightly.run().summary.tally.statuses == {"already": 12}


def test_other_people_under_the_same_ids_lose_nothing(nightly: Nightly) -> None:
    """A site of the same name and address with other people is another one: nobody loses anything there."""
    rows = nightly.students(12)
    nightly.run(rows)
    for person in nightly.people:
        rename(nightly.practice, person, f"x.{person}")
    for person in nightly.people:
        rename(nightly.practice, f"x.{person}", nightly.people[(nightly.people.index(person) + 20) % 40])
    with pytest.raises(RunError, match="most people to whom this sync gave roles have other user names"):
        nightly.run(rows[1:])


def test_what_was_there_is_said(nightly: Nightly) -> None:
    """Once it is read that roles of the file were there before, that they are not owned is said; not with --adopt."""
    rows = nightly.students(12)
    by_hand(nightly, rows)
    said = "12 roles of the file were there without this sync's doing, and will not be taken away"
    assert any(note.startswith(said) for note in nightly.run(rows).summary.notes)
    notes = nightly.run(rows, adopt=True).summary.notes
    assert not any("without this sync's doing" in note for note in notes)


def test_the_ledger_of_another_address_is_named(nightly: Nightly) -> None:
    """A sync that begins anew at a new address says where the ledger of its name is."""
    rows = nightly.students(12)
    nightly.run(rows)
    syncs = nightly.folder / "state" / "syncs"
    (ledger,) = syncs.glob("*/*.db")
    ledger.parent.rename(syncs / "of-the-old-address")
    notes = nightly.run(rows).summary.notes
    assert any("of-the-old-address" in note and "run the sync once with --adopt" in note for note in notes)


def test_teachers_are_spared_under_every_word(nightly: Nightly) -> None:
    """--on-removal means the role, also where the file has come to call it by another word."""
    rows = [*nightly.students(6), *nightly.students(3, 1, "teacher")]
    nightly.run(rows)
    ids = {"student": 5, "teacher": 4}
    write_csv(nightly.file, ["username", "roleid", "course"], [(p, ids[role], c) for p, role, c in rows[:-1]])
    assert nightly.run(on_removal={"4": "keep"}).summary.tally.statuses == {"already": 8}
    assert nightly.held() == set(rows)


def test_a_row_with_two_roles_protects_either(nightly: Nightly) -> None:
    """A row whose two role columns contradict each other takes neither role away."""
    header = ["username", "role", "roleid", "course"]
    rows = [(person, "", "4", course) for person, _, course in nightly.students(12)]
    write_csv(nightly.file, header, rows)
    nightly.run()
    before = nightly.held()
    write_csv(nightly.file, header, [(rows[0][0], "student", "4", rows[0][3]), *rows[1:]])
    assert nightly.run().summary.tally.statuses == {"already": 11, "invalid": 1}
    assert nightly.held() == before


def test_a_scope_that_has_grown_narrower_says_the_same_every_night(nightly: Nightly) -> None:
    """What the sync gave stays done where --scope leaves it out now, whether its names are remembered or not."""
    rows = [*nightly.students(6), *nightly.students(6, 1)]
    nightly.run(rows)
    scope = (f"course:{nightly.courses[0]}",)
    for ttl in (86_400.0, 0.0):
        account = nightly.run(rows, scope=scope, cache_ttl=ttl)
        assert account.summary.tally.statuses == {"already": 12}


def test_a_course_that_was_deleted_is_no_failure_for_ever(nightly: Nightly) -> None:
    """Where a course is gone from the site and from the file, that is said once, and nothing is left to be done."""
    rows = [*nightly.students(8), *nightly.students(4, 1)]
    nightly.run(rows)
    delete_course(nightly, nightly.courses[1])
    account = nightly.run(rows[:8])
    assert account.summary.tally.codes == {"context-not-found": 4}
    assert nightly.owned() == 8
    assert nightly.run(rows[:8]).summary.exit_code == 0


def test_enrolling_that_is_asked_for_later_is_done(
    days: Days, enrolling: Enrolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --enrol, who has the role since an earlier night without it is enrolled at once."""
    write_csv(days.file, HEADER, days.students(4))
    days.night(0, monkeypatch)
    enrolling.runs = days.runs
    assert enrolling.night(1, monkeypatch).summary.tally.statuses == {"enrolled": 4}
    assert len(enrolling.enrolled()) == 4
    assert enrolling.night(2, monkeypatch).summary.calls == {SITE_INFO: 1}


def test_days_the_wrong_way_round_take_nothing_away(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row whose last day is before its first one is a mistake: it is refused, and protects what it may mean."""
    rows = days.students(4)
    write_csv(days.file, [*HEADER, "from", "until"], [(*row, "", "") for row in rows])
    days.night(0, monkeypatch)
    write_csv(
        days.file,
        [*HEADER, "from", "until"],
        [
            (*rows[0], "2026-09-01", "2026-08-31"),
            (*rows[1], "2026-09-02", "2026-09-02"),
            *((*r, "", "") for r in rows[2:]),
        ],
    )
    account = days.night(1, monkeypatch)
    assert account.summary.tally.statuses == {"already": 3, "invalid": 1}
    assert days.held() == set(rows)


def test_an_end_at_a_time_of_day_was_announced(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ends at an hour that an earlier file has announced do not count for --max-removals on their own day."""
    write_csv(days.file, [*HEADER, "until"], [(*row, "2026-09-02 01:00") for row in days.students(30)])
    days.night(0, monkeypatch)
    account = days.night(1, monkeypatch)
    assert account.summary.tally.statuses == {"unassigned": 30, "not-due": 30}


def test_who_is_suspended_is_no_stranger(seen: Nightly, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whom the sync has suspended keeps the role where --remove-unowned takes away what others gave."""
    sync = Enrolling(seen.practice, seen.folder)
    rows = sync.students(6)
    write_csv(sync.file, HEADER, rows)
    rules = {
        "on_removal": {"": "suspend"},
        "scope": ("role=student", f"course:{sync.courses[0]}"),
        "remove_unowned": True,
    }
    sync.night(0, monkeypatch, **rules)
    write_csv(sync.file, HEADER, rows[1:])
    assert sync.night(1, monkeypatch, **rules).summary.tally.statuses == {"suspended": 1, "already": 5}
    assert sync.night(2, monkeypatch, **rules).summary.tally.statuses == {"already": 5}
    assert sync.held() == set(rows)


def test_who_is_let_in_again_is_owned_again(enrolling: Enrolling, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whom the sync has suspended and lets in again loses the role with the row, as before."""
    rows = enrolling.students(6)
    for night, some in enumerate((rows, rows[1:], rows, rows[1:])):
        write_csv(enrolling.file, HEADER, some)
        enrolling.night(night, monkeypatch, on_removal={"": "suspend" if night < 2 else "unassign"})
    assert enrolling.held() == set(rows[1:])


def test_an_enrolment_that_lasts_for_days_is_not_put_off(
    enrolling: Enrolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number of days counts from the night in which the person was enrolled, whatever other number comes later."""

    def end(night: int, days: int) -> str:
        rows = [(person, course, role, str(days)) for person, role, course in enrolling.students(1)]
        write_csv(enrolling.file, ["username", "course1", "role1", "enrolperiod1"], rows)
        enrolling.night(night, monkeypatch)
        ((_, seconds),) = enrolling.enrolled().values()
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()

    tonight = (datetime.now(UTC).date() - FIRST.date()).days
    first = end(tonight, 30)
    assert [end(tonight + 1, 30), end(tonight + 3, 30)] == [first, first]
    later = date.fromisoformat(first) + timedelta(days=30)
    assert [end(tonight + 4, 60), end(tonight + 5, 60)] == [later.isoformat()] * 2


def test_who_was_suspended_and_then_unenrolled_is_enrolled_anew(
    enrolling: Enrolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where others have ended an enrolment that the sync had suspended, the row's return makes a new one."""
    rows = enrolling.students(6)
    rule = {"on_removal": {"": "suspend"}}
    for night, some in enumerate((rows, rows[1:])):
        write_csv(enrolling.file, HEADER, some)
        enrolling.night(night, monkeypatch, **rule)
    taken_by_hand(enrolling, rows[:1])
    table = enrolling.practice.site.user_enrolments
    for row in [one for one in table.rows.values() if one["status"] == 1]:
        table.remove(row)
    write_csv(enrolling.file, HEADER, rows)
    account = enrolling.night(2, monkeypatch, **rule)
    assert account.summary.tally.statuses == {"enrolled": 1, "already": 5}
    assert enrolling.enrolled()[rows[0][0], rows[0][2]][0] == 0
    assert (enrolling.held(), enrolling.owned()) == (set(rows), 6)


def test_a_scope_costs_nothing_while_its_names_are_remembered(nightly: Nightly) -> None:
    """An unchanged file costs one call with --scope, too, once its names are known."""
    rows = nightly.students(12)
    scope = ("role=student,teacher", f"course:{nightly.courses[0]}")
    nightly.run(rows, scope=scope)
    assert nightly.run(rows, scope=scope).summary.calls == {SITE_INFO: 1}


def test_a_role_may_be_spared_before_there_is_any(nightly: Nightly) -> None:
    """--on-removal may name a role of the site that the file does not have yet; one that is none is refused."""
    rule: dict[str, Any] = {"on_removal": {"teacher": "keep"}}
    nightly.run(nightly.students(12), **rule)
    assert nightly.run(nightly.students(12), **rule).summary.calls == {SITE_INFO: 1}
    with pytest.raises(InputError, match="--on-removal techer: neither the file nor what the sync owns"):
        nightly.run(nightly.students(12), on_removal={"techer": "keep"})


def test_a_ledger_that_cannot_be_written_stops_the_sync(nightly: Nightly) -> None:
    """Where nothing can be noted nothing is sent, and the sentence names the file."""
    rows = nightly.students(12)
    nightly.run(rows)
    with nightly.ledger() as ledger:
        ledger._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(TemporaryFailure, match="cannot be written: a sync notes there"):
            ledger.note(rows="0")


def test_a_suspension_by_hand_stays(enrolling: Enrolling, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whom somebody suspends in Moodle the sync lets in again with --heal alone, however old the names are."""
    write_csv(enrolling.file, [*HEADER, "end"], [(*row, "2027-06-30") for row in enrolling.students(3)])
    enrolling.night(0, monkeypatch)
    table = enrolling.practice.site.user_enrolments
    suspended = next(row for row in table.rows.values() if row["timeend"])
    table.remove(suspended)
    table.add({**suspended, "status": 1})
    account = enrolling.night(1, monkeypatch, cache_ttl=0.0)
    assert account.summary.tally.statuses == {"already": 3}
    assert sorted(status for status, _ in enrolling.enrolled().values()) == [0, 0, 1]
    enrolling.night(2, monkeypatch, cache_ttl=0.0, heal=True)
    assert {status for status, _ in enrolling.enrolled().values()} == {0}
