"""Decisions in an export, applied: only what was given by hand goes, and only where the site is as it was exported."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from batchroles.errors import InputError, StoppedByGuard
from batchroles.job import Account, Apply, Job, PlanUndo, Review
from batchroles.job.census import layout
from batchroles.job.census.exporting import Export, export
from batchroles.job.census.writing import write
from batchroles.reporter import outcomes
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.job.census.state import Holding, state
from tests.job.helpers import moodle_at, planned, run_through, write_csv
from tests.job.newer import newer, newer_site

TODAY = datetime.now(UTC).date()
LATER, OVER = (TODAY + timedelta(days=40)).isoformat(), (TODAY - timedelta(days=2)).isoformat()
PHYSICS = "course:C-PHY-102"
COLUMNS = [layout.USERNAME, layout.ROLE, layout.CONTEXT, layout.GIVEN, layout.DECISION]
Decide = Callable[[pd.DataFrame], Mapping[int, str]]
"""Gives decisions by the numbers of rows."""


def at(rows: pd.DataFrame, user: str, role: str, context: str, given: str = layout.BY_HAND) -> int:
    """Give the number of a row."""
    (number,) = rows.index[
        (rows[layout.USERNAME] == user)
        & (rows[layout.ROLE] == role)
        & (rows[layout.CONTEXT] == context)
        & rows[layout.GIVEN].str.startswith(given)
    ]
    return int(number)


def decided(practice: Practice, path: Path, decide: Decide) -> Export:
    """Export a site, as if that were a week ago, and write decisions into the file."""
    made = export(moodle_at(practice), review=True)
    about = replace(made.about, moment=made.about.moment - timedelta(days=7))
    rows = made.rows.rename(columns={made.about.header: about.header}).assign(**{about.header: about.id})
    for number, decision in decide(rows).items():
        rows.loc[number, layout.DECISION] = decision
    made = replace(made, about=about, rows=rows)
    write(made, path, force=True)
    return made


def reviewed(practice: Practice, path: Path, out: Path, how: Apply | None = None, **task: Any) -> Account:
    with Job(moodle_at(practice), runs=out.parent / "runs") as job:
        return job.done(Review(path, time_zone="UTC", **task), out, how or Apply())


def ends(account: Account) -> dict[int, tuple[str, str, str]]:
    """Give status, code and reason by row."""
    rows = outcomes(account.plan)
    columns = (rows["_row"], rows["_status"], rows["_code"], rows["_reason"])
    return {int(row): (status, code, reason) for row, status, code, reason in zip(*columns, strict=True)}


def with_many_holdings(tmp_path: Path, practice: Practice) -> None:
    """Have students and teachers in every course, managers in categories."""
    users = [f"u{number:02}" for number in range(1, 30)]
    courses = (*range(2, 6), *range(7, 14))
    rows = [
        (user, role, f"course:id={one}")
        for user in users
        for one in courses
        for role in ("student", "teacher")
    ]
    rows += [(user, "manager", f"category:id={one}") for user in users for one in (2, 3)]
    moodle = moodle_at(practice)
    run_through(
        tmp_path / "many",
        planned(write_csv(tmp_path / "many.csv", ["username", "role", "context"], rows), moodle),
        moodle,
    )


def test_random_decisions_are_the_difference_of_the_states(tmp_path: Path) -> None:
    """500 random decisions take away exactly what they name and nobody else gives; undo brings all of it back."""
    chance = random.Random(16)
    with newer() as practice:
        with_many_holdings(tmp_path, practice)
        before = state(practice)

        def decide(rows: pd.DataFrame) -> Mapping[int, str]:
            people = rows.index[~rows[layout.ROLE].str.startswith("ws")].tolist()
            plugin = rows.index[rows[layout.GIVEN] != layout.BY_HAND].tolist()
            some = {
                row: chance.choice(["keep", "remove", "Remove", OVER, ""])
                for row in chance.sample(people, 500)
            }
            return some | {plugin[0]: "remove"}

        made = decided(practice, tmp_path / "review.xlsx", decide)
        account = reviewed(practice, tmp_path / "review.xlsx", tmp_path / "run", max_removals="100%")
        after = state(practice)
        rows = made.rows
        gone = {
            (
                row[layout.USERNAME],
                row[layout.ROLE],
                row[layout.CONTEXT],
                *(layout.giver(row[layout.GIVEN]) or ("?", 0)),
            )
            for _, row in rows.iterrows()
            if row[layout.DECISION] in ("remove", "Remove", OVER)
        }
        by_hand: set[Holding] = {one for one in gone if not one[3]}
        assert before - after == by_hand
        assert not after - before
        assert account.summary.tally.codes == {"held-by-enrolment": len(gone) - len(by_hand)}
        with Job(moodle_at(practice)) as job:
            job.done(PlanUndo(tmp_path / "run"), tmp_path / "undo", Apply())
        assert state(practice) == before


def test_what_changed_since_is_withheld(tmp_path: Path) -> None:
    """A role that is gone, given anew, or given by a plugin now, and a person renamed, are withheld with what is so."""
    with newer() as practice:

        def decide(rows: pd.DataFrame) -> Mapping[int, str]:
            names = {
                "gone": at(rows, "u02", "student", PHYSICS),
                "anew": at(rows, "u17", "teacher", PHYSICS),
                "plugin": at(rows, "u14", "student", "course:C-COH"),
                "renamed": at(rows, "u20", "manager", "system"),
                "named": at(rows, "u18", "manager", "category:id=3"),
                "same": at(rows, "u01", "student", PHYSICS),
            }
            row_of.update({name: number + 2 for name, number in names.items()})
            return dict.fromkeys(names.values(), "remove")

        row_of: dict[str, int] = {}
        decided(practice, tmp_path / "review.csv", decide)
        people = {user["username"]: user for user in practice.site.users.values()}
        assignments = practice.site.role_assignments
        for row in [*assignments.rows.values()]:
            key = row["userid"], row["roleid"], row["component"]
            if (
                key == (people["u02"]["id"], 5, "")
                and practice.site.contexts.by_id[row["contextid"]].instanceid == 3
            ):
                assignments.remove(row)
            if key == (people["u17"]["id"], 4, ""):
                row["timemodified"] += 86_400
            if key == (people["u14"]["id"], 5, ""):
                row["component"], row["itemid"] = "enrol_meta", 5
        people["u20"]["username"] = "u20-married"
        people["u18"]["lastname"] = "Somebody-Else"
        people["u18"]["firstname"] = "Quite"
        before = state(practice)
        account = reviewed(practice, tmp_path / "review.csv", tmp_path / "run")
        after = state(practice)
    found = ends(account)
    told = {name: found[row] for name, row in row_of.items()}
    assert before - after == {("u01", "student", PHYSICS, "", 0)}
    assert {name: status for name, (status, _, _) in told.items()} == {
        **dict.fromkeys(["gone", "anew", "plugin", "renamed", "named"], "withheld"),
        "same": "unassigned",
    }
    assert {code for name, (_, code, _) in told.items() if name != "same"} == {"changed"}
    assert "does not have the role there any more" in told["gone"][2]
    assert "and then anew on" in told["anew"][2]
    assert "course meta link (enrol_meta, 5)" in told["plugin"][2]
    assert 'The user name was "u20" and is "u20-married" now' in told["renamed"][2]
    assert "Quite Somebody-Else" in told["named"][2]
    assert account.summary.exit_code == 3
    assert (tmp_path / "run" / "withheld.csv").read_text(encoding="utf-8-sig").count("changed") == 5


def test_nothing_of_it_is_sent_by_approving(tmp_path: Path) -> None:
    """Too many removals wait for somebody to agree; what is otherwise now is not sent even then."""
    with newer() as practice:

        def decide(rows: pd.DataFrame) -> Mapping[int, str]:
            return {at(rows, user, "student", PHYSICS): "remove" for user in ("u01", "u02")}

        decided(practice, tmp_path / "review.csv", decide)
        next(user for user in practice.site.users.values() if user["username"] == "u02")["username"] = "u02x"
        before = state(practice)
        account = reviewed(practice, tmp_path / "review.csv", tmp_path / "run", max_removals="0")
        assert state(practice) == before
        assert (account.summary.tally.withheld, account.summary.tally.approvable) == (2, 1)
        with Job(moodle_at(practice)) as job, pytest.raises(StoppedByGuard):
            job.gone_on(tmp_path / "run", Apply(approve_removals=0))
        with Job(moodle_at(practice)) as job:
            job.gone_on(tmp_path / "run", Apply(approve_removals=1))
        assert before - state(practice) == {("u01", "student", PHYSICS, "", 0)}


def test_until_a_day_is_the_end_of_an_enrolment(tmp_path: Path) -> None:
    """A last day becomes the enrolment's end where there is one by hand; elsewhere the row says what cannot be done."""
    with serve(newer_site(), state="bot+moodle/course:enrolreview") as practice:

        def decide(rows: pd.DataFrame) -> Mapping[int, str]:
            names = {
                "course": at(rows, "u01", "student", PHYSICS),
                "outside": at(rows, "u12", "student", "course:C-PHY-101"),
                "system": at(rows, "u20", "manager", "system"),
                "plugin": at(rows, "u15", "student", "course:C-COH", "cohort"),
                "beside": at(rows, "u15", "teacher", "course:C-COH"),
                "over": at(rows, "u02", "student", PHYSICS),
            }
            row_of.update({name: number + 2 for name, number in names.items()})
            return {number: OVER if name == "over" else LATER for name, number in names.items()}

        row_of: dict[str, int] = {}
        decided(practice, tmp_path / "review.csv", decide)
        enrolled = {row["id"]: dict(row) for row in practice.state()["user_enrolments"]}
        before = state(practice)
        account = reviewed(practice, tmp_path / "review.csv", tmp_path / "run")
        after = {row["id"]: dict(row) for row in practice.state()["user_enrolments"]}
        assert before - state(practice) == {("u02", "student", PHYSICS, "", 0)}
        assert not state(practice) - before
    found = ends(account)
    told = {name: found[row][:2] for name, row in row_of.items()}
    assert told == {
        "course": ("enrolled", ""),
        "outside": ("invalid", "no-end"),
        "system": ("invalid", "no-end"),
        "plugin": ("invalid", "held-by-enrolment"),
        "beside": ("invalid", "held-by-enrolment"),
        "over": ("unassigned", ""),
    }
    ((changed),) = [row for number, row in after.items() if enrolled.get(number) != row]
    midnight = datetime.combine(date.fromisoformat(LATER) + timedelta(days=1), datetime.min.time(), UTC)
    assert (changed["userid"], changed["timeend"]) == (10, int(midnight.timestamp()))
    assert "Cohort sync (enrol_cohort, 37) gives the role" in found[row_of["plugin"]][2]


