"""Failures told apart: those that the last run of the same kind had already, and those that are new.

A failure is its own by the file's words: change, user, role, context, and the code and value of its problem. Where rows
stand in the file does not count. What a run failed of is noted in its journal as digests, so that the next run need not
read its input again.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from batchroles.errors import RunError
from batchroles.job.naming import named_lines
from batchroles.models import Plan, Status, Wanted
from batchroles.models.lines import Ints
from batchroles.reporter import Compared
from batchroles.reporter.tally import deciding_lines, groups
from batchroles.runs import Head, Journal, Run, Runs
from batchroles.runs.folders import DEFAULT

DIGEST = 12
"""Bytes of a digest: among a million failures two that differ have the same with a chance of one in 10¹⁶."""


@dataclass(frozen=True)
class Failures:
    """What a run's journal says of failures."""

    mine: list[str] | None = None
    """The digests of what failed in it; None where it has not come to its end."""
    earlier: str = ""
    """The name of the run that it was compared with first; empty where there was none."""
    known: list[str] = field(default_factory=list)
    """What failed in that one."""

    @classmethod
    def of(cls, journal: Journal) -> "Failures":
        """Read what the journal says."""
        return cls(**journal.failures())


def note_failures(run: Run, plan: Plan) -> None:
    """Note what failed in a run, and choose once for all the run that it is compared with."""
    noted = Failures.of(run.journal)
    if noted == Failures():
        earlier = _earlier(run)
        noted = Failures(earlier=earlier[0], known=earlier[1]) if earlier else noted
    # Without an end there is nothing to compare with: what was not sent yet may fail, too.
    pending = (plan.lines.is_open | plan.lines.ended_as(Status.UNKNOWN, Status.UNSENT)).any()
    mine = None if pending else sorted({*_digests(plan, run.wanted, _failed(plan))})
    run.journal.note_failures({**vars(noted), "mine": mine})


def compared(run: Run, plan: Plan) -> Compared:
    """Tell the failed lines of a run that are new from those that are known."""
    noted = Failures.of(run.journal)
    failed = _failed(plan)
    known = set(noted.known)
    new = [one not in known for one in _digests(plan, run.wanted, failed)] if known else [True] * len(failed)
    return Compared(noted.earlier, failed[np.array(new, bool)], len(failed) - sum(new))


def series(head: Head) -> tuple[object, ...] | None:
    """Give what the runs have in common that are compared with each other; None for one that is not compared."""
    if head.undoes:
        return None
    if head.sync:
        return head.site, head.sync["name"]
    change = "review" if head.is_review else head.settings["understanding"]["change"]
    return (
        head.site,
        head.input_name,
        change,
        not head.settings.get("retry", head.settings["repairs"] is not None),
    )


def _earlier(run: Run) -> tuple[str, list[str]] | None:
    """Find the last run of the same series that came to its end before this one was planned."""
    wanted = series(run.journal.head)
    for folder, journal in _runs_before(run) if wanted is not None else ():
        if series(journal.head) == wanted and (mine := Failures.of(journal).mine) is not None:
            return folder.name, mine
    return None


def _runs_before(run: Run) -> Iterator[tuple[Path, Journal]]:
    """Open the runs beside a run and where runs stand by default that were planned before it, the last one first."""
    places = {run.folder.resolve().parent, DEFAULT.resolve()}
    entries = {one.folder.resolve(): one for place in sorted(places) for one in Runs(place).entries()}
    created = run.journal.head.created
    before = [one for one in entries.values() if one.is_run and one.created and one.created < created]
    for entry in sorted(before, key=lambda one: (one.created, one.number), reverse=True):
        try:
            with Journal.open(entry.folder) as journal:
                yield entry.folder, journal
        except RunError:
            continue  # of another version, or damaged: nobody knows what failed in it


def _failed(plan: Plan) -> Ints:
    return np.flatnonzero(groups(plan).failed)


def _digests(plan: Plan, wanted: Wanted, lines: Ints) -> list[str]:
    """Give each failed line's digest; a duplicate has that of the line whose fate it shares."""
    if not len(lines):
        return []
    lines = deciding_lines(plan.lines)[lines]
    changes = plan.lines.words("change", lines)
    problems = plan.lines.problem[lines].tolist()
    named = named_lines(plan, wanted, lines)
    ids = (one[lines].tolist() for one in (plan.lines.userid, plan.lines.roleid, plan.lines.instanceid))
    rows = zip(plan.lines.row[lines].tolist(), *ids, strict=True)
    facts: Iterator[Sequence[Any]] = (
        # Only a line that comes from no row is known by its ids: the file has no words for it.
        (
            change,
            *((said.user, said.role, said.context) if row else (userid, roleid, instance)),
            *_of(plan, problem),
        )
        for change, problem, said, (row, userid, roleid, instance) in zip(
            changes, problems, named, rows, strict=True
        )
    )
    return [hashlib.blake2b(repr(tuple(one)).encode(), digest_size=DIGEST).hexdigest() for one in facts]


def _of(plan: Plan, problem: int) -> tuple[str, str]:
    found = plan.problems[problem] if problem >= 0 else None
    return (str(found.code), found.value) if found else ("", "")
