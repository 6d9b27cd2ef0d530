"""Reports found by name and read whole; what is not for certain the whole is not believed, and why is said."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from batchroles.client import Moodle, Retry
from batchroles.directory import reports
from batchroles.directory.reports import (
    NoReportError,
    Sheet,
    UnbelievedError,
    beginning,
    find,
    opened,
    read,
)
from batchroles.directory.wanted import CATEGORIES, COURSES, ROLES, USERS
from tests.client.helpers import TOKEN
from tests.client.odd_server import OddServer, Reply
from tests.directory.recorded import LIST_REPORTS, part, recordings, site

pytestmark = pytest.mark.shared

WHOLE = "rb-users-1000"
FIRST = slice(0, 1)


def listed() -> object:
    return recordings()["rblist-perpage-0"]


def renamed(**names: str) -> object:
    """Give the list of reports with other names, by the last word of their own."""
    found = json.loads(json.dumps(listed()))
    for one in found["reports"]:
        one["name"] = names.get(one["name"].rpartition(" ")[2], one["name"])
    return found


def asked(server: OddServer) -> list[tuple[str, str, str]]:
    """Give function, page and perpage of each call but the first."""
    forms = [parse_qs(body) for _, body in server.requests[1:]]
    return [
        (form["wsfunction"][0], form.get("page", [""])[0], form.get("perpage", [""])[0]) for form in forms
    ]


def read_all(moodle: Moodle) -> Sheet:
    return read(moodle, opened(moodle, find(moodle, USERS)))


def why(moodle: Moodle) -> str:
    with pytest.raises(UnbelievedError) as caught:
        read_all(moodle)
    assert TOKEN not in str(caught.value)
    return str(caught.value)


def test_read_in_three_calls() -> None:
    """A report is counted, read in one page that is larger than it, and counted again."""
    with site(listed(), part(WHOLE, FIRST), part(WHOLE), part(WHOLE, FIRST)) as (moodle, server):
        sheet = read_all(moodle)
    assert len(sheet.rows) == 49
    assert sheet.headers == ("Full name with link", "Username", "Email address", "ID number", "Suspended")
    assert sheet.rows[0][1] == "u12"
    assert sheet.calls == 3
    retrieve = "core_reportbuilder_retrieve_report"
    assert asked(server) == [
        (LIST_REPORTS, "0", "0"),
        (retrieve, "0", "1"),
        (retrieve, "0", "50"),
        (retrieve, "0", "1"),
    ]


def test_listed_once_a_session() -> None:
    """All kinds are found with one call; another session asks anew."""
    with site(renamed(users="BatchRoles Users ")) as (moodle, server):
        assert [find(moodle, kind).id for kind in (USERS, COURSES, CATEGORIES)] == [1, 2, 4]
        with pytest.raises(NoReportError, match='lists no report "batchroles roles"'):
            find(moodle, ROLES)
        assert len(server.requests) == 2
        find(moodle.session(), USERS)
        assert len(server.requests) == 3


def test_a_refused_list_is_asked_for_once() -> None:
    """Where Moodle lists no reports at all, that is not asked twice, and is no fault of anybody."""
    with site(recordings()["rblist-disabled"]) as (moodle, server):
        for kind in (USERS, COURSES):
            with pytest.raises(NoReportError, match="switched off"):
                find(moodle, kind)
        assert len(server.requests) == 2


@pytest.mark.parametrize("offers", [(), (LIST_REPORTS,), ("core_reportbuilder_retrieve_report",)])
def test_without_the_functions_nothing_is_asked(offers: tuple[str, ...]) -> None:
    """A service without both functions, or a Moodle too old for them, costs no call."""
    with site(listed(), offers=offers) as (moodle, server):
        with pytest.raises(NoReportError, match="is not there"):
            find(moodle, USERS)
        assert len(server.requests) == 1


def test_another_name() -> None:
    """A report of the same source under another name is named, so that somebody can rename it."""
    with site(renamed(users="Alle Personen")) as (moodle, _):
        assert why(moodle) == (
            'There is no report "batchroles users", but "Alle Personen" (id 1) has its source: if it is meant for this,'
            " rename it."
        )


def test_two_of_one_name() -> None:
    """Of two reports with the right name neither is taken."""
    with site(renamed(courses="batchroles users")) as (moodle, _):
        assert why(moodle).startswith('There are 2 reports "batchroles users" (ids 2, 1)')


def test_another_source() -> None:
    """A report with the right name that was made from another source is not taken."""
    with site(renamed(users="x", participants="batchroles users")) as (moodle, _):
        assert "has the source core_course\\reportbuilder\\datasource\\participants, not core_user" in why(
            moodle
        )


def test_a_change_is_waited_out_once() -> None:
    """Somebody who joins while a report is read makes it be read once more."""
    grown = part(WHOLE, totalrowcount=50)
    with site(listed(), part(WHOLE, FIRST), grown, part(WHOLE, FIRST), part(WHOLE), part(WHOLE, FIRST)) as (
        moodle,
        _,
    ):
        assert len(read_all(moodle).rows) == 49


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([{"totalrowcount": 9}], "had 49 rows when reading it began and 9 when it ended"),
        ([{"headers": ["ID number", "Full name"]}], "had other columns when reading it ended"),
    ],
)
def test_what_changes_all_the_time(answers: list[dict[str, Any]], reason: str) -> None:
    """A report that changes at every look, as with filters that a second client sets, is left alone."""
    other = part(WHOLE, **answers[0])
    with site(listed(), part(WHOLE, FIRST), other, part(WHOLE, FIRST), other) as (moodle, _):
        assert reason in why(moodle)


def test_changed_after_the_page() -> None:
    """A report whose rows are others after it was read was perhaps another one in between."""
    after = part(WHOLE, FIRST, totalrowcount=48)
    now = part(WHOLE, slice(0, 48), totalrowcount=48)
    with site(listed(), part(WHOLE, FIRST), part(WHOLE), after, after, now, part(WHOLE, FIRST)) as (
        moodle,
        _,
    ):
        assert "had 48 rows when reading it began and 49 when it ended" in why(moodle)


def pages(size: int) -> list[object]:
    return [part(WHOLE, slice(start, start + size)) for start in range(0, 49, size)]


@pytest.mark.parametrize("late", [Reply("", status=504), Reply("", drop=True), Reply("", late=2.5)])
def test_a_time_out_is_met_by_pages(late: Reply, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the whole is too much for a site, pages are taken that prove to be complete."""
    monkeypatch.setattr(reports, "PATIENCE", 0.5)
    twice = 1 if late.late else 2
    with site(listed(), part(WHOLE, FIRST), *[late] * twice, *pages(24), part(WHOLE, FIRST)) as (
        moodle,
        server,
    ):
        if late.late:
            monkeypatch.setattr(reports, "_RETRY", Retry(attempts=1))
        sheet = read_all(moodle)
    assert len({tuple(row) for row in sheet.rows}) == 49
    assert asked(server)[-2][1:] == ("2", "24")


