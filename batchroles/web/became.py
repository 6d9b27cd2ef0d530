"""What became of runs, read once: a journal does not change any more when its run is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from batchroles.job import fresh, shown
from batchroles.reporter import Tally
from batchroles.reporter.messages import Message, messages
from batchroles.runs import Head
from batchroles.runs.folders import JOURNAL

MOST = 50
"""Runs of which it is kept at hand."""


@dataclass(frozen=True, eq=False)
class Became:
    """What became of a run."""

    head: Head
    count: Tally
    problems: Sequence[Message]
    """The most rows first."""
    notes: Sequence[str]
    stopped_by: str


@lru_cache(maxsize=MOST)
def became(folder: Path, touched: int) -> Became:  # noqa: ARG001 - what was written since is read anew
    """Read what became of a run, once: that of 100,000 rows takes some seconds. Raises RunError where it is damaged."""
    run, said = fresh(folder)
    with run:
        plan, summary = shown(run)
        told = sorted(messages(plan), key=lambda one: -one.count)
        return Became(run.journal.head, summary.tally, told, [*said, *summary.notes], summary.stopped_by)


def touched(folder: Path) -> int:
    """Give when something was last written into a run's journal: of what is over, that is always the same."""
    try:
        return (folder / JOURNAL).stat().st_mtime_ns
    except OSError:
        return 0
