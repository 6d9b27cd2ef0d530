"""The running practice Moodle: one site behind one lock, and what the tests and the command ask of it."""

import threading
from collections import Counter
from typing import Any

from batchroles.sandbox import front
from batchroles.sandbox.site import Site
from batchroles.sandbox.web import Answer, Request


class Practice:
    """A site that answers requests, remembers its calls, and can start over."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.url = ""
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        self.site = Site(raw)

    @property
    def token(self) -> str:
        """The token of the site's bot: its first token."""
        return str(self.raw["tokens"][0]["token"])

    def reset(self) -> None:
        """Start over: the site as its file says, and no calls yet."""
        with self._lock:
            self.site = Site(self.raw)
            self._calls.clear()

    def calls(self) -> dict[str, int]:
        """Give the calls so far by function."""
        with self._lock:
            return dict(self._calls)

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """Give who holds which roles and who is enrolled where, now."""
        with self._lock:
            assignments = list(self.site.role_assignments.rows.values())
            enrolments = list(self.site.user_enrolments.rows.values())
        return {
            "role_assignments": assignments,
            "user_enrolments": [{**row, "enrol": row["method"]} for row in enrolments],
        }

    def answer(self, request: Request) -> Answer:
        """Answer one request to the site."""
        with self._lock:
            answer = front.answer(self.site, request)
            if answer.function:
                self._calls[answer.function] += 1
        return answer
