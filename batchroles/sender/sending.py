"""The coordinator: hands calls to the workers, takes in their outcomes, and keeps the journal."""

import time
from collections.abc import Callable

from batchroles.chunker import Call, Dispatcher, Fate, Verdict
from batchroles.chunker.order import Ints, Work
from batchroles.client import Moodle, Observer
from batchroles.errors import (
    BatchrolesError,
    CallRefused,
    CallTooLarge,
    NoAnswer,
    SiteRefusal,
    TemporaryFailure,
)
from batchroles.models import Status
from batchroles.runs import Book, Ruling
from batchroles.sender.guards import Ended, Guards, Halt, Throttle
from batchroles.sender.pace import Pace
from batchroles.sender.workers import Outcome, Task, Workers
from batchroles.text import count_of
from batchroles.validator.explanations import NO_ANSWER, explain

LOOK_UP = 0.2
"""Seconds between looks at whether to stop, while nothing comes back."""


class Pacing:
    """Slows the pace when the client has to try again, and passes everything on to who listened before."""

    def __init__(self, pace: Pace, listener: Observer) -> None:
        self._pace = pace
        self._listener = listener

    def answered(self, function: str, seconds: float) -> None:
        """Pass it on: the coordinator takes note of answers itself."""
        self._listener.answered(function, seconds)

    def retrying(self, function: str, reason: str, pause: float) -> None:
        """Take it for a sign that the site is too busy."""
        self._pace.trouble()
        self._listener.retrying(function, reason, pause)


