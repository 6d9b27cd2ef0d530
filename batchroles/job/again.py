"""Runs made from runs: what failed once more, and what was done taken back."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from batchroles.client import Moodle
from batchroles.errors import RunError
from batchroles.job.identity import refuse_address, refuse_another
from batchroles.job.overview import named
from batchroles.job.planning import Checks, Talk, make_plan
from batchroles.job.proposing.corrections import Correction
from batchroles.job.repairs import repairs
from batchroles.job.reporting import renew
from batchroles.job.sync.owning import ledger_of
from batchroles.job.ways_back import losses, ways_back
from batchroles.models import Code, Lines, Problem, Status
from batchroles.models.lines import Mask
from batchroles.reporter import Files, tally
from batchroles.runs import Head, Journal, Origin, Planned, Run, Runs
from batchroles.runs.copying import Copy
from batchroles.runs.folders import DEFAULT
from batchroles.runs.run import only_rows, options, repairs_of
from batchroles.text import count_of
from batchroles.validator import leave_out_what_is_so

MOST_NAMED = 10
"""Rows that are named one by one; the rest is counted."""

Name: TypeAlias = tuple[int, str, str]
"""Row, part and origin: one line of a run, and of the runs that take it back."""


def retry(
    run: Run,
    moodle: Moodle,
    checks: Checks,
    talk: Talk | None = None,
    folder: Path | None = None,
    ready: Callable[[], None] = lambda: None,
    corrections: Sequence[Correction] = (),
) -> Planned:
    """Plan a run's failed rows anew, from its own copy of the input and what was mended in its results.

    `folder`: that of the new run, where there is one already; `ready` is called before the site is asked.
    `corrections` are what was mended elsewhere than in the results, which then have to be as they were written.

    Words for roles mean what they meant in the run, unless `checks` says otherwise. Raises RunError where there is
    nothing to retry, or apply has to come first, and InputError where the mended file is none of this run.
    """
    _check_settled(run, moodle)
    failed = Files.inside(run.folder).failed
    if run.journal.head.undoes:
        raise RunError(
            f"{run.name} takes back another run: batchroles apply {run.folder} goes on with it, and batchroles undo"
            f" {run.journal.head.undoes} plans it anew"
        )
    if name := run.journal.head.sync.get("name"):
        raise RunError(f"{run.name} is a run of the sync {name}: mend the file and run batchroles sync again")
    if run.journal.head.is_review:
        raise RunError(f"{run.name} applies decisions: mend the export and run batchroles review again")
    if not failed.is_file():
        raise RunError(f"{run.name} has no {failed.name} yet: batchroles apply {run.folder} writes it")
    if not tally(run.now()).failed:
        raise RunError(f"nothing failed in {run.name}, so there is nothing to retry")
    ready()
    refuse_another(run.journal.head, run.name, moodle)
    before = run.journal.head.settings
    checks = replace(
        checks,
        role_map={**before["role_map"], **checks.role_map},
        strict_names=checks.strict_names or before.get("strict_names", False),
    )
    mended, said = repairs(run, elsewhere=bool(corrections))
    copy = run.folder / run.journal.head.input_copy
    planned = make_plan(
        copy, moodle, *options(run.journal.head), checks, talk, mended, folder, corrections=corrections
    )
    table = replace(planned.plan.table, path=run.plan.table.path)
    silent = len({row for row, _ in mended.lines or ()} - {*planned.plan.lines.row.tolist()})
    if silent:
        said.append(
            f"{count_of(silent, 'row asks', 'rows ask')} for nothing any more; none such is tried again."
        )
    plan = replace(planned.plan, table=table, notes=[*said, *planned.plan.notes])
    return replace(planned, plan=plan)


def undo(
    run: Run,
    moodle: Moodle,
    *,
    also_unknown: bool = False,
    talk: Talk | None = None,
    ready: Callable[[], None] = lambda: None,
) -> Planned:
    """Plan the inverse of what a run is known to have done, less what an earlier undo has taken back.

    Known is what was read before the run sent anything; of other rows nobody can say whether the person had the role
    before. They are left alone and named, unless `also_unknown`; so are, always, those that no change takes back
    without taking away what somebody had before. What is back as it was is `already` so. A plan without
    lines means that everything is taken back. `ready` is called before the site is asked. Raises RunError where there
    is nothing to take back, or apply has to come first.
    """
    talk = talk or Talk()
    _check_settled(run, moodle)
    lines = run.journal.lines()
    changed = _changed(lines, run.journal.book.problems)
    if not changed.any():
        raise RunError(f"{run.name} has done nothing that can be taken back")
    undone, notes = _taken_back(run)
    left = changed & ~lines.names().isin(undone)
    ways = ways_back(lines, also_unknown=also_unknown)
    known, unknown, nothing = left & ways.known, left & ways.unknown, left & ways.none
    alone = not (known.any() or (also_unknown and unknown.any()))
    notes += _on_no_way(run, lines.only(nothing), alone=alone and not unknown.any())
    notes += _on_unknown(run, lines.only(unknown), also_unknown=also_unknown, alone=not known.any())
    if open_rows := int(lines.is_open.sum()):
        notes.append(
            f"{_rows_of(run.name, open_rows, 'was', 'were')} never sent; batchroles apply would still send such rows."
        )
    chosen = known | unknown if also_unknown else known
    inverse = lines.only(chosen).asking_anew(ways.codes[chosen])
    notes += losses(inverse)
    table = only_rows(run.plan.table, inverse)
    plan = replace(run.plan, table=table, lines=inverse, problems=[], notes=notes)
    ready()
    refuse_another(run.journal.head, run.name, moodle)
    with talk.phase("reading roles"):
        plan = leave_out_what_is_so(plan, moodle, talk.progress)
    return Planned(plan, _origin_of_undo(run), run.wanted, run.known_as)


def _changed(lines: Lines, problems: Sequence[Problem]) -> Mask:
    """Choose the rows by which a run changed the site: also those whose role stays beside what was taken away."""
    partly = [number for number, problem in enumerate(problems) if problem.code == Code.PARTLY_REMOVED]
    return lines.confirmed | lines.with_problem(partly)


def _taken_back(run: Run) -> tuple[set[Name], list[str]]:
    """Give the rows of a run that other runs have taken back, and sentences about these runs.

    They stand beside the run or where runs stand by default. Raises RunError where one of them is not settled.
    """
    places = {run.folder.resolve().parent, DEFAULT.resolve()}
    others, unreadable = _Others(), 0
    for folder in dict.fromkeys(path for place in sorted(places) for path in Runs(place).all()):
        try:
            with Journal.open(folder) as journal:
                others.add(folder, journal)
        except RunError:
            unreadable += 1
    undone, by = others.taken_back(run.name, run.journal.head)
    notes = [f"{_rows_of(run.name, len(undone))} taken back already, by {', '.join(by)}."] if undone else []
    if unreadable:
        notes.append(
            f"{count_of(unreadable, 'run')} beside {run.name} cannot be read: whether one takes it back is not known."
        )
    return undone, notes


class _Others:
    """The runs that take another one back, and which rows of it are back as they were."""

    def __init__(self) -> None:
        self._undos: list[tuple[Path, Head]] = []

    def add(self, folder: Path, journal: Journal) -> None:
        """Take note of a run."""
        if journal.head.undoes:
            self._undos.append((folder, journal.head))

    def taken_back(self, name: str, head: Head) -> tuple[set[Name], list[str]]:
        """Give the rows of a run that are taken back, and the names of the runs that did it.

        What an undo did counts unless it was undone itself.
        """
        rows: set[Name] = set()
        by = []
        for folder, other in self._undos:
            if (
                other.undoes == name
                and other.input_sha256 == head.input_sha256
                and other.created > head.created
            ):
                done = self._done(folder) - self.taken_back(folder.name, other)[0]
                rows |= done
                by += [folder.name] if done else []
        return rows, by

    def _done(self, folder: Path) -> set[Name]:
        with Journal.open(folder) as journal:
            lines = journal.lines()
        _refuse_unknown(lines, folder)
        return set(lines.only(lines.ended_as(*(status for status in Status if status.done))).names())


def _check_settled(run: Run, moodle: Moodle) -> None:
    refuse_address(run.journal.head, run.name, moodle)
    if aside := renew(run):
        raise RunError(f"{' '.join(aside)} Look at both, then run the command again.")
    _refuse_unknown(run.journal.lines(), run.folder)


def _refuse_unknown(lines: Lines, folder: Path) -> None:
    unknown = int(lines.ended_as(Status.UNKNOWN).sum())
    if unknown:
        raise RunError(
            f"{_rows_of(folder.name, unknown, 'was', 'were')} sent without an answer: batchroles apply {folder} settles"
            f" {'it' if unknown == 1 else 'them'} first"
        )


def _origin_of_undo(run: Run) -> Origin:
    head = run.journal.head
    return Origin(
        head.site,
        Copy(run.folder / head.input_copy, head.input_sha256),
        *options(head),
        undoes=run.name,
        identity=head.identity,
        faces=head.faces,
        repairs=repairs_of(head),
        sync=_sync_of_undo(head),
    )


def _sync_of_undo(head: Head) -> dict[str, Any]:
    """Let the ledger follow what is taken back of a sync's run."""
    if not head.sync:
        return {}
    with ledger_of(head.sync, head.site) as ledger:
        return {**head.sync, "serial": ledger.serial, "adopt": False}


