"""Streams that are closed, full or whose reader has gone; names that are no UTF-8; text that steers terminals."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from batchroles.cli.commands import COMMANDS
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests import forked
from tests.cli.test_terminal import talk
from tests.job.helpers import id_roster, recorded_site, write_csv

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither these closings nor /dev/full"),
    pytest.mark.long,
]

HEADER = ["username", "role", "course"]
BATCHROLES = f"{shlex.quote(sys.executable)} -m batchroles"
FINE = {0, 1, 2, 3, 4, 5, 130}


@pytest.fixture
def practice() -> Iterator[Practice]:
    with serve(recorded_site()) as running:
        yield running


def environment(practice: Practice, folder: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "MOODLE_URL": practice.url,
        "MOODLE_TOKEN": practice.token,
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }


def shell(practice: Practice, folder: Path, line: str | bytes, **more: str) -> tuple[int, bytes, bytes]:
    """Let a shell run a line; gives exit code, stdout and stderr."""
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        env=environment(practice, folder, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def roster(folder: Path) -> None:
    write_csv(folder / "good.csv", HEADER, [("u21", "student", "C-ART-201")])
    write_csv(
        folder / "bad.csv", HEADER, [("u21", "student", "C-ART-201"), ("nobody", "student", "C-ART-201")]
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("assign good.csv 2>&-", 0),
        ("assign bad.csv 2>&-", 1),
        ("assign good.csv 2>/dev/full", 0),
        ("assign good.csv <&-", 0),
        ("assign good.csv >&-", 5),
        ("assign bad.csv >&-", 1),
        ("assign good.csv --json >/dev/full", 5),
        ("assign good.csv --json >&- 2>&- <&-", 5),
        ("assign nothing.csv >&- 2>&- <&-", 2),
    ],
)
def test_a_run_ends_as_it_would_whatever_becomes_of_its_words(
    tmp_path: Path, practice: Practice, words: str, code: int
) -> None:
    """Talk that is lost changes nothing; results that could not be printed turn exit code 0 into 5, and no other."""
    roster(tmp_path)
    got, out, err = shell(practice, tmp_path, f"{BATCHROLES} {words}")
    assert (got, b"Traceback" in out + err) == (code, False), err
    if "nothing" not in words:
        [folder] = (tmp_path / "batchroles-runs").iterdir()
        assert json.loads((folder / "summary.json").read_text("utf-8"))["done"] == 1
        assert shell(practice, tmp_path, f"{BATCHROLES} show last --json")[0] == 0


def test_results_that_cannot_be_printed_are_said_to_be_lost(tmp_path: Path, practice: Practice) -> None:
    """Where stdout is full or closed, stderr says so; where its reader has gone, nobody is told what they know."""
    roster(tmp_path)
    assert (
        b"could not be written to stdout (No space left on device)"
        in shell(practice, tmp_path, f"{BATCHROLES} assign good.csv >/dev/full")[2]
    )
    code, _, err = shell(practice, tmp_path, f"{{ {BATCHROLES} show last; echo $? >code; }} | true")
    assert (code, err, (tmp_path / "code").read_text()) in [(0, b"", "0\n"), (0, b"", "5\n")]


def test_a_log_whose_reader_has_gone_does_not_end_the_run(tmp_path: Path) -> None:
    """A run that has much to say of a site in trouble ends complete though the pipe it talks into is broken."""
    path = id_roster(tmp_path / "ids.csv", range(10, 30), [2, 3])
    with serve(recorded_site(), faults=["503:0.4"], seed=3) as practice:
        words = ["assign", path.name, "--chunk-size", "5", "--settle-pause", "0", "--no-probe"]
        read, write = os.pipe()
        child = subprocess.Popen(
            [sys.executable, "-m", "batchroles", *words],
            cwd=tmp_path,
            env=environment(practice, tmp_path),
            stdin=subprocess.DEVNULL,
            stdout=write,
            stderr=write,
        )
        os.close(write)
        os.close(read)
        assert child.wait() == 5
        [folder] = (tmp_path / "batchroles-runs").iterdir()
        counted = json.loads((folder / "summary.json").read_text("utf-8"))
        assert (counted["done"], counted["rows"], counted["exit_code"]) == (40, 40, 0)


def test_no_file_takes_the_place_of_a_closed_stream(tmp_path: Path) -> None:
    """What is opened later, a journal say, never gets the number of a stream: others print there."""
    program = (
        "from batchroles.cli.streams import safe_streams\n"
        "with safe_streams(), open('f', 'w') as file:\n"
        "    file.write(str(file.fileno()))\n"
    )
    line = f"{shlex.quote(sys.executable)} -c {shlex.quote(program)} <&- >&- 2>&-"
    assert subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, check=False).returncode == 0
    assert int((tmp_path / "f").read_text()) > 2


NEEDS = {
    "check": "good.csv",
    "assign": "good.csv",
    "unassign": "good.csv",
    "plan": "good.csv",
    "apply": "planned",
    "retry": "planned",
    "undo": "planned",
    "show": "planned",
    "template": "out.xlsx --force",
    "sandbox": "--state nonsense",
    "web": "--keep never",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_stumbles_over_its_streams_or_its_locale(
    tmp_path: Path, practice: Practice, command: str
) -> None:
    """Each command with each stream closed or full, and in a locale of ASCII, ends as it is documented."""
    roster(tmp_path)
    if NEEDS.get(command) == "planned":
        assert shell(practice, tmp_path, f"{BATCHROLES} plan good.csv --out planned")[0] == 0
    line = f"{BATCHROLES} {command} {NEEDS.get(command, '')}"
    for streams in ["<&- >&- 2>&-", ">/dev/full 2>/dev/full"]:
        code, out, err = shell(practice, tmp_path, f"{line} {streams}")
        assert (code in FINE, b"Traceback" in out + err) == (True, False), (streams, code, err)
    code, out, err = shell(
        practice, tmp_path, line, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING=""
    )
    assert (code in FINE, b"Traceback" in out + err) == (True, False), (code, err)


@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
def test_files_and_folders_may_have_names_that_are_no_utf_8(
    tmp_path: Path, practice: Practice, locale: Mapping[str, str]
) -> None:
    """A CSV file and a workbook whose names have a byte of Latin-1 are planned, applied, shown, retried and undone."""
    roster(tmp_path)
    name = os.fsencode(tmp_path) + b"/caf\xe9"
    os.rename(os.fsencode(tmp_path / "bad.csv"), name + b".csv")  # noqa: PTH104 - paths of bytes

    def run(words: bytes) -> forked.Command:
        filled = [word % name if b"%s" in word else word for word in words.split()]
        return forked.run(filled, tmp_path, environment(practice, tmp_path), **locale)

    for words, code in [
        (b"check %s.csv", 1),
        (b"check --offline %s.csv", 0),
        (b"plan %s.csv --out %s", 1),
        (b"apply %s", 1),
        (b"show %s", 0),
        (b"show %s --json", 0),
        (b"retry %s", 1),
        (b"undo %s --yes", 0),
        (b"assign %s.csv", 1),
        (b"assign %s.xlsx", 2),
        (b"template %s.xlsx --offline", 0),
        (b"check --offline %s.xlsx", 0),
        (b"runs", 0),
        (b"config --token-file %s", 2),
        (b"sandbox --site %s.json", 2),
        (b"sandbox --from %s.json", 2),
        (b"doctor --ca-cert %s", 0),
    ]:
        done = run(words)
        said = (words, done.stdout, done.stderr)
        assert (done.returncode, "Traceback" in done.stdout + done.stderr) == (code, False), said
        if b"--json" in words:
            assert json.loads(done.stdout)["input"].endswith("caf\udce9.csv")
    assert "caf\\xe9.xlsx is ready to be filled in" in run(b"template --offline --force %s.xlsx").stdout


STEERING = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe"
OF_A_FILE = "\x9b31m\u202egnp.exe"
"""Other control characters make a file that is no text."""


def test_no_terminal_is_steered_by_a_file_a_flag_or_a_site(tmp_path: Path) -> None:
    """What they say is shown on a terminal with its control characters spelt out."""
    site = recorded_site()
    next(role for role in site["roles"] if role["shortname"] == "student")["name"] = f"Pupil{STEERING}"
    write_csv(tmp_path / "odd.csv", HEADER, [(f"u21{OF_A_FILE}", "student", "C-ART-201")])
    with serve(site) as practice:
        for words, shown in [
            (["check", "odd.csv"], "u21\\x9b31mgnp.exe"),
            (["roles"], "Pupil\\x1b]0;owned\\x07\\x1b[2J"),
            (["show", STEERING], "no run is called \\x1b]0;owned\\x07\\x1b[2J"),
            ([STEERING], "There is no command '\\x1b]0;owned"),
        ]:
            _, said = talk(tmp_path, words, {**environment(practice, tmp_path), "TERM": "xterm"}, b"")
            assert shown in said
            assert not {"\x07", "\x9b", "\u202e"} & set(said), words
            assert "\x1b]" not in said, words
            assert "\x1b[2J" not in said, words
        (tmp_path / "odd.csv").rename(tmp_path / f"{STEERING}.csv")
        code, out, _ = shell(practice, tmp_path, f"{BATCHROLES} check '{STEERING}.csv' --json")
    assert (code, json.loads(out)["input"]) == (1, f"{STEERING}.csv")
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out.decode())
