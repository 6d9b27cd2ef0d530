"""The token is in nothing that any command writes, at the highest log level and when things go wrong."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from batchroles.cli.commands import COMMANDS
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from batchroles.sandbox.wire.web import Answer, Request
from tests.client.odd_server import Reply
from tests.client.odd_server import serve as serve_odd
from tests.sandbox.replay import read_site

pytestmark = pytest.mark.long

SECRET = "5ec2e75ec2e75ec2e75ec2e75ec2e700"
LOUD = """\
import logging, sys
logging.basicConfig(level=1, stream=sys.stderr, format="%(name)s %(message)s %(args)s")
"""
"""Read by every child process before anything else: all loggers speak, urllib3's among them."""

ROWS = "username,role,course\nu01,student,C-NOMAN\nu02,student,C-NOMAN\nnobody,student,C-NOMAN\n"

ON_A_SOUND_SITE = {
    "setup": (["setup"], 0),
    "doctor": (["doctor"], 0),
    "config": (["config"], 0),
    "roles": (["roles"], 0),
    "template": (["template", "out.xlsx", "--with-courses"], 0),
    "check": (["check", "rows.csv", "--log-file", "job.log", "--metrics-file", "job.prom"], 1),
    "plan": (["plan", "rows.csv", "--out", "planned"], 1),
    "apply": (["apply", "planned", "--verify"], 1),
    "retry": (["retry", "planned", "--out", "again"], 1),
    "undo": (["undo", "planned", "--out", "undone"], 0),
    "assign": (["assign", "rows.csv", "--no-check-existing", "--out", "assigned"], 1),
    "unassign": (["unassign", "rows.csv", "--out", "unassigned"], 1),
    "enrol": (["enrol", "rows.csv", "--out", "enrolled"], 1),
    "unenrol": (["unenrol", "rows.csv", "--out", "unenrolled"], 1),
    "sync": (["sync", "rows.csv", "--name", "secret", "--state", "state", "--out", "synced"], 1),
    "export": (["export", "who.csv", "--review"], 0),
    "review": (["review", "who.csv", "--out", "reviewed"], 0),
    "compare": (["compare", "who.csv"], 0),
    "why": (["why", "u01"], 0),
    "show": (["show", "planned"], 0),
    "runs": (["runs"], 0),
    "guide": (["guide", "sync"], 0),
    "login": (["login", "--name", "other"], 0),
}
"""Command → its words and its exit code. `sandbox` is left out: the practice token that it prints is its result; `web`
does not end by itself, and is looked at in tests/web."""


