"""Finding activities."""

from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.errors import MissingRecord, read_error
from batchroles.sandbox.site import contexts as levels
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.site.tables import Row


def types_of(site: Site) -> list[str]:
    """Give a site's activity types in the order of their ids: those of Moodle, then those of its plugins by name."""
    own = site.release.activities
    return [*own, *sorted({module["modname"] for module in site.modules.values()}.difference(own))]


def type_id(site: Site, name: str) -> int:
    """Give the id of an activity type."""
    own = site.release.activities
    types = own if name in own else types_of(site)  # to go through all activities takes its time
    return types.index(name) + 1


def get_course_module(call: Call, params: dict[str, Any]) -> Row:
    """Give an activity by its course-module id (`core_course_get_course_module`)."""
    module = call.site.modules.get(params["cmid"])
    if module is None:
        raise MissingRecord("")
    return {"cm": _module(call, module), "warnings": []}


def get_course_module_by_instance(call: Call, params: dict[str, Any]) -> Row:
    """Give an activity by its type and instance id (`core_course_get_course_module_by_instance`)."""
    for module in call.site.modules.values():
        if (module["modname"], module["instance"]) == (params["module"], params["instance"]):
            return {"cm": _module(call, module), "warnings": []}
    if params["module"] not in types_of(call.site):
        raise read_error(f'ERROR:  relation "mdl_{params["module"]}" does not exist')
    raise MissingRecord("")


def _module(call: Call, module: Row) -> Row:
    context = call.site.context(levels.MODULE, module["cmid"])
    call.actor.enter(context)
    sections = call.site.sections_of_course.get(module["course"], [])
    numbers = {section["id"]: section["section"] for section in sections}
    shown = {
        "id": module["cmid"],
        **{name: module[name] for name in ("course", "modname", "instance", "section", "groupmode")},
        "module": type_id(call.site, module["modname"]),
        "name": call.name(module["name"]),
        "sectionnum": numbers.get(module["section"], 0),
        "groupingid": 0,
        "completion": 0,
        "downloadcontent": 1,
    }
    if call.actor.can("moodle/course:manageactivities", context):
        shown |= _settings(call, module)
    return shown


def _settings(call: Call, module: Row) -> Row:
    zero = (
        "score",
        "indent",
        "completionpassgrade",
        "completionview",
        "completionexpected",
        "showdescription",
    )
    return {
        **dict.fromkeys(zero, 0),
        **{name: module[name] for name in ("idnumber", "visible", "visibleoncoursepage")},
        "added": module.get("added", call.site.courses[module["course"]]["timecreated"]),
        "visibleold": module["visible"],
        "completiongradeitemnumber": None,
        "availability": None,
    }
