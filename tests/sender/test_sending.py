"""The coordinator against a practice site: what is under way at once, and what a busy site gets."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from batchroles.chunker import arrange
from batchroles.client import Answer, Moodle, Retry
from batchroles.errors import SiteRefusal
from batchroles.job import Run
from batchroles.models import Status
from batchroles.sandbox import serve
from batchroles.sender import Guards, Halt, Sending
from tests.job.helpers import id_roster, moodle_at, planned, recorded_site, saved

USERS = [user for user in range(10, 40) if user != 33]
"""Accounts of the recorded site; 33 was deleted."""


class Watcher:
    """A transport in front of the real one: notes how many calls and which rows are under way at once."""

    def __init__(self, moodle: Moodle) -> None:
        self._inner = moodle._transport
        self._lock = threading.Lock()
        self._flying: list[set[str]] = []
        self.most = 0
        self.sizes: list[int] = []
        self.overlaps = 0

    def post(self, url: str, body: bytes, *, timeout: tuple[float, float]) -> Answer:
        rows = {part for part in body.decode().split("&") if "userid" in part}
        with self._lock:
            self.overlaps += sum(not rows.isdisjoint(other) for other in self._flying)
            self._flying.append(rows)
            self.most = max(self.most, len(self._flying))
            self.sizes.append(len(rows))
        try:
            return self._inner.post(url, body, timeout=timeout)
        finally:
            with self._lock:
                self._flying.remove(rows)

    def close(self) -> None:
        self._inner.close()


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
            moodle._transport = watcher = Watcher(moodle)
            assert sending(run, moodle, Guards(workers=workers, chunk_size=10)).run(NONE) is None
            assert set(run.journal.lines()["status"]) == {Status.ASSIGNED}
    assert watcher.most == workers
    assert max(watcher.sizes) == 10


def test_a_busy_site_gets_fewer_and_smaller_calls(tmp_path: Path) -> None:
    """Answers of 429 slow the pace down; everything lands all the same."""
    path = id_roster(tmp_path / "ids.csv", USERS, [2, 3, 4, 5, 6, 7])
    with serve(recorded_site(), faults=["429:0.5"], seed=2) as practice:
        moodle = Moodle(
            practice.url, practice.token, retry=Retry(base=0.01, longest=0.05, longest_retry_after=0.05)
        )
        with saved(tmp_path / "run", planned(path, moodle)) as run:
            job = sending(run, moodle, Guards(workers=4, chunk_size=20))
            paces: list[tuple[int, int]] = []
            job._progress = lambda _: paces.append((job.pace.workers, job.pace.size))
            assert job.run(NONE) is None
            assert set(run.journal.lines()["status"]) == {Status.ASSIGNED}
    assert min(workers for workers, _ in paces) < 4
    assert min(size for _, size in paces) == 10


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
            assert run.journal.lines()["status"].tolist() == ["unknown"]
