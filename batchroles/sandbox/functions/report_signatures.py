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
    only,
    optional,
    record,
)
from batchroles.sandbox.functions.structures import WARNINGS
from batchroles.sandbox.site.release import MOODLE_45, MOODLE_51

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
        **only({"tags": optional(Many(RAW))}, MOODLE_45, MOODLE_51),
        **only({"customfields": optional(record(data=Many(RAW)))}, MOODLE_51),
        "modifiedby": PERSON,
    }
)
SORTABLE = record(
    id=INT,
    title=RAW,
    heading=RAW,
    sortdirection=INT,
    sortenabled=BOOL,
    sortorder=INT,
    sorticon=record(key=RAW, component=RAW, title=RAW),
    movetitle=RAW,
    sortenabledtitle=RAW,
)
SORTING = record(hassortablecolumns=BOOL, sortablecolumns=Many(SORTABLE), helpicon=RAW)
AVAILABLE = Many(record(optiongroup=record(text=RAW, values=Many(record(value=RAW, visiblename=RAW)))))
ACTIVE = record(id=INT, heading=RAW, headingeditable=RAW, sortorder=INT, movetitle=RAW, entityname=RAW)
FILTERS = record(
    hasavailablefilters=BOOL,
    availablefilters=AVAILABLE,
    hasactivefilters=BOOL,
    activefilters=Many(ACTIVE),
    helpicon=RAW,
)
CONDITIONS = record(
    hasavailableconditions=BOOL,
    availableconditions=AVAILABLE,
    hasactiveconditions=BOOL,
    activeconditionsform=RAW,
    helpicon=RAW,
    javascript=optional(RAW),
)
ITEM = record(name=RAW, identifier=RAW, title=RAW, action=RAW)
CARDS = record(menucards=Many(record(name=RAW, key=RAW, items=Many(ITEM))))
PAGE = Record(
    {
        **REPORT,
        "table": RAW,
        **only(maybe(RAW, "infocontainer"), MOODLE_51),
        "filtersapplied": INT,
        "filterspresent": BOOL,
        "filtersform": RAW,
        "attributes": Many(RAW),
        "classes": RAW,
        "editmode": BOOL,
        "sidebarmenucards": optional(CARDS),
        "conditions": optional(CONDITIONS),
        "filters": optional(FILTERS),
        "sorting": optional(SORTING),
        "cardview": optional(record(form=RAW, helpicon=RAW)),
        "javascript": RAW,
    }
)
PAGED: dict[str, Shape] = {"page": default(INT, 0), "perpage": default(INT, 10)}
DATA = record(headers=Many(RAW), rows=Many(record(columns=Many(RAW)), as_given=True), totalrowcount=INT)

IDENTIFIED = record(reportid=INT, uniqueidentifier=RAW)
ASCENDING = 4


def _on(what: str, **more: Shape) -> Record:
    """Give the parameters of a function that is about one part of a report."""
    return Record({"reportid": INT, what: INT, **more})


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
    "core_reportbuilder_columns_add": Signature(IDENTIFIED, SORTING),
    "core_reportbuilder_columns_delete": Signature(_on("columnid"), SORTING),
    "core_reportbuilder_columns_reorder": Signature(_on("columnid", position=INT), BOOL),
    "core_reportbuilder_columns_sort_get": Signature(record(reportid=INT), SORTING),
    "core_reportbuilder_columns_sort_reorder": Signature(_on("columnid", position=INT), SORTING),
    "core_reportbuilder_columns_sort_toggle": Signature(
        _on("columnid", enabled=BOOL, direction=default(INT, ASCENDING)), SORTING
    ),
    "core_reportbuilder_filters_add": Signature(IDENTIFIED, FILTERS),
    "core_reportbuilder_filters_delete": Signature(_on("filterid"), FILTERS),
    "core_reportbuilder_filters_reorder": Signature(_on("filterid", position=INT), FILTERS),
    "core_reportbuilder_conditions_add": Signature(IDENTIFIED, CONDITIONS),
    "core_reportbuilder_conditions_delete": Signature(_on("conditionid"), CONDITIONS),
    "core_reportbuilder_conditions_reorder": Signature(_on("conditionid", position=INT), CONDITIONS),
    "core_reportbuilder_conditions_reset": Signature(record(reportid=INT), CONDITIONS),
    "core_reportbuilder_audiences_delete": Signature(_on("instanceid"), BOOL),
    "core_reportbuilder_reports_delete": Signature(record(reportid=INT), BOOL),
}
"""Signatures of the report builder's functions by their names."""
