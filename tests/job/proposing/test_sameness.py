"""What was looked at is what is sent, or nothing is."""

from pathlib import Path

import pytest

from batchroles.client import Moodle
from batchroles.job import Apply, Door, Job, PlanFile, Planned, PlanUndo
from batchroles.job.proposing import PlanChangedError, same, unless_changed
from batchroles.job.turn import lock_file
from batchroles.loader.layouts import FormatOptions
from batchroles.models import UNASSIGN
from batchroles.runs import LockFile
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import holdings
from tests.job.proposing.helpers import HEADER, proposed, text_file

ROWS = ["u18,student,C-NOMAN", "u21,student,C-NOMAN", "zz,student,C-NOMAN"]


def plan_of(moodle: Moodle, path: Path) -> Planned:
    with Job(moodle) as job:
        return job.planned(PlanFile(path))


def assign(moodle: Moodle, path: Path) -> None:
    with Job(moodle) as job:
        job.done(PlanFile(path), None, Apply())


def take_away(moodle: Moodle, path: Path) -> None:
    """Take away what a file gave."""
    with Job(moodle, runs=path.parent / "theirs") as job:
        job.done(PlanFile(path, understanding=FormatOptions(change=UNASSIGN)), None, Apply())


def test_the_same_plan_is_sent_with_the_site_held_all_along(
    tmp_path: Path, practice: Practice, moodle: Moodle
) -> None:
    """Where nothing has changed the plan is sent; when they are compared nobody else can have the site."""
    path = text_file(tmp_path / "list.csv", ",".join(HEADER), *ROWS)
    shown, before, free = plan_of(moodle, path), holdings(practice), list[bool]()

    def question(fresh: Planned) -> None:
        free.append(LockFile(lock_file(moodle.url)).take())
        unless_changed(shown)(fresh)

    with Job(moodle, Door(question=question), runs=tmp_path / "mine") as job:
        account = job.done(PlanFile(path), None, Apply())
    assert free == [False]
    assert len(holdings(practice) - before) == account.summary.tally.done == 2
    assert account.folder is not None
    assert account.folder.parent == tmp_path / "mine"


def test_a_plan_that_has_changed_is_not_sent_and_leaves_no_run(
    tmp_path: Path, practice: Practice, moodle: Moodle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else took a role away that was there: it is told which row is another now, and nothing is sent."""
    monkeypatch.chdir(tmp_path)
    path = text_file(tmp_path / "list.csv", ",".join(HEADER), *ROWS)
    other = text_file(tmp_path / "other.csv", ",".join(HEADER), ROWS[1])
    assign(moodle, other)
    shown = plan_of(moodle, path)
    take_away(moodle, other)
    before = holdings(practice)
    door = Door(question=unless_changed(shown))
    with (
        pytest.raises(PlanChangedError, match="1 row is not what was shown") as caught,
        Job(moodle, door, runs=tmp_path / "mine") as job,
    ):
        job.done(PlanFile(path), tmp_path / "mine" / "run", Apply())
    assert holdings(practice) == before
    assert not (tmp_path / "mine" / "run").exists()
    assert not [*tmp_path.glob("mine/*")]
    (one,) = caught.value.differences.told
    assert (one.row, one.place, one.what, one.before, one.now) == (3, "row 3", "status", "already", "")
    assert not same(caught.value.fresh, plan_of(moodle, path))


def test_what_others_did_meanwhile_just_so_keeps_nobody_from_sending(
    tmp_path: Path, practice: Practice, moodle: Moodle
) -> None:
    """A role that somebody else has given in the meantime is already there: the rest is sent, and undo leaves it."""
    path = text_file(tmp_path / "list.csv", ",".join(HEADER), *ROWS)
    shown = plan_of(moodle, path)
    assign(moodle, text_file(tmp_path / "other.csv", ",".join(HEADER), ROWS[1]))
    before = holdings(practice)
    with Job(moodle, Door(question=unless_changed(shown)), runs=tmp_path / "mine") as job:
        account = job.done(PlanFile(path), None, Apply())
    assert account.folder is not None
    with Job(moodle, runs=tmp_path / "mine") as job:
        job.done(PlanUndo(account.folder), None, Apply())
    assert holdings(practice) == before


def test_rows_that_came_or_went_are_told(tmp_path: Path, moodle: Moodle) -> None:
    """A plan with other rows is another one, by each row that is new and each that is gone."""
    short = proposed(text_file(tmp_path / "list.csv", ",".join(HEADER), *ROWS[:2]), moodle)
    long = proposed(text_file(tmp_path / "list.csv", ",".join(HEADER), *ROWS), moodle)
    assert [(one.what, one.row) for one in same(short, long).told] == [("new", 4)]
    assert [(one.what, one.row) for one in same(long, short).told] == [("gone", 4)]
    other = proposed(text_file(tmp_path / "list.csv", ",".join(HEADER), "u18,teacher,C-COH", ROWS[1]), moodle)
    found = same(short, other)
    assert found.lines == 1
    assert [one.what for one in found.told] == ["roleid", "instanceid"]
