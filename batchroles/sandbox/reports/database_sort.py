"""How PostgreSQL sorts rows that compare equal: in no promised order, and in another one where fewer are wanted.

Where fewer than half of the rows are wanted, they are kept in a heap of that size; else all are sorted by a quicksort.
Neither keeps equal rows in the order in which they came, and the two do not agree, so that pages sorted by a column
with equal values repeat some rows and never show others. Both are written after the description in PostgreSQL's source
(`tuplesort.c`, `sort_template.h`); the recorded pages rb-users-suspended-pages and rr-role-pages show that it is so.
"""

from collections.abc import MutableSequence, Sequence

FEW = 7
"""Fewer rows than these are sorted by insertion."""
MANY = 40
"""More rows than these are parted by the middle one of nine."""


def sorted_places(ranks: Sequence[int], wanted: int | None) -> list[int]:
    """Give the places of the first `wanted` rows (None: of all), by their ranks; equal rows have equal ranks."""
    places = list(range(len(ranks)))
    if len(set(ranks)) == len(ranks):
        return sorted(places, key=ranks.__getitem__)[:wanted]
    if wanted is not None and len(ranks) > 2 * wanted:
        return _first_of_many(ranks, wanted)
    _quicksort(places, ranks, 0, len(places))
    return places[:wanted]


def _first_of_many(ranks: Sequence[int], wanted: int) -> list[int]:
    """Keep the first rows in a heap whose top is the last of them; a row that is equal to the top is not taken."""
    heap: list[int] = []
    for place in range(len(ranks)):
        if len(heap) < wanted:
            _insert(heap, ranks, place)
        elif ranks[place] < ranks[heap[0]]:
            _replace_top(heap, ranks, place, len(heap))
    for size in range(len(heap) - 1, 0, -1):
        top, last = heap[0], heap[size]
        _replace_top(heap, ranks, last, size)
        heap[size] = top
    return heap


def _insert(heap: list[int], ranks: Sequence[int], place: int) -> None:
    heap.append(place)
    hole = len(heap) - 1
    while hole:
        above = (hole - 1) >> 1
        if ranks[place] <= ranks[heap[above]]:
            break
        heap[hole], hole = heap[above], above
    heap[hole] = place


def _replace_top(heap: list[int], ranks: Sequence[int], place: int, size: int) -> None:
    """Put a row in the place of the top one of the first `size`, and let it sink."""
    hole = 0
    while (below := 2 * hole + 1) < size:
        if below + 1 < size and ranks[heap[below]] < ranks[heap[below + 1]]:
            below += 1
        if ranks[place] >= ranks[heap[below]]:
            break
        heap[hole], hole = heap[below], below
    heap[hole] = place


def _quicksort(places: MutableSequence[int], ranks: Sequence[int], first: int, count: int) -> None:
    """Sort a stretch in place, parting it into what is before, equal to and behind a middle row."""
    while count > 1:
        if count < FEW:
            _insertion_sort(places, ranks, first, count)
            return
        if all(ranks[places[n]] <= ranks[places[n + 1]] for n in range(first, first + count - 1)):
            return
        before, behind = _part(places, ranks, first, count)
        end = first + count
        if before <= behind:
            _quicksort(places, ranks, first, before)
            first, count = end - behind, behind
        else:
            _quicksort(places, ranks, end - behind, behind)
            count = before


def _insertion_sort(places: MutableSequence[int], ranks: Sequence[int], first: int, count: int) -> None:
    for middle in range(first + 1, first + count):
        at = middle
        while at > first and ranks[places[at - 1]] > ranks[places[at]]:
            _swap(places, at, at - 1)
            at -= 1


def _part(places: MutableSequence[int], ranks: Sequence[int], first: int, count: int) -> tuple[int, int]:
    """Part a stretch in place; give how many rows are before the equal ones and how many behind."""
    _swap(places, first, _middle(places, ranks, first, count))
    pivot, last = ranks[places[first]], first + count - 1
    equal_low = low = first + 1
    equal_high = high = last
    while True:
        while low <= high and ranks[places[low]] <= pivot:
            if ranks[places[low]] == pivot:
                _swap(places, equal_low, low)
                equal_low += 1
            low += 1
        while low <= high and ranks[places[high]] >= pivot:
            if ranks[places[high]] == pivot:
                _swap(places, high, equal_high)
                equal_high -= 1
            high -= 1
        if low > high:
            break
        _swap(places, low, high)
        low, high = low + 1, high - 1
    _swap_stretches(places, first, low, min(equal_low - first, low - equal_low))
    _swap_stretches(places, low, last + 1, min(equal_high - high, last - equal_high))
    return low - equal_low, equal_high - high


def _middle(places: Sequence[int], ranks: Sequence[int], first: int, count: int) -> int:
    """Choose the row by which a stretch is parted."""
    low, middle, high = first, first + count // 2, first + count - 1
    if count == FEW:
        return middle
    if count > MANY:
        step = count // 8
        low = _median(places, ranks, low, low + step, low + 2 * step)
        middle = _median(places, ranks, middle - step, middle, middle + step)
        high = _median(places, ranks, high - 2 * step, high - step, high)
    return _median(places, ranks, low, middle, high)


def _median(places: Sequence[int], ranks: Sequence[int], one: int, two: int, three: int) -> int:
    a, b, c = (ranks[places[at]] for at in (one, two, three))
    if a < b:
        return two if b < c else (three if a < c else one)
    return two if b > c else (one if a < c else three)


def _swap(places: MutableSequence[int], one: int, other: int) -> None:
    places[one], places[other] = places[other], places[one]


def _swap_stretches(places: MutableSequence[int], low: int, end: int, count: int) -> None:
    """Swap the first rows from `low` on with those just before `end`."""
    for at in range(count):
        _swap(places, low + at, end - count + at)
