"""Applying runs against a practice site: what lands, what stops a run, and how it goes on."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from batchroles.client import Answer
from batchroles.errors import RunError
from batchroles.job import Apply, Run, apply, make_plan, retry, undo
from batchroles.job.planning import Checks
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from batchroles.models import ASSIGN, UNASSIGN, Status
from batchroles.runs import Head, Runs
from batchroles.sandbox import serve
from batchroles.sender import Halt
from tests.job.helpers import (
    PATIENCE,
    go_on,
    holdings,
    id_roster,
    moodle_at,
    nameless,
    one_row_a_call,
    planned,
    planned_calmly,
    recorded_site,
    run_through,
    saved,
    statuses,
    write_csv,
)

SAMPLE = Path(__file__).parents[2] / "samples" / "roster.xlsx"


def test_the_sample_lands_as_a_loop_of_one_row_a_call_would_land_it(tmp_path: Path) -> None:
    """The roster's assignments are on the site as if each good row had been sent alone, and no other."""
    with serve() as practice:
        moodle = moodle_at(practice)
        plan = planned(SAMPLE, moodle, probe=True)
        summary = run_through(tmp_path / "run", plan, moodle)
        batch = holdings(practice)
    with serve() as practice:
        lines = plan.plan.lines.frame()
        good = lines[lines["status"].isna() & (lines["change"] == ASSIGN.word)]
        rows = good[["userid", "roleid", "level", "instanceid"]].itertuples(index=False, name=None)
        assert set(one_row_a_call(practice, rows)) == {""}
        removed = moodle_at(practice)
        gone = lines[lines["status"].isna() & (lines["change"] == UNASSIGN.word)]
        keys = gone[["userid", "roleid", "level", "instanceid"]].itertuples(index=False, name=None)
        removed.change(UNASSIGN, list(keys))
        assert holdings(practice) == batch
    assert (summary.tally.done, summary.tally.failed, summary.exit_code) == (490, 14, 1)


def test_bad_rows_are_refused_alone_and_good_ones_land(tmp_path: Path) -> None:
    """Unknown users and forbidden places are found inside large calls, as one row a call would find them."""
    rows = [(user, 5, "course", course) for course in (2, 3, 4, 999, 11) for user in range(10, 30)]
    rows += [(4711, 5, "course", 2), (4711, 3, "course", 3), (12, 13, "course", 2), (12, 5, "coursecat", 2)]
    header = ["userid", "roleid", "contextlevel", "instanceid"]
    path = write_csv(tmp_path / "ids.csv", header, rows)
    with serve(recorded_site()) as practice:
        codes = one_row_a_call(practice, rows)
        alone = holdings(practice)
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle), moodle)
        assert holdings(practice) == alone
    words = {
        "": ("assigned", ""),
        "invalidparameter": ("refused", "role-not-assignable"),
        "codingerror": ("refused", "user-not-found"),
    }
    gone = ("refused", "context-not-found")
    assert statuses(tmp_path / "run") == [
        (row, *(gone if course == 999 else words[code]))
        for row, (code, (_, _, _, course)) in enumerate(zip(codes, rows, strict=True), 2)
    ]


def test_a_second_run_of_the_same_file_changes_nothing(tmp_path: Path) -> None:
    """Where it was read who has the roles, a second run sends nothing, and every row is already so."""
    path = id_roster(tmp_path / "ids.csv", range(10, 20), [2, 3])
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "one", planned(path, moodle), moodle)
        before = holdings(practice)
        sent = practice.calls()["core_role_assign_roles"]
        run_through(tmp_path / "two", planned(path, moodle, existing=True), moodle)
        assert holdings(practice) == before
        assert practice.calls()["core_role_assign_roles"] == sent
    assert {status for _, status, _ in statuses(tmp_path / "two")} == {"already"}


def test_a_role_that_cohort_sync_gives_is_not_reported_as_removed(tmp_path: Path) -> None:
    """Moodle answers success when it leaves a cohort's role in place; the row is refused, held-by-enrolment."""
    path = id_roster(tmp_path / "ids.csv", [23, 24, 10], [11])
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle, UNASSIGN), moodle)
    assert statuses(tmp_path / "run") == [
        (2, "refused", "held-by-enrolment"),
        (3, "refused", "held-by-enrolment"),
        (4, "unassigned", ""),
    ]


