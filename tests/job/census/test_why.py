"""What gave somebody a role: runs in the order in which they were sent, syncs, plugins, others, or nobody knows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from batchroles.job import Job, PlanUndo, Sync
from batchroles.job.applying import Apply
from batchroles.job.census.reasons import in_sentences
from batchroles.job.census.why import Held, Why, why
from batchroles.models import ASSIGN, UNENROL, Change
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import moodle_at, one_row_a_call, planned, run_through, write_csv
from tests.job.newer import newer

HEADER = ["username", "role", "context"]
COURSE, CATEGORY, ACTIVITY = "course:C-PHY-102", "category:id=3", "module:1"


def given_by_hand(practice: Practice, user: str, role: int) -> None:
    """Have somebody else give a role in the course."""
    course = next(one["id"] for one in practice.raw["courses"] if f"course:{one['shortname']}" == COURSE)
    person = next(one["id"] for one in practice.raw["users"] if one["username"] == user)
    assert one_row_a_call(practice, [(person, role, "course", course)]) == [""]


def applied(
    tmp_path: Path, practice: Practice, name: str, rows: Sequence[Any], change: Change = ASSIGN, **kinds: Any
) -> None:
    """Send a file as the run of a name."""
    moodle = moodle_at(practice)
    path = write_csv(tmp_path / f"{name}.csv", HEADER, rows)
    run_through(
        tmp_path / "runs" / name, planned(path, moodle, change, **{"existing": True, **kinds}), moodle
    )


def taken_back(tmp_path: Path, practice: Practice, name: str) -> None:
    with Job(moodle_at(practice), runs=tmp_path / "runs") as job:
        job.done(PlanUndo(tmp_path / "runs" / name), tmp_path / "runs" / f"{name}-undo", Apply())


def of(tmp_path: Path, practice: Practice, user: str, context: str | None = None) -> Why:
    return why(moodle_at(practice), user, context, runs=[tmp_path / "runs"], state=tmp_path / "state")


def one(told: Why, role: str, context: str) -> Held:
    (found,) = [held for held in told.holdings if (held.role, held.context) == (role, context)]
    return found


def test_a_run_is_named_with_file_and_row_at_every_level(tmp_path: Path) -> None:
    """What a run gave is told with its file and row, whatever name a file has for the place; nothing else is."""
    rows = [("u21", "teacher", ACTIVITY), ("u21", "manager", "system"), ("u21", "manager", CATEGORY)]
    with newer() as practice:
        before = {(held.role, held.context) for held in of(tmp_path, practice, "u21").holdings}
        applied(tmp_path, practice, "a", [*rows, ("u21", "student", COURSE.replace("C-", "shortname=C-"))])
        told = of(tmp_path, practice, "username=U21")
    given = {(held.role, held.context): held.run for held in told.holdings if held.origin == "run"}
    assert {key: (run.file, run.row, run.run) for key, run in given.items() if run} == {
        ("teacher", ACTIVITY): ("a.csv", 2, "a"),
        ("manager", "system"): ("a.csv", 3, "a"),
        ("manager", CATEGORY): ("a.csv", 4, "a"),
        ("student", COURSE): ("a.csv", 5, "a"),
    }
    assert not before & {*given}
    assert told.complete
    assert told.runs == 1
    assert {held.origin for held in told.holdings if (held.role, held.context) in before} <= {
        "other",
        "plugin",
    }


def test_what_was_there_before_a_run_is_not_its_doing(tmp_path: Path) -> None:
    """A role that a run read to be there already is by others, and so is one that was sent without looking first."""
    with newer() as practice:
        holder = of(tmp_path, practice, "u20")
        assert {(held.role, held.context, held.origin) for held in holder.holdings} >= {
            ("manager", "system", "other")
        }
        applied(tmp_path, practice, "already", [("u20", "manager", "system")])
        assert one(of(tmp_path, practice, "u20"), "manager", "system").run is None
        applied(tmp_path, practice, "blind", [("u20", "manager", "system")], existing=False)
        blind = one(of(tmp_path, practice, "u20"), "manager", "system")
    # The site says that it is older than the run.
    assert (blind.origin, blind.run and blind.run.did) == ("other", "sent")


def test_the_last_run_that_stands_gave_it(tmp_path: Path) -> None:
    """Of runs that gave a role, took it away and gave it again the last one counts, as they were sent."""
    row = [("u30", "student", COURSE)]
    with newer() as practice:
        applied(tmp_path, practice, "first", row)
        applied(tmp_path, practice, "again", row)
        assert one(of(tmp_path, practice, "u30"), "student", COURSE).run.run == "first"  # type: ignore[union-attr]
        taken_back(tmp_path, practice, "first")
        gone = of(tmp_path, practice, "u30", COURSE)
        applied(tmp_path, practice, "third", row)
        third = one(of(tmp_path, practice, "u30"), "student", COURSE)
        taken_back(tmp_path, practice, "third")
        given_by_hand(practice, "u30", 5)
        others = one(of(tmp_path, practice, "u30"), "student", COURSE)
    assert not gone.holdings
    ((lost,),) = [gone.gone]
    assert (lost.role, lost.taken.run, lost.taken.undoes) == ("student", "first-undo", "first")
    assert lost.given is not None
    assert lost.given.run == "first"
    assert (third.origin, third.run and third.run.run) == ("run", "third")
    assert (others.origin, others.run, others.taken and others.taken.run) == ("other", None, "third-undo")
    assert "      taken away before by the run third-undo" in "\n".join(
        in_sentences(Why(gone.person, [others], [], True, 0, []))
    )


def test_what_somebody_gave_anew_is_not_the_runs(tmp_path: Path) -> None:
    """A role that is years older or younger than the run that gave it was given anew by others since."""
    with newer() as practice:
        applied(tmp_path, practice, "run", [("u27", "student", COURSE)])
        person = next(one["id"] for one in practice.raw["users"] if one["username"] == "u27")
        (row,) = [
            row
            for row in practice.site.role_assignments.rows.values()
            if (row["userid"], row["roleid"]) == (person, 5) and row["component"] == ""
        ]
        row["timemodified"] -= 86_400
        held = one(of(tmp_path, practice, "u27"), "student", COURSE)
    assert (held.origin, held.run and held.run.run) == ("other", "run")


def test_by_hand_and_by_a_cohort_are_two_lines(tmp_path: Path) -> None:
    """A role that is given twice is told twice: the plugin's with its item, and the other one with its own origin."""
    with newer() as practice:
        both = of(tmp_path, practice, "u14").holdings
        twice = [held for held in both if held.context == "course:C-COH"]
        applied(tmp_path, practice, "hand", [("u15", "student", "course:C-COH")], existing=False)
        mixed = [
            held for held in of(tmp_path, practice, "u15", "course:C-COH").holdings if held.role == "student"
        ]
    assert sorted(held.origin for held in twice) == ["other", "plugin"]
    assert {held.given_by.partition(",")[0] for held in twice} == {"by hand", "cohort sync (enrol_cohort"}
    assert sorted(held.origin for held in mixed) == ["plugin", "run"]


