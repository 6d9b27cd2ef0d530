"""The order of sending: what the tool chooses, beside other orders, on a site as unkind as the measured one.

4,000 rows in random order, of 1,000 people in four of 20 courses each, in calls of 200. The practice site stands in a
process of its own, with `--latency moodle43`: two cores, and users that are held until a call ends. The other orders
are sent by a plain loop with the tool's client, which sends again what clashed, after the client's pauses; all know
the ids of their users beforehand. Compared is the sending alone. How often calls by place clash is a matter of luck:
they are sent three times, of which the middle one counts.
"""

import csv
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any, cast

import requests

from batchroles.client import Answer, Moodle, Transport
from batchroles.client.transport import HttpTransport
from batchroles.client.wire import Timeout
from batchroles.errors import CallRefused
from batchroles.models import ASSIGN
from batchroles.models.changes import CLASHES
from tests.bench.child import in_child
from tests.bench.lines import Line
from tests.bench.loop import ROLE_ID
from tests.bench.recording import Recorder, load, send_again
from tests.bench.rosters import Shuffled
from tests.bench.site_process import Site, practice_site

ROSTER = Shuffled(4_000, 1_000, 20, seed=4)
ROWS_A_CALL, AT_ONCE = 200, 4
AS_FAST_AS_BY_PLACE, AS_FAST_AS_ONE_AT_A_TIME, SHARE = 4.0, 1.6, 0.95
WHAT = f"order of sending, {ROSTER.rows:,} rows"
CONNECTIONS = 16
FUNCTION = b"core_role_assign_roles"
CLASH = b'"dmlwriteexception"'

Pair = tuple[int, int]
"""A user's id and a course's."""


@dataclass(frozen=True)
class Order:
    """A way to send rows."""

    key: Callable[[Pair], Any]
    """By what the rows are sorted."""
    within: Callable[[list[Pair]], list[Pair]]
    """How the rows of one call are ordered after that."""
    at_once: int
    times: int = 1
    """How often it is measured; the middle one counts."""


ORDERS: Mapping[str, Order] = {
    "by place": Order(lambda pair: (pair[1], pair[0]), list, AT_ONCE, times=3),
    "by place, users ascending in each call": Order(lambda pair: (pair[1], pair[0]), sorted, AT_ONCE),
    "by user, one call at a time": Order(lambda pair: pair, list, 1),
}


def bench(folder: Path) -> list[Line]:
    """Send the file in each order, on one site that is put back to its beginning each time."""
    path, names = ROSTER.write_csv(folder / "roster.csv"), ROSTER.write_names(folder / "names.csv")
    with practice_site(names, ["--latency", "moodle43"]) as site:
        ours = measured(site, "orders:whole_way", path=str(path))
        bare = measured(site, "orders:replay", path=str(path), at_once=ours["at once"])
        place, ascending, single = (_middle(site, str(path), name) for name in ORDERS)
    return [
        _beside(ours, place, f"by place, {AT_ONCE} calls at once", AS_FAST_AS_BY_PLACE),
        _beside(ours, ascending, "by place, users ascending in each call", 1.0),
        _beside(ours, single, "by user, one call at a time", AS_FAST_AS_ONE_AT_A_TIME),
        _beside_its_own_calls(ours, bare),
        Line(
            f"{WHAT}, clashes in the database",
            f"{ours['clashes']}; by place {place['clashes']}",
            "none",
            ours["clashes"] == 0,
        ),
    ]


def whole_way(path: str, url: str, token: str) -> dict[str, Any]:
    """Send the file with batchroles, and keep the bodies of its assignments beside it."""
    from tests.bench.whole_way import send_file

    watch = Watch(HttpTransport(CONNECTIONS))
    with Moodle(url, token, transport=watch) as moodle:
        found = send_file(Path(path), moodle, Path(path).parent)
    watch.save(Path(path).with_suffix(".calls"))
    return {"seconds": found["phases"]["sending"], "in all": found["seconds"], **watch.seen()}


def replay(path: str, url: str, token: str, at_once: int) -> dict[str, Any]:  # noqa: ARG001 - the token is in the bodies
    """Send the kept bodies again, in their order, with nothing done between them."""
    return {"seconds": send_again(url, load(Path(path).with_suffix(".calls")), at_once)}