def edited(path: Path, change: Callable[[list[str]], Sequence[str]]) -> None:
    """Edit the lines of a CSV file."""
    text = path.read_text(encoding="utf-8-sig")
    path.write_text("\n".join(change(text.splitlines())) + "\n", encoding="utf-8")


def test_rows_that_cannot_be_used_are_said_one_by_one(tmp_path: Path) -> None:
    """A decision misspelt, two on one holding, a person or a course that is gone: the row says so, nothing is done."""
    with newer() as practice:

        def decide(rows: pd.DataFrame) -> Mapping[int, str]:
            names = {
                "misspelt": at(rows, "u01", "student", PHYSICS),
                "gone": at(rows, "u18", "mentor", "user:u01"),
                "nowhere": at(rows, "u01", "student", "course:C-HID"),
                "twice": at(rows, "u02", "student", PHYSICS),
                "kept": at(rows, "u17", "teacher", PHYSICS),
            }
            row_of.update({name: number + 2 for name, number in names.items()})
            words = {"misspelt": "remvoe", "kept": "KEEP"}
            return {number: words.get(name, "remove") for name, number in names.items()}

        row_of: dict[str, int] = {}
        made = decided(practice, tmp_path / "review.csv", decide)
        lines = len(made.rows) + 1

        def change(text: list[str]) -> list[str]:
            *names, rest = text[row_of["gone"] - 1].split(",", 3)
            text[row_of["gone"] - 1] = ",".join([*(name.replace("18", "99") for name in names), rest])
            text[row_of["nowhere"] - 1] = text[row_of["nowhere"] - 1].replace("C-HID", "C-NOT-THERE")
            return [*text, text[row_of["twice"] - 1].replace(",remove,", ",keep,")]

        edited(tmp_path / "review.csv", change)
        before = state(practice)
        account = reviewed(practice, tmp_path / "review.csv", tmp_path / "run")
        assert state(practice) == before
    found = ends(account)
    told = {name: found[row][:2] for name, row in row_of.items() if row in found}
    assert told == {
        "misspelt": ("invalid", "bad-value"),
        "gone": ("invalid", "user-not-found"),
        "nowhere": ("invalid", "context-not-found"),
        "twice": ("invalid", "conflict"),
    }
    assert found[lines + 1][:2] == ("invalid", "conflict")
    assert len(found) == 5
    assert '"remvoe" is no decision. Did you mean "remove"?' in found[row_of["misspelt"]][2]
    assert f"row {lines + 1}" in found[row_of["twice"]][2]