def test_verify_reports_what_moodle_does_not_show(tmp_path: Path) -> None:
    """A role that is gone again when --verify looks is refused, not-seen, though its call was confirmed."""
    path = id_roster(tmp_path / "ids.csv", range(10, 14), [2])
    with serve(recorded_site()) as practice:
        moodle, other = moodle_at(practice), moodle_at(practice)
        plan = planned(path, moodle)
        with saved(tmp_path / "run", plan) as run:

            class Meddler:
                """Takes one role away as soon as it is assigned."""

                def answered(self, function: str, seconds: float) -> None:  # noqa: ARG002 - an observer's signature
                    if function == "core_role_assign_roles":
                        other.change(UNASSIGN, [(12, 5, "course", 2)])

                def retrying(self, function: str, reason: str, pause: float) -> None:
                    raise AssertionError(f"{function}: {reason}, {pause}")

            moodle.observer = Meddler()
            summary = apply(run, moodle, Apply(verify=True))
    assert [found for found in statuses(tmp_path / "run") if found[1] != "assigned"] == [
        (4, "refused", "not-seen")
    ]
    assert summary.notes == ["4 of 4 rows were read back from Moodle."]


def test_a_forbidden_role_is_known_before_anything_is_sent(tmp_path: Path) -> None:
    """The probe finds the pairs that Moodle would refuse, writes nothing, and gives the real rows' refusal."""
    rows = [(user, role, course) for role in (5, 13, 1) for course in (2, 12, 999) for user in (10, 11)]
    path = write_csv(tmp_path / "ids.csv", ["userid", "roleid", "courseid"], rows)
    with serve(recorded_site()) as practice:
        before = holdings(practice)
        moodle = moodle_at(practice)
        probed = (
            planned(path, moodle, probe=True)
            .plan.lines.frame()["status"]
            .astype(object)
            .fillna("open")
            .tolist()
        )
        assert holdings(practice) == before
        codes = one_row_a_call(practice, [(user, role, "course", course) for user, role, course in rows])
    assert probed == ["refused" if code else "open" for code in codes]
    assert "refused" in probed
    assert "open" in probed


def test_the_probe_asks_for_many_pairs_in_few_calls(tmp_path: Path) -> None:
    """Where every pair is allowed, 180 of them are asked for in five calls and none is written."""
    with serve() as practice:
        path = id_roster(tmp_path / "ids.csv", [100], list(range(2, 62)))
        rows = [(100, role, course) for role in (3, 4, 5) for course in range(2, 62)]
        write_csv(path, ["userid", "roleid", "courseid"], rows)
        plan = planned(path, moodle_at(practice), probe=True)
        assert plan.plan.lines.frame()["status"].isna().all()
        calls = practice.calls()
    assert calls.get("core_role_unassign_roles") == 5
    assert "core_role_assign_roles" not in calls


def test_rows_that_may_mean_the_same_place_are_not_sent_against_each_other(tmp_path: Path) -> None:
    """Assigning in a course and unassigning in its context id are a conflict: the two may be the same place."""
    rows = [
        ("assign", 6, 4, "course:id=2"),
        ("unassign", 6, 4, "context:67"),
        ("assign", 10, 4, "context:67"),
    ]
    path = write_csv(tmp_path / "ids.csv", ["action", "userid", "roleid", "context"], rows)
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle), moodle)
    assert statuses(tmp_path / "run") == [
        (2, "invalid", "conflict"),
        (3, "invalid", "conflict"),
        (4, "assigned", ""),
    ]


def test_a_site_that_fails_while_reading_back_leaves_reports(tmp_path: Path) -> None:
    """What was confirmed is reported as done even where it cannot be read back; exit code 5 and a note say so."""
    path = id_roster(tmp_path / "ids.csv", [10, 11], [2])
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        plan = nameless(planned(path, moodle))
        with saved(tmp_path / "run", plan) as run:
            inner = moodle._transport

            class Failing:
                """Answers changes of roles, and 503 to everything else."""

                def post(self, url: str, body: bytes, *, timeout: tuple[float, float]) -> Answer:
                    if b"core_role" in body:
                        return inner.post(url, body, timeout=timeout)
                    return Answer(503, {}, b"")

                def close(self) -> None:
                    """Nothing is open."""

            moodle._transport = Failing()
            summary = apply(run, moodle, Apply(verify=True))
    assert (summary.exit_code, summary.tally.statuses) == (5, {"assigned": 2})
    assert summary.notes == ["2 rows that Moodle confirmed have not been read back."]
    assert statuses(tmp_path / "run") == [(2, "assigned", "not-verified"), (3, "assigned", "not-verified")]


