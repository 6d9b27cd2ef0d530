"""Finding the pairs that Moodle refuses."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchroles.chunker import PairSearch, Question
from batchroles.errors import CallRefused
from batchroles.models.changes import CallRow

CODES = ("invalidparameter", "nopermissions", "requireloginerror")


def found(
    pairs: list[CallRow],
    bad: dict[CallRow, str],
    *,
    limit: int,
    workers: int = 1,
    at_once: int = 1,
    seed: int = 0,
) -> tuple[dict[CallRow, str], int]:
    """Let a search ask about pairs, several calls at once; gives what it found bad, and how many calls it took."""
    search, order = PairSearch(pairs, limit, at_once), Random(seed)
    flying: list[Question] = []
    calls = 0
    while True:
        while len(flying) < workers and (question := search.take()) is not None:
            assert len(question.pairs) <= limit
            flying.append(question)
            calls += 1
        if not flying:
            return {pair: refusal.errorcode for pair, refusal in search.refusals.items()}, calls
        question = flying.pop(order.randrange(len(flying)))
        code = next((bad[pair] for pair in question.pairs if pair in bad), None)
        if code is None:
            search.accepted(question)
        else:
            search.refused(question, CallRefused("core_role_unassign_roles", code, "No."))


@settings(max_examples=500, deadline=None)
@given(
    places=st.dictionaries(st.integers(1, 300), st.sampled_from(["good", *CODES]), max_size=120),
    roles=st.integers(1, 3),
    limit=st.integers(1, 200),
    workers=st.integers(1, 6),
    at_once=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_any_mixture_takes_at_most_one_call_a_pair_and_one_more(
    places: dict[int, str], roles: int, limit: int, workers: int, at_once: int, seed: int
) -> None:
    """Exactly the bad pairs are found, each with its reason, with at most one call more than there are pairs."""
    pairs = [(0, role, "course", place) for place in places for role in range(1, roles + 1)]
    bad = {
        pair: code
        for pair in pairs
        if (code := places[pair[3]]) != "good" and (code != "invalidparameter" or pair[1] == 1)
    }
    result, calls = found(pairs, bad, limit=limit, workers=workers, at_once=at_once, seed=seed)
    assert (result, calls <= len(pairs) + 1) == (bad, True)


@pytest.mark.parametrize("count", [1, 2, 3, 34, 200])
def test_where_every_pair_is_bad_each_is_asked_for_alone(count: int) -> None:
    """Of pairs that are all bad hardly more than their number of calls is made."""
    pairs = [(0, 5, "course", place) for place in range(count)]
    calls = found(pairs, dict.fromkeys(pairs, "invalidparameter"), limit=200, workers=4)[1]
    assert count <= calls <= count + 1


@pytest.mark.parametrize(("count", "most"), [(1, 1), (6, 2), (38, 3), (238, 4), (1000, 8)])
def test_good_pairs_take_few_calls(count: int, most: int) -> None:
    """Where every pair is good, the groups grow quickly to the most that a call takes."""
    assert found([(0, 5, "course", place) for place in range(count)], {}, limit=200, workers=4) == ({}, most)


@pytest.mark.parametrize(
    ("count", "sizes"),
    [
        (60, [2, 4, 27, 27]),
        (78, [2, 4, 32, 20, 20]),
        (358, [2, 4, 32, 160, 160]),
        (500, [2, 4, 32, 154, 154, 154]),
    ],
)
def test_the_last_pairs_are_shared(count: int, sizes: list[int]) -> None:
    """What is left once the groups have grown is asked for in even calls, two at least where there is enough of it."""
    search = PairSearch([(0, 5, "course", place) for place in range(count)], 200, at_once=2)
    seen: list[int] = []
    flying: list[Question] = []
    while True:
        while len(flying) < 2 and (question := search.take()) is not None:
            flying.append(question)
            seen.append(len(question.pairs))
        if not flying:
            break
        search.accepted(flying.pop(0))
    assert seen == sizes


def test_a_place_that_may_not_be_entered_is_asked_about_once() -> None:
    """What Moodle checks before it looks at the role is true of every role there."""
    pairs = [(0, role, "course", 7) for role in range(20)]
    bad = dict.fromkeys(pairs, "requireloginerror")
    assert found(pairs, bad, limit=1) == (bad, 1)


def test_a_group_that_is_refused_for_itself_condemns_nobody() -> None:
    """Where a site refuses calls for what lies in no pair, none is called bad without being asked alone."""
    search = PairSearch([(0, 5, "course", place) for place in range(30)], 200)
    calls = 0
    while (question := search.take()) is not None:
        calls += 1
        if len(question.pairs) > 1:
            search.refused(question, CallRefused("core_role_unassign_roles", "dmlreadexception", "No."))
        else:
            search.accepted(question)
    assert (search.refusals, calls <= 31) == ({}, True)
