"""What a person has mended in `failed.csv` or `results.xlsx`, told from what a spreadsheet program did to it.

Who and what a row is about comes from the run's own copy of the input. The file only adds the cells that were changed
on purpose; it is compared with what was written, line by line.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from batchroles.errors import InputError, RunError
from batchroles.job.edited_file import EditedFile
from batchroles.job.reporting import complete
from batchroles.loader.layouts import Repairs
from batchroles.loader.layouts.meanings import Kind, meanings_of
from batchroles.loader.layouts.retyped import retyped, same_to_see
from batchroles.models import Code, Plan, Table
from batchroles.models.lines import Ints, Mask
from batchroles.models.references import is_id
from batchroles.models.rows import parted
from batchroles.models.table import Headings
from batchroles.reporter import Files
from batchroles.reporter.outcomes import Columns
from batchroles.reporter.workbook import choose_lines
from batchroles.runs.run import Run, options, repairs_of
from batchroles.text import cleaned, count_of

MAYBE_HEADING = (Code.USER_NOT_FOUND, Code.MISSING_VALUE, Code.BAD_VALUE)
"""Codes of rows that may be a heading without its word."""
SHOWN = 20
"""So many cells of a kind are told one by one; the rest is counted."""
_LONGEST = 80


@dataclass(frozen=True)
class Edit:
    """One cell that is not as it was written."""

    row: int
    position: int
    old: str
    new: str


@dataclass
class Mended:
    """What became of one file since it was written."""

    path: Path
    lines: set[tuple[int, str]] = field(default_factory=set)
    """The failed lines that are still in it, by row and part."""
    removed: int = 0
    """Failed lines that are not in it any more."""
    changed: list[Edit] = field(default_factory=list)
    """Cells that a person changed."""
    put_back: list[Edit] = field(default_factory=list)
    """Cells that a spreadsheet program may have changed by itself."""
    left_out: list[Edit] = field(default_factory=list)
    """Changed cells of what is done, or was never asked for."""
    damaged: dict[int, dict[str, str]] = field(default_factory=dict)
    """What the file knows to be wrong with changed cells, by column position and text."""

    @property
    def touched(self) -> bool:
        """Whether a person has said something with it."""
        return bool(self.changed or self.removed)


def repairs(run: Run, *, elsewhere: bool = False) -> tuple[Repairs, list[str]]:
    """Give what was mended for the failed rows of a run, and sentences that say it cell by cell.

    `elsewhere`: whether something is mended in another way, too. Raises InputError where a file cannot be understood as
    one of this run, and RunError where both were changed, or one and something elsewhere.
    """
    written = _Written(run)
    files = Files.inside(run.folder)
    mended = [written.compared(path) for path in (files.failed, files.workbook) if path.is_file()]
    touched = [one for one in mended if one.touched]
    if len(touched) > 1:
        raise RunError(
            f"both {files.failed.name} and {files.workbook.name} of {run.name} were changed: put one of them back as it"
            f" was, or delete it; batchroles apply {run.folder} writes it anew"
        )
    if touched and elsewhere:
        raise RunError(
            f"{touched[0].path.name} of {run.name} was changed, and rows were corrected here as well: put the file back"
            f" as it was, or delete it; batchroles apply {run.folder} writes it anew"
        )
    chosen = next(iter(touched or [one for one in mended if one.put_back or one.left_out] or mended))
    if not chosen.lines:
        raise RunError(
            f"no failed row is left in {chosen.path.name} of {run.name}, so there is nothing to retry"
        )
    earlier = repairs_of(run.journal.head) or Repairs()
    cells = dict(earlier.cells) | {(one.row, one.position): one.new for one in chosen.changed}
    damaged = {
        at: {**earlier.damaged.get(at, {}), **chosen.damaged.get(at, {})}
        for at in {*earlier.damaged, *chosen.damaged}
    }
    return Repairs(cells, damaged, chosen.lines), [*_said(chosen, run.plan), *written.not_of_rows()]


class _Written:
    """What was written of a run into the files that a person may mend."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._plan = complete(run)
        self._columns = Columns(self._plan, places=True)
        lines = self._plan.lines
        # What stands in no row of the input cannot be mended in a table of its rows: it is no key of a row.
        rows = np.where(lines.has_row, lines.row, -1 - np.arange(len(lines)))
        self._parts = np.array(lines.words("part"), object)
        self._keys = pd.MultiIndex.from_arrays([rows, self._parts])
        self._failed: Mask = self._columns.groups.failed & lines.has_row
        self._ids = _positions_of_ids(run)
        self._owners = _owners(run)

    def not_of_rows(self) -> list[str]:
        """Say how many failed lines come from no row, and are not tried again."""
        count = int((self._columns.groups.failed & ~self._failed).sum())
        return (
            [
                f"{count_of(count, 'failed line comes', 'failed lines come')} from no row of the input: none such is"
                " tried again."
            ]
            if count
            else []
        )

    def compared(self, path: Path) -> Mended:
        """Compare a file with what was written into it."""
        file = EditedFile(path, self._columns, f"batchroles apply {self._run.folder}")
        lines = self._lines(file)
        mended = Mended(path)
        # The workbook of a large run never had every row: what was not in it was not removed.
        shown = np.arange(len(self._failed)) if file.is_text else choose_lines(self._columns).lines
        gone = np.setdiff1d(shown[self._failed[shown]], lines)
        mended.removed = len(gone)
        mended.lines = set(self._keys[np.setdiff1d(np.flatnonzero(self._failed), gone)])
        for (position, _), seen in zip(self._columns.own, file.own, strict=True):
            if seen is not None:
                self._compare(mended, file, lines, position, seen)
        self._refuse_without_what_may_be_a_heading(mended, gone)
        return mended

    def _refuse_without_what_may_be_a_heading(self, mended: Mended, gone: Ints) -> None:
        """Raise InputError where rows stay that were held back below one that is gone, and do not say their course."""
        plan, rows = self._plan, self._plan.lines.row
        held, unsure = (
            self._failed
            & plan.lines.with_problem([at for at, one in enumerate(plan.problems) if one.code in codes])
            for codes in ((Code.HEADING_UNCLEAR,), MAYBE_HEADING)
        )
        above: dict[tuple[int, int], int] = {}
        for row in rows[gone[unsure[gone]]].tolist():
            above.setdefault(_section(plan.table, row), row)
        said = {
            one.row
            for one in mended.changed
            if plan.table.headers[one.position] == _headings(plan.table, one.row).column
        }
        for row in rows[np.setdiff1d(np.flatnonzero(held), gone)].tolist():
            other = above.get(_section(plan.table, row), row)
            if other < row and row not in said:
                gone_one, this = plan.table.called(other), plan.table.called(row)
                raise InputError(
                    f"{mended.path}: {gone_one} is not in it any more, and {this} stood below it."
                    " If that was a heading, this one is about its course: write that under"
                    f' "{_headings(plan.table, row).column}" here, or put the other row back and correct it.'
                )

    def _lines(self, file: EditedFile) -> Ints:
        """Give the number of the line that each row of the file is about."""
        lines = self._keys.get_indexer(file.keys())
        if (foreign := np.flatnonzero(lines < 0)).size:
            raise file.refused(
                int(foreign[0]), f"is not among the rows of {self._run.name}; remove it from the file"
            )
        if (twice := np.flatnonzero(pd.Series(lines).duplicated())).size:
            raise file.refused(int(twice[0]), "stands in the file twice; remove one of the two")
        done = self._columns.groups.done[lines]
        if file.is_text and done.any():
            raise file.refused(
                int(np.flatnonzero(done)[0]), "is done, and is not sent again; remove it from the file"
            )
        return np.asarray(lines, np.int64)

    def _compare(self, mended: Mended, file: EditedFile, lines: Ints, position: int, seen: int) -> None:
        """Compare a column: what differs was changed by a person, or by the program that the file was opened in."""
        rows = self._plan.lines.row[lines]
        before = np.array(self._columns.own_text(position, lines), object)
        after = file.texts(seen)
        said: dict[int, dict[int, str]] = defaultdict(dict)
        for at in np.flatnonzero(before != after).tolist():
            change = Edit(int(rows[at]), position, before[at], after[at])
            if same_to_see(change.old, change.new):
                continue
            if not self._failed[lines[at]]:
                mended.left_out.append(change)
            elif self._is_meant(change, lossy=file.lossy):
                said[change.row][at] = change.new
            else:
                mended.put_back.append(change)
        if said:
            self._settle(mended, file, lines, position, said)
            known = file.loaded.damaged.get(seen, {})
            texts = {change.new for change in mended.changed if change.position == position}
            mended.damaged[position] = {text: known[text] for text in texts if text in known}

    def _is_meant(self, change: Edit, *, lossy: bool) -> bool:
        plain = change.old.lstrip("0").partition(".")
        if change.position in self._ids and is_id(change.new) and plain[0] == change.new:
            return True  # an id is a number, so that without its zeros it is the same one
        return not retyped(change.old, change.new, lossy=lossy)

    def _settle(
        self,
        mended: Mended,
        file: EditedFile,
        lines: Ints,
        position: int,
        said: Mapping[int, Mapping[int, str]],
    ) -> None:
        """Take one text for each changed cell of the input, whose row may stand in the file several times.

        The lines of the part that a column belongs to decide, else all lines of the row: they must agree.
        """
        owners = self._owners.get(position)
        rows = self._plan.lines.row[lines]
        places: dict[int, list[int]] = defaultdict(list)
        for at in np.flatnonzero(np.isin(rows, list(said)) & self._failed[lines]).tolist():
            places[int(rows[at])].append(at)
        for row, new in said.items():
            (old,) = self._columns.own_text(position, lines[places[row][:1]])
            deciding = [at for at in places[row] if owners is None or self._parts[lines[at]] in owners]
            texts = {new.get(at, old) for at in deciding}
            if not deciding:
                mended.left_out += [Edit(row, position, old, text) for text in sorted({*new.values()})]
            elif len(texts) > 1 or not {*new.values()} <= texts:
                first, *_, last = sorted({*texts, *new.values()})
                raise file.refused(
                    next(iter(new)),
                    f'stands in the file several times, with "{_shown(first)}" and "{_shown(last)}" under'
                    f' "{cleaned(dict(self._columns.own)[position])}"; write the same into each of its rows',
                )
            else:
                mended.changed.append(Edit(row, position, old, texts.pop()))


