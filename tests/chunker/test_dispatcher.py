"""Splitting refused calls."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchroles.chunker import Dispatcher, Fate
from batchroles.chunker.order import arrange
from batchroles.errors import CallRefused
from tests.chunker.practice import Rule, blind_halving, lines, one_by_one, play

pytestmark = pytest.mark.long

triples = st.tuples(st.integers(1, 12), st.integers(1, 3), st.integers(1, 6))
tables = st.dictionaries(triples, st.integers(0, 3), max_size=120)
"""Rows with the phase of each."""
few_users = st.sets(st.integers(1, 12), max_size=4)
few_pairs = st.sets(st.tuples(st.integers(1, 3), st.integers(1, 6)), max_size=5)


@settings(max_examples=500, deadline=None)
@given(
    rows=tables,
    bad_users=few_users,
    bad_pairs=few_pairs,
    odd_rows=st.sets(triples, max_size=4),
    limit=st.integers(1, 60),
    workers=st.integers(1, 6),
    seed=st.integers(0, 99),
    first=st.sets(st.integers(0, 119), max_size=30),
    not_sent=st.integers(0, 5),
)
def test_any_mixture_ends_as_one_row_at_a_time_would(
    rows: dict[tuple[int, int, int], int],
    bad_users: set[int],
    bad_pairs: set[tuple[int, int]],
    odd_rows: set[tuple[int, int, int]],
    limit: int,
    workers: int,
    seed: int,
    first: set[int],
    not_sent: int,
) -> None:
    """Good rows land and bad rows are refused exactly as if each had been sent alone, each settled once.

    No two calls at once share a user or are of different phases, nothing is left over, and halving whatever is refused
    would in the worst case take as many calls.
    """
    rule = Rule(bad_users, bad_pairs, odd_rows)
    table = lines(rows, list(rows.values()))
    first = {item for item in first if item < len(rows)}
    record = play(rule, table, limit=limit, workers=workers, seed=seed, first=first, not_sent=not_sent)
    assert record.fates == one_by_one(rule, table)
    assert record.calls <= 2 * len(rows) + not_sent


@settings(max_examples=300, deadline=None)
@given(
    rows=tables,
    bad_users=few_users,
    bad_pairs=few_pairs,
    odd_rows=st.sets(triples, max_size=12),
    odd_code=st.sampled_from(["nopermissions", "codingerror"]),
    most=st.integers(1, 60),
    workers=st.integers(1, 6),
    seed=st.integers(0, 99),
)
def test_a_row_is_refused_only_for_itself_or_with_its_pair_or_user(
    rows: dict[tuple[int, int, int], int],
    bad_users: set[int],
    bad_pairs: set[tuple[int, int]],
    odd_rows: set[tuple[int, int, int]],
    odd_code: str,
    most: int,
    workers: int,
    seed: int,
) -> None:
    """Where a code lies about what a refusal depends on, and calls are too large, no bad row passes for done.

    A good one is refused only where another row of its pair, or of its user, was refused with such a code.
    """
    rule = Rule(bad_users, bad_pairs, odd_rows, odd_code, most)
    table = lines(rows, list(rows.values()))
    work, fates = arrange(table), play(rule, table, workers=workers, seed=seed).fates
    alone = one_by_one(rule, table)
    shared = work.pair if odd_code == "nopermissions" else work.user
    odd = np.zeros(len(work), bool)
    for item in range(len(work)):
        user, role, _, course = work.rows(np.array([item]))[0]
        odd[item] = (user, role, course) in odd_rows
    wrongly = [item for item, fate in fates.items() if fate is not alone[item]]
    assert {fates[item] for item in wrongly} <= {Fate.REFUSED}
    assert set(shared[wrongly].tolist()) <= set(shared[odd].tolist())
    assert len(fates) == len(work)


@pytest.mark.parametrize("bad", range(0, 200, 7))
def test_one_bad_user_in_a_call_of_200_takes_at_most_18_calls(bad: int) -> None:
    """Wherever a single bad row stands among 200, it is found with no more than 18 calls."""
    record = play(Rule(bad_users={bad}), lines([(user, 5, 7) for user in range(200)]), workers=1)
    assert record.calls <= 18


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize(
    "neighbours",
    [
        [(1, 1013), (3, 987)],
        [*((course, 1) for course in range(1000, 2013)), *((9000 + n, 1) for n in range(987))],
    ],
    ids=["two large", "two thousand small"],
)
def test_a_forbidden_pair_of_5000_rows_costs_a_constant(
    neighbours: list[tuple[int, int]], workers: int, seed: int
) -> None:
    """A forbidden pair takes at most 15 calls more than its good neighbours need, whatever its size."""
    sizes = [*neighbours, (5000, 5000)]
    table = lines([(user, 5, course) for course, size in sizes for user in range(size)])
    record = play(Rule(bad_pairs={(5, 5000)}), table, workers=workers, seed=seed)
    assert record.calls <= 10 + 15


@pytest.mark.parametrize("users", [10_000, 2_000])
@pytest.mark.parametrize(("bad", "share"), [(0, 1.0), (1, 1.0), (10, 0.8), (100, 1.0), (1000, 1.0)])
def test_fewer_calls_than_blind_halving(users: int, bad: int, share: float) -> None:
    """Scattered bad users never take more calls than blind halving, and 10 of them at most four fifths."""
    rule = Rule(bad_users=range(0, users, users // bad) if bad else ())
    table = lines([(row % users, 5, row // 200) for row in range(10_000)])
    assert play(rule, table).calls <= share * blind_halving(rule, table)


@pytest.mark.parametrize("bad", range(0, 200, 13))
def test_one_forbidden_pair_among_200_takes_at_most_18_calls(bad: int) -> None:
    """Where every row has a place of its own, a forbidden one is found by its borders as a user would be."""
    record = play(Rule(bad_pairs={(5, bad)}), lines([(7, 5, course) for course in range(200)]), workers=1)
    assert record.calls <= 18


def test_a_dense_stretch_of_bad_users_takes_fewer_calls_than_blind_halving() -> None:
    """After a long clean stretch, 400 bad users in a row are met with calls of a fitting size."""
    rule = Rule(bad_users=range(10_000, 10_400))
    table = lines([(user, 5, 7) for user in range(20_000)])
    assert play(rule, table).calls <= 0.95 * blind_halving(rule, table)


def test_changes_in_each_others_way_do_not_lower_the_size() -> None:
    """Where a call met deadlocks again and again, its parts are sent and neither the size nor a row is blamed."""
    table = lines([(user, 5, 7) for user in range(400)])
    dispatcher = Dispatcher(arrange(table), 200)
    call = dispatcher.take()
    assert call is not None
    dispatcher.refused(
        call, CallRefused("core_role_assign_roles", "dmlwriteexception", "Error writing to database")
    )
    while (call := dispatcher.take()) is not None:
        dispatcher.accepted(call)
    verdicts = dispatcher.drain()
    assert {verdict.fate for verdict in verdicts} == {Fate.DONE}
    assert sum(len(verdict.items) for verdict in verdicts) == 400
    assert dispatcher.shrunk_to is None


def test_a_call_that_was_too_large_lowers_the_size() -> None:
    """Where every part of a refused call is accepted, later calls are made smaller and no row is blamed."""
    table = lines([(user, 5, 7) for user in range(3000)])
    record = play(Rule(most=120), table, workers=1)
    assert record.shrunk_to == 100
    assert record.fates == one_by_one(Rule(), table)
    assert record.calls <= 3000 / 100 + 10


def spread(users: int, courses: int) -> list[tuple[int, int, int]]:
    """Give rows of users in four courses each, so that every course stands in many calls."""
    return [
        (user, 5, (user * 7 + turn * courses // 4) % courses) for user in range(users) for turn in range(4)
    ]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize(("courses", "most"), [(4, 8), (20, 15), (500, 18)])
def test_a_forbidden_pair_in_every_call_is_proved_once(
    courses: int, most: int, workers: int, seed: int
) -> None:
    """A forbidden pair whose rows are spread over all users costs as little as one whose rows stand together."""
    rows, rule = spread(1000, courses), Rule(bad_pairs={(5, 2)})
    good = [row for row in rows if row[2] != 2]
    needed = play(Rule(), lines(good), workers=workers).calls
    assert play(rule, lines(rows), workers=workers, seed=seed).calls <= needed + most


@pytest.mark.parametrize(
    ("sizes", "most"),
    [
        ([4] * 1000, 20),
        ([3] * 1000, 16),
        ([7, 7, 7, 1] * 100, 11),
        ([150] * 40, 32),
        ([950, *[50] * 11], 8),
    ],
    ids=["exactly", "a little room", "room for small ones", "too large to wait", "more than a call"],
)
def test_calls_are_filled_with_whole_users_as_far_as_they_fit(sizes: list[int], most: int) -> None:
    """Users in as many courses as `sizes` says take hardly more calls than their rows would without users."""
    table = lines([(user, 5, course) for user, size in enumerate(sizes) for course in range(size)])
    dispatcher, calls = Dispatcher(arrange(table), 200), []
    while (call := dispatcher.take()) is not None:
        calls.append(np.unique(dispatcher.work.user[call.items]))
        dispatcher.accepted(call)
    assert len(calls) <= most
    if max(sizes) < 20:
        assert len(np.concatenate(calls)) == len(sizes), "a user was split"


def test_a_refusal_of_one_row_does_not_condemn_a_pair_that_went_through() -> None:
    """A row that is refused as its pair would be, after others of the pair were accepted, is refused alone."""
    rule = Rule(odd_rows={(300, 5, 7)}, odd_code="nopermissions")
    table = lines([(user, 5, 7) for user in range(400)])
    record = play(rule, table, workers=1)
    assert record.fates == one_by_one(rule, table)
    assert record.calls <= 18


def test_a_pair_that_is_forbidden_halfway_costs_a_constant() -> None:
    """Where a pair that went through is forbidden from some moment on, two refused rows condemn all that are left."""
    dispatcher = Dispatcher(arrange(lines([(user, 5, 7) for user in range(5000)])), 200)
    calls = refused = 0
    while (call := dispatcher.take()) is not None:
        calls += 1
        if calls <= 5:
            dispatcher.accepted(call)
        else:
            dispatcher.refused(call, CallRefused("core_role_assign_roles", "nopermissions", "No."))
        refused += sum(len(one.items) for one in dispatcher.drain() if one.fate is Fate.REFUSED)
    assert (refused, len(dispatcher.open_items())) == (4000, 0)
    assert calls <= 5 + 15
