"""One million rows over HTTP against the practice site in a process of its own, in calls of 200 rows."""

from pathlib import Path
from typing import Any

from tests.bench.child import in_child
from tests.bench.lines import Line
from tests.bench.rosters import Roster
from tests.bench.site_process import practice_site

ROSTER = Roster(1_000_000, 20_000, 2_000)
SPEED = 15_000


def bench(folder: Path) -> list[Line]:
    """Send them once."""
    path = ROSTER.write_csv(folder / "roster.csv")
    with practice_site(ROSTER.write_names(folder / "names.csv")) as site:
        found = in_child("over_http:measure", path=str(path), url=site.url, token=site.token)
    speed = ROSTER.rows / found["seconds"]
    return [
        Line(
            f"over HTTP, {ROSTER.rows:,} rows, from the file to the reports",
            f"{speed:,.0f} rows/s ({found['seconds']:.0f} s, {found['cpu']:.0f} s of computing in the client),"
            f" {found['peak_mb']:.0f} MB, {sum(found['calls'].values()):,} calls",
            f"at least {SPEED:,} rows/s",
            speed >= SPEED,
            found,
        )
    ]


def measure(path: str, url: str, token: str) -> dict[str, Any]:
    """Send the file."""
    from batchroles.client import Moodle
    from tests.bench.whole_way import send_file

    with Moodle(url, token) as moodle:
        return send_file(Path(path), moodle, Path(path).parent)