def test_removals_are_read_back_once(tmp_path: Path) -> None:
    """Applying a finished run again reads nothing back and turns nothing: later changes on the site are not its own."""
    path = id_roster(tmp_path / "ids.csv", [10, 11], [2])
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle, UNASSIGN), moodle)
        moodle.change(ASSIGN, [(10, 5, "course", 2)])
        read = practice.calls()["core_enrol_get_enrolled_users_with_capability"]
        assert go_on(tmp_path / "run", moodle).tally.statuses == {"unassigned": 2}
        assert practice.calls()["core_enrol_get_enrolled_users_with_capability"] == read


def test_too_many_errors_stop_the_run_and_the_rest_is_unsent(tmp_path: Path) -> None:
    """--max-errors counts refused rows, stops with exit code 3, and apply can still go on."""
    bad = [(90_000 + n, 5, 2) for n in range(40)]
    good = [(user, 5, course) for course in (3, 4, 5) for user in range(10, 30)]
    path = write_csv(tmp_path / "ids.csv", ["userid", "roleid", "courseid"], [*bad, *good])
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice, workers=1)
        summary = run_through(
            tmp_path / "run", planned(path, moodle), moodle, max_errors="10%", chunk_size=20
        )
        assert summary.exit_code == 3
        assert summary.tally.statuses["refused"] == 11
        assert summary.tally.statuses["unsent"] > 0
        assert go_on(tmp_path / "run", moodle).tally.statuses == {"assigned": 60, "refused": 40}


def test_a_deadline_leaves_the_rest_unsent(tmp_path: Path) -> None:
    """When the time is over no further call begins: exit code 5, every row unsent, and apply goes on."""
    path = id_roster(tmp_path / "ids.csv", range(10, 20), [2, 3])
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        summary = run_through(tmp_path / "run", planned(path, moodle), moodle, halt=Halt(until=0.0))
        assert (summary.exit_code, summary.tally.statuses) == (5, {"unsent": 20})
        assert go_on(tmp_path / "run", moodle).exit_code == 0


@pytest.mark.parametrize(
    ("fault", "exit_code", "status"),
    [("503:1", 5, "unsent"), ("maintenance:1", 5, "unsent"), ("drop-before:1", 5, "unknown")],
)
def test_a_site_that_is_away_leaves_rows_to_go_on_with(
    tmp_path: Path, fault: str, exit_code: int, status: str
) -> None:
    """A site that does not answer ends the run with exit code 5; when it is back, apply finishes it."""
    path = id_roster(tmp_path / "ids.csv", range(10, 20), [2])
    with serve(recorded_site(), faults=[fault]) as practice:
        moodle, port = moodle_at(practice), int(practice.url.rpartition(":")[2])
        summary = run_through(tmp_path / "run", planned_calmly(path, practice), moodle)
        assert (summary.exit_code, summary.tally.statuses) == (exit_code, {status: 10})
    with serve(recorded_site(), port=port) as practice:
        summary = go_on(tmp_path / "run", moodle_at(practice))
        assert (summary.exit_code, summary.tally.statuses) == (0, {"assigned": 10})


def test_a_revoked_token_stops_the_run_at_once(tmp_path: Path) -> None:
    """When the site stops knowing the token, what was confirmed stays done, the rest is unsent, exit code 4."""
    path = id_roster(tmp_path / "ids.csv", range(10, 30), list(range(2, 6)))
    with serve(recorded_site(), faults=["token-revoked-after:3"]) as practice:
        moodle = moodle_at(practice, workers=1)
        plan = planned_calmly(path, practice)
        summary = run_through(tmp_path / "run", plan, moodle, chunk_size=10)
        confirmed = practice.calls()["core_role_assign_roles"] - 1
    assert summary.exit_code == 4
    assert confirmed >= 1
    assert summary.tally.statuses == {"assigned": 10 * confirmed, "unsent": 80 - 10 * confirmed}


