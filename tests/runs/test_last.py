"""Which run is the last, and when nobody can say."""

import shutil
import signal
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from batchroles.errors import RunError
from batchroles.runs import Journal, Runs
from batchroles.sandbox import serve
from tests.job.helpers import id_roster, write_csv
from tests.runs.conftest import Desk
from tests.runs.test_journal import HEAD, plan_lines

pytestmark = pytest.mark.long

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def run_of(folder: Path, minutes: float, number: int) -> Path:
    """Make a run that was saved so long after noon, as the so manieth."""
    folder.mkdir(parents=True)
    head = replace(HEAD, created=NOON + timedelta(minutes=minutes), number=number)
    Journal.create(folder, head, plan_lines(), []).close()
    return folder


def test_last_goes_by_the_time_in_the_journal(tmp_path: Path) -> None:
    """Whatever the folders are called, the last run is the one that was saved last, within one second too."""
    run_of(tmp_path / "20261124-140000-b", 0, 1)
    newest = run_of(tmp_path / "20261124-110000-a", 0.001, 2)
    run_of(tmp_path / "zzz", -60, 0)
    (tmp_path / "zzzz").mkdir()
    (tmp_path / "zzzz" / "notes.txt").write_text("no run")
    assert Runs(tmp_path).find("last") == newest
    assert [path.name for path in Runs(tmp_path).all()] == ["zzz", "20261124-140000-b", "20261124-110000-a"]


@pytest.mark.parametrize(
    ("minutes", "number", "says"),
    [
        (-120, 9, "saved later .was the clock set back"),
        (5e6, 9, "still to come"),
    ],
)
def test_a_clock_that_was_wrong_leaves_the_last_run_uncertain(
    tmp_path: Path, minutes: float, number: int, says: str
) -> None:
    """Where time and order of saving disagree, or a run comes from the future, none is taken for the last."""
    run_of(tmp_path / "one", 0, 1)
    run_of(tmp_path / "two", minutes, number)
    with pytest.raises(RunError, match=says):
        Runs(tmp_path).find("last")
    assert Runs(tmp_path).find("one").name == "one"


@pytest.mark.parametrize("content", [b"", b"no database", None])
def test_a_run_that_cannot_be_read_leaves_the_last_run_uncertain(
    tmp_path: Path, content: bytes | None
) -> None:
    """A foreign or damaged run.db may be the newest: it is named, and can be deleted by its name."""
    run_of(tmp_path / "sound", 0, 1)
    damaged = run_of(tmp_path / "damaged", -5, 0) / "run.db"
    damaged.write_bytes(damaged.read_bytes()[:3000] if content is None else content)
    with pytest.raises(RunError, match="damaged cannot be read"):
        Runs(tmp_path).find("last")
    Runs(tmp_path).forget("damaged")
    assert Runs(tmp_path).find("last").name == "sound"


def test_a_folder_called_last_is_not_the_last_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`last` means the newest run also where a folder of that name holds another one."""
    monkeypatch.chdir(tmp_path)
    run_of(tmp_path / "last", -5, 0)
    newest = run_of(tmp_path / "batchroles-runs" / "roster", 0, 1)
    assert Runs().find("last").resolve() == newest


def test_what_ended_while_names_were_looked_up_is_never_an_older_run(desk: Desk) -> None:
    """After exit code 5, `last` is refused with the reason; the older run is neither applied, shown nor undone."""
    write_csv(desk.folder / "roster.csv", ["username", "role", "course"], [("nobody", "student", "none")])
    id_roster(desk.folder / "old.csv", [10, 11], [2])
    desk.types("plan", "old.csv")
    held = desk.held()
    desk.types("assign", "roster.csv", "--retry-for", "0", code=5, MOODLE_URL="http://127.0.0.1:9")
    for words in (["apply", "last"], ["show", "last"], ["undo", "last"], ["retry", "last", "--yes"]):
        said = desk.types(*words, code=2)
        assert "does not answer" in said
        assert "nothing was sent" in said
    assert desk.held() == held
    listed = desk.start("runs").communicate()[0].splitlines()
    assert [" open" in line or "nothing was sent" in line for line in listed] == [True, True]
    desk.types("runs", "--forget", "last", "--yes", code=2)
    desk.types("runs", "--forget", listed[-1].split()[0], "--yes")
    desk.types("apply", "last")
    assert desk.held() > held


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_was_stopped_while_names_were_looked_up_keeps_no_names(
    desk: Desk, number: signal.Signals
) -> None:
    """Stopped or killed while it is planned, a run leaves a folder that says so, and `last` does not mean another."""
    id_roster(desk.folder / "old.csv", [10, 11], [2])
    desk.types("plan", "old.csv")
    held = desk.held()
    write_csv(desk.folder / "new.csv", ["username", "role", "course"], [("a", "student", "b")])
    with serve(faults=["slow:1"]) as slow:
        child = desk.start("assign", "new.csv", MOODLE_URL=slow.url, MOODLE_TOKEN=slow.token)
        while not slow.calls():
            time.sleep(0.02)
        assert "is being planned by another process" in desk.types("apply", "last", code=2)
        child.send_signal(number)
        child.communicate()
    assert child.returncode == (-9 if number is signal.SIGKILL else 130)
    assert "nothing was sent" in desk.types("apply", "last", code=2)
    assert desk.held() == held
    if number is not signal.SIGKILL:
        assert [path.name for path in desk.runs.glob("*-new/*") if path.suffix == ".csv"] == []


def test_a_run_that_a_guard_stopped_is_applied_only_on_purpose(desk: Desk) -> None:
    """After --max-errors `apply last` is refused; --yes, or the run's name, sends the rest."""
    rows = [(10, 5, 2), (11, 5, 2), ("", 5, 2)]
    write_csv(desk.folder / "ids.csv", ["userid", "roleid", "courseid"], rows)
    desk.types("assign", "ids.csv", "--max-errors", "0", code=3)
    held = desk.held()
    assert "stopped by a guard" in desk.types("apply", "last", code=2)
    assert desk.held() == held
    (folder,) = desk.runs.iterdir()
    shutil.copytree(folder, desk.folder / "copy")
    desk.types("apply", "copy", code=1)
    desk.types("apply", "last", "--yes", code=1)


def test_a_run_made_elsewhere_is_the_last_one_too(desk: Desk) -> None:
    """A run whose folder --out named is the last run, as long as it is there."""
    id_roster(desk.folder / "ids.csv", [10], [2])
    desk.types("plan", "ids.csv")
    desk.types("plan", "ids.csv", "--out", "elsewhere")
    assert Runs(desk.runs).find("last") == (desk.folder / "elsewhere").resolve()
    shutil.rmtree(desk.folder / "elsewhere")
    assert Runs(desk.runs).find("last").parent == desk.runs
