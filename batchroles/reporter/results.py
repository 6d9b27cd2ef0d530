"""The four files of a run, written together."""

from dataclasses import replace
from pathlib import Path

from batchroles.errors import BatchrolesError
from batchroles.models import Plan
from batchroles.reporter.csv_files import write_success_and_failed
from batchroles.reporter.outcomes import Columns
from batchroles.reporter.summary import Files, Summary
from batchroles.reporter.workbook import write_workbook
from batchroles.reporter.writing import beside


def write_results(folder: Path, plan: Plan, summary: Summary) -> Files:
    """Write `success.csv`, `failed.csv`, `results.xlsx` and `summary.json` into a run's folder.

    Raises BatchrolesError where a row has no status yet, and TemporaryFailure where a file cannot be written.
    """
    if summary.tally.pending:
        open_rows = f"{summary.tally.pending:,} of {summary.tally.rows:,} rows"
        raise BatchrolesError(f"There are no results to write yet: {open_rows} are still to be sent.")
    files = Files.inside(folder)
    folder.mkdir(parents=True, exist_ok=True)
    columns = Columns(plan)
    write_success_and_failed(files.success, files.failed, columns)
    write_workbook(files.workbook, columns, summary)
    with beside(files.summary) as draft:
        draft.write_text(replace(summary, files=files).to_json(), encoding="utf-8", newline="\n")
    return files
