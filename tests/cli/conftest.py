"""A command line of the test's own: no settings from outside, and a configuration file that is not there yet."""

import os
from pathlib import Path

import pytest

from tests.cli.running import Shell


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Give what runs commands."""
    for name in [name for name in os.environ if name.startswith(("MOODLE_", "BATCHROLES_"))]:
        monkeypatch.delenv(name)
    shell = Shell(tmp_path, monkeypatch, capsys)
    monkeypatch.setenv("BATCHROLES_CONFIG", str(shell.config))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.chdir(tmp_path)
    return shell
