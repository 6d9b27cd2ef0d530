"""Replaying a recorded case: send it as it was sent, and compare what comes back after the README's normalisation."""

import http.client
import json
import re
import time
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

from batchroles.sandbox.site.release import MOODLE_43, MOODLE_51
from batchroles.sandbox.wire.practice import Practice

RECORDINGS = Path(__file__).parent / "recordings"
FORM = "application/x-www-form-urlencoded"
EFFECT_TABLES = {
    "role_assignments": ("roleid", "contextid", "userid", "component", "itemid", "modifierid"),
    "user_enrolments": (
        "enrolid",
        "method",
        "courseid",
        "userid",
        "status",
        "timestart",
        "timeend",
        "modifierid",
    ),
    "external_tokens": ("userid", "externalserviceid", "token"),
    "groups_members": ("groupid", "userid"),
    "cohort_members": ("cohortid", "userid"),
}
ALWAYS = ("role_assignments", "user_enrolments")
LONG = 20

Case = dict[str, Any]


def read_cases(moodle: str = MOODLE_51) -> list[Case]:
    """Give all cases as recorded on a Moodle version; of 5.1 those that differ from 4.3 are laid over the others."""
    cases = _lines(RECORDINGS / "cases.jsonl")
    if moodle == MOODLE_43:
        return cases
    different = {case["id"]: case for case in _lines(RECORDINGS / moodle / "differences.jsonl")}
    changed = {row["id"]: row["timemodified"] for row in read_site(moodle)["categories"]}
    return [
        _laid_over(case, different[case["id"]]) if case["id"] in different else _not_counted(case, changed)
        for case in cases
    ]


def _lines(path: Path) -> list[Case]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _laid_over(case: Case, different: Case) -> Case:
    return {**case, "response": different["response"], "effects": different.get("effects", case["effects"])}


def _not_counted(case: Case, changed: dict[int, int]) -> Case:
    """Give a case that is equal on 5.1, but for what its recorder did not count as a difference.

    That is the name space of exceptions, and when the site was seeded: `changed` says it of each category.
    """
    response = json.loads(GAINED.sub(r"core\\\\exception\\\\\1", json.dumps(case["response"])))
    if case["function"] == "core_course_get_categories" and isinstance(response["body"], list):
        for row in response["body"]:
            row.update({"timemodified": changed[row["id"]]} if "timemodified" in row else {})
    return {**case, "response": response}


GAINED = re.compile(
    r'(?<=")((?:moodle|coding|invalid_parameter|require_login|required_capability)_exception)(?=\\?")'
)
"""The classes of exceptions that stand in a name space in the recordings of 5.1."""


def read_site(moodle: str = MOODLE_51) -> dict[str, Any]:
    """Give the site that a Moodle version's cases were recorded on."""
    folder = RECORDINGS if moodle == MOODLE_43 else RECORDINGS / moodle
    site: dict[str, Any] = json.loads((folder / "site.json").read_text(encoding="utf-8"))
    return site


def replay(practice: Practice, case: Case) -> Case:
    """Send a case to a practice site that was just reset; give response and effects, normalised like the recording."""
    for request in case.get("preceding_requests", []):
        send(practice.url, {"path": "/webservice/rest/server.php", **request})
    before = snapshot(practice)
    response = send(practice.url, case)
    if case.get("disconnect"):
        wait_until_called(practice)
    return {"response": response, "effects": effects(before, snapshot(practice))}


def send(site: str, case: Case) -> Case:
    """Send one request to the Moodle at an address and give its response in the form of the recordings."""
    headers, body = encoded(case)
    query = f"?{urlencode([tuple(pair) for pair in case['query']])}" if case.get("query") else ""
    address = urlsplit(site)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(str(address.hostname), address.port, timeout=20)
    connection.request(case["method"], address.path + quote(case["path"]) + query, body, headers)
    if case.get("disconnect"):
        connection.close()
        return {"status": None, "content_type": None, "body_kind": "text", "body": ""}
    answer = connection.getresponse()
    text = answer.read().decode("utf-8")
    connection.close()
    found = {"status": answer.status, "content_type": answer.getheader("Content-Type"), **body_of(text)}
    location = answer.getheader("Location")
    return found if location is None else {**found, "location": location}


