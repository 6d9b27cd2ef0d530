"""The journal: what it keeps, and what it refuses to believe."""

import os
import shutil
import signal
import sqlite3
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from batchroles.errors import RunError, TemporaryFailure
from batchroles.models import Code, Lines, Problem, Status
from batchroles.runs import Head, Journal, Ruling, Run
from batchroles.runs.database import FORMAT
from tests.job.helpers import id_roster, moodle_at, planned
from tests.runs.conftest import Desk

NO_USER = Problem(Code.USER_NOT_FOUND, "No such user: zoe.", "Mend the name.", "username", "zoe")
NO_ROLE = Problem(Code.ROLE_NOT_ASSIGNABLE, "Moodle refuses this role here.", "Ask.")
HEAD = Head(
    site="https://moodle.example.org",
    input_name="roster.csv",
    input_copy="input.csv",
    input_sha256="00" * 32,
    created=datetime(2026, 11, 22, 12, tzinfo=UTC),
    format="plain",
    read_as="rows of user, role and context",
    settings={"encoding": None, "column_map": {"Name": "user"}},
    notes=["2 user names were lower-cased"],
)


def plan_lines(count: int = 6) -> Lines:
    """Make the lines of a plan, the last of which is invalid."""
    return Lines.of(
        {
            "row": range(2, count + 2),
            "part": ["course1", "course2"] * (count // 2),
            "change": ["assign"] * (count - 2) + ["unassign"] * 2,
            "userid": range(10, count + 10),
            "roleid": [5] * count,
            "level": ["course"] * (count - 1) + [None],
            "instanceid": [7] * count,
            "status": [None] * (count - 1) + ["invalid"],
            "problem": [-1] * (count - 1) + [0],
            "same_as": [-1] * count,
            "held": [1, -1] * (count // 2),
            "origin": ["", "a difference"] * (count // 2),
        }
    )


def make(folder: Path, count: int = 6) -> Journal:
    return Journal.create(folder, HEAD, plan_lines(count), [NO_USER])


def at(*lines: int) -> npt.NDArray[np.int64]:
    return np.array(lines, "int64")


def test_a_plan_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """Head, lines and problems are the same after the file is closed and opened."""
    make(tmp_path).close()
    with Journal.open(tmp_path) as journal:
        assert journal.head == HEAD
        assert journal.book.problems == [NO_USER]
        pd.testing.assert_frame_equal(journal.lines().frame(), plan_lines().frame())
        assert journal.book.unanswered()[0].tolist() == []


def test_rulings_count_and_unanswered_lines_are_unknown(tmp_path: Path) -> None:
    """After a crash, confirmed and refused lines keep their status; lines without an answer are unknown."""
    with make(tmp_path) as journal:
        done = journal.book.intend("core_role_assign_roles", at(2, 0))
        journal.book.settle(done, "done", "", [Ruling(at(2, 0), Status.ASSIGNED)])
        refused = journal.book.intend("core_role_assign_roles", at(1))
        journal.book.settle(refused, "refused", "invalidparameter", [Ruling(at(1), Status.REFUSED, NO_ROLE)])
        lost = journal.book.intend("core_role_assign_roles", at(3))
        journal.book.settle(lost, "lost", "", [Ruling(at(3), Status.UNKNOWN, NO_ROLE)])
        journal.book.intend("core_role_unassign_roles", at(4))
    with Journal.open(tmp_path) as journal:
        lines = journal.lines().frame()
        assert lines["status"].astype(object).fillna("open").tolist() == [
            "assigned",
            "refused",
            "assigned",
            "unknown",
            "unknown",
            "invalid",
        ]
        assert lines["problem"].tolist() == [-1, 1, -1, 1, -1, 0]
        assert journal.book.problems == [NO_USER, NO_ROLE]
        unanswered, last = journal.book.unanswered()
        assert unanswered.tolist() == [3, 4]
        assert last is not None


def test_usage_adds_up_over_processes(tmp_path: Path) -> None:
    """Calls and seconds of earlier processes are kept and added to."""
    with make(tmp_path) as journal:
        journal.note_usage({"core_role_assign_roles": 3}, {"sending": 1.5})
    with Journal.open(tmp_path) as journal:
        journal.note_usage({"core_role_assign_roles": 2}, {"reporting": 0.25})
        assert journal.usage() == {
            "calls": {"core_role_assign_roles": 5},
            "seconds": {"sending": 1.5, "reporting": 0.25},
        }


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE columns SET numbers = (SELECT numbers FROM columns WHERE name = 'row') WHERE name = 'userid'",
        "UPDATE columns SET numbers = (SELECT numbers FROM columns WHERE name = 'level') WHERE name = 'status'",
        "UPDATE columns SET words = replace(words, 'unassign', 'assign') WHERE name = 'change'",
        "UPDATE columns SET words = replace(words, 'refused', 'assigned') WHERE name = 'status'",
        "UPDATE columns SET words = '[' WHERE name = 'part'",
        "UPDATE columns SET numbers = substr(numbers, 2) WHERE name = 'roleid'",
        "DELETE FROM columns WHERE name = 'same_as'",
        "UPDATE problems SET reason = 'Fine.'",
        "UPDATE meta SET value = replace(value, 'example.org', 'example.com') WHERE key = 'head'",
        "UPDATE verdicts SET status = 'unassigned'",
        "UPDATE verdicts SET lines = x'03000000'",
        "DROP TABLE verdicts",
        "DELETE FROM verdicts WHERE id = 1",
        "DELETE FROM verdicts WHERE id = 2",
        "DELETE FROM verdicts",
        "INSERT INTO verdicts SELECT 3, call, lines, status, problem FROM verdicts WHERE id = 1",
        "UPDATE verdicts SET id = 5 - id",
        "UPDATE verdicts SET id = 7 WHERE id = 2",
        "DELETE FROM calls WHERE id = 3",
        "UPDATE calls SET result = 'done' WHERE id = 3",
        "UPDATE calls SET answered = 0 WHERE id = 2",
        "UPDATE problems SET reason = 'Fine.' WHERE id = 1",
        "DELETE FROM problems WHERE id = 1",
        "UPDATE meta SET value = '9' WHERE key = 'verified'",
        "DELETE FROM meta WHERE key = 'verified'",
        "DELETE FROM meta WHERE key = 'sum'",
    ],
)
def test_an_edited_journal_is_refused(tmp_path: Path, tampering: str) -> None:
    """What was changed, taken out, added or put elsewhere by hand is never believed: rows, calls, verdicts, reasons."""
    with make(tmp_path) as journal:
        call = journal.book.intend("core_role_assign_roles", at(0))
        journal.book.settle(call, "done", "", [Ruling(at(0), Status.ASSIGNED)])
        refused = journal.book.intend("core_role_assign_roles", at(1))
        journal.book.settle(refused, "lost", "invalidparameter", [Ruling(at(1), Status.REFUSED, NO_ROLE)])
        journal.book.verified([])
        journal.book.intend("core_role_assign_roles", at(2))
    with sqlite3.connect(tmp_path / "run.db") as connection:
        connection.execute(tampering)
    connection.close()
    with pytest.raises(RunError, match="not believed"), Journal.open(tmp_path) as journal:
        journal.lines()


def test_a_journal_of_another_version_is_refused(tmp_path: Path) -> None:
    """A run of a version that this program does not know is refused with both versions."""
    make(tmp_path).close()
    with sqlite3.connect(tmp_path / "run.db") as connection:
        connection.execute("UPDATE meta SET value = '7' WHERE key = 'format'")
    connection.close()
    with pytest.raises(RunError, match=f"version 7 and this batchroles reads version {FORMAT}"):
        Journal.open(tmp_path)


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["run.db", "run.db-wal"])
@pytest.mark.parametrize("damage", ["cut", "zeroed", "flipped"])
def test_a_torn_journal_is_recovered_or_refused(tmp_path: Path, name: str, damage: str) -> None:
    """Torn at any byte, the journal gives the state of an earlier moment or a refusal; never a done row that is not."""
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    whole.mkdir()
    journal = make(whole, 600)
    for start in range(0, 400, 40):
        lines = np.arange(start, start + 40)
        call = journal.book.intend("core_role_assign_roles", lines)
        journal.book.settle(call, "done", "", [Ruling(lines, Status.ASSIGNED)])
    content = _files(whole)
    journal.close()
    size = len(content[name])
    rng = np.random.default_rng(7)
    recovered = 0
    for at_byte in [0, 1, 100, size - 1, *rng.integers(0, size, 60).tolist()]:
        shutil.rmtree(torn, ignore_errors=True)
        torn.mkdir()
        for other, data in content.items():
            if other != "run.db-shm":  # lives in memory only; SQLite makes it anew
                (torn / other).write_bytes(_torn(data, at_byte, damage) if other == name else data)
        try:
            with Journal.open(torn) as opened:
                found = opened.lines().frame()
        except (RunError, TemporaryFailure):  # the second where SQLite takes a short file for a broken disk
            continue
        recovered += 1
        status = found["status"].astype(object).fillna("open")
        assert len(found) == 600
        assert set(status[:400]) <= {"assigned", "unknown", "open"}
        assert status[400:].tolist() == ["open"] * 199 + ["invalid"]
    assert recovered or name == "run.db"


