"""What is wrong with a plan's rows, grouped by cause and value: one wrong course in 300 rows is one trouble."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from batchroles.job.proposing.cells import Cells
from batchroles.job.proposing.corrections import Correction
from batchroles.loader.layouts.pieces import pieces
from batchroles.models import Code, Problem
from batchroles.models.rows import number_of, parted
from batchroles.reporter.tally import groups, problems_told
from batchroles.runs import Planned
from batchroles.text import cleaned

SHOWN = 5
"""Rows of a trouble that are named one by one."""
IN_A_CELL = frozenset(
    (
        Code.MISSING_VALUE,
        Code.BAD_VALUE,
        Code.USER_NOT_FOUND,
        Code.USER_AMBIGUOUS,
        Code.ROLE_UNKNOWN,
        Code.ROLE_AMBIGUOUS,
        Code.CONTEXT_NOT_FOUND,
        Code.CONTEXT_AMBIGUOUS,
        Code.HEADING_UNCLEAR,
    )
)
"""Codes of what another text in the one cell may mend. Where two cells contradict each other, or a permission is
missing, no text is the right one."""


@dataclass(frozen=True)
class Trouble:
    """What is wrong, or to be known, in the same way with some rows."""

    code: Code
    column: str
    """The header of the column at fault; empty where it is no single one."""
    position: int | None
    """Where that column stands among those of the table."""
    value: str
    """The text at fault as the file has it: of the cell, or the one value of a cell that holds several. Empty for blank
    cells, and where it is about no text, or about many."""
    reason: str
    fix: str
    suggestions: tuple[str, ...]
    """What could stand in the place of `value`, the likeliest first."""
    rows: tuple[int, ...]
    """The numbers of all rows, in their order; none where its lines come from no row."""
    places: tuple[str, ...]
    """The first of them in words: `Sheet1!B7`."""
    place: str
    """All of them in words: `Sheet1, 300 rows (B2, B3, B4, …)`."""
    lines: int
    """How many lines it is about: a row may ask for several things."""
    repairable: bool
    """Whether another text in these cells may mend it."""
    in_header: bool
    """Whether the text at fault stands in the header of the column, as courses of a matrix do: it has to be mended in
    the file."""
    fails: bool
    """Whether nothing is sent for these lines because of it; else it is only to be known."""
    everywhere: bool
    """Whether no row has this text in this column that could be sent: else it means another thing there."""

    @property
    def count(self) -> int:
        """How many rows it is about."""
        return len(self.rows)

    @property
    def key(self) -> str:
        """What tells it from every other one of its plan, in letters and digits."""
        said = (self.code, self.column, self.position, self.value, self.reason, self.fix, self.fails)
        return hashlib.blake2b(repr(said).encode(), digest_size=8).hexdigest()

    def correction(self, new: str, row: int | None = None) -> Correction:
        """Give the correction that puts a text in the place of `value`, in one of the rows or in all that have it.

        A blank cell is filled only in the rows that lack it: others may leave it blank on purpose. So is a text that is
        right in other rows, where it is about another kind of place, say.
        """
        if not self.repairable or self.position is None:
            raise AssertionError("there is no cell to correct")
        # Who stands above the row that is not clear is surely meant by the heading.
        only_here = not self.value or not self.everywhere or self.code is Code.HEADING_UNCLEAR
        rows = (row,) if row is not None else self.rows if only_here else None
        return Correction(self.position, self.column, self.value, new, rows)


def troubles(planned: Planned) -> list[Trouble]:
    """Give what is wrong with a plan's lines, the most rows first; what is only to be known stands behind it.

    A line that repeats another has the trouble of that one.
    """
    found = list(_Grouping(planned).troubles())
    return sorted(found, key=lambda one: (not one.fails, -one.count, -one.lines))


_Words = tuple[Code, str, str, str, bool]
"""Code, column, reason and fix, and whether it fails: what is said in the same words."""


class _Grouping:
    """The lines of a plan by what is said of them."""

    def __init__(self, planned: Planned) -> None:
        self._plan, self._options = planned.plan, planned.origin.understanding
        self._cells = cells_of(planned)
        table = self._plan.table
        self._at = table.cells.index.get_indexer(pd.Index(self._plan.lines.row))
        failing = self._plan.lines.row[groups(self._plan).failed]
        self._fine = np.flatnonzero(~table.cells.index.isin(failing))
        """Where the rows stand of which nothing fails."""
        self._right: dict[int, set[str]] = {}

    def troubles(self) -> Iterator[Trouble]:
        for words, lines in self._by_words().items():
            yield from self._of(words, lines)

    def _by_words(self) -> Mapping[_Words, dict[int, list[int]]]:
        """Give lines by words, and among them by the number of the problem."""
        plan, group, told = self._plan, groups(self._plan), problems_told(self._plan)
        coming = plan.lines.is_open | group.done
        chosen = np.flatnonzero((told >= 0) & (group.failed | coming))
        found: dict[_Words, dict[int, list[int]]] = {}
        failed = group.failed[chosen].tolist()
        for line, number, fails in zip(chosen.tolist(), told[chosen].tolist(), failed, strict=True):
            one = plan.problems[number]
            words = (one.code, one.column, one.reason, one.fix, fails)
            found.setdefault(words, {}).setdefault(number, []).append(line)
        return found

    def _of(self, words: _Words, by_problem: Mapping[int, Sequence[int]]) -> Iterator[Trouble]:
        problems = [self._plan.problems[number] for number in by_problem]
        lines = sorted(line for some in by_problem.values() for line in some)
        # Said in the same words of many texts: it is about the column, and no text in it is the right one.
        if len({one.value for one in problems}) > 1:
            yield self._trouble(replace(problems[0], value="", suggestions=()), None, "", words[-1], lines)
            return
        problem, by_cell = problems[0], dict[tuple[int | None, str], list[int]]()
        for line in lines:
            by_cell.setdefault(self._cell(problem, line), []).append(line)
        for (position, value), some in by_cell.items():
            yield self._trouble(problem, position, value, words[-1], some)

    def _cell(self, problem: Problem, line: int) -> tuple[int | None, str]:
        """Give the column of the cell that a line's problem is in, None where it is in none, and the text at fault."""
        row, wanted = int(self._plan.lines.row[line]), cleaned(problem.value)
        if not row or self._at[line] < 0:
            return None, wanted
        if problem.code is Code.HEADING_UNCLEAR and (at := self._cells.of_heading(row)) is not None:
            return at, cleaned(self._text(line, at))
        position = self._cells.position(row, problem.column)
        if position is None and not self._cells.has_headers:
            position = self._only_with(line, wanted)
        if position is None:
            return None, wanted
        text = self._text(line, position)
        parted = self._cells.between(row, position, self._options)
        if parted is not None and wanted != cleaned(text) and wanted in pieces(text, parted):
            return position, wanted
        # Else the text of a matrix's header, a role that a flag says: it does not stand in this cell.
        return (position, cleaned(text)) if _spot(wanted, cleaned(text)) is not None else (None, wanted)

    def _text(self, line: int, position: int) -> str:
        return str(self._plan.table.cells[position].iat[int(self._at[line])])

    def _right_texts(self, position: int) -> set[str]:
        """Give what stands in a column in rows of which nothing fails."""
        if position not in self._right:
            table = self._plan.table
            codes = table.cells[position].cat.codes.to_numpy()[self._fine]
            sheets, _ = parted(table.cells.index.to_numpy()[self._fine])
            texts = table.cells[position].cat.categories.tolist()
            found: set[str] = set()
            for sheet, code in {*zip(sheets.tolist(), codes.tolist(), strict=True)}:
                text = texts[code] if code >= 0 else ""
                between = self._cells.between(number_of(sheet, 0), position, self._options)
                found |= {cleaned(text), *(pieces(text, between) if between is not None else ())}
            self._right[position] = found
        return self._right[position]

    def _only_with(self, line: int, text: str) -> int | None:
        """Give the one column of a file without headers whose cell has a text in a line's row."""
        count = len(self._plan.table.headers)
        found = [at for at in range(count) if cleaned(self._text(line, at)).lower() == text.lower()]
        return found[0] if text and len(found) == 1 else None

    def _trouble(
        self, problem: Problem, position: int | None, value: str, fails: bool, lines: Sequence[int]
    ) -> Trouble:
        plan = self._plan
        rows = tuple(dict.fromkeys(row for row in plan.lines.row[list(lines)].tolist() if row))
        header = cleaned(problem.column)
        column = self._cells.header(position) if position is not None else header
        value_at_fault = cleaned(problem.value)
        in_header = position is None and value_at_fault != "" and _spot(value_at_fault, header) is not None
        repairable = fails and position is not None and problem.code in IN_A_CELL
        first = [plan.table.place(row, problem.column) for row in rows[:SHOWN]]
        return Trouble(
            problem.code,
            column,
            position,
            value,
            problem.reason,
            problem.fix,
            _suggested(problem, value) if repairable else (),
            rows,
            tuple(first or [plan.lines.called(lines[0])]),
            plan.table.places(rows, problem.column) if rows else plan.lines.called(lines[0]),
            len(lines),
            repairable,
            in_header and fails,
            fails,
            not repairable or position is None or value not in self._right_texts(position),
        )


def cells_of(planned: Planned) -> Cells:
    """Give the cells of a plan's table."""
    layouts = tuple(one.format for one in planned.wanted.sheets)
    return Cells(planned.plan.table, planned.plan.format, layouts)


def _spot(value: str, text: str) -> tuple[int, int] | None:
    """Find a value in the text of its cell, where more may stand: `BIO101` in `course:BIO101`."""
    if value.lower() == text.lower():
        return 0, len(text)
    if not value:
        return None
    # The last one: what stands in front of a value says what it is.
    found = [*re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.IGNORECASE)]
    return found[-1].span() if found else None


def _suggested(problem: Problem, value: str) -> tuple[str, ...]:
    """Give what the cell could have in the place of its text."""
    if problem.code is Code.HEADING_UNCLEAR:
        return (value,)  # to say that it is this course after all
    spot = _spot(cleaned(problem.value), value)
    if spot is None or not value:
        return problem.suggestions
    before, after = value[: spot[0]], value[spot[1] :]
    return tuple(f"{before}{one}{after}" for one in problem.suggestions if one != value[spot[0] : spot[1]])
