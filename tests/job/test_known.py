"""Failures that the last run of a file had, too, are told from new ones."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from batchroles.client import Moodle
from batchroles.job import Apply, Run, apply, retry, shown
from batchroles.job.planning import Checks
from batchroles.models import ASSIGN, UNASSIGN, Change
from batchroles.reporter import Summary, summary_text
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from batchroles.sender import Ended, Guards, Halt
from tests.job.helpers import moodle_at, planned, recorded_site, saved, write_csv

HEADER = ["username", "role", "course"]
GOOD = ("u21", "student", "C-ART-201")
GONE = ("nobody", "student", "C-ART-201")
OTHER = ("anybody", "student", "C-ART-201")
REFUSED = ("u22", "nosuchrole", "C-ART-201")


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    with serve(recorded_site()) as practice:
        yield practice


@pytest.fixture
def moodle(practice: Practice) -> Moodle:
    practice.reset()
    return moodle_at(practice)


class Nights:
    """Runs of one file, night after night, in folders beside each other."""

    def __init__(self, folder: Path, moodle: Moodle) -> None:
        self._folder, self._moodle, self._count = folder, moodle, 0

    def run(
        self,
        rows: Sequence[Sequence[str]],
        name: str = "roster",
        change: Change = ASSIGN,
        *,
        only_new: bool = False,
        halt: Halt | None = None,
        verify: bool = False,
    ) -> Summary:
        path = write_csv(self._folder / f"{name}.csv", HEADER, rows)
        plan = planned(path, self._moodle, change)
        with saved(self.next(), plan) as run:
            return apply(run, self._moodle, Apply(Guards(), only_new=only_new, verify=verify), halt)

    def next(self) -> Path:
        self._count += 1
        return self._folder / "runs" / f"{self._count}"

    @property
    def last(self) -> Path:
        return self._folder / "runs" / f"{self._count}"


@pytest.fixture
def nights(tmp_path: Path, moodle: Moodle, monkeypatch: pytest.MonkeyPatch) -> Nights:
    monkeypatch.chdir(tmp_path)
    return Nights(tmp_path, moodle)


def told(summary: Summary) -> tuple[int, int, str | None, int]:
    content = summary.to_dict()
    return content["new"], content["known"], content["compared_with"], content["exit_code"]


def test_failures_are_new_or_known(nights: Nights) -> None:
    """A failure is known where the last run had it, wherever its row stands; one that was mended and is back is new."""
    assert told(nights.run([GOOD, GONE, REFUSED])) == (2, 0, None, 1)
    summary = nights.run([REFUSED, GONE, GONE, OTHER])
    assert told(summary) == (1, 3, "1", 1)
    assert summary.closing_line() == "0 done, 4 failed (1 new, 3 known) of 4"
    assert told(nights.run([GOOD])) == (0, 0, "2", 0)
    assert told(nights.run([GONE])) == (1, 0, "3", 1)


def test_new_failures_are_the_ones_that_are_shown(nights: Nights) -> None:
    """Of failed rows the new ones are told in full, on the terminal and whenever the run is shown again."""
    nights.run([GOOD, GONE])
    nights.run([GOOD, GONE, OTHER])
    with Run.look(nights.last) as run:
        plan, summary = shown(run)
    text = summary_text(plan, summary)
    assert "anybody" in text
    assert "nobody" not in text
    assert told(summary) == (1, 1, "1", 1)


def test_only_new_failures_count_where_that_is_asked_for(nights: Nights) -> None:
    """With only_new the exit code is 0 where all failures are known, and 1 where one is new."""
    assert nights.run([GONE], only_new=True).exit_code == 1
    assert told(nights.run([GONE], only_new=True)) == (0, 1, "1", 0)
    with Run.look(nights.last) as run:
        assert shown(run)[1].exit_code == 0
    assert nights.run([GONE]).exit_code == 1
    assert nights.run([GONE, OTHER], only_new=True).exit_code == 1


def test_what_else_a_run_ends_with_stays(nights: Nights) -> None:
    """A run that was stopped keeps its exit code though all its failures are known, and is compared with by none."""
    nights.run([GONE])
    halt = Halt()
    halt.ask(Ended(130, "interrupted"))
    assert told(nights.run([GOOD, GONE, OTHER], only_new=True, halt=halt)) == (1, 1, "1", 130)
    assert told(nights.run([GONE, OTHER])) == (1, 1, "1", 1)


def test_runs_of_another_kind_are_not_compared_with(nights: Nights, moodle: Moodle) -> None:
    """Another file's runs, those that take away, and retries are each compared with their own kind only."""
    nights.run([GONE])
    assert told(nights.run([GONE], name="other"))[2] is None
    assert told(nights.run([GONE], change=UNASSIGN))[2] is None
    with Run.open(nights.last) as run:
        again = retry(run, moodle, Checks())
    with saved(nights.next(), again) as run:
        assert told(apply(run, moodle))[2] is None
    assert told(nights.run([GONE]))[2] == "1"


def test_a_run_that_goes_on_is_compared_with_the_same_one(nights: Nights, moodle: Moodle) -> None:
    """What a run is compared with is chosen once: a run in between, or that one being forgotten, changes nothing."""
    nights.run([GONE])
    halt = Halt()
    halt.ask(Ended(130, "interrupted"))
    nights.run([GOOD, GONE, OTHER], halt=halt)
    stopped = nights.last
    nights.run([GONE, OTHER])
    shutil.rmtree(stopped.with_name("1"))
    with Run.open(stopped) as run:
        assert told(apply(run, moodle)) == (1, 1, "1", 1)


def test_a_plan_is_compared_with_what_was_before_it(nights: Nights, moodle: Moodle, tmp_path: Path) -> None:
    """A plan that is applied late is not compared with a run that was planned after it."""
    early = planned(write_csv(tmp_path / "roster.csv", HEADER, [GONE]), moodle)
    saved(nights.next(), early).close()
    late = nights.last
    nights.run([GONE])
    with Run.open(late) as run:
        assert told(apply(run, moodle))[2] is None


def test_a_site_of_its_own(nights: Nights, practice: Practice) -> None:
    """Runs on another site are not compared with."""
    nights.run([GONE])
    with serve(practice.raw) as elsewhere:
        away = moodle_at(elsewhere)
        path = write_csv(nights.last.parent.parent / "roster.csv", HEADER, [GONE])
        with saved(nights.next(), planned(path, away)) as run:
            assert told(apply(run, away))[2] is None