def _torn(data: bytes, at_byte: int, damage: str) -> bytes:
    if damage == "cut":
        return data[:at_byte]
    if damage == "zeroed":
        return data[:at_byte] + bytes(len(data) - at_byte)
    return data[:at_byte] + bytes([data[at_byte] ^ 0xFF]) + data[at_byte + 1 :]


def test_what_is_recorded_together_is_in_the_file_together_or_not_at_all(tmp_path: Path) -> None:
    """An answer and the calls that follow are one commit; where that fails, nothing of it counts, and the sum fits."""
    with make(tmp_path) as journal:
        first = journal.book.intend("core_role_assign_roles", at(0))
        with journal.book.together():
            journal.book.settle(first, "done", "", [Ruling(at(0), Status.ASSIGNED)])
            journal.book.intend("core_role_assign_roles", at(1))
            journal.book.intend("core_role_assign_roles", at(2))
            with Journal.open(tmp_path) as other:
                assert other.book.unanswered()[0].tolist() == [0]
        with pytest.raises(ZeroDivisionError), journal.book.together():
            1 // (journal.book.intend("core_role_assign_roles", at(3)) * 0)
        with journal.book.together():
            pass
        journal.book.intend("core_role_unassign_roles", at(4))
    with Journal.open(tmp_path) as journal:
        assert journal.lines().words("status", [0, 1, 2, 3, 4]) == [
            "assigned",
            "unknown",
            "unknown",
            "",
            "unknown",
        ]


