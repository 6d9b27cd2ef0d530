"""A job from its first step to its last, as every door has it."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import samples
from batchroles.errors import Interrupted, RunError, SiteBusy, TemporaryFailure
from batchroles.job import Apply, Door, Job, PlanFile, Planned, PlanUndo, Turn
from batchroles.job.turn import lock_file
from batchroles.runs import LockFile, Runs
from batchroles.sandbox import serve
from batchroles.sandbox.site.release import NAMES
from batchroles.sender import Ended, Halt
from tests.job.helpers import holdings, moodle_at, recorded_site, statuses, write_csv

SAMPLE = Path(samples.__file__).parent / "roster.xlsx"
HEADER = ["username", "role", "course"]
ROWS = [("u18", "student", "C-NOMAN"), ("u21", "student", "C-NOMAN")]


def test_a_door_hears_of_the_plan_and_is_asked_before_anything_is_sent(tmp_path: Path) -> None:
    """The plan is shown, then the question put while others may have the site, then it is sent."""
    path = write_csv(tmp_path / "roster.csv", HEADER, ROWS)
    told: list[str] = []
    with serve(recorded_site()) as practice:
        moodle, before = moodle_at(practice), holdings(practice)

        def ask() -> bool:
            site = LockFile(lock_file(moodle.url))
            told.append(f"asked when {len(holdings(practice) - before)} were sent, site free: {site.take()}")
            site.let_go()
            return True

        def question(planned: Planned) -> Callable[[], bool]:
            told.append(f"{int(planned.plan.lines.is_open.sum())} to send")
            return ask

        door = Door(
            show=lambda planned: told.append(f"shown {len(planned.plan.lines)}"),
            question=question,
            progress=lambda what, done, total: told.append(f"{what} {done} of {total}"),
        )
        with Job(moodle, door) as job:
            account = job.done(PlanFile(path), tmp_path / "run", Apply())
        assert len(holdings(practice) - before) == account.summary.tally.done == 2
    said = [one for one in told if one.startswith(("shown", "asked", "2 to", "sending"))]
    assert said == ["shown 2", "2 to send", "asked when 0 were sent, site free: True", "sending 2 of 2"]


def test_a_no_leaves_nothing_but_the_word_that_there_was_one(tmp_path: Path) -> None:
    """Where the question is answered by no, nothing is sent, and there is no run that could be applied."""
    path = write_csv(tmp_path / "roster.csv", HEADER, ROWS)
    with serve(recorded_site()) as practice:
        before = holdings(practice)
        with (
            pytest.raises(Interrupted, match="answered by no"),
            Job(moodle_at(practice), Door(question=lambda _: lambda: False)) as job,
        ):
            job.done(PlanFile(path), tmp_path / "run", Apply())
        assert holdings(practice) == before
    with pytest.raises(RunError, match="answered by no"):
        Runs().find(str(tmp_path / "run"))


def test_the_site_is_held_from_before_it_is_read(tmp_path: Path) -> None:
    """A job that will send waits before it asks the site anything; one that only plans does not wait."""
    path = write_csv(tmp_path / "roster.csv", HEADER, ROWS)
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        with Turn(moodle) as turn:
            turn.take(tmp_path / "another")
            with pytest.raises(SiteBusy), Job(moodle, if_locked="fail") as job:
                job.done(PlanFile(path), tmp_path / "run", Apply())
            assert practice.calls() == {}
            with Job(moodle, if_locked="fail") as job:
                assert job.saved(PlanFile(path), tmp_path / "plan").summary.tally.to_send == 2


def test_a_file_without_rows_makes_a_run_and_an_undo_without_rows_makes_none(tmp_path: Path) -> None:
    """A file without rows ends as a run of none; what is taken back already leaves no folder."""
    empty = write_csv(tmp_path / "empty.csv", HEADER, [])
    path = write_csv(tmp_path / "roster.csv", HEADER, ROWS)
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)

        def done(task: PlanFile | PlanUndo, out: str) -> Path | None:
            with Job(moodle) as job:
                return job.done(task, tmp_path / out, Apply()).folder

        assert done(PlanFile(empty), "nothing") == tmp_path / "nothing"
        assert done(PlanFile(path), "run") == tmp_path / "run"
        assert done(PlanUndo(tmp_path / "run"), "undone") == tmp_path / "undone"
        assert done(PlanUndo(tmp_path / "run"), "again") is None
    assert (tmp_path / "nothing" / "summary.json").is_file()
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("version", NAMES)
def test_a_workbook_goes_in_and_out_again_on_each_moodle(tmp_path: Path, version: str) -> None:
    """From plan to reports every row ends alike on a 4.3 and a 5.1, verified; undo leaves the site as it was."""
    with serve(moodle=version) as practice:
        moodle, before = moodle_at(practice), holdings(practice)
        with Job(moodle) as job:
            account = job.done(PlanFile(SAMPLE), tmp_path / "run", Apply(verify=True))
        ended = Counter(code or status for _, status, code in statuses(tmp_path / "run"))
        added = len(holdings(practice) - before)
        with Job(moodle) as job:
            undone = job.done(PlanUndo(tmp_path / "run"), tmp_path / "undone", Apply())
        assert holdings(practice) == before
    assert (account.summary.tally.done, account.summary.tally.failed) == (490, 14)
    assert (added, undone.summary.tally.done) == (474, 474)
    assert ended == {
        "assigned": 474,
        "already": 13,
        "duplicate": 3,
        "bad-value": 3,
        "conflict": 2,
        "missing-value": 2,
        "role-unknown": 2,
        "user-not-found": 2,
        "context-not-found": 1,
        "role-ambiguous": 1,
        "user-mismatch": 1,
    }


@pytest.mark.parametrize(
    ("code", "kind", "said"), [(130, Interrupted, "interrupted"), (5, TemporaryFailure, "the time")]
)
def test_what_stopping_ends_before_anything_is_sent_says_so(
    tmp_path: Path, code: int, kind: type[Exception], said: str
) -> None:
    """A job that is stopped while names are looked up tells that, and not what became of the question under way."""
    path = write_csv(tmp_path / "roster.csv", HEADER, ROWS)
    halt = Halt()
    halt.ask(Ended(code, said))
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        moodle.stop.set()
        with pytest.raises(kind, match=f"^{said}; nothing was sent$"), Job(moodle, halt=halt) as job:
            job.planned(PlanFile(path))