def _on_no_way(run: Run, lines: Lines, *, alone: bool) -> list[str]:
    """Name the rows that nothing takes back. Raises RunError where there are no others."""
    if not len(lines):
        return []
    are = "is" if len(lines) == 1 else "are"
    sentence = (
        f"Left alone {are} {count_of(len(lines), 'row')} of {run.name}, because the enrolment was there before, or a"
        f" role without one, and no change brings back just that: {'; '.join(_rows_named(run, lines))}"
    )
    if alone:
        raise RunError(f"nothing of {run.name} is left to take back. {sentence}")
    return [f"{sentence}."]


def _rows_named(run: Run, lines: Lines) -> list[str]:
    first = replace(run.plan, lines=lines.only(np.arange(min(MOST_NAMED, len(lines)))))
    rows = [f"{place}: {said}" for place, said in named(first, run.wanted)]
    return [*rows, f"and {len(lines) - MOST_NAMED:,} more"] if len(lines) > MOST_NAMED else rows


def _on_unknown(run: Run, lines: Lines, *, also_unknown: bool, alone: bool) -> list[str]:
    """Name the rows for which it was not read what was so before. Raises RunError where there are no others."""
    if not len(lines):
        return []
    rows = _rows_named(run, lines)
    are = "is" if len(lines) == 1 else "are"
    why = "because it was not read before whether the role was there"
    which = f"{count_of(len(lines), 'row')} of {run.name}, {why}"
    if also_unknown:
        return [f"Taken back all the same {are} {which}: {'; '.join(rows)}."]
    sentence = f"Left alone {are} {which} (--also-unknown takes back such rows as well): {'; '.join(rows)}"
    if alone:
        raise RunError(f"nothing else of {run.name} is left to take back. {sentence}")
    return [f"{sentence}."]


def _rows_of(run: str, number: int, one: str = "is", many: str = "are") -> str:
    return count_of(number, f"row of {run} {one}", f"rows of {run} {many}")
