"""The census: what it takes to read who has which role on a whole site, and to say it of a file's rows.

The site answers at once from memory; what its answers would cost is added, as measured on a Moodle 5.1: 21 ms a call,
1.0 s for 62,013 role assignments, and 0.3 ms for each context with its link.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from time import process_time
from urllib.parse import parse_qs

import numpy as np

from batchroles.client import Answer, Moodle
from batchroles.client import functions as f
from batchroles.client.wire import Timeout
from batchroles.directory import costs
from batchroles.directory.census import SiteRoles
from batchroles.directory.wanted import CONTEXTS, ROLES
from batchroles.models import Level
from batchroles.models.lines import LEVEL_CODES
from tests.bench.lines import Line

HOLDINGS, USERS, COURSES = 60_000, 20_000, 2_000
ROWS = 4_000
"""Rows of a file that are looked for in the census."""
MOST = 2.0
STUDENT = 5


class Reported:
    """A site of nothing but the two reports on roles: every user is a student in three courses."""

    def __init__(self) -> None:
        names = (f.SITE_INFO, f.LIST_REPORTS, f.RETRIEVE_REPORT, f.REPORT_PAGE)
        kinds = [
            {"id": number, "name": kind.name, "source": kind.source}
            for number, kind in enumerate((ROLES, CONTEXTS), 1)
        ]
        self._ready: Mapping[str, object] = {
            f.SITE_INFO: {"userid": 2, "functions": [{"name": name} for name in names]},
            f.LIST_REPORTS: {"reports": kinds},
            f.REPORT_PAGE: {"filtersapplied": 0, "filtersform": ""},
        }
        self._rows = {
            "1": [_holding(number) for number in range(HOLDINGS)],
            "2": [_context(one) for one in range(COURSES)],
        }
        self._each = {"1": costs.ROLE_ROW, "2": costs.LINKED_ROW}
        self.calls = 0
        self.seconds = 0.0
        """What the answers would cost a measured site."""
        self.own = 0.0
        """What it took to make them, which is no site's and no client's."""

    def post(self, url: str, body: bytes, *, timeout: Timeout) -> Answer:  # noqa: ARG002 - a transport's signature
        """Answer one call."""
        began = process_time()
        asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        answer = self._ready.get(asked["wsfunction"])
        self.calls += 1
        self.seconds += costs.CALL
        if answer is None:
            report = asked["reportid"]
            rows = self._rows[report][: int(asked["perpage"])]
            self.seconds += len(rows) * self._each[report]
            heads = [f"Column {place}" for place in range(len(rows[0]))]
            shown = [{"columns": row} for row in rows]
            answer = {"data": {"headers": heads, "rows": shown, "totalrowcount": len(self._rows[report])}}
        content = json.dumps(answer).encode()
        self.own += process_time() - began
        return Answer(200, {}, content)

    def close(self) -> None:
        """Do nothing."""


def _course(number: int) -> int:
    return number * 7 % COURSES


def _holding(number: int) -> list[str]:
    user = number // 3
    link = f'<a href="https://moodle.example.org/user/profile.php?id={user + 10}">User {user}</a>'
    when = "Tuesday, 22 September 2026, 5:13 PM"
    return [f"/1/3/{_course(number) + 100}", "student", f"user{user}", link, "", "0", when]


def _context(course: int) -> list[str]:
    return [
        f"/1/3/{course + 100}",
        f'<a href="https://moodle.example.org/course/view.php?id={course + 2}">Course: C{course}</a>',
    ]


def bench(folder: Path) -> list[Line]:  # noqa: ARG001 - every benchmark is given one
    """Read the census of 60,000 holdings, and look 4,000 rows up in it."""
    site = Reported()
    moodle = Moodle("https://moodle.example.org", "x" * 32, workers=1, transport=site)
    began = process_time()
    holdings = SiteRoles(moodle).holdings
    assert holdings is not None, "the report was not believed"
    held = np.arange(ROWS) * 11 % HOLDINGS
    places = np.full(ROWS, LEVEL_CODES[Level.COURSE], "int8"), held * 7 % COURSES + 2
    found = holdings.find(*places, held // 3 + 10, np.full(ROWS, STUDENT), {STUDENT: "student"})
    client = process_time() - began - site.own
    assert (found.held == 1).all(), "a holding was not found"
    links = COURSES * costs.LINKED_ROW
    whole = client + site.seconds - links
    return [
        Line(
            f"census, {HOLDINGS:,} holdings of {USERS:,} users in {COURSES:,} courses",
            f"{site.calls} calls, {whole:.1f} s, {client:.1f} s of it in the client, {ROWS:,} rows looked for;"
            f" the links of {COURSES:,} contexts {links:.1f} s more at most",
            f"at most {MOST:.0f} s",
            whole <= MOST,
            {"calls": site.calls, "client": client, "site": site.seconds, "links": links},
        )
    ]
