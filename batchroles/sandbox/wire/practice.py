"""The running practice Moodle: one site behind one lock, and what tests and the command ask of it."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from batchroles.sandbox.errors import ConnectionCut
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.site.tables import Row
from batchroles.sandbox.wire import front, latency
from batchroles.sandbox.wire.faults import RETRY_AFTER_SECONDS, REVOKED, SLOW_SECONDS, Fault, Faults
from batchroles.sandbox.wire.machine import Machine, Work
from batchroles.sandbox.wire.web import Answer, Request, web_server_page

TICK = 0.001
"""Seconds between two looks at the time, at least."""
TIMES = ("timecreated", "timemodified")


def _timeless(row: Row) -> Row:
    """Leave out when a row was made: two states are equal that hold the same."""
    return {name: value for name, value in row.items() if name not in TIMES}


class Practice:
    """A site that answers requests, remembers its calls, misbehaves as asked, and can start over."""

    def __init__(
        self, raw: dict[str, Any], url: str, faults: Sequence[Fault] = (), seed: int = 0, php_workers: int = 0
    ) -> None:
        self.raw = raw
        self.url = url
        """Where it is served."""
        self._lock = threading.Lock()
        self._workers = threading.BoundedSemaphore(php_workers) if php_workers else None
        self._time = threading.Condition()
        self._machine = Machine(seed=seed)
        self._calls: Counter[str] = Counter()
        self._faults = Faults(faults, seed)
        self._misbehaviour: dict[str, Callable[[Request], Answer]] = {
            "503": self._busy,
            "429": self._too_many,
            "slow": self._slow,
            "drop-before": self._drop_before,
            "drop-after": self._drop_after,
            "half-answer": self._half_answer,
            "html": self._html,
            "maintenance": self._maintenance,
            REVOKED: self._revoke,
        }
        self.site = Site(raw)

    @property
    def token(self) -> str:
        """The token of the site's bot: its first token."""
        return str(self.raw["tokens"][0]["token"])

    def reset(self) -> None:
        """Start over: the site as its file says, no calls yet, the faults from their beginning."""
        with self._lock:
            self.site = Site(self.raw)
            self._calls.clear()
            self._faults.reset()

    def calls(self) -> dict[str, int]:
        """Give the calls so far by function, those that were done and those that were refused."""
        with self._lock:
            return dict(self._calls)

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """Give who holds which roles and who is enrolled where, now."""
        with self._lock:
            assignments = list(self.site.role_assignments.rows.values())
            enrolments = list(self.site.user_enrolments.rows.values())
        return {
            "role_assignments": [_timeless(row) for row in assignments],
            "user_enrolments": [{**_timeless(row), "enrol": row["method"]} for row in enrolments],
        }

    def change(self, change: Callable[[Site], None]) -> None:
        """Change the site between two calls, as its administrator would in the browser."""
        with self._lock:
            change(self.site)
            self.site.journal.commit()

    def answer(self, request: Request) -> Answer:
        """Answer one request, or raise `ConnectionCut` where a fault says so."""
        if front.script_of(request.path) != front.REST:
            return self._work(request)
        with self._lock:
            fault = self._faults.next()
        answer = self._misbehaviour.get(fault, self._work)(request)
        if self._faults.times_out(answer.rows):
            return web_server_page(504, "Gateway Time-out", answer.function)
        return answer

    def _work(self, request: Request) -> Answer:
        if self._workers is None:
            return self._do(request, front.answer)
        with self._workers:
            return self._do(request, self._after_its_time(request))

    def _do(self, request: Request, answer_to: Callable[[Site, Request], Answer]) -> Answer:
        with self._lock:
            answer = answer_to(self.site, request)
            if answer.function:
                self._calls[answer.function] += 1
        return answer

    def _after_its_time(self, request: Request) -> Callable[[Site, Request], Answer]:
        """Let the time go by that a request takes, and give what answers it then.

        Nothing is changed before: a call's changes are seen when it ends, all at once, or never.
        """
        began = time.monotonic()
        with self._lock, self.site.journal.rehearsal() as changes:
            answer = front.answer(self.site, request)
            users = [
                (after or before or {})["userid"]
                for table, before, after in changes
                if table is self.site.role_assignments
            ]
        work = latency.work(answer.function, answer.seconds, users, time.monotonic() - began)
        if self._ends(work):
            return front.answer if changes else lambda *_: answer
        return lambda *given: replace(front.deadlock_answer(*given), function=answer.function)

    def _ends(self, work: Work) -> bool:
        """Wait until a call ends; False: the database rolled it back."""
        with self._time:
            process = self._machine.begin(work, time.monotonic())
            while process.done is None:
                self._time.wait(max(TICK, self._machine.soonest(process) - time.monotonic()))
                self._machine.advance(time.monotonic())
        return process.done

    def _busy(self, _request: Request) -> Answer:
        return web_server_page(503, "Service Temporarily Unavailable")

    def _too_many(self, _request: Request) -> Answer:
        page = web_server_page(429, "Too Many Requests")
        return replace(page, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})

    def _slow(self, request: Request) -> Answer:
        answer = self._work(request)
        time.sleep(SLOW_SECONDS)
        return answer

    def _drop_before(self, _request: Request) -> Answer:
        raise ConnectionCut

    def _drop_after(self, request: Request) -> Answer:
        self._work(request)
        raise ConnectionCut

    def _half_answer(self, request: Request) -> Answer:
        return replace(self._work(request), cut=True)

    def _html(self, _request: Request) -> Answer:
        page = "<!DOCTYPE html>\n<html><head><title>Please sign in to the network</title></head><body></body></html>\n"
        return Answer(page, content_type="text/html; charset=utf-8")

    def _maintenance(self, request: Request) -> Answer:
        return front.maintenance_answer(self.site, request)

    def _revoke(self, request: Request) -> Answer:
        with self._lock:
            self.site.revoke_tokens()
        return self._work(request)
