"""A report as its page shows it, to readers and in the editor."""

from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.reports import editor
from batchroles.sandbox.reports.access import editable_report, readable_report
from batchroles.sandbox.reports.definition import Definition, source_name
from batchroles.sandbox.reports.form import filters_form
from batchroles.sandbox.reports.markup import table
from batchroles.sandbox.reports.reading import details, read_page
from batchroles.sandbox.reports.release import V51, has
from batchroles.sandbox.site.tables import Row

DESCRIBED = (
    *(
        "name",
        "source",
        "type",
        "uniquerows",
        "conditiondata",
        "settingsdata",
        "contextid",
        "component",
        "area",
    ),
    *("itemid", "usercreated", "id", "timecreated", "timemodified", "usermodified"),
)
"""The fields of a report that stand before its table."""
ROWS = 30
"""How many rows a page shows unless it is told."""


def get_report(call: Call, params: dict[str, Any]) -> Row:
    """Give a report as its page shows it (`core_reportbuilder_reports_get`): every reader may, except the editor."""
    editing = params["editmode"]
    find = editable_report if editing else readable_report
    definition = Definition(call, find(call.actor, params["reportid"]))
    described, newer = details(definition), has(call.site, V51)
    size = params["pagesize"] or ROWS
    _, total = read_page(definition, 0, size)
    frame = table(call.site, definition.report["id"], source_name(definition), size, total, editing=editing)
    shown = {
        **{field: described[field] for field in DESCRIBED},
        "table": frame,
        **({"infocontainer": ""} if newer else {}),
        "filtersapplied": 0 if editing else len(definition.filters_applied()),
        "filterspresent": not editing and any(True for _ in definition.offered()),
        "filtersform": "" if editing else filters_form(definition),
        "attributes": [],
        "classes": "",
        "editmode": editing,
        "javascript": "",
    }
    return {**shown, **_editor(definition)} if editing else shown


def _editor(definition: Definition) -> Row:
    return {
        "sidebarmenucards": editor.sidebar(definition),
        "conditions": editor.conditions(definition),
        "filters": editor.filters(definition),
        "sorting": editor.sorting(definition),
        "cardview": editor.card_view(definition),
    }
