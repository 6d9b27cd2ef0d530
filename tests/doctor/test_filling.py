"""Reports completed with an administrator's token: what is missing is added once, and nothing is removed."""

from collections.abc import Iterator
from contextlib import suppress

import pytest

from batchroles.client import Moodle, Retry
from batchroles.client.functions import ADD_COLUMN
from batchroles.directory.reports import hiding_conditions
from batchroles.directory.wanted import COURSES, KINDS, ROLES, USERS, Kind
from batchroles.doctor import fill_reports
from batchroles.doctor.filling import Filled
from batchroles.errors import SiteRefusal, TemporaryFailure
from batchroles.sandbox import serve
from batchroles.sandbox.making.reports import report
from batchroles.sandbox.wire.practice import Practice
from tests.doctor.made_reports import ADMIN, ALL, BOT, NEW, OLD, columns, empty, site, wanted

SWIFT = Retry(attempts=2, base=0.001, longest=0.002, settle_pause=0.003)


def filled(practice: Practice, token: str = ADMIN) -> dict[str, Filled]:
    """Fill the reports of a site, and give what was said of each by its name."""
    with Moodle(practice.url, token, retry=SWIFT, timeout=(2, 20)) as moodle:
        return {one.kind.name: one for one in fill_reports(moodle)}


@pytest.fixture(params=[NEW, OLD], ids=["5.1", "4.3"])
def both(request: pytest.FixtureRequest) -> Iterator[tuple[Practice, list[Kind]]]:
    """Serve every report that a Moodle can have, made without anything in it."""
    kinds = [kind for kind in KINDS if request.param is NEW or kind.source_name != "Roles"]
    reports = [empty(kind, uniquerows=int(kind.unique)) for kind in kinds]
    with serve(site(*reports, release=request.param)) as practice:
        yield practice, kinds


def test_empty_reports_are_completed_once(both: tuple[Practice, list[Kind]]) -> None:
    """Columns, sorting and filter are added, and the second time nothing is."""
    practice, kinds = both
    first = filled(practice)
    for number, kind in enumerate(kinds, 1):
        assert columns(practice, number) == wanted(kind)
        assert first[kind.name].done[0].startswith("added the columns")
        assert first[kind.name].left == []
        assert first[kind.name].rows
    second = filled(practice)
    assert all(columns(practice, number) == wanted(kind) for number, kind in enumerate(kinds, 1))
    assert [second[kind.name].done for kind in kinds] == [[]] * len(kinds)
    for kind in set(KINDS) - set(kinds):
        assert second[kind.name].done == ["left out, for its source comes with Moodle 4.4"]


def test_what_is_there_stays() -> None:
    """Columns that are there, renamed or others', stay as they are; only what is missing comes behind them."""
    courses = report(
        COURSES.name, "courses", ("course:visible", "course:shortname=Kürzel"), sort=["course:visible"]
    )
    roles = report(ROLES.name, "roles", ("role:shortname",), filters=["role:name"])
    with serve(site(courses, roles)) as practice:
        said = filled(practice)
        assert columns(practice, 1) == [
            "course:visible*",
            "course:shortname*",
            "course:coursefullnamewithlink",
            "course:idnumber",
        ]
        rows = practice.site.custom_reports.columns.where("reportid", 1)
        assert [row["heading"] for row in rows][1] == "Kürzel"
        assert len(list(practice.site.custom_reports.filters.where("reportid", 2))) == 1
    assert said[COURSES.name].done == [
        "added the columns Course full name with link, Course ID number",
        "sorts by Course short name",
    ]
    assert not any("filter" in done for done in said[ROLES.name].done)


def test_what_is_left_by_hand() -> None:
    """A report that is not there, conditions, and rows shown once or repeated are named with the page and the click."""
    users = empty(
        USERS, uniquerows=1, conditions=["user:suspended"], conditiondata={"user:suspended_operator": 2}
    )
    with serve(site(users)) as practice:
        said = filled(practice)
        left = [sentence.replace(practice.url, "https://site") for sentence in said[USERS.name].left]
        missing = said[COURSES.name].left[0]
    assert left == [
        "Its conditions hide rows (user:suspended). Edit report: https://site/reportbuilder/edit.php?id=1: At"
        " Conditions on the right click Reset all (Include default setup has brought them, mostly). Where none are"
        " left, add one first: those that were taken away have left their values.",
        "It shows rows that are alike only once. Custom reports: https://site/reportbuilder/index.php: Open the menu of"
        " the report, click Edit report details, untick Show unique rows, click Save.",
    ]
    assert 'lists no report "batchroles courses"' in missing
    assert "untick Include default setup" in missing


def test_another_source_is_left_alone() -> None:
    """A report of the right name that was made from another source is not touched."""
    with serve(site(report(USERS.name, "courses", ()))) as practice:
        [sentence] = filled(practice)[USERS.name].left
        assert columns(practice, 1) == []
    assert "has the source core_course" in sentence


def test_a_user_who_may_not_edit() -> None:
    """A reader's token is refused with the permission that is missing, and nothing is changed."""
    raw = site(report(USERS.name, "users", (), audiences=[{"classname": EVERYBODY, "configdata": {}}]))
    with serve(raw) as practice, pytest.raises(SiteRefusal, match=r"moodle/reportbuilder:editall") as caught:
        filled(practice, BOT)
    assert "TOKEN" not in str(caught.value)
    assert caught.value.exit_code == 4


EVERYBODY = r"core_reportbuilder\reportbuilder\audience\allusers"


def test_a_service_without_the_functions() -> None:
    """Functions that the service lacks are named with the page and the click before anything is changed."""
    raw = site(empty(USERS), functions=[name for name in ALL if name != ADD_COLUMN])
    with serve(raw) as practice:
        with pytest.raises(SiteRefusal, match=rf"lacks {ADD_COLUMN}: on the page External services"):
            filled(practice)
        assert columns(practice, 1) == []


def test_a_lost_answer_is_not_sent_again() -> None:
    """A column whose answer is lost is not added a second time: the next run sees whether it is there."""
    with serve(site(empty(USERS)), faults=["drop-after:0.3"], seed=4) as practice:
        for _ in range(30):
            with suppress(TemporaryFailure):
                filled(practice)
        assert columns(practice, 1) == wanted(USERS)


@pytest.mark.parametrize(
    ("kept", "hiding"),
    [
        (None, []),
        ("[]", []),
        ('{"user:suspended_operator":2}', ["user:suspended"]),
        ('{"a:b_operator":0,"user:username_operator":"5","user:username_value":"u"}', ["user:username"]),
        ("{", ["unreadable"]),
        ('{"user:suspended_operator":0,"role:name_operator":"0","role:name_value":"1"}', []),
        ('{"cohort:c_values":["3"],"course:s_values":[]}', ["cohort:c"]),
        ('{"a:n_operator":0,"a:n_value":"3","a:n_subcategories":1}', ["a:n"]),
        ('{"a:n_operator":1,"a:n_value":"0","a:n_subcategories":0}', ["a:n"]),
    ],
)
def test_conditions_that_hide_rows(kept: str | None, hiding: list[str]) -> None:
    """A condition hides rows unless its operator lets everything through, or nothing is chosen where it has none."""
    assert hiding_conditions(kept) == hiding
