"""Damaged, odd and foreign files: each file in `files` has its expectation beside it, and is a test by being there.

`NAME.toml` beside `NAME` holds `about` (what is odd), `options` (the flags) and `expected`: either `error`, the one
sentence, or what was understood: `read_as`, `assignments`, `problems` and `notes`.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from batchroles.errors import InputError
from batchroles.loader.layouts import FormatOptions, ReadingOptions, describe, read
from batchroles.models import Wanted
from batchroles.models.changes import CHANGES

FILES = Path(__file__).parent / "files"
_NAMES = sorted(path.name for path in FILES.iterdir() if path.suffix != ".toml")
_OF_READING = ("encoding", "delimiter", "sheet", "all_sheets", "visible_rows")


def outcome(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Read a file and put what came of it into words."""
    reading = {key: value for key, value in options.items() if key in _OF_READING}
    meaning = {key: value for key, value in options.items() if key not in _OF_READING}
    if "action" in meaning:
        meaning["change"] = CHANGES[meaning.pop("action")]
    try:
        wanted = read(path, ReadingOptions(**reading), FormatOptions(**meaning))
    except InputError as error:
        return {"error": str(error).replace(str(path), path.name)}
    sentences = describe(wanted, first=len(wanted.lines))
    return {
        "read_as": wanted.read_as,
        "assignments": [sentence for sentence in sentences if "not usable" not in sentence],
        "problems": _problems(wanted),
        "notes": [*wanted.table.notes, *wanted.notes],
    }


def _problems(wanted: Wanted) -> list[str]:
    faulty = wanted.lines[wanted.lines["problem"] >= 0]
    found = [
        (int(row), wanted.problems[number])
        for row, number in zip(faulty["row"], faulty["problem"], strict=True)
    ]
    return [
        f"{wanted.table.place(row, problem.column)}: {problem.code}: {problem.reason} {problem.fix}"
        for row, problem in found
    ]


@pytest.mark.parametrize("name", _NAMES)
def test_corpus(name: str) -> None:
    """An odd file is understood as its expectation says, or refused with the one sentence it says."""
    case = tomllib.loads((FILES / f"{name}.toml").read_text(encoding="utf-8"))

    assert outcome(FILES / name, case.get("options", {})) == case["expected"]


def test_expectations_have_files() -> None:
    """Every expectation belongs to a file."""
    expected = {path.name.removesuffix(".toml") for path in FILES.glob("*.toml")}

    assert expected == set(_NAMES)
