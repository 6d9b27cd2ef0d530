"""A cold start: a file whose names nobody has looked up, on a site that has the reports, beside its sending alone.

4,000 rows in random order: 1,000 people in three of 20 courses each and in one category, system or user context. Names,
roles, what is so already and what would be refused are asked first. Last year's people stand in a course of their own.
The practice site stands in a process of its own, with `--latency moodle43`, which takes the measured times.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from batchroles.client import Moodle, records
from batchroles.client.functions import COURSES_BY_FIELD, USERS_BY_FIELD
from batchroles.client.transport import HttpTransport
from batchroles.models import ASSIGN
from batchroles.sandbox.making.roster import LAST_YEAR
from tests.bench.lines import Line
from tests.bench.loop import ROLE_ID
from tests.bench.orders import CONNECTIONS, Watch, measured
from tests.bench.rosters import Shuffled, written
from tests.bench.site_process import practice_site

SHARE = 0.9


class Mixed(Shuffled):
    """Places of every level that has names."""

    def lines(self) -> Iterator[tuple[str, str, str]]:
        """Yield user name, role and context."""
        chance, people, courses = Random(self.seed), self.usernames(), self.shortnames()
        rows = []
        for number, name in enumerate(people):
            taken = chance.sample(courses, self.rows // self.users - 1)
            rows += [(name, "student", f"course:{course}") for course in taken]
            rows.append((name, *self._elsewhere(number)))
        chance.shuffle(rows)
        yield from rows

    def _elsewhere(self, number: int) -> tuple[str, str]:
        places = (
            ("manager", f"category:CATEGORY-{number % 7}"),
            ("parent", f"user:{self.usernames()[-1 - number]}"),
            ("coursecreator", "system"),
        )
        return places[number % len(places)]


ROSTER = Mixed(4_000, 1_000, 20, seed=4)


def bench(folder: Path) -> list[Line]:
    """Send the file, and its calls alone."""
    path = written(folder / "mixed.csv", ROSTER.lines(), ("username", "role", "context"))
    with practice_site(path, ["--latency", "moodle43", "--reports"]) as site:
        ours = measured(site, "cold_start:whole_way", path=str(path))
        bare = measured(site, "orders:replay", path=str(path), at_once=ours["at once"])
    share = bare["seconds"] / ours["seconds"]
    return [
        Line(
            f"cold start, {ROSTER.rows:,} mixed rows, beside sending alone",
            f"{ours['seconds']:.1f} s with all names and checks; the same calls alone {bare['seconds']:.1f} s:"
            f" {share:.0%} of their speed",
            f"at least {SHARE:.0%}",
            share >= SHARE,
            {"batchroles": ours, "calls alone": bare},
        )
    ]


def whole_way(path: str, url: str, token: str) -> dict[str, Any]:
    """Send the file with batchroles, and keep the bodies of its assignments beside it."""
    from tests.bench.whole_way import send_file

    watch = Watch(HttpTransport(CONNECTIONS))
    with Moodle(url, token) as moodle:
        _last_year(moodle)
    with Moodle(url, token, transport=watch) as moodle:
        found = send_file(Path(path), moodle, Path(path).parent, existing=True)
    watch.save(Path(path).with_suffix(".calls"))
    return {**found, "at once": watch.seen()["at once"]}


def _last_year(moodle: Moodle) -> None:
    """Give some people a role in a course that the file does not name: no site is without anybody."""
    asked = {"field": "username", "values": ROSTER.usernames()[:200]}
    people = records(moodle.call(USERS_BY_FIELD, asked))
    [course] = records(moodle.call(COURSES_BY_FIELD, {"field": "shortname", "value": LAST_YEAR}), "courses")
    moodle.change(ASSIGN, [(int(one["id"]), ROLE_ID, "course", int(course["id"])) for one in people])
