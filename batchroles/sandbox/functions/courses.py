"""Finding courses."""

from typing import Any

from batchroles.sandbox import contexts as levels
from batchroles.sandbox.call import Call
from batchroles.sandbox.errors import invalid_parameter
from batchroles.sandbox.functions.users import enter_course
from batchroles.sandbox.php import to_int
from batchroles.sandbox.profiles import contact_roles, course_order, full_name
from batchroles.sandbox.tables import Row


def get_courses(call: Call, params: dict[str, Any]) -> list[Row]:
    """Give courses by id, or all (`core_course_get_courses`)."""
    site = call.site
    ids = params["options"].get("ids")
    courses = list(site.courses.values())
    if ids is not None:
        courses = [site.courses[courseid] for courseid in dict.fromkeys(ids) if courseid in site.courses]
    return [_course(call, course) for course in courses]


def _course(call: Call, course: Row) -> Row:
    enter_course(call, course["id"])
    context = call.site.context(levels.COURSE, course["id"])
    front = course["format"] == "site"
    shown: Row = {
        **{
            name: course[name]
            for name in ("id", "summary", "summaryformat", "format", "startdate", "enddate")
        },
        "categoryid": course["categoryid"],
        "shortname": call.name(course["shortname"]),
        "fullname": call.name(course["fullname"]),
        "displayname": call.name(course["fullname"]),
        "showactivitydates": bool(course.get("showactivitydates", 0)),
        "showcompletionconditions": None if front else bool(course.get("showcompletionconditions", 1)),
    }
    if front:
        shown["numsections"] = 1
    if call.actor.can("moodle/course:update", context):
        shown |= _settings(course)
    return shown


def _settings(course: Row) -> Row:
    return {
        "categorysortorder": course["sortorder"],
        **{name: course[name] for name in ("idnumber", "showgrades", "newsitems", "visible", "groupmode")},
        **{name: course[name] for name in ("timecreated", "timemodified", "enablecompletion")},
        **dict.fromkeys(
            ("maxbytes", "showreports", "groupmodeforce", "defaultgroupingid", "completionnotify"), 0
        ),
        "lang": "",
        "forcetheme": "",
    }


def get_courses_by_field(call: Call, params: dict[str, Any]) -> Row:
    """Give the courses with one value of one field, or all (`core_course_get_courses_by_field`)."""
    courses = _courses_with(call, params["field"], params["value"])
    return {
        "courses": [_found(call, course) for course in courses if _is_shown(call, course)],
        "warnings": [],
    }


def _courses_with(call: Call, field: str, value: str) -> list[Row]:
    site = call.site
    if not field:
        return sorted(site.courses.values(), key=course_order)
    if field in ("id", "ids"):
        ids = [to_int(part) for part in value.split(",")] if field == "ids" else [to_int(value)]
        return [site.courses[courseid] for courseid in dict.fromkeys(ids) if courseid in site.courses]
    if field == "category":
        return sorted(site.courses_by["categoryid"].get(to_int(value), []), key=course_order)
    if field not in ("shortname", "idnumber"):
        raise invalid_parameter("Invalid field name")
    return site.courses_by[field].get(value, [])


def _is_shown(call: Call, course: Row) -> bool:
    return call.actor.sees_course(course)


def _found(call: Call, course: Row) -> Row:
    context = call.site.context(levels.COURSE, course["id"])
    shown = public_course(call, course)
    if not call.actor.may_enter(course):
        return shown
    names = (
        "format",
        "showgrades",
        "newsitems",
        "startdate",
        "enddate",
        "visible",
        "groupmode",
        "enablecompletion",
    )
    shown |= {name: course[name] for name in names}
    zero = ("maxbytes", "showreports", "groupmodeforce", "defaultgroupingid", "completionnotify", "marker")
    shown |= dict.fromkeys(zero, 0)
    shown |= {"lang": "", "theme": "", "filters": FILTERS, "courseformatoptions": FORMAT_OPTIONS}
    if call.actor.can("moodle/course:update", context):
        shown |= {name: course[name] for name in ("idnumber", "timecreated", "timemodified", "cacherev")}
        shown |= {"legacyfiles": 0, "calendartype": "", "requested": 0}
    return shown


FILTERS = [
    {"filter": name, "localstate": 0, "inheritedstate": 1}
    for name in ("displayh5p", "activitynames", "mathjaxloader", "emoticon", "urltolink", "mediaplugin")
]
"""The text filters of a fresh Moodle 4.3."""

FORMAT_OPTIONS = [
    {"name": "hiddensections", "value": 1},
    {"name": "coursedisplay", "value": 0},
    {"name": "indentation", "value": "1"},
]
"""The options of the topics and weeks formats as a fresh Moodle 4.3 sets them."""


def public_course(call: Call, course: Row) -> Row:
    """Give what everybody is shown of a course that is found."""
    context = call.site.context(levels.COURSE, course["id"])
    category = call.site.categories.get(course["categoryid"])
    name = call.name
    return {
        **{key: course[key] for key in ("id", "categoryid", "sortorder", "summary", "summaryformat")},
        "fullname": name(course["fullname"]),
        "displayname": name(course["fullname"]),
        "shortname": name(course["shortname"]),
        "courseimage": f"{call.wwwroot}/pluginfile.php/{context.id}/course/generated/course.svg",
        "categoryname": name(category["name"]) if category and _sees_category(call, category) else "",
        "summaryfiles": [],
        "overviewfiles": [],
        "showactivitydates": False,
        "showcompletionconditions": True,
        "contacts": _contacts(call, course),
        "enrollmentmethods": _methods(call, course),
    }


def _sees_category(call: Call, category: Row) -> bool:
    context = call.site.context(levels.CATEGORY, category["id"])
    return bool(category["visible"]) or call.actor.can("moodle/category:viewhiddencategories", context)


def _contacts(call: Call, course: Row) -> list[Row]:
    site = call.site
    context = site.context(levels.COURSE, course["id"])
    rows = site.role_assignments.where("contextid", context.id)
    enrolled = {row["userid"] for row in site.user_enrolments.where("courseid", course["id"])}
    roles = contact_roles(site)
    users = [
        site.users[row["userid"]] for row in rows if row["roleid"] in roles and row["userid"] in enrolled
    ]
    return [
        {"id": user["id"], "fullname": call.name(full_name(user))} for user in users if not user["deleted"]
    ]


def _methods(call: Call, course: Row) -> list[str]:
    instances = call.site.instances_of_course.get(course["id"], [])
    return [row["enrol"] for row in sorted(instances, key=lambda row: row["sortorder"]) if not row["status"]]
