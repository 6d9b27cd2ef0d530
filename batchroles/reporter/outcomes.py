"""What became of every row, in columns of text: the file's own first, then ours."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from batchroles.loader.layouts.recognise import FORMATS
from batchroles.models import Code, Plan, Problem
from batchroles.models.lines import Ints
from batchroles.models.rows import number_of, parted
from batchroles.reporter.tally import deciding_lines, groups, problems_told

OUR_COLUMNS = ("_row", "_place", "_part", "_origin", "_status", "_code", "_reason", "_fix")
"""Our columns in their order; `_place` only in the workbook and where several sheets were read, `_part` only where a
row can ask for several assignments, `_origin` only where a line comes from no row: `_row` and the file's own columns
are then blank."""

DELIMITERS = ",;\t|"
"""What our text files may have between their cells: the sign that the input has there, if it is one of these."""

Dress = Callable[[str], str]


class Columns:
    """The text of any lines of a plan, column by column. Only what is asked for becomes Python objects."""

    def __init__(self, plan: Plan, *, places: bool = False) -> None:
        """`places`: with the column `_place`, for people who look for a row in the file that it comes from."""
        self._plan = plan
        # A number does not show in which of several sheets a row stands.
        self._places = places or bool(plan.table.sheets)
        self._fate = deciding_lines(plan.lines)
        self._cell_rows = plan.table.cells.index.get_indexer(pd.Index(plan.lines.row))
        self._kept = _kept_columns(plan)
        self._causes = problems_told(plan)
        self._unclear = plan.lines.with_problem(
            at for at, problem in enumerate(plan.problems) if problem.code is Code.HEADING_UNCLEAR
        )
        self._in_headings = {one.headings.column for one in (plan.table, *plan.table.sheets)} - {""}
        """The headers of columns that the file has as headings above its rows."""
        self._said_where = [name for name in ("part", "origin") if (plan.lines.text(name) != "").any()]
        self.groups = groups(plan)

    @property
    def headers(self) -> list[str]:
        """The file's headers, then ours."""
        names = _original_headers(self._plan)
        left_out = {f"_{name}" for name in ("part", "origin") if name not in self._said_where}
        left_out |= set() if self._places else {"_place"}
        ours = [name for name in OUR_COLUMNS if name not in left_out]
        return [names[position] for position in self._kept] + ours

    @property
    def delimiter(self) -> str:
        """What stands between the cells of our text files: as in the input, so that the same programs open them."""
        given = self._plan.table.delimiter
        return given if given in DELIMITERS else ","

    @property
    def own(self) -> list[tuple[int, str]]:
        """The positions of the file's columns that are given, with their headers."""
        names = _original_headers(self._plan)
        return [(position, names[position]) for position in self._kept]

    def text(self, lines: Ints, dress: Dress) -> list[list[str]]:
        """Return one list per column for the given lines; `dress` is applied once to each distinct text."""
        own = [self._own(position, lines, dress) for position in self._kept]
        return own + self._ours(lines, dress)

    def own_text(self, position: int, lines: Ints) -> list[str]:
        """Return the text of one of the file's columns for the given lines."""
        return self._own(position, lines, str)

    def _own(self, position: int, lines: Ints, dress: Dress) -> list[str]:
        table = self._plan.table
        column = table.cells.iloc[:, position].cat
        # A line without a row finds none (-1), which leads to the last code, that of a blank cell.
        codes = np.append(column.codes.to_numpy(), -1)[self._cell_rows[lines]]
        if table.headers[position] in self._in_headings:
            # What a heading says is not written beside a row that may not be below it: the file may be read again.
            codes[self._unclear[lines]] = -1
        return _dressed(codes, column.categories, dress)

    def _ours(self, lines: Ints, dress: Dress) -> list[list[str]]:
        plan, causes = self._plan, self._causes[lines]
        return [
            [str(row) if row else "" for row in plan.lines.row[lines].tolist()],
            *([self._place(lines, causes, dress)] if self._places else []),
            *(self._word(name, lines, dress) for name in self._said_where),
            self._word("status", lines, dress),
            self._said(causes, lambda problem: dress(str(problem.code))),
            self._reasons(lines, causes, dress),
            self._said(causes, lambda problem: dress(problem.fix)),
        ]

    def _place(self, lines: Ints, causes: Ints, dress: Dress) -> list[str]:
        """Name file and sheet, and the cell where a line's problem is in one; blank for a line that comes from no row.

        A duplicate's problem is in the row that it repeats: of itself only the row is named.
        """
        table, rows = self._plan.table, self._plan.lines.row[lines].astype(np.int64)
        said = self._rows_named(rows, dress)
        for at in np.flatnonzero((self._fate[lines] == lines) & (causes >= 0) & (rows > 0)).tolist():
            column = self._plan.problems[causes[at]].column
            said[at] = dress(f"{table.path.name}, {table.place(int(rows[at]), column)}")
        return said

    def _rows_named(self, rows: Ints, dress: Dress) -> list[str]:
        """Name file, sheet and row; all but the number, which comes last, is dressed once for each sheet."""
        table = self._plan.table
        sheets, numbers = parted(rows) if table.sheets else (np.zeros_like(rows), rows)
        around = {}
        for sheet in np.unique(sheets[rows > 0]).tolist():
            before, _, after = dress(f"{table.path.name}, {table.place(number_of(sheet, 1))}").rpartition("1")
            around[sheet] = before, after
        named = zip(sheets.tolist(), numbers.tolist(), strict=True)
        return [f"{around[sheet][0]}{row}{around[sheet][1]}" if row else "" for sheet, row in named]

    def _word(self, name: str, lines: Ints, dress: Dress) -> list[str]:
        column = self._plan.lines.text(name).cat
        return _dressed(column.codes.to_numpy()[lines], column.categories, dress)

    def _said(self, causes: Ints, say: Callable[[Problem], str]) -> list[str]:
        """Say something of each line's problem, once for each distinct one; blank where there is none."""
        distinct, inverse = np.unique(causes, return_inverse=True)
        said = [say(self._plan.problems[cause]) if cause >= 0 else "" for cause in distinct.tolist()]
        return [said[at] for at in inverse.tolist()]

    def _reasons(self, lines: Ints, causes: Ints, dress: Dress) -> list[str]:
        """Reasons are made only for the lines that have one; for the rest nothing is computed."""
        reasons = [""] * len(lines)
        fates = self._fate[lines]
        for at in np.flatnonzero((causes >= 0) & (fates == lines)).tolist():
            problem = self._plan.problems[causes[at]]
            place = self._plan.place(int(lines[at]), problem.column)
            reasons[at] = dress(f"{place}: {problem.reason}")
        for at in np.flatnonzero(fates != lines).tolist():
            same = f"the same assignment stands in {self._plan.called(int(fates[at]))}"
            own, place = int(self._plan.lines.problem[lines[at]]), self._plan.place(int(lines[at]))
            if own >= 0:
                same = f"{place}: {self._plan.problems[own].reason} {same[0].upper()}{same[1:]}."
            reasons[at] = dress(same)
        return reasons


