"""Calls that need the same users at the same time, over real HTTP."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from batchroles.sandbox import make_site, serve
from batchroles.sandbox.wire.machine import Machine, Process, Work
from batchroles.sandbox.wire.practice import Practice

SITE = make_site(users=60, courses=3, categories=1)
STUDENT, COURSE = 5, 2
IDLE = {row["id"] for row in SITE["users"]} - {row["userid"] for row in SITE["role_assignments"]}
"""Users who hold no role to begin with."""
ANN, BOB, CY = sorted(IDLE)[-3:]
LONG = 1e9
"""More seconds of computing than any test lasts."""


@pytest.fixture
def practice() -> Iterator[Practice]:
    """Serve a site that takes its time, whose circles are found soon."""
    with serve(SITE, php_workers=8) as practice:
        practice._machine = Machine(deadlock_timeout=0.02)
        yield practice


def call(practice: Practice, function: str, rows: list[dict[str, Any]], name: str = "assignments") -> Any:
    """Call a function with rows and give its answer."""
    fields = {f"{name}[{at}][{key}]": value for at, row in enumerate(rows) for key, value in row.items()}
    head = {"wstoken": practice.token, "moodlewsrestformat": "json", "wsfunction": function}
    return requests.post(
        f"{practice.url}/webservice/rest/server.php", data={**fields, **head}, timeout=60
    ).json()


def assign(practice: Practice, *users: int) -> Any:
    """Give users the student role in one course, in this order."""
    place = {"roleid": STUDENT, "contextlevel": "course", "instanceid": COURSE}
    return call(practice, "core_role_assign_roles", [{**place, "userid": user} for user in users])


def students(practice: Practice) -> set[int]:
    """Give who of the three is a student of the course."""
    context = next(row["contextid"] for row in SITE["courses"] if row["id"] == COURSE)
    rows = practice.state()["role_assignments"]
    return {row["userid"] for row in rows if (row["roleid"], row["contextid"]) == (STUDENT, context)} & {
        ANN,
        BOB,
        CY,
    }


@contextmanager
def locked(practice: Practice, user: int) -> Iterator[None]:
    """Let a call that does not end hold a user's entry."""
    with practice._time:
        holder = practice._machine.begin(Work(0.0, LONG, [user]), time.monotonic())
        practice._machine.advance(time.monotonic())
    yield
    with practice._time:
        holder.left = 0.0


def when(practice: Practice, holds: Callable[[list[Process]], bool]) -> None:
    """Wait until something holds of the calls under way."""
    while True:
        with practice._time:
            practice._machine.advance(time.monotonic())
            if holds(practice._machine.processes):
                return
        time.sleep(0.001)


def waiting(count: int) -> Callable[[list[Process]], bool]:
    """Say whether so many calls wait."""
    return lambda processes: sum(one.waits_for is not None for one in processes) == count


def test_two_calls_with_two_users_in_opposite_order(practice: Practice) -> None:
    """One of them ends with `dmlwriteexception` and wrote nothing; the other is done."""
    with ThreadPoolExecutor(2) as pool:
        with locked(practice, CY):
            # Each has its first user when it waits for the third one: so the circle is there on any machine.
            calls = [pool.submit(assign, practice, one, CY, other) for one, other in ((ANN, BOB), (BOB, ANN))]
            when(practice, waiting(2))
        answers = [call.result() for call in calls]
    refused = {
        "exception": "dml_write_exception",
        "errorcode": "dmlwriteexception",
        "message": "Error writing to database",
    }
    assert sorted(answers, key=str) == [None, refused]
    assert students(practice) == {ANN, BOB, CY}
    assert practice.calls() == {"core_role_assign_roles": 2}


def test_what_was_rolled_back_wrote_nothing(practice: Practice) -> None:
    """Of two calls for different courses in a circle, one course has all its rows and the other none."""
    contexts = {row["id"]: row["contextid"] for row in SITE["courses"]}

    def assign_in(course: int, *users: int) -> Any:
        place = {"roleid": STUDENT, "contextlevel": "course", "instanceid": course}
        return call(practice, "core_role_assign_roles", [{**place, "userid": user} for user in users])

    with ThreadPoolExecutor(2) as pool:
        with locked(practice, CY):
            calls = {2: pool.submit(assign_in, 2, ANN, CY, BOB), 3: pool.submit(assign_in, 3, BOB, CY, ANN)}
            when(practice, waiting(2))
        done = [course for course, sent in calls.items() if sent.result() is None]
    assert len(done) == 1
    held = [
        (row["contextid"], row["userid"])
        for row in practice.state()["role_assignments"]
        if row["modifierid"] == 3 and row["roleid"] == STUDENT
    ]
    assert sorted(held) == sorted((contexts[done[0]], user) for user in (ANN, BOB, CY))


def test_a_call_waits_for_its_user_and_is_done(practice: Practice) -> None:
    """A call whose user is locked is answered after the lock is gone; until then nothing of it is seen."""
    with ThreadPoolExecutor(1) as pool:
        with locked(practice, BOB):
            sent: Future[Any] = pool.submit(assign, practice, ANN, BOB)
            when(practice, waiting(1))
            # Long after `deadlock_timeout`: that it waits is no circle.
            when(practice, lambda processes: all(one.looks_at is None for one in processes))
            assert not sent.done()
            assert students(practice) == set()
        assert sent.result() is None
    assert students(practice) == {ANN, BOB}


def test_rows_that_change_nothing_lock_nobody(practice: Practice) -> None:
    """Moodle marks a user only where a role changes: who holds it already is not waited for."""
    assert assign(practice, ANN) is None
    with locked(practice, ANN):
        assert assign(practice, ANN, BOB) is None
    assert students(practice) == {ANN, BOB}


@pytest.mark.parametrize(
    ("function", "name", "row"),
    [
        (
            "core_role_unassign_roles",
            "unassignments",
            {"roleid": STUDENT, "contextlevel": "course", "instanceid": COURSE},
        ),
        ("enrol_manual_enrol_users", "enrolments", {"roleid": STUDENT, "courseid": 3}),
    ],
)
def test_every_change_of_a_role_locks_its_user(
    practice: Practice, function: str, name: str, row: dict[str, Any]
) -> None:
    """Unassigning and enrolling wait for a locked user as assigning does."""
    assert assign(practice, ANN) is None
    with ThreadPoolExecutor(1) as pool:
        with locked(practice, ANN):
            sent = pool.submit(call, practice, function, [{**row, "userid": ANN}], name)
            when(practice, waiting(1))
        assert sent.result() is None


def test_a_refused_call_lets_its_users_go(practice: Practice) -> None:
    """A call that Moodle refuses at a later row leaves nothing behind, neither rows nor locks."""
    assert assign(practice, ANN, 99999)["errorcode"] == "codingerror"
    assert students(practice) == set()
    assert practice._machine.processes == []
    assert assign(practice, ANN) is None


def test_without_latency_nobody_waits() -> None:
    """A practice site that is not told to take its time knows no locks."""
    with serve(SITE) as practice, locked(practice, ANN):
        assert assign(practice, ANN) is None
