"""Sync: a plan after which the site has what the file wants today, of all that this sync has given."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from batchroles.client import Moodle
from batchroles.directory.census import SiteRoles
from batchroles.errors import InputError, RunError, StoppedByGuard
from batchroles.job.difference import (
    may_be_named_otherwise,
    not_wanted,
    removals,
    subjects,
    withheld,
)
from batchroles.job.identity import FACES, NAME, SITE, faces, identity, same_people
from batchroles.job.overview import ROLE
from batchroles.job.owning import settle
from batchroles.job.planning import Checks, Talk, read_copy
from batchroles.job.protecting import Protected, meant
from batchroles.job.whole import Place
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from batchroles.models import Code, Lines, Plan, Problem, Status, Wanted
from batchroles.models.lines import NONE, Mask
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
from batchroles.sender.guards import counted
from batchroles.sources import Source
from batchroles.text import count_of
from batchroles.validator import Resolution, leave_out_what_is_so, resolve
from batchroles.validator.probe import probe
from batchroles.validator.repeats import validate

DAY = 86_400.0
KEEP = "keep"
FEWEST_REMOVALS, PERCENT_REMOVED = 10, 5
"""So many removals, or so many of a hundred that are owned, need nobody's agreement unless a number is said."""
MOST_NAMED = 5
"""Rows that a sentence names; the rest is counted."""


@dataclass(frozen=True)
class Rules:
    """What a sync may do, and when it does nothing at all."""

    max_removals: str | None = None
    """`N` or `N%` of what is owned; by default 5 % of it, and 10 at least."""
    min_rows: str | None = None
    """`N` or `N%` of the rows of last time; by default half of them."""
    max_age: float | None = None
    """Seconds since the file was written."""
    cache_ttl: float = DAY
    """Seconds for which names are believed to lead to the ids that they led to."""
    adopt: bool = False
    """Own what is in the file and was there before."""
    on_removal: Mapping[str, str] = field(default_factory=dict)
    """By word for a role, `""` for the others: what is done with a holding that is not wanted any more."""

    def __post_init__(self) -> None:
        """Refuse what is no number before anything is done."""
        limit(self.max_removals, 0)
        fewest(self.min_rows, 0)


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
            _check_age(self.source, self.rules.max_age)
            copy, wanted, reading = read_copy(
                self.source, self.reading, self.understanding, folder=folder, stop=moodle.stop
            )
        place.ready()
        path = ledger_file(self.state, moodle.url, self.name)
        with Ledger.open(path, moodle.url, self.name) as ledger:
            notes = settle(ledger)
            _check_rows(ledger, len(wanted.table.cells), self.rules.min_rows)
            with talk.phase("resolving"):
                said = identity(moodle)
                _refuse_another_site(ledger, said, moodle)
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
        _forget_other_words(self._ledger, checks.role_map)
        with talk.phase("resolving"):
            memory = Remembered(self._ledger, self._task.rules)
            resolution = resolve(
                wanted, self._moodle, checks.role_map, talk.progress, self._site, memory=memory
            )
        lines, problems = self._of_the_file(resolution)
        lines = self._with_removals(lines, problems)
        notes = [*wanted.notes, *resolution.notes, *self._notes]
        plan = Plan(wanted.table, wanted.format, wanted.read_as, lines, problems, notes)
        maybe = lines.is_open & lines.gives & in_keys(subjects(lines), self._ledger.holdings(MAYBE))
        with talk.phase("reading roles"):
            plan = leave_out_what_is_so(plan, self._moodle, talk.progress, self._site, resolution.roles)
        # Sent by an earlier run, without an answer: whether it is this sync's doing is known when Moodle confirms it.
        plan = replace(plan, lines=plan.lines.reopened(maybe, 0))
        if checks.probe:
            with talk.phase("probing"):
                plan = probe(plan, self._moodle, talk.progress)
        return self._guarded(plan)

    def _of_the_file(self, resolution: Resolution) -> tuple[Lines, list[Problem]]:
        """Rule on the file's lines as far as that follows from the file and the ledger."""
        lines, problems = resolution.lines, list(resolution.problems)
        takes = ~lines.gives & (lines.problem == NONE)
        if takes.any():
            problems.append(_TAKES)
            lines = lines.explained(takes, len(problems) - 1)
        lines, problems = validate(lines, problems)
        return lines.ruled(lines.is_open & resolution.remembered, Status.ALREADY), problems

    def _with_removals(self, lines: Lines, problems: Sequence[Problem]) -> Lines:
        """Add a line for each owned holding that is not wanted today and that no row may have meant."""
        owned = self._ledger.holdings(OWNED)
        gone = not_wanted(owned, lines)
        gone &= ~may_be_named_otherwise(owned, lines.only(lines.is_open | lines.ended_as(Status.ALREADY)))
        gone &= self._not_protected(owned, gone, lines, problems)
        gone &= self._not_kept(owned, gone)
        if not gone.any():
            return lines
        some = owned[gone]
        self.known_as |= {(ROLE, id_): word for id_, word in zip(some["roleid"], some["role"], strict=True)}
        self.known_as |= dict(
            zip(zip(some["level"], some["instanceid"], strict=True), some["place"], strict=True)
        )
        return Lines.joined(lines, removals(owned[gone], np.zeros(int(gone.sum()), bool)))

    def _not_protected(
        self, owned: pd.DataFrame, gone: Mask, lines: Lines, problems: Sequence[Problem]
    ) -> Mask:
        some = owned[gone].reset_index(drop=True)
        protected = Protected(some, meant(self._wanted, lines, problems, self._ledger))
        staying = np.zeros(len(owned), bool)
        staying[np.flatnonzero(gone)[protected.mask]] = True
        if protected.rows:
            self._notes.append(_on_protected(int(staying.sum()), protected.rows))
        return ~staying

    def _not_kept(self, owned: pd.DataFrame, gone: Mask) -> Mask:
        rules = self._task.rules.on_removal
        words = [rules.get(role.casefold(), rules.get("", "")) for role in owned["role"]]
        kept = np.array([word == KEEP for word in words], bool) & gone
        if kept.any():
            count = count_of(int(kept.sum()), "role is", "roles are")
            self._notes.append(f"{count} not in the file any more and kept, as --on-removal says.")
        return ~kept

    def _guarded(self, plan: Plan) -> Plan:
        owned = len(self._ledger.holdings(OWNED))
        most = limit(self._task.rules.max_removals, owned)
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