def in_order(path: str, url: str, token: str, name: str) -> dict[str, Any]:
    """Send the file's rows in one of the other orders; what comes before the sending is not timed."""
    order = ORDERS[name]
    watch = Watch(HttpTransport(CONNECTIONS))
    with Moodle(url, token, transport=watch) as moodle:
        pairs = sorted(_pairs(Path(path), moodle), key=order.key)
        cut = [order.within(pairs[at : at + ROWS_A_CALL]) for at in range(0, len(pairs), ROWS_A_CALL)]
        calls = [[(user, ROLE_ID, "course", course) for user, course in part] for part in cut]
        began = perf_counter()
        with ThreadPoolExecutor(order.at_once) as pool:
            list(pool.map(lambda rows: _assign(moodle, rows), calls))
        return {"seconds": perf_counter() - began, **watch.seen()}


def _assign(moodle: Moodle, rows: list[tuple[int, int, str, int]]) -> None:
    """Send one call until it is done: the client itself gives a clash up after a few attempts."""
    while True:
        try:
            return moodle.change(ASSIGN, rows)
        except CallRefused as refusal:
            if refusal.errorcode not in CLASHES:
                raise


class Watch(Recorder):
    """Keeps the bodies of assignments, and counts what they met."""

    def __init__(self, inner: Transport) -> None:
        super().__init__(inner)
        self._lock = Lock()
        self._under_way = self._most = self._clashes = 0

    def post(self, url: str, body: bytes, *, timeout: Timeout) -> Answer:
        """Pass a call on."""
        if FUNCTION not in body:
            return self._inner.post(url, body, timeout=timeout)
        with self._lock:
            self._under_way += 1
            self._most = max(self._most, self._under_way)
        try:
            answer = super().post(url, body, timeout=timeout)
        finally:
            with self._lock:
                self._under_way -= 1
        self._clashes += CLASH in answer.content
        return answer

    def seen(self) -> dict[str, int]:
        """Give the calls, how many were under way at once at most, and how many clashed."""
        return {"calls": len(self._bodies), "at once": self._most, "clashes": self._clashes}


def _pairs(path: Path, moodle: Moodle) -> list[Pair]:
    """Give the rows in ids."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(row["username"], row["course"]) for row in csv.DictReader(file)]
    names = sorted({name for name, _ in rows})
    found: list[Any] = []
    for at in range(0, len(names), ROWS_A_CALL):
        asked = {"field": "username", "values": names[at : at + ROWS_A_CALL]}
        found += cast("list[Any]", moodle.call("core_user_get_users_by_field", asked))
    users = {user["username"]: user["id"] for user in found}
    courses = {
        course["shortname"]: course["id"]
        for course in cast("list[Any]", moodle.call("core_course_get_courses"))
    }
    return [(int(users[name]), int(courses[course])) for name, course in rows]


def _middle(site: Site, path: str, name: str) -> dict[str, Any]:
    found = [measured(site, "orders:in_order", path=path, name=name) for _ in range(ORDERS[name].times)]
    return sorted(found, key=_speed)[len(found) // 2]


def measured(site: Site, function: str, **params: Any) -> dict[str, Any]:
    """Put the site back to its beginning, and measure in a process of its own."""
    requests.post(f"{site.url}/_sandbox/reset", timeout=60).raise_for_status()
    return in_child(function, url=site.url, token=site.token, **params)


def _speed(found: Mapping[str, Any]) -> float:
    return ROSTER.rows / float(found["seconds"])


def _told(found: Mapping[str, Any]) -> str:
    clashes = found["clashes"]
    return f"{_speed(found):,.0f} rows/s, {found['calls']} calls" + (
        f", {clashes} clashes" if clashes else ""
    )


def _beside(ours: dict[str, Any], other: dict[str, Any], name: str, faster: float) -> Line:
    times = _speed(ours) / _speed(other)
    return Line(
        f"{WHAT}, beside {name}",
        f"{_told(ours)}; {name} {_told(other)}: {times:.1f} times as fast",
        f"at least {faster:g} times as fast" if faster > 1 else "faster",
        times >= faster,
        {"batchroles": ours, name: other},
    )


def _beside_its_own_calls(ours: dict[str, Any], bare: dict[str, Any]) -> Line:
    share = bare["seconds"] / ours["seconds"]
    return Line(
        f"{WHAT}, beside the same calls alone",
        f"{ours['seconds']:.1f} s; the calls alone {bare['seconds']:.1f} s: {share:.0%} of their speed",
        f"at least {SHARE:.0%}",
        share >= SHARE,
        {"calls alone": bare},
    )
