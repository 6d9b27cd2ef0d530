"""Role ids from a report's filter: the name and id of each, and a short name by a filter that leaves no trace."""

from collections.abc import Callable

import pytest

from batchroles.client import Moodle
from batchroles.client.functions import OF_FILTERS, OF_REPORTS, REPORT_PAGE, RETRIEVE_REPORT, SET_FILTERS
from batchroles.directory.census import SiteRoles
from batchroles.directory.reports import Report, UnbelievedError, find
from batchroles.directory.roles import page, shortname_by_filter
from batchroles.directory.wanted import ROLES
from batchroles.sandbox import serve
from tests.directory.recorded import recordings, site
from tests.job.helpers import moodle_at
from tests.job.newer import MANAGER, MENTOR, STUDENT, drop, newer, newer_site
from tests.job.test_census_faults import When, filtered, unfiltered

REPORT = Report(1, "batchroles roles", ROLES.source)
SHORT = 1
"""The place of the short names in the practice site's report."""
COUNT = {"student": 19, "manager": 2}


@pytest.mark.shared
@pytest.mark.parametrize(
    ("case", "roles", "applied", "chosen"),
    [
        ("rf-get", 14, 0, None),
        ("rf-get-45", 14, 0, None),
        ("rf-get-odd", 15, 0, None),
        ("rf-get-filtered", 14, 2, 5),
        ("rf-get-filtered-45", 14, 2, 5),
        ("rf-get-nofilters", 0, 0, None),
    ],
)
def test_a_recorded_page(case: str, roles: int, applied: int, chosen: int | None) -> None:
    """The page of a report names every role with its id, and says whether and by which role it is filtered."""
    with site(recordings()[case], offers=(*OF_REPORTS, *OF_FILTERS)) as (moodle, _):
        found = page(moodle, REPORT)
    assert (len(found.names), found.applied, found.chosen) == (roles, applied, chosen)
    if roles:
        assert found.names[4] == "Non-editing teacher"
    if roles == 15:
        assert found.names[15] == "Übung & \"Quotes\" 'x' bold"


def asked(moodle: Moodle, role: int, holders: Callable[[str], int] = COUNT.__getitem__) -> str | None:
    return shortname_by_filter(moodle, find(moodle, ROLES), role, SHORT, holders)


def test_a_short_name_by_a_filter() -> None:
    """A role that somebody has shows its short name, one that nobody has shows none; no filter stays."""
    with newer() as practice:
        moodle = moodle_at(practice)
        assert [asked(moodle, role) for role in (STUDENT, MANAGER, 6)] == ["student", "manager", ""]
        assert page(moodle, find(moodle, ROLES)).applied == 0


@pytest.mark.parametrize("role", [99, 0])
def test_an_id_that_is_no_role(role: int) -> None:
    """A filter on it hides nothing, so that nothing is learned (cases `rf-role-unknown`, `rf-role-unknown-45`)."""
    with newer() as practice:
        assert asked(moodle_at(practice), role) is None


@pytest.mark.parametrize("function", [SET_FILTERS, RETRIEVE_REPORT])
@pytest.mark.parametrize("other", [lambda site: filtered(site, MANAGER), unfiltered])
def test_another_client_of_the_same_user(function: str, other: Callable[[object], None]) -> None:
    """Where somebody else sets or resets the filter meanwhile, nothing is learned."""
    with newer() as practice:
        moodle = moodle_at(practice)
        moodle.observer = When(function, lambda: other(practice))
        assert asked(moodle, STUDENT) is None
        assert page(moodle, find(moodle, ROLES)).applied == 0


@pytest.mark.parametrize("other", [lambda site: filtered(site, MANAGER), unfiltered])
def test_another_client_that_comes_too_late(other: Callable[[object], None]) -> None:
    """What somebody else does to the filter once it was looked at spoils nothing, and stays no longer."""
    with newer() as practice:
        moodle = moodle_at(practice)
        moodle.observer = When(REPORT_PAGE, lambda: other(practice))
        assert asked(moodle, STUDENT) == "student"
        assert page(moodle, find(moodle, ROLES)).applied == 0


def test_a_count_that_does_not_agree() -> None:
    """Where the filtered rows are not as many as the whole report has of that role, nothing is learned."""
    with newer() as practice:
        assert asked(moodle_at(practice), STUDENT, lambda _: 18) is None


def test_a_report_that_is_gone_takes_its_filter_along() -> None:
    """A filter that cannot be taken back is told of."""
    with newer() as practice:
        moodle = moodle_at(practice)
        moodle.observer = When(SET_FILTERS, lambda: drop(practice, "batchroles roles"))
        with pytest.raises(UnbelievedError, match="batchroles roles"):
            asked(moodle, STUDENT)


def test_each_role_is_asked_for_once() -> None:
    """What a filter told is not asked for again, and a role that the report does not name is never asked for."""
    with newer() as practice:
        moodle = moodle_at(practice)
        on_roles = SiteRoles(moodle)
        assert [on_roles.shortname(role) for role in (MENTOR, MENTOR, 99)] == ["mentor", "mentor", None]
        assert moodle.calls[SET_FILTERS] == 1
        assert on_roles.notes == []


def test_read_ahead_and_told_later() -> None:
    """Columns are told apart by what is known when they are wanted, not by what was known when they were read."""
    raw = newer_site()
    for role in raw["roles"]:
        role["shortname"] = f"our{role['shortname']}"
    with serve(raw) as practice:
        on_roles = SiteRoles(moodle_at(practice))
        on_roles.read_ahead()
        on_roles.know(["ourstudent"])
        assert len(on_roles.people_with("OurStudent")) == 3
        assert on_roles.notes == []
