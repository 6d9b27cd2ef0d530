"""Review: an export with decisions becomes a plan: these rows against what was exported. It takes away and sets ends.

What the site has otherwise now than the file says is withheld, and nothing is agreed to it but a new decision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from batchroles.client import Moodle
from batchroles.errors import InputError
from batchroles.job.census import layout
from batchroles.job.census.against import Against, without_an_end
from batchroles.job.census.decisions import Decisions, decisions
from batchroles.job.census.exported import NAME, ROW, SHEET, Exported, read_export
from batchroles.job.census.seen import Looking, Seen
from batchroles.job.census.writing import SUMMARY
from batchroles.job.identity import faces, identity
from batchroles.job.overview import ROLE
from batchroles.job.planning import Talk
from batchroles.job.sync.difference import withheld
from batchroles.job.whole import Place
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions, read
from batchroles.models import ENROL, UNASSIGN, Code, Lines, Plan, Problem, Status, Wanted
from batchroles.models.lines import NONE, NOT_READ, Ints, Mask
from batchroles.models.references import RoleMap
from batchroles.models.rows import number_of
from batchroles.runs import Origin, Planned
from batchroles.runs.copying import copied, speaking_of
from batchroles.runs.run import only_rows
from batchroles.sender.guards import counted
from batchroles.sources import FileOnDisk, Source
from batchroles.text import count_of
from batchroles.validator import Resolution, leave_out_what_is_so, probe, resolve, validate
from batchroles.validator.dates import site_zone, zone_of
from batchroles.validator.merging import Problems

FEWEST_REMOVALS, PERCENT_REMOVED = 10, 50
"""So many removals, or so many of a hundred rows of the file, need nobody's agreement unless a number is said."""


