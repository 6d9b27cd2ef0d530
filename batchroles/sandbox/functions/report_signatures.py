"""What the functions of the report builder take and give."""

from collections.abc import Mapping

from batchroles.sandbox.functions.shapes import (
    BOOL,
    INT,
    RAW,
    Many,
    Record,
    Shape,
    Signature,
    default,
    maybe,
    must,
    optional,
    record,
)
from batchroles.sandbox.functions.structures import WARNINGS

PERSON = Record(
    {
        "id": INT,
        **must(RAW, "email", "idnumber", "phone1", "phone2", "department", "institution"),
        **must(RAW, "fullname", "identity", "profileurl", "profileimageurl", "profileimageurlsmall"),
    }
)
REPORT: dict[str, Shape] = {
    **must(RAW, "name", "source"),
    "type": INT,
    "uniquerows": BOOL,
    **must(RAW, "conditiondata", "settingsdata"),
    "contextid": INT,
    **must(RAW, "component", "area"),
    **must(INT, "itemid", "usercreated", "id", "timecreated", "timemodified", "usermodified"),
}
DESCRIBED = Record(
    {
        **REPORT,
        "sourcename": RAW,
        "tags": optional(Many(RAW)),
        "customfields": optional(record(data=Many(RAW))),
        "modifiedby": PERSON,
    }
)
PAGE = Record(
    {
        **REPORT,
        "table": RAW,
        **maybe(RAW, "infocontainer"),
        "filtersapplied": INT,
        "filterspresent": BOOL,
        "filtersform": RAW,
        "attributes": Many(RAW),
        "classes": RAW,
        "editmode": BOOL,
        "javascript": RAW,
    }
)
PAGED: dict[str, Shape] = {"page": default(INT, 0), "perpage": default(INT, 10)}
DATA = record(headers=Many(RAW), rows=Many(record(columns=Many(RAW))), totalrowcount=INT)

REPORT_SIGNATURES: Mapping[str, Signature] = {
    "core_reportbuilder_list_reports": Signature(
        Record(PAGED), record(reports=Many(DESCRIBED), warnings=WARNINGS)
    ),
    "core_reportbuilder_retrieve_report": Signature(
        Record({"reportid": INT, **PAGED}), record(details=DESCRIBED, data=DATA, warnings=WARNINGS)
    ),
    "core_reportbuilder_view_report": Signature(record(reportid=INT), record(status=BOOL, warnings=WARNINGS)),
    "core_reportbuilder_set_filters": Signature(
        record(reportid=INT, parameters=default(RAW, ""), values=RAW), BOOL
    ),
    "core_reportbuilder_filters_reset": Signature(record(reportid=INT, parameters=default(RAW, "")), BOOL),
    "core_reportbuilder_reports_get": Signature(
        record(reportid=INT, editmode=default(BOOL, False), pagesize=default(INT, 0)), PAGE
    ),
}
"""Signatures of the report builder's functions by their names."""
