"""A whole year of a real registrar: 181 nightly lists of up to 29,800 rows, and a sync of each.

Only by name (`python -m tests.bench year`), because it takes some minutes, and reads what stands beside the checkout.
What it says of calls and rows does not depend on the machine. The practice site stands in the same process and answers
at once: the seconds are nearly all batchroles' own. The guards are those that nobody has changed.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from batchroles.cli.main import spare_the_collector
from batchroles.client.functions import SITE_INFO
from batchroles.sandbox import serve
from tests.bench.lines import Line
from tests.job.year import DAYS, Count, Registrar, Year

LARGE = range(24_000, 27_000)
"""Rows of the nights whose seconds are shown: those from a month after the presentations begin."""
SECONDS = 3.0
CALLS_A_NIGHT = 25


def bench(folder: Path) -> list[Line]:
    """Replay the whole year."""
    year, nights, again = replayed(folder, Registrar(), DAYS)
    return [*_counted(year.count, len(nights)), _repeated(again), _large(nights)]


def replayed(
    folder: Path, registrar: Registrar, days: Iterable[int]
) -> tuple[Year, list[dict[str, float]], list[dict[str, int]]]:
    """Sync the lists of some days: gives the year, what each night took, and the calls of second syncs of a day.

    Every tenth day is run again. Raises AssertionError where the site or the ledger is not what pandas says.
    """
    spare_the_collector()
    nights, again = [], []
    with serve(registrar.site(folder)) as practice:
        year = Year(practice, folder, registrar)
        for day in days:
            year.morning(day)
            nights.append(_timed(year, day))
            if day % 10 == 0:
                assert year.holders() == year.expected(day), f"the site is wrong on day {day}"
                assert year.owned() == year.given(day), f"the ledger is wrong on day {day}"
                again.append(dict(year.sync().summary.calls))
    return year, nights, again


def _timed(year: Year, day: int) -> dict[str, float]:
    began, computed = perf_counter(), process_time()
    summary = year.night(day).summary
    spent = {"seconds": perf_counter() - began, "cpu": process_time() - computed}
    assert summary.exit_code == 0, f"the sync of day {day} ended with {summary.exit_code}"
    return {"rows": summary.tally.file_rows, **spent, **summary.seconds}


def _counted(count: Count, nights: int) -> list[Line]:
    calls = count.asked.total()
    return [
        Line(
            f"a year of lists, {nights} nights: rows written",
            f"{count.rows:,}; adds and removals {count.least_rows:,}",
            "as many",
            count.rows == count.least_rows,
            {"rows": count.rows, "least": count.least_rows},
        ),
        Line(
            f"a year of lists, {nights} nights: calls that wrote them",
            f"{count.calls:,}; adds and removals of each night, 200 a call, {count.least_calls:,}",
            "as many",
            count.calls == count.least_calls,
            {"calls": count.calls, "least": count.least_calls},
        ),
        Line(
            f"a year of lists, {nights} nights: all calls",
            f"{calls:,}, {calls / nights:.0f} a night",
            f"at most {CALLS_A_NIGHT} a night",
            calls <= CALLS_A_NIGHT * nights,
            dict(count.asked),
        ),
    ]


def _repeated(again: Sequence[dict[str, int]]) -> Line:
    calls = sum(sum(one.values()) for one in again)
    return Line(
        f"a year of lists: a second sync of {len(again)} of the days",
        f"{calls} calls",
        "1 call each",
        all(one == {SITE_INFO: 1} for one in again),
        {"calls": calls},
    )


def _large(nights: list[dict[str, float]]) -> Line:
    large = [night for night in nights if night["rows"] in LARGE]
    middle = {name: median(night.get(name, 0.0) for night in large) for name in large[-1]}
    return Line(
        f"a night of {middle['rows']:,.0f} rows, of which few change",
        f"{middle['seconds']:.1f} s, {middle['cpu']:.1f} s of computing (middle of {len(large)})",
        f"at most {SECONDS:.0f} s",
        middle["seconds"] <= SECONDS,
        middle,
    )
