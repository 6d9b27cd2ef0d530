import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchroles.client.side_by_side import as_it_comes, both, in_halves, one_at_a_time, portions, side_by_side
from batchroles.errors import CallRefused


@given(st.integers(0, 3000), st.integers(1, 995), st.integers(1, 8), st.integers(1, 300))
def test_portions(count: int, most: int, workers: int, least: int) -> None:
    """Portions hold every value once, are even, none too large, and no more of them than is worth while."""
    cut = portions(range(count), most, workers, least)
    assert [value for portion in cut for value in portion] == list(range(count))
    assert all(0 < len(portion) <= most for portion in cut)
    assert len(cut) <= max(-(-count // most), count // least)


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(0, []), (150, [150]), (450, [225, 225]), (995, [249, 249, 249, 248]), (5000, [625] * 8)],
)
def test_sizes_of_portions(count: int, sizes: list[int]) -> None:
    """Four workers share what is worth sharing."""
    assert [len(portion) for portion in portions(range(count), 995, 4, 200)] == sizes


@pytest.mark.parametrize("workers", [1, 3])
def test_results(workers: int) -> None:
    """Every item comes back with its result."""
    assert sorted(side_by_side(lambda n: n * n, range(10), workers)) == [(n, n * n) for n in range(10)]


def test_really_at_once() -> None:
    """As many items as there are workers are in work at the same time."""
    meeting = threading.Barrier(3, timeout=5)
    assert len(list(side_by_side(lambda _: meeting.wait(), range(3), 3))) == 3


def test_the_first_failure_ends_it() -> None:
    """After a failure nothing more is begun, and what has begun is waited for."""
    begun: list[int] = []
    failed = threading.Event()

    def work(number: int) -> None:
        begun.append(number)
        if number == 0:
            failed.set()
            raise LookupError
        failed.wait(5)
        threading.Event().wait(0.01)

    with pytest.raises(LookupError):
        list(side_by_side(work, range(1000), 2))
    assert len(begun) < 1000


@pytest.mark.parametrize("workers", [1, 2])
def test_two_different_things(workers: int) -> None:
    """Each of two things gives what it gives, and the first one's exception comes before the second one's."""

    def fail(error: type[Exception]) -> int:
        raise error

    assert both(lambda: 1, lambda: "two", workers) == (1, "two")
    with pytest.raises(LookupError):
        both(lambda: fail(LookupError), lambda: 2, workers)
    with pytest.raises(LookupError):
        both(lambda: 1, lambda: fail(LookupError), workers)
    with pytest.raises(LookupError):
        both(lambda: fail(LookupError), lambda: fail(OSError), workers)


def test_progress_one_at_a_time() -> None:
    """Threads that tell of progress at once are heard one after the other."""
    inside: list[int] = []
    most = 0

    def hear(what: str, done: int, total: int) -> None:  # noqa: ARG001 - only when it is called counts
        nonlocal most
        inside.append(done)
        threading.Event().wait(0.002)
        most = max(most, len(inside))
        inside.pop()

    told = one_at_a_time(hear)
    list(side_by_side(lambda number: told("users", number, 20), range(20), 4))
    assert most == 1


def test_two_things_at_once() -> None:
    """Two things are in work at the same time, and both are over at the end, also where the first one failed."""
    meeting, over = threading.Barrier(2, timeout=5), threading.Event()

    def fail() -> None:
        meeting.wait()
        raise LookupError

    def go_on() -> None:
        meeting.wait()
        threading.Event().wait(0.05)
        over.set()

    with pytest.raises(LookupError):
        both(fail, go_on, 2)
    assert over.is_set()


@pytest.mark.parametrize("workers", [1, 3])
def test_what_is_next_may_depend_on_what_came_back(workers: int) -> None:
    """Where nothing is there to be taken, what is under way is waited for, and then asked again."""
    open_numbers = [1]

    def take() -> int | None:
        return open_numbers.pop() if open_numbers else None

    done = []
    for number, twice in as_it_comes(lambda number: 2 * number, take, workers):
        done.append(number)
        open_numbers += [twice, twice + 1] if number < 4 else []
    assert sorted(done) == list(range(1, 8))


@given(st.integers(1, 200), st.sets(st.integers(0, 199), max_size=5))
def test_what_is_refused_is_halved_until_it_stands_alone(count: int, bad: set[int]) -> None:
    """Every value is answered once, or refused alone, and halving costs two calls a level for each bad value."""
    calls = 0

    def ask(values: list[int]) -> list[int]:
        nonlocal calls
        calls += 1
        if bad & set(values):
            raise CallRefused("look_up", "invalidparameter", "no")
        return values

    answered, refused = [], []
    for part, answer in in_halves(ask, list(range(count))):
        if isinstance(answer, CallRefused):
            refused += part
        else:
            answered += answer
    wrong = sorted(bad & set(range(count)))
    assert refused == wrong
    assert answered == [value for value in range(count) if value not in bad]
    assert calls <= 1 + 2 * len(wrong) * max(1, (count - 1).bit_length())


def test_whoever_has_seen_enough_stops_halving() -> None:
    """After the last part that is taken nothing more is asked."""
    calls = []

    def ask(values: list[int]) -> None:
        calls.append(len(values))
        raise CallRefused("look_up", "invalidparameter", "no")

    assert next(in_halves(ask, list(range(64))))[0] == [0]
    assert calls == [64, 32, 16, 8, 4, 2, 1]
