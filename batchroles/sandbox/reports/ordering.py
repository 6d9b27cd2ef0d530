"""In which order rows come: sorted where the report says so, else as the database happens to read them."""

from collections.abc import Sequence
from typing import Any

from batchroles.sandbox.reports.columns import Value
from batchroles.sandbox.reports.database_sort import sorted_places
from batchroles.sandbox.reports.definition import Active, Definition
from batchroles.sandbox.reports.plans import Need, arranged
from batchroles.sandbox.reports.rows import Joined


def in_order(
    definition: Definition, rows: list[Joined], sorting: Sequence[Active], wanted: int | None
) -> list[Joined]:
    """Give the first `wanted` rows (None: all) in the order in which the database gives them."""
    site, source = definition.call.site, definition.source
    few = any(test.selective for test in definition.tests())
    # Whatever is to be sorted has to be read whole.
    need = Need(len(rows) if sorting else wanted, few)
    rows = arranged(site, source.name if source else "", rows, need)
    if sorting:
        return [rows[place] for place in sorted_places(_ranks(rows, sorting), wanted)]
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
