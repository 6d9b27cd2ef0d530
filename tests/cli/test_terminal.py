"""What a person at a terminal sees: the question before sending."""

import io
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from batchroles.cli.talking import Voice
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


@pytest.mark.parametrize(
    ("users", "answer", "code", "landed", "asked"),
    [
        (["u21", "u22"], b"n\n", 130, 0, "Send 2 rows to"),
        (["u21", "u22"], b"y\n", 0, 2, "Send 2 rows to"),
        (["u21"], b"n\n", 130, 0, "Send 1 row to"),
    ],
)
def test_a_person_sees_the_plan_and_is_asked(
    tmp_path: Path, users: list[str], answer: bytes, code: int, landed: int, asked: str
) -> None:
    """On a terminal assign shows what it is about to send and sends only after a yes."""
    path = write_csv(
        tmp_path / "roster.csv",
        ["username", "role", "course"],
        [(user, "student", "C-ART-201") for user in users],
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
    assert f"{len(users)}  assign student in course C-ART-201" in said
    assert f"{asked} http://127.0.0.1:" in said
    assert got == code, said


def test_quiet_says_what_leads_to_the_question(tmp_path: Path) -> None:
    """With --quiet a person sees the plan and is asked all the same; after a yes nothing follows where all is well."""
    path = write_csv(
        tmp_path / "roster.csv", ["username", "role", "course"], [("u21", "student", "C-ART-201")]
    )
    with serve(recorded_site()) as practice:
        environment = {
            "MOODLE_URL": practice.url,
            "MOODLE_TOKEN": practice.token,
            "HOME": str(tmp_path),
            "TERM": "xterm",
        }
        code, said = talk(tmp_path, ["assign", path.name, "--quiet"], environment, b"y\n")
    assert "1  assign student in course C-ART-201" in said
    assert "Send 1 row to" in said
    assert "done" not in said
    assert code == 0, said


class Watched(io.StringIO):
    """A terminal at which something happens as soon as a sentence about a retry is about to be written."""

    def __init__(self, happening: Callable[[], None]) -> None:
        super().__init__()
        self._happening: Callable[[], None] | None = happening

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if "trying again" in text and self._happening is not None:
            happening, self._happening = self._happening, None
            happening()
        return super().write(text)


def test_a_sentence_stands_on_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress that comes in another thread while a retry is told is not drawn in front of the sentence."""
    voice = Voice()

    def advance() -> None:
        thread.start()
        thread.join(0.1)

    thread = threading.Thread(target=voice.progress, args=("courses", 5, 10))
    terminal = Watched(advance)
    monkeypatch.setattr(sys, "stderr", terminal)
    voice.progress("users", 1, 10)
    voice.retrying("core_user_get_users", "the site is overloaded", 2)
    thread.join()
    voice.close()
    before, _, _ = terminal.getvalue().partition("core_user_get_users")
    assert before.endswith("\r")
    assert "courses" not in before
