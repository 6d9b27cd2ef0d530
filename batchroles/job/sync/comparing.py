"""Compares a sync's lines with the site: what is so is left out, and what others changed since is told or mended."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from batchroles.client import Moodle
from batchroles.directory.census import SiteRoles
from batchroles.job.enrolling import leave_the_enrolled
from batchroles.job.planning import Talk
from batchroles.job.sync.difference import subjects
from batchroles.job.sync.problems import TAKEN
from batchroles.job.sync.remembering import in_spans
from batchroles.job.sync.rules import Rules, on_what_was_there
from batchroles.models import ENROL, UNASSIGN, UNENROL, Lines, Plan, Status
from batchroles.models.enrolments import INSIDE
from batchroles.models.lines import NONE, NOT_READ, Mask
from batchroles.runs.ledger import LOST, MAYBE, OWNED, Ledger, in_keys
from batchroles.text import count_of
from batchroles.validator import Resolution, leave_out_what_is_so
from batchroles.validator.already import NO_ROLE, NOT_THERE, OTHER_ROLE
from batchroles.validator.holdings import roles_there


@dataclass(frozen=True)
class Comparing:
    """Compares the lines of one plan with the site that they are for."""

    moodle: Moodle
    site: SiteRoles
    ledger: Ledger
    owned: pd.DataFrame
    """The ledger's holdings that are owned."""
    rules: Rules
    talk: Talk

    def compared(self, plan: Plan, resolution: Resolution, enrolling: Mask) -> Plan:
        """Leave out what is so already; `enrolling`: rows of the file that enrol though they assign."""
        lines = plan.lines
        maybe = lines.is_open & lines.gives & in_keys(subjects(lines), self.ledger.holdings(MAYBE))
        enrolling = np.concatenate([enrolling, np.zeros(len(lines) - len(enrolling), bool)])
        with self.talk.phase("reading roles"):
            plan = self._sparing_others(plan)
            plan = leave_out_what_is_so(plan, self.moodle, self.talk.progress, self.site, resolution.roles)
            plan = leave_the_enrolled(_enrolled_anew(plan), enrolling)
        if not self.rules.heal:
            plan = replace(plan, lines=self._as_it_was_sent(plan.lines))
        # Sent by an earlier run, without an answer: whether it is this sync's doing is known when Moodle confirms it.
        plan = replace(plan, lines=plan.lines.reopened(maybe, 0))
        plan = self._drifted(_without_gone(plan), resolution.remembered, maybe)
        return replace(plan, notes=[*plan.notes, *self._on_what_was_there(plan.lines, resolution.remembered)])

    def _as_it_was_sent(self, lines: Lines) -> Lines:
        """Leave enrolments alone that the sync made as the file has them: nothing shows dates, and people suspend."""
        ours = self.owned[(self.owned["enrolled"] == 1) & (self.owned["looked"] > 0)]
        there = lines.is_open & lines.asks(ENROL) & (lines.held > 0) & np.isin(lines.enrolled, INSIDE)
        return lines.ruled(there & in_spans(lines, ours), Status.ALREADY)

    def _sparing_others(self, plan: Plan) -> Plan:
        """Have lines take the role alone away where the person has others in the course, which would go as well."""
        lines = plan.lines
        ending = lines.is_open & lines.asks(UNENROL)
        if not ending.any():
            return plan
        places = ["userid", "level", "instanceid"]
        ours = self.owned.groupby(places).size()
        mine = ours.reindex(pd.MultiIndex.from_frame(subjects(lines)[places]), fill_value=0).to_numpy()
        there = roles_there(lines, ending, self.moodle)
        others = ending & ((there > mine) | (there == NOT_READ))
        if not others.any():
            return plan
        people = count_of(int(others.sum()), "person is", "people are")
        notes = [
            *plan.notes,
            f"{people} not unenrolled, because others gave roles in the course, too, or nobody could look: only what"
            " this sync gave goes.",
        ]
        return replace(plan, lines=lines.asking(others, UNASSIGN), notes=notes)

    def _on_what_was_there(self, lines: Lines, remembered: Mask) -> list[str]:
        """Say what is in the file and not this sync's own, where that was read just now."""
        if self.rules.adopt:
            return []
        there = lines.gives & lines.ended_as(Status.ALREADY) & ~in_keys(subjects(lines), self.owned)
        there[: len(remembered)] &= ~remembered
        return on_what_was_there(int(there.sum()), self.ledger) if there.any() else []

    def _drifted(self, plan: Plan, remembered: Mask, maybe: Mask) -> Plan:
        """Rule on rows that were so, and are no more: they are given again, or it is said that they are gone."""
        lines = plan.lines
        known = np.zeros(len(lines), bool)
        known[: len(remembered)] = remembered
        # What nobody can look at is believed as before.
        lines = lines.ruled(known & lines.is_open & (lines.held == NOT_READ), Status.ALREADY)
        given = self.ledger.holdings(OWNED, LOST)
        given = given[given["looked"] > 0]
        lost = lines.is_open & lines.gives & (lines.held == 0) & ~maybe & in_keys(subjects(lines), given)
        if not lost.any():
            return replace(plan, lines=lines)
        count = count_of(int(lost.sum()), "role that was", "roles that were")
        if self.rules.heal:
            notes = [*plan.notes, f"Given again: {count} there and gone since."]
            return replace(plan, lines=lines, notes=notes)
        problems = [*plan.problems, TAKEN]
        lines = lines.ruled(lost, Status.INVALID, len(problems) - 1)
        return replace(plan, lines=lines, problems=problems)


def _enrolled_anew(plan: Plan) -> Plan:
    """Have rows enrol anew whose people the sync has suspended and others have unenrolled since."""
    gone = [
        number for number, problem in enumerate(plan.problems) if problem in (NOT_THERE, NO_ROLE, OTHER_ROLE)
    ]
    some = plan.lines.has_row & plan.lines.ended_as(Status.INVALID) & plan.lines.with_problem(gone)
    if not some.any():
        return plan
    return replace(plan, lines=plan.lines.asking(some, ENROL).reopened(some, 0).explained(some, NONE))


def _without_gone(plan: Plan) -> Plan:
    """Have lines that come from no row, and cannot be done because the person is not there any more, be so already."""
    lines = plan.lines
    gone = [number for number, problem in enumerate(plan.problems) if problem in (NOT_THERE, NO_ROLE)]
    some = ~lines.has_row & lines.ended_as(Status.INVALID) & lines.with_problem(gone)
    return replace(plan, lines=lines.ruled(some, Status.ALREADY, NONE)) if some.any() else plan
