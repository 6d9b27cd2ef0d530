"""Sorting as the database does it: always sorted, but equal rows in another order where fewer are wanted."""

import random

import pytest

from batchroles.sandbox.reports.database_sort import sorted_places


@pytest.mark.parametrize("count", [0, 1, 6, 7, 8, 40, 41, 300])
@pytest.mark.parametrize("kinds", [1, 2, 5, 1000])
def test_all_rows_come_once_and_sorted(count: int, kinds: int) -> None:
    """Whatever the rows, each comes once, and their ranks ascend."""
    ranks = [random.Random(count * kinds + place).randrange(kinds) for place in range(count)]
    places = sorted_places(ranks, None)
    assert sorted(places) == list(range(count))
    assert [ranks[place] for place in places] == sorted(ranks)


@pytest.mark.parametrize("wanted", [1, 10, 49, 50, 100, 200])
def test_the_first_rows_are_the_lowest(wanted: int) -> None:
    """However few rows are wanted, their ranks are the lowest there are, in order."""
    ranks = [random.Random(place).randrange(7) for place in range(100)]
    places = sorted_places(ranks, wanted)
    assert [ranks[place] for place in places] == sorted(ranks)[:wanted]
    assert len(set(places)) == len(places)


def test_pages_of_equal_rows_repeat_some_and_lose_others() -> None:
    """Pages that are sorted by a column with equal values are not a whole, though each is sorted."""
    ranks = [0] * 30 + [1] * 10
    pages = [sorted_places(ranks, 5 * (page + 1))[5 * page :] for page in range(8)]
    assert len({place for page in pages for place in page}) < len(ranks)


def test_rows_that_differ_are_sorted_alike_whatever_is_wanted() -> None:
    """Where no two rows are equal, pages are a whole."""
    ranks = random.Random(1).sample(range(1000), 40)
    pages = [sorted_places(ranks, 6 * (page + 1))[6 * page :] for page in range(7)]
    assert [place for page in pages for place in page] == sorted_places(ranks, None)
