"""The page of a report as data: its table, and the HTML form in which a reader sets filters.

The form's selections name everything that can be chosen, with ids: every role of the site, also those nobody holds. Of
Moodle's form only the selection of roles is recorded whole; the rest was cut. Operators are written after Moodle's
source.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from batchroles.sandbox.reports.definition import Definition, stored
from batchroles.sandbox.reports.filters import Filter
from batchroles.sandbox.reports.markup import selection

OPERATORS: Mapping[str, tuple[str, ...]] = {
    "select": ("Is any value", "Is equal to", "Is not equal to"),
    "boolean": ("Is any value", "Yes", "No"),
    "user": ("Is any value", "Current user", "Select"),
}
TEXT_OPERATORS = (
    *("Is any value", "Contains", "Does not contain", "Is equal to", "Is not equal to"),
    *("Starts with", "Ends with", "Is empty", "Is not empty"),
)


def filters_form(definition: Definition) -> str:
    """Give the form of the filters; nothing where the report offers none (rf-get-nofilters)."""
    call = definition.call
    row = call.site.custom_reports.user_filters.find(definition.report["id"], call.actor.id)
    return _form(definition, definition.offered(), stored(row["filterdata"] if row else None))


def conditions_form(definition: Definition, values: Mapping[str, Any]) -> str:
    """Give the form of the conditions; nothing where the report has none (bb-cond-reset)."""
    return _form(definition, definition.offered(conditions=True), values)


def _form(
    definition: Definition, offered: Iterable[tuple[Any, str, Filter]], values: Mapping[str, Any]
) -> str:
    call, parts = definition.call, []
    for _, name, filter_ in offered:
        operators = OPERATORS.get(filter_.kind, TEXT_OPERATORS)
        numbered = {str(number): text for number, text in enumerate(operators)}
        parts.append(selection(call.site, f"{name}_operator", numbered, values))
        if filter_.kind == "select":
            parts.append(selection(call.site, f"{name}_value", filter_.options(call), values))
    return f'<form class="mform">\n{"".join(parts)}</form>' if parts else ""