@pytest.mark.parametrize(
    "faults", [["drop-after:0.5"], ["half-answer:0.4", "503:0.2"], ["drop-before:0.5", "429:0.1"]]
)
def test_lost_answers_are_settled_and_nothing_is_done_twice(tmp_path: Path, faults: list[str]) -> None:
    """Whatever answers get lost, after enough applies every row is done once and reported once."""
    path = id_roster(tmp_path / "ids.csv", range(10, 40), [2, 3, 4, 5])
    with serve(recorded_site()) as practice:
        one_row_a_call(
            practice, [(user, 5, "course", course) for course in (2, 3, 4, 5) for user in range(10, 40)]
        )
        wanted = holdings(practice)
    with serve(recorded_site(), faults=faults, seed=3) as practice:
        moodle = moodle_at(practice)
        summary = run_through(tmp_path / "run", planned(path, moodle), moodle, chunk_size=7)
        for _ in range(20):
            if summary.exit_code != 5:
                break
            summary = go_on(tmp_path / "run", moodle)
        assert holdings(practice) == wanted
    deleted = 33  # an account of the site that was deleted: its rows are refused
    assert summary.tally.statuses == {"assigned": 116, "refused": 4}
    assert {row for row, status, _ in statuses(tmp_path / "run") if status == "refused"} == {
        2 + deleted - 10 + 30 * course for course in range(4)
    }


def test_a_run_is_refused_for_another_site_or_an_edited_input(tmp_path: Path) -> None:
    """Ids of one site mean other people on another; a changed input has other rows: neither is sent."""
    path = id_roster(tmp_path / "ids.csv", [10], [2])
    with serve(recorded_site()) as practice, serve(recorded_site()) as other:
        run_through(tmp_path / "run", planned(path, moodle_at(practice)), moodle_at(practice))
        with pytest.raises(RunError, match="ids mean other people there"):
            go_on(tmp_path / "run", moodle_at(other))
        (tmp_path / "run" / "input.csv").write_text("userid,roleid,courseid\n11,5,2\n", encoding="utf-8")
        with pytest.raises(RunError, match="is not the file that this run was planned from"):
            go_on(tmp_path / "run", moodle_at(practice))


