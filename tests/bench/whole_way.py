"""The whole way of a file, as `batchroles assign --yes` goes it, without the command line's flags."""

from pathlib import Path
from tempfile import mkdtemp
from time import perf_counter, process_time
from typing import Any

from batchroles.cli.main import spare_the_collector
from batchroles.client import Moodle
from batchroles.job import Apply, Checks, Run, Talk, apply, complete, make_plan
from batchroles.job.overview import overview
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from batchroles.models import ASSIGN
from batchroles.reporter import Summary, summary_text


def send_file(path: Path, moodle: Moodle, folder: Path, *, existing: bool = False) -> dict[str, Any]:
    """Send one file and time it, from opening it to the last report; `existing`: who has the roles is read first.

    Gives seconds, those of them that this process computed, seconds by phase, and calls by function. Raises
    AssertionError where a row was not assigned.
    """
    spare_the_collector()
    began, computed = perf_counter(), process_time()
    summary = _sent(path, moodle, Path(mkdtemp(dir=folder)), Checks(existing=existing))
    seconds, cpu = perf_counter() - began, process_time() - computed
    statuses = summary.tally.statuses
    assert statuses == {"assigned": summary.tally.rows}, f"not all rows were assigned: {statuses}"
    return {"seconds": seconds, "cpu": cpu, "phases": dict(summary.seconds), "calls": dict(summary.calls)}


def _sent(path: Path, moodle: Moodle, folder: Path, checks: Checks) -> Summary:
    talk = Talk()
    planned = make_plan(path, moodle, ReadingOptions(), FormatOptions(change=ASSIGN), checks, talk)
    overview(planned.plan, planned.wanted)
    with Run.save(folder, planned) as run:
        summary = apply(run, moodle, Apply(), talk=talk)
        summary_text(complete(run), summary)
        return summary
