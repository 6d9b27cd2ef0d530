"""`batchroles web` as a process: how it begins and ends, what it refuses, and that no secret is in what it leaves."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.cli.test_secrets import LOUD, arguments
from tests.web.visiting import Page, Visitor, form_token
from tests.web.walking import PATIENCE, hidden, until

ROOT = Path(__file__).parents[2]
PASSWORD = "practice-user"
ROWS = b"username,role,course\nnobody,student,PHY101\n"
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a process can heed")


@dataclass
class Process:
    """A command that runs."""

    running: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    def address(self) -> str:
        """Wait for the next address on stdout."""
        assert self.running.stdout is not None
        line = self.running.stdout.readline()
        self.said.append(line)
        return line.strip()

    def end(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end; gives its exit code."""
        self.running.send_signal(number)
        out, err = self.running.communicate(timeout=PATIENCE)
        self.said += [out, err]
        return self.running.returncode

    def visitor(self, address: str) -> Visitor:
        """Give somebody's browser."""
        found = re.search(r":(\d+)", address)
        assert found is not None
        # Of the page itself nothing is known here but its port.
        return Visitor(Page(int(found[1]), None, None, None, None, [address]))  # type: ignore[arg-type]


@contextmanager
def started(folder: Path, practice: Practice, *words: str, **env: str) -> Iterator[Process]:
    """Start the command against a site."""
    process = subprocess.Popen(
        [sys.executable, "-m", "batchroles", "web", "--no-browser", *words],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": f"{folder / 'loud'}{os.pathsep}{ROOT}",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "MOODLE_URL": practice.url,
            "BATCHROLES_RETRY_FOR": "0",
            **env,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Process(process)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    with serve() as practice:
        yield practice


@POSIX
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_begins_and_ends(tmp_path: Path, practice: Practice, number: int) -> None:
    """It prints the address alone on stdout and one line on stderr, lets in once, keeps all private, ends with 0."""
    with started(tmp_path, practice, MOODLE_TOKEN=practice.token) as process:
        address = process.address()
        visitor = process.visitor(address)
        assert visitor.get(f"/?{address.partition('?')[2]}").status == 303
        assert visitor.get("/").status == 200
        assert visitor.upload("rows.csv", ROWS).status == 303
        folder = tmp_path / "batchroles-web"
        assert {path.stat().st_mode & 0o077 for path in [folder, *folder.rglob("*")]} == {0}
        assert process.address() != address
        assert process.end(number) == 0
    out, err = process.said[-2:]
    assert out == ""
    assert "key=" not in err
    assert practice.url in err.splitlines()[0]


@POSIX
def test_one_process_a_folder(tmp_path: Path, practice: Practice) -> None:
    """A second process on the same folder is refused with a sentence that names the first one."""
    with (
        started(tmp_path, practice, MOODLE_TOKEN=practice.token) as first,
        started(tmp_path, practice, MOODLE_TOKEN=practice.token) as second,
    ):
        # Whichever of them came first.
        codes: list[Process] = []
        over = time.monotonic() + PATIENCE
        while not codes and time.monotonic() < over:
            codes = [one for one in (first, second) if one.running.poll() is not None]
            time.sleep(0.05)
        [refused] = codes
        out, err = refused.running.communicate()
        assert (refused.running.returncode, out) == (2, "")
        assert re.search(r"process \d+ serves it already", err)


@POSIX
def test_a_run_is_stopped_cleanly_and_goes_on_later(tmp_path: Path) -> None:
    """At SIGTERM a run stops after the calls under way; the next process shows it as stopped, and goes on with it."""
    with serve(php_workers=1) as practice:
        names = [user["username"] for user in practice.raw["users"][5:605]]
        rows = "\n".join(["username,role,course", *(f"{name},student,PHY101" for name in names)])
        words = ("--chunk-size", "10", "--no-check-existing", "--no-probe")
        with started(tmp_path, practice, *words, MOODLE_TOKEN=practice.token) as process:
            visitor = let_in(process)
            place = visitor.upload("rows.csv", rows.encode()).headers["Location"]
            page = until(visitor, place, "/send")
            run = visitor.post(f"{place}/send", hidden(page)).headers["Location"]
            until(visitor, run, "data-poll")
            over = time.monotonic() + PATIENCE
            while time.monotonic() < over and not re.search(
                r'"done":[1-9]', visitor.get(f"{run}/state").text
            ):
                time.sleep(0.05)
            assert process.end() == 0
        # Written at the end of a run, however it came.
        assert list(tmp_path.rglob("runs/*/results.xlsx"))
        with started(tmp_path, practice, *words, MOODLE_TOKEN=practice.token) as process:
            visitor = let_in(process)
            shown = visitor.get(run).text
            assert "still to be sent" in shown
            assert visitor.post(f"{run}/go-on", hidden(shown)).status == 303
            assert process.end() == 0


def let_in(process: Process) -> Visitor:
    address = process.address()
    visitor = process.visitor(address)
    visitor.get(f"/?{address.partition('?')[2]}")
    return visitor


@POSIX
def test_no_secret_is_left_anywhere(tmp_path: Path, practice: Practice) -> None:
    """With every logger loud, neither password nor token nor session is in any file, output, argument or answer."""
    (tmp_path / "loud").mkdir()
    (tmp_path / "loud" / "sitecustomize.py").write_text(LOUD, encoding="utf-8")
    with started(tmp_path, practice, "--sign-in") as process:
        visitor = process.visitor(process.address())
        seen = [visitor.get("/sign-in").text, visitor.sign_in("wsbot", "wr0ng-pa55word").text]
        seen += [visitor.sign_in("wsbot", PASSWORD).text, arguments(process.running.pid)]
        place = visitor.upload("rows.csv", ROWS).headers["Location"]
        seen += [until(visitor, place, "cannot be sent"), visitor.get("/").text, visitor.get("/runs").text]
        seen += [visitor.get("/no-such").text, visitor.get("/template.xlsx").text]
        session = next(value for name, value in visitor.cookies.items() if name.startswith("batchroles"))
        form = form_token(visitor.get("/"))
        assert process.end() == 0
    files = [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    everything = "\n".join([*seen, *process.said, *files])
    assert "urllib3" in everything
    for secret in (practice.token, PASSWORD, "wr0ng-pa55word", session):
        assert secret not in everything
    assert form not in "\n".join([*process.said, *files])
