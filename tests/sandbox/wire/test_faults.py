"""Misbehaviour on request, over real HTTP."""

from collections import Counter
from collections.abc import Callable

import pytest
import requests

from batchroles.sandbox import make_site, serve
from batchroles.sandbox.wire import faults
from batchroles.sandbox.wire.practice import Practice

SITE = make_site(users=60, courses=2, categories=1)
COURSE, STUDENT = 2, 5
USER = max({row["id"] for row in SITE["users"]} - {row["userid"] for row in SITE["role_assignments"]})


def assign(practice: Practice, userid: int = USER) -> requests.Response:
    """Assign the student role in the first course."""
    row = {"roleid": STUDENT, "userid": userid, "contextlevel": "course", "instanceid": COURSE}
    fields = {f"assignments[0][{name}]": str(value) for name, value in row.items()}
    fields |= {
        "wstoken": practice.token,
        "moodlewsrestformat": "json",
        "wsfunction": "core_role_assign_roles",
    }
    return requests.post(f"{practice.url}/webservice/rest/server.php", data=fields, timeout=10)


def held(practice: Practice) -> bool:
    """Say whether the user holds the role by now."""
    rows = practice.state()["role_assignments"]
    return any(row["userid"] == USER and row["roleid"] == STUDENT for row in rows)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batchroles.sandbox.wire.practice.SLOW_SECONDS", 0.01)


def test_user_does_not_hold_the_role_at_first() -> None:
    """The user of these tests starts without the role."""
    with serve(SITE) as practice:
        assert not held(practice)


@pytest.mark.parametrize(
    ("fault", "status", "start", "stored"),
    [
        ("503:1", 503, "<html>\r\n<head><title>503 Service Temporarily Unavailable</title>", False),
        ("429:1", 429, "<html>\r\n<head><title>429 Too Many Requests</title>", False),
        ("html:1", 200, "<!DOCTYPE html>\n<html><head><title>Please sign in", False),
        (
            "maintenance:1",
            200,
            '{"exception":"core\\\\exception\\\\moodle_exception","errorcode":"sitemaintenance"',
            False,
        ),
        (
            "token-revoked-after:0",
            200,
            '{"exception":"core\\\\exception\\\\moodle_exception","errorcode":"invalidtoken"',
            False,
        ),
        ("slow:1", 200, "null", True),
        ("503:0", 200, "null", True),
    ],
)
def test_fault_with_an_answer(fault: str, status: int, start: str, stored: bool) -> None:
    """A fault that answers does so with its status and page, and stores the row only where the call was done."""
    with serve(SITE, faults=[fault]) as practice:
        answer = assign(practice)
        assert (answer.status_code, answer.text[: len(start)], held(practice)) == (status, start, stored)
        assert answer.headers.get("Retry-After") == ("1" if status == 429 else None)


@pytest.mark.parametrize(
    ("fault", "error", "stored"),
    [
        ("drop-before:1", requests.ConnectionError, False),
        ("drop-after:1", requests.ConnectionError, True),
        ("half-answer:1", requests.exceptions.ChunkedEncodingError, True),
    ],
)
def test_fault_that_cuts_the_connection(fault: str, error: type[Exception], stored: bool) -> None:
    """The client gets no whole answer; the row is stored or not, as the fault says."""
    with serve(SITE, faults=[fault]) as practice:
        with pytest.raises(error):
            assign(practice)
        assert held(practice) is stored


def outcome(practice: Practice, number: int) -> str:
    """Give what became of one call, in a word."""
    try:
        return str(assign(practice, 5 + number % 20).status_code)
    except requests.ConnectionError:
        return "cut"


def test_same_seed_gives_the_same_faults() -> None:
    """Faults come in the same order for one seed, also after a reset, and in another for another."""

    def outcomes(seed: int) -> tuple[list[str], list[str]]:
        with serve(SITE, faults=["503:0.3", "drop-before:0.3"], seed=seed) as practice:
            first = [outcome(practice, number) for number in range(40)]
            practice.reset()
            return first, [outcome(practice, number) for number in range(40)]

    first, again = outcomes(1)
    assert first == again == outcomes(1)[0]
    assert first != outcomes(2)[0]
    assert set(Counter(first)) == {"200", "503", "cut"}


def test_token_is_revoked_after_a_number_of_calls() -> None:
    """The calls before the number are answered, every later one says that the token is unknown."""
    with serve(SITE, faults=["token-revoked-after:2"]) as practice:
        texts = [assign(practice).text[:77] for _ in range(4)]
    refused = '{"exception":"core\\\\exception\\\\moodle_exception","errorcode":"invalidtoken","'
    assert texts == ["null", "null", refused, refused]


def test_pages_of_the_sandbox_itself_have_no_faults() -> None:
    """State, calls and reset answer whatever faults were asked for."""
    with serve(SITE, faults=["drop-before:1"]) as practice:
        ask: dict[str, Callable[..., requests.Response]] = {
            "state.json": requests.get,
            "calls.json": requests.get,
            "reset": requests.post,
        }
        codes = [
            call(f"{practice.url}/_sandbox/{page}", timeout=10).status_code for page, call in ask.items()
        ]
    assert codes == [200, 200, 200]


@pytest.mark.parametrize(
    "text", ["nosuch", "503:2", "503:x", "token-revoked-after", "token-revoked-after:x", "report-timeout"]
)
def test_faults_that_cannot_be_had(text: str) -> None:
    """A fault that is unknown, or has no sound rate, is refused with those there are."""
    with pytest.raises(faults.UnknownFault, match=f"no fault {text}; there are 503, 429, slow"):
        faults.parse_fault(text)


def test_a_large_report_times_out() -> None:
    """A page of a report above the number of rows is the web server's 504, a smaller one and any other call are not."""
    fields = {
        "moodlewsrestformat": "json",
        "wsfunction": "core_reportbuilder_retrieve_report",
        "reportid": "1",
    }
    with serve(SITE, faults=["report-timeout:50"], reports=True) as practice:
        head = {**fields, "wstoken": practice.token}
        url = f"{practice.url}/webservice/rest/server.php"
        found = [requests.post(url, data={**head, "perpage": size}, timeout=10) for size in ("51", "50")]
        assert [answer.status_code for answer in found] == [504, 200]
        assert assign(practice).status_code == 200
