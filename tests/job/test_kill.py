"""Runs that are killed, really killed, and gone on with."""

import json
import random
import signal
import time
from pathlib import Path

import pytest

from batchroles.client import Moodle
from batchroles.errors import RunError
from batchroles.job import Run
from batchroles.models import Status
from batchroles.sandbox import make_site, serve
from batchroles.sandbox.wire.practice import Practice
from tests import forked
from tests.job.helpers import holdings, moodle_at, planned, run_through, saved, write_csv

pytestmark = pytest.mark.long

KILLS = 50
ROWS = 20_000
CHUNK_SIZE = 25
MOST_CALLS = 6
"""Calls that a run has made when it is killed: by count and not by time, so that the machine's speed is no matter. The
run needs 800 calls and the kills let it make 300, and a few that are under way."""
FAULTS = ["drop-after:0.03", "drop-before:0.03", "503:0.03", "slow:0.01"]


def roster(path: Path) -> Path:
    """Write 20,000 rows of ids: 500 users in 40 courses, one user who does not exist, one role that is forbidden."""
    rows = [(user, 5, course) for course in range(2, 42) for user in range(10, 505)]
    rows += [(999_999, 5, course) for course in range(2, 42)]
    rows += [(user, 14, 2) for user in range(10, 170)]
    assert len(rows) == ROWS
    return write_csv(path, ["userid", "roleid", "courseid"], rows)


def apply_in_child(folder: Path, moodle: Moodle, token: str, *flags: str) -> forked.Command:
    words = [
        "apply",
        str(folder),
        "--settle-pause",
        "0.2",
        "--retry-for",
        "8",
        "--chunk-size",
        str(CHUNK_SIZE),
    ]
    environment = {"MOODLE_URL": moodle.url, "MOODLE_TOKEN": token}
    return forked.start([*words, *flags], folder.parent, environment)


def wait_for_calls(practice: Practice, child: forked.Command, calls: int) -> None:
    """Wait until the site was asked to assign so many times more, or the process has ended."""
    function = "core_role_assign_roles"
    begun = practice.calls().get(function, 0)
    while practice.calls().get(function, 0) < begun + calls and child.poll() is None:
        time.sleep(0.01)


def believed(folder: Path) -> set[tuple[int, int, int]]:
    """Give (user id, role id, course id) of the rows that the journal calls assigned."""
    with Run.look(folder) as run:
        lines = run.journal.lines().frame()
    done = lines[lines["status"] == Status.ASSIGNED]
    return set(done[["userid", "roleid", "instanceid"]].itertuples(index=False, name=None))


def held(practice: Practice) -> set[tuple[int, int, int]]:
    """Give (user id, role id, course id) of the site's assignments in courses."""
    courses = {course["contextid"]: course["id"] for course in practice.raw["courses"]}
    return {
        (user, role, courses[context]) for user, role, context, _ in holdings(practice) if context in courses
    }


def test_a_run_killed_fifty_times_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    """After 50 SIGKILLs under faults, site and reports are those of an undisturbed run, and no report ever lied."""
    site = make_site(users=600, courses=60, categories=6)
    path = roster(tmp_path / "roster.csv")
    with serve(site) as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "calm", planned(path, moodle), moodle)
        wanted = holdings(practice)
    chance = random.Random(5)
    stormy = tmp_path / "stormy"
    with serve(site, faults=FAULTS, seed=5) as practice:
        moodle = moodle_at(practice)
        saved(stormy, planned(path, moodle)).close()
        for kill in range(KILLS):
            child = apply_in_child(stormy, moodle, practice.token, "--rate", "600")
            wait_for_calls(practice, child, chance.randint(0, MOST_CALLS))
            time.sleep(chance.uniform(0, 0.1))
            child.send_signal(signal.SIGKILL)
            assert child.wait() == -signal.SIGKILL, f"the run ended before kill {kill + 1}"
            if kill % 5 == 0:
                assert believed(stormy) <= held(practice)
        for _ in range(10):
            if apply_in_child(stormy, moodle, practice.token).wait() == 1:
                break
        assert holdings(practice) == wanted
    for name in ("success.csv", "failed.csv"):
        assert (stormy / name).read_bytes() == (tmp_path / "calm" / name).read_bytes()
    with Run.open(stormy) as run:
        assert run.journal.lines().ended_as(Status.ASSIGNED).sum() == 495 * 40


def test_ctrl_c_finishes_the_calls_under_way_and_apply_goes_on(tmp_path: Path) -> None:
    """SIGINT, SIGTERM and SIGHUP end a run with exit code 130 and complete reports; nothing under way is left open."""
    path = roster(tmp_path / "roster.csv")
    with serve(make_site(users=600, courses=60, categories=6)) as practice:
        moodle = moodle_at(practice)
        saved(tmp_path / "run", planned(path, moodle)).close()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            child = apply_in_child(tmp_path / "run", moodle, practice.token, "--rate", "500")
            wait_for_calls(practice, child, 5)
            child.send_signal(number)
            assert child.wait() == 130
            with Run.open(tmp_path / "run") as run:
                lines = run.journal.lines()
            assert not lines.ended_as(Status.UNKNOWN).any()
            assert 0 < lines.ended_as(Status.ASSIGNED).sum() < 19_800
            assert believed(tmp_path / "run") <= held(practice)
            counted = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
            assert counted["unsent"] == counted["pending"] == lines.is_open.sum()
            assert counted["done"] + counted["failed"] + counted["unsent"] == ROWS
            assert ",unsent," not in (tmp_path / "run" / "failed.csv").read_text(encoding="utf-8-sig")
        assert apply_in_child(tmp_path / "run", moodle, practice.token).wait() == 1


def test_the_second_ctrl_c_ends_it_now(tmp_path: Path) -> None:
    """While the site keeps a call waiting, the second Ctrl-C ends the command without waiting for it."""
    path = write_csv(tmp_path / "ids.csv", ["userid", "roleid", "courseid"], [(10, 5, 2)])
    with serve(faults=["slow:1"]) as practice:
        moodle = moodle_at(practice)
        saved(tmp_path / "run", planned(path, moodle)).close()
        child = apply_in_child(tmp_path / "run", moodle, practice.token)
        while not practice.calls().get("core_role_assign_roles"):
            time.sleep(0.02)
        child.send_signal(signal.SIGINT)
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        assert child.wait() == 130
        with Run.open(tmp_path / "run") as run:
            assert run.journal.lines().by_status() == {"unknown": 1}
        assert apply_in_child(tmp_path / "run", moodle, practice.token).wait() == 0


def test_a_damaged_journal_is_refused_by_the_command(tmp_path: Path) -> None:
    """A journal that is cut short is refused with a sentence and exit code 2, not with a traceback."""
    path = write_csv(tmp_path / "ids.csv", ["userid", "roleid", "courseid"], [(10, 5, 2)])
    with serve() as practice:
        moodle = moodle_at(practice)
        run = saved(tmp_path / "run", planned(path, moodle))
        run.close()
        journal = tmp_path / "run" / "run.db"
        journal.write_bytes(journal.read_bytes()[:5000])
        assert apply_in_child(tmp_path / "run", moodle, practice.token).wait() == 2
        with pytest.raises(RunError, match="not believed"):
            Run.open(tmp_path / "run")
