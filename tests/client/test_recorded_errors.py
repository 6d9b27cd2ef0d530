"""Errors recorded from real Moodles, and what each means for a client."""

import json
from typing import Any

import pytest

from batchroles.client.attempts import AttemptError
from batchroles.client.reading import Asked, RestFormat, read
from batchroles.client.wire import Answer
from batchroles.errors import BatchrolesError, CallRefused, CallTooLarge, SiteRefusal
from batchroles.sandbox.site.release import NAMES
from tests.sandbox.replay import read_cases

SITE = "https://moodle.test"

MEANINGS: dict[tuple[int, str], type[Exception]] = {
    (200, "invalidtoken"): SiteRefusal,
    (200, "accessexception"): SiteRefusal,
    (200, "wsaccessusersuspended"): SiteRefusal,
    (200, "wsaccessuserunconfirmed"): SiteRefusal,
    (200, "wsaccessusernologin"): SiteRefusal,
    (200, "sitepolicynotagreed"): SiteRefusal,
    (200, "forcepasswordchangenotice"): SiteRefusal,
    (200, "usernotfullysetup"): SiteRefusal,
    (200, "invalidrecord external_functions"): SiteRefusal,
    (200, "invalidrecord"): CallRefused,
    (200, "invalidparameter"): CallRefused,
    (200, "invalidrecordunknown"): CallRefused,
    (200, "codingerror"): CallRefused,
    (200, "nopermissions"): CallRefused,
    (200, "requireloginerror"): CallRefused,
    (200, "keyalreadyset"): CallRefused,
    (200, "errorcoursecontextnotvalid"): CallRefused,
    (200, "criteriaerror"): CallRefused,
    (200, "errorinvalidparam"): CallRefused,
    (200, "invaliduserfield"): CallRefused,
    (200, "wsusercannotassign"): CallRefused,
    (200, "wsnoinstance"): CallRefused,
    (200, "userdeleted"): CallRefused,
    (200, "invaliduser"): CallRefused,
    (200, "guestsarenotallowed"): CallRefused,
    (200, "dmlreadexception"): CallRefused,
    (200, "Error"): CallRefused,
    (200, "You cannot execute functions"): CallRefused,
    (200, "sitemaintenance"): AttemptError,
    (200, "upgraderunning"): AttemptError,
    (200, "dbconnectionfailed"): AttemptError,
    (200, "cut"): CallTooLarge,
    (200, "empty"): AttemptError,
    (303, "page"): SiteRefusal,
    (403, "empty"): SiteRefusal,
    (403, "page"): SiteRefusal,
    (404, "page"): SiteRefusal,
    (413, "page"): CallTooLarge,
    (414, "page"): SiteRefusal,
    (502, "page"): AttemptError,
    (503, "page"): AttemptError,
    (504, "page"): AttemptError,
}
"""HTTP status and error code (or what kind of text it is) → what the client raises."""


def rest_format(case: dict[str, Any]) -> RestFormat:
    """Tell which format a recorded request asked for, as far as this client would."""
    return "xml" if ["moodlewsrestformat", "xml"] in (case.get("params") or []) else "json"


def label(case: dict[str, Any]) -> str | None:
    """Name the kind of a recorded answer, or None where it is a result."""
    response, body = case["response"], case["response"]["body"]
    if response["body_kind"] == "json":
        if not isinstance(body, dict) or "exception" not in body:
            return None
        code = str(body.get("errorcode") or body["exception"])
        known = code.startswith("You cannot") and "You cannot execute functions"
        return known or (f"{code} external_functions" if "external_functions" in body["message"] else code)
    if not body:
        return "empty"
    if body.startswith("<?xml"):
        return "invalidparameter" if rest_format(case) == "xml" else "cut"
    if body.startswith("<br />"):
        return None if body.endswith("null") else "invalidparameter"
    return "page"


def recorded() -> dict[tuple[int, str], list[dict[str, Any]]]:
    """Give the recorded REST answers that are no results, by status and kind."""
    kinds: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for case in (case for moodle in NAMES for case in read_cases(moodle)):
        kind = label(case) if case["function"] != "login/token.php" else None
        plain_xml = (
            case["response"]["status"] == 200
            and rest_format(case) == "xml"
            and not case["id"].startswith("xml-error")
        )
        if kind and case["response"]["status"] and not plain_xml:
            kinds.setdefault((case["response"]["status"], kind), []).append(case)
    return kinds


def test_every_recorded_kind_has_a_meaning() -> None:
    """The table of meanings holds exactly the kinds of errors that were recorded."""
    assert set(recorded()) == set(MEANINGS)


@pytest.mark.parametrize(("status", "kind"), MEANINGS)
def test_recorded_errors(status: int, kind: str) -> None:
    """Each recorded error is raised as what the caller does next, whatever case it comes from."""
    raised = set()
    for case in recorded()[status, kind]:
        response = case["response"]
        body = response["body"] if response["body_kind"] == "text" else json.dumps(response["body"])
        headers = {"Location": response.get("location") or ""}
        asked = Asked(SITE, case["function"] or "f", rest_format(case))
        with pytest.raises((BatchrolesError, AttemptError)) as caught:
            read(Answer(status, headers, body.encode()), asked)
        raised.add(type(caught.value))
    assert raised == {MEANINGS[status, kind]}


def test_debug_information_is_told() -> None:
    """A site with debug on says why it refuses a token, and so does the sentence."""
    body = b'{"exception":"x","errorcode":"accessexception","message":"m","debuginfo":"Invalid token - token expired"}'
    with pytest.raises(SiteRefusal) as caught:
        read(Answer(200, {}, body), Asked(SITE, "f", "json"))
    assert str(caught.value).endswith("The site says: Invalid token - token expired")
