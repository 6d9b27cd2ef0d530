"""What a person at a terminal sees: the question before sending."""

import os
import sys
from pathlib import Path

import pytest

from batchroles.sandbox import serve
from tests.job.helpers import holdings, recorded_site, write_csv

pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals")


def talk(folder: Path, words: list[str], environment: dict[str, str], answer: bytes) -> tuple[int, str]:
    """Run batchroles on a terminal of its own and answer its question; gives the exit code and all it said."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve(sys.executable, [sys.executable, "-m", "batchroles", *words], environment)  # noqa: S606
    said = b""
    asked = False
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # Linux says so when the other side is closed
            break
        if not part:
            break
        said += part
        if not asked and b"[y/N]" in said:
            asked = True
            os.write(terminal, answer)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said.decode()


@pytest.mark.parametrize(("answer", "code", "landed"), [(b"n\n", 130, 0), (b"y\n", 0, 2)])
def test_a_person_sees_the_plan_and_is_asked(tmp_path: Path, answer: bytes, code: int, landed: int) -> None:
    """On a terminal assign shows what it is about to send and sends only after a yes."""
    path = write_csv(
        tmp_path / "roster.csv",
        ["username", "role", "course"],
        [("u21", "student", "C-ART-201"), ("u22", "student", "C-ART-201")],
    )
    with serve(recorded_site()) as practice:
        before = holdings(practice)
        environment = {
            "MOODLE_URL": practice.url,
            "MOODLE_TOKEN": practice.token,
            "HOME": str(tmp_path),
            "TERM": "xterm",
        }
        got, said = talk(tmp_path, ["assign", path.name], environment, answer)
        assert len(holdings(practice) - before) == landed, said
    assert "2  assign student in course C-ART-201" in said
    assert "Send 2 rows to http://127.0.0.1:" in said
    assert got == code, said
