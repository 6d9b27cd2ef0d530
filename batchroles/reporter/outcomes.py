"""What became of every row, in columns of text: the file's own first, then ours."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from batchroles.models import Plan, Problem
from batchroles.models.headerless import HEADERS_OF_HEADERLESS
from batchroles.reporter.tally import Integers, deciding_lines, groups

OUR_COLUMNS = ("_row", "_part", "_status", "_code", "_reason", "_fix")
"""Our columns in their order; `_part` only where a row can ask for several assignments."""

Dress = Callable[[str], str]


class Columns:
    """The text of any lines of a plan, column by column. Only what is asked for becomes Python objects."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._fate = deciding_lines(plan)
        self._cell_rows = plan.table.cells.index.get_indexer(pd.Index(plan.lines["row"]))
        self._kept = _kept_columns(plan)
        self._rows = plan.lines["row"].to_numpy()
        self._problems = plan.lines["problem"].to_numpy().astype(np.int64)
        self._wide = bool((plan.lines["part"] != "").any())
        self.groups = groups(plan)

    @property
    def headers(self) -> list[str]:
        """The file's headers, then ours."""
        names = _original_headers(self._plan)
        ours = [name for name in OUR_COLUMNS if name != "_part" or self._wide]
        return [names[position] for position in self._kept] + ours

    @property
    def own(self) -> list[tuple[int, str]]:
        """The positions of the file's columns that are given, with their headers."""
        names = _original_headers(self._plan)
        return [(position, names[position]) for position in self._kept]

    def text(self, lines: Integers, dress: Dress) -> list[list[str]]:
        """Return one list per column for the given lines; `dress` is applied once to each distinct text."""
        own = [self._own(position, lines, dress) for position in self._kept]
        return own + self._ours(lines, dress)

    def _own(self, position: int, lines: Integers, dress: Dress) -> list[str]:
        column = self._plan.table.cells.iloc[:, position]
        return _dressed(column.iloc[self._cell_rows[lines]], dress)

    def _ours(self, lines: Integers, dress: Dress) -> list[list[str]]:
        frame = self._plan.lines.iloc[lines]
        causes = self._problems[self._fate[lines]]
        columns = [
            [str(row) for row in frame["row"].tolist()],
            _dressed(frame["status"], dress),
            self._said(causes, lambda problem: dress(str(problem.code))),
            self._reasons(lines, causes, dress),
            self._said(causes, lambda problem: dress(problem.fix)),
        ]
        if self._wide:
            columns.insert(1, _dressed(frame["part"], dress))
        return columns

    def _said(self, causes: Integers, say: Callable[[Problem], str]) -> list[str]:
        """Say something of each line's problem, once for each distinct one; blank where there is none."""
        distinct, inverse = np.unique(causes, return_inverse=True)
        said = [say(self._plan.problems[cause]) if cause >= 0 else "" for cause in distinct.tolist()]
        return [said[at] for at in inverse.tolist()]

    def _reasons(self, lines: Integers, causes: Integers, dress: Dress) -> list[str]:
        """Reasons are made only for the lines that have one; for the rest nothing is computed."""
        reasons = [""] * len(lines)
        fates = self._fate[lines]
        for at in np.flatnonzero((causes >= 0) & (fates == lines)).tolist():
            problem = self._plan.problems[causes[at]]
            place = self._plan.table.place(int(self._rows[lines[at]]), problem.column)
            reasons[at] = dress(f"{place}: {problem.reason}")
        for at in np.flatnonzero(fates != lines).tolist():
            reasons[at] = dress(f"the same assignment stands in row {self._rows[fates[at]]}")
        return reasons


def outcomes(plan: Plan) -> pd.DataFrame:
    """Return a frame with one line per row: the file's columns, then `_row, _status, _code, _reason, _fix`.

    A wide format has a line per assignment, and `_part` after `_row`. All text is as the file spells it;
    `_row` is an integer.
    """
    columns = Columns(plan)
    text = columns.text(np.arange(len(plan.lines), dtype=np.int64), str)
    frame = pd.DataFrame(dict(enumerate(text)), dtype=object)
    frame.columns = pd.Index(columns.headers)
    return frame.astype({"_row": "int32"})


def _dressed(column: "pd.Series[str]", dress: Dress) -> list[str]:
    """Return a categorical's values, each distinct one dressed once; a missing value is blank."""
    codes, inverse = np.unique(column.cat.codes.to_numpy(), return_inverse=True)
    blank = [""] if -1 in codes else []
    distinct = blank + [dress(text) for text in column.cat.categories.take(codes[len(blank) :]).tolist()]
    return [distinct[at] for at in inverse.tolist()]


def _kept_columns(plan: Plan) -> list[int]:
    """Leave out the columns that an earlier run put there: ours replace them."""
    return [position for position, header in enumerate(plan.table.headers) if header not in OUR_COLUMNS]


def _original_headers(plan: Plan) -> list[str]:
    headers = plan.table.headers
    if any(headers):
        return headers
    names = HEADERS_OF_HEADERLESS.get(plan.format, ())
    return [*names[: len(headers)], *headers[len(names) :]]
