"""Moodle's report builder: reports that an administrator made, their columns, rows, filters and readers."""

from collections.abc import Callable, Mapping
from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.reports import building, filtering, page, reading

Function = Callable[[Call, dict[str, Any]], Any]

READING: Mapping[str, Function] = {
    "core_reportbuilder_list_reports": reading.list_reports,
    "core_reportbuilder_retrieve_report": reading.retrieve_report,
    "core_reportbuilder_view_report": reading.view_report,
    "core_reportbuilder_set_filters": filtering.set_filters,
    "core_reportbuilder_filters_reset": filtering.reset_filters,
    "core_reportbuilder_reports_get": page.get_report,
}
"""The functions with which reports are read, by the name that a client sends."""

BUILDING: Mapping[str, Function] = {
    "core_reportbuilder_columns_add": building.add_column,
    "core_reportbuilder_columns_delete": building.delete_column,
    "core_reportbuilder_columns_reorder": building.reorder_column,
    "core_reportbuilder_columns_sort_get": building.get_sorting,
    "core_reportbuilder_columns_sort_reorder": building.reorder_sorting,
    "core_reportbuilder_columns_sort_toggle": building.toggle_sorting,
    "core_reportbuilder_filters_add": building.add_filter,
    "core_reportbuilder_filters_delete": building.delete_filter,
    "core_reportbuilder_filters_reorder": building.reorder_filter,
    "core_reportbuilder_conditions_add": building.add_condition,
    "core_reportbuilder_conditions_delete": building.delete_condition,
    "core_reportbuilder_conditions_reorder": building.reorder_condition,
    "core_reportbuilder_conditions_reset": building.reset_conditions,
    "core_reportbuilder_audiences_delete": building.delete_audience,
    "core_reportbuilder_reports_delete": building.delete_report,
}
"""The functions with which reports are changed, by the name that a client sends."""

REPORT_FUNCTIONS: Mapping[str, Function] = {**READING, **BUILDING}
