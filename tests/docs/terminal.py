"""A reader who types the examples of a page, in a folder with the samples, beside a practice Moodle."""

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pytest

from batchroles.cli import main
from batchroles.sandbox.wire.practice import Practice
from tests.docs.pages import ROOT

PROMPT = "$ "
SHELL_SIGNS = set("|<>&;*#$")
SHOWN_SITE = "http://127.0.0.1:40761"
"""The practice site in the documentation; in the test it has another port."""
SHOWN_CONFIG = "/home/you/.config/batchroles/config.toml"
"""The configuration file in the documentation; the test keeps it elsewhere."""

VARYING = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"127-0-0-1-\d+"), "127-0-0-1-PORT"),
    (re.compile(r"\d{8}-\d{6}(?=-)"), "TIME"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"), "WHEN"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(?= UTC)"), "WHEN"),
    (re.compile(r"(?<=\": )\d+\.\d+(?=,?$)", re.MULTILINE), "SECONDS"),
)
"""All that may differ from one run to the next: the port, names of runs, times and seconds."""

ANYTHING = "…"
"""A line of its own that stands for any lines."""


@dataclass(frozen=True)
class Example:
    """A command as it is typed, and what it prints."""

    command: str
    printed: str


def examples(block: str) -> list[Example]:
    """Cut a block into its examples."""
    found = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        found.append(Example(command, printed))
    return found


def same(printed: str, expected: str) -> bool:
    """Whether an output is the expected one, but for what varies and for lines that a page leaves out."""
    parts = re.split(rf"^{ANYTHING}$\n?", normalised(expected), flags=re.MULTILINE)
    pattern = r"(?:.*\n)*?".join(map(re.escape, parts))
    return re.fullmatch(pattern, normalised(printed)) is not None


def normalised(text: str) -> str:
    """Put a fixed word for all that may differ."""
    for varying, word in VARYING:
        text = varying.sub(word, text)
    return "".join(f"{line.rstrip()}\n" for line in text.replace(os.sep, "/").splitlines())


@dataclass
class Reader:
    """Types commands; the folder, the environment and the last exit code go on from one to the next."""

    folder: Path
    practice: Practice
    monkeypatch: pytest.MonkeyPatch
    exit_code: int = 0
    _config: Path = field(init=False)

    def __post_init__(self) -> None:
        """Take a fresh folder with the samples, a site as if just started, and an environment without settings."""
        self.practice.reset()
        (self.folder / "samples").mkdir()
        for name in ("roster.xlsx", "roster.csv", "oneroster.zip"):
            shutil.copy(ROOT / "samples" / name, self.folder / "samples")
        self._config = self.folder.parent / f"{self.folder.name}-config.toml"
        for name in [name for name in os.environ if name.startswith(("BATCHROLES_", "MOODLE_"))]:
            self.monkeypatch.delenv(name)
        settings = {
            "BATCHROLES_CONFIG": str(self._config),
            "COLUMNS": "80",
            "MOODLE_URL": self.practice.url,
            "MOODLE_TOKEN": self.practice.token,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        }
        for name, value in settings.items():
            self.monkeypatch.setenv(name, value)
        self.monkeypatch.chdir(self.folder)

    def types(self, command: str) -> str:
        """Run a command and give what it prints on either stream."""
        self._takes_a_moment()
        command = command.replace(SHOWN_SITE, self.practice.url)
        words = shlex.split(command)
        if words[0] == "export":
            return self._exports(words[1:])
        if words[:2] == ["batchroles", "sandbox"] and "--help" not in words:
            printed = _started(words)
        elif words[0] == "batchroles" and not SHELL_SIGNS & set(command):
            printed = self._runs(words)
        else:
            printed = self._asks_the_shell(command)
        return printed.replace(str(self._config), SHOWN_CONFIG)

    def _takes_a_moment(self) -> None:
        """Wait for the next second where a run began in this one, as a person does who types.

        Names of runs hold the second: a quick machine would number the second run, `…-roster-2`.
        """
        runs = self.folder.glob("batchroles-runs/*")
        newest = max((int(run.stat().st_ctime) for run in runs), default=0)
        while int(time.time()) == newest:
            time.sleep(0.02)

    def _exports(self, settings: list[str]) -> str:
        for setting in settings:
            name, _, value = setting.partition("=")
            self.monkeypatch.setenv(name, value)
        return ""

    def _runs(self, words: list[str]) -> str:
        """Run batchroles in this process: as a child it would take half a second longer."""
        self.monkeypatch.setattr(sys, "argv", words)
        self.monkeypatch.setattr(sys, "stdin", io.StringIO())
        printed = io.StringIO()
        with redirect_stdout(printed), redirect_stderr(printed), pytest.raises(SystemExit) as ended:
            main()
        self.exit_code = int(ended.value.code or 0)
        return printed.getvalue()

    def _asks_the_shell(self, command: str) -> str:
        done = subprocess.run(
            ["sh", "-c", f"(exit {self.exit_code})\n{command}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        self.exit_code = done.returncode
        return done.stdout


def _started(words: list[str]) -> str:
    """Start a practice Moodle, wait until it answers, and end it."""
    command = [sys.executable, "-m", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    ) as site:
        try:
            return "".join(islice(site.stdout or (), 3))
        finally:
            site.terminate()
