"""Decisions in an export that Excel or a hand changed, of a site where names have come to mean something else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from batchroles.job import Account
from batchroles.job.census import layout
from batchroles.sandbox import serve
from tests.job.census.state import Holding, state
from tests.job.census.test_reviewing import PHYSICS, Decide, at, decided, edited, ends, reviewed
from tests.job.newer import newer, newer_site

Raw = dict[str, Any]


def gone_after(
    tmp_path: Path, decide: Decide, change: Callable[[Raw], None], *without: str
) -> tuple[set[Holding], Account]:
    """Review decisions on a site that was changed meanwhile. Gives what was taken away, too."""
    with serve(newer_site(without)) as practice:
        decided(practice, tmp_path / "review.csv", decide)
    raw = newer_site(without)
    change(raw)
    with serve(raw) as practice:
        before = state(practice)
        account = reviewed(practice, tmp_path / "review.csv", tmp_path / "run")
        return before - state(practice), account


def swapped(raw: Raw, kind: str, key: str, one: str, other: str) -> None:
    """Give each of two the other's name."""
    by = {row[key]: row for row in raw[kind]}
    by[one][key], by[other][key] = other, one


@pytest.mark.parametrize("without", [(), ("core_reportbuilder_list_reports",)])
def test_a_course_that_has_another_ones_short_name_now_keeps_its_people(
    tmp_path: Path, without: tuple[str, ...]
) -> None:
    """A short name that another course has by now takes nobody's role away there: the row says what it was."""
    gone, account = gone_after(
        tmp_path,
        lambda rows: dict.fromkeys(
            rows.index[(rows[layout.CONTEXT] == PHYSICS) & (rows[layout.ROLE] == "student")], "remove"
        ),
        lambda raw: swapped(raw, "courses", "shortname", "C-PHY-101", "C-PHY-102"),
        *without,
    )
    assert not gone
    said = [*ends(account).values()]
    assert [one[:2] for one in said] == [("withheld", "changed")] * 2
    assert 'was "Course: Physics 102" and is "Course: Physics 101" now' in said[0][2]


def test_a_mentor_of_somebody_who_has_the_user_name_now_stays(tmp_path: Path) -> None:
    """A role over a person goes only over the person who was meant, not over who has the user name by now."""

    def change(raw: Raw) -> None:
        swapped(raw, "users", "username", "u01", "u02")
        context = {user["username"]: user["contextid"] for user in raw["users"]}
        # The mentor has both, so that who has the name of the one is found with the role as well.
        over = next(row for row in raw["role_assignments"] if row["contextid"] == context["u02"])
        number = 1 + max(row["id"] for row in raw["role_assignments"])
        raw["role_assignments"].append({**over, "id": number, "contextid": context["u01"]})

    gone, account = gone_after(
        tmp_path, lambda rows: {at(rows, "u18", "mentor", "user:u01"): "remove"}, change
    )
    assert not gone
    ((status, _, reason),) = ends(account).values()
    assert status == "withheld"
    assert 'user:u01 was "User: Anna Abel" and is "User: Ben Becker" now' in reason


def test_excels_days_and_a_repeat_in_capitals(tmp_path: Path) -> None:
    """A time that Excel wrote anew is the same time, and a user name in capitals the same person's."""
    with newer() as practice:

        def decide(rows: Any) -> dict[int, str]:
            return {at(rows, user, "student", PHYSICS): "remove" for user in ("u01", "u02")}

        rows = decided(practice, tmp_path / "review.csv", decide).rows
        since = str(rows.loc[at(rows, "u01", "student", PHYSICS), layout.SINCE])
        retyped = f"{since[8:10]}/{since[5:7]}/{since[:4]} {since[11:]}"

        def change(text: list[str]) -> list[str]:
            repeat = next(line for line in text if line.startswith("u02,") and ",remove," in line)
            repeat = repeat.replace("u02,", "U02,", 1).replace(",remove,", ",keep,")
            return [line.replace(since, retyped) for line in [*text, repeat]]

        edited(tmp_path / "review.csv", change)
        before = state(practice)
        account = reviewed(practice, tmp_path / "review.csv", tmp_path / "run")
        assert before - state(practice) == {("u01", "student", PHYSICS, "", 0)}
    assert sorted(one[:2] for one in ends(account).values()) == [
        ("invalid", "conflict"),
        ("invalid", "conflict"),
        ("unassigned", ""),
    ]


def test_a_last_day_of_another_year_and_a_column_with_actions(tmp_path: Path) -> None:
    """A day that was over when the file was exported takes nothing away, and other columns ask nothing."""
    with newer() as practice:
        words = {"u01": "2016-12-31", "u02": "remove"}
        decided(
            practice,
            tmp_path / "review.csv",
            lambda rows: {at(rows, user, "student", PHYSICS): word for user, word in words.items()},
        )
        edited(
            tmp_path / "review.csv",
            lambda text: [f"{text[0]},action", *(f"{line},assign" for line in text[1:])],
        )
        before = state(practice)
        account = reviewed(practice, tmp_path / "review.csv", tmp_path / "run")
        assert before - state(practice) == {("u02", "student", PHYSICS, "", 0)}
    said = sorted(ends(account).values())
    assert [one[:2] for one in said] == [("invalid", "bad-value"), ("unassigned", "")]
    assert '"2016-12-31" was over when the file was exported' in said[0][2]


def test_a_file_that_lost_what_tells_people_apart(tmp_path: Path) -> None:
    """Where a row has nothing of the person but the user name, it is said that nobody else would be noticed."""
    with newer() as practice:
        decided(
            practice,
            tmp_path / "review.csv",
            lambda rows: {at(rows, "u01", "student", PHYSICS): "remove"},
        )
        edited(
            tmp_path / "review.csv",
            lambda text: [",".join([line.split(",")[0], *line.split(",")[5:]]) for line in text],
        )
        account = reviewed(practice, tmp_path / "review.csv", tmp_path / "run")
    assert any(note.startswith("1 row that decides something has nothing") for note in account.plan.notes)
