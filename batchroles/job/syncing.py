"""Sync: a plan after which the site has what the file wants today, of all that this sync has given."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from batchroles.client import Moodle
from batchroles.directory.census import SiteRoles
from batchroles.errors import InputError
from batchroles.job.difference import (
    in_pairs,
    may_be_named_otherwise,
    not_wanted,
    removals,
    subjects,
    withheld,
)
from batchroles.job.identity import faces, identity
from batchroles.job.overview import ROLE
from batchroles.job.owning import settle
from batchroles.job.planning import Checks, Talk, read_copy
from batchroles.job.protecting import Meant, Protected, meant
from batchroles.job.scope import Said, Scope
from batchroles.job.strangers import strangers
from batchroles.job.sync_rules import (
    Rules,
    check_age,
    check_rows,
    forget_other_words,
    limit,
    refuse_another_site,
)
from batchroles.job.whole import Place
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from batchroles.models import Code, Lines, Plan, Problem, Status, Wanted
from batchroles.models.lines import NONE, NOT_READ, Mask
from batchroles.runs import Origin, Planned
from batchroles.runs.ledger import (
    MAYBE,
    OWNED,
    SEEN,
    Ledger,
    Ref,
    checked_name,
    in_keys,
    ledger_file,
)
from batchroles.sources import Source
from batchroles.text import count_of
from batchroles.validator import KnownRole, Resolution, leave_out_what_is_so, resolve
from batchroles.validator.probe import probe
from batchroles.validator.repeats import validate

KEEP = "keep"
MOST_NAMED = 5
"""Rows that a sentence names; the rest is counted."""


@dataclass(frozen=True)
class Sync:
    """The task: make the site follow a file."""

    source: Source | Path
    name: str
    state: Path | None = None
    """The folder of the ledger; the user's own state folder by default."""
    reading: ReadingOptions = field(default_factory=ReadingOptions)
    understanding: FormatOptions = field(default_factory=FormatOptions)
    checks: Checks = field(default_factory=Checks)
    rules: Rules = field(default_factory=Rules)

    def plan(self, moodle: Moodle, talk: Talk, place: Place) -> Planned:
        """Make the plan of the difference. Raises StoppedByGuard for a file that is too small or too old."""
        folder = place.begin(checked_name(self.name))
        with talk.phase("reading"):
            check_age(self.source, self.rules.max_age)
            copy, wanted, reading = read_copy(
                self.source, self.reading, self.understanding, folder=folder, stop=moodle.stop
            )
        place.ready()
        path = ledger_file(self.state, moodle.url, self.name)
        with Ledger.open(path, moodle.url, self.name) as ledger:
            notes = settle(ledger)
            check_rows(ledger, len(wanted.table.cells), self.rules.min_rows)
            with talk.phase("resolving"):
                said = identity(moodle)
                refuse_another_site(ledger, said, moodle)
            planning = _Planning(self, moodle, talk, ledger, wanted)
            plan = planning.plan()
            plan = replace(plan, notes=[*notes, *plan.notes])
            origin = Origin(
                moodle.url,
                copy,
                reading,
                self.understanding,
                self.checks.role_map,
                identity=said,
                faces=faces(moodle, plan.lines.only(plan.lines.is_open)),
                sync={
                    "name": self.name,
                    "ledger": str(path.resolve()),
                    "serial": ledger.serial,
                    "adopt": self.rules.adopt,
                    "rows": len(wanted.table.cells),
                },
            )
            return Planned(plan, origin, wanted, planning.known_as)


