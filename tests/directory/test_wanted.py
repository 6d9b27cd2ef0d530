"""The table of reports against what a real Moodle was seen to offer."""

import json
from typing import Any

import pytest

from batchroles.directory.wanted import CATEGORIES, CONTEXTS, COURSES, KINDS, ROLES, USERS, Kind
from tests import SHARED
from tests.directory.recorded import recordings

pytestmark = pytest.mark.shared


def offered() -> dict[str, Any]:
    """Give what a real Moodle's editor offers for a report of the source Roles."""
    lines = (SHARED / "moodle/5.1/reportbuilder.jsonl").read_text(encoding="utf-8").splitlines()
    cases = {case["id"]: case for case in map(json.loads, lines)}
    return dict(cases["bb-get-edit"]["response"]["body"])


def test_columns_are_offered_under_their_names() -> None:
    """The columns of the source Roles, and those of users anywhere, are in the editor's list, under their headings."""
    cards = {
        item["identifier"]: (card["name"], item["name"])
        for card in offered()["sidebarmenucards"]["menucards"]
        for item in card["items"]
    }
    for kind in (USERS, ROLES, CONTEXTS):
        for column in kind.columns:
            assert cards[column.identifier] == (column.group, column.name)


def test_filters_are_offered() -> None:
    """The filters are in the editor's list, under their headings."""
    groups = [group["optiongroup"] for group in offered()["filters"]["availablefilters"]]
    names = {one["value"]: (group["text"], one["visiblename"]) for group in groups for one in group["values"]}
    for kind in KINDS:
        for one in kind.filters:
            assert names[one.identifier] == (one.group, one.name)


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        (USERS, "rb-users-1000"),
        (COURSES, "rb-courses-1000"),
        (CATEGORIES, "rb-categories-1000"),
        (ROLES, "rr-full"),
    ],
)
def test_reports_are_what_was_recorded(kind: Kind, case: str) -> None:
    """Source, its name and the columns' names are those of the recorded reports."""
    answer = recordings()[case]
    assert (answer["details"]["source"], answer["details"]["sourcename"]) == (kind.source, kind.source_name)
    assert {column.name for column in kind.columns} <= set(answer["data"]["headers"])


def test_each_report_is_sorted_and_named_once() -> None:
    """Every report has a name of its own and columns by which it is sorted."""
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert all(any(column.sorted for column in kind.columns) for kind in KINDS)
