"""The practice Moodle against the recordings of a real one."""

import tomllib
from typing import Any

import pytest

from batchroles.sandbox.site.release import MOODLE_51, NAMES
from tests import SHARED
from tests.sandbox.conftest import Recorded
from tests.sandbox.replay import RECORDINGS, normalised, read_cases, replay

CASES = {(moodle, case["id"]): case for moodle in NAMES for case in read_cases(moodle)}
NOT_MATCHED = tomllib.loads((RECORDINGS / "not_matched.toml").read_text(encoding="utf-8"))
EXCEPTED = [(moodle, name) for moodle in NAMES for name in sorted(NOT_MATCHED)]


def outcomes(recorded: Recorded, moodle: str, case: dict[str, Any]) -> tuple[Any, Any]:
    """Give what a real Moodle did and what the practice Moodle does, both normalised."""
    return normalised(case, case), normalised(case, replay(recorded(moodle, case["state"]), case))


@pytest.mark.parametrize(("moodle", "name"), [key for key in CASES if key not in EXCEPTED])
def test_answers_as_recorded(recorded: Recorded, moodle: str, name: str) -> None:
    """The practice Moodle gives the status, content type, body and effects recorded on each version."""
    expected, given = outcomes(recorded, moodle, CASES[moodle, name])
    assert given == expected


@pytest.mark.parametrize(("moodle", "name"), EXCEPTED)
def test_not_matched_is_true(recorded: Recorded, moodle: str, name: str) -> None:
    """A case listed as not matched does not match."""
    expected, given = outcomes(recorded, moodle, CASES[moodle, name])
    assert given != expected


@pytest.mark.parametrize("part", ["status", "body", "effects"])
def test_altered_recording_fails(recorded: Recorded, part: str) -> None:
    """A recording that is altered in one place no longer matches."""
    case = CASES[MOODLE_51, "assign-course-ok"]
    altered = {**case, "response": dict(case["response"]), "effects": dict(case["effects"])}
    if part == "effects":
        altered["effects"]["role_assignments_added"] = []
    else:
        altered["response"][part] = "altered"
    expected, given = outcomes(recorded, MOODLE_51, altered)
    assert given != expected


@pytest.mark.shared
@pytest.mark.parametrize("name", ["cases.jsonl", "site.json", "5.1/differences.jsonl", "5.1/site.json"])
def test_copies_are_the_shared_files(name: str) -> None:
    """The committed recordings are byte for byte the shared ones."""
    assert (RECORDINGS / name).read_bytes() == (SHARED / "moodle" / name).read_bytes()
