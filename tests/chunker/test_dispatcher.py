"""Splitting refused calls."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchroles.chunker import Dispatcher, Fate
from batchroles.chunker.order import arrange
from batchroles.errors import CallRefused
from tests.chunker.practice import Rule, blind_halving, lines, one_by_one, play

triples = st.tuples(st.integers(1, 12), st.integers(1, 3), st.integers(1, 6))


@settings(max_examples=300, deadline=None)
@given(
    rows=st.sets(triples, max_size=120),
    bad_users=st.sets(st.integers(1, 12), max_size=4),
    bad_pairs=st.sets(st.tuples(st.integers(1, 3), st.integers(1, 6)), max_size=5),
    odd_rows=st.sets(triples, max_size=4),
    limit=st.integers(1, 60),
    workers=st.integers(1, 6),
    seed=st.integers(0, 99),
)
def test_any_mixture_ends_as_one_row_at_a_time_would(
    rows: set[tuple[int, int, int]],
    bad_users: set[int],
    bad_pairs: set[tuple[int, int]],
    odd_rows: set[tuple[int, int, int]],
    limit: int,
    workers: int,
    seed: int,
) -> None:
    """Good rows land and bad rows are refused exactly as if each had been sent alone, each settled once."""
    rule = Rule(bad_users, bad_pairs, odd_rows)
    table = lines(sorted(rows))
    record = play(rule, table, limit=limit, workers=workers, seed=seed)
    assert record.fates == one_by_one(rule, table)


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