class _Planning:
    """One difference in the making."""

    def __init__(self, task: Sync, moodle: Moodle, talk: Talk, ledger: Ledger, wanted: Wanted) -> None:
        self._task, self._moodle, self._talk, self._ledger = task, moodle, talk, ledger
        self._wanted = wanted
        self._site = SiteRoles(moodle)
        self._notes: list[str] = []
        self.known_as: dict[tuple[str, int], str] = {}
        """Words for roles and places of holdings that are to be taken away."""

    def plan(self) -> Plan:
        wanted, checks, talk = self._wanted, self._task.checks, self._talk
        forget_other_words(self._ledger, checks.role_map)
        with talk.phase("resolving"):
            memory = Remembered(self._ledger, self._task.rules)
            resolution = resolve(
                wanted, self._moodle, checks.role_map, talk.progress, self._site, memory=memory
            )
            scope = Scope.found(Said.of(self._task.rules.scope), self._moodle, checks.role_map, self._site)
        lines, problems = self._of_the_file(resolution, scope)
        protecting = [*meant(wanted, lines, problems, self._ledger)]
        with talk.phase("reading roles"):
            lines = self._with_removals(lines, protecting, scope)
            lines = self._with_strangers(lines, protecting, scope, resolution.roles)
        notes = [*wanted.notes, *resolution.notes, *self._notes]
        plan = Plan(wanted.table, wanted.format, wanted.read_as, lines, problems, notes)
        maybe = lines.is_open & lines.gives & in_keys(subjects(lines), self._ledger.holdings(MAYBE))
        with talk.phase("reading roles"):
            plan = leave_out_what_is_so(plan, self._moodle, talk.progress, self._site, resolution.roles)
        # Sent by an earlier run, without an answer: whether it is this sync's doing is known when Moodle confirms it.
        plan = replace(plan, lines=plan.lines.reopened(maybe, 0))
        plan = self._drifted(plan, resolution.remembered)
        if checks.probe:
            with talk.phase("probing"):
                plan = probe(plan, self._moodle, talk.progress)
        return self._guarded(plan)

    def _of_the_file(self, resolution: Resolution, scope: Scope) -> tuple[Lines, list[Problem]]:
        """Rule on the file's lines as far as that follows from the file and the ledger."""
        lines, problems = resolution.lines, list(resolution.problems)
        takes = ~lines.gives & (lines.problem == NONE)
        if takes.any():
            problems.append(_TAKES)
            lines = lines.explained(takes, len(problems) - 1)
        fresh = (lines.problem == NONE) & ~resolution.remembered
        outside = np.zeros(len(lines), bool)
        outside[fresh] = ~scope.has(subjects(lines.only(fresh)), sure=False)
        if outside.any():
            problems.append(_OUTSIDE)
            lines = lines.explained(outside, len(problems) - 1)
        lines, problems = validate(lines, problems)
        if self._looks_for_drift:
            return lines, problems
        return lines.ruled(lines.is_open & resolution.remembered, Status.ALREADY), problems

    @property
    def _looks_for_drift(self) -> bool:
        return self._task.rules.drift or self._task.rules.heal

    def _drifted(self, plan: Plan, remembered: Mask) -> Plan:
        """Rule on rows that were so, and are no more: they are given again, or it is said that they are gone."""
        if not self._looks_for_drift:
            return plan
        lines = plan.lines
        known = np.zeros(len(lines), bool)
        known[: len(remembered)] = remembered
        known &= lines.is_open
        # What nobody can look at is believed as before.
        lines = lines.ruled(known & (lines.held == NOT_READ), Status.ALREADY)
        lost = known & (lines.held == 0)
        if not lost.any():
            return replace(plan, lines=lines)
        count = count_of(int(lost.sum()), "role that was", "roles that were")
        if self._task.rules.heal:
            notes = [*plan.notes, f"Given again: {count} there and gone since."]
            return replace(plan, lines=lines, notes=notes)
        problems = [*plan.problems, _LOST]
        lines = lines.ruled(lost, Status.INVALID, len(problems) - 1)
        return replace(plan, lines=lines, problems=problems)

    def _with_removals(self, lines: Lines, protecting: Sequence[Meant], scope: Scope) -> Lines:
        """Add a line for each owned holding in the scope that is not wanted today and that no row may have meant."""
        owned = self._ledger.holdings(OWNED)
        gone = not_wanted(owned, lines)
        gone &= ~may_be_named_otherwise(owned, lines.only(lines.is_open | lines.ended_as(Status.ALREADY)))
        gone &= self._not_protected(owned, gone, protecting)
        gone &= self._not_kept(owned, gone)
        if not gone.any():
            return lines
        gone[gone] = scope.has(owned[gone], sure=True)
        some = owned[gone]
        self.known_as |= {(ROLE, id_): word for id_, word in zip(some["roleid"], some["role"], strict=True)}
        self.known_as |= dict(
            zip(zip(some["level"], some["instanceid"], strict=True), some["place"], strict=True)
        )
        return Lines.joined(lines, removals(some, np.zeros(len(some), bool)))

    def _with_strangers(
        self, lines: Lines, protecting: Sequence[Meant], scope: Scope, known: Sequence[KnownRole]
    ) -> Lines:
        """Look at what others gave by hand inside the scope and the file has not: it is said, or taken away."""
        rules = self._task.rules
        if not (self._looks_for_drift or rules.remove_unowned):
            return lines
        owned = self._ledger.holdings(OWNED, MAYBE)
        named = {*owned["roleid"].tolist(), *lines.roleid.tolist(), *(scope.roles or ())}
        # A scope of places alone is about every role that somebody has there.
        every = scope.limited and scope.roles is None
        found = strangers(self._site, known, None if every else named)
        if found is None:
            if rules.remove_unowned:
                raise InputError(
                    'what others gave is known only where there is the report "batchroles roles" (batchroles setup),'
                    f" and --remove-unowned needs it. {' '.join(self._site.notes)}".rstrip()
                )
            return lines
        about = subjects(lines)
        unowned = not_wanted(found, lines) & ~in_keys(found, owned)
        unowned &= ~may_be_named_otherwise(found, lines.only(lines.is_open | lines.ended_as(Status.ALREADY)))
        if not scope.limited:
            unowned &= in_pairs(found, about)
        unowned[unowned] = scope.has(found[unowned], sure=True)
        unowned[unowned] = ~Protected(found[unowned].reset_index(drop=True), protecting).mask
        if not unowned.any():
            return lines
        if rules.remove_unowned:
            unowned &= self._not_kept(found, unowned)
            return Lines.joined(lines, removals(found[unowned], np.zeros(int(unowned.sum()), bool)))
        self._notes.append(_on_strangers(found[unowned]))
        return lines

    def _not_protected(self, owned: pd.DataFrame, gone: Mask, protecting: Sequence[Meant]) -> Mask:
        some = owned[gone].reset_index(drop=True)
        protected = Protected(some, protecting)
        staying = np.zeros(len(owned), bool)
        staying[np.flatnonzero(gone)[protected.mask]] = True
        if protected.rows:
            self._notes.append(_on_protected(int(staying.sum()), protected.rows))
        return ~staying

    def _not_kept(self, owned: pd.DataFrame, gone: Mask) -> Mask:
        rules = self._task.rules.on_removal
        spared = [
            role for role in owned["role"].unique() if rules.get(role.casefold(), rules.get("", "")) == KEEP
        ]
        kept = gone & owned["role"].isin(spared).to_numpy()
        if kept.any():
            count = count_of(int(kept.sum()), "role is", "roles are")
            self._notes.append(f"{count} not in the file any more and kept, as --on-removal says.")
        return ~kept

    def _guarded(self, plan: Plan) -> Plan:
        most = limit(self._task.rules.max_removals, self._ledger.count(OWNED))
        problems = list(plan.problems)
        lines = withheld(plan.lines, np.zeros(len(plan.lines), bool), most, problems)
        notes = [*plan.notes, *(one.reason for one in problems[len(plan.problems) :])]
        return replace(plan, lines=lines, problems=problems, notes=notes)


