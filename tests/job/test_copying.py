"""The input is copied first: what happens to the file afterwards does not matter."""

import os
import threading
from pathlib import Path

import pytest

from batchroles.errors import InputError
from batchroles.job import Run, apply
from batchroles.runs.copying import copied
from batchroles.sandbox import make_site, serve
from tests.job.helpers import moodle_at, planned, write_csv

HEADER = ["username", "role", "course"]


def test_a_file_saved_while_names_are_looked_up_changes_nothing(tmp_path: Path) -> None:
    """Results, the copy and what was sent are of the file as it was given, though it was saved in the middle."""
    site = make_site(users=60, courses=12, categories=3)
    first, second = [str(user["username"]) for user in site["users"][20:22]]
    course = site["courses"][3]["shortname"]
    path = write_csv(tmp_path / "roster.csv", HEADER, [(first, "student", course)])

    class Saver:
        """Saves the file with another name in it at the first answer of the site."""

        def answered(self, function: str, seconds: float) -> None:  # noqa: ARG002 - an observer's signature
            write_csv(path, HEADER, [(second, "student", course)])

        def retrying(self, function: str, reason: str, pause: float) -> None:
            raise AssertionError(f"{function}: {reason}, {pause}")

    with serve(site) as practice:
        moodle = moodle_at(practice)
        moodle.observer = Saver()
        plan = planned(path, moodle)
        (tmp_path / "run").mkdir()
        with Run.save(tmp_path / "run", plan) as run:
            apply(run, moodle)
    assert second in path.read_text()
    for name in ("input.csv", "success.csv"):
        said = (tmp_path / "run" / name).read_text(encoding="utf-8-sig")
        assert (first in said, second in said) == (True, False)


def test_a_file_that_changes_while_it_is_copied_is_refused(tmp_path: Path) -> None:
    """A file that somebody is writing is no file to go by: one sentence, and no copy of it is used."""
    path = tmp_path / "roster.csv"
    path.write_bytes(b"username,role,course\n" * 2_000_000)
    done = threading.Event()

    def touch() -> None:
        moment = 0
        while not done.is_set():
            moment += 1
            os.utime(path, ns=(moment, moment))

    writer = threading.Thread(target=touch)
    writer.start()
    try:
        with pytest.raises(InputError, match=r"roster\.csv was changed while it was read"):
            copied(path)
    finally:
        done.set()
        writer.join()


def test_what_is_wrong_with_a_file_names_the_file_and_not_its_copy(tmp_path: Path) -> None:
    """A sentence about the content says where the user's own file stands; no copy remains."""
    path = write_csv(tmp_path / "colours.csv", ["colour", "size"], [("red", 3)])
    with serve() as practice, pytest.raises(InputError) as refused:
        planned(path, moodle_at(practice))
    assert str(path) in str(refused.value)
    assert "input.csv" not in str(refused.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_a_pipe_is_refused(tmp_path: Path) -> None:
    """A pipe can be read only once and has no end that can be trusted: it is refused by name, at once."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="pipe is not a file"):
        copied(tmp_path / "pipe")