class Sending:
    """One go at the open items of a plan, until all have a fate or something stops it."""

    def __init__(
        self,
        work: Work,
        moodle: Moodle,
        book: Book,
        guards: Guards,
        halt: Halt,
        *,
        errors_before: int = 0,
        progress: Callable[[int, int], None] = lambda _, __: None,
        lives: Callable[[], None] = lambda: None,
    ) -> None:
        """`errors_before`: failed rows that count for the guard already.

        `progress` is told of settled rows, and how many of these were refused.
        `lives` is called several times a second for as long as calls are under way.
        """
        self.work = work
        self.pace = Pace(guards, moodle.workers)
        # Its own stop: what ends the sending does not keep anybody from reading back.
        self._moodle = moodle.session(Pacing(self.pace, moodle.observer))
        self._book = book
        self._guards = guards
        self._halt = halt
        self._errors = errors_before
        self._progress = progress
        self._lives = lives
        self._throttle = Throttle(guards.rate)
        self._flying = 0
        self._lost = False

    def run(self, first: Ints) -> Ended | None:
        """Send everything, the items in `first` before the others. Gives why it ended early, or None.

        Raises TemporaryFailure where the journal cannot be written.
        """
        limit = min(self._guards.chunk_size, self._moodle.max_rows(self.work.variables()))
        self.dispatcher = Dispatcher(self.work, limit, first)
        workers = Workers(self._moodle)
        try:
            self._go(workers)
        except BaseException:
            self._moodle.stop.set()
            raise
        finally:
            workers.close()
        unfinished = self._lost or len(self.dispatcher.open_items())
        return self._halt.reason if unfinished else None

    def _go(self, workers: Workers) -> None:
        self._check_errors()
        outcomes: list[Outcome] = []
        while True:
            tasks: list[Task] = []
            self._lives()
            # What is written of these answers and of the calls that follow is on disk before any of them leaves.
            with self._book.together():
                for outcome in outcomes:
                    self._take_in(outcome)
                defect = next((one.error for one in outcomes if _is_defect(one.error)), None)
                wait = self._next(tasks) if defect is None else None
            # After the commit: what the other calls were answered is kept, whatever is wrong here.
            if defect is not None:
                raise defect
            for task in tasks:
                workers.send(task)
            if not self._flying and wait is None:
                return
            outcomes = workers.outcomes(min(LOOK_UP, wait) if wait else LOOK_UP)

    def _next(self, tasks: list[Task]) -> float | None:
        """Add the calls that may go now. Gives the seconds until more may, or None if only an answer can bring more."""
        if self._halt.reason is not None:
            self._moodle.stop.set()
            return None
        while self._flying < self.pace.workers:
            if wait := self._throttle.wait():
                return wait
            call = self.dispatcher.take(self._throttle.most(self.pace.size))
            if call is None:
                return None
            tasks.append(self._task(call))
        return None

    def _task(self, call: Call) -> Task:
        change = self.work.change_of(call.items)
        number = self._book.intend(change.function, self.work.line[call.items])
        self._flying += 1
        self._throttle.sent(len(call.items))
        return Task(number, call, change, self.work.rows(call.items), self.work.dates(call.items))

    def _take_in(self, outcome: Outcome) -> None:
        self._flying -= 1
        result = self._tell_dispatcher(outcome.task.call, outcome.error)
        errorcode = getattr(outcome.error, "errorcode", "")
        verdicts = self.dispatcher.drain()
        self._book.settle(outcome.task.number, result, errorcode, [self._ruling(one) for one in verdicts])
        if result in ("done", "refused"):
            self.pace.fine(outcome.seconds, len(outcome.task.rows) if result == "done" else 0)
        refused = sum(len(one.items) for one in verdicts if one.fate is Fate.REFUSED)
        self._errors += refused
        self._check_errors()
        self._progress(sum(len(one.items) for one in verdicts if one.fate is not Fate.UNKNOWN), refused)

    def _tell_dispatcher(self, call: Call, error: Exception | None) -> str:
        """Pass an answer on; gives the result as the journal names it."""
        match error:
            case None:
                self.dispatcher.accepted(call)
                return "done"
            # In front of CallRefused, which it is as well.
            case CallTooLarge():
                self.dispatcher.too_large(call, error)
                return "refused"
            case CallRefused():
                self.dispatcher.refused(call, error)
                return "refused"
            # NoAnswer is a TemporaryFailure too, but such a call may have been done: all rows were stored in the cases
            # `gateway-timeout-assign` and `client-disconnect-assign`.
            case SiteRefusal(maybe_done=False) | TemporaryFailure() if not isinstance(error, NoAnswer):
                self.dispatcher.not_sent(call)
                self._halt.ask(Ended(error.exit_code, str(error)))
                return "not sent"
            # A defect in the client as well: it may have shown itself after the call was sent.
            case _:
                self.dispatcher.lost(call)
                self._lost = True
                self._halt.ask(Ended(getattr(error, "exit_code", TemporaryFailure.exit_code), str(error)))
                return "lost"

    def _ruling(self, verdict: Verdict) -> Ruling:
        lines = self.work.line[verdict.items]
        if verdict.fate is Fate.UNKNOWN:
            return Ruling(lines, Status.UNKNOWN, NO_ANSWER)
        if verdict.fate is Fate.DONE:
            return Ruling(lines, self.work.change_of(verdict.items).done)
        if verdict.refusal is None:
            raise AssertionError("a refused verdict comes with a refusal")
        userid = int(self.work.userid[verdict.items[0]])
        return Ruling(lines, Status.REFUSED, explain(verdict.refusal, verdict.cause, userid))

    def _check_errors(self) -> None:
        most = self._guards.max_errors
        if most is not None and self._errors > most:
            self._halt.ask(
                Ended(
                    3,
                    f"stopped by --max-errors: {count_of(self._errors, 'row')} failed,"
                    f" {count_of(most, 'is', 'are')} allowed",
                )
            )


def _is_defect(error: Exception | None) -> bool:
    return error is not None and not isinstance(error, BatchrolesError)


def wait_for_stragglers(
    last_asked: float | None, settle_pause: float, halt: Halt, listener: Observer
) -> None:
    """Wait until the site is done with calls whose answer was never seen, asked for last at `last_asked` (time.time).

    The same assignment in two calls at once could be stored twice.
    """
    if last_asked is None:
        return
    # Never longer than the pause itself: where the clock was set back since, the rest would be hours.
    pause = min(settle_pause, last_asked + settle_pause - time.time())
    until = time.monotonic() + pause
    if pause > 0:
        listener.retrying("earlier calls", "their answers were never seen", pause)
    while halt.reason is None and time.monotonic() < until:
        time.sleep(min(LOOK_UP, max(0.0, until - time.monotonic())))
