"""The four files of a run, written together."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from batchroles.errors import BatchrolesError
from batchroles.models import Plan
from batchroles.reporter.csv_files import write_csv
from batchroles.reporter.outcomes import Columns
from batchroles.reporter.summary import Files, Summary
from batchroles.reporter.workbook import write_workbook
from batchroles.reporter.writing import digest, draft_of, explained, sync


def write_results(
    folder: Path,
    plan: Plan,
    summary: Summary,
    settle: Callable[[Mapping[Path, str]], Collection[Path]] = lambda digests: (),  # noqa: ARG005 - nothing to settle
) -> Files:
    """Write `success.csv`, `failed.csv`, `results.xlsx` and `summary.json` into a run's folder.

    Rows that are still open are in neither of the two CSV files: they have not come to an end.
    All are written beside, and are on disk, before the first takes its place. Between the two, `settle` is told the
    digests of the new files, and gives those that shall stay as they are. Raises BatchrolesError where a row has no
    status yet, and TemporaryFailure where a file cannot be written.
    """
    if summary.tally.to_send:
        open_rows = f"{summary.tally.to_send:,} of {summary.tally.rows:,} rows"
        raise BatchrolesError(f"There are no results to write yet: {open_rows} are still to be sent.")
    files = Files.inside(folder)
    folder.mkdir(parents=True, exist_ok=True)
    drafts = Files(*map(draft_of, vars(files).values()))
    try:
        _write(drafts, files, plan, summary)
        for path, draft in zip(vars(files).values(), vars(drafts).values(), strict=True):
            with explained(path):
                sync(draft)
        staying = settle({path: digest(draft_of(path)) for path in vars(files).values()})
        for path in vars(files).values():
            with explained(path):
                if path not in staying:
                    draft_of(path).replace(path)
        sync(folder)
    finally:
        for draft in vars(drafts).values():
            with suppress(OSError):
                draft.unlink()
    return files


def _write(drafts: Files, files: Files, plan: Plan, summary: Summary) -> None:
    columns = Columns(plan)
    with explained(files.success):
        write_csv(drafts.success, columns, np.flatnonzero(columns.groups.done))
    with explained(files.failed):
        write_csv(drafts.failed, columns, np.flatnonzero(columns.groups.failed))
    with explained(files.workbook):
        write_workbook(drafts.workbook, columns, summary)
    with explained(files.summary):
        text = replace(summary, files=files).to_json()
        drafts.summary.write_text(text, encoding="utf-8", newline="\n")
