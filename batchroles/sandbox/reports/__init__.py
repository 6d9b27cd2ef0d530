"""Moodle's report builder: reports that an administrator made, their columns, rows, filters and readers."""

from collections.abc import Callable, Mapping
from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.reports import filtering, form, reading

READING: Mapping[str, Callable[[Call, dict[str, Any]], Any]] = {
    "core_reportbuilder_list_reports": reading.list_reports,
    "core_reportbuilder_retrieve_report": reading.retrieve_report,
    "core_reportbuilder_view_report": reading.view_report,
    "core_reportbuilder_set_filters": filtering.set_filters,
    "core_reportbuilder_filters_reset": filtering.reset_filters,
    "core_reportbuilder_reports_get": form.get_report,
}
"""The functions with which reports are read, by the name that a client sends."""

REPORT_FUNCTIONS = READING
