"""Reading who is enrolled where."""

from dataclasses import dataclass
from typing import Any

from batchroles.sandbox.access.actor import Actor, Call, is_active
from batchroles.sandbox.access.profiles import Viewer, courses_of, user_context
from batchroles.sandbox.errors import (
    MissingRecord,
    MoodleError,
    invalid_parameter,
    moodle_error,
    shown_query,
)
from batchroles.sandbox.functions.clean import CLEANERS
from batchroles.sandbox.functions.courses import course_image
from batchroles.sandbox.functions.users import enter_course
from batchroles.sandbox.php import is_empty, to_int
from batchroles.sandbox.site import contexts as levels
from batchroles.sandbox.site.contexts import Context
from batchroles.sandbox.site.site import pick
from batchroles.sandbox.site.tables import Row
from batchroles.sandbox.text import words


@dataclass(frozen=True)
class Options:
    """The options of the functions that list enrolled users, read from names and values."""

    capability: str
    group: int
    active: bool
    suspended: bool
    fields: list[str]
    """None: all of them."""
    first: int
    size: int
    sort: str
    descending: bool


def read_options(options: list[Row]) -> Options:
    """Read options as Moodle does; unknown names are ignored, a bad order is refused."""
    given = {option["name"]: option["value"] for option in options}
    return Options(
        capability=given.get("withcapability", ""),
        group=to_int(given.get("groupid", "")),
        active=not is_empty(given.get("onlyactive")),
        suspended=not is_empty(given.get("onlysuspended")),
        fields=[CLEANERS["alphanumext"](name) for name in given["userfields"].split(",")]
        if "userfields" in given
        else [],
        first=to_int(given.get("limitfrom", "")),
        size=to_int(given.get("limitnumber", "")),
        sort=_one_of("sortby", given.get("sortby", "id"), ("id", "firstname", "lastname", "siteorder")),
        descending=_one_of("sortdirection", given.get("sortdirection", "ASC").upper(), ("ASC", "DESC"))
        == "DESC",
    )


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        choices = ",".join(allowed)
        raise invalid_parameter(
            f"Invalid value for {name} parameter (value: {value}),allowed values are: {choices}"
        )
    return value


def get_enrolled_users(call: Call, params: dict[str, Any]) -> list[Row]:
    """List the users enrolled in a course (`core_enrol_get_enrolled_users`)."""
    options = read_options(params["options"])
    course, context = _course(call, params["courseid"])
    enter_course(call, course["id"])
    _require_participants(call, course, context)
    if options.capability:
        call.actor.require("moodle/role:review", context)
    _check_groups(call, options, context)
    if options.active or options.suspended:
        call.actor.require("moodle/course:enrolreview", context)
    users = _page(_sorted(_enrolled(call, course, context, options, options.capability), options), options)
    viewer = Viewer(call, course)
    return [shown for user in users if (shown := viewer.details(user, options.fields))]


def get_enrolled_users_with_capability(call: Call, params: dict[str, Any]) -> list[Row]:
    """List, for several courses, the enrolled users who have a capability; the empty one is had by all."""
    options = read_options(params["options"])
    result = []
    for row in params["coursecapabilities"]:
        course, context = _course(call, row["courseid"])
        _enter_one_of_several(call, context)
        _require_participants(call, course, context)
        _check_groups(call, options, context)
        if options.active:
            call.actor.require("moodle/course:enrolreview", context)
        call.actor.require("moodle/role:review", context)
        viewer = Viewer(call, course)
        for capability in row["capabilities"]:
            users = _page(_enrolled(call, course, context, options, capability), options)
            shown = [details for user in users if (details := viewer.details(user, options.fields))]
            result.append({"courseid": course["id"], "capability": capability, "users": shown})
    return result


def _course(call: Call, courseid: int) -> tuple[Row, Context]:
    course = call.site.courses.get(courseid)
    if course is None:
        raise MissingRecord("course", shown_query("SELECT * FROM {course} WHERE id = ?", courseid))
    return course, call.site.context(levels.COURSE, courseid)


def _enter_one_of_several(call: Call, context: Context) -> None:
    """Raise as Moodle does here: the whole sentence as the error code, the course's id left out."""
    try:
        call.actor.enter(context)
    except MoodleError as error:
        sentence = (
            "You cannot execute functions in the course context (course id:). "
            f"The context error message was: {error.text(display=call.display)}"
        )
        raise moodle_error(sentence, f"error/{sentence}") from error