def test_a_file_of_another_kind_is_refused_whole(tmp_path: Path) -> None:
    """An export of another site, without decisions, or with a column renamed is refused, with what is missing."""
    path = tmp_path / "review.csv"
    with newer() as practice:
        decided(practice, path, lambda rows: {at(rows, "u01", "student", PHYSICS): "remove"})
        whole, before = path.read_text(encoding="utf-8-sig"), state(practice)
        for change, said in (
            (
                lambda text: [text[0].replace("role shortname", "duty"), *text[1:]],
                '"role shortname" is missing',
            ),
            (lambda text: [text[0].replace("decision", "verdict"), *text[1:]], "has no column decision"),
            (
                lambda text: [
                    line.replace("_export https://moodle.test", "_export https://other.test") for line in text
                ],
                "other.test",
            ),
        ):
            path.write_text(whole, encoding="utf-8")
            edited(path, change)
            with pytest.raises(InputError, match=said):
                reviewed(practice, path, tmp_path / "run")
        edited(path, lambda _: whole.splitlines()[:1])
        assert not len(reviewed(practice, path, tmp_path / "none").plan.lines)
        assert state(practice) == before


def test_without_the_report_removals_in_courses_are_read_back(tmp_path: Path) -> None:
    """Where nothing tells who gave a role, it is taken away, and what a plugin gives is still there and said."""
    with newer("core_reportbuilder_list_reports") as practice:
        path = tmp_path / "review.csv"

        def decide(rows: pd.DataFrame) -> Mapping[int, str]:
            assert set(rows[layout.GIVEN]) == {layout.NOT_TOLD}
            return {
                at(rows, "u01", "student", PHYSICS, layout.NOT_TOLD): "remove",
                at(rows, "u16", "student", "course:C-COH", layout.NOT_TOLD): "remove",
            }

        decided(practice, path, decide)
        before = state(practice)
        account = reviewed(practice, path, tmp_path / "run")
        assert before - state(practice) == {("u01", "student", PHYSICS, "", 0)}
    assert sorted(one[:2] for one in ends(account).values()) == [
        ("refused", "held-by-enrolment"),
        ("unassigned", ""),
    ]


def test_one_sheet_for_each_category(tmp_path: Path) -> None:
    """A workbook with several sheets is reviewed like one, and rows are named with their sheets."""
    with newer() as practice:
        made = export(moodle_at(practice), review=True, sheets="category")
        rows = made.rows.copy()
        rows.loc[at(rows, "u01", "student", PHYSICS), layout.DECISION] = "remove"
        rows.loc[at(rows, "u20", "manager", "system"), layout.DECISION] = "nonsense"
        write(replace(made, rows=rows), tmp_path / "review.xlsx")
        before = state(practice)
        account = reviewed(practice, tmp_path / "review.xlsx", tmp_path / "run")
        assert before - state(practice) == {("u01", "student", PHYSICS, "", 0)}
    (wrong,) = [reason for status, _, reason in ends(account).values() if status == "invalid"]
    assert wrong.startswith("No category!")
