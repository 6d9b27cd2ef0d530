"""The custom reports of batchroles on the practice site: what stands in them, who reads them, and what filters do."""

from collections.abc import Iterator
from typing import Any

import pytest

from batchroles.sandbox import make_site, serve
from batchroles.sandbox.wire.practice import Practice
from tests.sandbox.reports.calls import call

SITE = make_site(users=30, courses=4, categories=2)


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    """Give a Moodle 5.1 with the reports of batchroles."""
    with serve(SITE, reports=True) as practice:
        yield practice


@pytest.fixture(autouse=True)
def afresh(practice: Practice) -> None:
    """Begin each test with the site as it was made."""
    practice.reset()


def reports(practice: Practice) -> dict[str, int]:
    """Give the ids of the reports that the bot is shown, by name."""
    listed = call(practice, "list_reports")["reports"]
    return {row["name"].removeprefix("batchroles "): row["id"] for row in listed}


def rows(practice: Practice, name: str) -> list[list[Any]]:
    """Give all rows of a report."""
    answer = call(practice, "retrieve_report", reportid=reports(practice)[name], perpage=0)
    assert answer["data"]["totalrowcount"] == len(answer["data"]["rows"])
    return [row["columns"] for row in answer["data"]["rows"]]


def test_the_five_reports_show_the_whole_site(practice: Practice) -> None:
    """Users, courses, categories, holdings and contexts stand in five reports, each row once."""
    site = practice.site
    assert len(rows(practice, "users")) == len(site.users) - 1
    assert len(rows(practice, "courses")) == len(site.courses) - 1
    assert len(rows(practice, "categories")) == len(site.categories)
    held = {
        (
            f"/{'/'.join(map(str, site.contexts.by_id[row['contextid']].path))}",
            site.roles[row["roleid"]]["shortname"],
        )
        for row in site.role_assignments.rows.values()
    }
    shown = rows(practice, "roles")
    assert len(shown) == len(site.role_assignments.rows)
    assert {(row[0], row[1]) for row in shown} == held
    assert sorted(row[0] for row in rows(practice, "contexts")) == sorted({path for path, _ in held})


def test_only_the_bot_reads_them(practice: Practice) -> None:
    """Another user of the service neither sees the reports in the list nor may read them."""
    weak = next(row["token"] for row in SITE["tokens"] if row["username"] == "wsweak")
    assert call(practice, "list_reports", weak)["reports"] == []
    assert call(practice, "retrieve_report", weak, reportid=1)["errorcode"] == "errorreportview"


def test_a_filter_lasts_for_every_client_of_the_user(practice: Practice) -> None:
    """A filter that one client sets reduces what every later call of that user reads, until it is reset."""
    roles = reports(practice)["roles"]
    everything = rows(practice, "roles")
    values = '{"role:name_operator": 1, "role:name_value": "5"}'
    assert call(practice, "set_filters", reportid=roles, values=values) is True
    students = rows(practice, "roles")
    assert students == [row for row in everything if row[1] == "student"]
    assert call(practice, "reports_get", reportid=roles)["filtersapplied"] == 1
    assert call(practice, "filters_reset", reportid=roles) is True
    assert rows(practice, "roles") == everything


def test_the_filter_form_names_every_role_with_its_id(practice: Practice) -> None:
    """Whoever reads the report on roles finds the ids of all roles in its form, also of those that nobody holds."""
    form = call(practice, "reports_get", reportid=reports(practice)["roles"], pagesize=1)["filtersform"]
    for role in practice.site.roles.values():
        assert f'<option value="{role["id"]}"   >{role["displayname"]}</option>' in form


def test_an_older_moodle_has_three_of_them() -> None:
    """A Moodle 4.3 has no source for roles: only the reports on users, courses and categories are there."""
    with serve(SITE, reports=True, moodle="4.3") as practice:
        assert sorted(reports(practice)) == ["categories", "courses", "users"]


def test_without_reports_the_service_lacks_their_functions() -> None:
    """A stock site's service does not offer the functions of the report builder."""
    with serve(SITE) as practice:
        assert call(practice, "list_reports")["errorcode"] == "accessexception"


def test_an_administrator_changes_a_report_between_two_calls(practice: Practice) -> None:
    """A column taken away, a heading renamed and a report deleted show in the next call."""
    tables, users = practice.site.custom_reports, reports(practice)["users"]

    def take_away(_site: object) -> None:
        first, second, *_ = tables.columns.where("reportid", users)
        tables.columns.remove(first)
        tables.columns.update(second, heading="login")

    practice.change(take_away)
    headers = call(practice, "retrieve_report", reportid=users)["data"]["headers"]
    assert headers == ["login", "Email address", "ID number"]
    report = tables.reports.find(users)
    assert report is not None
    practice.change(lambda _site: tables.reports.remove(report))
    assert call(practice, "retrieve_report", reportid=users)["errorcode"] == "invalidrecordunknown"
