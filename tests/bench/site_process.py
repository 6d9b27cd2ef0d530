"""A practice Moodle in a process of its own, so that it and the client do not share an interpreter."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.child import ROOT


@dataclass(frozen=True)
class Site:
    """Where it answers, and to which token."""

    url: str
    token: str


@contextmanager
def practice_site(names: Path, flags: Sequence[str] = ()) -> Iterator[Site]:
    """Serve a site with every name of a CSV file for as long as the `with` block lasts."""
    command = [sys.executable, "-m", "batchroles", "sandbox", "--from", str(names), *flags]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    ) as process:
        try:
            assert process.stdout is not None
            url, token = (process.stdout.readline().strip().partition("=")[2] for _ in range(2))
            yield Site(url, token)
        finally:
            process.terminate()
