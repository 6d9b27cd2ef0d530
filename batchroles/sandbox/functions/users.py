"""Finding users."""

from typing import Any

from batchroles.sandbox import contexts as levels
from batchroles.sandbox.call import Call
from batchroles.sandbox.clean import CLEANERS
from batchroles.sandbox.errors import MoodleError, coding_error, invalid_parameter, moodle_error
from batchroles.sandbox.php import is_empty, is_numeric, to_int
from batchroles.sandbox.profiles import Viewer, courses_of, is_course_contact, user_context
from batchroles.sandbox.tables import Row

FIELD_TYPES = {"id": "int", "idnumber": "raw", "username": "username", "email": "email"}
"""The fields by which users are looked up, and the type that a value is cleaned as."""


def get_users_by_field(call: Call, params: dict[str, Any]) -> list[Row]:
    """Look users up by exact values of one field (`core_user_get_users_by_field`)."""
    call.actor.enter(call.site.system)
    field = params["field"]
    if field not in FIELD_TYPES:
        raise coding_error(
            "invalid field parameter",
            f"The search field '{field}' is not supported, look at the web service documentation",
        )
    values = [_cleaned(field, value) for value in params["values"]]
    found = []
    for user in _users_with(call, field, values):
        details = details_by_courses(call, user)
        if details and not is_empty(details.get(field)):
            found.append(details)
    return found


def _cleaned(field: str, value: str) -> str:
    cleaned = CLEANERS[FIELD_TYPES[field]](value)
    if not loosely_equal(value, cleaned):
        raise invalid_parameter(f"The field '{field}' value is invalid: {value}(cleaned value: {cleaned})")
    return cleaned


def loosely_equal(one: str, other: str) -> bool:
    """Compare as PHP's `==` does: two texts that are numbers compare as numbers."""
    if one == other:
        return True
    return is_numeric(one) and is_numeric(other) and float(one) == float(other)


def _users_with(call: Call, field: str, values: list[str]) -> list[Row]:
    site = call.site
    if field == "id":
        users = [site.users[userid] for userid in {to_int(value) for value in values} if userid in site.users]
    else:
        users = [user for value in set(values) for user in site.users_by[field].get(value, [])]
    return sorted(users, key=lambda user: int(user["id"]))


def details_by_courses(call: Call, user: Row) -> Row | None:
    """Give what the caller sees of a user on the user's own page, else in a course that the user takes."""
    own = user_context(call.site, user["id"])
    myself = user["id"] == call.actor.id
    if myself or call.actor.can("moodle/user:viewdetails", own) or is_course_contact(call.site, user["id"]):
        return Viewer(call, None).details(user)
    details = None
    for course in courses_of(call, user["id"]):
        if call.actor.can("moodle/user:viewdetails", call.site.context(levels.COURSE, course["id"])):
            details = Viewer(call, course).details(user)
    return details


def get_users(call: Call, params: dict[str, Any]) -> Row:
    """Search users by several criteria at once (`core_user_get_users`)."""
    call.actor.enter(call.site.system)
    users = list(call.site.users.values())
    warnings = []
    raise NotImplementedError


def get_course_user_profiles(call: Call, params: dict[str, Any]) -> list[Row]:
    """Show users within courses, roles included (`core_user_get_course_user_profiles`)."""
    site = call.site
    wanted = {row["userid"]: row["courseid"] for row in params["userlist"]}
    for courseid in dict.fromkeys(wanted.values()):
        enter_course(call, courseid)
    users = (site.users[userid] for userid in sorted(wanted) if userid in site.users)
    shown = (
        Viewer(call, site.courses[wanted[user["id"]]]).details(user) for user in users if not user["deleted"]
    )
    return [details for details in shown if details]


def enter_course(call: Call, courseid: int) -> None:
    """Raise Moodle's `errorcoursecontextnotvalid` unless the caller may enter the course."""
    try:
        call.actor.enter(call.site.contexts.of(levels.COURSE, courseid))
    except MoodleError as error:
        raise moodle_error(
            "errorcoursecontextnotvalid",
            f"You cannot execute functions in the course context (course id:{courseid}). "
            f"The context error message was: {error.message}",
        ) from error
