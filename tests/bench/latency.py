"""With the latency of the measured site: the whole way, beside the loop that people write and beside bare calls.

The practice site stands in a process of its own, takes as long as the measured Moodle, and takes up four
calls at once, which share its two cores.
"""

from pathlib import Path
from typing import Any

from tests.bench.child import in_child
from tests.bench.lines import Line
from tests.bench.rosters import Roster
from tests.bench.site_process import practice_site

ROSTER = Roster(20_000, 5_000, 200)
LOOP_ROWS = 500
WORKERS = 4
FASTER, SHARE = 35, 0.85


def bench(folder: Path) -> list[Line]:
    """Measure all three on one site, one after the other."""
    path, names = ROSTER.write_csv(folder / "roster.csv"), ROSTER.write_names(folder / "names.csv")
    with practice_site(names, ["--latency", "moodle43", "--php-workers", str(WORKERS)]) as site:
        about = {"path": str(path), "url": site.url, "token": site.token}
        ours = in_child("latency:whole_way", **about)
        bare = in_child("latency:replay", **about)
        loop = in_child("latency:naive_loop", **about)
    scaled = loop["seconds"] * ROSTER.rows / LOOP_ROWS
    times, share = scaled / ours["seconds"], bare["seconds"] / ours["seconds"]
    what = f"measured latency, {ROSTER.rows:,} rows"
    return [
        Line(
            f"{what}, beside the usual loop",
            f"{ours['seconds']:.1f} s, {sum(ours['calls'].values())} calls; the loop {scaled:,.0f} s"
            f" ({LOOP_ROWS} rows in {loop['seconds']:.1f} s): {times:.0f} times as fast",
            f"at least {FASTER} times as fast",
            times >= FASTER,
            {"batchroles": ours, "loop": loop},
        ),
        Line(
            f"{what}, beside the same calls alone",
            f"{ours['seconds']:.1f} s; the calls alone {bare['seconds']:.1f} s: {share:.0%} of their speed",
            f"at least {SHARE:.0%}",
            share >= SHARE,
            {"calls alone": bare},
        ),
    ]


def whole_way(path: str, url: str, token: str) -> dict[str, Any]:
    """Send the file with batchroles, and keep the bodies of its calls beside it."""
    from batchroles.client import Moodle
    from batchroles.client.transport import HttpTransport
    from tests.bench.recording import Recorder
    from tests.bench.whole_way import send_file

    recorder = Recorder(HttpTransport(WORKERS))
    with Moodle(url, token, workers=WORKERS, transport=recorder) as moodle:
        found = send_file(Path(path), moodle, Path(path).parent)
    recorder.save(Path(path).with_suffix(".calls"))
    return found


def replay(path: str, url: str, token: str) -> dict[str, Any]:  # noqa: ARG001 - the token is in the bodies
    """Send the kept bodies again, in their order, over as many connections, with nothing done between them."""
    from tests.bench.recording import load, send_again

    bodies = load(Path(path).with_suffix(".calls"))
    return {"seconds": send_again(url, bodies, WORKERS), "calls": len(bodies)}


def naive_loop(path: str, url: str, token: str) -> dict[str, Any]:
    """Do the first rows as a simple script does: look the user up, assign the role, next row; one kept connection.

    The script knows the ids of its courses and of its role.
    """
    from tests.bench.loop import loop_over

    return {"seconds": loop_over(Path(path), url, token, LOOP_ROWS), "rows": LOOP_ROWS}