@dataclass
class Witness:
    """Runs commands and keeps everything that could give a secret away."""

    folder: Path
    seen: list[str] = field(default_factory=list)

    def run(self, url: str, words: list[str], **ways: str) -> int:
        """Run a command against a site, its token given in one of the ways there are."""
        process = subprocess.Popen(
            [sys.executable, "-m", "batchroles", *words],
            cwd=self.folder,
            env={**self._environment(url), **ways},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.seen.append(arguments(process.pid))
        self.seen.append(process.communicate(f"{SECRET}\n")[0])
        return process.returncode

    def _environment(self, url: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "SYSTEMROOT": os.environ.get("SYSTEMROOT", ""),
            "PYTHONPATH": f"{self.folder / 'loud'}{os.pathsep}{Path(__file__).parents[2]}",
            "PYTHONWARNINGS": "default",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "BATCHROLES_CONFIG": str(self.folder / "secret" / "config.toml"),
            "BATCHROLES_RETRY_FOR": "0",
            "MOODLE_URL": url,
        }

    def everything(self) -> Iterator[tuple[str, bytes]]:
        """Yield each thing that was written: output, arguments, requests, files, and what is packed in files."""
        yield from (("output", text.encode()) for text in self.seen)
        for path in sorted(self.folder.rglob("*")):
            if not path.is_file() or path.parent.name in ("secret", "loud"):
                continue
            yield str(path), path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as packed:
                    yield from ((f"{path}!{name}", packed.read(name)) for name in packed.namelist())


def arguments(pid: int) -> str:
    """Give a process's arguments as every user of the machine can see them; empty where there is no such place."""
    place = Path(f"/proc/{pid}/cmdline")
    return place.read_text("utf-8", errors="replace") if place.exists() else ""


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    """Prepare a folder with rows, a loud Python, and the token in a file."""
    for name in ("loud", "secret"):
        (tmp_path / name).mkdir(mode=0o700)
    (tmp_path / "loud" / "sitecustomize.py").write_text(LOUD, encoding="utf-8")
    (tmp_path / "secret" / "token").write_text(SECRET, encoding="utf-8")
    (tmp_path / "secret" / "token").chmod(0o600)
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    return Witness(tmp_path)


@contextmanager
def overheard(witness: Witness, monkeypatch: pytest.MonkeyPatch, state: str) -> Iterator[Practice]:
    """Serve the recorded site with the secret as its token, and note the address of every request."""
    site = read_site()
    site["tokens"][0]["token"] = SECRET
    with serve(site, state=state) as practice:
        answer = practice.answer

        def noting(request: Request) -> Answer:
            witness.seen.append(f"{request.path}?{request.query}")
            return answer(request)

        monkeypatch.setattr(practice, "answer", noting)
        yield practice


def assert_nowhere(witness: Witness) -> None:
    """Look for the token in everything."""
    found = [name for name, content in witness.everything() if SECRET.encode() in content]
    assert found == []


def test_every_command_is_looked_at() -> None:
    """No command is forgotten here."""
    assert {*ON_A_SOUND_SITE, "sandbox", "web"} == set(COMMANDS)


def test_nowhere_when_all_goes_well(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command does its work on a site that tells its reasons, and none lets the token be seen."""
    with overheard(witness, monkeypatch, "debug-display") as practice:
        codes = {
            name: witness.run(practice.url, words, MOODLE_TOKEN=SECRET)
            for name, (words, _) in ON_A_SOUND_SITE.items()
        }
    assert codes == {name: code for name, (_, code) in ON_A_SOUND_SITE.items()}
    assert sum("urllib3" in text for text in witness.seen) >= 8
    assert sum("/webservice/rest/server.php?" in text for text in witness.seen) > 50
    assert_nowhere(witness)


def test_nowhere_when_the_site_repeats_what_it_was_sent(witness: Witness) -> None:
    """A site that puts the token into its errors, pages and redirects gets it into nothing."""
    replies = [
        Reply(f'{{"exception":"x","errorcode":"invalidtoken","message":"{SECRET}","debuginfo":"{SECRET}"}}'),
        Reply(f"<html><title>{SECRET}</title></html>", status=404),
        Reply(f'{{"exception":"x","errorcode":"other","message":"{SECRET}","debuginfo":"{SECRET}"}}'),
        Reply(status=301, headers={"Location": f"https://example.edu/{SECRET}?wstoken={SECRET}"}),
        Reply(f"Warning: {SECRET}\nnull"),
        Reply(f"<html>{SECRET}</html>", status=503),
    ]
    asking = [
        words for name, (words, _) in ON_A_SOUND_SITE.items() if name in ("doctor", "check", "roles", "login")
    ]
    codes = []
    for number, reply in enumerate(replies):
        with serve_odd(reply) as odd:
            codes.append(witness.run(odd.url, asking[number % len(asking)], MOODLE_TOKEN=SECRET))
            assert odd.requests
            assert not [path for path, _ in odd.requests if SECRET in path]
    assert 0 not in codes
    assert_nowhere(witness)


@pytest.mark.parametrize("way", ["environment", "file", "command", "profile"])
def test_nowhere_whichever_way_it_is_given(
    witness: Witness, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """However the token is given, a refusal of the site names neither it nor what printed it."""
    kept = witness.folder / "secret"
    (kept / "print.py").write_text(f"print({SECRET!r})", encoding="utf-8")
    ways = {
        "environment": {"MOODLE_TOKEN": SECRET},
        "file": {"BATCHROLES_TOKEN_FILE": str(kept / "token")},
        "command": {
            "BATCHROLES_TOKEN_COMMAND": f'"{Path(sys.executable).as_posix()}" "{(kept / "print.py").as_posix()}"'
        },
        "profile": {"BATCHROLES_SITE": "campus"},
    }
    with overheard(witness, monkeypatch, "bot-no-rest-debug") as practice:
        (kept / "config.toml").write_text(
            f'[site.campus]\nurl = "{practice.url}"\ntoken = "{SECRET}"\n', encoding="utf-8"
        )
        (kept / "config.toml").chmod(0o600)
        assert witness.run(practice.url, ["assign", "rows.csv"], **ways[way]) == 4
        assert witness.run(practice.url, ["config"], **ways[way]) == 0
    assert "<hidden>" in witness.seen[-1]
    assert_nowhere(witness)


def test_nowhere_when_nobody_answers(witness: Witness) -> None:
    """A site that is not there leaves no token in the error."""
    with serve_odd() as odd:
        url = odd.url
    assert witness.run(url, ["check", "rows.csv"], MOODLE_TOKEN=SECRET) == 5
    assert_nowhere(witness)


def test_the_search_finds_what_is_there(witness: Witness) -> None:
    """The search would find a token in output, in a file, and in a file packed in another."""
    witness.seen.append(SECRET)
    (witness.folder / "plain.txt").write_text(SECRET, encoding="utf-8")
    with zipfile.ZipFile(witness.folder / "packed.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("sheet.xml", SECRET)
    found = [Path(name).name for name, content in witness.everything() if SECRET.encode() in content]
    assert found == ["output", "packed.xlsx!sheet.xml", "plain.txt"]