def test_an_old_plan_wants_a_yes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that is older than a day is applied only by someone who says yes to it."""
    path = id_roster(tmp_path / "ids.csv", [10], [2])
    to_json = Head.to_json
    aged = datetime.now(UTC) - timedelta(days=3)
    monkeypatch.setattr(Head, "to_json", lambda head: to_json(type(head)(**{**vars(head), "created": aged})))
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        saved(tmp_path / "run", planned(path, moodle)).close()
        with Run.open(tmp_path / "run") as run:
            with pytest.raises(RunError, match="was planned on"):
                apply(run, moodle)
            assert apply(run, moodle, Apply(even_if_old=True)).exit_code == 0


def test_two_processes_cannot_apply_one_run(tmp_path: Path) -> None:
    """While another process holds the run, applying it is refused and that process is named; it may die at will."""
    path = id_roster(tmp_path / "ids.csv", [10], [2])
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        with saved(tmp_path / "run", planned(path, moodle)) as run:
            run.close()
            hold = (
                "import pathlib, time; from batchroles.runs import Lock\n"
                f"with Lock(pathlib.Path({str(run.folder)!r})):\n"
                "    print(1, flush=True); time.sleep(60)"
            )
            holder = subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE)
            assert holder.stdout is not None
            holder.stdout.readline()
            with pytest.raises(RunError, match=f"in the hands of process {holder.pid}"):
                Run.open(run.folder)
            with pytest.raises(RunError, match=f"in the hands of process {holder.pid}"):
                Runs(tmp_path).forget("run")
            with Run.look(run.folder) as seen:
                assert seen.name == "run"
            holder.kill()
            holder.wait()
            holder.stdout.close()
            assert go_on(run.folder, moodle).exit_code == 0
            with Run.open(run.folder):
                assert (run.folder / "run.lock").read_text(encoding="utf-8") == f"{os.getpid()}\n"


def test_retry_sends_what_was_mended_in_failed_csv(tmp_path: Path) -> None:
    """Rows mended in the failed file are looked up afresh and sent as a new run; the others fail again."""
    rows = [("u01", "student", "C-NOMAN"), ("u2", "student", "C-NOMAN"), ("u99", "student", "C-NOMAN")]
    path = write_csv(tmp_path / "roster.csv", ["username", "role", "course"], rows)
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle), moodle)
        failed = tmp_path / "run" / "failed.csv"
        failed.write_bytes(failed.read_bytes().replace(b"u2,", b"u03,"))
        with Run.open(tmp_path / "run") as run:
            again = retry(run, moodle, Checks())
        summary = run_through(tmp_path / "again", again, moodle)
    assert summary.tally.statuses == {"assigned": 1, "invalid": 1}
    assert Status.ASSIGNED in summary.tally.statuses


def test_retry_keeps_the_words_for_roles(tmp_path: Path) -> None:
    """A word that --role-map translated in a run means the same in its retry."""
    rows = [("u18", "Tutor", "C-NOMAN"), ("u1", "Tutor", "C-NOMAN")]
    path = write_csv(tmp_path / "roster.csv", ["username", "role", "course"], rows)
    with serve(recorded_site()) as practice:
        moodle = moodle_at(practice)
        plan = make_plan(
            path, moodle, ReadingOptions(), FormatOptions(), Checks(role_map={"Tutor": "editingteacher"})
        )
        run_through(tmp_path / "run", plan, moodle)
        failed = tmp_path / "run" / "failed.csv"
        failed.write_bytes(failed.read_bytes().replace(b"u1,", b"u19,"))
        before = holdings(practice)
        with Run.open(tmp_path / "run") as run:
            again = retry(run, moodle, Checks())
        run_through(tmp_path / "again", again, moodle)
        (added,) = holdings(practice) - before
    assert added[1] == 3


def test_what_cannot_be_retried_or_undone_yet_says_so(tmp_path: Path) -> None:
    """Rows without an answer are settled first; an undo is gone on with, not retried; nothing failed, no retry."""
    path = id_roster(tmp_path / "ids.csv", [10], [9])
    with serve(recorded_site(), faults=["drop-before:1"]) as practice:
        moodle, port = moodle_at(practice), int(practice.url.rpartition(":")[2])
        run_through(tmp_path / "lost", planned_calmly(path, practice), moodle)
        with Run.open(tmp_path / "lost") as run:
            with pytest.raises(RunError, match="1 row of lost was sent without an answer"):
                retry(run, moodle, Checks())
            with pytest.raises(RunError, match="settles it first"):
                undo(run, moodle)
    with serve(recorded_site(), port=port) as practice:
        moodle = moodle_at(practice)
        run_through(tmp_path / "run", planned(path, moodle, existing=True), moodle)
        with Run.open(tmp_path / "run") as run:
            with pytest.raises(RunError, match="nothing failed in run"):
                retry(run, moodle, Checks())
            inverse = undo(run, moodle)
        run_through(tmp_path / "undo", inverse, moodle)
        with Run.open(tmp_path / "undo") as run, pytest.raises(RunError, match="takes back another run"):
            retry(run, moodle, Checks())


def test_a_lost_call_is_sent_again_only_after_the_settle_pause(tmp_path: Path) -> None:
    """Apply waits from the last moment at which the site may have been asked, so that no assignment flies twice."""
    path = id_roster(tmp_path / "ids.csv", [10], [2])
    patience = replace(PATIENCE, attempts=1, settle_pause=2.0)
    with serve(recorded_site(), faults=["drop-after:1"]) as practice:
        moodle, port = moodle_at(practice, patience), int(practice.url.rpartition(":")[2])
        asked = planned_calmly(path, practice)
        begun = time.time()
        run_through(tmp_path / "run", asked, moodle)
    with serve(recorded_site(), port=port) as practice:
        moodle = moodle_at(practice, patience)
        assert practice.calls() == {}
        assert go_on(tmp_path / "run", moodle).exit_code == 0
        assert practice.calls() == {"core_role_assign_roles": 1}
    assert time.time() - begun >= 2.0  # not a speed: the pause is what is tested
