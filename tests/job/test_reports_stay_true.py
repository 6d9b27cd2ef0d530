"""Report files that a kill left old or half replaced, and files that somebody has edited."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchroles.job import Checks, Run, edited, renew, retry
from batchroles.reporter import Files
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import (
    id_roster,
    moodle_at,
    planned,
    recorded_site,
    run_through,
    saved,
    statuses,
    write_csv,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills are told from signals")

DIES_AT_THE_THIRD_RENAME = """
import os, pathlib, signal
from batchroles.reporter import results
renamed = []
def replace(path, target, replace=pathlib.Path.replace):
    if len(renamed) == {after}:
        os.kill(os.getpid(), signal.SIGKILL)
    renamed.append(target)
    return replace(path, target)
pathlib.Path.replace = replace
from batchroles.cli import main
main()
"""


@pytest.fixture
def practice() -> Iterator[Practice]:
    with serve(recorded_site()) as running:
        yield running


def batchroles(practice: Practice, folder: Path, *words: str, after: int | None = None) -> tuple[int, str]:
    """Run a command; it is killed when it has put `after` files in place. Gives its exit code and what it said."""
    code = "from batchroles.cli import main; main()"
    if after is not None:
        code = DIES_AT_THE_THIRD_RENAME.format(after=after)
    environment = {**os.environ, "MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token}
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    return done.returncode, done.stdout + done.stderr


def roster(folder: Path) -> Path:
    rows = [
        ("u21", "student", "C-ART-201"),
        ("nobody", "student", "C-ART-201"),
        ("u22", "student", "C-ART-201"),
    ]
    return write_csv(folder / "roster.csv", ["username", "role", "course"], rows)


def killed_run(folder: Path, practice: Practice, after: int) -> Path:
    """Apply a run that is killed when it has put so many of its reports in place."""
    moodle = moodle_at(practice)
    saved(folder / "run", planned(roster(folder), moodle)).close()
    code, said = batchroles(practice, folder, "apply", "run", after=after)
    assert code == -signal.SIGKILL, said
    return folder / "run"


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_reports_that_a_kill_left_unfinished_are_written_when_the_run_is_shown(
    tmp_path: Path, practice: Practice, after: int
) -> None:
    """Whichever report was in place when the process was killed, show writes them all and says what they say."""
    folder = killed_run(tmp_path, practice, after)
    code, said = batchroles(practice, tmp_path, "show", "run", "--json")
    assert code == 0, said
    assert json.loads(said) == json.loads((folder / "summary.json").read_text("utf-8"))
    assert (json.loads(said)["done"], json.loads(said)["failed"]) == (2, 1)
    assert statuses(folder) == [(2, "assigned", ""), (3, "invalid", "user-not-found"), (4, "assigned", "")]
    assert not list(folder.glob("*edited*"))


def test_reports_of_an_earlier_state_are_not_believed(tmp_path: Path, practice: Practice) -> None:
    """A run that was stopped, reported, gone on with and killed: retry sees what is done now, not the old files."""
    path = id_roster(tmp_path / "ids.csv", range(10, 20), [2, 3])
    moodle = moodle_at(practice)
    saved(tmp_path / "run", planned(path, moodle)).close()
    code, said = batchroles(practice, tmp_path, "apply", "run", "--max-duration", "0s")
    assert (code, json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))["unsent"]) == (5, 20), (
        said
    )
    assert batchroles(practice, tmp_path, "apply", "run", after=0)[0] == -signal.SIGKILL
    code, said = batchroles(practice, tmp_path, "retry", "run")
    assert (code, "nothing failed in run" in said) == (2, True), said
    assert json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))["done"] == 20
    code, said = batchroles(practice, tmp_path, "show", "run")
    assert "20 done, 0 failed of 20" in said


def test_a_guard_that_stopped_a_run_is_still_said_when_it_is_shown(
    tmp_path: Path, practice: Practice
) -> None:
    """What show says of a run, its exit code and notes too, is what its summary.json says."""
    moodle = moodle_at(practice)
    run_through(tmp_path / "run", planned(roster(tmp_path), moodle), moodle, max_errors="0")
    code, said = batchroles(practice, tmp_path, "show", "run", "--json")
    assert (code, json.loads(said)["exit_code"], json.loads(said)["pending"]) == (0, 3, 2)
    shown, written = json.loads(said), json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))
    as_called = {"input": "roster.csv", "files": {}}
    assert {**shown, **as_called} == {**written, **as_called}


def test_an_edited_file_is_told_from_an_old_one_and_is_never_lost(tmp_path: Path, practice: Practice) -> None:
    """Edits do not make reports old; where newer reports replace an edited file, it is put aside and that is said."""
    moodle = moodle_at(practice)
    run_through(tmp_path / "run", planned(roster(tmp_path), moodle), moodle)
    failed, mended = (
        tmp_path / "run" / "failed.csv",
        "\ufeffusername,role,course,_row\nu23,student,C-ART-201,3\n",
    )
    failed.write_text(mended, encoding="utf-8")
    with Run.open(tmp_path / "run") as run:
        assert (edited(run), renew(run)) == ([failed], [])
        assert failed.read_text("utf-8") == mended
    code, said = batchroles(practice, tmp_path, "apply", "run")
    assert (code, failed.read_text("utf-8")) == (1, mended), (
        "the failures are the same: so is what mends them"
    )
    Files.inside(tmp_path / "run").success.unlink()
    failed.write_text(mended, encoding="utf-8")
    (tmp_path / "run" / "results.xlsx").write_bytes(b"mine")
    code, said = batchroles(practice, tmp_path, "show", "run")
    assert (
        "note: results.xlsx had been edited, and a newer one was to be written: the edited one is now" in said
    )
    assert (tmp_path / "run" / "results.edited.xlsx").read_bytes() == b"mine"
    assert failed.read_text("utf-8") == mended


def test_a_run_at_work_is_shown_as_it_stands_and_its_files_are_left_alone(
    tmp_path: Path, practice: Practice
) -> None:
    """While another process works on a run, show tells of the rows, says whose hands it is in, and writes nothing."""
    path = id_roster(tmp_path / "ids.csv", range(10, 30), [2, 3])
    moodle = moodle_at(practice)
    saved(tmp_path / "run", planned(path, moodle)).close()
    environment = {**os.environ, "MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token}
    command = [
        sys.executable,
        "-m",
        "batchroles",
        "apply",
        str(tmp_path / "run"),
        "--rate",
        "0.5",
        "--chunk-size",
        "1",
    ]
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not practice.calls().get("core_role_assign_roles"):
            time.sleep(0.05)
        code, said = batchroles(practice, tmp_path, "show", "run")
        assert (code, "unsent of 40" in said, f"process {child.pid}" in said) == (0, True, True), said
        assert not (tmp_path / "run" / "failed.csv").exists()
    finally:
        child.kill()
        child.wait()


def test_retry_of_edits_that_are_old_says_so(tmp_path: Path, practice: Practice) -> None:
    """Where rows have moved on since failed.csv was edited, retry keeps the edits beside and asks to look at both."""
    moodle = moodle_at(practice)
    run_through(tmp_path / "run", planned(roster(tmp_path), moodle), moodle, max_errors="0")
    (tmp_path / "run" / "results.xlsx").write_bytes(b"mine")
    assert batchroles(practice, tmp_path, "apply", "run", after=0)[0] == -signal.SIGKILL
    # The kill came after the edited file was put aside: nothing of it is lost, and retry may go on.
    assert (tmp_path / "run" / "results.edited.xlsx").read_bytes() == b"mine"
    (tmp_path / "run" / "results.xlsx").write_bytes(b"mine, too")
    code, said = batchroles(practice, tmp_path, "retry", "run")
    assert (code, "results.edited1.xlsx. Look at both, then run the command again" in said) == (2, True), said
    with Run.open(tmp_path / "run") as run:
        assert retry(run, moodle, Checks(probe=False)).plan.lines.frame()["status"].tolist() == ["invalid"]
