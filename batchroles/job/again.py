"""Runs made from runs: what failed once more, and what was done taken back."""

from dataclasses import replace

import numpy as np
import pandas as pd

from batchroles.client import Moodle
from batchroles.errors import RunError
from batchroles.job.planning import Checks, Origin, Planned, Talk, make_plan
from batchroles.job.run import Run, check_site, only_rows, options
from batchroles.loader import ReadingOptions
from batchroles.models import Status
from batchroles.models.plan import ACTIONS, STATUSES, codes
from batchroles.reporter import Files, tally


def retry(run: Run, moodle: Moodle, checks: Checks, talk: Talk | None = None) -> Planned:
    """Plan a run's failed rows anew, from its `failed.csv`, so that what was repaired there counts.

    Words for roles mean what they meant in the run, unless `checks` says otherwise. Raises RunError where there is
    nothing to retry, or apply has to come first.
    """
    _check_settled(run, moodle)
    failed = Files.inside(run.folder).failed
    if run.journal.head.undoes:
        raise RunError(
            f"{run.name} takes back another run: batchroles apply {run.folder} goes on with it, and batchroles undo"
            f" {run.journal.head.undoes} plans it anew"
        )
    if not failed.is_file():
        raise RunError(f"{run.name} has no {failed.name} yet: batchroles apply {run.folder} writes it")
    if not tally(run.now()).failed:
        raise RunError(f"nothing failed in {run.name}, so there is nothing to retry")
    checks = replace(checks, role_map={**run.journal.head.settings["role_map"], **checks.role_map})
    planned = make_plan(failed, moodle, ReadingOptions(), options(run.journal.head)[1], checks, talk)
    return replace(planned, origin=replace(planned.origin, name=f"{run.plan.table.path.stem}-retry"))


def undo(run: Run, moodle: Moodle) -> Planned:
    """Plan the inverse of what a run is known to have done.

    Rows that were `already` so are left alone, and a removal is taken back only where it was read before that the
    person had the role. Raises RunError where there is nothing to take back, or apply has to come first.
    """
    _check_settled(run, moodle)
    lines = run.journal.lines()
    assigned = (lines["status"] == Status.ASSIGNED).to_numpy()
    unassigned = (lines["status"] == Status.UNASSIGNED).to_numpy()
    known = lines["known"].to_numpy()
    chosen = assigned | (unassigned & known)
    if not chosen.any():
        raise RunError(f"{run.name} has done nothing that can be taken back")
    notes = _unknowns(int((assigned & ~known).sum()), int((unassigned & ~known).sum()))
    if open_rows := int(lines["status"].isna().sum()):
        notes.append(
            f"{open_rows:,} rows of {run.name} were never sent; batchroles apply would still send them."
        )
    inverse = _inverse(lines[chosen])
    table = only_rows(run.plan.table, inverse)
    plan = replace(run.plan, table=table, lines=inverse, problems=[], notes=notes)
    return Planned(plan, _origin_of_undo(run), run.wanted)


def _check_settled(run: Run, moodle: Moodle) -> None:
    check_site(run, moodle)
    unknown = int((run.journal.lines()["status"] == Status.UNKNOWN).sum())
    if unknown:
        raise RunError(
            f"{unknown:,} rows of {run.name} were sent without an answer: batchroles apply {run.folder} settles them"
            " first"
        )


def _inverse(lines: pd.DataFrame) -> pd.DataFrame:
    count = len(lines)
    return lines.reset_index(drop=True).assign(
        action=pd.Categorical.from_codes(1 - codes(lines["action"]), dtype=ACTIONS),
        status=pd.Categorical.from_codes(np.full(count, -1), dtype=STATUSES),
        problem=np.full(count, -1, "int32"),
        same_as=np.full(count, -1, "int32"),
    )


def _origin_of_undo(run: Run) -> Origin:
    head = run.journal.head
    return Origin(
        head.site,
        run.folder / head.input_copy,
        *options(head),
        undoes=run.name,
        name=f"{run.plan.table.path.stem}-undo",
    )


def _unknowns(assigned: int, unassigned: int) -> list[str]:
    """Say what cannot be known of rows for which it was not read what was so before."""
    notes = []
    if assigned:
        notes.append(
            f"{assigned:,} assignments are taken back although the people may have had the role before: it was not"
            " read (--check-existing reads it, in courses)."
        )
    if unassigned:
        notes.append(
            f"{unassigned:,} removals are not taken back: it was not read whether the people had the role before"
            " (--check-existing reads it, in courses)."
        )
    return notes
