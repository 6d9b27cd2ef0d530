"""What goes on in the background: how much of it at once, and how much of it is kept."""

import threading
from collections.abc import Iterator

import pytest

from batchroles.client import Moodle
from batchroles.errors import Interrupted
from batchroles.sender import Halt
from batchroles.web.work import AT_ONCE, MOST, MOST_LINES, STOPPED, Turns, Work, Works


@pytest.fixture
def moodle() -> Iterator[Moodle]:
    """Give a client of a site that nobody asks for anything."""
    with Moodle("http://127.0.0.1:9", "token") as moodle:
        yield moodle


def test_many_of_one_person_wait_for_each_other_alone() -> None:
    """One more of the same person waits, also to no end where it is stopped; another person's begins at once."""
    turns, halt, ended = Turns(), Halt(), threading.Event()
    held = [turns.taken("anna", Halt()) for _ in range(AT_ONCE)]
    for one in held:
        one.__enter__()

    def one_more() -> None:
        with pytest.raises(Interrupted, match="nothing was sent"), turns.taken("anna", halt):
            pytest.fail("this was one too many")
        ended.set()

    thread = threading.Thread(target=one_more)
    thread.start()
    with turns.taken("ben", Halt()):
        assert not ended.wait(0.1)
    halt.ask(STOPPED)
    thread.join(30)
    assert ended.is_set()
    held[0].__exit__(None, None, None)
    with turns.taken("anna", Halt()):
        pass


def test_large_plans_leave_no_room_for_others(moodle: Moodle) -> None:
    """So many plans are kept, and of large ones fewer: the one that was made first goes first."""
    works = Works()

    def plan_of(lines: int) -> None:
        def do(work: Work, _: Moodle) -> None:
            work.lines = lines

        for number in range(MOST + 5):
            assert works.begin((lines, number), moodle, do).ended.wait(30)

    plan_of(1)
    assert works.of((1, 0)) is None
    plan_of(MOST_LINES // 4)
    kept = [number for number in range(MOST + 5) if works.of((MOST_LINES // 4, number)) is not None]
    assert kept == list(range(MOST + 5))[-5:]
