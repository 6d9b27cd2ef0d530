"""A run against a site that answers anything but what it should, in every way that could be thought of."""

import csv
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import forked
from tests.hostile.misbehaviours import ASSIGN, HARMLESS, MISBEHAVIOURS
from tests.hostile.server import Hostile, hostile

if sys.platform == "win32":
    pytest.skip("processes are copied as Windows cannot", allow_module_level=True)

pytestmark = pytest.mark.long

DOCUMENTED = range(6)
"""Exit codes of a run that nobody interrupts and that shows no defect of batchroles."""
MOST_MEMORY = 1_000_000_000
MOST_SECONDS = 90
LIMITS = ("--retry-for", "0", "--settle-pause", "0", "--max-duration", "60s")
IMPATIENT, PATIENT = "1", "30"
"""Seconds to wait for an answer. A site that answers as it should may take longer than a second on a slow machine."""
ROLES, PLACES = (
    {"teacher": 4, "student": 5, "manager": 1},
    ("course:PHY101", "course:CHE101", "course:PHY102"),
)


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    memory: int
    err: str
    out: Path


class Commands:
    """Runs commands in real processes."""

    def __init__(self, token: str, folder: Path) -> None:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MOODLE_", "BATCHROLES_"))
        }
        self._env = kept | {"MOODLE_TOKEN": token, "BATCHROLES_CONFIG": "no-such.toml"}
        self._folder = folder
        self._count = 0

    def run(self, *words: str) -> Ended:
        """Run a command in a folder of its own."""
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        command = forked.start([*words, "--out", "run"], folder, self._env, most=MOST_SECONDS)
        return Ended(command.wait(), command.memory, command.stderr, folder / "run")


@pytest.fixture(scope="module")
def site() -> Iterator[Hostile]:
    """Serve a hostile site."""
    with hostile() as server:
        yield server


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory, site: Hostile) -> Commands:
    """Give what runs commands."""
    return Commands(site.practice.token, tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def roster(tmp_path_factory: pytest.TempPathFactory, site: Hostile) -> Path:
    """Write a file that needs every kind of look-up."""
    users = [user for user in site.practice.raw["users"] if user["id"] > 4]
    courses = [f"course:{course['shortname']}" for course in site.practice.raw["courses"] if course["id"] > 1]
    category = f"category:name={site.practice.raw['categories'][1]['name']}"
    rows = [
        (user["username"], "manager", category)
        if number % 5 == 4
        else (user["username"], ("teacher", "student")[number % 2], courses[number % len(courses)])
        for number, user in enumerate(users[:14])
    ]
    path = tmp_path_factory.mktemp("roster") / "roster.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("username", "role", "context"), *rows])
    return path


def held(site: Hostile) -> set[tuple[int, int, int]]:
    """Give (user id, role id, context id) of what the practice site holds."""
    rows = site.practice.state()["role_assignments"]
    return {(row["userid"], row["roleid"], row["contextid"]) for row in rows}


def triple(site: Hostile, row: dict[str, str]) -> tuple[int, int, int]:
    """Give what a row of a result file is about, as the practice site names it."""
    raw: dict[str, Any] = site.practice.raw
    user = next(one["id"] for one in raw["users"] if one["username"] == row["username"])
    role = next(one["id"] for one in raw["roles"] if one["shortname"] == row["role"])
    kind, _, name = row["context"].partition(":")
    if kind == "course":
        return user, role, next(one["contextid"] for one in raw["courses"] if one["shortname"] == name)
    name = name.removeprefix("name=")
    return user, role, next(one["contextid"] for one in raw["categories"] if one["name"] == name)


def rows_of(path: Path) -> list[dict[str, str]]:
    """Read a result file."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_whatever_a_site_answers(name: str, site: Hostile, commands: Commands, roster: Path) -> None:
    """A run ends with a documented code, a sentence and reports, and says nothing done or undone that is not."""
    site.be(*MISBEHAVIOURS[name])
    before = held(site)
    sending = ("--check-existing", "--verify", "--chunk-size", "5", "--workers", "2")
    timeout = PATIENT if name in HARMLESS else IMPATIENT
    ended = commands.run("assign", str(roster), "--url", site.url, *sending, "--timeout", timeout, *LIMITS)
    assert site.met, "the function was never called"
    assert ended.code in DOCUMENTED, ended.err
    assert "Traceback" not in ended.err
    assert "Timeout (" not in ended.err
    assert "\x1b" not in ended.err
    assert ended.memory < MOST_MEMORY
    after = held(site)
    if site.at == ASSIGN:
        assert (ended.out / "results.xlsx").is_file(), "something was sent, and there is no report"
    if not (ended.out / "summary.json").is_file():
        assert ended.err.strip().splitlines()[-1].startswith("batchroles: "), ended.err
        assert after == before
        return
    summary = json.loads((ended.out / "summary.json").read_text(encoding="utf-8"))
    assert summary["exit_code"] == ended.code
    if ended.code > 1:
        assert "batchroles: " in ended.err
    done = {triple(site, row) for row in rows_of(ended.out / "success.csv")}
    failed = {triple(site, row) for row in rows_of(ended.out / "failed.csv")}
    assert done <= after, "rows are reported done that are not"
    if site.at == ASSIGN:
        assert not failed & after - before, "rows are reported failed that were done"
        assert len(after - before - done) <= summary["unknown"], "rows are reported unsent that were done"
    if name in HARMLESS:
        assert (summary["unknown"], summary["unsent"], summary["failed"]) == (0, 0, 0)


def test_there_are_enough() -> None:
    """There are at least as many misbehaviours as were once tried by hand."""
    assert len(MISBEHAVIOURS) >= 139
