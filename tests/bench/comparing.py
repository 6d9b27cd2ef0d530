"""What differs between 60,000 holdings and 60,000 others: two exported files of one site, and of two."""

from pathlib import Path
from time import process_time

from batchroles.client import Moodle
from batchroles.job.census.comparing import compare
from batchroles.job.census.exporting import export
from batchroles.job.census.writing import write
from tests.bench.census import HOLDINGS
from tests.bench.child import in_child
from tests.bench.exporting import Whole
from tests.bench.lines import Line

MOST_SECONDS, MOST_MB = 5.0, 400
SITES = {"one site": "moodle.example.org", "two sites": "other.example.org"}
_EVERY = 1000
"""One row of so many is taken out of the second file."""


def compared(one: str, other: str) -> dict[str, float]:
    """Compare two files; gives the seconds and what differs."""
    began = process_time()
    found = compare(Path(one), Path(other))
    return {"seconds": process_time() - began, "differ": len(found.lacking) + len(found.surplus)}


def bench(folder: Path) -> list[Line]:
    """Compare a whole export with the same less some rows, each time in a process of its own."""
    before = folder / "before.csv"
    lines = []
    for name, host in SITES.items():
        write(
            export(Moodle(f"https://{host}", "x" * 32, workers=1, transport=Whole())), folder / f"{host}.csv"
        )
        if not before.exists():
            before.write_bytes((folder / f"{host}.csv").read_bytes())
        after = folder / f"{host}.csv"
        header, *rows = after.read_text(encoding="utf-8-sig").splitlines()
        kept = [row for number, row in enumerate(rows) if number % _EVERY]
        after.write_text("\n".join([header, *kept, ""]), encoding="utf-8")
        figures = in_child("comparing:compared", one=str(before), other=str(after))
        assert figures["differ"] == len(rows) - len(kept), "a difference was not found"
        lines.append(
            Line(
                f"compare, {HOLDINGS:,} holdings beside as many, {name}",
                f"{figures['seconds']:.1f} s, {figures['peak_mb']:.0f} MB",
                f"at most {MOST_SECONDS:.0f} s and {MOST_MB} MB",
                figures["seconds"] <= MOST_SECONDS and figures["peak_mb"] <= MOST_MB,
                figures,
            )
        )
    return lines