@pytest.mark.skipif(sys.platform == "win32", reason="no limit can be put on the size of files there")
@pytest.mark.parametrize("together", [False, True])
def test_a_commit_that_fails_leaves_the_journal_as_it_was(tmp_path: Path, together: bool) -> None:
    """Where the disk is full at the COMMIT itself, nothing of it counts; what is recorded afterwards is believed."""
    import resource

    journal = make(tmp_path)
    book = journal.book
    book.intend("core_role_assign_roles", at(0))
    call = book.intend("core_role_assign_roles", at(1))
    log = (tmp_path / "run.db-wal").stat().st_size
    # Ignored, the signal leaves a write that fails; SQLite writes all at the end, so that only COMMIT does.
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log, hard))
    try:
        with (
            pytest.raises((TemporaryFailure, RunError)),
            book.together() if together else nullcontext(),
        ):
            book.settle(call, "refused", "invalidparameter", [Ruling(at(1), Status.REFUSED, NO_ROLE)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert journal.lines().words("status", [0, 1]) == ["unknown", "unknown"]
    book.settle(call, "refused", "invalidparameter", [Ruling(at(1), Status.REFUSED, NO_ROLE)])
    journal.close()
    with Journal.open(tmp_path) as journal:
        assert journal.lines().words("status", [0, 1]) == ["unknown", "refused"]
        assert journal.book.problems == [NO_USER, NO_ROLE]


def test_the_plan_is_in_the_file_itself(tmp_path: Path) -> None:
    """A copy of run.db alone, made while the run goes on, is a run with its whole plan."""
    with make(tmp_path) as journal:
        journal.book.intend("core_role_assign_roles", at(0))
        alone = tmp_path / "alone"
        alone.mkdir()
        shutil.copy(tmp_path / "run.db", alone)
    with Journal.open(alone) as journal:
        pd.testing.assert_frame_equal(journal.lines().frame(), plan_lines().frame())


@pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="only Linux tells which files a process has open"
)
@pytest.mark.parametrize("fault", ["the marker is a folder", "another version"])
def test_no_journal_stays_open_after_a_failure(tmp_path: Path, desk: Desk, fault: str) -> None:
    """A run that cannot be saved, or opened, has its journal closed: Windows would not delete or move its folder."""
    folder = tmp_path / "run"
    if fault == "another version":
        folder.mkdir()
        make(folder).close()
        with sqlite3.connect(folder / "run.db") as connection:
            connection.execute("UPDATE meta SET value = '7' WHERE key = 'format'")
        connection.close()
        with pytest.raises(RunError) as _refused:
            Run.open(folder)
    else:
        (folder / "planning.json").mkdir(parents=True)
        plan = planned(id_roster(tmp_path / "ids.csv", [10, 11], [2]), moodle_at(desk.practice))
        with pytest.raises(OSError, match=r"planning\.json") as _failed:
            Run.save(folder, plan)
    # While `_refused` and `_failed` keep the frames, nothing is closed by chance.
    opened = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
    assert [path for path in opened if str(folder) in path] == []
