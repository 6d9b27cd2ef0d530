"""How fast a run goes: shrinking under trouble, growing back, never faster than allowed."""

import time
from collections import deque
from collections.abc import Callable

import pytest

from batchroles.sender import Guards
from batchroles.sender.guards import Throttle
from batchroles.sender.pace import COOL_DOWN, SLOW, SMALLEST, Pace


def answer(
    pace: Pace, calls: int, rows_a_second: Callable[[int], float], *, jitter: tuple[float, ...] = (1.0,)
) -> list[int]:
    """Let a site answer calls of 200 rows, so many rows a second by how many are at once; gives the calls at once.

    A call takes as long as those that are under way when it begins share the site; `jitter` is what that is multiplied
    with, in turn.
    """
    flying, seen = deque[float](), list[int]()
    for number in range(calls):
        while len(flying) < pace.workers:
            seconds = pace.workers * 200 / rows_a_second(pace.workers)
            flying.append(seconds * jitter[(number + len(flying)) % len(jitter)])
        pace.fine(flying.popleft(), 200)
        seen.append(pace.workers)
    return seen


UNEVEN = (0.9, 1.1, 1.02, 0.97, 1.2, 0.85, 0.96)


@pytest.mark.parametrize("jitter", [(1.0,), UNEVEN], ids=["even", "uneven"])
def test_calls_at_once_grow_while_more_rows_come_of_it(jitter: tuple[float, ...]) -> None:
    """A run begins with two calls at once; where each more brings more rows a second, it soon has all allowed ones."""
    pace = Pace(Guards(), 8)
    assert pace.workers == 2
    seen = answer(pace, 60, lambda at_once: 480.0 * at_once, jitter=jitter)
    assert seen == sorted(seen)
    assert seen[-1] == 8


def test_few_calls_are_enough_to_reach_the_usual_number() -> None:
    """On a site as the measured one a run of 20 calls has four at once from the seventh answer on."""
    seen = answer(Pace(Guards(), 4), 20, {1: 480.0, 2: 830.0, 3: 880.0, 4: 900.0}.__getitem__)
    assert seen[6:] == [4] * 14


@pytest.mark.parametrize("most", [4, 32])
@pytest.mark.parametrize("jitter", [(1.0,), UNEVEN], ids=["even", "uneven"])
def test_calls_at_once_that_bring_nothing_are_taken_back(most: int, jitter: tuple[float, ...]) -> None:
    """Where a site serves two calls at full speed and gets slower with more, a run has two, and seldom tries more."""
    seen = answer(Pace(Guards(), most), 3000, lambda at_once: 900.0 - 50 * max(0, at_once - 2), jitter=jitter)
    assert max(seen) <= 4
    assert seen[-2000:].count(2) > 1400


def test_a_gain_too_small_to_be_one_is_not_paid_for_with_more_calls() -> None:
    """Where each call more brings half a percent, a run stays at two nearly always."""
    seen = answer(Pace(Guards(), 32), 3000, lambda at_once: 480.0 + 2.4 * at_once)
    assert seen[-2000:].count(2) > 1400


def test_a_gain_that_shows_only_at_the_second_call_more_is_found() -> None:
    """Where three calls at once bring little more than two, but four do, a run has four."""
    seen = answer(Pace(Guards(), 4), 400, {1: 480.0, 2: 830.0, 3: 835.0, 4: 900.0}.__getitem__)
    assert seen[-1] == 4


def test_what_is_no_gain_any_more_is_found_out_later() -> None:
    """A site that gets faster, so that it serves more calls at once, gets more of them."""
    pace = Pace(Guards(), 8)
    answer(pace, 300, lambda _: 480.0)
    assert pace.workers <= 4
    assert answer(pace, 3000, lambda at_once: 480.0 * at_once)[-1] == 8


@pytest.mark.parametrize("allowed", [1, 2, 3])
def test_there_are_never_more_calls_at_once_than_allowed(allowed: int) -> None:
    """However fast the site, the user's limit holds from the first call on."""
    pace = Pace(Guards(), allowed)
    assert pace.workers == min(2, allowed)
    assert set(answer(pace, 200, lambda at_once: 480.0 * at_once)[50:]) == {allowed}


def test_refused_and_small_calls_say_nothing_about_the_speed() -> None:
    """While bad rows are narrowed down in small calls, the number of calls at once stays as it is."""
    pace = Pace(Guards(), 4)
    for rows in [0, 1, 10, 99] * 50:
        pace.fine(0.02, rows)
    assert pace.workers == 2


def grown() -> Pace:
    """Give the pace of a run with eight calls of 200 rows at once."""
    pace = Pace(Guards(chunk_size=200), 8)
    answer(pace, 100, lambda at_once: 480.0 * at_once)
    assert (pace.workers, pace.size) == (8, 200)
    return pace


def test_trouble_halves_and_good_answers_grow_back() -> None:
    """A busy site gets half the calls of half the size; after good answers both grow to what the user allowed."""
    pace = grown()
    pace.trouble()
    assert (pace.workers, pace.size) == (4, 100)
    under_way, two_rounds = 7, 8
    for _ in range(under_way + two_rounds - 1):
        pace.fine(0.5, 200)
    assert pace.workers == 4
    for _ in range(200):
        pace.fine(0.5, 200)
    assert (pace.workers, pace.size) == (8, 200)


def test_calls_that_fail_together_count_once() -> None:
    """Four calls that fail in the same moment halve the pace once, not four times."""
    pace = grown()
    for _ in range(4):
        pace.trouble()
    assert (pace.workers, pace.size) == (4, 100)


def test_a_slow_answer_is_trouble() -> None:
    """An answer that takes longer than ten seconds makes calls fewer and smaller."""
    pace = Pace(Guards(chunk_size=200), 2)
    pace.fine(SLOW + 1, 200)
    assert (pace.workers, pace.size) == (1, 100)


@pytest.mark.parametrize(("size", "smallest"), [(200, SMALLEST), (4, 4)])
def test_the_pace_never_reaches_zero(monkeypatch: pytest.MonkeyPatch, size: int, smallest: int) -> None:
    """However long the trouble lasts, one call at a time with a few rows goes on, never more than the user allowed."""
    moment = iter(range(0, 1000, int(COOL_DOWN) + 1))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(moment)))
    pace = Pace(Guards(chunk_size=size), 4)
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
