"""A Moodle in the client's own process that answers at once: what remains is what the client itself needs."""

import json
from collections.abc import Callable, Mapping

from batchroles.client import Answer, Moodle, Transport
from batchroles.client import functions as f
from batchroles.client.wire import Timeout
from tests.bench.rosters import ROLE, Roster

ROLE_ID = 5
FIRST_COURSE = 2
"""Course 1 is the site's front page."""


class Instant:
    """Answers look-ups from a roster's names, and `null` to every change; nothing is stored.

    Whole lists are made ready beforehand; only a look-up of users reads what it was asked.
    """

    def __init__(self, roster: Roster) -> None:
        self._ids = {name: number for number, name in enumerate(roster.usernames(), 10)}
        offered = [
            f.ASSIGN,
            f.UNASSIGN,
            f.USERS_BY_FIELD,
            f.COURSES_BY_FIELD,
            f.COURSES,
            f.CATEGORIES,
            f.GET_ROLES,
        ]
        courses = [
            {"id": number, "shortname": name, "idnumber": ""}
            for number, name in enumerate(roster.shortnames(), FIRST_COURSE)
        ]
        ready: Mapping[str, object] = {
            f.ASSIGN: None,
            f.UNASSIGN: None,
            f.SITE_INFO: {"userid": 2, "functions": [{"name": name} for name in offered]},
            f.GET_ROLES: [{"id": ROLE_ID, "shortname": ROLE, "name": ""}],
            f.CATEGORIES: [
                {"id": 1, "name": "All", "parent": 0, "path": "/1", "coursecount": roster.courses}
            ],
            f.COURSES: courses,
        }
        self._ready = {
            name.encode(): Answer(200, {}, json.dumps(value).encode()) for name, value in ready.items()
        }
        self._made: Mapping[bytes, Callable[[bytes], Answer]] = {f.USERS_BY_FIELD.encode(): self._users}

    def post(self, url: str, body: bytes, *, timeout: Timeout) -> Answer:  # noqa: ARG002 - a transport's signature
        """Answer one call."""
        function = body.rpartition(b"wsfunction=")[2].partition(b"&")[0]
        answer = self._ready.get(function)
        return answer if answer is not None else self._made[function](body)

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def _users(self, body: bytes) -> Answer:
        # The names need no decoding, and a decoder would take a tenth of the client's own time.
        asked = [part.partition(b"=")[2].decode() for part in body.split(b"&") if part.startswith(b"values")]
        found = [{"id": self._ids[name], "username": name} for name in asked if name in self._ids]
        return Answer(200, {}, json.dumps(found).encode())


def instant_moodle(roster: Roster) -> Moodle:
    """Give a client of such a site."""
    transport: Transport = Instant(roster)
    return Moodle("https://moodle.example.org", "x" * 32, transport=transport)
