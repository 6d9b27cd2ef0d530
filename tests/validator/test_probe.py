"""Asking Moodle what it would refuse."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from batchroles.client import Moodle, Retry, functions
from batchroles.models import Lines, Plan, Table
from batchroles.sandbox import make_site, serve
from batchroles.validator.probe import probe

PLACES = list[tuple[int, str, int]]


def asked(url: str, token: str, places: PLACES) -> tuple[list[str], list[str], dict[str, int]]:
    """Probe a plan that gives user 5 a role in each of some places: what became of them, why, and the calls made."""
    count = len(places)
    lines = Lines.of(
        {
            "row": np.arange(2, count + 2),
            "part": [""] * count,
            "change": ["assign"] * count,
            "userid": np.full(count, 5, "int64"),
            "roleid": [role for role, _, _ in places],
            "level": [level for _, level, _ in places],
            "instanceid": [instance for _, _, instance in places],
        }
    )
    table = Table(Path("roster.csv"), None, [], pd.DataFrame())
    plan = Plan(table, "plain", "plain", lines, [], [])
    with Moodle(url, token, retry=Retry(attempts=1)) as moodle:
        probed = probe(plan, moodle, lambda *_: None)
        calls = dict(moodle.calls)
    codes = [probed.problems[one].code.value if one >= 0 else "" for one in probed.lines.frame()["problem"]]
    return probed.lines.frame()["status"].astype(object).fillna("open").tolist(), codes, calls


def test_a_refusal_is_of_one_level() -> None:
    """A course and a category of one id are two places: what is refused in the one is open in the other."""
    with serve(make_site(10, 5, 5)) as practice:
        status, _, _ = asked(practice.url, practice.token, [(5, "course", 2), (5, "coursecat", 2)])
    assert status == ["open", "refused"]


@pytest.mark.parametrize("without_unassigning", [False, True])
@pytest.mark.parametrize("bad", [0, 1, 11, 34])
def test_probing_takes_at_most_one_call_a_pair_and_one_more(bad: int, without_unassigning: bool) -> None:
    """Whatever the mixture, and also where only assigning is in the service, 34 pairs take no more than 35 calls."""
    site = make_site(10, 40, 12)
    if without_unassigning:
        site["services"][0]["functions"].remove(functions.UNASSIGN)
    places = [(5, "course", (7000 if n < bad else 2) + n) for n in range(34)]
    with serve(site) as practice:
        status, _, calls = asked(practice.url, practice.token, places)
    assert status == ["refused"] * bad + ["open"] * (34 - bad)
    assert calls.get(functions.UNASSIGN, 0) + calls.get(functions.ASSIGN, 0) <= 35


@pytest.mark.parametrize("without_functions", [False, True])
def test_an_id_that_does_not_exist_is_told_from_a_role_that_may_not_be_given(without_functions: bool) -> None:
    """A course, category, activity or user that is not there is not found; where it is there, the role is to blame."""
    site = make_site(10, 5, 5)
    if without_functions:
        site["services"][0]["functions"] = [functions.SITE_INFO, functions.ASSIGN, functions.UNASSIGN]
    there = [(2, "course", 2), (5, "coursecat", 2), (1, "module", 1), (5, "user", 5)]
    gone = [(role, level, 9000) for role, level, _ in there]
    with serve(site) as practice:
        status, codes, calls = asked(practice.url, practice.token, [*there, *gone, (5, "block", 9000)])
    not_found = "role-not-assignable" if without_functions else "context-not-found"
    assert status == ["refused"] * 9
    assert codes == ["role-not-assignable"] * 4 + [not_found] * 4 + ["role-not-assignable"]
    assert calls[functions.ASSIGN] + calls.get(functions.UNASSIGN, 0) <= 10


def test_of_many_users_with_a_row_each_some_are_asked_about() -> None:
    """Hundreds of parents take the calls of a few, as hundreds of courses do not; who is refused shows when sending."""
    site = make_site(900, 450, 5)
    with serve(site) as practice:
        status, _, calls = asked(
            practice.url, practice.token, [(parent(site), "user", 5 + n) for n in range(430)]
        )
        _, _, of_few = asked(practice.url, practice.token, [(parent(site), "user", 5 + n) for n in range(21)])
        _, _, of_courses = asked(practice.url, practice.token, [(5, "course", 2 + n) for n in range(430)])
    assert status == ["open"] * 430
    assert calls == of_few
    assert of_courses[functions.UNASSIGN] > calls[functions.UNASSIGN]


def test_all_users_are_asked_about_where_one_of_the_sample_is_refused() -> None:
    """A role that is not for users is refused for each of them before anything is sent, and no other role is."""
    site = make_site(200, 5, 5)
    with serve(site) as practice:
        places = [(role, "user", 5 + n) for n in range(60) for role in (parent(site), 1)]
        status, codes, _ = asked(practice.url, practice.token, places)
    assert status == ["open", "refused"] * 60
    assert codes == ["", "role-not-assignable"] * 60


def parent(site: dict[str, Any]) -> int:
    """Give the id of the role that may be given at users."""
    return next(int(role["id"]) for role in site["roles"] if role["shortname"] == "parent")
