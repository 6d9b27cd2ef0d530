"""Calls used where a file has bad rows: beside halving whatever is refused, and beside one row per call.

Counted against the practice site's rule for a call, kept in memory: all or nothing, and the first bad row decides the
error code. Nothing depends on time. 10,000 rows of as many users over 50 pairs of role and context.
"""

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


def bench(folder: Path) -> list[Line]:  # noqa: ARG001 - every benchmark is given a folder
    """Count the calls for bad users and for forbidden pairs."""
    return [*map(_bad_users, BAD_USERS), *map(_forbidden, FORBIDDEN)]


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


def _rows(times: int) -> list[tuple[int, int, int]]:
    each = ROWS // PAIRS * times
    return [(row, ROLE, row // each) for row in range(ROWS * times)]


def _good_calls(rule: Rule, times: int) -> int:
    good = [row for row in _rows(times) if (ROLE, row[2]) not in rule.bad_pairs]
    return play(Rule(), lines(good)).calls
