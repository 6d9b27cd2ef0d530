"""Changing reports on the practice site: what the recordings do not show in one case each."""

from collections.abc import Iterator
from typing import Any

import pytest

from batchroles.sandbox import make_site, serve
from batchroles.sandbox.making.reports import report, with_functions
from batchroles.sandbox.reports import REPORT_FUNCTIONS
from batchroles.sandbox.wire.practice import Practice
from tests.sandbox.reports.calls import NEWER, call

SITE = make_site(users=5, courses=1, categories=1)
MADE = [
    report(
        "people", "users", ["user:username", "user:email=E-Mail", "user:idnumber"], filters=["user:email"]
    ),
    report("empty", "roles", []),
]
RAW = {**SITE, "versions": {**SITE["versions"], **NEWER}, "reports": MADE}


@pytest.fixture(scope="module")
def site() -> Iterator[Practice]:
    """Give a site with two reports of the administrator."""
    with serve(with_functions(RAW, REPORT_FUNCTIONS)) as practice:
        yield practice


@pytest.fixture
def practice(site: Practice) -> Practice:
    """Give the site as it was made."""
    site.reset()
    return site


def as_admin(practice: Practice, function: str, **fields: object) -> Any:
    """Call a function as the administrator."""
    return call(practice, function, practice.raw["tokens"][1]["token"], **fields)


def shown(practice: Practice, number: int = 1) -> tuple[list[str], list[list[Any]]]:
    """Give the headings and rows of a report."""
    data = as_admin(practice, "retrieve_report", reportid=number, perpage=0)["data"]
    return data["headers"], [row["columns"] for row in data["rows"]]


def test_columns_are_added_moved_and_deleted(practice: Practice) -> None:
    """A report without columns is filled, reordered and thinned out, and reads so."""
    for name in ("context:path", "role:shortname", "user:username"):
        added = as_admin(practice, "columns_add", reportid=2, uniqueidentifier=name)
    ids = [row["id"] for row in added["sortablecolumns"]]
    assert shown(practice, 2)[0] == ["Path", "Short name", "Username"]
    assert as_admin(practice, "columns_reorder", reportid=2, columnid=ids[2], position=1) is True
    assert shown(practice, 2)[0] == ["Username", "Path", "Short name"]
    as_admin(practice, "columns_delete", reportid=2, columnid=ids[0])
    headings, rows = shown(practice, 2)
    assert headings == ["Username", "Short name"]
    assert ["wsbot", "wsbatch"] in rows
    left = practice.site.custom_reports.columns.where("reportid", 2)
    assert sorted(row["columnorder"] for row in left) == [1, 2]


@pytest.mark.parametrize(("direction", "reverse"), [(4, False), (3, True)])
def test_sorting_is_switched_on_and_off(practice: Practice, direction: int, reverse: bool) -> None:
    """A column sorts from either end once it is switched on, and no longer once it is switched off."""
    as_made = shown(practice)[1]
    toggled = as_admin(
        practice, "columns_sort_toggle", reportid=1, columnid=1, enabled=1, direction=direction
    )
    assert toggled["sortablecolumns"][0]["sortdirection"] == direction
    assert shown(practice)[1] == sorted(as_made, reverse=reverse)
    as_admin(practice, "columns_sort_toggle", reportid=1, columnid=1, enabled=0)
    assert shown(practice)[1] == as_made


def test_a_renamed_column_is_told_by_both_names(practice: Practice) -> None:
    """The sorting of a column that was renamed shows its own name and the report's."""
    columns = as_admin(practice, "columns_sort_get", reportid=1)["sortablecolumns"]
    assert [(row["title"], row["heading"]) for row in columns][1] == ("Email address", "E-Mail")


def test_the_order_of_sorting_is_changed(practice: Practice) -> None:
    """A column that is moved to the front of the sorting sorts first."""
    moved = as_admin(practice, "columns_sort_reorder", reportid=1, columnid=3, position=1)
    assert [row["id"] for row in moved["sortablecolumns"]] == [3, 1, 2]


def test_filters_and_conditions_are_told_apart(practice: Practice) -> None:
    """A filter and a condition of one name stand side by side, and each is deleted by its own function only."""
    added = as_admin(practice, "conditions_add", reportid=1, uniqueidentifier="user:email")
    assert added["hasactiveconditions"]
    condition = max(practice.site.custom_reports.filters.rows)
    wrong = as_admin(practice, "filters_delete", reportid=1, filterid=condition)
    assert wrong["errorcode"] == "invalidparameter"
    left = as_admin(practice, "conditions_delete", reportid=1, conditionid=condition)
    assert not left["hasactiveconditions"]
    assert as_admin(practice, "reports_get", reportid=1)["filterspresent"]


def test_filters_are_moved(practice: Practice) -> None:
    """A filter that is moved to the front is the first one of the editor."""
    as_admin(practice, "filters_add", reportid=1, uniqueidentifier="user:username")
    second = max(practice.site.custom_reports.filters.rows)
    moved = as_admin(practice, "filters_reorder", reportid=1, filterid=second, position=1)
    assert [row["heading"] for row in moved["activefilters"]] == ["Username", "Email address"]


def test_a_part_of_another_report_is_none(practice: Practice) -> None:
    """A column of one report cannot be deleted under the id of another."""
    answer = as_admin(practice, "columns_delete", reportid=2, columnid=1)
    assert answer["errorcode"] == "invalidparameter"
    assert len(shown(practice)[0]) == 3


def test_a_deleted_report_is_gone_with_all_that_it_had(practice: Practice) -> None:
    """Deleting a report takes its columns and filters with it; another report stays."""
    assert as_admin(practice, "reports_delete", reportid=1) is True
    tables = practice.site.custom_reports
    assert list(tables.reports.rows) == [2]
    assert not tables.columns.rows
    assert not tables.filters.rows
