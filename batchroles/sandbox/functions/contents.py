"""Listing a course's sections and activities."""

from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.errors import MissingRecord, moodle_error
from batchroles.sandbox.functions.users import enter_course
from batchroles.sandbox.php import to_int
from batchroles.sandbox.site import contexts as levels
from batchroles.sandbox.site.site import pick
from batchroles.sandbox.site.tables import Row
from batchroles.sandbox.text import words

OPTIONS = words("""
    excludemodules excludecontents includestealthmodules sectionid sectionnumber cmid modname modid
""")
PLURALS = {"quiz": "Quizzes", "assign": "Assignments", "data": "Databases", "lti": "External tools"}
PURPOSES = {
    **dict.fromkeys(words("page url resource book folder label"), "content"),
    **dict.fromkeys(words("forum wiki"), "collaboration"),
    **dict.fromkeys(words("assign quiz"), "assessment"),
}
"""What activities are for, as Moodle 5.1 sorts them; recorded for pages and forums, the others by its source."""


def get_contents(call: Call, params: dict[str, Any]) -> list[Row]:
    """List the sections of a course with their activities (`core_course_get_contents`)."""
    options = {option["name"]: option["value"] for option in params["options"]}
    for name in options:
        if name not in OPTIONS:
            raise moodle_error("errorinvalidparam", f'The param "{name}" is invalid.')
    course = call.site.courses.get(params["courseid"])
    if course is None:
        raise MissingRecord("course")
    enter_course(call, course["id"])
    sections = call.site.sections_of_course.get(course["id"], [])
    return [_section(call, course, row, options) for row in sections if _wants_section(row, options)]


def _wants_section(section: Row, options: dict[str, str]) -> bool:
    by_id = to_int(options.get("sectionid", "0")) in (0, section["id"])
    return by_id and (
        "sectionnumber" not in options or to_int(options["sectionnumber"]) == section["section"]
    )


def _section(call: Call, course: Row, section: Row, options: dict[str, str]) -> Row:
    number = section["section"]
    topic = "Week {}" if course["format"] == "weeks" else call.site.release.section
    generic = topic.format(number) if number else "General"
    cmids = [int(part) for part in section["sequence"].split(",") if part]
    modules = [call.site.modules[cmid] for cmid in cmids if cmid in call.site.modules]
    without = to_int(options.get("excludemodules", "0"))
    return {
        "id": section["id"],
        "name": call.name(section["name"]) or generic,
        "visible": section["visible"],
        "summary": "",
        "summaryformat": 1,
        "section": number,
        "hiddenbynumsections": 0,
        "uservisible": True,
        "component": None,
        "itemid": None,
        "modules": []
        if without
        else [_module(call, row, options) for row in modules if _wants(call, row, options)],
    }


def _wants(call: Call, module: Row, options: dict[str, str]) -> bool:
    context = call.site.context(levels.MODULE, module["cmid"])
    asked = {"cmid": module["cmid"], "modname": module["modname"], "modid": module["instance"]}
    if any(name in options and options[name] != str(value) for name, value in asked.items()):
        return False
    return bool(module["visible"]) or call.actor.can("moodle/course:viewhiddenactivities", context)


def _module(call: Call, module: Row, options: dict[str, str]) -> Row:
    kind, root = module["modname"], call.wwwroot
    revision = call.site.settings["themerev"]
    shown = {
        "id": module["cmid"],
        "url": f"{root}/mod/{kind}/view.php?id={module['cmid']}",
        "name": call.name(module["name"]),
        **pick(module, words("instance contextid visible visibleoncoursepage groupmode")),
        "uservisible": True,
        "modicon": f"{root}/theme/image.php/boost/{kind}/{revision}/monologo?filtericon=1",
        "modname": kind,
        "purpose": PURPOSES.get(kind, "other"),
        "branded": False,
        "modplural": PLURALS.get(kind, f"{kind.capitalize()}s"),
        "availability": None,
        "indent": 0,
        "onclick": "",
        "afterlink": None,
        "customdata": '""',
        "noviewlink": False,
        "candisplay": True,
        "completion": 0,
        "downloadcontent": 1,
        "dates": [],
    }
    if kind == "forum":
        shown |= {"activitybadge": {}, "customdata": call.site.release.forum_data}
    if kind == "page" and not to_int(options.get("excludecontents", "0")):
        shown |= _page(call, module)
    return shown


def _page(call: Call, module: Row) -> Row:
    """Give the one file of a page: its text."""
    modified = call.site.courses[module["course"]]["timemodified"]
    path = f"webservice/pluginfile.php/{module['contextid']}/mod_page/content/index.html"
    file = {
        "type": "file",
        "filename": "index.html",
        "filepath": "/",
        "filesize": 0,
        "fileurl": f"{call.wwwroot}/{path}?forcedownload=1",
        "timecreated": None,
        "timemodified": modified,
        "sortorder": 1,
        **dict.fromkeys(("userid", "author", "license")),
    }
    info = {"filescount": 1, "filessize": 0, "lastmodified": modified, "mimetypes": [], "repositorytype": ""}
    return {"contents": [file], "contentsinfo": info}
