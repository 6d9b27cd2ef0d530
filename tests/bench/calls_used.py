"""Calls used where a file has bad rows: beside halving whatever is refused, and beside one row per call.

Counted against the practice site's rule for a call, kept in memory: all or nothing, and the first bad row decides the
error code. Nothing depends on time. First 10,000 rows of as many users over 50 pairs of role and context; then 4,000
rows of 1,000 users in four courses each, so that a call has rows of many pairs, and a pair stands in every call.
"""

from itertools import starmap
from pathlib import Path

from tests.bench.lines import Line
from tests.chunker.practice import Rule, blind_halving, lines, play

ROWS, PAIRS, ROLE = 10_000, 50, 5
BAD_USERS = (0, 1, 10, 100, 1_000)
FORBIDDEN = (1, 10)
SHARE_AT_TEN = 0.8
LARGER = 5
"""How many times as many rows a pair has when it is shown that its size does not matter."""
PER_PAIR = 15
"""Calls that one forbidden pair may cost, whatever its size."""
USERS, EACH = 1_000, 4
SPREAD = ((4, 1), (20, 1), (20, 10), (500, 1), (500, 20))
"""Courses, and how many of them are forbidden."""


def bench(folder: Path) -> list[Line]:  # noqa: ARG001 - every benchmark is given a folder
    """Count the calls for bad users and for forbidden pairs."""
    return [
        *map(_bad_users, BAD_USERS),
        *map(_forbidden, FORBIDDEN),
        *starmap(_spread, SPREAD),
        _bad_in_four(),
    ]


def _bad_users(bad: int) -> Line:
    rule, rows = Rule(bad_users=range(0, ROWS, ROWS // bad) if bad else ()), lines(_rows(1))
    ours, halving = play(rule, rows).calls, blind_halving(rule, rows)
    most = int(halving * (SHARE_AT_TEN if bad == 10 else 1))
    return Line(
        f"calls, {bad:,} bad {'user' if bad == 1 else 'users'} in {ROWS:,} rows",
        f"{ours:,}; halving {halving:,} ({ours / halving:.0%}); one row a call {ROWS:,}",
        f"at most {most:,}" + (f", {SHARE_AT_TEN:.0%} of halving" if bad == 10 else ", as halving"),
        ours <= most,
        {"ours": ours, "halving": halving, "one row a call": ROWS},
    )


def _forbidden(count: int) -> Line:
    """Compare pairs of 200 rows with pairs of 1,000."""
    rule = Rule(bad_pairs=[(ROLE, course) for course in range(0, PAIRS, PAIRS // count)])
    small, large = (play(rule, lines(_rows(times))).calls for times in (1, LARGER))
    extra_small, extra_large = small - _good_calls(rule, 1), large - _good_calls(rule, LARGER)
    halving = blind_halving(rule, lines(_rows(1)))
    most, pairs = count * PER_PAIR, "pair" if count == 1 else "pairs"
    return Line(
        f"calls, {count} forbidden {pairs} in {ROWS:,} rows",
        f"{small:,}; halving {halving:,}; {extra_small} more than the good rows need,"
        f" {extra_large} with pairs {LARGER} times as large",
        f"at most {most} more, whatever the size",
        small <= halving and max(extra_small, extra_large) <= most,
        {"ours": small, "halving": halving, "extra": extra_small, "extra with larger pairs": extra_large},
    )


def _spread(courses: int, bad: int) -> Line:
    rule = Rule(bad_pairs=[(ROLE, course) for course in range(0, courses, courses // bad)])
    rows = _of_many_courses(courses)
    good = play(Rule(), lines([row for row in rows if (ROLE, row[2]) not in rule.bad_pairs])).calls
    ours, halving = play(rule, lines(rows)).calls, blind_halving(rule, lines(rows))
    most = bad * PER_PAIR
    return Line(
        f"calls, {bad} forbidden of {courses} courses, {len(rows):,} rows by user",
        f"{ours:,}; halving {halving:,}; {ours - good} more than the good rows need",
        f"at most {most} more, and at most halving",
        ours <= halving and ours - good <= most,
        {"ours": ours, "halving": halving, "extra": ours - good},
    )


def _bad_in_four() -> Line:
    rule, rows = Rule(bad_users=range(0, USERS, USERS // 10)), lines(_of_many_courses(20))
    ours, halving = play(rule, rows).calls, blind_halving(rule, rows)
    return Line(
        f"calls, 10 bad users in {EACH} courses each, {len(rows):,} rows by user",
        f"{ours:,}; halving {halving:,} ({ours / halving:.0%})",
        f"at most {SHARE_AT_TEN:.0%} of halving",
        ours <= SHARE_AT_TEN * halving,
        {"ours": ours, "halving": halving},
    )


def _of_many_courses(courses: int) -> list[tuple[int, int, int]]:
    return [
        (user, ROLE, (user * 7 + turn * courses // EACH) % courses)
        for user in range(USERS)
        for turn in range(EACH)
    ]


def _rows(times: int) -> list[tuple[int, int, int]]:
    each = ROWS // PAIRS * times
    return [(row, ROLE, row // each) for row in range(ROWS * times)]


def _good_calls(rule: Rule, times: int) -> int:
    good = [row for row in _rows(times) if (ROLE, row[2]) not in rule.bad_pairs]
    return play(Rule(), lines(good)).calls
