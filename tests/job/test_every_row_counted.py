"""Whatever is planned, applied, killed, retried and undone, in any order: every row has exactly one status."""

import csv
import multiprocessing
import tempfile
import time
from contextlib import ExitStack
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from batchroles.client import Moodle, Retry
from batchroles.errors import RunError
from batchroles.job import Run, complete, retry, undo
from batchroles.job.planning import Checks
from batchroles.reporter import tally
from batchroles.sandbox import serve
from tests.job.helpers import PATIENCE, go_on, holdings, moodle_at, planned, recorded_site, saved, write_csv

pytestmark = pytest.mark.long

FAULTS = ["drop-after:0.05", "503:0.05", "half-answer:0.05"]
HEADER = ["action", "userid", "roleid", "courseid"]

rows = st.lists(
    st.tuples(
        st.sampled_from(["assign", "assign", "unassign", "", "lend"]),
        st.sampled_from([10, 11, 12, 13, 14, 15, 16, 99_999, "x"]),
        st.sampled_from([4, 5, 5, 13]),
        st.sampled_from([2, 3, 11, 999]),
    ),
    min_size=1,
    max_size=30,
)


def apply_slowly(folder: str, url: str, token: str) -> None:
    """Apply a run in a process that may be killed at any moment."""
    moodle = Moodle(url, token, retry=Retry(attempts=8, base=0.01, longest=0.05, settle_pause=0.05))
    go_on(Path(folder), moodle)


@pytest.fixture(scope="module")
def children() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.job.helpers"])
    return context


class Mayhem(RuleBasedStateMachine):
    """A registrar, a scheduler and a power cut at one keyboard."""

    children: ForkServerContext

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.practice = self.stack.enter_context(serve(recorded_site(), faults=FAULTS, seed=1))
        self.moodle = moodle_at(self.practice, PATIENCE)
        self.runs: list[Path] = []
        self.written: dict[Path, int] = {}

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()

    def _new(self) -> Path:
        return self.folder / f"run{len(self.runs)}"

    @rule(rows=rows, existing=st.booleans())
    def plan(self, rows: list[tuple[object, ...]], existing: bool) -> None:
        path = write_csv(self.folder / "input.csv", HEADER, rows)
        saved(self._new(), planned(path, self.moodle, existing=existing)).close()
        self.written[self._new()] = len(rows)
        self.runs.append(self._new())

    @precondition(lambda self: self.runs)
    @rule(choice=st.integers(0, 99))
    def apply(self, choice: int) -> None:
        go_on(self.runs[choice % len(self.runs)], self.moodle)

    @precondition(lambda self: self.runs)
    @rule(choice=st.integers(0, 99), delay=st.floats(0, 0.3))
    def kill(self, choice: int, delay: float) -> None:
        folder = self.runs[choice % len(self.runs)]
        child = self.children.Process(
            target=apply_slowly, args=(str(folder), self.practice.url, self.practice.token)
        )
        child.start()
        time.sleep(delay)
        child.kill()
        child.join()

    @precondition(lambda self: self.runs)
    @rule(choice=st.integers(0, 99))
    def retry(self, choice: int) -> None:
        with Run.open(self.runs[choice % len(self.runs)]) as run:
            try:
                again = retry(run, self.moodle, Checks(probe=False))
            except RunError:
                return  # it has no reports yet, nothing failed, or it is an undo
            failed = _rows(run.folder / "failed.csv")
        saved(self._new(), again).close()
        self.written[self._new()] = failed
        self.runs.append(self._new())

    @precondition(lambda self: self.runs)
    @rule(choice=st.integers(0, 99))
    def undo(self, choice: int) -> None:
        with Run.open(self.runs[choice % len(self.runs)]) as run:
            try:
                inverse = undo(run, self.moodle)
            except RunError:
                return  # it has done nothing yet
        saved(self._new(), inverse).close()
        self.runs.append(self._new())

    @invariant()
    def every_row_has_one_status(self) -> None:
        for folder in getattr(self, "runs", []):
            with Run.open(folder) as run:
                counted = tally(complete(run))
                assert counted.to_send == 0
                assert sum(counted.statuses.values()) == counted.rows
                assert counted.rows == self.written.get(folder, counted.rows)
                assert counted.done + counted.failed + counted.unknown + counted.unsent == counted.rows
                assert counted.file_rows == len(run.plan.table.cells)

    @invariant()
    def nothing_stands_twice(self) -> None:
        if hasattr(self, "practice"):
            holdings(self.practice)


def _rows(path: Path) -> int:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return len(list(csv.reader(file))) - 1


def test_input_is_the_sum_of_statuses_whatever_happens(children: ForkServerContext) -> None:
    """After any sequence of plan, apply, kill, retry and undo, each run accounts for each of its rows once."""
    Mayhem.children = children
    run_state_machine_as_test(
        Mayhem,
        settings=settings(
            max_examples=12,
            stateful_step_count=10,
            deadline=None,
            phases=[
                Phase.generate
            ],  # shrinking would take minutes, and a failure is printed as its steps anyway
            suppress_health_check=list(HealthCheck),
        ),
    )
