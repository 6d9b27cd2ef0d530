"""What each kind of filter lets through on the practice site."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from batchroles.sandbox import make_site, serve
from batchroles.sandbox.making.reports import HOLDING, audience, report, with_functions
from batchroles.sandbox.reports import READING
from batchroles.sandbox.wire.practice import Practice
from tests.sandbox.reports.calls import NEWER, call

SITE = make_site(users=12, courses=2, categories=1)
ALL = [audience("allusers")]
PEOPLE = ("user:username", "user:suspended", "user:userselect", "user:fullname")
MADE = [
    report("people", "users", ["user:username"], filters=PEOPLE, audiences=ALL),
    report(
        "holdings",
        "roles",
        HOLDING,
        filters=["role:name", "context:level", "role_assignment:timemodified"],
        audiences=ALL,
    ),
]
NAMES = {row["username"] for row in SITE["users"] if row["username"] != "guest"}
SUSPENDED = SITE["users"][-1]


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    """Give a site with a report on people, one of them suspended, and one on holdings."""
    users = [{**row, "suspended": int(row is SUSPENDED)} for row in SITE["users"]]
    raw = {**SITE, "users": users, "versions": {**SITE["versions"], **NEWER}, "reports": MADE}
    with serve(with_functions(raw, READING)) as practice:
        yield practice


def filtered(practice: Practice, number: int, **values: Any) -> list[list[Any]]:
    """Give the rows of a report once its filters are set; `__` stands for the colon."""
    stored = {name.replace("__", ":"): value for name, value in values.items()}
    assert call(practice, "set_filters", reportid=number, values=json.dumps(stored)) is True
    rows = call(practice, "retrieve_report", reportid=number, perpage=0)["data"]["rows"]
    return [row["columns"] for row in rows]


@pytest.mark.parametrize(
    ("operator", "value", "names"),
    [
        (0, "bot", NAMES),
        (1, "BOT", {"wsbot"}),
        (2, "a", {name for name in NAMES if "a" not in name}),
        (3, " wsbot ", {"wsbot"}),
        (4, "wsbot", NAMES - {"wsbot"}),
        (5, "ws", {"wsbot", "wsweak"}),
        (6, "bot", {"wsbot"}),
        (7, "", set()),
        (8, "", NAMES),
        (3, "", NAMES),
        (9, "bot", NAMES),
        (5, "%", set()),
    ],
)
def test_text_filters(practice: Practice, operator: int, value: str, names: set[str]) -> None:
    """A text is compared without case and blanks, nothing is a pattern, and what makes no sense lets all through."""
    rows = filtered(practice, 1, user__username_operator=operator, user__username_value=value)
    assert {row[0] for row in rows} == names


@pytest.mark.parametrize(
    ("operator", "names"),
    [(1, {SUSPENDED["username"]}), (2, NAMES - {SUSPENDED["username"]}), (0, NAMES), (3, NAMES)],
)
def test_truth_filters(practice: Practice, operator: int, names: set[str]) -> None:
    """Operator 1 is yes, 2 is no, and any other lets all through."""
    assert {row[0] for row in filtered(practice, 1, user__suspended_operator=operator)} == names


def test_filters_combine(practice: Practice) -> None:
    """Of two filters both must hold."""
    both = {"user__username_operator": 5, "user__username_value": "ws"}
    rows = filtered(practice, 1, **both, user__userselect_operator=1)
    assert rows == [["wsbot"]]


def test_select_filters(practice: Practice) -> None:
    """A choice that exists is compared, one that does not exist lets all through."""
    found = {
        level: len(filtered(practice, 2, context__level_operator=1, context__level_value=level))
        for level in ("10", "50", "80", "99")
    }
    total = len(filtered(practice, 2))
    assert found == {"10": 2, "50": total - 2, "80": 0, "99": total}


@pytest.mark.parametrize(
    ("first", "last", "some"),
    [(0, 0, True), (1790000000, 0, True), (1790000001, 0, False), (0, 1789999999, False)],
)
def test_date_filters(practice: Practice, first: int, last: int, some: bool) -> None:
    """A range of times holds its ends; an end of 0 is open."""
    rows = filtered(
        practice,
        2,
        role_assignment__timemodified_operator=3,
        role_assignment__timemodified_from=first,
        role_assignment__timemodified_to=last,
    )
    assert bool(rows) is some
