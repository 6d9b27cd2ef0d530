"""A report as it is defined now: its source, columns, sorting, conditions and offered filters, ready to be read."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.reports.columns import Column
from batchroles.sandbox.reports.filters import Filter, Test, test_of
from batchroles.sandbox.reports.sources import Source, source_of
from batchroles.sandbox.site.report_tables import DESCENDING
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.site.tables import Row


@dataclass(frozen=True)
class Active:
    """One column of a report: the row that says so, and what the source makes of it."""

    row: Row
    column: Column

    @property
    def heading(self) -> str:
        """The heading: the report's own, or else the column's."""
        return str(self.row["heading"] or self.column.heading)

    @property
    def descending(self) -> bool:
        """Whether it sorts from the end."""
        return bool(self.row["sortdirection"] == DESCENDING)


class Definition:
    """What a report holds for one call: columns and filters that its source does not know are left out, silently."""

    def __init__(self, call: Call, report: Row) -> None:
        self.call, self.report = call, report
        self.source = source_of(call.site, report)
        self._tables = call.site.custom_reports

    def columns(self) -> list[Active]:
        """Give the columns in their order."""
        if self.source is None:
            return []
        rows = self._tables.columns.where("reportid", self.report["id"])
        found = (
            (row, self.source.column(row["uniqueidentifier"]))
            for row in sorted(rows, key=lambda row: int(row["columnorder"]))
        )
        return [Active(row, column) for row, column in found if column is not None]

    def sorting(self) -> list[Active]:
        """Give the columns by which the report is sorted, the first one first."""
        chosen = (one for one in self.columns() if one.row["sortenabled"] and one.column.sortable)
        return sorted(chosen, key=lambda one: int(one.row["sortorder"]))

    def offered(self, *, conditions: bool = False) -> Iterator[tuple[Row, str, Filter]]:
        """Give the filters that readers may set, or the conditions, with their rows and identifiers, in their order."""
        rows = self._tables.filters.where("reportid", self.report["id"])
        for row in sorted(rows, key=lambda row: int(row["filterorder"])):
            name = row["uniqueidentifier"]
            found = self.source.filter(name) if self.source else None
            if found is not None and bool(row["iscondition"]) is conditions:
                yield row, name, found

    def used(self) -> frozenset[str]:
        """Give the entities that are in use: by columns, conditions and offered filters."""
        names = [one.row["uniqueidentifier"] for one in self.columns()]
        names += [name for conditions in (False, True) for _, name, _ in self.offered(conditions=conditions)]
        return frozenset(name.partition(":")[0] for name in names)

    def tests(self) -> list[Test]:
        """Give what rows must pass: the conditions, and the filters that the caller has set."""
        conditions = stored(self.report["conditiondata"])
        return [*self._active(conditions, conditions_only=True), *self.filters_applied()]

    def filters_applied(self) -> list[Test]:
        """Give the tests of the filters that the caller has set and the report offers (bb-filter-deleted-silent)."""
        row = self._tables.user_filters.find(self.report["id"], self.call.actor.id)
        return self._active(stored(row["filterdata"] if row else None), conditions_only=False)

    def _active(self, values: Mapping[str, Any], *, conditions_only: bool) -> list[Test]:
        found = (
            test_of(self.call, filter_, name, values)
            for _, name, filter_ in self.offered(conditions=conditions_only)
        )
        return [test for test in found if test is not None]


def stored(text: str | None) -> Mapping[str, Any]:
    """Read values as they are stored; a list says nothing (rf-set-json-list)."""
    values = json.loads(text) if text else None
    return values if isinstance(values, dict) else {}


def dear_columns(site: Site, reportid: int) -> int:
    """Give how many columns a report has that look a context up for each row."""
    report = site.custom_reports.reports.find(reportid)
    source = source_of(site, report) if report else None
    rows = site.custom_reports.columns.where("reportid", reportid)
    columns = [source.column(row["uniqueidentifier"]) for row in rows] if source else []
    return sum(column is not None and column.looks_up_contexts for column in columns)


def source_name(definition: Definition) -> str:
    """Give the name of a report's source."""
    source: Source | None = definition.source
    return source.name if source else ""
