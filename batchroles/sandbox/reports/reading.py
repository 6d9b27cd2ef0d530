"""Listing reports and reading their rows."""

from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.access.profiles import full_name
from batchroles.sandbox.reports.access import can_list, can_read, readable_report, refused
from batchroles.sandbox.reports.cells import name, profile
from batchroles.sandbox.reports.definition import Definition, source_name
from batchroles.sandbox.reports.merging import Joiner, distinct
from batchroles.sandbox.reports.ordering import in_order
from batchroles.sandbox.reports.release import V45, V51, has
from batchroles.sandbox.reports.rows import Cell
from batchroles.sandbox.site.tables import Row


def list_reports(call: Call, params: dict[str, Any]) -> Row:
    """List the reports that the caller may read, by name; there is no total (`core_reportbuilder_list_reports`)."""
    call.actor.enter(call.site.system)
    if not can_list(call.actor):
        raise refused(call.site, "view")
    reports = call.site.custom_reports.reports.rows.values()
    shown = sorted((row for row in reports if can_read(call.actor, row)), key=lambda row: str(row["name"]))
    first, last = bounds(params["page"], params["perpage"])
    return {"reports": [details(Definition(call, row)) for row in shown[first:last]], "warnings": []}


def view_report(call: Call, params: dict[str, Any]) -> Row:
    """Note that the caller has viewed a report (`core_reportbuilder_view_report`)."""
    readable_report(call.actor, params["reportid"])
    return {"status": True, "warnings": []}


def retrieve_report(call: Call, params: dict[str, Any]) -> Row:
    """Give one page of a report's rows (`core_reportbuilder_retrieve_report`)."""
    definition = Definition(call, readable_report(call.actor, params["reportid"]))
    rows, total = read_page(definition, params["page"], params["perpage"])
    headers = [name(call.site, one.heading) for one in definition.columns()]
    data = {"headers": headers, "rows": [{"columns": row} for row in rows], "totalrowcount": total}
    return {"details": details(definition), "data": data, "warnings": []}


def bounds(page: int, perpage: int) -> tuple[int, int | None]:
    """Give where a page begins and ends; 0 rows or less are no limit (rr-perpage-0-p1, rb-page-negative)."""
    if perpage <= 0:
        return 0, None
    first = max(0, page) * perpage
    return first, first + perpage


def read_page(definition: Definition, page: int, perpage: int) -> tuple[list[list[Cell]], int]:
    """Give the cells of a page's rows, and the total of all rows."""
    columns, source = definition.columns(), definition.source
    if not columns or source is None:
        return [], 0  # rb-no-columns
    call, tests = definition.call, definition.tests()
    rows = [
        row for row in source.rows(call.site, definition.used()) if all(test.passes(row) for test in tests)
    ]
    joined = Joiner(columns) if any(one.row["aggregation"] for one in columns) else None
    if joined is not None:
        rows = joined.rows(rows)
    elif definition.report["uniquerows"]:
        rows = distinct(rows, columns)
    first, last = bounds(page, perpage)
    ordered = in_order(definition, rows, definition.sorting(), last)
    shows = joined.shows(call) if joined else [one.column.show(call) for one in columns]
    shown = [[show(row) for show in shows] for row in ordered[first:]]
    # Since 5.1 the total comes with the rows, and where there are none there is no total (rr-beyond, rr-beyond-45).
    return shown, len(rows) if shown or not has(call.site, V51) else 0


def details(definition: Definition) -> Row:
    """Describe a report, with who changed it last, e-mail address and all."""
    call, report = definition.call, definition.report
    described = {
        **{field: report[field] for field in ("name", "source", "conditiondata", "usercreated", "id")},
        **{field: report[field] for field in ("timecreated", "timemodified", "usermodified")},
        "type": 0,
        "uniquerows": bool(report["uniquerows"]),
        "settingsdata": None,
        "contextid": call.site.system.id,
        "component": "",
        "area": "",
        "itemid": 0,
        "sourcename": source_name(definition),
        "modifiedby": _person(call, call.site.users[report["usermodified"]]),
    }
    if has(call.site, V45):
        described["tags"] = []
    if has(call.site, V51):
        described["customfields"] = {"data": []}
    return described


def _person(call: Call, user: Row) -> Row:
    """Describe a user as the exporter of summaries does, to whoever reads the report (rblist-weak)."""
    identity = [field.strip() for field in call.site.settings["showuseridentity"].split(",")]
    fields = ("email", "idnumber", "phone1", "phone2", "department", "institution")
    return {
        "id": user["id"],
        **{field: user.get(field) or "" for field in fields},
        "fullname": full_name(user),
        "identity": ", ".join(str(user[field]) for field in identity if user.get(field)),
        "profileurl": profile(call.wwwroot, user),
        "profileimageurl": call.image("f1"),
        "profileimageurlsmall": call.image("f2"),
    }
