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
from batchroles.sandbox.wire.practice import Practice
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
        got, said = talk(tmp_path, ["assign", path.name], environment(practice, tmp_path), answer)
        assert len(holdings(practice) - before) == landed, said
    assert f"{len(users)}  assign student in course C-ART-201" in said
    assert f"{asked} http://127.0.0.1:" in said
    assert got == code, said


def environment(practice: Practice, folder: Path) -> dict[str, str]:
    return {
        "MOODLE_URL": practice.url,
        "MOODLE_TOKEN": practice.token,
        "HOME": str(folder),
        "TERM": "xterm",
    }


def before_question(said: str) -> list[str]:
    """Give the lines that stand on the terminal after the notes, up to the question; progress is drawn over."""
    lines = [
        line.rpartition("\r")[2] for line in said.replace("\r\n", "\n").partition("[y/N]")[0].split("\n")
    ]
    return [line.rstrip() for line in lines if line.startswith(("  ", "Send"))]


def test_what_a_person_reads_before_saying_yes(tmp_path: Path) -> None:
    """How much of what, what is taken away before what is given, one role as one group, and the first people."""
    with serve(recorded_site()) as practice:
        given = write_csv(
            tmp_path / "given.csv",
            ["username", "role", "course"],
            [(f"u0{n}", "teacher", "C-NOMAN") for n in (1, 2)],
        )
        talk(tmp_path, ["assign", given.name], environment(practice, tmp_path), b"y\n")
        rows = [
            ("add", "u03", "Student", "C-NOMAN"),
            ("add", "u04", "student", "C-NOMAN"),
            ("add", "u05", "STUDENT", "C-NOMAN"),
            ("add", "u05", "student", "C-NOMAN"),
            ("add", "u06", "teacher", "C-NOMAN"),
            ("del", "u02", "teacher", "C-NOMAN"),
            ("del", "u01", "teacher", "C-NOMAN"),
            ("add", "nobody", "teacher", "C-NOMAN"),
        ]
        path = write_csv(tmp_path / "mixed.csv", ["action", "username", "role", "course"], rows)
        code, said = talk(tmp_path, ["assign", path.name], environment(practice, tmp_path), b"n\n")
        assert before_question(said) == [
            "  2 to be unassigned, 4 to be assigned, 1 repeat, 1 cannot be sent (user-not-found 1)",
            "  \u2212       2  unassign teacher in course C-NOMAN",
            "  +       3  assign student in course C-NOMAN",
            "  +       1  assign teacher in course C-NOMAN",
            "  such as  Ben Becker (u02) is no longer teacher in No manual enrolment (C-NOMAN)",
            "           Anna Abel (u01) is no longer teacher in No manual enrolment (C-NOMAN)",
            "           Clara Conrad (u03) becomes student in No manual enrolment (C-NOMAN)",
            "           David Dietz (u04) becomes student in No manual enrolment (C-NOMAN)",
            "           Eva Ernst (u05) becomes student in No manual enrolment (C-NOMAN)",
            f"Send 6 rows to {practice.url}?",
        ]
        assert code == 130


def test_a_saved_plan_is_asked_about_before_it_is_sent(tmp_path: Path) -> None:
    """On a terminal a dry run shows the first people; apply asks once, and names what no row names any more."""
    lists = {
        "first.csv": [("u01", "student", "C-NOMAN"), ("u02", "student", "C-NOMAN")],
        "second.csv": [("u02", "student", "C-NOMAN"), ("u03", "student", "C-NOMAN")],
    }
    with serve(recorded_site()) as practice:
        home = environment(practice, tmp_path)

        def sync(name: str, *flags: str) -> str:
            path = write_csv(tmp_path / name, ["username", "role", "course"], lists[name])
            words = ["sync", path.name, "--name", "students", "--state", "state", "--min-rows", "1", *flags]
            return talk(tmp_path, words, home, b"y\n")[1]

        sync("first.csv")
        shown = [
            "  1 to be unassigned, 1 to be assigned, 1 so already",
            "  \u2212       1  unassign student in course C-NOMAN",
            "  +       1  assign student in course C-NOMAN",
            "   namely  Anna Abel (u01) is no longer student in No manual enrolment (C-NOMAN)",
            "           Clara Conrad (u03) becomes student in No manual enrolment (C-NOMAN)",
        ]
        assert before_question(sync("second.csv", "--dry-run"))[: len(shown)] == shown
        before = holdings(practice)
        code, said = talk(tmp_path, ["apply", "last"], home, b"n\n")
        assert before_question(said) == [*shown, f"Send 2 rows to {practice.url}?"]
        assert (code, holdings(practice)) == (130, before)
        code, said = talk(tmp_path, ["apply", "last"], home, b"y\n")
        assert (code, len(holdings(practice) ^ before)) == (0, 2)
        assert "[y/N]" not in talk(tmp_path, ["apply", "last"], home, b"n\n")[1]


def test_names_that_a_site_hides(tmp_path: Path) -> None:
    """Where the site shows no name of a person the user name stands alone."""
    raw = recorded_site()
    for user in raw["users"]:
        user["firstname"] = user["lastname"] = ""
    path = write_csv(tmp_path / "roster.csv", ["username", "role", "course"], [("u01", "teacher", "C-NOMAN")])
    with serve(raw) as practice:
        _, said = talk(tmp_path, ["assign", path.name], environment(practice, tmp_path), b"n\n")
    assert (
        before_question(said)[-2] == "   namely  u01 (id 10) becomes teacher in No manual enrolment (C-NOMAN)"
    )


def test_quiet_says_what_leads_to_the_question(tmp_path: Path) -> None:
    """With --quiet a person sees the plan and is asked all the same; after a yes nothing follows where all is well."""
    path = write_csv(
        tmp_path / "roster.csv", ["username", "role", "course"], [("u21", "student", "C-ART-201")]
    )
    with serve(recorded_site()) as practice:
        quiet = ["assign", path.name, "--quiet"]
        code, said = talk(tmp_path, quiet, environment(practice, tmp_path), b"y\n")
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
