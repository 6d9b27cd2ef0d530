"""Changing reports by web service: columns, sorting, filters, conditions; what is deleted with them.

No function makes a report or an audience, or gives a condition its value (bb-report-create, bb-audience-create).
"""

from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.errors import invalid_parameter
from batchroles.sandbox.reports import editor
from batchroles.sandbox.reports.access import editable_report
from batchroles.sandbox.reports.definition import Definition
from batchroles.sandbox.reports.release import has
from batchroles.sandbox.site.report_tables import ASCENDING
from batchroles.sandbox.site.tables import Row, Table

COLUMN, FILTER = "columnorder", "filterorder"


def add_column(call: Call, params: dict[str, Any]) -> Row:
    """Add a column behind the others; one that is there already comes twice (`core_reportbuilder_columns_add`)."""
    definition = _definition(call, params)
    name = params["uniqueidentifier"]
    column = definition.source.column(name) if definition.source else None
    if column is None or not has(call.site, column.since):
        raise invalid_parameter("Invalid column")
    table = call.site.custom_reports.columns
    rows = table.where("reportid", definition.report["id"])
    last, sorts = (max((int(row[field]) for row in rows), default=0) for field in (COLUMN, "sortorder"))
    about = {
        "reportid": definition.report["id"],
        "uniqueidentifier": name,
        "aggregation": None,
        "heading": None,
    }
    order = {"columnorder": last + 1, "sortenabled": 0, "sortdirection": ASCENDING, "sortorder": sorts + 1}
    table.add({**about, **order})
    return editor.sorting(definition)


def delete_column(call: Call, params: dict[str, Any]) -> Row:
    """Delete a column; those behind it move up (`core_reportbuilder_columns_delete`)."""
    definition = _definition(call, params)
    table = call.site.custom_reports.columns
    row = _row(table, definition.report, params["columnid"])
    table.remove(row)
    _close_gap(table, table.where("reportid", definition.report["id"]), COLUMN)
    return editor.sorting(definition)


def reorder_column(call: Call, params: dict[str, Any]) -> bool:
    """Move a column to a place, counted from 1 (`core_reportbuilder_columns_reorder`)."""
    definition = _definition(call, params)
    _move(call.site.custom_reports.columns, definition.report, params["columnid"], params["position"], COLUMN)
    return True


def get_sorting(call: Call, params: dict[str, Any]) -> Row:
    """Show how a report is sorted (`core_reportbuilder_columns_sort_get`)."""
    return editor.sorting(_definition(call, params))


def toggle_sorting(call: Call, params: dict[str, Any]) -> Row:
    """Sort by a column, or no longer (`core_reportbuilder_columns_sort_toggle`)."""
    definition = _definition(call, params)
    table = call.site.custom_reports.columns
    row = _row(table, definition.report, params["columnid"])
    table.update(row, sortenabled=int(params["enabled"]), sortdirection=params["direction"])
    return editor.sorting(definition)


def reorder_sorting(call: Call, params: dict[str, Any]) -> Row:
    """Move a column to a place among those that sort (`core_reportbuilder_columns_sort_reorder`); not recorded."""
    definition = _definition(call, params)
    _move(
        call.site.custom_reports.columns,
        definition.report,
        params["columnid"],
        params["position"],
        "sortorder",
    )
    return editor.sorting(definition)


def add_filter(call: Call, params: dict[str, Any]) -> Row:
    """Offer a filter to readers (`core_reportbuilder_filters_add`)."""
    definition = _definition(call, params)
    _add_filter(call, definition, params["uniqueidentifier"], conditions=False)
    return editor.filters(definition)


def delete_filter(call: Call, params: dict[str, Any]) -> Row:
    """Take a filter away; what readers set in it is no longer heeded (`core_reportbuilder_filters_delete`)."""
    definition = _definition(call, params)
    _delete_filter(call, definition, params["filterid"], conditions=False)
    return editor.filters(definition)


def reorder_filter(call: Call, params: dict[str, Any]) -> Row:
    """Move a filter to a place, counted from 1 (`core_reportbuilder_filters_reorder`)."""
    definition = _definition(call, params)
    _move_filter(call, definition, params["filterid"], params["position"], conditions=False)
    return editor.filters(definition)


def add_condition(call: Call, params: dict[str, Any]) -> Row:
    """Add a condition, without a value (`core_reportbuilder_conditions_add`)."""
    definition = _definition(call, params)
    _add_filter(call, definition, params["uniqueidentifier"], conditions=True)
    return _conditions(definition)


def delete_condition(call: Call, params: dict[str, Any]) -> Row:
    """Take a condition away (`core_reportbuilder_conditions_delete`); not recorded."""
    definition = _definition(call, params)
    _delete_filter(call, definition, params["conditionid"], conditions=True)
    return _conditions(definition)


