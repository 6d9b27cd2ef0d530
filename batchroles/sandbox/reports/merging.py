"""Rows that are merged: duplicates removed, or one column's values joined where all others are alike.

Of Moodle's aggregations only "comma separated values" is here, the one that is recorded (rb-participants-agg).
"""

from collections.abc import Callable, Sequence
from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.reports.columns import Value
from batchroles.sandbox.reports.definition import Active
from batchroles.sandbox.reports.rows import Cell, Joined

BETWEEN = ", "


def distinct(rows: list[Joined], columns: Sequence[Active]) -> list[Joined]:
    """Merge rows that are alike in all that is selected of them ("Remove any duplicate rows")."""
    key = _key(columns)
    return list({key(row): row for row in reversed(rows)}.values())[::-1]


def _key(columns: Sequence[Active]) -> Callable[[Joined], tuple[Any, ...]]:
    values: list[Value] = [value for one in columns for value in one.column.selected]
    return lambda row: tuple([value(row) for value in values])


class Joiner:
    """Joins the values of the columns that are aggregated, over rows that are alike in all other columns."""

    def __init__(self, columns: Sequence[Active]) -> None:
        self._columns = columns
        self._groups: dict[int, list[Joined]] = {}

    def rows(self, rows: list[Joined]) -> list[Joined]:
        """Give one row for each group."""
        key = _key([one for one in self._columns if not one.row["aggregation"]])
        groups: dict[tuple[Any, ...], list[Joined]] = {}
        for row in rows:
            groups.setdefault(key(row), []).append(row)
        self._groups = {id(group[0]): group for group in groups.values()}
        return [group[0] for group in groups.values()]

    def shows(self, call: Call) -> list[Callable[[Joined], Cell]]:
        """Give what fills the cells of each column."""
        return [self._show(call, one) for one in self._columns]

    def _show(self, call: Call, one: Active) -> Callable[[Joined], Cell]:
        show, value = one.column.show(call), one.column.value
        if not one.row["aggregation"]:
            return show

        def cell(row: Joined) -> Cell:
            present = (show(other) for other in self._groups[id(row)] if value(other) is not None)
            return BETWEEN.join(
                map(str, present)
            )  # no value gives an empty text, not null (rb-participants-agg)

        return cell
