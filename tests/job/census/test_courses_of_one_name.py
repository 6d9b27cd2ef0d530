"""Short names that stand for another course by now, or on another site."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from batchroles.job.census.comparing import Comparison, compare
from batchroles.job.census.difference import in_sentences
from batchroles.job.census.layout import CONTEXT
from batchroles.sandbox import serve
from tests.job.census.test_comparing import NEW, OLD, exported
from tests.job.census.twins import site
from tests.job.helpers import moodle_at


def compared(tmp_path: Path, address: str, change: Callable[[dict[str, dict[str, Any]]], None]) -> Comparison:
    """Compare an export with a site at an address, whose courses, by short name, are otherwise."""
    with serve(site(OLD)) as practice:
        path = exported(practice, tmp_path / "old.csv")
    raw = site(address)
    change({course["shortname"]: course for course in raw["courses"]})
    with serve(raw) as practice:
        return compare(path, moodle_at(practice))


def test_short_names_that_changed_hands(tmp_path: Path) -> None:
    """Two courses that swapped short names are left out and said: a list would give roles in the wrong one."""

    def swap(courses: dict[str, dict[str, Any]]) -> None:
        courses["PHY101"]["shortname"], courses["BIO101"]["shortname"] = "BIO101", "PHY101"

    found = compared(tmp_path, OLD, swap)
    assert (len(found.lacking), len(found.surplus)) == (0, 0)
    rows = found.one.rows[CONTEXT].isin(["course:PHY101", "course:BIO101"])
    assert found.left_out == (rows.sum(), rows.sum())
    assert found.exit_code == 1, "a watch is not silent about what it cannot see"
    assert in_sentences(found)[-1].endswith(f", {2 * rows.sum()} could not be compared.")
    assert any("which of the two is meant cannot be said" in note for note in found.notes)


def test_one_short_name_and_two_full_names(tmp_path: Path) -> None:
    """Between two sites a course counts by its short name, and it is said where the full names differ."""

    def rename(courses: dict[str, dict[str, Any]]) -> None:
        courses["PHY101"]["fullname"] = "Physiology"

    found = compared(tmp_path, NEW, rename)
    assert found.exit_code == 0
    (note,) = [note for note in found.notes if "other full names" in note]
    assert "course:PHY101 (Course PHY101, there Physiology)" in note
