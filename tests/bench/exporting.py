"""An export of a whole site: 60,000 holdings of 20,000 people, from the first call to the file.

The site answers at once from memory, in the process that is measured: its rows are in the memory, what it costs to make
its answers is not in the seconds, and what they would cost a real site stands beside them.
"""

from collections.abc import Mapping
from pathlib import Path
from time import process_time
from typing import Any
from urllib.parse import parse_qsl

from batchroles.client import Answer, Moodle
from batchroles.client import functions as f
from batchroles.client.wire import Timeout
from batchroles.directory import costs
from batchroles.directory.wanted import USERS as USERS_REPORT
from batchroles.job.census.exported import read_export
from batchroles.job.census.exporting import export
from batchroles.job.census.writing import write
from tests.bench.census import COURSES, HOLDINGS, USERS, Reported
from tests.bench.child import in_child
from tests.bench.lines import Line

MOST_SECONDS, MOST_MB = 10.0, 300
_REPORT = "3"


class Whole(Reported):
    """The site of the census with the report on users, look-ups of people, and its courses."""

    def __init__(self) -> None:
        super().__init__()
        functions = (f.USERS_BY_FIELD, f.COURSES, f.COURSES_BY_FIELD)
        info: Any = self._ready[f.SITE_INFO]
        courses = [
            {
                "id": one + 2,
                "shortname": f"C{one}",
                "fullname": f"Course {one}",
                "idnumber": "",
                "categoryid": 1,
            }
            for one in range(COURSES)
        ]
        listed: Any = self._ready[f.LIST_REPORTS]
        users = {"id": int(_REPORT), "name": USERS_REPORT.name, "source": USERS_REPORT.source}
        self._ready = {
            **self._ready,
            f.SITE_INFO: {**info, "functions": [*info["functions"], *({"name": name} for name in functions)]},
            f.LIST_REPORTS: {"reports": [*listed["reports"], users]},
            f.COURSES: courses,
        }
        self._rows[_REPORT] = [_person(number) for number in range(USERS)]
        self._each[_REPORT] = costs.USER_ROW

    def post(self, url: str, body: bytes, *, timeout: Timeout) -> Answer:
        """Answer one call."""
        asked = parse_qsl(body.decode())
        if dict(asked)["wsfunction"] != f.USERS_BY_FIELD:
            return super().post(url, body, timeout=timeout)
        values = [value for name, value in asked if name.startswith("values[")]
        self.seconds += costs.USER * len(values)
        self._ready = {**self._ready, f.USERS_BY_FIELD: [_found(value) for value in values]}
        return super().post(url, body, timeout=timeout)


def _person(number: int) -> list[str]:
    link = f'<a href="https://moodle.example.org/user/profile.php?id={number + 10}">User {number}</a>'
    return [link, f"user{number}", f"user{number}@example.org", f"{number:07}"]


def _found(value: str) -> Mapping[str, Any]:
    """Look somebody up by id, user name, e-mail address or ID number."""
    digits = value.removeprefix("user").partition("@")[0]
    number = int(digits) - (10 if value.isdecimal() and not value.startswith("0") and len(value) < 7 else 0)
    _, username, email, idnumber = _person(number)
    name = f"User {number}"
    return {"id": number + 10, "username": username, "email": email, "idnumber": idnumber, "fullname": name}


def exported(path: str) -> dict[str, float]:
    """Export the site; gives the client's seconds and the site's."""
    site = Whole()
    moodle = Moodle("https://moodle.example.org", "x" * 32, workers=1, transport=site)
    began = process_time()
    write(export(moodle), Path(path), force=True)
    client = process_time() - began - site.own
    return {"client": client, "site": site.seconds, "calls": site.calls}


def bench(folder: Path) -> list[Line]:
    """Export as CSV and as a workbook, each in a process of its own."""
    lines = []
    for name in ("who.csv", "who.xlsx"):
        figures = in_child("exporting:exported", path=str(folder / name))
        assert len(read_export(folder / name).rows) == HOLDINGS, "a holding is missing"
        seconds = figures["client"] + figures["site"]
        lines.append(
            Line(
                f"export, {HOLDINGS:,} holdings of {USERS:,} users, {name.rpartition('.')[2]}",
                f"{figures['calls']} calls, {seconds:.1f} s, {figures['client']:.1f} s of it in the client,"
                f" {figures['peak_mb']:.0f} MB with the site's own rows",
                f"at most {MOST_SECONDS:.0f} s and {MOST_MB} MB",
                seconds <= MOST_SECONDS and figures["peak_mb"] <= MOST_MB,
                figures,
            )
        )
    return lines
