"""A year of a sync with rows from a day until a day, run at odd intervals, and killed, really killed, now and then."""

import multiprocessing
import random
import sys
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from batchroles.client import Moodle
from batchroles.job import Apply, Job, Sync
from batchroles.job.sync import following
from batchroles.loader.layouts import FormatOptions
from batchroles.sandbox import serve
from batchroles.sender import Guards
from tests.job.helpers import PATIENCE, write_csv
from tests.job.test_sync import Nightly, Row, by_hand, quiet_site

if sys.platform == "win32":
    pytest.skip("a process that is made anew for every night takes a second there", allow_module_level=True)

pytestmark = pytest.mark.long

FIRST = date(2026, 9, 1)
LAST_DAY = 365
LONGEST_GAP = 25
KILLED = 0.4
"""The share of nights that are killed."""
MOST_CALLS = 4
"""Calls that a night has made when it is killed."""
DEADLINE = 60


def night(day: int, file: Path, state: Path, out: Path, url: str, token: str) -> None:
    """Run the sync of one night, in a process of its own."""
    now = datetime.combine(FIRST + timedelta(days=day), datetime.min.time(), UTC) + timedelta(hours=2)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Clock":
            return cls.fromtimestamp(now.timestamp(), tz)

    # The one clock that days are told by.
    vars(following)["datetime"] = Clock
    task = Sync(file, "students", state, understanding=FormatOptions(time_zone="UTC"))
    with Job(Moodle(url, token, retry=PATIENCE, workers=2)) as job:
        job.done(task, out, Apply(Guards(chunk_size=3)))


def spans(nightly: Nightly, chance: random.Random) -> Mapping[Row, tuple[int, int]]:
    """Give rows with the first and the last of their days."""
    rows = [row for course in range(3) for row in nightly.students(30, course)]
    found = {}
    for row in rows:
        first = chance.randrange(LAST_DAY)
        found[row] = (first, first + chance.randrange(120))
    return found


def test_nothing_is_early_and_nothing_is_later_than_a_run(tmp_path: Path) -> None:
    """A role is never there before its first day; after a night that ended it is there exactly on its days."""
    chance = random.Random(13)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.job.test_days_with_kills"])
    with serve(quiet_site()) as practice:
        nightly = Nightly(practice, tmp_path)
        wanted = spans(nightly, chance)
        mine = (nightly.people[35], "student", nightly.courses[0])
        by_hand(nightly, [mine])
        rows = [
            (*row, FIRST + timedelta(days=first), FIRST + timedelta(days=last))
            for row, (first, last) in wanted.items()
        ]
        write_csv(nightly.file, ["username", "role", "course", "from", "until"], rows)
        day, number, kills, before = 0, 0, 0, {mine}
        while day < LAST_DAY + 130:
            number += 1
            out = tmp_path / f"night-{number}"
            words = (day, nightly.file, tmp_path / "state", out, practice.url, practice.token)
            process = context.Process(target=night, args=words)
            calls = sum(practice.calls().values())
            process.start()
            killing = chance.random() < KILLED
            if killing:
                most = calls + chance.randrange(MOST_CALLS)
                limit = time.monotonic() + DEADLINE
                while sum(practice.calls().values()) <= most and process.is_alive():
                    assert time.monotonic() < limit, "the night neither calls nor ends"
                    time.sleep(0.002)
                process.kill()
            process.join(DEADLINE)
            today = {row for row, (first, last) in wanted.items() if first <= day <= last}
            held = nightly.held()
            assert held <= today | before, "a role is there before its day"
            if process.exitcode == 0:
                assert held == today | {mine}
                before = held
                day += chance.randrange(1, LONGEST_GAP)
            else:
                assert killing, process.exitcode
                kills += 1
                before |= held
    assert kills >= 8
