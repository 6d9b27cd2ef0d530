"""The shapes of Moodle's answers: what was recorded fits, and what no Moodle gives does not."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from batchroles.client import functions
from batchroles.client.decoding import decode_xml
from batchroles.client.functions import (
    CATEGORIES,
    CONFIGURATION,
    COURSE_PROFILES,
    COURSES_BY_FIELD,
    ENROLLED_WITH_CAPABILITY,
    GET_ROLES,
    SITE_INFO,
    USERS_BY_FIELD,
)
from batchroles.client.shapes import ANSWERS, misfit
from batchroles.sandbox.site.release import NAMES
from tests import SHARED
from tests.sandbox.replay import Case, read_cases

OF_REPORTS = [
    SHARED / "moodle" / name
    for name in ("reports/reports.jsonl", "5.1/roles.jsonl", "5.1/reportbuilder.jsonl")
]
REPORT_FUNCTIONS = {name for name in ANSWERS if name.startswith("core_reportbuilder_")}


def recorded(cases: Iterable[Case]) -> Iterator[tuple[str, str, object]]:
    """Give the id, the function and the value of every recorded answer of a function that is used."""
    for case in cases:
        response, function = case["response"], case["function"]
        body = response["body"]
        if function not in ANSWERS or response["status"] != 200:
            continue
        if response["body_kind"] == "text":
            if not body.startswith("<?xml") or "</RESPONSE>" not in body:
                continue
            body = decode_xml(body)
        if not (isinstance(body, dict) and "exception" in body):
            yield case["id"], function, body


@pytest.mark.parametrize("moodle", NAMES)
def test_recorded_answers_fit(moodle: str) -> None:
    """Every answer of a real Moodle, in JSON and in XML, has the shape that is kept for its function."""
    cases = list(recorded(read_cases(moodle)))
    odd = {name: misfit(function, {}, value) for name, function, value in cases}
    odd = {name: wrong for name, wrong in odd.items() if wrong and "was not asked for" not in wrong}
    assert odd == {}
    assert {function for _, function, _ in cases} == set(ANSWERS) - REPORT_FUNCTIONS - {CONFIGURATION}


@pytest.mark.shared
def test_recorded_reports_fit() -> None:
    """Every list of reports and every report that a real Moodle gave has the shape that is kept for it."""
    lines = (line for path in OF_REPORTS for line in path.read_text(encoding="utf-8").splitlines())
    cases = list(recorded(json.loads(line) for line in lines))
    assert {name: wrong for name, function, value in cases if (wrong := misfit(function, {}, value))} == {}
    assert {function for _, function, _ in cases} >= REPORT_FUNCTIONS


def test_every_function_that_is_called_has_a_shape() -> None:
    """No answer is used that was not compared with the shape of its function."""
    assert set(ANSWERS) == {one.name for one in (*functions.FUNCTIONS, *functions.FILLING)}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("true", "true"),
        ("false", "false"),
        ("null", "null"),
        ("2.9", "2.9"),
        ("2.0", "2.0"),
        ('"1_2"', '"1_2"'),
        ('" 7"', '" 7"'),
        ('"+7"', '"+7"'),
        ('"07"', '"07"'),
        ('"\u0667"', '"\u0667"'),
        ('""', '""'),
        ('"7e1"', '"7e1"'),
        ("-1", "-1"),
        ("0", "0"),
        ('"0"', '"0"'),
        ("9223372036854775808", "9223372036854775808"),
        (str(2**70), "a huge number"),
        ('"9999999999999999999"', '"9999999999999999999"'),
        ("[7]", "a list"),
        ("{}", "an object"),
        ('"' + "7" * 21 + '"', "a text"),
    ],
)
def test_what_is_no_id(text: str, wrong: str) -> None:
    """An id is a whole number from 1 on, in plain digits."""
    said = misfit(USERS_BY_FIELD, {}, [{"id": 7}, {"id": json.loads(text)}])
    assert said == f"answer[1].id is {wrong}, not a whole number from 1 on"


@pytest.mark.parametrize("number", [1, "1", 2**63 - 1, str(2**63 - 1)])
def test_what_is_an_id(number: object) -> None:
    """JSON gives ids as numbers and XML as texts."""
    assert misfit(USERS_BY_FIELD, {}, [{"id": number}]) == ""


@pytest.mark.parametrize(
    ("function", "value", "wrong"),
    [
        (USERS_BY_FIELD, None, "answer is null, not a list"),
        (USERS_BY_FIELD, {"0": {"id": 7}}, "answer is an object, not a list"),
        (USERS_BY_FIELD, [None], "answer[0] is null, not an object"),
        (USERS_BY_FIELD, [{"username": "u01"}], "answer[0] has no id"),
        (USERS_BY_FIELD, [{"id": 7, "username": 7}], "answer[0].username is 7, not a text"),
        (USERS_BY_FIELD, [{"id": 7, "email": ["a"]}], "answer[0].email is a list, not a text"),
        (COURSES_BY_FIELD, [], "answer is a list, not an object"),
        (COURSES_BY_FIELD, {"courses": None}, "answer.courses is null, not a list"),
        (COURSES_BY_FIELD, {"courses": [{"id": 2}]}, "answer.courses[0] has no shortname"),
        (CATEGORIES, [{"id": 2, "name": "A", "path": "/x"}], 'answer[0].path is "/x", not a path of ids'),
        (CATEGORIES, [{"id": 2, "name": "A", "path": "1"}], 'answer[0].path is "1", not a path of ids'),
        (ENROLLED_WITH_CAPABILITY, [{"courseid": 2}], "answer[0] has no users"),
        (
            ENROLLED_WITH_CAPABILITY,
            [{"courseid": 2, "users": [{"id": 7, "roles": [{"shortname": "student"}]}]}],
            "answer[0].users[0].roles[0] has no roleid",
        ),
        (SITE_INFO, {"userid": 2}, "answer has no functions"),
        (SITE_INFO, {"userid": 2, "functions": ["a"]}, 'answer.functions[0] is "a", not an object'),
        (GET_ROLES, [{"id": True}], "answer[0].id is true, not a whole number from 1 on"),
    ],
)
def test_other_shapes(function: str, value: object, wrong: str) -> None:
    """The clause names the first place at which an answer is another than Moodle declares."""
    assert misfit(function, {}, value) == wrong


@pytest.mark.parametrize(
    ("function", "params", "value", "wrong"),
    [
        (
            ENROLLED_WITH_CAPABILITY,
            {"coursecapabilities": [{"courseid": 2, "capabilities": [""]}]},
            [{"courseid": "2", "users": []}, {"courseid": 3, "users": []}],
            "it speaks of the course 3, which was not asked for",
        ),
        (
            COURSE_PROFILES,
            {"userlist": [{"userid": 7, "courseid": 2}]},
            [{"id": 8}],
            "it speaks of the user 8, which was not asked for",
        ),
    ],
)
def test_the_answer_to_another_question(
    function: str, params: dict[str, Any], value: object, wrong: str
) -> None:
    """Roles of courses or users that nobody asked for are the answer to another question."""
    assert misfit(function, params, value) == wrong
