"""The commands as a person or a scheduler runs them: child processes, files, exit codes."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests import forked
from tests.job.helpers import holdings, recorded_site, write_csv

HEADER = ["username", "role", "course"]
GOOD = [("u21", "student", "C-ART-201"), ("u22", "student", "C-ART-201")]
BAD = ("nobody", "student", "C-PHY-102")


@pytest.fixture(scope="module")
def running() -> Iterator[Practice]:
    with serve(recorded_site()) as practice:
        yield practice


@pytest.fixture
def practice(running: Practice) -> Practice:
    running.reset()
    return running


def run(folder: Path, practice: Practice | None, *words: str, **environment: str) -> forked.Command:
    """Run batchroles in a folder, against a practice site."""
    site = {"MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token} if practice else {}
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), **site, **environment}
    return forked.run(words, folder, env)


def test_people_are_enrolled_and_unenrolled(tmp_path: Path, practice: Practice) -> None:
    """`enrol` and `unenrol` do for enrolments what `assign` and `unassign` do for roles; `check` says it before."""
    path = write_csv(
        tmp_path / "people.csv",
        ["username", "role", "course", "end"],
        [("u17", "student", "C-ART-201", "31.12.2030")],
    )
    told = run(tmp_path, practice, "check", path.name, "--enrol", "--time-zone", "Europe/Berlin")
    assert "1 can be sent" in told.stdout
    done = run(tmp_path, practice, "enrol", path.name, BATCHROLES_TIME_ZONE="Europe/Berlin")
    assert "1 done, 0 failed of 1" in done.stdout, done.stderr
    row = practice.state()["user_enrolments"][-1]
    assert (row["courseid"], row["timeend"]) == (5, 1924988400)
    guessed = run(tmp_path, practice, "enrol", path.name)
    assert guessed.returncode == 2
    assert "does not tell its time zone" in guessed.stderr
    bare = write_csv(tmp_path / "bare.csv", ["username", "course"], [("u17", "C-ART-201")])
    ended = run(tmp_path, practice, "unenrol", bare.name)
    assert "  unenrolled  1" in ended.stdout, ended.stderr


def test_assign_puts_rows_in_and_leaves_four_files(tmp_path: Path, practice: Practice) -> None:
    """The main job: rows assigned, the closing line and the paths on stdout, talk on stderr, exit code 1."""
    path = write_csv(tmp_path / "roster.csv", HEADER, [*GOOD, BAD])
    done = run(tmp_path, practice, "assign", path.name)
    assert done.returncode == 1, done.stderr
    folder = next((tmp_path / "batchroles-runs").iterdir())
    closing = done.stdout.splitlines()[-5:]
    assert closing[0] == "2 done, 1 failed of 3"
    assert [line.split() for line in closing[1:]] == [
        ["success", f"batchroles-runs/{folder.name}/success.csv"],
        ["failed", f"batchroles-runs/{folder.name}/failed.csv"],
        ["workbook", f"batchroles-runs/{folder.name}/results.xlsx"],
        ["summary", f"batchroles-runs/{folder.name}/summary.json"],
    ]
    assert "read as:" in done.stderr
    assert "read as:" not in done.stdout
    assert folder.name.endswith("-roster")


def test_json_is_the_summary_and_nothing_else(tmp_path: Path, practice: Practice) -> None:
    """--json prints the content of summary.json, so that a scheduler can read it."""
    path = write_csv(tmp_path / "roster.csv", HEADER, GOOD)
    done = run(tmp_path, practice, "assign", path.name, "--json", "--out", "run")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads(
        (tmp_path / "run" / "summary.json").read_text(encoding="utf-8")
    )
    keys = ["run", "site", "input", "rows", "statuses", "codes", "calls", "seconds", "exit_code", "files"]
    assert set(keys) <= set(json.loads(done.stdout))


def test_check_sends_nothing_and_keeps_nothing(tmp_path: Path, practice: Practice) -> None:
    """Check says what could not be sent, writes no file, changes nothing on the site."""
    before = holdings(practice)
    path = write_csv(tmp_path / "roster.csv", HEADER, [*GOOD, BAD])
    done = run(tmp_path, practice, "check", path.name)
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[-1] == "2 can be sent, 1 cannot, of 3"
    assert "nobody" in done.stdout
    assert "row 2: assign role student to user u21 in course C-ART-201" in done.stdout
    assert holdings(practice) == before
    assert [item.name for item in tmp_path.iterdir()] == ["roster.csv"]


def test_check_offline_needs_no_site(tmp_path: Path) -> None:
    """Without a site, check still finds blanks, repeats and contradictions."""
    rows = [
        ("assign", *GOOD[0]),
        ("assign", *GOOD[0]),
        ("add", *GOOD[1]),
        ("del", *GOOD[1]),
        ("", "u03", "", "X"),
    ]
    path = write_csv(tmp_path / "roster.csv", ["action", *HEADER], rows)
    done = run(tmp_path, None, "check", path.name, "--offline", "--json")
    assert done.returncode == 1, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["statuses"], summary["pending"]) == ({"duplicate": 1, "invalid": 3}, 1)
    assert summary["codes"] == {"conflict": 2, "missing-value": 1}


def test_plan_then_apply_then_undo(tmp_path: Path, practice: Practice) -> None:
    """A plan sends nothing; apply sends exactly it; undo takes it back; runs and show tell of all three."""
    before = holdings(practice)
    path = write_csv(tmp_path / "roster.csv", HEADER, GOOD)
    planned = run(tmp_path, practice, "plan", path.name)
    assert (planned.returncode, holdings(practice)) == (0, before), planned.stderr
    assert "2  assign student in course C-ART-201" in planned.stdout
    assert run(tmp_path, practice, "apply", "last").returncode == 0
    assert len(holdings(practice) - before) == 2
    assert run(tmp_path, practice, "undo", "roster").returncode == 0
    assert holdings(practice) == before
    listed = run(tmp_path, None, "runs").stdout.splitlines()
    assert [line.split("  ")[1] for line in listed] == ["2 assigned", "2 unassigned"]
    shown = run(tmp_path, None, "show", "undo")
    assert "2 done, 0 failed of 2" in shown.stdout
    gone = run(tmp_path, None, "runs", "--forget", "undo", "--yes")
    assert gone.returncode == 0
    assert len(run(tmp_path, None, "runs").stdout.splitlines()) == 1


def test_unassign_takes_roles_away(tmp_path: Path, practice: Practice) -> None:
    """Unassign is the inverse of assign for a file without an action column."""
    before = holdings(practice)
    path = write_csv(tmp_path / "roster.csv", HEADER, GOOD)
    assert run(tmp_path, practice, "assign", path.name).returncode == 0
    done = run(tmp_path, practice, "unassign", path.name, "--out", "gone")
    assert done.returncode == 0, done.stderr
    assert holdings(practice) == before


def test_a_bare_list_of_names_is_a_legal_file(tmp_path: Path, practice: Practice) -> None:
    """One column of user names is enough where role and place are given as constants."""
    path = write_csv(tmp_path / "names.csv", ["Name"], [["u01"], ["u02"]])
    flags = ["--map", "Name=username", "--role", "student", "--context", "course:C-PHY-102"]
    done = run(tmp_path, practice, "assign", path.name, *flags)
    assert done.returncode == 0, done.stderr
    assert "2 done, 0 failed of 2" in done.stdout


def test_roles_says_where_each_id_was_learned(tmp_path: Path, practice: Practice) -> None:
    """Roles lists ids, short names, shown names and the origin of each id."""
    done = run(tmp_path, practice, "roles")
    assert done.returncode == 0, done.stderr
    rows = [line.split(maxsplit=2)[:2] for line in done.stdout.splitlines()]
    assert rows[0] == ["id", "short"]
    assert ["3", "editingteacher"] in rows
    assert "local_wsgetroles" in done.stdout


def test_roles_says_in_which_course_each_was_seen(tmp_path: Path) -> None:
    """Without the plugin roles lists what enrolled people have, with the course, and says that there may be others."""
    with serve() as practice:
        done = run(tmp_path, practice, "roles")
        machine = run(tmp_path, practice, "roles", "--json")
    assert "seen in course 2" in done.stdout
    assert "A role that is not listed may exist: nobody enrolled in the 60 courses" in done.stderr
    assert json.loads(machine.stdout)[0] == {
        "id": 3,
        "shortname": "editingteacher",
        "name": "Teacher",
        "origin": "seen in course 2",
    }


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.csv", None, "missing.csv"),
        ("empty.csv", b"", "empty"),
        ("noheader.csv", b"colour,size\nred,3\n", "colour"),
        ("binary.csv", bytes(range(256)) * 4, "binary.csv"),
        ("damaged.xlsx", b"PK\x03\x04 this is no workbook", "damaged.xlsx"),
        ("unclosed.csv", b'username,role,course\n"u01,student,X\n', "unclosed.csv"),
    ],
)
def test_an_input_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, practice: Practice, name: str, content: bytes | None, says: str
) -> None:
    """A bad file is one sentence that names it, exit code 2, nothing sent and nothing written."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    before = sorted(tmp_path.iterdir())
    done = run(tmp_path, practice, "assign", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert says in done.stderr
    assert sorted(tmp_path.iterdir()) == before
    assert practice.calls() == {}


def test_a_folder_in_place_of_a_file_is_one_sentence(tmp_path: Path, practice: Practice) -> None:
    """A folder is named as such."""
    done = run(tmp_path, practice, "assign", str(tmp_path))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "folder" in done.stderr


@pytest.mark.parametrize(
    ("environment", "words", "code", "says"),
    [
        ({"MOODLE_TOKEN": "0" * 32}, [], 4, "token"),
        ({"MOODLE_TOKEN": ""}, [], 2, "MOODLE_TOKEN"),
        ({"MOODLE_URL": ""}, [], 2, "MOODLE_URL"),
        ({"MOODLE_URL": "http://127.0.0.1:9"}, ["--retry-for", "0"], 5, "127.0.0.1:9"),
        ({"MOODLE_URL": "http://moodle.example.org"}, [], 2, "https"),
        ({}, ["--max-errors", "lots"], 2, "lots"),
        ({}, ["--deadline", "6 o'clock"], 2, "06:00"),
        ({}, ["--chunk-size", "many"], 2, "many"),
        ({"BATCHROLES_CHUNK_SIZE": "many"}, [], 2, "many"),
    ],
)
def test_wrong_settings_and_sites_have_their_exit_codes(
    tmp_path: Path, practice: Practice, environment: dict[str, str], words: list[str], code: int, says: str
) -> None:
    """Wrong usage is 2 and leaves nothing, a site that refuses us 4, one that cannot be reached 5; each says which."""
    path = write_csv(tmp_path / "roster.csv", HEADER, GOOD)
    done = run(tmp_path, practice, "assign", path.name, *words, **environment)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    left = [path.name for path in tmp_path.glob("batchroles-runs/*/*")]
    assert sorted(left) == ([] if code == 2 else ["planning.json", "run.lock"])


def test_an_ambiguous_or_unknown_run_is_refused(tmp_path: Path, practice: Practice) -> None:
    """A run's name must mean one run; what it could mean is listed."""
    path = write_csv(tmp_path / "roster.csv", HEADER, GOOD)
    for _ in range(2):
        assert run(tmp_path, practice, "plan", path.name).returncode == 0
    ambiguous = run(tmp_path, practice, "apply", "roster")
    assert (ambiguous.returncode, "2 runs are called roster" in ambiguous.stderr) == (2, True)
    unknown = run(tmp_path, practice, "show", "spring")
    assert (unknown.returncode, "no run is called spring" in unknown.stderr) == (2, True)


def test_a_defect_has_an_exit_code_of_its_own(tmp_path: Path, practice: Practice) -> None:
    """An error that nobody foresaw must not look like "some rows failed": it is told as a defect, exit code 70."""
    (tmp_path / "sitecustomize.py").write_text(
        "def make_plan(*_, **__):\n    raise ZeroDivisionError('on purpose')\n"
        "import batchroles.job.whole\nbatchroles.job.whole.make_plan = make_plan\n",
        encoding="utf-8",
    )
    path = write_csv(tmp_path / "roster.csv", HEADER, GOOD)
    done = subprocess.run(
        [sys.executable, "-m", "batchroles", "assign", path.name],
        cwd=tmp_path,
        env={"MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 70
    assert "on purpose" in done.stderr
    assert "a defect in batchroles itself" in done.stderr.splitlines()[-1]


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path, practice: Practice) -> None:
    """Output piped into a program that stops reading ends without a traceback."""
    rows = [(f"nobody{n}", "student", "C-ART-201") for n in range(900)]
    path = write_csv(tmp_path / "roster.csv", HEADER, rows)
    command = f"'{sys.executable}' -m batchroles check {path.name} | head -1"
    environment = {"PATH": os.environ["PATH"], "MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token}
    done = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_undo_twice_says_that_nothing_is_left(tmp_path: Path, practice: Practice) -> None:
    """The second undo of a run names the first one and ends with 0; where nobody looked before, it takes a flag."""
    write_csv(tmp_path / "roster.csv", HEADER, GOOD)
    assert run(tmp_path, practice, "assign", "roster.csv", "--out", "one").returncode == 0
    assert run(tmp_path, practice, "undo", "one", "--out", "undone").returncode == 0
    again = run(tmp_path, practice, "undo", "one")
    assert (again.returncode, again.stdout) == (0, "")
    assert again.stderr == "note: 2 rows of one are taken back already, by undone.\n"
    assert (
        run(tmp_path, practice, "assign", "roster.csv", "--no-check-existing", "--out", "two").returncode == 0
    )
    unknown = run(tmp_path, practice, "undo", "two")
    assert unknown.returncode == 2
    assert "row 2: assign student in course C-ART-201" in unknown.stderr
    taken = run(tmp_path, practice, "undo", "two", "--also-unknown")
    assert taken.returncode == 0
    assert taken.stdout.splitlines()[0] == "  unassigned  2"


def test_one_of_anything_is_said_in_the_singular(tmp_path: Path, practice: Practice) -> None:
    """Where one row failed, nothing that is said speaks of several."""
    rows = [("u21", "student", "C-ART-201"), BAD]
    path = write_csv(tmp_path / "roster.csv", HEADER, rows)
    done = run(
        tmp_path, practice, "assign", path.name, "--max-errors", "0", "--no-check-existing", "--no-probe"
    )
    assert done.returncode == 3, done.stderr
    assert "batchroles: stopped by --max-errors: 1 row failed, 0 are allowed\n" in done.stderr
    assert not re.search(r"\b1 (\w+ )?(rows|calls|users|courses|cells|are)\b", done.stderr + done.stdout)