class Remembered:
    """What a ledger remembers of a file's names and lines."""

    def __init__(self, ledger: Ledger, rules: Rules) -> None:
        self._ledger = ledger
        self._since = time.time() - rules.cache_ttl
        self._adopt = rules.adopt

    def ids(self, refs: set[Ref]) -> Mapping[Ref, int]:
        """Give the ids of names that were looked up lately."""
        found: dict[Ref, int] = {}
        for kind in {type(ref) for ref in refs}:
            found |= self._ledger.ids(kind, self._since)
        return {ref: found[ref] for ref in refs if ref in found}

    def is_so(self, lines: Lines) -> Mask:
        """Choose the lines that are owned, or that were seen to be there lately."""
        known = self._ledger.holdings(OWNED, *(() if self._adopt else (SEEN,)))
        known = known[(known["standing"] == OWNED) | (known["looked"] >= self._since)]
        return lines.gives & in_keys(subjects(lines), known)

    def learn(self, found: Mapping[Ref, int]) -> None:
        """Keep what was found."""
        self._ledger.learn(found)


_TAKES = Problem(
    Code.BAD_VALUE,
    "The row asks for something to be taken away, and a sync's file says what shall be there.",
    "Leave the row out: what is in the file no more is taken away. batchroles assign does what single rows ask for.",
)

_OUTSIDE = Problem(
    Code.OUT_OF_SCOPE,
    "The row is outside what --scope says that the file is complete for: what it gives would never be taken away.",
    "Mend the row, or add its role or place to --scope.",
)
_LOST = Problem(
    Code.DRIFTED,
    "The sync gave this role, and somebody has taken it away in Moodle since.",
    "Find out who, and leave the row out of the file; or give it again with --heal.",
)


def _on_strangers(found: pd.DataFrame) -> str:
    """Say what others gave."""
    where = found["role"].astype(str) + " in " + found["place"].astype(str)
    groups = where.value_counts()
    named = [f"{one}: {count:,}" for one, count in groups.head(MOST_NAMED).items()]
    more = f"; and {len(groups) - MOST_NAMED:,} more" if len(groups) > MOST_NAMED else ""
    return (
        f"{count_of(len(found), 'role was', 'roles were')} given by hand and not by this sync, and the file has them"
        f" not ({'; '.join(named)}{more}): they stay."
    )


def _on_protected(count: int, rows: Sequence[int]) -> str:
    named = ", ".join(str(row) for row in rows[:MOST_NAMED])
    more = f" and {len(rows) - MOST_NAMED:,} more" if len(rows) > MOST_NAMED else ""
    which = f"row {named}" if len(rows) == 1 else f"rows {named}{more}"
    return (
        f"{count_of(count, 'role is', 'roles are')} not in the file any more and kept all the same, because {which}"
        " cannot be read or looked up and may mean them."
    )
