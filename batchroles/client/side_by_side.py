"""Many small look-ups at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

Progress = Callable[[str, int, int], None]
"""Called with what is looked up, how much of it is done, and how much there is."""


def silent(what: str, done: int, total: int) -> None:
    """Show nothing."""


def side_by_side(
    work: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Iterator[tuple[Item, Result]]:
    """Do `work` for every item, `workers` at a time, and yield (item, result) as each is ready.

    The first exception ends it: what has not begun is dropped, what has begun is waited for.
    """
    if workers == 1 or len(items) == 1:
        yield from ((item, work(item)) for item in items)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="look-up") as pool:
        futures = {pool.submit(work, item): item for item in items}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def portions(values: Iterable[Item], most: int, workers: int, least: int) -> list[list[Item]]:
    """Cut values into even portions: none above `most`, and as many as `workers` while each keeps `least`."""
    rest = list(values)
    if not rest:
        return []
    needed = -(-len(rest) // most)
    even = -(-needed // workers) * workers
    number = max(needed, min(even, len(rest) // least))
    size = -(-len(rest) // number)
    return [rest[start : start + size] for start in range(0, len(rest), size)]