def limit(said: str | None, owned: int) -> int:
    """Give how many removals nobody has to agree to. Raises InputError for what is no number."""
    if said is None:
        return max(FEWEST_REMOVALS, owned * PERCENT_REMOVED // 100)
    return counted("--max-removals", said, owned)


def fewest(said: str | None, before: int) -> int:
    """Give how many rows a file has at least, that of last time having had so many. Raises InputError likewise."""
    # One row where there was none: a file with nothing in it is a broken export, or a new one.
    return max(1, -(-before // 2)) if said is None else counted("--min-rows", said, before)


def _check_rows(ledger: Ledger, rows: int, said: str | None) -> None:
    before = int(ledger.fact("rows") or 0)
    least = fewest(said, before)
    if rows < least:
        than = f"; last time there were {before:,}" if before else ""
        raise StoppedByGuard(
            f"the file has {count_of(rows, 'row')}, and --min-rows wants {least:,}{than}: nothing was changed. If the"
            f" file is right, run it once with --min-rows {rows}"
        )


def _check_age(source: Source | Path, most: float | None) -> None:
    if most is None:
        return
    path = source if isinstance(source, Path) else getattr(source, "path", None)
    if path is None:
        raise InputError("--max-age is for files: only they say when they were written; leave it out")
    try:
        written = path.stat().st_mtime
    except OSError:
        return  # reading says why
    if time.time() - written > most:
        raise StoppedByGuard(
            f"{path} was written on {datetime.fromtimestamp(written).astimezone():%d %B %Y at %H:%M}, and --max-age"
            " wants a newer one: nothing was changed. Find out why the export did not run"
        )


def _refuse_another_site(ledger: Ledger, said: Mapping[str, str], moodle: Moodle) -> None:
    """Raise RunError where the ids that a ledger holds are those of another site at the same address.

    A site that was given another name is the same where its people are.
    """
    before = ledger.identity
    if all(before.get(key) == said.get(key) for key in (SITE, NAME) if key in before):
        return
    if same_people(moodle, ledger.usernames(FACES)):
        return
    raise RunError(
        f'this sync was last run at the site "{before.get(NAME, "")}" ({before.get(SITE, "")}), and {moodle.url} is'
        f' "{said.get(NAME, "")}" ({said.get(SITE, "")}) now, where ids mean other people: give the sync another --name'
    )


def _forget_other_words(ledger: Ledger, role_map: Mapping[str, Any]) -> None:
    """Forget what words for roles led to where they were given other meanings since."""
    words = json.dumps(dict(role_map), sort_keys=True)
    if ledger.fact("role_map") != words:
        ledger.forget_roles()
        ledger.note(role_map=words)


def _on_protected(count: int, rows: Sequence[int]) -> str:
    named = ", ".join(str(row) for row in rows[:MOST_NAMED])
    more = f" and {len(rows) - MOST_NAMED:,} more" if len(rows) > MOST_NAMED else ""
    which = f"row {named}" if len(rows) == 1 else f"rows {named}{more}"
    return (
        f"{count_of(count, 'role is', 'roles are')} not in the file any more and kept all the same, because {which}"
        " cannot be read or looked up and may mean them."
    )
