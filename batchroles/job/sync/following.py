"""Sync: a plan after which the site has what the file wants today, of all that this sync has given."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from pathlib import Path

import numpy as np

from batchroles.client import Moodle
from batchroles.directory.census import SiteRoles
from batchroles.errors import InputError
from batchroles.job.enrolling import enrol_instead, say_who_is_not_enrolled
from batchroles.job.identity import faces, identity
from batchroles.job.overview import ROLE
from batchroles.job.planning import Checks, Talk, read_copy
from batchroles.job.sync.comparing import Comparing
from batchroles.job.sync.difference import subjects, withheld
from batchroles.job.sync.owning import settle
from batchroles.job.sync.problems import DOUBTFUL, LATER, NEVER, OUTSIDE, OVER, TAKES
from batchroles.job.sync.protecting import meant
from batchroles.job.sync.remembering import Remembered, counted_from_the_first_day, roles_told
from batchroles.job.sync.removing import Removing
from batchroles.job.sync.rules import (
    Rules,
    check_age,
    check_rows,
    check_words,
    forget_other_words,
    limit,
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
    Lines,
    Plan,
    Problem,
    RoleRef,
    Status,
    Wanted,
)
from batchroles.models.lines import NONE, Mask
from batchroles.runs import Origin, Planned
from batchroles.runs.ledger import (
    OWNED,
    SEEN,
    SUSPENDED,
    Ledger,
    checked_name,
    in_keys,
    ledger_file,
)
from batchroles.sources import Source
from batchroles.validator import Resolution, look_up, resolve
from batchroles.validator.dates import COLUMNS, due, has_window, never, site_zone, with_dates, zone_of
from batchroles.validator.naming import refuse_without_names, with_names_compared
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
            if self.checks.strict_names:
                refuse_without_names(wanted)
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
                strict_names=self.checks.strict_names,
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
            if rules.looks_for_drift or rules.remove_unowned:
                lines = removing.unowned(lines, self._site, resolution.roles, remove=rules.remove_unowned)
        self.known_as = removing.known_as | {(ROLE, role.id): role.called for role in resolution.roles}
        notes = [*wanted.notes, *resolution.notes, *removing.notes]
        plan = Plan(wanted.table, wanted.format, wanted.read_as, lines, problems, notes)
        comparing = Comparing(self._moodle, self._site, self._ledger, self._owned, rules, talk)
        plan = comparing.compared(plan, resolution, enrolling)
        if self._task.checks.probe:
            with talk.phase("probing"):
                plan = probe(plan, self._moodle, talk.progress)
        if not self._task.understanding.enrol and (plan.lines.is_open & plan.lines.gives).any():
            plan = say_who_is_not_enrolled(plan, self._moodle)
        return self._names.noted(self._guarded(plan, removing))

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
        self._names, found = with_names_compared(
            wanted, found, self._moodle, self._talk.progress, strict=checks.strict_names
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
        lines, problems = validate(lines, problems, self._wanted.table.called)
        if not self._task.rules.looks_for_drift:
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
