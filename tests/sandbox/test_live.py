"""Recorded cases against a Moodle of your own: those that need no particular data and can change nothing.

    BATCHROLES_LIVE_TOKEN=… pytest -m live --moodle-url https://moodle.example.edu

Every case is one that Moodle refuses before it writes, and the user ids in it are replaced by one that cannot exist.
Compared are the HTTP status, the exception and its error code: texts depend on the site's language.
"""

import json
import os
import re
from typing import Any

import pytest

from batchroles.sandbox.site.release import NAMES
from batchroles.sandbox.text import words
from tests.sandbox.replay import read_cases, send

pytestmark = pytest.mark.live

IMPOSSIBLE_USER = "9223372036854775807"

SAFE = words("""
    token-missing token-empty token-unknown bearer-header json-request-body format-missing-bad-token
    function-missing function-empty function-unknown function-wrong-case login-missing-password
    extra-top-level-param ubf-username-upper ubf-username-leading-space ubf-username-trailing-space
    ubf-username-bad-char ubf-email-space ubf-id-text ubf-id-huge ubf-unknown-field ubf-no-values
    users-same-key-twice users-no-criteria cbf-unknown-field cbf-field-upper courses-ids-text
    cat-unknown-key cm-text assign-empty-param-absent assign-empty-string assign-wrong-list-name
    assign-missing-userid assign-missing-roleid assign-missing-context assign-missing-level
    assign-missing-instanceid assign-unknown-key assign-roleid-abc assign-roleid-5dot0 assign-roleid-space
    assign-roleid-trailing-space assign-roleid-plus assign-roleid-padded assign-roleid-exp assign-roleid-hex
    assign-roleid-huge assign-userid-abc assign-userid-empty assign-instanceid-empty assign-nested-value
    assign-no-indices assign-level-unknown assign-level-upper assign-level-mixed assign-level-numeric
    assign-level-category assign-level-empty assign-level-space assign-level-classname unassign-level-upper
    unassign-level-numeric unassign-missing-userid unassign-missing-context unassign-unknown-key
    unassign-wrong-list-name unassign-empty enrol-missing-roleid enrol-unknown-key enrol-empty unenrol-empty
""")
"""Cases by id, in the order of what they ask."""

CASES = {case["id"]: case for case in read_cases()}
RECORDED = [{case["id"]: case["response"] for case in read_cases(moodle)} for moodle in NAMES]


@pytest.fixture(scope="session")
def token() -> str:
    """Give the token of the web-service user on the live site."""
    found = os.environ.get("BATCHROLES_LIVE_TOKEN", "")
    if not found:
        pytest.skip("BATCHROLES_LIVE_TOKEN is not set")
    return found


@pytest.fixture(scope="session")
def functions(moodle_url: str, token: str) -> set[str]:
    """Give the functions that the token's service offers."""
    fields = {"wstoken": token, "wsfunction": "core_webservice_get_site_info", "moodlewsrestformat": "json"}
    answer = send(moodle_url, {**CASES["siteinfo-bot"], "params": list(fields.items())})
    return {row["name"] for row in answer["body"]["functions"]}


def harmless(case: dict[str, Any], token: str) -> dict[str, Any]:
    """Give a case with the live token, and every user id that is a number replaced by an impossible one."""
    params = [
        (name, IMPOSSIBLE_USER if name.endswith("[userid]") and value.isdigit() else value)
        for name, value in case.get("params", [])
    ]
    text = json.dumps({**case, "params": params} if "params" in case else case)
    return dict(json.loads(text.replace("TOKEN_BOT", token)))


def told(response: dict[str, Any]) -> tuple[Any, ...]:
    """Give what of a response does not depend on the site's language."""
    body = response["body"]
    if isinstance(body, dict):
        return response["status"], body.get("exception"), body.get("errorcode")
    return response["status"], *re.findall(r'class="([\w\\]+)">\s*<ERRORCODE>(\w+)<', body)


@pytest.mark.parametrize("name", SAFE)
def test_live_site_answers_as_recorded(moodle_url: str, token: str, functions: set[str], name: str) -> None:
    """A live Moodle refuses what the recorded ones refused, with the exception and error code of one of them."""
    case = CASES[name]
    if case["function"] in OFFERED and case["function"] not in functions:
        pytest.skip(f"the token's service does not offer {case['function']}")
    assert told(send(moodle_url, harmless(case, token))) in [told(answers[name]) for answers in RECORDED]


OFFERED = {row["name"] for row in CASES["siteinfo-bot"]["response"]["body"]["functions"]}
"""The functions of the recorded service: a live one may lack some of them."""