def encoded(case: Case) -> tuple[dict[str, str], bytes]:
    """Give the headers and the body of a case's request."""
    if "raw_body" in case:
        return case["headers"], case["raw_body"].encode()
    if case.get("multipart"):
        return multipart(case["params"])
    pairs = [(name, value) for name, value in case.get("params", [])]
    if "padding" in case:
        pairs.append((case["padding"]["name"], case["padding"]["char"] * case["padding"]["count"]))
    headers = {"Content-Type": FORM} if pairs else {}
    return {**headers, **case.get("headers", {})}, urlencode(pairs).encode()


def multipart(pairs: list[tuple[str, str]]) -> tuple[dict[str, str], bytes]:
    """Encode variables as multipart/form-data."""
    mark = uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in pairs
    ]
    return {
        "Content-Type": f"multipart/form-data; boundary={mark}"
    }, f"{''.join(parts)}--{mark}--\r\n".encode()


def body_of(text: str) -> Case:
    """Give a body as the recordings hold it: parsed where it is JSON."""
    try:
        return {"body_kind": "json", "body": json.loads(text)}
    except ValueError:
        return {"body_kind": "text", "body": text}


def wait_until_called(practice: Practice) -> None:
    """Wait for a call whose client did not wait for the answer."""
    deadline = time.monotonic() + 10
    while not practice.calls() and time.monotonic() < deadline:
        time.sleep(0.01)


def snapshot(practice: Practice) -> dict[str, dict[int, Case]]:
    """Give the rows of the watched tables by id."""
    site = practice.site
    tables = {
        "role_assignments": site.role_assignments,
        "user_enrolments": site.user_enrolments,
        "external_tokens": site.tokens,
        "groups_members": site.groups_members,
        "cohort_members": site.cohort_members,
    }
    return {name: deepcopy(table.rows) for name, table in tables.items()}


def effects(before: dict[str, dict[int, Case]], after: dict[str, dict[int, Case]]) -> Case:
    """Give the differences of two snapshots in the form of the recordings."""
    found: Case = {}
    for name, fields in EFFECT_TABLES.items():
        old, new = before[name], after[name]
        added = [picked(new[rowid], fields) for rowid in new if rowid not in old]
        removed = [picked(old[rowid], ("id", *fields)) for rowid in old if rowid not in new]
        changed = [
            {"before": picked(old[rowid], ("id", *fields)), "after": picked(new[rowid], ("id", *fields))}
            for rowid in new
            if rowid in old and old[rowid] != new[rowid]
        ]
        if name in ALWAYS or added or removed:
            found |= {**shortened(f"{name}_added", added), **shortened(f"{name}_removed", removed)}
        if name == "user_enrolments":
            found["user_enrolments_changed"] = changed
    return found


def picked(row: Case, fields: tuple[str, ...]) -> Case:
    """Give some fields of a row."""
    return {name: row[name] for name in fields}


def shortened(name: str, rows: list[Case]) -> Case:
    """Give a list as the recordings hold it: a long one by its length, first and last row."""
    if len(rows) <= LONG:
        return {name: rows}
    return {f"{name}_count": len(rows), f"{name}_first": rows[0], f"{name}_last": rows[-1]}


def normalised(case: Case, outcome: Case) -> Case:
    """Replace what differs from run to run, in a recording or in an answer, as the README of the recordings says."""
    outcome = deepcopy({"response": outcome["response"], "effects": outcome["effects"]})
    response, body = outcome["response"], outcome["response"]["body"]
    if isinstance(body, dict):
        known = {"userprivateaccesskey": "RANDOM_KEY"}
        body.update({name: mark for name, mark in known.items() if name in body})
    if outcome["effects"].get("external_tokens_added"):
        for row in outcome["effects"]["external_tokens_added"]:
            row["token"] = "NEW_TOKEN"
        body.update({"token": "NEW_TOKEN", "privatetoken": "NEW_PRIVATETOKEN"})
    if case["function"] == "core_course_get_courses" and isinstance(body, list):
        body.sort(key=lambda course: int(course["id"]))
    for user in users_in(body):
        for preference in user.get("preferences", []):
            if preference["name"] in ("_lastloaded", "last_time_enrolments_synced"):
                preference["value"] = "NOW"
        user.get("preferences", []).sort(key=lambda preference: str(preference["name"]))
    response.setdefault("location", None)
    return outcome


def users_in(body: object) -> list[Case]:
    """Give the users in a body, for the functions that answer with users."""
    found = body.get("users", []) if isinstance(body, dict) else body
    return [user for user in found if isinstance(user, dict)] if isinstance(found, list) else []
