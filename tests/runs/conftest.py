"""A folder to work in, a practice site, and commands in processes of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from batchroles.sandbox import make_site, serve
from batchroles.sandbox.wire.practice import Practice
from tests import forked


class Desk:
    """Types commands in one folder."""

    def __init__(self, folder: Path, practice: Practice) -> None:
        self.folder = folder
        self.practice = practice
        self.runs = folder / "batchroles-runs"

    def start(self, *words: str, **environment: str) -> forked.Command:
        """Start a command."""
        settings = {
            "MOODLE_URL": self.practice.url,
            "MOODLE_TOKEN": self.practice.token,
            "XDG_STATE_HOME": str(self.folder / "state"),
            "BATCHROLES_SETTLE_PAUSE": "0.1",
            "BATCHROLES_CONFIG": str(self.folder / "no-config.toml"),
            **environment,
        }
        return forked.start(words, self.folder, settings)

    def types(self, *words: str, code: int = 0, **environment: str) -> str:
        """Run a command that ends with this exit code; gives what it says on stderr."""
        child = self.start(*words, **environment)
        _, said = child.communicate()
        assert child.returncode == code, said
        assert "Traceback" not in said
        return said

    def held(self) -> int:
        """Count the role assignments of the site."""
        return len(self.practice.state()["role_assignments"])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Give a desk with a small site."""
    with serve(make_site(users=60, courses=12, categories=3)) as practice:
        yield Desk(tmp_path, practice)
