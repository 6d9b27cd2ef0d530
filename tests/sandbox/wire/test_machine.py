"""The measured machine, on a clock that the tests turn: nothing here waits."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

import pytest

from batchroles.sandbox.wire.latency import COSTS
from batchroles.sandbox.wire.machine import HINDRANCE, Machine, Process, Work

ANN, BOB, CY, DORA = 11, 12, 13, 14


def outcomes(machine: Machine, until: float, *users: Sequence[int]) -> list[bool | None]:
    """Begin a call of one second a change for each list of users, all at 0, and give what they ended as by then."""
    begun = [machine.begin(Work(0.0, 1.0, of), 0.0) for of in users]
    machine.advance(until)
    return [process.done for process in begun]


def test_a_call_alone_takes_its_own_time() -> None:
    """A call that nobody disturbs ends after the seconds that its work takes, not before."""
    machine = Machine()
    process = machine.begin(Work(0.5, 0.25, [ANN, BOB]), 10.0)
    assert machine.soonest(process) == pytest.approx(11.0)
    machine.advance(10.999)
    assert process.done is None
    machine.advance(11.001)
    assert process.done is True


@pytest.mark.parametrize(("count", "seconds"), [(2, 1.0), (4, 2.0), (8, 4.0)])
def test_calls_share_two_cores(count: int, seconds: float) -> None:
    """Two look-ups at once take as long as one, four twice as long; the cores are shared evenly."""
    machine = Machine()
    begun = [machine.begin(Work(1.0), 0.0) for _ in range(count)]
    machine.advance(seconds - 0.001)
    assert {process.done for process in begun} == {None}
    machine.advance(seconds + 0.001)
    assert {process.done for process in begun} == {True}


def test_a_call_waits_for_the_end_of_one_with_its_user() -> None:
    """What needs a locked user goes on when the other call has ended, not when that one is through with the user."""
    machine = Machine()
    first = machine.begin(Work(0.0, 1.0, [ANN, BOB, CY, DORA]), 0.0)
    second = machine.begin(Work(0.0, 1.0, [ANN]), 0.5)
    machine.advance(3.999)
    assert (first.done, second.done) == (None, None)
    machine.advance(4.001)
    assert (first.done, second.done) == (True, None)
    machine.advance(5.001)
    assert second.done is True


def test_a_call_that_waits_holds_no_core() -> None:
    """Two calls that compute are not slowed down by any number that wait."""
    machine = Machine()
    holder = machine.begin(Work(0.0, 1.0, [ANN]), 0.0)
    waiting = [machine.begin(Work(0.0, 1.0, [ANN]), 0.0) for _ in range(6)]
    look_up = machine.begin(Work(1.0), 0.0)
    machine.advance(HINDRANCE + 0.001)
    assert (holder.done, look_up.done) == (True, True)
    assert [process.done for process in waiting] == [None] * 6


def test_a_circle_ends_with_one_call_rolled_back() -> None:
    """Of two calls with the same two users in opposite order one is rolled back, the other goes on and ends."""
    assert sorted(map(bool, outcomes(Machine(), 60.0, [ANN, BOB], [BOB, ANN]))) == [False, True]


@pytest.mark.parametrize("timeout", [0.1, 1.0, 5.0])
def test_a_circle_is_looked_for_after_the_deadlock_timeout(timeout: float) -> None:
    """Calls in a circle wait for `deadlock_timeout` before one of them is rolled back."""
    machine = Machine(deadlock_timeout=timeout)
    begun = [machine.begin(Work(0.0, 1.0, users), 0.0) for users in ([ANN, BOB], [BOB, ANN])]
    while not all(process.waits_for for process in begun):
        machine.advance(machine._next())
    closed = min(moment for moment in (process.looks_at for process in begun) if moment) - timeout
    machine.advance(closed + timeout - 0.001)
    assert [process.done for process in begun] == [None, None]
    machine.advance(closed + timeout)
    assert {process.done for process in begun} == {None, False}


def test_a_circle_of_three_is_found() -> None:
    """Three calls, each waiting for the next: one is rolled back, the others end."""
    machine = Machine()
    begun = [machine.begin(Work(0.0, 1.0, users), 0.0) for users in ([ANN, BOB], [BOB, CY], [CY, ANN])]
    machine.advance(60.0)
    assert sorted(process.done is True for process in begun) == [False, True, True]


def test_waiting_without_a_circle_is_no_clash() -> None:
    """Calls that lock their users in one order wait for each other as long as it takes, and all end."""
    machine = Machine(deadlock_timeout=0.01)
    assert outcomes(machine, 60.0, *[[ANN, BOB, CY]] * 5) == [True] * 5


def test_a_call_may_name_a_user_again() -> None:
    """A call does not wait for itself, and gives a user up once."""
    assert outcomes(Machine(), 60.0, [ANN, BOB, ANN], [ANN]) == [True, True]


ROWS, PEOPLE, COURSES = 4_000, 1_000, 20
TURN = 0.004
"""Seconds between an answer and the next call of the same connection."""


def shuffled(seed: int) -> list[tuple[int, int]]:
    """Give the rows of the measured file: user and course, in random order."""
    chance = random.Random(seed)
    rows = [
        (user, course)
        for user in range(1, PEOPLE + 1)
        for course in chance.sample(range(COURSES), ROWS // PEOPLE)
    ]
    chance.shuffle(rows)
    return rows


@dataclass
class Load:
    """Clients that send calls, each of them one call after the other, until all calls are done."""

    calls: list[list[int]]
    """The users of each call, in the order of its rows."""
    clients: int
    pauses: bool = False
    """Whether a call that was rolled back is sent again after the pause that the client makes, or at once."""
    seed: int = 0
    clashes: int = 0
    _due: list[tuple[float, int, list[int], int]] = field(default_factory=list)

    def speed(self) -> float:
        """Give the rows a second."""
        rows, cost = sum(map(len, self.calls)), COSTS["core_role_assign_roles"]
        machine, chance, now = Machine(seed=self.seed), random.Random(self.seed), 0.0
        todo, under_way = self.calls[self.clients :], dict[Process, tuple[list[int], int]]()
        for number, users in enumerate(self.calls[: self.clients]):
            heappush(self._due, (0.0, number, users, 1))
        while self._due or under_way:
            moment = machine._next() if under_way else float("inf")
            if self._due and self._due[0][0] <= moment:
                now, _, users, attempt = heappop(self._due)
                under_way[machine.begin(Work(cost.call, cost.each, users), now)] = users, attempt
                continue
            machine.advance(now := moment)
            for process in [process for process in under_way if process.done is not None]:
                users, attempt = under_way.pop(process)
                if process.done:
                    if todo:
                        heappush(self._due, (now + TURN, id(process), todo.pop(0), 1))
                else:
                    self.clashes += 1
                    pause = attempt * chance.uniform(0.1, 1.0) if self.pauses else 0.0
                    heappush(self._due, (now + TURN + pause, id(process), users, attempt + 1))
        return rows / now


def cut(rows: list[tuple[int, int]], size: int = 200) -> list[list[int]]:
    """Cut rows into calls, and give the users of each."""
    users = [user for user, _ in rows]
    return [users[first : first + size] for first in range(0, len(users), size)]


@pytest.mark.parametrize(
    ("clients", "size", "least", "most"),
    [
        (1, 200, 482, 484),
        (2, 200, 815, 852),
        (4, 200, 848, 944),
        (8, 200, 895, 895),
        (4, 50, 779, 779),
        (4, 400, 894, 894),
    ],
)
def test_calls_by_user_are_as_fast_as_measured(clients: int, size: int, least: int, most: int) -> None:
    """With all rows of a user in one call, the rows a second are within 5 % of those measured, and nothing clashes."""
    load = Load(cut(sorted(shuffled(1)), size), clients)
    assert 0.95 * least <= load.speed() <= 1.05 * most
    assert load.clashes == 0


def by_place(seed: int) -> list[list[int]]:
    """Give the calls of the measured file by place: users ascend within a place, not within a call."""
    return cut(sorted(shuffled(seed), key=lambda row: (row[1], row[0])))


def test_calls_by_place_wait_where_users_ascend() -> None:
    """Four calls at once by place, the users of each in one order: as measured, slow and without a clash."""
    load = Load([sorted(users) for users in by_place(1)], 4)
    assert 0.95 * 524 <= load.speed() <= 1.05 * 560
    assert load.clashes == 0


@pytest.mark.parametrize("pauses", [True, False])
def test_calls_by_place_clash(pauses: bool) -> None:
    """Four calls at once by place clash, as measured, and cost a third of the speed by user at most."""
    loads = [Load(by_place(seed), 4, pauses, seed) for seed in (3, 4, 5)]
    assert all(load.speed() < 895 / 3 and load.clashes > 10 for load in loads)