@dataclass(frozen=True)
class Review:
    """The task: apply the decisions in an exported file."""

    source: Source | Path
    max_removals: str | None = None
    """`N` or `N%` of the file's rows; by default half of them, and 10 at least."""
    time_zone: str | None = None
    """The zone whose days decisions name; the site's own by default."""
    role_map: RoleMap = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what cannot be meant before anything is done."""
        _limit(self.max_removals, 0)

    def plan(self, moodle: Moodle, talk: Talk, place: Place) -> Planned:
        """Make the plan of the decisions.

        Raises InputError for a file that is no export of this site, or lacks a column, and what `Moodle.call` raises.
        """
        source = FileOnDisk(self.source) if isinstance(self.source, Path) else self.source
        folder = place.begin(source.shown.stem)
        with talk.phase("reading"):
            copy = copied(source, folder, moodle.stop)
            understanding = FormatOptions(change=UNASSIGN)
            with speaking_of(source.name, copy.path):
                exported = read_export(copy.path)
                if not exported.has_decisions:
                    raise InputError(
                        f"{copy.path} has no column {layout.DECISION}: batchroles export --review writes one."
                    )
                reading = _reading(exported)
                wanted = read(copy.path, reading, understanding)
            table = replace(wanted.table, path=source.shown, notes=_noticed(wanted.table.notes))
            wanted = replace(wanted, table=table)
        place.ready()
        said = identity(moodle)
        with speaking_of(source.name, copy.path):
            exported.refuse_other_site(moodle)
        planning = _Planning(self, moodle, talk, exported, wanted)
        plan = planning.plan()
        origin = Origin(
            moodle.url,
            copy,
            reading,
            understanding,
            self.role_map,
            identity=said,
            faces=faces(moodle, plan.lines),
            review=True,
        )
        return Planned(plan, origin, wanted, planning.known_as)


def _limit(said: str | None, rows: int) -> int:
    """Give how many removals nobody has to agree to. Raises InputError for what is no number."""
    if said is None:
        return max(FEWEST_REMOVALS, rows * PERCENT_REMOVED // 100)
    return counted("--max-removals", said, rows)


def _reading(exported: Exported) -> ReadingOptions:
    """Say which sheets hold the rows."""
    if len(exported.tables) > 1:
        return ReadingOptions(all_sheets=True)
    return ReadingOptions(sheet=exported.tables[0].sheet)


def _noticed(notes: Sequence[str]) -> list[str]:
    """Leave out what is said of each export: it has a summary, and its last column is hidden."""
    return [note for note in notes if not (f'"{SUMMARY}"' in note or note.startswith("Column "))]


class _Planning:
    """One plan in the making."""

    def __init__(self, task: Review, moodle: Moodle, talk: Talk, exported: Exported, wanted: Wanted) -> None:
        self._task, self._moodle, self._talk = task, moodle, talk
        self._exported, self._wanted = exported, wanted
        self._decisions: Decisions = decisions(exported)
        self._zone = cache(self._find_zone)
        self._looking = Looking(moodle, talk.progress)
        self.known_as: Mapping[tuple[str, int], str] = {}

    def plan(self) -> Plan:
        notes = [self._decisions.told(len(self._exported.rows)), *self._nameless()]
        some, rows = self._decided()
        with self._talk.phase("resolving"):
            resolution = resolve(
                some, self._moodle, self._task.role_map, self._talk.progress, self._looking.site
            )
        self.known_as = {(ROLE, role.id): role.called for role in resolution.roles}
        with self._talk.phase("reading roles"):
            seen = self._looking.look()
            lines, problems, withheld_ = self._ruled(resolution, rows, seen)
            plan = Plan(
                only_rows(self._wanted.table, lines),
                self._wanted.format,
                self._read_as(),
                lines,
                problems,
                [*notes, *resolution.notes, *seen.notes],
            )
            plan = self._withheld(plan, withheld_)
            held = lines.held
            plan = leave_out_what_is_so(
                replace(plan, lines=plan.lines.with_held(np.full(len(lines), NOT_READ))),
                self._moodle,
                self._talk.progress,
                self._looking.site,
                resolution.roles,
            )
            read_now = plan.lines.held
            plan = replace(plan, lines=plan.lines.with_held(np.where(read_now == NOT_READ, held, read_now)))
            plan = without_an_end(plan)
        with self._talk.phase("probing"):
            plan = probe(plan, self._moodle, self._talk.progress)
        return self._guarded(plan)

    def _nameless(self) -> list[str]:
        """Say how many decisions are about people of whom the file has lost all but the user name."""
        rows = self._exported.rows.iloc[list(self._decisions.made)]
        count = int((rows[[layout.EMAIL, layout.IDNUMBER, NAME]] == "").all(axis=1).sum())
        if not count:
            return []
        what = count_of(count, "row that decides something has", "rows that decide something have")
        return [
            f"{what} nothing of the person but the user name: somebody else who has it by now would not be noticed."
        ]

    def _read_as(self) -> str:
        about = self._exported.about
        of = f"{about.name} ({about.site})" if about.name else about.site
        return f"an export of {of} of {about.moment:%Y-%m-%d %H:%M} UTC with decisions"

    def _find_zone(self) -> tzinfo:
        return zone_of(self._task.time_zone) if self._task.time_zone else site_zone(self._moodle)

    def _decided(self) -> tuple[Wanted, list[int]]:
        """Give the lines of the rows that decide something, and the numbers of their rows in the export."""
        number_at = self._numbers()
        chosen = {*self._decisions.made, *self._decisions.wrong}
        lines = self._wanted.lines
        # Sheets that somebody added beside those of the export are nobody's business here.
        numbers = [number_at.get(row, NONE) for row in lines["row"].tolist()]
        if unread := sorted(chosen - {*numbers}):
            raise InputError(
                f"{self._wanted.table.path}: {self._exported.place(unread[0])} decides something and does not read like"
                " a row of an export any more: restore it, or clear its decision."
            )
        mine = np.array([number in chosen for number in numbers], bool)
        lines = lines[mine].reset_index(drop=True)
        rows = [number for number in numbers if number in chosen]
        problems = Problems(self._wanted.problems)
        codes = lines["problem"].to_numpy(copy=True)
        for line, number in enumerate(rows):
            if number in self._decisions.wrong:
                codes[line] = problems.number(self._decisions.wrong[number])
        # Whatever else somebody has written beside it, the decision alone says what is to be done.
        change = pd.Categorical([UNASSIGN.word] * len(lines))
        lines = lines.assign(problem=codes, change=change)
        return replace(self._wanted, lines=lines, problems=problems.all), rows

    def _numbers(self) -> Mapping[int, int]:
        """Give the numbers of the export's rows by those that the loader gives them."""
        rows = self._exported.rows
        if not self._wanted.table.sheets:
            return dict(zip(rows[ROW].tolist(), range(len(rows)), strict=True))
        sheets = {table.sheet: at for at, table in enumerate(self._wanted.table.sheets, 1)}
        at = [sheets[table.sheet] for table in self._exported.tables]
        keys = [
            number_of(at[sheet], row)
            for sheet, row in zip(rows[SHEET].tolist(), rows[ROW].tolist(), strict=True)
        ]
        return dict(zip(keys, range(len(keys)), strict=True))

    def _ruled(
        self, resolution: Resolution, rows: Sequence[int], seen: Seen
    ) -> tuple[Lines, list[Problem], Ints]:
        """Compare each line with the site. Gives for each the number of the problem for which it is withheld, too."""
        lines, problems = resolution.lines, Problems(resolution.problems)
        against = Against(self._exported, self._decisions, rows, self._moodle, self._zone)
        codes, kept = lines.problem.copy(), np.full(len(lines), NONE)
        held, ending, end = np.zeros(len(lines), "int64"), np.zeros(len(lines), bool), lines.end.copy()
        for line, problem in against.called_otherwise(lines, problems.all).items():
            codes[line], kept[line] = NONE, problems.number(problem)
        nobody = kept != NONE
        for line, found in against.compared(lines, seen).items():
            held[line] = found.held
            if found.problem is not None:
                kind = kept if found.problem.code is Code.CHANGED else codes
                kind[line] = problems.number(found.problem)
            elif found.end:
                ending[line], end[line] = True, found.end
        lines = lines.explained(np.arange(len(lines)), codes).with_held(held)
        lines = lines.asking(ending, ENROL).dated(lines.start, end) if ending.any() else lines
        # Whoever is not found any more has no id: two of them are no repeats of each other.
        sound, all_problems = validate(lines.only(~nobody), problems.all, self._wanted.table.called)
        return _merged(lines, sound, nobody), all_problems, kept

    def _withheld(self, plan: Plan, problem: Ints) -> Plan:
        """Keep back what is otherwise now."""
        some = (problem != NONE) & (plan.lines.is_open | plan.lines.ended_as(Status.INVALID))
        lines = plan.lines.ruled(some, Status.WITHHELD, problem[some])
        if not some.any():
            return plan
        note = (
            f"{count_of(int(some.sum()), 'row is', 'rows are')} withheld, because the site is not any more as it was"
            " exported: withheld.csv says what is different now."
        )
        return replace(plan, lines=lines, notes=[*plan.notes, note])

    def _guarded(self, plan: Plan) -> Plan:
        problems = list(plan.problems)
        most = _limit(self._task.max_removals, len(self._exported.rows))
        lines = withheld(plan.lines, np.zeros(len(plan.lines), bool), most, problems)
        notes = [*plan.notes, *(one.reason for one in problems[len(plan.problems) :])]
        ends = int((lines.is_open & lines.asks(ENROL)).sum())
        if ends:
            notes.append(
                f"{count_of(ends, 'enrolment gets', 'enrolments get')} an end: the person is not let into the course"
                " after it, the role stays until the review is run again. It is the manual enrolment that gets it, and"
                " who is enrolled otherwise alone is enrolled by hand, too, until then; nothing shows which it is."
            )
        return replace(plan, lines=lines, problems=problems, notes=[*dict.fromkeys(notes)])


def _merged(lines: Lines, sound: Lines, left_out: Mask) -> Lines:
    """Put what was ruled on some lines into all of them."""
    at = np.flatnonzero(~left_out)
    status, problem = lines.status.copy(), lines.problem.copy()
    status[at], problem[at] = sound.status, sound.problem
    lines = lines.with_statuses(status, problem)
    repeats = np.flatnonzero(sound.same_as != NONE)
    return lines.repeating(at[repeats], at[sound.same_as[repeats]]) if len(repeats) else lines
