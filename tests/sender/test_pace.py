"""How fast a run goes: shrinking under trouble, growing back, never faster than allowed."""

import time

import pytest

from batchroles.sender import Guards
from batchroles.sender.pace import COOL_DOWN, SLOW, SMALLEST, Pace, Throttle


def test_trouble_halves_and_good_answers_grow_back() -> None:
    """A busy site gets half the calls of half the size; after good answers both grow to what the user allowed."""
    pace = Pace(Guards(workers=8, chunk_size=200))
    pace.trouble()
    assert (pace.workers, pace.size) == (4, 100)
    for _ in range(200):
        pace.fine(0.5)
    assert (pace.workers, pace.size) == (8, 200)


def test_calls_that_fail_together_count_once() -> None:
    """Four calls that fail in the same moment halve the pace once, not four times."""
    pace = Pace(Guards(workers=8, chunk_size=200))
    for _ in range(4):
        pace.trouble()
    assert (pace.workers, pace.size) == (4, 100)


def test_a_slow_answer_is_trouble() -> None:
    """An answer that takes longer than ten seconds makes calls fewer and smaller."""
    pace = Pace(Guards(workers=2, chunk_size=200))
    pace.fine(SLOW + 1)
    assert (pace.workers, pace.size) == (1, 100)


@pytest.mark.parametrize(("size", "smallest"), [(200, SMALLEST), (4, 4)])
def test_the_pace_never_reaches_zero(monkeypatch: pytest.MonkeyPatch, size: int, smallest: int) -> None:
    """However long the trouble lasts, one call at a time with a few rows goes on, never more than the user allowed."""
    moment = iter(range(0, 1000, int(COOL_DOWN) + 1))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(moment)))
    pace = Pace(Guards(workers=4, chunk_size=size))
    for _ in range(20):
        pace.trouble()
    assert (pace.workers, pace.size) == (1, smallest)


def test_a_rate_spreads_rows_over_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 100 rows a second, the call after one of 50 rows waits half a second, and no call has more than 100."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    throttle = Throttle(100)
    assert throttle.wait() == 0
    assert throttle.most(200) == 100
    throttle.sent(50)
    assert throttle.wait() == pytest.approx(0.5)
    now[0] += 0.5
    assert throttle.wait() == 0


def test_without_a_rate_nothing_waits() -> None:
    """No rate, no waiting, and calls as large as they may be."""
    throttle = Throttle(None)
    throttle.sent(10_000)
    assert (throttle.wait(), throttle.most(200)) == (0.0, 200)
