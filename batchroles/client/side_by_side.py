"""Many small look-ups: several at once, in calls of a good size, and narrowed down where Moodle refuses one."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Lock
from typing import Protocol, Self, TypeVar

from batchroles.errors import CallRefused

Item = TypeVar("Item")
Result = TypeVar("Result")
Other = TypeVar("Other")

Progress = Callable[[str, int, int], None]
"""Called with what is looked up, how much of it is done, and how much there is."""


def silent(what: str, done: int, total: int) -> None:
    """Show nothing."""


def one_at_a_time(progress: Progress) -> Progress:
    """Let several threads tell of progress, who wait for each other: whoever shows it need not mind threads."""
    lock = Lock()

    def told(what: str, done: int, total: int) -> None:
        with lock:
            progress(what, done, total)

    return told


def side_by_side(
    work: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Iterator[tuple[Item, Result]]:
    """Do `work` for every item, `workers` at a time, and yield (item, result) as each is ready.

    The first exception ends it: what has not begun is dropped, what has begun is waited for.
    """
    if workers == 1 or len(items) == 1:
        yield from ((item, work(item)) for item in items)
        return
    todo = deque(items)
    yield from as_it_comes(work, lambda: todo.popleft() if todo else None, workers)


def as_it_comes(
    work: Callable[[Item], Result], take: Callable[[], Item | None], workers: int
) -> Iterator[tuple[Item, Result]]:
    """Do the same for what `take` gives, where that depends on what came back before.

    `take` gives None where there is nothing to do until something that is under way has come back.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="look-up") as pool:
        flying: dict[Future[Result], Item] = {}
        while True:
            while len(flying) < workers and (item := take()) is not None:
                flying[pool.submit(work, item)] = item
            if not flying:
                return
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                yield flying.pop(future), future.result()


def both(first: Callable[[], Result], second: Callable[[], Other], workers: int) -> tuple[Result, Other]:
    """Do two things that do not need each other beside each other; with one worker, one after the other.

    Both are over when this ends; where both raise, it is the first one's exception.
    """
    if workers == 1:
        return first(), second()
    with ThreadPoolExecutor(1, thread_name_prefix="look-up") as pool:
        beside = pool.submit(second)
        return first(), beside.result()


def portions(values: Iterable[Item], most: int, workers: int, least: int) -> list[list[Item]]:
    """Cut values into even portions: none above `most`, and as many as `workers` while each keeps `least`."""
    rest = list(values)
    if not rest:
        return []
    # Negated twice, `//` rounds up.
    needed = -(-len(rest) // most)
    even = -(-needed // workers) * workers
    number = max(needed, min(even, len(rest) // least))
    size = -(-len(rest) // number)
    return [rest[start : start + size] for start in range(0, len(rest), size)]


class Parted(Protocol):
    """What can be cut: a list, an array."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> Self: ...


Part = TypeVar("Part", bound=Parted)


def in_halves(ask: Callable[[Part], Result], whole: Part) -> Iterator[tuple[Part, Result | CallRefused]]:
    """Ask for all of it at once; where Moodle refuses the call, halve it until what is at fault stands alone.

    Yields each part that was answered with its answer, and each that was refused alone with the refusal. Whoever has
    seen enough stops taking, and nothing more is asked.
    """
    waiting = [whole]
    while waiting:
        part = waiting.pop()
        try:
            answer: Result | CallRefused = ask(part)
        except CallRefused as refusal:
            if len(part) > 1:
                middle = len(part) // 2
                # The first half goes on top: what was asked for comes in its order.
                waiting += [part[middle:], part[:middle]]
                continue
            answer = refusal
        yield part, answer