def _require_participants(call: Call, course: Row, context: Context) -> None:
    """Raise unless the caller may see who takes part; the site home counts as the whole site."""
    front = course["format"] == "site"
    where = call.site.system if front else context
    capability = "moodle/site:viewparticipants" if front else "moodle/course:viewparticipants"
    if not call.actor.can("moodle/course:enrolreview", where):
        call.actor.require(capability, where)


def _check_groups(call: Call, options: Options, context: Context) -> None:
    mine = {row["groupid"] for row in call.site.groups_members.where("userid", call.actor.id)}
    if options.group and options.group not in mine:
        call.actor.require("moodle/site:accessallgroups", context)


def _enrolled(call: Call, course: Row, context: Context, options: Options, capability: str) -> list[Row]:
    """Give the enrolled users that the options let through, by id."""
    site = call.site
    rows = site.user_enrolments.where("courseid", course["id"])
    chosen = {row["userid"] for row in rows}
    if course["format"] == "site":
        chosen = set(site.users) - {site.info["guest_userid"]}
    elif options.active or options.suspended:
        active = {row["userid"] for row in rows if is_active(site, row)}
        chosen = active if options.active else chosen - active
    if options.group:
        chosen &= {row["userid"] for row in site.groups_members.where("groupid", options.group)}
    users = [site.users[userid] for userid in sorted(chosen) if not site.users[userid]["deleted"]]
    if capability:
        users = [user for user in users if Actor(site, user["id"]).can(capability, context)]
    return users


def _sorted(users: list[Row], options: Options) -> list[Row]:
    keys = ("lastname", "firstname", "id") if options.sort == "siteorder" else (options.sort,)
    return sorted(users, key=lambda user: [user[key] for key in keys], reverse=options.descending)


def _page(users: list[Row], options: Options) -> list[Row]:
    return users[options.first : options.first + options.size] if options.size else users[options.first :]


def get_users_courses(call: Call, params: dict[str, Any]) -> list[Row]:
    """List the courses in which a user is actively enrolled (`core_enrol_get_users_courses`)."""
    user = call.site.users.get(params["userid"])
    if user is None or user["deleted"]:
        return []
    courses = [course for course in courses_of(call, user["id"]) if _may_list(call, user, course)]
    return [_users_course(call, course, count=params["returnusercount"]) for course in courses]


def _may_list(call: Call, user: Row, course: Row) -> bool:
    """Say whether the caller may know that a user takes a course."""
    context = call.site.context(levels.COURSE, course["id"])
    try:
        call.actor.enter(context)
    except MoodleError:
        return False
    if user["id"] == call.actor.id:
        return True
    own = user_context(call.site, user["id"])
    can = call.actor.can
    sees_user = can("moodle/user:viewdetails", context) or can("moodle/user:viewdetails", own)
    return sees_user and call.actor.can_any(
        ("moodle/course:viewparticipants", "moodle/course:enrolreview"), context
    )


def _users_course(call: Call, course: Row, *, count: bool) -> Row:
    context = call.site.context(levels.COURSE, course["id"])
    shown = {**pick(course, OWN_COURSE), **dict.fromkeys(ALWAYS_FALSE, False), **dict.fromkeys(ALWAYS_NULL)}
    if count:
        enrolled = {row["userid"] for row in call.site.user_enrolments.where("courseid", course["id"])}
        shown["enrolledusercount"] = sum(not call.site.users[userid]["deleted"] for userid in enrolled)
    return {
        **shown,
        "shortname": call.name(course["shortname"]),
        "fullname": call.name(course["fullname"]),
        "displayname": call.name(course["fullname"]),
        "courseimage": course_image(call, context),
        "lang": "",
        "category": course["categoryid"],
        "marker": 0,
        "overviewfiles": [],
        "showactivitydates": call.site.release.activity_dates,
        "showcompletionconditions": True,
    }


OWN_COURSE = words("""
    id idnumber visible summary summaryformat format startdate enddate timemodified showgrades enablecompletion
""")
ALWAYS_FALSE = words("completionhascriteria completionusertracked isfavourite hidden")
ALWAYS_NULL = words("progress completed lastaccess")
"""Fields of a user's course: those of the course itself, and those that are the same in every course here."""
