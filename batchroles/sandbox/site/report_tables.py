"""The tables of the report builder: what a site file says of its reports, as the rows that Moodle keeps of them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from batchroles.sandbox.site.tables import Journal, Row, Table

ASCENDING, DESCENDING = 4, 3
"""PHP's SORT_ASC and SORT_DESC, as `sortdirection` holds them."""

MADE = 1790000000
"""When reports were made that do not say it."""


@dataclass(frozen=True)
class ReportTables:
    """What Moodle keeps of custom reports. Filters and conditions stand in one table, told apart by `iscondition`."""

    reports: Table
    columns: Table
    filters: Table
    audiences: Table
    user_filters: Table
    """The filters that users have set, one row for a user and a report, whatever token or session set them."""


def report_tables(reports: Iterable[Row], journal: Journal) -> ReportTables:
    """Give the tables filled with the reports of a site file, numbered from 1 in their order."""
    rows = [{"id": number, **row} for number, row in enumerate(reports, 1)]

    def table(rows: Iterable[Row], *key: str) -> Table:
        return Table(
            ({"id": number, **row} for number, row in enumerate(rows, 1)), key, ("reportid",), journal
        )

    return ReportTables(
        Table((_report(row) for row in rows), ("id",), (), journal),
        table(_columns(rows), "id"),
        table(_filters(rows), "id"),
        table(_audiences(rows), "id"),
        table(_user_filters(rows), "reportid", "userid"),
    )


def php_json(value: Any) -> str:
    """Write as Moodle stores values in its tables: PHP's `json_encode`, in which an empty object is a list."""
    return json.dumps(value or [], separators=(",", ":")).replace("/", "\\/")


def _report(row: Row) -> Row:
    conditions = row.get("conditiondata")
    return {
        "id": row["id"],
        "name": row["name"],
        "source": row["source"],
        "uniquerows": row.get("uniquerows", 0),
        "conditiondata": None if conditions is None else php_json(conditions),
        "usercreated": row.get("usercreated", 2),
        "usermodified": row.get("usermodified", 2),
        "timecreated": row.get("timecreated", MADE),
        "timemodified": row.get("timemodified", MADE),
    }


def _columns(reports: Iterable[Row]) -> Iterator[Row]:
    for report in reports:
        for place, row in enumerate(report.get("columns", ()), 1):
            yield {
                "reportid": report["id"],
                "uniqueidentifier": row["uniqueidentifier"],
                "aggregation": row.get("aggregation"),
                "heading": row.get("heading"),
                "columnorder": place,
                "sortenabled": row.get("sortenabled", 0),
                "sortdirection": row.get("sortdirection", ASCENDING),
                "sortorder": row.get("sortorder", place),
            }


def _filters(reports: Iterable[Row]) -> Iterator[Row]:
    for report in reports:
        for part, iscondition in (("filters", 0), ("conditions", 1)):
            for place, name in enumerate(report.get(part, ()), 1):
                row: Row = {"reportid": report["id"], "uniqueidentifier": name}
                yield {**row, "iscondition": iscondition, "filterorder": place}


def _audiences(reports: Iterable[Row]) -> Iterator[Row]:
    for report in reports:
        for row in report.get("audiences", ()):
            configuration = php_json(row.get("configdata"))
            yield {"reportid": report["id"], "classname": row["classname"], "configdata": configuration}


def _user_filters(reports: Iterable[Row]) -> Iterator[Row]:
    for report in reports:
        for row in report.get("userfilters", ()):
            values = php_json(row["filterdata"])
            yield {"reportid": report["id"], "userid": row["userid"], "filterdata": values}
