"""`-` is standard input: copied, hashed and kept like any file, and gone when it was read."""

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchroles.errors import InputError
from batchroles.runs.copying import copied
from batchroles.sandbox import make_site, serve
from batchroles.sources import StandardInput, source
from tests.cli.running import Shell

CSV = "username,role,course\nanna,student,C1\n"


def told(monkeypatch: pytest.MonkeyPatch, content: bytes) -> str:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    with pytest.raises(InputError) as refused:
        copied(StandardInput())
    return str(refused.value)


def test_a_run_of_standard_input(shell: Shell, tmp_path: Path) -> None:
    """What comes from a pipe is assigned, tried again and taken back from the run's own copy."""
    site = make_site(users=20, courses=2, categories=1)
    user, course = site["users"][12]["username"], site["courses"][1]["shortname"]
    content = f"username,role,course\n{user},student,{course}\nnobody,student,{course}\n"
    with serve(site) as practice:
        env = {"MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token}
        done = shell.run("assign", "-", "--out", "run", "--json", env=env, stdin=content)
        summary = json.loads(done.out)
        assert (done.code, summary["input"], summary["done"], summary["failed"]) == (
            1,
            "standard input",
            1,
            1,
        )
        copy = tmp_path / "run" / "input.csv"
        assert hashlib.sha256(copy.read_bytes()).hexdigest() == hashlib.sha256(content.encode()).hexdigest()
        failed = tmp_path / "run" / "failed.csv"
        failed.write_text(failed.read_text().replace("nobody", site["users"][13]["username"]))
        again = shell.run("retry", "run", "--out", "again", "--yes", env=env)
        assert again.out.startswith("  assigned  1")
        assert "1 done" in shell.run("undo", "again", "--yes", "--out", "undone", env=env).out


def test_a_workbook_in_a_pipe(shell: Shell) -> None:
    """A workbook is told by its content, as in a file of any name."""
    content = (Path(__file__).parents[2] / "samples" / "roster.xlsx").read_bytes()
    done = shell.run("check", "-", "--offline", stdin=content)
    assert "of 504" in done.out


def test_what_is_wrong_with_it(shell: Shell) -> None:
    """Sentences speak of standard input, not of the copy."""
    done = shell.run("check", "-", "--offline", stdin="colour,size\nred,3\n")
    assert (done.code, done.err.startswith("batchroles: standard input: no column for a user")) == (2, True)


def test_nothing_too_much_or_no_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty pipe, one without an end and one with something else in it are refused with one sentence each."""
    assert (
        told(monkeypatch, b"") == "standard input is empty: did the program that writes into the pipe fail?"
    )
    assert told(monkeypatch, b"%PDF-1.4") == (
        "standard input is a PDF document, not a spreadsheet; give a .xlsx, .xls, .xlsb, .ods or CSV file."
    )
    monkeypatch.setattr(source, "MOST_BYTES", 1000)
    assert "standard input gives more than" in told(monkeypatch, b"x" * 1001)


@pytest.fixture
def terminal() -> Iterator[io.TextIOWrapper]:
    """Give a terminal at which nobody types."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs) as opened:
        yield opened
    os.close(ours)


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="Windows has no such terminals")
def test_a_terminal_and_a_closed_one(terminal: io.TextIOWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody types a spreadsheet: a terminal is refused at once, and so is a standard input that is closed."""
    monkeypatch.setattr(sys, "stdin", terminal)
    with pytest.raises(InputError, match="which is a terminal: pipe a file into it"):
        copied(StandardInput())
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="which is closed"):
        copied(StandardInput())


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent a signal there")
def test_a_pipe_without_an_end_can_be_left(tmp_path: Path) -> None:
    """A job whose pipe hangs is stopped by one signal, like any other, and nothing was sent."""
    words = [sys.executable, "-m", "batchroles", "assign", "-", "--url", "http://127.0.0.1:9", "--out", "run"]
    with subprocess.Popen(
        words,
        cwd=tmp_path,
        env={**os.environ, "MOODLE_TOKEN": "x" * 32},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(CSV.encode())
        process.stdin.flush()
        while not (tmp_path / "run" / "input").exists() and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        said = process.stderr.read().decode()
    assert (process.returncode, "interrupted; nothing was sent" in said) == (130, True)


def test_a_file_of_that_name_for_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` is standard input for commands only: for Python it is a file of that name."""
    import batchroles

    monkeypatch.chdir(tmp_path)
    Path("-").write_text(CSV)
    assert batchroles.load("-")["username"].tolist() == ["anna"]