def test_a_page_size_below_the_total() -> None:
    """A site that gives fewer rows than it was asked for is read in pages of that size."""
    with site(listed(), part(WHOLE, FIRST), part(WHOLE, slice(0, 20)), *pages(20), part(WHOLE, FIRST)) as (
        moodle,
        _,
    ):
        assert len(read_all(moodle).rows) == 49


def test_pages_that_repeat_rows() -> None:
    """Pages that repeat rows and lose others are not believed, though their rows are as many as Moodle counts."""
    shifted = [*pages(24)[:1], part(WHOLE, slice(23, 47)), part(WHOLE, slice(48, 49))]
    with site(listed(), part(WHOLE, FIRST), part(WHOLE, slice(0, 24)), *shifted) as (moodle, _):
        assert "its pages repeat and lose rows: have it sorted" in why(moodle)


def test_too_large_in_pages_too() -> None:
    """Where pages do not come either, that is said."""
    with site(listed(), part(WHOLE, FIRST), Reply("", status=504)) as (moodle, _):
        assert "in pages of 24 rows it did not come" in why(moodle)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("rb-disabled", "custom reports were switched off (errorreportview)"),
        ("rb-not-in-audience", "in none of its audiences any more"),
        ("rb-deleted", "it was deleted (invalidrecord)"),
        ("rr-unknown", "it was deleted (invalidrecordunknown)"),
        ("rb-zero", "Moodle fails over it (TypeError)"),
        ("rr-orphan-context-45", "Moodle fails over it (codingerror)"),
        ("rb-not-in-service", "cannot be read"),
    ],
)
def test_refused(case: str, reason: str) -> None:
    """A report that Moodle refuses, at the first row or later, ends nothing: why is one sentence."""
    refusal = recordings()[case]
    with site(listed(), refusal) as (moodle, _):
        assert reason in why(moodle)
    with site(listed(), part(WHOLE, FIRST), refusal) as (moodle, _):
        assert reason in why(moodle)


def test_no_columns() -> None:
    """A report without columns counts no rows and is not believed to be empty."""
    with site(listed(), recordings()["rb-no-columns"]) as (moodle, _):
        assert "has no columns" in why(moodle)


@pytest.mark.parametrize(
    "body",
    [
        '{"data": {}}',
        "null",
        "[]",
        '{"data": {"headers": ["a"], "rows": [{"columns": [[]]}], "totalrowcount": 1}}',
    ],
)
def test_no_answer_of_a_moodle(body: str) -> None:
    """What has not the shape of a report ends nothing either."""
    with site(listed(), Reply(body)) as (moodle, _):
        assert "cannot be read" in why(moodle)


def test_rows_that_do_not_fit() -> None:
    """Rows of another width than the headings are not believed."""
    crooked = part(WHOLE)
    crooked["data"]["rows"] = [*crooked["data"]["rows"][:-1], {"columns": ["a"]}]
    with site(listed(), part(WHOLE, FIRST), crooked) as (moodle, _):
        assert "rows that do not fit its 5 columns" in why(moodle)


def test_left_alone() -> None:
    """A client that is told to do without the functions of reports asks for none."""
    with site(listed()) as (moodle, server):
        bare = Moodle(server.url, TOKEN, reports=False)
        with pytest.raises(NoReportError):
            find(bare, USERS)
        assert server.requests == []
        assert find(moodle, USERS).id == 1


def test_the_beginning_alone() -> None:
    """Some rows of a report come with one call more, unless the report changes or does not come."""
    with site(listed(), part(WHOLE, FIRST), part(WHOLE, slice(0, 20))) as (moodle, server):
        assert len(beginning(moodle, opened(moodle, find(moodle, USERS)), 20).rows) == 20
        assert asked(server)[-1][1:] == ("0", "20")
    for odd in (part(WHOLE, totalrowcount=50), Reply("", status=504)):
        with site(listed(), part(WHOLE, FIRST), odd) as (moodle, _), pytest.raises(UnbelievedError):
            beginning(moodle, opened(moodle, find(moodle, USERS)), 20)
