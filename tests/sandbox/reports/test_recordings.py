"""The practice Moodle's report builder against the recordings of a real 4.3, 4.5.6 and 5.1.6."""

import json
import re
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from batchroles.sandbox.wire.server import serve
from tests.sandbox.replay import Case, replay
from tests.sandbox.reports.states import RECORDED, site_of
from tests.sandbox.reports.states_43 import site_43

FILES = ("reports/reports.jsonl", "5.1/roles.jsonl", "5.1/reportbuilder.jsonl")
NOT_MATCHED = tomllib.loads(Path(__file__).with_name("not_matched.toml").read_text(encoding="utf-8"))
TABLES = {
    "reports": ("reports", ("id", "name", "source", "conditiondata")),
    "report_columns": (
        "columns",
        ("id", "reportid", "uniqueidentifier", "columnorder", "sortenabled", "sortdirection", "sortorder"),
    ),
    "report_filters": ("filters", ("id", "reportid", "uniqueidentifier", "iscondition", "filterorder")),
    "report_audiences": ("audiences", ("id", "reportid", "classname", "configdata")),
    "report_user_filters": ("user_filters", ("id", "reportid", "userid", "filterdata")),
}
"""The watched tables with their names here, and the fields of their rows that are recorded."""
ALWAYS_REMOVED = {"reports": ("id", "name", "source")}
"""The fields of removed rows, where they are fewer."""
PRACTICE_SITE = Path(__file__).parents[3] / "batchroles" / "guide" / "practice-site.md"
CUT = re.compile(r" ?CUT [0-9]+$")
PIECE = "CUT … "

pytestmark = pytest.mark.shared


def read_cases() -> dict[str, Case]:
    """Give the recorded cases of all files by id; none where the recordings are not there."""
    files = [RECORDED / name for name in FILES if (RECORDED / name).exists()]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return {case["id"]: case for case in map(json.loads, lines)}


CASES = read_cases()


def outcomes(case: Case) -> tuple[Any, Any]:
    """Give what the real Moodle answered and did, and what the practice Moodle does."""
    version = case.get("moodle", "4.3")
    raw = site_43(case["state"]) if version == "4.3" else site_of(version, case["state"])
    with serve(raw) as practice:
        before = deepcopy(tables_of(practice.site))
        given = replay(practice, {**case, "preceding_requests": case.get("preceding_requests", [])})
        after = tables_of(practice.site)
    effects = {} if case.get("preceding_requests") else changes(before, after)
    recorded = case["effects"] if not case.get("preceding_requests") else without_tables(case["effects"])
    expected = {**case["response"], "effects": recorded}
    answer = {**given["response"], "effects": {**given["effects"], **effects}}
    return plain(expected), cut_like(plain(answer), plain(expected))


def without_tables(effects: Case) -> Case:
    """Give the effects on assignments and enrolments alone: what came before is not told from the request itself."""
    return {name: value for name, value in effects.items() if not name.startswith("report")}


def tables_of(site: Any) -> dict[str, dict[int, Case]]:
    """Give the rows of the report builder's tables."""
    return {name: getattr(site.custom_reports, here).rows for name, (here, _) in TABLES.items()}


def changes(before: dict[str, dict[int, Case]], after: dict[str, dict[int, Case]]) -> Case:
    """Give the differences of the report builder's tables as they are recorded: only where there are any."""
    found: Case = {}
    for name, (_, fields) in TABLES.items():
        old, new = before[name], after[name]
        rows = [{field: row[field] for field in fields} for key, row in new.items() if key not in old]
        found[f"{name}_added"] = rows
        gone = ALWAYS_REMOVED.get(name, fields)
        removed = [{field: row[field] for field in gone} for key, row in old.items() if key not in new]
        found[f"{name}_removed"] = removed
        found[f"{name}_changed"] = [
            {
                when: {field: rows[key][field] for field in fields}
                for when, rows in (("before", old), ("after", new))
            }
            for key in sorted(new)
            if key in old and new[key] != old[key]
        ]
    return {name: rows for name, rows in found.items() if rows}


def plain(value: Any) -> Any:
    """Take away what differs from run to run: random ends of ids."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.replace("_RANDOM", "") if isinstance(value, str) else value


def cut_like(given: Any, recorded: Any) -> Any:
    """Give what was answered, each text cut where the recorded one was, and the present time by its placeholder."""
    if isinstance(recorded, dict) and isinstance(given, dict):
        return {key: cut_like(inner, recorded.get(key)) for key, inner in given.items()}
    if isinstance(recorded, list) and isinstance(given, list) and len(recorded) == len(given):
        return [cut_like(inner, other) for inner, other in zip(given, recorded, strict=True)]
    if not isinstance(recorded, str) or not isinstance(given, str):
        return given
    if recorded == "NOW_TEXT":
        return recorded if re.fullmatch(r"\w+, \d+ \w+ \d{4}, \d+:\d\d [AP]M", given) else given
    if recorded.startswith(PIECE):
        piece = recorded.removeprefix(PIECE).rpartition(" … ")[0]
        return recorded if piece in given else given
    beginning = CUT.sub("", recorded)
    return recorded if beginning != recorded and given.startswith(beginning) else given


@pytest.mark.parametrize("name", [name for name in CASES if name not in NOT_MATCHED])
def test_answers_as_recorded(name: str) -> None:
    """The practice Moodle gives the recorded status, content type and body, and changes what is recorded."""
    expected, given = outcomes(CASES[name])
    assert given == expected


SAME = sorted(name for name, reason in NOT_MATCHED.items() if reason.startswith("the same rows"))


@pytest.mark.parametrize("name", SAME if CASES else [])
def test_rows_in_another_order_are_the_same_rows(name: str) -> None:
    """Where only the order of rows differs, the answer is equal once the rows are sorted."""
    expected, given = outcomes(CASES[name])
    for answer in (expected, given):
        answer["body"]["data"]["rows"].sort(key=json.dumps)
    assert given == expected


@pytest.mark.parametrize("name", sorted(NOT_MATCHED) if CASES else [])
def test_not_matched_is_true(name: str) -> None:
    """A case listed as not matched does not match."""
    expected, given = outcomes(CASES[name])
    assert given != expected


def test_the_guide_counts_them_right() -> None:
    """The guide says how many recorded requests get the same answer, of how many."""
    told = PRACTICE_SITE.read_text(encoding="utf-8").replace("\n  ", " ")
    assert f"{len(CASES)} recorded requests to the report builders" in told
    assert f"{len(CASES) - len(NOT_MATCHED)} get the same answer" in told
    assert f"the other {len(NOT_MATCHED)} stand with their reasons" in told
