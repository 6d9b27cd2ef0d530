"""Setting filters: they belong to a user and a report, and last until they are changed, whichever client reads.

Two clients of one user overwrite each other's filters without a word (rf-two-clients), and neither the list of reports
nor their rows say that one is set (rf-list-after). On a real 5.1.6 six of 100 settings at
the same moment failed with `dmlwriteexception`; here they follow one another.
"""

import json
from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.reports.access import readable_report
from batchroles.sandbox.site.report_tables import php_json


def set_filters(call: Call, params: dict[str, Any]) -> bool:
    """Replace the caller's filters of a report; any are taken (`core_reportbuilder_set_filters`)."""
    report = readable_report(call.actor, params["reportid"])
    try:
        values = json.loads(params["values"])
    except ValueError:
        values = None
    # What is no object or list becomes an empty one, and so takes earlier filters away (rf-set-bad-json).
    _store(call, report["id"], php_json(values if isinstance(values, dict | list) else None))
    return True


def reset_filters(call: Call, params: dict[str, Any]) -> bool:
    """Take the caller's filters of a report away (`core_reportbuilder_filters_reset`)."""
    report = readable_report(call.actor, params["reportid"])
    row = call.site.custom_reports.user_filters.find(report["id"], call.actor.id)
    if row is not None:
        call.site.custom_reports.user_filters.remove(row)
    return True


def _store(call: Call, reportid: int, filterdata: str) -> None:
    table = call.site.custom_reports.user_filters
    row = table.find(reportid, call.actor.id)
    if row is None:
        table.add({"reportid": reportid, "userid": call.actor.id, "filterdata": filterdata})
    else:
        table.update(row, filterdata=filterdata)
