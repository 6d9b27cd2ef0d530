"""The client alone: a CSV file through the whole way, against a site in the same process that answers at once.

In: reading the file, recognising its columns, resolving 20,000 users and 2,000 courses, checking, asking about every
role and place, the summary of what would be sent, the journal with every call before and after, the four reports,
and the answers of that site. Out: the start of Python and its imports, which `start` measures.
"""

from pathlib import Path
from typing import Any

from tests.bench.child import in_child
from tests.bench.lines import Line

SPEED, MEMORY = 50_000, 600


def bench(folder: Path) -> list[Line]:
    """Measure 1,000,000 rows once, and 100,000 rows three times, of which the middle one counts."""
    large = in_child("client_alone:measure", folder=str(folder), rows=1_000_000)
    some = [in_child("client_alone:measure", folder=str(folder), rows=100_000) for _ in range(3)]
    small = sorted(some, key=lambda one: float(one["seconds"]))[1]
    growth = large["seconds"] / small["seconds"]
    return [
        *_lines(1_000_000, large),
        *_lines(100_000, small),
        Line(
            "client alone, ten times the rows",
            f"{growth:.1f} times the time, {large['peak_mb'] / small['peak_mb']:.1f} times the memory",
            "at most 10 times each",
            growth <= 10 and large["peak_mb"] <= 10 * small["peak_mb"],
            {"seconds of 100,000 rows": [one["seconds"] for one in some]},
        ),
    ]


def measure(folder: str, rows: int) -> dict[str, Any]:
    """Send one file; gives seconds in all and by phase, and the calls."""
    from tests.bench.instant import instant_moodle
    from tests.bench.rosters import Roster
    from tests.bench.whole_way import send_file

    roster = Roster(rows, 20_000, 2_000)
    path = Path(folder) / f"{rows}.csv"
    if not path.exists():
        roster.write_csv(path)
    return send_file(path, instant_moodle(roster), Path(folder))


def _lines(rows: int, found: dict[str, Any]) -> list[Line]:
    speed = rows / found["seconds"]
    return [
        Line(
            f"client alone, {rows:,} rows",
            f"{speed:,.0f} rows/s ({found['seconds']:.1f} s)",
            f"at least {SPEED:,} rows/s",
            speed >= SPEED,
            found,
        ),
        Line(
            f"client alone, {rows:,} rows, memory",
            f"{found['peak_mb']:.0f} MB" if found["peak_mb"] else "cannot be measured on Windows",
            f"at most {MEMORY} MB",
            0 < found["peak_mb"] <= MEMORY,
        ),
    ]
