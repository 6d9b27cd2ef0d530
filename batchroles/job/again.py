"""Runs made from runs: what failed once more, and what was done taken back."""

from dataclasses import replace

import numpy as np
import pandas as pd

from batchroles.client import Moodle
from batchroles.errors import RunError
from batchroles.job.planning import Checks, Origin, Planned, Talk, make_plan
from batchroles.job.run import Run, only_rows, options
from batchroles.loader import ReadingOptions
from batchroles.models import Status
from batchroles.models.plan import ACTIONS, STATUSES, codes
from batchroles.reporter import Files


def retry(run: Run, moodle: Moodle, checks: Checks, talk: Talk | None = None) -> Planned:
    """Plan a run's failed rows anew, from its `failed.csv`, so that what was repaired there counts.

    Raises RunError where there is no such file yet.
    """
    failed = Files.inside(run.folder).failed
    if not failed.is_file():
        raise RunError(f"{run.name} has no {failed.name} yet: batchroles apply {run.folder} writes it")
    understanding = options(run.journal.head)[1]
    planned = make_plan(failed, moodle, ReadingOptions(), understanding, checks, talk)
    return replace(planned, origin=replace(planned.origin, name=f"{run.plan.table.path.stem}-retry"))


def undo(run: Run) -> Planned:
    """Plan the inverse of what a run is known to have done.

    Rows that were `already` so are left alone. Raises RunError where there is nothing to take back.
    """
    lines, exact = run.journal.lines(), run.journal.head.exact
    assigned = (lines["status"] == Status.ASSIGNED).to_numpy()
    unassigned = (lines["status"] == Status.UNASSIGNED).to_numpy()
    chosen = assigned | (unassigned & exact)
    if not chosen.any():
        raise RunError(f"{run.name} has done nothing that can be taken back")
    inverse = lines[chosen].reset_index(drop=True)
    count = len(inverse)
    inverse = inverse.assign(
        action=pd.Categorical.from_codes(1 - codes(inverse["action"]), dtype=ACTIONS),
        status=pd.Categorical.from_codes(np.full(count, -1), dtype=STATUSES),
        problem=np.full(count, -1, "int32"),
        same_as=np.full(count, -1, "int32"),
    )
    notes = [] if exact else _unknowns(int(assigned.sum()), int(unassigned.sum()))
    plan = replace(
        run.plan, table=only_rows(run.plan.table, inverse), lines=inverse, problems=[], notes=notes
    )
    head = run.journal.head
    origin = Origin(
        head.site,
        run.folder / head.input_copy,
        *options(head),
        exact=True,
        undoes=run.name,
        name=f"{plan.table.path.stem}-undo",
    )
    return Planned(plan, origin, run.wanted)


def _unknowns(assigned: int, unassigned: int) -> list[str]:
    """Say what cannot be known of a run that did not read what was so before it."""
    notes = []
    if assigned:
        notes.append(
            f"{assigned:,} assignments are taken back, also of roles that people may have had before: the run was"
            " made without --check-existing, so nobody knows."
        )
    if unassigned:
        notes.append(
            f"{unassigned:,} removals are not taken back: the run was made without --check-existing, so nobody"
            " knows who had the role before."
        )
    return notes
