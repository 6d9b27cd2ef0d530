"""What is forgotten after so many days, and what stays; in folders as the page makes them."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from batchroles.client import Moodle
from batchroles.runs import Lock
from batchroles.web.desk import Desk
from batchroles.web.forgetting import forget, kept_until
from batchroles.web.office import Office
from batchroles.web.proposals import Kind, Proposals
from batchroles.web.work import Work

SITE = "http://127.0.0.1:9"
NOW = datetime.now(UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Give a desk with one person's folder, `1-2`."""
    (tmp_path / "1-2" / "runs").mkdir(parents=True)
    return Desk(Office(SITE, lambda token: Moodle(SITE, token), tmp_path, keep=30))


def person(desk: Desk) -> Path:
    return desk.office.folder / "1-2"


def proposal(desk: Desk, days: int, kind: Kind = "file", *, run: str = "", sent: str = "") -> Path:
    """Make a proposal with which something happened so many days ago."""
    proposals = Proposals(person(desk) / "proposals")
    one = proposals.begin(kind, "rows.csv", suffix=".csv", run=run)
    if one.stored:
        proposals.file(one).write_text("username\n", encoding="utf-8")
    proposals.write(one.changed(sent=sent))
    return aged(proposals.place(one.id), days)


def run(desk: Desk, name: str, days: int) -> Path:
    """Make a run's folder, of which nothing can be read: that is no reason to keep it."""
    folder = person(desk) / "runs" / name
    folder.mkdir()
    (folder / "run.db").write_text("damaged", encoding="utf-8")
    return aged(folder, days)


def aged(folder: Path, days: int) -> Path:
    when = (NOW - timedelta(days=days)).timestamp()
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (when, when))
    return folder


def test_what_is_old_is_forgotten_whatever_its_state(desk: Desk) -> None:
    """A file that was never sent, a run, and one that cannot be read go after so many days; what is younger stays."""
    old = [proposal(desk, 31), run(desk, "damaged", 31)]
    young = [proposal(desk, 29), run(desk, "new", 29)]
    assert sorted(forget(desk)) == sorted(old)
    assert [path.exists() for path in [*old, *young]] == [False, False, True, True]


def test_a_file_and_its_run_go_together(desk: Desk) -> None:
    """What belongs together goes when something happened with none of it for so long."""
    sent = run(desk, "sent", 31)
    given = proposal(desk, 40, sent="sent")
    again = proposal(desk, 29, "retry", run="sent")
    assert forget(desk) == []
    aged(again, 31)
    assert sorted(forget(desk)) == sorted([sent, given, again])


def test_a_run_stays_while_its_undo_does(desk: Desk) -> None:
    """A run stays for its undo, which needs it, and the undo for the run, which would else seem to stand still."""
    first = run(desk, "first", 90)
    proposal(desk, 80, "undo", run="first", sent="taken-back")
    undo = run(desk, "taken-back", 10)
    assert forget(desk) == []
    aged(undo, 31)
    aged(first, 10)
    assert forget(desk) == []
    aged(first, 31)
    assert len(forget(desk)) == 3


def test_what_is_worked_on_stays(desk: Desk) -> None:
    """Neither a run in this process nor one in the hands of another is taken."""
    here, there = run(desk, "here", 90), run(desk, "there", 90)
    checked = proposal(desk, 90)
    over = Event()
    with Moodle(SITE, "a" * 32) as moodle:

        def wait(_work: Work, _moodle: Moodle) -> None:
            over.wait(60)

        desk.works.begin(("run", person(desk), "here"), moodle, wait)
        desk.works.begin(("check", person(desk), checked.name, 1), moodle, wait)
        with Lock(there):
            assert forget(desk) == []
        over.set()
        desk.works.stop_all(10)
    assert len(forget(desk)) == 3
    assert not here.exists()


def test_a_lock_is_no_event(desk: Desk) -> None:
    """Who only looks at a run, and takes its lock for that, does not keep it."""
    old = run(desk, "old", 31)
    with Lock(old):
        pass
    assert forget(desk) == [old]


def test_nothing_is_left_of_somebody_who_has_nothing(desk: Desk) -> None:
    """With the last thing goes the person's folder; what is not ours in the office's folder stays."""
    run(desk, "old", 31)
    (desk.office.folder / "web.lock").touch()
    outside = desk.office.folder.parent / "outside"
    (outside / "runs" / "old").mkdir(parents=True, exist_ok=True)
    aged(outside, 90)
    (desk.office.folder / "link").symlink_to(outside)
    forget(desk)
    assert sorted(path.name for path in desk.office.folder.iterdir()) == ["link", "web.lock"]
    assert (outside / "runs" / "old").exists()


def test_until_when_something_is_kept(desk: Desk) -> None:
    """The moment that people are told is so many days after the last event with anything that belongs to it."""
    sent = run(desk, "sent", 20)
    proposal(desk, 25, sent="sent")
    until = kept_until(person(desk), sent, 30)
    assert abs(until - (NOW + timedelta(days=10))) < timedelta(minutes=1)
