"""Finding courses."""

from typing import Any

from batchroles.sandbox.access.actor import Call, is_active
from batchroles.sandbox.access.profiles import contact_roles, course_order, full_name
from batchroles.sandbox.errors import MoodleError, invalid_parameter, php_error, read_error
from batchroles.sandbox.functions.categories import sees_category
from batchroles.sandbox.functions.clean import CLEANERS
from batchroles.sandbox.functions.users import enter_course
from batchroles.sandbox.php import is_empty, to_int
from batchroles.sandbox.site import contexts as levels
from batchroles.sandbox.site.contexts import Context
from batchroles.sandbox.site.site import pick
from batchroles.sandbox.site.tables import Row
from batchroles.sandbox.text import strip_tags, words


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
    if not front:
        call.actor.require("moodle/course:view", context)
    shown: Row = {
        **pick(course, IN_LIST),
        "shortname": call.name(course["shortname"]),
        "fullname": call.name(course["fullname"]),
        "displayname": call.name(course["fullname"]),
        "showactivitydates": bool(course.get("showactivitydates", call.site.release.activity_dates)),
        "showcompletionconditions": None if front else bool(course.get("showcompletionconditions", 1)),
    }
    if front:
        shown["numsections"] = 1
    if call.actor.can("moodle/course:update", context):
        shown |= _settings(course)
    return shown


def _settings(course: Row) -> Row:
    """Give what only those who may change a course are shown of it."""
    shown = {
        **pick(course, SETTINGS),
        **dict.fromkeys(ALWAYS_0, 0),
        "lang": "",
        "forcetheme": "",
        "numsections": 1,
    }
    shown["categorysortorder"] = course["sortorder"]
    if course["format"] != "site":
        shown |= {"hiddensections": 1, "courseformatoptions": FORMAT_OPTIONS[:2]}
    return shown


IN_LIST = words("id categoryid summary summaryformat format startdate enddate")
SETTINGS = words("idnumber showgrades newsitems visible groupmode timecreated timemodified enablecompletion")
INSIDE = words("format showgrades newsitems startdate enddate visible groupmode enablecompletion")
FOR_MANAGERS = words("idnumber timecreated timemodified cacherev")
PUBLIC = words("id categoryid sortorder summary summaryformat")
ALWAYS_0 = words("maxbytes showreports groupmodeforce defaultgroupingid completionnotify")
"""Fields of courses by who is shown them, and those that are 0 in every course here."""


def get_courses_by_field(call: Call, params: dict[str, Any]) -> Row:
    """Give the courses with one value of one field, or all (`core_course_get_courses_by_field`)."""
    courses = _courses_with(call, params["field"], params["value"])
    return {"courses": [shown for course in courses if (shown := _found(call, course))], "warnings": []}


def _courses_with(call: Call, field: str, value: str) -> list[Row]:
    site = call.site
    if is_empty(field):
        return sorted(site.courses.values(), key=by_id)
    if field == "ids":
        return _courses_by_ids(call, CLEANERS["sequence"](value))
    if field == "id":
        course = site.courses.get(to_int(value))
        return [course] if course else []
    if field == "category":
        return sorted(site.courses_by["categoryid"].get(to_int(value), []), key=by_id)
    if field not in ("shortname", "idnumber"):
        raise invalid_parameter("Invalid field name")
    wanted = strip_tags(value) if field == "shortname" else value
    return sorted(site.courses_by[field].get(wanted, []), key=by_id)


def _courses_by_ids(call: Call, sequence: str) -> list[Row]:
    """Give courses in the order asked for. Moodle stumbles over an id that is unknown, and over an empty one."""
    parts = sequence.split(",")
    # cbf-ids-empty; then cbf-ids: Moodle takes every id for one that is there.
    if "" in parts:
        raise read_error('ERROR:  invalid input syntax for type bigint: ""')
    courses = [call.site.courses.get(to_int(part)) for part in dict.fromkeys(parts)]
    if None in courses:
        raise php_error('Attempt to assign property "contextvalidated" on null')
    return [course for course in courses if course is not None]


