"""The coordinator against a practice site: what is under way at once, and what a busy site gets."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest

from batchroles.chunker.order import arrange
from batchroles.client import Answer, Moodle, Retry
from batchroles.errors import SiteRefusal
from batchroles.job import Run
from batchroles.models import Status
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from batchroles.sender import Guards, Halt, Sending
from tests.job.helpers import id_roster, moodle_at, planned, recorded_site, saved, write_csv

USERS = [user for user in range(10, 40) if user != 33]
"""Accounts of the recorded site; 33 was deleted."""


class Watcher:
    """A transport in front of the real one: notes which calls and which assignments are under way at once."""

    def __init__(self, moodle: Moodle, contexts: dict[str, str]) -> None:
        self._inner = moodle._transport
        self._contexts = contexts
        self._lock = threading.Lock()
        self._flying: list[tuple[str, set[tuple[str, str, str]]]] = []
        self.most = 0
        self.sizes: list[int] = []
        self.overlaps = 0
        self.shared = 0
        """Calls that began while another one with the same user was under way."""
        self.mixed = 0

    def post(self, url: str, body: bytes, *, timeout: tuple[float, float]) -> Answer:
        kind, rows = self._carried(body)
        with self._lock:
            self.overlaps += sum(not rows.isdisjoint(others) for _, others in self._flying)
            users = {user for _, others in self._flying for user, _, _ in others}
            self.shared += any(user in users for user, _, _ in rows)
            self.mixed += sum(kind != other for other, _ in self._flying)
            self._flying.append((kind, rows))
            self.most = max(self.most, len(self._flying))
            self.sizes.append(len(rows))
        try:
            return self._inner.post(url, body, timeout=timeout)
        finally:
            with self._lock:
                self._flying.remove((kind, rows))

    def close(self) -> None:
        self._inner.close()

    def _carried(self, body: bytes) -> tuple[str, set[tuple[str, str, str]]]:
        """Give a form's list name and its rows as (user id, role id, context id)."""
        rows: dict[str, dict[str, str]] = {}
        names = set()
        for name, value in parse_qsl(body.decode()):
            number, _, key = name.partition("][")
            if key:
                names.add(number.partition("[")[0])
                rows.setdefault(number, {})[key.rstrip("]")] = value
        places = (row.get("contextid") or self._contexts[row["instanceid"]] for row in rows.values())
        carried = {
            (row["userid"], row["roleid"], place) for row, place in zip(rows.values(), places, strict=True)
        }
        return names.pop(), carried


def watched(moodle: Moodle, practice: Practice) -> Watcher:
    """Put a watcher in front of a client's transport."""
    contexts = {str(course["id"]): str(course["contextid"]) for course in practice.raw["courses"]}
    moodle._transport = watcher = Watcher(moodle, contexts)
    return watcher


def sending(run: Run, moodle: Moodle, guards: Guards) -> Sending:
    return Sending(arrange(run.journal.lines()), moodle, run.journal.book, guards, Halt())


NONE = np.zeros(0, "int64")


@pytest.mark.parametrize("workers", [1, 3])
def test_as_many_calls_at_once_as_allowed_and_no_more(tmp_path: Path, workers: int) -> None:
    """With n workers there are never more than n calls under way, each of at most chunk-size rows."""
    path = id_roster(tmp_path / "ids.csv", USERS, [2, 3, 4, 5, 6, 7])
    with serve(recorded_site(), php_workers=4) as practice:
        moodle = moodle_at(practice, workers=workers)
        with saved(tmp_path / "run", planned(path, moodle)) as run:
            watcher = watched(moodle, practice)
            assert sending(run, moodle, Guards(chunk_size=10)).run(NONE) is None
            assert run.journal.lines().ended_as(Status.ASSIGNED).all()
    assert watcher.most == workers
    assert watcher.overlaps == watcher.shared == 0
    assert max(watcher.sizes) == 10


def test_what_may_be_the_same_assignment_is_never_under_way_twice(tmp_path: Path) -> None:
    """Removals wait for assignments, and places named by a context id for those named otherwise."""
    rows = [("assign", user, 5, f"course:id={course}") for course in (2, 3) for user in USERS]
    rows += [("assign", user, 5, "context:67") for user in USERS]
    rows += [("unassign", user, 4, "course:id=2") for user in USERS]
    path = write_csv(tmp_path / "ids.csv", ["action", "userid", "roleid", "context"], rows)
    with serve(recorded_site(), php_workers=4) as practice:
        moodle = moodle_at(practice)
        with saved(tmp_path / "run", planned(path, moodle)) as run:
            watcher = watched(moodle, practice)
            assert sending(run, moodle, Guards(chunk_size=10)).run(NONE) is None
    assert watcher.most > 1
    assert watcher.overlaps == watcher.shared == 0
    assert watcher.mixed == 0


def test_a_busy_site_gets_fewer_and_smaller_calls(tmp_path: Path) -> None:
    """Answers of 429 slow the pace down; everything lands all the same."""
    path = id_roster(tmp_path / "ids.csv", USERS, [2, 3, 4, 5, 6, 7])
    with serve(recorded_site(), faults=["429:0.5"], seed=2) as practice:
        moodle = Moodle(
            practice.url, practice.token, retry=Retry(base=0.01, longest=0.05, longest_retry_after=0.05)
        )
        with saved(tmp_path / "run", planned(path, moodle)) as run:
            watcher = watched(moodle, practice)
            job = sending(run, moodle, Guards(chunk_size=20))
            paces: list[tuple[int, int]] = []
            job._progress = lambda _, __: paces.append((job.pace.workers, job.pace.size))
            assert job.run(NONE) is None
            assert run.journal.lines().ended_as(Status.ASSIGNED).all()
    assert min(workers for workers, _ in paces) == 1
    assert min(size for _, size in paces) == 10
    assert watcher.overlaps == watcher.shared == 0


def test_rows_whose_refusal_follows_a_lost_answer_are_unknown(tmp_path: Path) -> None:
    """When the site refuses the token after an answer was lost, the rows may have been done: unknown, not unsent."""
    path = id_roster(tmp_path / "ids.csv", [10], [2])
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        with saved(tmp_path / "run", planned(path, moodle)) as run:

            class Lossy:
                """Loses the first answer and has the token refused after that."""

                def post(self, url: str, body: bytes, *, timeout: tuple[float, float]) -> Answer:  # noqa: ARG002
                    if not hasattr(self, "began"):
                        self.began = time.monotonic()
                        return Answer(504, {}, b"<html></html>")
                    said = b'{"exception":"moodle_exception","errorcode":"invalidtoken","message":"No."}'
                    return Answer(200, {"content-type": "application/json"}, said)

                def close(self) -> None:
                    """Nothing is open."""

            moodle._transport = Lossy()
            ended = sending(run, moodle, Guards()).run(NONE)
            assert ended is not None
            assert ended.exit_code == SiteRefusal.exit_code
            assert run.journal.lines().by_status() == {"unknown": 1}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="a signal at a certain time is Unix's")
def test_a_signal_does_not_make_waiting_endless(tmp_path: Path) -> None:
    """A wait for the next answer ends in time, also where a signal comes in it that takes longer to handle."""
    code = (
        "import signal, time\n"
        "from batchroles.client import Moodle\n"
        "from batchroles.sender.workers import Workers\n"
        "workers = Workers(Moodle('http://127.0.0.1:9', 'x'))\n"
        "signal.signal(signal.SIGALRM, lambda number, frame: time.sleep(0.4))\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.05)\n"
        "print(workers.outcomes(0.2))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