def reorder_condition(call: Call, params: dict[str, Any]) -> Row:
    """Move a condition to a place (`core_reportbuilder_conditions_reorder`); not recorded."""
    definition = _definition(call, params)
    _move_filter(call, definition, params["conditionid"], params["position"], conditions=True)
    return _conditions(definition)


def reset_conditions(call: Call, params: dict[str, Any]) -> Row:
    """Take the conditions' values away, not the conditions (`core_reportbuilder_conditions_reset`)."""
    report = editable_report(call.actor, params["reportid"])
    reports = call.site.custom_reports.reports
    reports.update(report, conditiondata="[]")
    return _conditions(Definition(call, reports.rows[report["id"]]))


def delete_audience(call: Call, params: dict[str, Any]) -> bool:
    """Delete an audience (`core_reportbuilder_audiences_delete`)."""
    report = editable_report(call.actor, params["reportid"])
    table = call.site.custom_reports.audiences
    table.remove(_row(table, report, params["instanceid"]))
    return True


def delete_report(call: Call, params: dict[str, Any]) -> bool:
    """Delete a report with all that belongs to it (`core_reportbuilder_reports_delete`)."""
    report = editable_report(call.actor, params["reportid"])
    tables = call.site.custom_reports
    for table in (tables.columns, tables.filters, tables.audiences):
        for row in table.where("reportid", report["id"]):
            table.remove(row)
    tables.reports.remove(report)
    return True


def _definition(call: Call, params: dict[str, Any]) -> Definition:
    return Definition(call, editable_report(call.actor, params["reportid"]))


def _conditions(definition: Definition) -> Row:
    return {**editor.conditions(definition), "javascript": ""}


def _row(table: Table, report: Row, rowid: int) -> Row:
    row = table.rows.get(rowid)
    if row is None or row["reportid"] != report["id"]:
        raise invalid_parameter("Invalid id")
    return row


def _add_filter(call: Call, definition: Definition, name: str, *, conditions: bool) -> None:
    found = definition.source.filter(name) if definition.source else None
    kind = "condition" if conditions else "filter"
    if found is None or not has(call.site, found.since):
        raise invalid_parameter(f"Invalid {kind}")
    rows = _filters(call, definition, conditions=conditions)
    if any(row["uniqueidentifier"] == name for row in rows):
        raise invalid_parameter(f"Duplicate {kind}")
    last = max((int(row[FILTER]) for row in rows), default=0)
    row: Row = {"reportid": definition.report["id"], "uniqueidentifier": name}
    call.site.custom_reports.filters.add({**row, "iscondition": int(conditions), FILTER: last + 1})


def _delete_filter(call: Call, definition: Definition, rowid: int, *, conditions: bool) -> None:
    table = call.site.custom_reports.filters
    row = _filter(call, definition, rowid, conditions=conditions)
    table.remove(row)
    _close_gap(table, _filters(call, definition, conditions=conditions), FILTER)


def _move_filter(call: Call, definition: Definition, rowid: int, position: int, *, conditions: bool) -> None:
    table = call.site.custom_reports.filters
    row = _filter(call, definition, rowid, conditions=conditions)
    _put(table, _filters(call, definition, conditions=conditions), row, position, FILTER)


def _filter(call: Call, definition: Definition, rowid: int, *, conditions: bool) -> Row:
    row = _row(call.site.custom_reports.filters, definition.report, rowid)
    if bool(row["iscondition"]) is not conditions:
        raise invalid_parameter("Invalid id")
    return row


def _filters(call: Call, definition: Definition, *, conditions: bool) -> list[Row]:
    rows = call.site.custom_reports.filters.where("reportid", definition.report["id"])
    return [row for row in rows if bool(row["iscondition"]) is conditions]


def _close_gap(table: Table, rows: list[Row], order: str) -> None:
    """Number rows again from 1 (bb-filter-delete)."""
    for place, row in enumerate(sorted(rows, key=lambda row: int(row[order])), 1):
        if row[order] != place:
            table.update(row, **{order: place})


def _move(table: Table, report: Row, rowid: int, position: int, order: str) -> None:
    _put(table, table.where("reportid", report["id"]), _row(table, report, rowid), position, order)


def _put(table: Table, rows: list[Row], row: Row, position: int, order: str) -> None:
    """Put a row at a place, and number all again (bb-col-reorder)."""
    others = sorted((other for other in rows if other is not row), key=lambda other: int(other[order]))
    others.insert(max(0, position - 1), row)
    for place, other in enumerate(others, 1):
        if other[order] != place:
            table.update(other, **{order: place})
