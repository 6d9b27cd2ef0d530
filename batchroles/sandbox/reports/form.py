"""The page of a report as data: its table, and the HTML form in which a reader sets filters.

The form's selections name everything that can be chosen, with ids: every role of the site, also those nobody holds. Of
Moodle's form only the selection of roles is recorded whole; the rest was cut. Operators are written after Moodle's
source, and of the table only its frame.
"""

import html
from collections.abc import Iterable, Mapping
from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.reports.access import readable_report
from batchroles.sandbox.reports.definition import Definition, stored
from batchroles.sandbox.reports.reading import details
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

OPERATORS: Mapping[str, tuple[str, ...]] = {
    "select": ("Is any value", "Is equal to", "Is not equal to"),
    "boolean": ("Is any value", "Yes", "No"),
    "user": ("Is any value", "Current user", "Select"),
}
TEXT_OPERATORS = (
    *("Is any value", "Contains", "Does not contain", "Is equal to", "Is not equal to"),
    *("Starts with", "Ends with", "Is empty", "Is not empty"),
)


def get_report(call: Call, params: dict[str, Any]) -> Row:
    """Give a report as its page shows it (`core_reportbuilder_reports_get`); every reader may."""
    definition = Definition(call, readable_report(call.actor, params["reportid"]))
    described = details(definition)
    return {
        **{field: described[field] for field in DESCRIBED},
        "table": _table(definition),
        **({"infocontainer": ""} if has(call.site, V51) else {}),
        "filtersapplied": len(definition.filters_applied()),
        "filterspresent": any(True for _ in definition.offered()),
        "filtersform": filters_form(definition),
        "attributes": [],
        "classes": "",
        "editmode": False,
        "javascript": "",
    }


def _table(definition: Definition) -> str:
    return (
        '<div class="table-dynamic position-relative" data-region="core_table/dynamic" '
        'data-table-handler="custom_report_table_view" data-table-component="core_reportbuilder" '
        f'data-table-uniqueid="custom-report-table-{definition.report["id"]}"></div>'
    )


def filters_form(definition: Definition) -> str:
    """Give the form; nothing where the report offers no filter (rf-get-nofilters)."""
    call = definition.call
    row = call.site.custom_reports.user_filters.find(definition.report["id"], call.actor.id)
    values = stored(row["filterdata"] if row else None)
    parts = []
    for _, name, filter_ in definition.offered():
        operators = OPERATORS.get(filter_.kind, TEXT_OPERATORS)
        parts.append(_selection(call, f"{name}_operator", dict(_numbered(operators)), values))
        if filter_.kind == "select":
            parts.append(_selection(call, f"{name}_value", filter_.options(call), values))
    return f'<form class="mform">\n{"".join(parts)}</form>' if parts else ""


def _numbered(texts: Iterable[str]) -> Iterable[tuple[str, str]]:
    return ((str(number), text) for number, text in enumerate(texts))


def _selection(call: Call, name: str, options: Mapping[str, str], values: Mapping[str, Any]) -> str:
    """Write one selection, blanks and all as Moodle's template does (rf-get, rf-get-filtered)."""
    kind = "form-select" if has(call.site, V51) else "custom-select"
    chosen = str(values.get(name, ""))
    blanks, inner = " " * 19, " " * 8
    lines = [
        f'{inner}<option value="{html.escape(value)}" {"selected" if value == chosen else ""}  >{text}</option>\n'
        for value, text in options.items()
    ]
    head = f'<select class="{kind}\n{blanks}\n{blanks}"\n{inner}name="{name}"\n{inner}id="id_{_bare(name)}"\n'
    return f"{head}{inner}\n{inner}\n{inner} >\n{''.join(lines)}    </select>\n"


def _bare(name: str) -> str:
    """Give a name as ids in HTML carry it; Moodle puts a random ending behind."""
    return name.replace(":", "")
