"""Sync: a plan after which the site has what the file wants today, of all that this sync has given."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from batchroles.client import Moodle
from batchroles.directory.census import SiteRoles
from batchroles.errors import InputError
from batchroles.job.enrolling import enrol_instead, leave_the_enrolled, say_who_is_not_enrolled
from batchroles.job.identity import faces, identity
from batchroles.job.planning import Checks, Talk, read_copy
from batchroles.job.sync.difference import subjects, withheld
from batchroles.job.sync.owning import settle
from batchroles.job.sync.problems import DOUBTFUL, LATER, NEVER, OUTSIDE, OVER, TAKEN, TAKES
from batchroles.job.sync.protecting import meant
from batchroles.job.sync.remembering import Remembered, counted_from_the_first_day, in_spans, roles_told
from batchroles.job.sync.removing import Removing
from batchroles.job.sync.rules import (
    Rules,
    check_age,
    check_rows,
    check_words,
    forget_other_words,
    limit,
    on_what_was_there,
    refuse_another_site,
    refuse_other_people,
)
from batchroles.job.sync.scope import Said, Scope
from batchroles.job.whole import Place
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from batchroles.models import (
    ASSIGN,
    ENROL,
    REACTIVATE,
    UNASSIGN,
    UNENROL,
    Lines,
    Plan,
    Problem,
    RoleRef,
    Status,
    Wanted,
)
from batchroles.models.enrolments import INSIDE
from batchroles.models.lines import NONE, NOT_READ, Mask
from batchroles.runs import Origin, Planned
from batchroles.runs.ledger import (
    LOST,
    MAYBE,
    OWNED,
    SEEN,
    SUSPENDED,
    Ledger,
    checked_name,
    in_keys,
    ledger_file,
)
from batchroles.sources import Source
from batchroles.text import count_of
from batchroles.validator import Resolution, leave_out_what_is_so, look_up, resolve
from batchroles.validator.already import NO_ROLE, NOT_THERE, OTHER_ROLE
from batchroles.validator.dates import COLUMNS, due, has_window, never, site_zone, with_dates, zone_of
from batchroles.validator.holdings import roles_there
from batchroles.validator.probe import probe
from batchroles.validator.repeats import validate

_BLANK = ("row", "part", "change", "userid", "roleid", "level", "instanceid")
"""The columns that lines have to have."""


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
        """Make the plan of the difference.

        Raises StoppedByGuard for a file that is too small or too old, and what `make_plan` raises.
        """
        if not self.checks.existing:
            raise InputError("a sync owns what it was seen to give: it has no use for --no-check-existing")
        folder = place.begin(checked_name(self.name))
        with talk.phase("reading"):
            check_age(self.source, self.rules.max_age)
            understanding = replace(self.understanding, windows=True)
            copy, wanted, reading = read_copy(
                self.source, self.reading, understanding, folder=folder, stop=moodle.stop
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
            seen = faces(moodle, plan.lines.only(plan.lines.is_open), ledger.faces)
            refuse_other_people(ledger, seen, moodle)
            plan = replace(plan, notes=[*notes, *plan.notes])
            origin = Origin(
                moodle.url,
                copy,
                reading,
                understanding,
                self.checks.role_map,
                identity=said,
                faces=seen,
                sync={
                    "name": self.name,
                    "ledger": str(path.resolve()),
                    "serial": ledger.serial,
                    "adopt": self.rules.adopt,
                    "rows": len(wanted.table.cells),
                    "asks": planning.asks,
                },
            )
            return Planned(plan, origin, wanted, planning.known_as)


class _Planning:
    """One difference in the making."""

    def __init__(self, task: Sync, moodle: Moodle, talk: Talk, ledger: Ledger, wanted: Wanted) -> None:
        self._task, self._moodle, self._talk, self._ledger = task, moodle, talk, ledger
        self._wanted = wanted
        self._site = SiteRoles(moodle)
        self._now = datetime.now(UTC)
        self._zone = cache(self._find_zone)
        self._owned = ledger.holdings(OWNED)
        self.known_as: Mapping[tuple[str, int], str] = {}
        """Words for roles and places of holdings that are to be taken away."""

    def plan(self) -> Plan:
        wanted, rules, talk = self._wanted, self._task.rules, self._talk
        forget_other_words(self._ledger, self._task.checks.role_map)
        with talk.phase("resolving"):
            check_words(rules, self._ledger, wanted, self._asked_of_the_site)
            resolution = self._resolved()
            scope = self._scope()
        lines, problems, enrolling = self._of_the_file(resolution, scope)
        protecting = [*meant(wanted, lines, problems, self._ledger)]
        removing = Removing(self._ledger, self._owned, scope, protecting, self._actions(), self._today())
        with talk.phase("reading roles"):
            lines = removing.owned(lines)
            if self._looks_for_drift or rules.remove_unowned:
                lines = removing.unowned(lines, self._site, resolution.roles, remove=rules.remove_unowned)
        self.known_as = removing.known_as
        notes = [*wanted.notes, *resolution.notes, *removing.notes]
        plan = Plan(wanted.table, wanted.format, wanted.read_as, lines, problems, notes)
        plan = self._checked(plan, resolution, enrolling)
        if not self._task.understanding.enrol and (plan.lines.is_open & plan.lines.gives).any():
            plan = say_who_is_not_enrolled(plan, self._moodle)
        return self._guarded(plan, removing)

    def _resolved(self) -> Resolution:
        wanted, checks = self._wanted, self._task.checks
        # What an enrolment's dates say is compared with what was sent; nothing of Moodle's shows them.
        dates = None
        if any(name in wanted.lines for name in COLUMNS):
            nowhere = Lines.of({name: np.zeros(len(wanted.lines), "int64") for name in _BLANK})
            dates = with_dates(nowhere, wanted.problems, wanted, self._zone, self._now)[0]
        # Of who has a role it is not known whether they are enrolled, say.
        believed = self._ledger.fact("asks") == self.asks
        self._memory = Remembered(self._ledger, self._task.rules, dates, self._counted, believed=believed)
        found = resolve(
            wanted, self._moodle, checks.role_map, self._talk.progress, self._site, memory=self._memory
        )
        return replace(found, roles=roles_told(self._ledger, found.roles, self._task.rules.cache_ttl))

    def _counted(self, lines: Lines) -> Lines:
        return counted_from_the_first_day(lines, self._wanted, self._ledger, self._zone)

    @property
    def asks(self) -> str:
        """What the file's rows ask for, in words."""
        words = sorted({str(word) for word in self._wanted.lines["change"].unique()})
        return " ".join([*words, *(["--enrol"] if self._task.understanding.enrol else [])])

    def _actions(self) -> dict[str | int, str]:
        """Give what `--on-removal` says of roles, by their words and by the ids that these mean."""
        said: dict[str | int, str] = dict(self._task.rules.on_removal.items())
        words = [(ref.value.casefold(), id_) for ref, id_ in self._ledger.ids(RoleRef).items()]
        return said | {id_: said[word] for word, id_ in words if word in said}

    def _asked_of_the_site(self, word: str) -> bool:
        """Whether the site has a role that no row names yet; if so, that is remembered."""
        ref = RoleRef("word", word)
        found = look_up(self._moodle, [ref], [], self._task.checks.role_map, self._site)[ref]
        if isinstance(found, int):
            self._ledger.learn({ref: found})
        return isinstance(found, int)

    def _scope(self) -> Scope:
        said = Said.of(self._task.rules.scope)
        # What is taken away for being there is never looked for by a remembered id.
        known = {} if self._task.rules.remove_unowned else self._memory.ids({*said.roles, *said.places})
        scope, found = Scope.found(said, self._moodle, self._task.checks.role_map, self._site, known)
        self._memory.learn(found)
        return scope

    def _of_the_file(self, resolution: Resolution, scope: Scope) -> tuple[Lines, list[Problem], Mask]:
        """Rule on the file's lines as far as that follows from file and ledger.

        Gives the problems too, and which rows enrol though they assign.
        """
        lines, problems = with_dates(
            resolution.lines, resolution.problems, self._wanted, self._zone, self._now
        )
        lines = self._counted(lines)
        lines = self._explained(lines, problems, TAKES, ~lines.asks(ASSIGN, ENROL))
        lines = self._explained(lines, problems, NEVER, never(self._wanted, self._zone))
        # What the sync knows was taken in before: that a row is known by heart is a matter of days.
        known = in_keys(subjects(lines), self._ledger.holdings(OWNED, SEEN))
        fresh = (lines.problem == NONE) & ~resolution.remembered & ~known
        outside = np.zeros(len(lines), bool)
        outside[fresh] = ~scope.has(subjects(lines.only(fresh)), sure=False)
        lines = self._explained(lines, problems, OUTSIDE, outside)
        lines = self._due(lines, problems)
        lines = self._reactivating(lines)
        lines, enrolling = enrol_instead(lines, asked=self._task.understanding.enrol)
        # An enrolment that the sync made follows the file in its dates, too.
        enrolling &= ~in_keys(subjects(lines), self._owned[self._owned["enrolled"] == 1])
        lines, problems = validate(lines, problems)
        if not self._looks_for_drift:
            lines = lines.ruled(lines.is_open & resolution.remembered, Status.ALREADY)
        return lines, problems, enrolling

    def _explained(self, lines: Lines, problems: list[Problem], problem: Problem, which: Mask) -> Lines:
        which = which & (lines.problem == NONE)
        if not which.any():
            return lines
        problems.append(problem)
        return lines.explained(which, len(problems) - 1)

    def _due(self, lines: Lines, problems: list[Problem]) -> Lines:
        """Leave out the rows that are not wanted today: what was given for them is not wanted either."""
        if not has_window(self._wanted):
            return lines
        wanted, over = due(self._wanted, self._zone, self._now)
        sound = lines.problem == NONE
        for problem, which in ((LATER, ~wanted & ~over), (OVER, over)):
            some = sound & which
            if some.any():
                problems.append(problem)
                lines = lines.ruled(some, Status.NOT_DUE, len(problems) - 1)
        return lines

    def _reactivating(self, lines: Lines) -> Lines:
        """Have rows whose enrolment the sync has suspended reactivate it."""
        back = lines.is_open & in_keys(subjects(lines), self._ledger.holdings(SUSPENDED))
        return lines.asking(back & lines.asks(ASSIGN, ENROL), REACTIVATE)

    def _checked(self, plan: Plan, resolution: Resolution, enrolling: Mask) -> Plan:
        """Leave out what is so, and what Moodle would refuse."""
        lines, talk = plan.lines, self._talk
        maybe = lines.is_open & lines.gives & in_keys(subjects(lines), self._ledger.holdings(MAYBE))
        enrolling = np.concatenate([enrolling, np.zeros(len(lines) - len(enrolling), bool)])
        with talk.phase("reading roles"):
            plan = self._sparing_others(plan)
            plan = leave_out_what_is_so(plan, self._moodle, talk.progress, self._site, resolution.roles)
            plan = leave_the_enrolled(_enrolled_anew(plan), enrolling)
        if not self._task.rules.heal:
            plan = replace(plan, lines=self._as_it_was_sent(plan.lines))
        # Sent by an earlier run, without an answer: whether it is this sync's doing is known when Moodle confirms it.
        plan = replace(plan, lines=plan.lines.reopened(maybe, 0))
        plan = self._drifted(_without_gone(plan), resolution.remembered, maybe)
        plan = replace(plan, notes=[*plan.notes, *self._on_what_was_there(plan.lines, resolution.remembered)])
        if self._task.checks.probe:
            with talk.phase("probing"):
                plan = probe(plan, self._moodle, talk.progress)
        return plan

    def _as_it_was_sent(self, lines: Lines) -> Lines:
        """Leave enrolments alone that the sync made as the file has them: nothing shows dates, and people suspend."""
        ours = self._owned[(self._owned["enrolled"] == 1) & (self._owned["looked"] > 0)]
        there = lines.is_open & lines.asks(ENROL) & (lines.held > 0) & np.isin(lines.enrolled, INSIDE)
        return lines.ruled(there & in_spans(lines, ours), Status.ALREADY)

    def _sparing_others(self, plan: Plan) -> Plan:
        """Have lines take the role alone away where the person has others in the course, which would go as well."""
        lines = plan.lines
        ending = lines.is_open & lines.asks(UNENROL)
        if not ending.any():
            return plan
        places = ["userid", "level", "instanceid"]
        ours = self._owned.groupby(places).size()
        mine = ours.reindex(pd.MultiIndex.from_frame(subjects(lines)[places]), fill_value=0).to_numpy()
        there = roles_there(lines, ending, self._moodle)
        others = ending & ((there > mine) | (there == NOT_READ))
        if not others.any():
            return plan
        people = count_of(int(others.sum()), "person is", "people are")
        notes = [
            *plan.notes,
            f"{people} not unenrolled, because others gave them roles in the course, or nobody could look: only what"
            " this sync gave goes.",
        ]
        return replace(plan, lines=lines.asking(others, UNASSIGN), notes=notes)

    def _on_what_was_there(self, lines: Lines, remembered: Mask) -> list[str]:
        """Say what is in the file and not this sync's own, where that was read just now."""
        if self._task.rules.adopt:
            return []
        there = lines.gives & lines.ended_as(Status.ALREADY) & ~in_keys(subjects(lines), self._owned)
        there[: len(remembered)] &= ~remembered
        return on_what_was_there(int(there.sum()), self._ledger) if there.any() else []

    @property
    def _looks_for_drift(self) -> bool:
        return self._task.rules.drift or self._task.rules.heal

    def _drifted(self, plan: Plan, remembered: Mask, maybe: Mask) -> Plan:
        """Rule on rows that were so, and are no more: they are given again, or it is said that they are gone."""
        lines = plan.lines
        known = np.zeros(len(lines), bool)
        known[: len(remembered)] = remembered
        # What nobody can look at is believed as before.
        lines = lines.ruled(known & lines.is_open & (lines.held == NOT_READ), Status.ALREADY)
        given = self._ledger.holdings(OWNED, LOST)
        given = given[given["looked"] > 0]
        lost = lines.is_open & lines.gives & (lines.held == 0) & ~maybe & in_keys(subjects(lines), given)
        if not lost.any():
            return replace(plan, lines=lines)
        count = count_of(int(lost.sum()), "role that was", "roles that were")
        if self._task.rules.heal:
            notes = [*plan.notes, f"Given again: {count} there and gone since."]
            return replace(plan, lines=lines, notes=notes)
        problems = [*plan.problems, TAKEN]
        lines = lines.ruled(lost, Status.INVALID, len(problems) - 1)
        return replace(plan, lines=lines, problems=problems)

    def _guarded(self, plan: Plan, removing: Removing) -> Plan:
        most = limit(self._task.rules.max_removals, len(self._owned))
        problems, lines = list(plan.problems), plan.lines
        doubtful = removing.doubtful(lines)
        if doubtful.any():
            problems.append(DOUBTFUL)
            lines = lines.ruled(doubtful, Status.WITHHELD, len(problems) - 1)
        lines = withheld(lines, removing.announced(lines), most, problems)
        notes = [*plan.notes, *(one.reason for one in problems[len(plan.problems) :])]
        return replace(plan, lines=lines, problems=problems, notes=notes)

    def _today(self) -> date:
        """Give the day of the zone in which days are meant; without such days any zone's will do."""
        return self._now.astimezone(self._zone() if has_window(self._wanted) else UTC).date()

    def _find_zone(self) -> tzinfo:
        """Give the zone of dates: as it is said, or the site's own, which is asked for once."""
        if said := self._task.understanding.time_zone:
            return zone_of(said)
        known, _, looked = self._ledger.fact("zone").partition(" ")
        if known and self._memory_lasts(float(looked)):
            return zone_of(known)
        zone = site_zone(self._moodle)
        self._ledger.note(zone=f"{zone} {time.time():.0f}")
        return zone

    def _memory_lasts(self, looked: float) -> bool:
        return 0 <= time.time() - looked <= self._task.rules.cache_ttl


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