def outcomes(plan: Plan) -> pd.DataFrame:
    """Return a frame with one line per row: the file's columns, then `_row, _status, _code, _reason, _fix`.

    A wide format has a line per assignment, and `_part` after `_row`. All text is as the file spells it;
    `_row` is an integer, 0 for a line that comes from no row, which says in `_origin` where from.
    """
    columns = Columns(plan)
    text = columns.text(np.arange(len(plan.lines), dtype=np.int64), str)
    # By number first: two columns of a file may have the same header.
    frame = pd.DataFrame(dict(enumerate(text)), dtype=object)
    frame.columns = pd.Index(columns.headers)
    return frame.assign(_row=plan.lines.row)


def _dressed(
    codes: "np.ndarray[tuple[int], np.dtype[Any]]", words: "pd.Index[str]", dress: Dress
) -> list[str]:
    """Return the texts of codes, each distinct one dressed once; -1 is blank."""
    # Counting finds the distinct ones in a fraction of the time that sorting takes. -1 leads to the last text, a blank.
    used = np.flatnonzero(np.bincount(codes[codes >= 0]))
    texts = np.full(len(words) + 1, "", dtype=object)
    texts[used] = [dress(text) for text in words.take(used).tolist()]
    found: list[str] = texts[codes].tolist()
    return found


def _kept_columns(plan: Plan) -> list[int]:
    """Leave out the columns that an earlier run put there: ours replace them."""
    return [position for position, header in enumerate(plan.table.headers) if header not in OUR_COLUMNS]


def _original_headers(plan: Plan) -> list[str]:
    headers = plan.table.headers
    if any(headers):
        return headers
    # A file without a header gets one, with which its results can be read again.
    names = FORMATS[plan.format].column_names
    return [*names[: len(headers)], *headers[len(names) :]]
