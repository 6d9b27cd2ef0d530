"""Practice sites with and without the reports made for batchroles."""

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from batchroles.client import Moodle, Retry
from batchroles.directory import costs
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice

SITE = json.loads((Path(__file__).parents[1] / "sandbox" / "recordings" / "site.json").read_text("utf-8"))
"""The recorded site: people, courses and categories of every odd kind."""
SWIFT = Retry(attempts=2, total=5, base=0.001, longest=0.001)


def client(practice: Practice, **more: Any) -> Moodle:
    """Give a client that hardly waits."""
    return Moodle(practice.url, practice.token, retry=SWIFT, workers=2, **more)


@contextmanager
def site(
    change: Callable[[dict[str, Any]], None] | None = None, **more: Any
) -> Iterator[tuple[Practice, Moodle]]:
    """Serve the recorded site, changed first, with the reports of batchroles where nothing else is said."""
    raw = copy.deepcopy(SITE)
    if change is not None:
        change(raw)
    with serve(raw, **{"reports": True, **more}) as practice, client(practice) as moodle:
        yield practice, moodle


@pytest.fixture
def dear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let look-ups cost so much that a report is read for the sake of a single name."""
    monkeypatch.setattr(costs, "USER", 100.0)
    monkeypatch.setattr(costs, "COURSE_BY_FIELD", 100.0)
    monkeypatch.setattr(costs, "COURSE_OF_ALL", 100.0)
    monkeypatch.setattr("batchroles.directory.people.SAMPLE", 0)
    monkeypatch.setattr("batchroles.directory.courses.SAMPLE", 0)
