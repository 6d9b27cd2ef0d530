"""Reading who is enrolled where."""

from collections.abc import Iterable
from typing import Any

from batchroles.sandbox import contexts as levels
from batchroles.sandbox.access import Actor, is_active
from batchroles.sandbox.call import Call
from batchroles.sandbox.errors import invalid_parameter, missing_record
from batchroles.sandbox.functions.users import enter_course
from batchroles.sandbox.php import to_int
from batchroles.sandbox.profiles import FIELDS, Viewer
from batchroles.sandbox.tables import Row


def get_enrolled_users(call: Call, params: dict[str, Any]) -> list[Row]:
    """List the users enrolled in a course (`core_enrol_get_enrolled_users`)."""
    options = {option["name"]: option["value"] for option in params["options"]}
    course = call.site.courses.get(params["courseid"])
    if course is None:
        raise missing_record("course")
    context = call.site.context(levels.COURSE, course["id"])
    enter_course(call, course["id"])
    call.actor.require("moodle/course:viewparticipants", context)
    capability = options.get("withcapability", "")
    if capability:
        call.actor.require("moodle/role:review", context)
    if to_int(options.get("onlyactive", "0")) or to_int(options.get("onlysuspended", "0")):
        call.actor.require("moodle/course:enrolreview", context)
    users = _enrolled(call, course, options)
    if capability:
        users = [user for user in users if Actor(call.site, user["id"]).can(capability, context)]
    fields = (
        [name.strip() for name in options["userfields"].split(",")] if "userfields" in options else FIELDS
    )
    viewer = Viewer(call, course)
    return [shown for user in _page(users, options) if (shown := viewer.details(user, fields))]


def _enrolled(call: Call, course: Row, options: dict[str, str]) -> list[Row]:
    rows: Iterable[Row] = call.site.user_enrolments.where("courseid", course["id"])
    if to_int(options.get("onlyactive", "0")):
        rows = [row for row in rows if is_active(call.site, row)]
    users = (call.site.users[userid] for userid in sorted({row["userid"] for row in rows}))
    return [user for user in users if not user["deleted"]]


def _page(users: list[Row], options: dict[str, str]) -> list[Row]:
    first, size = to_int(options.get("limitfrom", "0")), to_int(options.get("limitnumber", "0"))
    return users[first : first + size] if size else users[first:]


def get_enrolled_users_with_capability(call: Call, params: dict[str, Any]) -> list[Row]:
    """List, for several courses, the enrolled users who have a capability."""
    raise NotImplementedError


def get_users_courses(call: Call, params: dict[str, Any]) -> list[Row]:
    """List the courses in which a user is enrolled."""
    raise NotImplementedError
