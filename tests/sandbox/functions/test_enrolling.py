"""The practice Moodle's enrolling against the recordings of a real 5.1.6 and 4.5.6."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from batchroles.sandbox.wire.server import serve
from tests.sandbox.replay import Case, normalised, replay
from tests.sandbox.reports.states import RECORDED, site_of

NOT_MATCHED = tomllib.loads(Path(__file__).with_name("not_matched.toml").read_text(encoding="utf-8"))
PRACTICE_SITE = Path(__file__).parents[3] / "batchroles" / "guide" / "practice-site.md"
KINDS = ("en-", "un-", "meth-")
"""How the ids of the cases begin that are replayed: cohorts are left out, of which nothing is asked."""

pytestmark = pytest.mark.shared


def read_cases() -> dict[str, Case]:
    """Give the recorded cases by id; none where the recordings are not there."""
    file = RECORDED / "5.1" / "enrol.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {case["id"]: case for case in map(json.loads, lines) if case["id"].startswith(KINDS)}


CASES = read_cases()


def outcomes(case: Case) -> tuple[Any, Any]:
    """Give what the real Moodle answered and did, and what the practice Moodle does."""
    with serve(site_of(case["moodle"], case["state"])) as practice:
        return normalised(case, case), normalised(case, replay(practice, case))


@pytest.mark.parametrize("name", [name for name in CASES if name not in NOT_MATCHED])
def test_answers_as_recorded(name: str) -> None:
    """The practice Moodle gives the recorded status, content type and body, and changes what is recorded."""
    expected, given = outcomes(CASES[name])
    assert given == expected


@pytest.mark.parametrize("name", sorted(NOT_MATCHED) if CASES else [])
def test_not_matched_is_true(name: str) -> None:
    """A case listed as not matched does not match."""
    expected, given = outcomes(CASES[name])
    assert given != expected


def test_the_guide_counts_them_right() -> None:
    """The guide says how many recorded requests get the same answer, of how many."""
    told = PRACTICE_SITE.read_text(encoding="utf-8").replace("\n  ", " ")
    assert f"Of {len(CASES)} recorded requests about enrolments to a 4.5 and a 5.1" in told
    assert f"{len(CASES) - len(NOT_MATCHED)} get the same answer" in told
    assert f"the other {len(NOT_MATCHED)}, all to a function" in told
