"""In which order rows come: sorted where the report says so, else as the database happens to read them."""

from collections.abc import Sequence
from typing import Any

from batchroles.sandbox.reports.columns import Value
from batchroles.sandbox.reports.database_sort import sorted_places
from batchroles.sandbox.reports.definition import Active
from batchroles.sandbox.reports.rows import Joined
from batchroles.sandbox.reports.sources import Source


def in_order(
    source: Source, rows: list[Joined], sorting: Sequence[Active], wanted: int | None
) -> list[Joined]:
    """Give the first `wanted` rows (None: all) in the order in which the database gives them.

    Unsorted rows come as they are read, and how they are read depends on how many are wanted: pages of ten of 40
    holdings repeated some and never showed seven (rr-pages-0 to -3).
    """
    if sorting:
        return [rows[place] for place in sorted_places(_ranks(rows, sorting), wanted)]
    if wanted is not None and source.quick is not None and wanted <= source.quick_share * len(rows):
        rows = sorted(rows, key=source.quick)
    return rows[:wanted]


def _ranks(rows: Sequence[Joined], sorting: Sequence[Active]) -> list[int]:
    """Rank rows by the columns of a sorting, equal ones alike."""
    columns = [
        _column_ranks(rows, value, descending=one.descending)
        for one in sorting
        for value in one.column.sorted_by
    ]
    return columns[0] if len(columns) == 1 else _numbered(list(zip(*columns, strict=True)))


def _column_ranks(rows: Sequence[Joined], value: Value, *, descending: bool) -> list[int]:
    """Rank rows by one value: texts by their bytes, nothing before everything (rb-participants-total-sort-pages-0)."""
    values = [value(row) for row in rows]
    present = sorted({found for found in values if found is not None})
    ranks = {None: 0, **{found: rank for rank, found in enumerate(present, 1)}}
    return [-ranks[found] if descending else ranks[found] for found in values]


def _numbered(keys: list[Any]) -> list[int]:
    ranks = {key: rank for rank, key in enumerate(sorted(set(keys)))}
    return [ranks[key] for key in keys]
