"""Look-ups: the calls that a file of names takes, and the time that they would cost the measured site.

The costs are those of the practice site's `--latency moodle43`: a call for users 30 ms and 3.1 ms for each of them, a
course by short name 41 ms, all courses 25 ms and 0.5 ms each. The loop that is compared looks up only its user on
each row, and gets its courses and its role for nothing.

With a report and without, the same people are found on a practice site that takes this time.
"""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from batchroles.client import Answer, Moodle, Transport
from batchroles.client.functions import USERS_BY_FIELD
from batchroles.client.wire import Timeout
from batchroles.job import Checks, make_plan
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from batchroles.sandbox.wire.latency import COSTS, seconds
from tests.bench.child import in_child
from tests.bench.instant import Instant
from tests.bench.lines import Line
from tests.bench.rosters import Roster
from tests.bench.site_process import practice_site

USERS, ON_SITE = 20_000, 2_000
LESS = 8
"""How many times less time than one look-up per row."""
REPORT_LESS = 100
WORKERS = 4


@dataclass
class Priced:
    """A transport that adds up what its calls would cost."""

    inner: Transport
    seconds: float = 0.0
    calls: list[str] = field(default_factory=list)

    def post(self, url: str, body: bytes, *, timeout: Timeout) -> Answer:
        """Pass a call on, and take note of its price."""
        answer = self.inner.post(url, body, timeout=timeout)
        function = parse_qs(body[-200:].decode())["wsfunction"][0]
        self.calls.append(function)
        self.seconds += seconds(function, {}, json.loads(answer.content))
        return answer

    def close(self) -> None:
        """Do nothing."""


def bench(folder: Path) -> list[Line]:
    """Price a file with few courses and one with many, and find people with a report and without."""
    return [*(_priced(folder, courses) for courses in (60, 2_000)), _with_report(folder)]


def _with_report(folder: Path) -> Line:
    names = Roster(USERS, USERS, 10).write_names(folder / "people.csv")
    flags = ["--latency", "moodle43", "--php-workers", str(WORKERS), "--reports"]
    with practice_site(names, flags) as site:
        about = {"url": site.url, "token": site.token}
        with_report = in_child("lookups:find_people", **about, reports=None)
        without = in_child("lookups:find_people", **about, reports=False)
    times = without["seconds"] / with_report["seconds"]
    site_times = without["site"] / with_report["site"]
    return Line(
        f"look-ups, {USERS:,} people, from a report",
        f"{with_report['calls']} calls, {with_report['site']:.2f} s of the site's time; without it"
        f" {without['calls']} calls, {without['site']:.0f} s ({site_times:.0f} times less); waited for"
        f" {with_report['seconds']:.1f} s and {without['seconds']:.0f} s ({times:.0f} times less),"
        f" {with_report['peak_mb']:.0f} MB",
        f"at least {REPORT_LESS} times less time of the site",
        site_times >= REPORT_LESS,
        {"with": with_report, "without": without},
    )


def find_people(url: str, token: str, reports: bool | None) -> dict[str, Any]:
    """Find every person by user name; gives the seconds waited, those that the calls cost, the calls and the memory."""
    from batchroles.client.transport import HttpTransport
    from batchroles.models import UserRef
    from batchroles.validator.users import UserFinder

    priced = Priced(HttpTransport(WORKERS))
    with Moodle(url, token, workers=WORKERS, transport=priced, reports=reports) as moodle:
        moodle.site_info()
        priced.seconds, priced.calls = 0.0, []
        began = time.monotonic()
        found = UserFinder(moodle).find(
            {UserRef("username", name) for name in Roster(USERS, USERS, 10).usernames()}
        )
        waited = time.monotonic() - began
    assert all(isinstance(one, int) for one in found.values())
    return {"seconds": waited, "site": priced.seconds, "calls": len(priced.calls)}


def _priced(folder: Path, courses: int) -> Line:
    roster = Roster(USERS, USERS, courses)
    site = Priced(Instant(Roster(USERS, USERS, ON_SITE)))
    moodle = Moodle("https://moodle.example.org", "x" * 32, workers=1, transport=site)
    path = roster.write_csv(folder / f"{courses}.csv")
    plan = make_plan(
        path, moodle, ReadingOptions(), FormatOptions(), Checks(probe=False, existing=False)
    ).plan
    assert plan.lines.frame()["status"].isna().all(), "a name was not found"
    cost = COSTS[USERS_BY_FIELD]
    loop = roster.rows * (cost.call + cost.each)
    return Line(
        f"look-ups, {USERS:,} users, {courses:,} of {ON_SITE:,} courses",
        f"{len(site.calls)} calls, {site.seconds:.0f} s; one per row {roster.rows:,} calls, {loop:.0f} s"
        f" ({loop / site.seconds:.1f} times less)",
        f"at least {LESS} times less time",
        loop >= LESS * site.seconds,
        {
            "calls": {name: site.calls.count(name) for name in dict.fromkeys(site.calls)},
            "seconds": site.seconds,
        },
    )
