"""The files of a run, written together.

The CSV files are UTF-8 with a byte order mark (for Excel), their lines ended by CRLF; what stands between their cells
is what the input has there, so that they open in columns where the input did.
"""

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from batchroles.errors import BatchrolesError
from batchroles.models import Plan
from batchroles.models.lines import Ints
from batchroles.reporter.messages import messages
from batchroles.reporter.outcomes import DELIMITERS, Columns
from batchroles.reporter.summary import Files, Summary
from batchroles.reporter.workbook import write_workbook
from batchroles.reporter.writing import digest, draft_of, explained, sync
from batchroles.text import count_of, neutralise


def write_results(
    folder: Path,
    plan: Plan,
    summary: Summary,
    settle: Callable[[Mapping[Path, str]], Collection[Path]] = lambda digests: (),  # noqa: ARG005 - nothing to settle
) -> Files:
    """Write `success.csv`, `failed.csv`, `results.xlsx` and `summary.json` into a run's folder.

    Where rows may be withheld, `withheld.csv` is beside them. Rows that are still open are in none of the CSV files:
    they have not come to an end.
    All are written beside, and are on disk, before the first takes its place. Between the two, `settle` is told the
    digests of the new files, and gives those that shall stay as they are. Raises BatchrolesError where a row has no
    status yet, and TemporaryFailure where a file cannot be written.
    """
    if summary.tally.to_send:
        open_rows = f"{summary.tally.to_send:,} of {count_of(summary.tally.rows, 'row')}"
        raise BatchrolesError(f"There are no results to write yet: {open_rows} still to be sent.")
    files = Files.inside(folder, withheld=summary.guarded)
    folder.mkdir(parents=True, exist_ok=True)
    drafts = files.drafts()
    try:
        _write(drafts, files, plan, summary)
        # NOTE: all drafts are on disk before the first rename. A rename may survive a power cut that the content does
        # not: that leaves an empty file under the right name.
        for path in files.all():
            with explained(path):
                sync(draft_of(path))
        # The journal knows the new files before one of them is there: a kill between two renames leaves none that would
        # be taken for edited by a person.
        staying = settle({path: digest(draft_of(path)) for path in files.all()})
        for path in files.all():
            with explained(path):
                if path not in staying:
                    draft_of(path).replace(path)
        sync(folder)
    finally:
        for draft in drafts.all():
            with suppress(OSError):
                draft.unlink()
    return files


def _write(drafts: Files, files: Files, plan: Plan, summary: Summary) -> None:
    columns = Columns(plan)
    with explained(files.success):
        write_csv(drafts.success, columns, np.flatnonzero(columns.groups.done))
    with explained(files.failed):
        write_csv(drafts.failed, columns, np.flatnonzero(columns.groups.failed))
    if files.withheld is not None and drafts.withheld is not None:
        with explained(files.withheld):
            write_csv(drafts.withheld, columns, np.flatnonzero(columns.groups.withheld))
    with explained(files.workbook):
        write_workbook(drafts.workbook, Columns(plan, places=True), summary, messages(plan))
    with explained(files.summary):
        text = replace(summary, files=files).to_json()
        drafts.summary.write_text(text, encoding="utf-8", newline="\n")


LINES_AT_ONCE = 50_000
"""Bounds the memory: this many lines are text at the same time."""

_NEEDS_QUOTES = re.compile(rf'["\r\n{re.escape(DELIMITERS)}]|^\s|\s$')


def write_csv(path: Path, columns: Columns, lines: Ints) -> None:
    """Write the given lines (indexes of `Plan.lines`) with a header, in their order."""
    between = columns.delimiter
    # newline="": Python would make \r\r\n of \r\n on Windows.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.write(between.join(map(as_csv_cell, columns.headers)) + "\r\n")
        for start in range(0, len(lines), LINES_AT_ONCE):
            text = columns.text(lines[start : start + LINES_AT_ONCE], as_csv_cell)
            file.write("\r\n".join(map(between.join, zip(*text, strict=True))) + "\r\n")


def as_csv_cell(text: str) -> str:
    """Return a cell as it stands in the file: harmless, and quoted where it must be."""
    harmless = neutralise(text)
    if not _NEEDS_QUOTES.search(harmless):
        return harmless
    doubled = harmless.replace('"', '""')
    return f'"{doubled}"'
