"""In which order rows come: sorted where the report says so, else as the database happens to read them.

PostgreSQL promises nothing about rows that the sorting does not tell apart, and what it does depends on how many it
needs. Recorded on 40 holdings (rr-pages-0 to -3): up to ten rows came by role, twenty and more as they were stored, so
that pages of ten repeated some rows and never showed seven. So it is here: where a page and those before it are at most
a quarter of all rows, the quick way is taken. The quarter is a guess between a quarter and a half.
"""

from collections.abc import Callable, Sequence
from typing import Any

from batchroles.sandbox.reports.definition import Active
from batchroles.sandbox.reports.rows import Joined
from batchroles.sandbox.reports.sources import Source

QUICK_SHARE = 4


def as_read(source: Source, rows: list[Joined], needed: int) -> list[Joined]:
    """Give rows in the order in which the database reads them where it needs so many; 0: all."""
    if source.quick is None or not needed or needed * QUICK_SHARE > len(rows):
        return rows
    return sorted(rows, key=source.quick)


def sort_rows(rows: list[Joined], sorting: Sequence[Active]) -> list[Joined]:
    """Sort rows by columns; texts by their bytes, nothing first (rb-participants-total-sort-pages-0)."""
    for one in reversed(sorting):
        for value in reversed(one.column.sorted_by):
            rows = sorted(rows, key=_nothing_first(value), reverse=one.descending)
    return rows


def _nothing_first(value: Callable[[Joined], Any]) -> Callable[[Joined], Any]:
    def key(row: Joined) -> tuple[bool, Any]:
        found = value(row)
        return (False, "") if found is None else (True, found)

    return key