def test_an_ended_enrolment_took_every_role_of_the_course(tmp_path: Path) -> None:
    """After unenrolling, a role in the course that a run gave before is by others."""
    with newer() as practice:
        applied(tmp_path, practice, "given", [("u02", "teacher", COURSE)])
        applied(tmp_path, practice, "ended", [("u02", "student", COURSE)], UNENROL)
        given_by_hand(practice, "u02", 4)
        held = one(of(tmp_path, practice, "u02"), "teacher", COURSE)
    assert (held.origin, held.taken and held.taken.change) == ("other", "unenrol")


def test_runs_of_other_sites_and_damaged_ones(tmp_path: Path) -> None:
    """A run of another site does not count, and one that cannot be read is said."""
    rows = [("u26", "student", COURSE)]
    with newer() as other:
        applied(tmp_path, other, "elsewhere", rows)
    with newer() as practice:
        applied(tmp_path, practice, "broken", rows)
        journal = tmp_path / "runs" / "broken" / "run.db"
        journal.write_bytes(b"no journal" * 100)
        told = of(tmp_path, practice, "u26", COURSE)
    assert (told.runs, [held.origin for held in told.holdings]) == (0, ["other"])
    assert "1 run cannot be read, so that what it did is not known: broken (" in "\n".join(told.notes)


def test_a_sync_owns_what_its_forgotten_runs_gave(tmp_path: Path) -> None:
    """What a sync's ledger has as owned is the sync's, with its run where that is at hand, without it where not."""
    path = write_csv(tmp_path / "list.csv", HEADER, [("u25", "student", COURSE)])
    with newer() as practice:
        with Job(moodle_at(practice), runs=tmp_path / "runs") as job:
            job.done(Sync(path, "students", tmp_path / "state"), tmp_path / "runs" / "night", Apply())
        at_hand = one(of(tmp_path, practice, "u25"), "student", COURSE)
        (tmp_path / "runs").rename(tmp_path / "away")
        without = one(of(tmp_path, practice, "u25"), "student", COURSE)
    assert at_hand.run is not None
    assert (at_hand.origin, at_hand.run.run, at_hand.run.sync) == ("run", "night", "students")
    assert without.owned is not None
    assert (without.origin, without.run, without.owned.sync) == ("sync", None, "students")


def test_without_the_report_roles_in_courses_are_told(tmp_path: Path) -> None:
    """Where no report shows who gave what, a run's role in a course is told, and of all others that it is not known."""
    with newer("core_reportbuilder_list_reports") as practice:
        applied(tmp_path, practice, "run", [("u21", "student", COURSE), ("u02", "teacher", COURSE)])
        told = of(tmp_path, practice, "u02")
    assert not told.complete
    assert one(told, "teacher", COURSE).origin == "run"
    assert one(told, "student", COURSE).origin == "unknown"
    assert "not who gave them" in "\n".join(told.notes)


def test_ids_that_meant_other_people_do_not_count(tmp_path: Path) -> None:
    """A run whose other people have other names by their ids now is another site's; a person may be renamed."""
    rows = [(user, "student", COURSE) for user in ("u26", "u27", "u25")]
    with newer() as practice:
        applied(tmp_path, practice, "run", rows)
        applied(tmp_path, practice, "alone", [("u26", "teacher", COURSE)])
        people = {user["username"]: user for user in practice.site.users.values()}
        people["u26"]["username"] = "u26-married"
        named = f"id={people['u26']['id']}"
        renamed = of(tmp_path, practice, named, COURSE).holdings
        people["u27"]["username"], people["u25"]["username"] = "someone", "someone.else"
        told = of(tmp_path, practice, named)
    assert [held.origin for held in renamed] == ["run", "run"]
    assert one(told, "student", COURSE).origin == "other"
    assert "run does not count: by their ids most people have other user names now" in "\n".join(told.notes)
