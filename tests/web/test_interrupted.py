"""Runs that are cut off by a stop, by a kill of the page, by a site that goes away: nothing is lost, and they go on."""

import os
import re
import signal
import time
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path

from batchroles.sandbox.wire.practice import Practice
from tests.web.test_command import POSIX, Process, let_in, started
from tests.web.visiting import Visitor
from tests.web.walking import looked_at, press, until

ROWS, RATE = 300, 100
FLAGS = ("--rate", str(RATE), "--chunk-size", "10")


def roster(practice: Practice) -> str:
    """Give a file of people who hold no role yet."""
    holders = {one["userid"] for one in practice.state()["role_assignments"]}
    names = [user["username"] for user in practice.raw["users"] if user["id"] not in holders][10 : 10 + ROWS]
    return "\n".join(["username,role,course", *(f"{name},student,PHY101" for name in names)])


def students(practice: Practice) -> Counter[tuple[int, int, int]]:
    """Count who holds what, as often as it is held."""
    held = practice.state()["role_assignments"]
    return Counter((one["userid"], one["roleid"], one["contextid"]) for one in held)


def begun(visitor: Visitor, practice: Practice) -> str:
    """Send a slow run and wait until some of its rows are done; gives its address."""
    place, screen = looked_at(visitor, "list.csv", roster(practice))
    run = press(visitor, place, "send", screen)
    over = time.monotonic() + 60
    while not re.search(r'"done":[1-9]', visitor.get(f"{run}/state").text):
        assert time.monotonic() < over
        time.sleep(0.05)
    return run


def again(folder: Path, practice: Practice) -> AbstractContextManager[Process]:
    return started(folder, practice, *FLAGS, MOODLE_TOKEN=practice.token, BATCHROLES_SETTLE_PAUSE="1")


@POSIX
def test_a_run_goes_on_after_the_page_was_killed(tmp_path: Path, practice: Practice) -> None:
    """Killed in the middle of a run, the page shows it as stopped when it is back; then each row is done once."""
    before = students(practice)
    with again(tmp_path, practice) as process:
        run = begun(let_in(process), practice)
        os.kill(process.running.pid, signal.SIGKILL)
        process.running.communicate()
    done = students(practice) - before
    assert 0 < done.total() < ROWS
    with again(tmp_path, practice) as process:
        visitor = let_in(process)
        assert "stopped, can go on" in visitor.get("/runs").text
        screen = until(visitor, run, "still to be sent")
        assert press(visitor, run, "go-on", screen) == run
        until(visitor, run, "Everything is done.")
        assert process.end() == 0
    given = students(practice) - before
    assert (given.total(), set(given.values())) == (ROWS, {1})


@POSIX
def test_stop_and_go_on(tmp_path: Path, practice: Practice) -> None:
    """Stopped at the page, a run says how many rows are left; it goes on once, from whichever tab that is pressed."""
    before = students(practice)
    with again(tmp_path, practice) as process:
        visitor = let_in(process)
        run = begun(visitor, practice)
        press(visitor, run, "stop", visitor.get(run).text)
        screen = until(visitor, run, "still to be sent")
        left = ROWS - (students(practice) - before).total()
        assert f"Go on with {left} rows" in screen
        assert "Take it back" in screen
        press(visitor, run, "go-on", screen)
        press(visitor, run, "go-on", screen)
        until(visitor, run, "Everything is done.")
    given = students(practice) - before
    assert (given.total(), set(given.values())) == (ROWS, {1})


@POSIX
def test_a_site_that_goes_away_in_the_middle(tmp_path: Path, practice: Practice) -> None:
    """The run ends as stopped with the reason, and goes on when the site is back."""
    before = students(practice)
    with again(tmp_path, practice) as process:
        visitor = let_in(process)
        run = begun(visitor, practice)
        practice.change(lambda site: site.settings.__setitem__("maintenance_enabled", "1"))
        screen = until(visitor, run, "still to be sent")
        assert "maintenance" in screen
        practice.change(lambda site: site.settings.__setitem__("maintenance_enabled", "0"))
        press(visitor, run, "go-on", screen)
        until(visitor, run, "Everything is done.")
    given = students(practice) - before
    assert (given.total(), set(given.values())) == (ROWS, {1})


@POSIX
def test_what_was_done_is_taken_back_exactly(tmp_path: Path, practice: Practice) -> None:
    """Undo takes back what the run did and nothing else; pressed twice it is one and the same."""
    names = roster(practice).splitlines()
    with started(tmp_path, practice, MOODLE_TOKEN=practice.token) as process:
        visitor = let_in(process)
        place, screen = looked_at(visitor, "first.csv", "\n".join(names[:4]))
        until(visitor, press(visitor, place, "send", screen), "Everything is done.")
        before = students(practice)
        place, screen = looked_at(visitor, "all.csv", "\n".join(names))
        assert "Already so in Moodle" in screen
        run = press(visitor, place, "send", screen)
        screen = until(visitor, run, "Everything is done.")
        undo = press(visitor, run, "undo", screen)
        assert press(visitor, run, "undo", screen) == undo
        screen = until(visitor, undo, "taken away")
        back = press(visitor, undo, "send", screen, agreed="yes")
        until(visitor, back, "Everything is done.")
        assert students(practice) == before
        assert "taken back already" in until(
            visitor, press(visitor, run, "undo", visitor.get(run).text), "There is nothing to send"
        )
