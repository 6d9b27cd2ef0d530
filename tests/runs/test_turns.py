"""Two different runs on one site: one of them at a time."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from batchroles.errors import RunError, SiteBusy, Skipped
from batchroles.job import IfLocked, Turn
from batchroles.job.turn import lock_file
from batchroles.sandbox import make_site, serve
from batchroles.sandbox.wire.practice import Practice
from tests import forked
from tests.job.helpers import id_roster, moodle_at
from tests.runs.conftest import Desk

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform == "win32", reason="other processes are held up by signals"),
]

SLOWLY = ("--rate", "20", "--chunk-size", "2", "--no-probe", "--no-check-existing")
FOR_LONG = ("--rate", "1", *SLOWLY[2:])
"""Longer than a test lasts: such a run is stopped."""


CHOICES: list[tuple[IfLocked, type[Exception]]] = [("fail", SiteBusy), ("skip", Skipped)]


def begun(practice: Practice, child: forked.Command) -> None:
    """Wait until a command has sent something."""
    while not practice.calls().get("core_role_assign_roles"):
        assert child.poll() is None, child.communicate()
        time.sleep(0.02)


def files(desk: Desk) -> None:
    id_roster(desk.folder / "first.csv", range(10, 60), [2])
    id_roster(desk.folder / "second.csv", range(10, 60), [2, 3])


def test_the_second_run_waits_for_the_first(desk: Desk) -> None:
    """It says whom it waits for, sends nothing until that one has ended, and does then what it was asked to."""
    files(desk)
    first = desk.start("assign", "first.csv", *SLOWLY)
    begun(desk.practice, first)
    said = desk.types("assign", "second.csv")
    assert first.wait() == 0
    assert "first" in said
    assert f"(process {first.pid}) works on {desk.practice.url}: waiting until it ends" in said
    first.communicate()
    held = [
        (row["userid"], row["roleid"], row["contextid"]) for row in desk.practice.state()["role_assignments"]
    ]
    assert len(held) == len(set(held))


@pytest.mark.parametrize(("choice", "code"), [("skip", 0), ("fail", 5)])
def test_the_second_run_ends_with_one_sentence_where_it_shall(desk: Desk, choice: str, code: int) -> None:
    """--if-locked skip is no failure and leaves nothing, fail is exit code 5, after which `last` is no older run."""
    files(desk)
    first = desk.start("assign", "first.csv", *FOR_LONG)
    begun(desk.practice, first)
    said = desk.types("assign", "second.csv", "--if-locked", choice, code=code)
    assert first.poll() is None
    assert len(said.splitlines()) == 1
    assert f"(process {first.pid}) works on {desk.practice.url}" in said
    first.send_signal(signal.SIGTERM)
    first.communicate()
    if choice == "skip":
        assert not list(desk.runs.glob("*-second"))
    else:
        assert "nothing was sent" in desk.types("apply", "last", code=2)


def test_waiting_can_be_stopped(desk: Desk) -> None:
    """Ctrl-C ends the wait with 130, --max-duration with 5, and the first run goes on."""
    files(desk)
    first = desk.start("assign", "first.csv", *FOR_LONG)
    begun(desk.practice, first)
    desk.types("assign", "second.csv", "--max-duration", "1s", code=5)
    second = desk.start("assign", "second.csv")
    while "waiting until it ends" not in second.stderr:
        assert second.poll() is None
        time.sleep(0.02)
    second.send_signal(signal.SIGINT)
    assert second.communicate()[1].splitlines()[-1] == "batchroles: interrupted; nothing was sent"
    assert second.returncode == 130
    first.send_signal(signal.SIGTERM)
    first.communicate()


def test_after_a_killed_run_the_next_one_waits_for_the_site(desk: Desk) -> None:
    """The kernel gives the lock back; calls of the dead run may still be at work, and are waited for, once."""
    files(desk)
    first = desk.start("assign", "first.csv", *FOR_LONG)
    begun(desk.practice, first)
    first.kill()
    first.communicate()
    said = desk.types("assign", "second.csv", "--settle-pause", "0.3")
    assert "earlier calls: their answers were never seen" in said
    assert "earlier calls" not in desk.types("assign", "second.csv", "--settle-pause", "0.3")


@pytest.mark.parametrize("words", [("apply", "last"), ("assign", "second.csv")])
def test_the_wait_counts_from_the_last_sign_of_life(desk: Desk, words: tuple[str, ...]) -> None:
    """A run that died long ago leaves nothing to wait for, neither to itself nor to the next one; one just now does."""
    files(desk)
    first = desk.start("assign", "first.csv", *FOR_LONG)
    begun(desk.practice, first)
    locks = list((desk.folder / "state" / "batchroles" / "sites").iterdir())
    assert len(locks) == 1
    begun_at = locks[0].stat().st_mtime
    while locks[0].stat().st_mtime == begun_at:
        assert first.poll() is None  # it leaves signs of life by itself
        time.sleep(0.05)
    first.kill()
    first.communicate()
    long_ago = time.time() - 3600
    os.utime(locks[0], (long_ago, long_ago))
    assert "earlier calls" not in desk.types(*words, "--settle-pause", "20")


def test_who_is_asked_does_not_keep_others_waiting(tmp_path: Path) -> None:
    """The site is free while a person is asked; where another run used it meanwhile, the plan is not sent."""
    with serve(make_site(users=30, courses=3, categories=1)) as practice:

        def used(if_locked: IfLocked = "fail") -> None:
            with Turn(moodle_at(practice), if_locked=if_locked) as other:
                other.take(tmp_path / "other")

        with Turn(moodle_at(practice)) as mine:
            mine.take(tmp_path / "mine")
            for if_locked, ended in CHOICES:
                with pytest.raises(ended):
                    used(if_locked)
            with mine.let_go():
                pass
            with pytest.raises(SiteBusy, match=r"worked on .* while you were asked"), mine.let_go():
                used()
        used()


def test_sites_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """The lock is one site's."""
    with serve() as one, serve() as two, Turn(moodle_at(one)) as first, Turn(moodle_at(two)) as second:
        first.take(tmp_path / "one")
        second.take(tmp_path / "two")


def test_the_lock_is_kept_where_nobody_else_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a state folder a private one among the temporary files serves; one that others can write to does not."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    kept = lock_file("https://moodle.example.org").parent
    assert kept.parent == tmp_path
    kept.chmod(0o777)
    with pytest.raises(RunError, match="XDG_STATE_HOME"):
        lock_file("https://moodle.example.org")
