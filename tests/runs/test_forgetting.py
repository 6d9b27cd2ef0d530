"""Old runs are forgotten, and only those that nobody needs any more."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from batchroles.errors import InputError
from batchroles.models import Status
from batchroles.runs import Journal, Lock, Ruling, Runs
from batchroles.runs.forgetting import moment_of, old_runs
from tests.cli.conftest import shell  # noqa: F401 - a fixture
from tests.cli.running import Shell
from tests.runs.test_journal import HEAD, plan_lines

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
RUNS = Path("batchroles-runs")


def run_of(
    folder: Path, created: datetime = LONG_AGO, undoes: str = "", *, open_rows: bool = False, **head: Any
) -> Path:
    """Make a run, all of whose rows came to an end unless some shall be open."""
    folder.mkdir(parents=True)
    lines = plan_lines()
    with Journal.create(folder, replace(HEAD, created=created, undoes=undoes, **head), lines, []) as journal:
        if not open_rows:
            journal.book.verified([Ruling(np.arange(len(lines)), Status.ALREADY)])
    return folder


def kept(runs: Path, before: datetime = datetime(2024, 6, 1, tzinfo=UTC)) -> dict[str, str]:
    """Give the old runs, and why each stays, by their names."""
    return {old.entry.folder.name: old.kept for old in old_runs(Runs(runs), before)}


def test_an_age() -> None:
    """An age is days or weeks; anything else is refused with how it is written."""
    assert abs(datetime.now(UTC) - timedelta(days=14) - moment_of("2w")) < timedelta(minutes=1)
    assert abs(datetime.now(UTC) - timedelta(days=90) - moment_of(" 90d ")) < timedelta(minutes=1)
    for age in ("90", "d", "-1d", "1m", "999999d", ""):
        with pytest.raises(InputError, match="write days or weeks, as 90d or 12w"):
            moment_of(age)


def test_what_is_over_for_long_can_go(tmp_path: Path) -> None:
    """A run counts by when something became of it last, not by when it was planned."""
    run_of(tmp_path / "old")
    run_of(tmp_path / "new", datetime(2024, 7, 1, tzinfo=UTC))
    with Journal.open(run_of(tmp_path / "worked-on")) as journal:
        journal.note_reports({"when": "2024-07-01T12:00:00+00:00"})
    assert kept(tmp_path) == {"old": ""}


def test_what_is_not_over_stays(tmp_path: Path) -> None:
    """A run with rows to be sent, one that a process works on, and one that cannot be read stay."""
    run_of(tmp_path / "plan", open_rows=True)
    run_of(tmp_path / "damaged")
    (tmp_path / "damaged" / "run.db").write_bytes(b"no database")
    with Lock(run_of(tmp_path / "busy")):
        found = kept(tmp_path)
    assert found["plan"] == "has 5 rows that are still to be sent"
    assert found["busy"] == "is in the hands of another process"
    assert found["damaged"].startswith("cannot be read (")
    assert len(found) == 3


def test_an_undo_stays_as_long_as_what_it_took_back(tmp_path: Path) -> None:
    """An old undo stays while its run is there, and so does an undo of that undo; they go together."""
    day = timedelta(days=1)
    first = run_of(tmp_path / "first", open_rows=True)
    run_of(tmp_path / "undo", LONG_AGO + day, "first")
    run_of(tmp_path / "redo", LONG_AGO + 2 * day, "undo")
    run_of(tmp_path / "of-one-that-is-gone", LONG_AGO + day, "gone")
    assert kept(tmp_path) == {
        "first": "has 5 rows that are still to be sent",
        "undo": "takes back first, which stays",
        "redo": "takes back undo, which stays",
        "of-one-that-is-gone": "",
    }
    with Journal.open(first) as journal:
        journal.book.verified([Ruling(np.arange(len(journal.lines())), Status.ALREADY)])
    assert set(kept(tmp_path).values()) == {""}


def test_the_last_run_of_a_sync_stays(tmp_path: Path) -> None:
    """The ledger of a sync may not have taken in yet what its last run did; those before that can go."""
    for number in range(3):
        run_of(tmp_path / f"{number}", LONG_AGO + timedelta(number), sync={"name": "students"})
    run_of(tmp_path / "other", sync={"name": "staff"})
    assert kept(tmp_path) == {
        "0": "",
        "1": "",
        "2": "is the last of the sync students",
        "other": "is the last of the sync staff",
    }


@pytest.mark.skipif(os.name == "nt", reason="making links needs a right on Windows")
def test_nothing_outside_is_touched(tmp_path: Path, shell: Shell) -> None:  # noqa: F811
    """A run elsewhere that is pointed or linked to stays, and so does what a link inside a run leads to."""
    elsewhere, linked = run_of(tmp_path / "elsewhere"), run_of(tmp_path / "linked")
    old = run_of(RUNS / "old")
    (RUNS / "x.elsewhere").write_bytes(os.fsencode(elsewhere))
    (RUNS / "link").symlink_to(linked)
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("x")
    (old / "inside").symlink_to(tmp_path / "precious")
    ended = shell.run("runs", "--older-than", "0d", "--forget", "--yes")
    assert ended.code == 0
    assert set(ended.out.splitlines()) == {
        "batchroles-runs/link stays: it stands elsewhere.",
        "batchroles-runs/old is gone.",
        f"{elsewhere} stays: it stands elsewhere.",
    }
    assert not old.exists()
    assert (tmp_path / "precious" / "file").is_file()
    assert (elsewhere / "run.db").is_file()
    assert (linked / "run.db").is_file()


def test_a_person_is_asked(shell: Shell) -> None:  # noqa: F811
    """Without --forget it is only said what would go; with it a person is asked, unless --yes."""
    run_of(RUNS / "old")
    run_of(RUNS / "open", open_rows=True)
    listed = shell.run("runs", "--older-than", "30d")
    assert listed.out.splitlines() == [
        "old  6 already",
        "open  1 invalid, 5 open; stays: it has 5 rows that are still to be sent",
    ]
    assert listed.err == "1 run of 2 would be forgotten with --forget\n"
    refused = shell.run("runs", "--older-than", "30d", "--forget", stdin="n\n")
    assert (refused.code, "Delete 1 run with all that it holds?" in refused.err) == (130, True)
    assert (RUNS / "old").is_dir()
    told = json.loads(shell.run("runs", "--older-than", "30d", "--forget", "--yes", "--json").out)
    assert [(one["run"], one["kept"]) for one in told] == [
        ("old", None),
        ("open", "has 5 rows that are still to be sent"),
    ]
    assert [path.name for path in RUNS.iterdir()] == ["open"]
    assert shell.run("runs", "--forget", "open", "--yes").out == "batchroles-runs/open is gone.\n"


def test_forget_wants_to_know_what(shell: Shell) -> None:  # noqa: F811
    """--forget alone, and with both a run and an age, is wrong usage: nothing is deleted by a word too few."""
    run_of(RUNS / "old")
    for words in (["--forget"], ["--forget", "--yes"], ["--forget", "old", "--older-than", "1d", "--yes"]):
        assert shell.run("runs", *words).code == 2
    assert (RUNS / "old").is_dir()
