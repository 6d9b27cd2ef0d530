"""The names in a file beside Moodle's: somebody else under a similar ID number is said, or not sent."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from batchroles.client import Moodle
from batchroles.errors import InputError
from batchroles.job import Apply, Checks, Job, PlanFile, PlanRetry, Rules, Sync
from batchroles.loader.layouts import FormatOptions
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import holdings, moodle_at, recorded_site, write_csv

HEADER = ["idnumber", "First name", "Surname", "role", "course"]
ANNA, BEN = ("0000001", "Anna", "Abel"), ("0000002", "Ben", "Becker")
WRONG = ("0000002", "Anna", "Abel")
"""Anna, with the ID number of Ben, whose user name is u02."""
PLACE = ("teacher", "C-ART-201")
SAID = "the file says Anna Abel, Moodle's account u02 is Ben Becker."


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    """Serve a site that shows no last name of Clara's (0000003)."""
    raw = recorded_site()
    next(user for user in raw["users"] if user["username"] == "u03")["lastname"] = ""
    with serve(raw) as practice:
        yield practice


@pytest.fixture
def moodle(practice: Practice) -> Moodle:
    practice.reset()
    return moodle_at(practice)


def roster(folder: Path, *people: Sequence[str]) -> PlanFile:
    path = write_csv(folder / "roster.csv", HEADER, [(*person, *PLACE) for person in people])
    return PlanFile(path)


def strictly(task: PlanFile) -> PlanFile:
    return PlanFile(task.source, task.reading, task.understanding, Checks(strict_names=True))


def told(path: Path) -> list[tuple[str, str, str]]:
    """Give row, code and reason of the rows of a file of results."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [(row["_row"], row["_code"], row["_reason"]) for row in csv.DictReader(file)]


def test_somebody_else_is_said_and_sent(practice: Practice, moodle: Moodle, tmp_path: Path) -> None:
    """Another name in Moodle is said by row, with both names, before sending and in the results of what was done."""
    before = holdings(practice)
    with Job(moodle) as job:
        account = job.done(roster(tmp_path, ANNA, WRONG), tmp_path / "run", Apply(verify=True))
    assert len(holdings(practice) - before) == 2
    notes = account.plan.notes
    assert "2 names in the file compared with Moodle's: 1 fits." in notes
    assert f"Row 3: {SAID}" in notes
    assert told(tmp_path / "run" / "success.csv") == [
        ("2", "", ""),
        ("3", "name-differs", f"row 3: T{SAID[1:]}"),
    ]
    assert account.summary.tally.remarks == {"name-differs": 1}
    assert account.summary.exit_code == 0
    assert "2 done (1 named otherwise in Moodle), 0 failed" in account.summary.closing_line()
    with Job(moodle) as job:
        again = job.saved(roster(tmp_path, WRONG), tmp_path / "again")
    assert again.summary.tally.statuses == {"already": 1}
    assert again.summary.tally.remarks == {"name-differs": 1}


def test_a_repeat_has_a_name_of_its_own(moodle: Moodle, tmp_path: Path) -> None:
    """Of rows that ask for the same each has the code if its own name differs, and none for another row's name."""
    right = ("0000002", "Ben", "Becker")
    with Job(moodle) as job:
        planned = job.saved(roster(tmp_path, WRONG, right, WRONG), tmp_path / "plan")
        assert planned.summary.tally.remarks == {"name-differs": 2}
        account = job.done(roster(tmp_path, WRONG, right, WRONG), tmp_path / "run", Apply(verify=True))
    assert told(tmp_path / "run" / "success.csv") == [
        ("2", "name-differs", f"row 2: T{SAID[1:]}"),
        ("3", "", "the same assignment stands in row 2"),
        ("4", "name-differs", f"row 4: T{SAID[1:]} The same assignment stands in row 2."),
    ]
    assert account.summary.tally.remarks == {"name-differs": 2}


def test_somebody_else_is_not_sent_where_names_are_strict(
    practice: Practice, moodle: Moodle, tmp_path: Path
) -> None:
    """Strict names send no row with another name, with none, or with one that Moodle does not show whole."""
    before = holdings(practice)
    people = [ANNA, WRONG, ("0000004", "", ""), ("0000003", "Clara", "Conrad")]
    with Job(moodle) as job:
        account = job.done(strictly(roster(tmp_path, *people)), tmp_path / "run", Apply())
    assert len(holdings(practice) - before) == 1
    assert [code for _, code, _ in told(tmp_path / "run" / "failed.csv")] == [
        "name-differs",
        "missing-value",
        "name-unknown",
    ]
    hidden = [note for note in account.plan.notes if "not compared" in note]
    assert len(hidden) == 1
    assert hidden[0].startswith("1 name in the file not compared: Moodle shows no whole name")


def test_nothing_to_compare(moodle: Moodle, tmp_path: Path) -> None:
    """Strict names refuse a file without a column of names before the site is asked."""
    path = write_csv(tmp_path / "roster.csv", ["username", "role", "course"], [("u01", *PLACE)])
    with (
        Job(moodle) as job,
        pytest.raises(InputError, match=r"^--strict-names compares names, and the file has none"),
    ):
        job.planned(PlanFile(path, checks=Checks(strict_names=True)))
    assert not moodle.calls


def test_a_retry_is_as_strict_as_its_run(moodle: Moodle, tmp_path: Path) -> None:
    """A retry compares names anew, and as strictly: a mended ID number is sent, another wrong one is not."""
    with Job(moodle) as job:
        job.done(strictly(roster(tmp_path, WRONG, (*WRONG[:1], "Otto", "Berg"))), tmp_path / "run", Apply())
        failed = tmp_path / "run" / "failed.csv"
        failed.write_text(failed.read_text("utf-8-sig").replace("0000002,Anna", "0000001,Anna"), "utf-8-sig")
        again = job.done(PlanRetry(tmp_path / "run"), tmp_path / "again", Apply())
    assert again.summary.tally.statuses == {"assigned": 1, "invalid": 1}
    assert told(tmp_path / "again" / "failed.csv")[0][1] == "name-differs"


def test_a_sync_takes_nothing_from_whom_a_wrong_row_may_mean(
    practice: Practice, moodle: Moodle, tmp_path: Path
) -> None:
    """In a strict sync a row with somebody else's ID number gives nothing, and protects what the right person has."""

    def night(*people: Sequence[str]) -> dict[str, int]:
        path = roster(tmp_path, *people).source
        checks = Checks(strict_names=True)
        with Job(moodle) as job:
            task = Sync(path, "students", tmp_path / "state", checks=checks, rules=Rules(min_rows="1"))
            return job.done(task, None, Apply()).summary.tally.statuses

    before = holdings(practice)
    assert night(ANNA) == {"assigned": 1}
    given = holdings(practice) - before
    assert night(WRONG) == {"invalid": 1}
    assert holdings(practice) - before == given


def test_names_of_an_upload_file(moodle: Moodle, tmp_path: Path) -> None:
    """Of a wide row each line has the code, and the row is said once."""
    path = write_csv(
        tmp_path / "upload.csv",
        ["username", "firstname", "lastname", "course1", "role1", "course2", "role2"],
        [("u02", "Anna", "Abel", "C-ART-201", "teacher", "C-NOMAN", "teacher")],
    )
    with Job(moodle) as job:
        plan = job.planned(PlanFile(path, understanding=FormatOptions())).plan
    assert [plan.problems[at].code for at in plan.lines.problem] == ["name-differs"] * 2
    assert [note for note in plan.notes if "the file says" in note] == [f"Row 2: {SAID}"]
