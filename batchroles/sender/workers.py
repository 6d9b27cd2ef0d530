"""Threads that carry calls to the site and bring their outcomes back."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Queue, SimpleQueue
from threading import Thread

from batchroles.chunker import Call
from batchroles.client import Moodle
from batchroles.errors import CallRefused, TemporaryFailure
from batchroles.models import Change
from batchroles.models.changes import CallRow, Dates
from batchroles.validator.contexts import absent_place
from batchroles.validator.explanations import AMBIGUOUS


@dataclass(frozen=True, eq=False)
class Task:
    """A call on its way out."""

    number: int
    """Its number in the journal."""
    call: Call
    change: Change
    rows: Sequence[CallRow]
    dates: Sequence[Dates] = ()


@dataclass(frozen=True, eq=False)
class Outcome:
    """A call that came back: `error` is None where Moodle confirmed it."""

    task: Task
    error: Exception | None
    seconds: float


class Workers:
    """As many threads as calls may be under way; daemons, so that leaving at once does not wait for the site."""

    def __init__(self, moodle: Moodle) -> None:
        self._moodle = moodle
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        # No SimpleQueue: a signal that comes while the main thread waits there, and whose handler lasts longer than the
        # rest of the wait, makes its get() wait without an end (Python 3.11 and 3.12: the time left is negative then).
        self._outcomes: Queue[Outcome] = Queue()
        self._threads = [
            Thread(target=self._work, name=f"sender-{n}", daemon=True) for n in range(1, moodle.workers + 1)
        ]
        for thread in self._threads:
            thread.start()

    def send(self, task: Task) -> None:
        """Hand a call to the next free thread."""
        self._tasks.put(task)

    def outcomes(self, seconds: float) -> list[Outcome]:
        """Wait at most so long for the next call that comes back; gives the others that are back as well."""
        found: list[Outcome] = []
        try:
            found.append(self._outcomes.get(timeout=seconds))
            while True:
                found.append(self._outcomes.get_nowait())
        except Empty:
            return found

    def close(self) -> None:
        """Let the threads end after what they are doing."""
        for _ in self._threads:
            self._tasks.put(None)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            began = time.monotonic()
            error: Exception | None = None
            try:
                self._moodle.change(task.change, task.rows, dates=task.dates)
            except CallRefused as refusal:
                error = self._looked_into(refusal, task)
            # Whatever it is: a call of which nothing comes back counts as under way, and the run never ends.
            except Exception as caught:
                error = caught
            self._outcomes.put(Outcome(task, error, time.monotonic() - began))

    def _looked_into(self, refusal: CallRefused, task: Task) -> CallRefused:
        """Find out of a row that was refused alone whether its place is what is missing."""
        if refusal.errorcode == AMBIGUOUS and len(task.rows) == 1:
            # The refusal stands whatever becomes of the look-up, which a stop or a silent site may end.
            with suppress(TemporaryFailure):
                refusal.absent = absent_place(self._moodle, task.rows[0])
        return refusal
