"""Running batchroles in this process, as its entry point does, in a clean environment."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from batchroles.cli import main


@dataclass(frozen=True)
class Ended:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


class Shell:
    """Runs commands; `config` is the configuration file, which is not there to begin with."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.config = folder / "config" / "config.toml"
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def run(self, *words: str, env: Mapping[str, str] | None = None, stdin: str | bytes = "") -> Ended:
        """Run one command with these environment variables and this standard input, which is no terminal."""
        with self._monkeypatch.context() as patch:
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["batchroles", *words])
            given = stdin.encode() if isinstance(stdin, str) else stdin
            patch.setattr(sys, "stdin", TextIOWrapper(BytesIO(given), encoding="utf-8"))
            with pytest.raises(SystemExit) as ended:
                main()
        printed = self._capsys.readouterr()
        return Ended(int(ended.value.code or 0), printed.out, printed.err)

    def configure(self, text: str) -> None:
        """Write the configuration file, readable by its owner only."""
        self.config.parent.mkdir(exist_ok=True)
        self.config.write_text(text, encoding="utf-8")
        self.config.chmod(0o600)
