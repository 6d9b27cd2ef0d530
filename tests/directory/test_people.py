"""People from the report or from look-ups, whichever costs the site less."""

import pytest

from batchroles.client.functions import LIST_REPORTS, RETRIEVE_REPORT, SITE_INFO, USERS_BY_FIELD
from batchroles.models import UserRef
from batchroles.sandbox import make_site, serve
from batchroles.sandbox.site.site import Site
from batchroles.validator.users import UserFinder
from tests.directory.conftest import client
from tests.directory.people import Meddler

RAW = make_site(users=1500, courses=3, categories=1)
NAMES = [str(one["username"]) for one in RAW["users"] if one["username"] != "guest"]


@pytest.mark.parametrize(
    ("number", "calls"),
    [
        (30, {USERS_BY_FIELD: 1}),
        (1400, {SITE_INFO: 1, LIST_REPORTS: 1, RETRIEVE_REPORT: 3, USERS_BY_FIELD: 1}),
    ],
)
def test_the_cheaper_way(number: int, calls: dict[str, int]) -> None:
    """A few people are looked up, and no report is asked for; many are read from it, and five are looked up beside."""
    with serve(RAW, reports=True) as practice, client(practice) as moodle:
        found = UserFinder(moodle).find({UserRef("username", name) for name in NAMES[:number]})
        assert moodle.calls == calls
    assert all(isinstance(one, int) for one in found.values())


def test_a_large_report_is_not_read_for_a_few() -> None:
    """Where the first row tells that a report is dearer than the look-ups, that row is all that is read."""
    raw = make_site(users=4000, courses=3, categories=1)
    names = [str(one["username"]) for one in raw["users"]][10:54]
    with serve(raw, reports=True) as practice, client(practice) as moodle:
        finder = UserFinder(moodle)
        found = finder.find({UserRef("username", name) for name in names})
        assert moodle.calls == {SITE_INFO: 1, LIST_REPORTS: 1, RETRIEVE_REPORT: 1, USERS_BY_FIELD: 1}
        assert finder.notes == []
    assert all(isinstance(one, int) for one in found.values())


def test_somebody_who_joins_after_the_report_was_read() -> None:
    """Who joins between the report and the look-ups of what it lacks is found, and the report is used no more."""

    def join(site: Site) -> None:
        old = next(iter(site.users.values()))
        site.users[99_999] = {
            **old,
            "id": 99_999,
            "username": "zz.late",
            "email": "late@example.edu",
            "idnumber": "",
        }
        site.users_by["username"]["zz.late"] = [site.users[99_999]]

    with serve(RAW, reports=True) as practice, client(practice) as moodle:
        moodle.observer = Meddler(practice, 4, join, again=False)
        finder = UserFinder(moodle)
        refs = {UserRef("email", str(one["email"])) for one in RAW["users"] if one["username"] != "guest"}
        found = finder.find(refs | {UserRef("username", name) for name in [*NAMES, "zz.late"]})
    assert found[UserRef("username", "zz.late")] == 99_999
    assert all(isinstance(one, int) for one in found.values())
    assert f"{len(refs):,} by e-mail address; looked up besides: 0." in finder.notes[0]
    assert 'lacks the user name "zz.late" (id 99999), which a look-up finds' in finder.notes[1]