def by_id(course: Row) -> int:
    """Order courses by id."""
    return int(course["id"])


def _found(call: Call, course: Row) -> Row | None:
    """Give what the caller is shown of a course: all of it inside, the public part outside, nothing if hidden."""
    context = call.site.context(levels.COURSE, course["id"])
    if not call.actor.sees_course(course) and not call.actor.can("moodle/course:update", context):
        return None
    try:
        call.actor.enter(context)
    except MoodleError:
        return public_course(call, course) if _sees_in_list(call, course) else None
    shown = public_course(call, course)
    shown |= {**pick(course, INSIDE), **dict.fromkeys(ALWAYS_0, 0), "marker": 0}
    shown |= {"lang": "", "theme": "", "filters": FILTERS}
    if course["format"] != "site":
        shown["courseformatoptions"] = FORMAT_OPTIONS
    if call.actor.can("moodle/course:update", context):
        shown |= {**pick(course, FOR_MANAGERS), "legacyfiles": 0, "calendartype": "", "requested": 0}
    return shown


def _sees_in_list(call: Call, course: Row) -> bool:
    if course["format"] == "site":
        return True
    category = call.site.context(levels.CATEGORY, course["categoryid"])
    return call.actor.sees_course(course) and call.actor.can("moodle/category:viewcourselist", category)


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
        **pick(course, PUBLIC),
        "fullname": name(course["fullname"]),
        "displayname": name(course["fullname"]),
        "shortname": name(course["shortname"]),
        "courseimage": course_image(call, context),
        "categoryname": name(category["name"]) if category and sees_category(call, category) else "",
        "summaryfiles": [],
        "overviewfiles": [],
        "showactivitydates": call.site.release.activity_dates,
        "showcompletionconditions": None if course["format"] == "site" else True,
        "contacts": _contacts(call, course),
        "enrollmentmethods": _methods(call, course),
    }


def course_image(call: Call, context: Context) -> str:
    """Give the address of the picture that Moodle draws for a course without one."""
    return f"{call.wwwroot}/pluginfile.php/{context.id}/course/generated/course.svg"


def _contacts(call: Call, course: Row) -> list[Row]:
    site = call.site
    context = site.context(levels.COURSE, course["id"])
    rows = site.role_assignments.where("contextid", context.id)
    enrolments = site.user_enrolments.where("courseid", course["id"])
    enrolled = {row["userid"] for row in enrolments if is_active(site, row)}
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


def search_courses(call: Call, params: dict[str, Any]) -> Row:
    """Search courses by words in name, short name, ID number and summary (`core_course_search_courses`)."""
    call.actor.enter(call.site.system)
    name = params["criterianame"]
    if name not in CRITERIA:
        allowed = ",".join(CRITERIA)
        raise invalid_parameter(
            f"Invalid value for criterianame parameter (value: {name}),allowed values are: {allowed}"
        )
    if name != "search":
        call.actor.require("moodle/site:config", call.site.system)
    words = params["criteriavalue"].lower().split()
    courses = [course for course in call.site.courses.values() if _has_words(course, words)]
    found = [course for course in sorted(courses, key=course_order) if _sees_in_list(call, course)]
    for capability in params["requiredcapabilities"]:
        found = [
            row for row in found if call.actor.can(capability, call.site.context(levels.COURSE, row["id"]))
        ]
    first, size = params["page"] * params["perpage"], params["perpage"]
    shown = found[first : first + size] if size else found
    if params["limittoenrolled"]:
        shown = [course for course in shown if call.actor.is_enrolled(course["id"])]
    return {"total": len(found), "courses": [public_course(call, course) for course in shown], "warnings": []}


CRITERIA = ("search", "modulelist", "blocklist", "tagid")


def _has_words(course: Row, words: list[str]) -> bool:
    text = " ".join(str(course[name]) for name in ("summary", "fullname", "idnumber", "shortname")).lower()
    return course["format"] != "site" and all(word in text for word in words)