def _positions_of_ids(run: Run) -> set[int]:
    """Give the columns that hold Moodle's ids, which are numbers."""
    understanding = options(run.journal.head)[1]
    by_id = understanding.match_user_by == "id"
    meanings = meanings_of(run.plan.table.headers, understanding.columns)
    return {
        at
        for at, one in enumerate(meanings)
        if one and (one.by == "id" or (one.kind is Kind.USER and not one.by and by_id))
    }


def _owners(run: Run) -> dict[int, set[str]]:
    """Give the parts of a wide row that have columns of their own, by the positions of these columns."""
    headers = run.plan.table.headers
    owners: dict[int, set[str]] = defaultdict(set)
    for part, sources in run.wanted.part_sources.items():
        for header in {*sources.values()} & {*headers} - {""}:
            owners[headers.index(header)].update((part, ""))
    return owners


def _said(mended: Mended, plan: Plan) -> Iterator[str]:
    """Say what was changed, what was put back and what was left out."""
    name = mended.path.name
    yield from _told(f"Changed in {name}", mended.changed, plan)
    yield from _told("Put back as a spreadsheet program had changed it by itself", mended.put_back, plan)
    if mended.put_back:
        yield (
            f"What was put back is as {plan.table.path.name} has it; if such a change is meant, make it there and run"
            " that file again."
        )
    yield from _told("Left out, because nothing is sent for it", mended.left_out, plan)
    if mended.removed:
        rows = count_of(mended.removed, "failed row is", "failed rows are")
        yield f"{rows} not in {name} any more and not tried again."


def _told(what: str, changes: Sequence[Edit], plan: Plan) -> Iterator[str]:
    counted = Counter(changes)
    for one in list(counted)[:SHOWN]:
        yield f'{what}: {_place(one, plan.table)}: "{_shown(one.old)}" → "{_shown(one.new)}".'
    if len(counted) > SHOWN:
        yield f"{what}: {count_of(len(counted) - SHOWN, 'more cell')}, {len(counted):,} in all."


def _place(edit: Edit, table: Table) -> str:
    """Name a changed cell; of one whose text is a heading above its row only the row, for there it was changed."""
    header, headings = table.headers[edit.position], _headings(table, edit.row)
    above = header != "" and header == headings.column
    return table.called(edit.row) if above else table.place(edit.row, header)


def _shown(text: str) -> str:
    line = " / ".join(cleaned(text).splitlines())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _headings(table: Table, row: int) -> Headings:
    """Give the headings of the sheet that a row stands on."""
    number = parted(row)[0]
    return (table.sheets[number - 1] if number else table).headings


def _section(table: Table, row: int) -> tuple[int, int]:
    """Give the number of a row's sheet, and of the heading that it stands below."""
    sheet, place = parted(row)
    return sheet, _headings(table, row).number(place)
