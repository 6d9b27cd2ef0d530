"""The start of the program: what a person waits for before anything happens."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.bench.child import ROOT
from tests.bench.lines import Line
from tests.bench.rosters import Roster

TIMES = 7


def bench(folder: Path) -> list[Line]:
    """Time two commands as processes, several times."""
    path = Roster(10, 10, 2).write_csv(folder / "ten.csv")
    return [
        _timed("batchroles --help", ["--help"], 0.3),
        _timed("batchroles check of ten rows, offline", ["check", "--offline", str(path)], 1.2),
    ]


def _timed(what: str, arguments: Sequence[str], most: float) -> Line:
    times = [_seconds(arguments) for _ in range(TIMES)]
    return Line(
        f"start: {what}",
        f"{median(times):.2f} s (best {min(times):.2f} s of {TIMES})",
        f"at most {most} s",
        median(times) <= most,
        {"seconds": times},
    )


def _seconds(arguments: Sequence[str]) -> float:
    began = perf_counter()
    subprocess.run(
        [sys.executable, "-m", "batchroles", *arguments],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        check=True,
    )
    return perf_counter() - began
