"""The same as the commands, for Python: load, plan, apply, with results as DataFrames."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from batchroles import job
from batchroles.client import Moodle
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from batchroles.loader.layouts import load as load_table
from batchroles.models.changes import CHANGES
from batchroles.reporter import Summary, outcomes
from batchroles.runs import make_folder
from batchroles.sender import Guards


@dataclass(frozen=True)
class Result:
    """What became of a run."""

    rows: pd.DataFrame
    """One line per assignment: the file's columns, then `_row`, `_status`, `_code`, `_reason`, `_fix`."""
    summary: Summary
    folder: Path
    """Where `success.csv`, `failed.csv`, `results.xlsx`, `summary.json` and `run.db` are."""


def load(
    path: str | Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> pd.DataFrame:
    """Read a spreadsheet as text. Index: the spreadsheet's row numbers; columns: its headers; blank is `""`.

    Raises InputError where it cannot be read.
    """
    return load_table(path, ReadingOptions(encoding=encoding, delimiter=delimiter, sheet=sheet))


def plan(
    path: str | Path,
    moodle: Moodle,
    *,
    action: str = "assign",
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    role_map: Mapping[str, str | int] | None = None,
    probe: bool = True,
    check_existing: bool = True,
    **understanding: Any,
) -> job.Planned:
    """Check a file and turn its names into ids; nothing is written on the site.

    `understanding`: `role`, `context`, `match_user_by`, `column_map`, `format`, as the command's flags. The answer's
    `plan.lines` is a DataFrame of ids with a status where one is known. Raises InputError for a file that cannot be
    used, SiteRefusal and TemporaryFailure for a site that cannot.
    """
    return job.make_plan(
        Path(path),
        moodle,
        ReadingOptions(encoding=encoding, delimiter=delimiter, sheet=sheet),
        FormatOptions(change=CHANGES[action], **understanding),
        job.Checks(role_map=role_map or {}, probe=probe, existing=check_existing),
    )


def apply(
    planned: job.Planned,
    moodle: Moodle,
    *,
    out: str | Path | None = None,
    chunk_size: int = 200,
    max_errors: str | None = None,
    verify: bool = False,
    if_locked: Literal["wait", "fail"] = "wait",
) -> Result:
    """Send a plan as a new run in the folder `out`, and say what became of every row.

    Where another run works on the site it is waited for, or SiteBusy is raised: `if_locked`.

    A site that stops answering is no exception: the rows are `unknown` or `unsent`, and `summary.exit_code` is 5.
    """
    folder = make_folder(Path(out) if out is not None else None, planned.plan.table.path.stem)
    guards = Guards(workers=moodle.workers, chunk_size=chunk_size)
    with job.Run.save(folder, planned) as run:
        how = job.Apply(guards=guards, max_errors=max_errors, verify=verify)
        with job.Turn(moodle, if_locked=if_locked) as turn:
            summary = job.apply(run, moodle, how, turn=turn)
        return Result(outcomes(job.complete(run)), summary, folder)
