"""The reports of a site file, checked: fields, sources, columns and filters that exist, people who are there."""

from collections.abc import Iterator
from typing import Any

from batchroles.sandbox.making.field_types import BadSiteFile, check_fields
from batchroles.sandbox.reports.release import Number
from batchroles.sandbox.reports.sources import SOURCES, Source
from batchroles.sandbox.site.release import number_of

REPORTS = "reports"
"""The part of a site file that holds its custom reports; it may be missing."""

PARTS = {
    "columns": {
        "uniqueidentifier": "text",
        "heading": "text?*",
        "aggregation": "text?*",
        **dict.fromkeys(("sortenabled", "sortdirection", "sortorder"), "int*"),
    },
    "audiences": {"classname": "text", "configdata": "object"},
    "userfilters": {"userid": "int", "filterdata": "object"},
}
"""The lists of a report that hold objects, and the fields of these."""

FIELDS = {
    **dict.fromkeys(("name", "source"), "text"),
    **dict.fromkeys(("id", "uniquerows"), "int*"),
    **dict.fromkeys(("usercreated", "usermodified", "timecreated", "timemodified"), "int*"),
    **dict.fromkeys(PARTS, "list*"),
    **dict.fromkeys(("filters", "conditions"), "texts*"),
    "conditiondata": "object?*",
}
"""The fields of a report."""

JOINED = "groupconcat"
"""The only aggregation that there is here."""


def check_reports(raw: dict[str, Any]) -> None:
    """Raise BadSiteFile at the first thing in a site file's reports that is wrong."""
    reports = raw.get(REPORTS, [])
    if not isinstance(reports, list):
        raise BadSiteFile(f"{REPORTS}: must be a list")
    users, seen = {row["id"] for row in raw["users"]}, set[int]()
    for position, report in enumerate(reports):
        place = f"{REPORTS}[{position}]"
        _check_types(place, report)
        number = report.get("id", position + 1)
        if number in seen:
            raise BadSiteFile(f"{place}.id: {number} is already that of another report")
        seen.add(number)
        _check_names(place, report, number_of(raw["versions"]["moodle_release"]))
        for where, userid in _people(report):
            if userid not in users:
                raise BadSiteFile(f"{place}.{where}: no user {userid}")


def _check_types(place: str, report: Any) -> None:
    check_fields(place, report, FIELDS)
    for part, fields in PARTS.items():
        for position, row in enumerate(report.get(part, [])):
            check_fields(f"{place}.{part}[{position}]", row, fields)


def _check_names(place: str, report: dict[str, Any], version: Number) -> None:
    """Raise where a report names what the practice Moodle does not have, though a real one may."""
    known = {name: source for name, source in SOURCES.items() if source.since <= version}
    source = known.get(report["source"])
    if source is None:
        raise BadSiteFile(f"{place}.source: no source {report['source']}; there are {', '.join(known)}")
    for position, row in enumerate(report.get("columns", [])):
        where, name = f"{place}.columns[{position}]", row["uniqueidentifier"]
        if source.column(name) is None:
            raise BadSiteFile(f"{where}.uniqueidentifier: no column {name}; there are {_columns(source)}")
        if row.get("aggregation") not in (None, JOINED):
            raise BadSiteFile(f"{where}.aggregation: there is only {JOINED}, not {row['aggregation']}")
    for part in ("filters", "conditions"):
        for position, name in enumerate(report.get(part, [])):
            if source.filter(name) is None:
                raise BadSiteFile(
                    f"{place}.{part}[{position}]: no filter {name}; there are {_filters(source)}"
                )


def _columns(source: Source) -> str:
    return ", ".join(f"{key}:{name}" for key, entity in source.entities.items() for name in entity.columns)


def _filters(source: Source) -> str:
    return ", ".join(f"{key}:{name}" for key, entity in source.entities.items() for name in entity.filters)


def _people(report: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Give the users that a report names, each with its place."""
    for field in ("usercreated", "usermodified"):
        yield field, report.get(field, 2)
    for position, row in enumerate(report.get("userfilters", [])):
        yield f"userfilters[{position}].userid", row["userid"]
