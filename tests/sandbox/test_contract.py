"""The practice Moodle against the recordings of a real one."""

import tomllib
from typing import Any

import pytest

from tests import SHARED
from tests.sandbox.conftest import Recorded
from tests.sandbox.replay import RECORDINGS, normalised, read_cases, replay

CASES = {case["id"]: case for case in read_cases()}
NOT_MATCHED = tomllib.loads((RECORDINGS / "not_matched.toml").read_text(encoding="utf-8"))


def outcomes(recorded: Recorded, case: dict[str, Any]) -> tuple[Any, Any]:
    """Give what the real Moodle did and what the practice Moodle does, both normalised."""
    return normalised(case, case), normalised(case, replay(recorded(case["state"]), case))


@pytest.mark.parametrize("name", [name for name in CASES if name not in NOT_MATCHED])
def test_answers_as_recorded(recorded: Recorded, name: str) -> None:
    """The practice Moodle gives the recorded status, content type, body and effects."""
    expected, given = outcomes(recorded, CASES[name])
    assert given == expected


@pytest.mark.parametrize("name", sorted(NOT_MATCHED))
def test_not_matched_is_true(recorded: Recorded, name: str) -> None:
    """A case listed as not matched does not match."""
    expected, given = outcomes(recorded, CASES[name])
    assert given != expected


@pytest.mark.parametrize("part", ["status", "body", "effects"])
def test_altered_recording_fails(recorded: Recorded, part: str) -> None:
    """A recording that is altered in one place no longer matches."""
    case = CASES["assign-course-ok"]
    altered = {**case, "response": dict(case["response"]), "effects": dict(case["effects"])}
    if part == "effects":
        altered["effects"]["role_assignments_added"] = []
    else:
        altered["response"][part] = "altered"
    expected, given = outcomes(recorded, altered)
    assert given != expected


@pytest.mark.shared
@pytest.mark.parametrize("name", ["cases.jsonl", "site.json"])
def test_copies_are_the_shared_files(name: str) -> None:
    """The committed recordings are byte for byte the shared ones."""
    assert (RECORDINGS / name).read_bytes() == (SHARED / "moodle" / name).read_bytes()
