"""Finding users."""

import re
from collections.abc import Callable
from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.access.profiles import Viewer, courses_of, is_course_contact, user_context
from batchroles.sandbox.errors import MoodleError, coding_error, invalid_parameter, moodle_error
from batchroles.sandbox.functions.clean import CLEANERS
from batchroles.sandbox.php import is_empty, is_numeric, to_int
from batchroles.sandbox.site import contexts as levels
from batchroles.sandbox.site.tables import Row

FIELD_TYPES = {"id": "int", "idnumber": "raw", "username": "username", "email": "raw_trimmed"}
"""The fields by which users are looked up, and the type that a value is cleaned as."""


def get_users_by_field(call: Call, params: dict[str, Any]) -> list[Row]:
    """Look users up by exact values of one field (`core_user_get_users_by_field`)."""
    field = params["field"]
    if field not in FIELD_TYPES:
        raise coding_error(
            "invalid field parameter",
            f"The search field '{field}' is not supported, look at the web service documentation",
        )
    values = [_cleaned(field, value) for value in params["values"]]
    call.actor.enter(call.site.system)
    found = []
    for user in _users_with(call, field, values):
        details = details_by_courses(call, user)
        # PHP's `empty()`: the ID number "0" is never found (ubf-idnumber-zero), nor what is not shown.
        if details and not is_empty(details.get(field)):
            found.append(details)
    return found


def _cleaned(field: str, value: str) -> str:
    cleaned = CLEANERS[FIELD_TYPES[field]](value)
    # One name with a capital, a blank or an odd letter fails the whole call (ubf-username-upper-among-good); ids pass
    # where PHP finds them equal, "010" and "10.0" as 10 (ubf-id-padded, ubf-id-float).
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
    """Search users by criteria that must all hold (`core_user_get_users`).

    An unknown key is dropped with a warning; alone it leaves no criterion, and every user is found.
    """
    call.actor.enter(call.site.system)
    tests, warnings = _criteria(params["criteria"])
    users = [user for user in call.site.users.values() if not user["deleted"]]
    for key, test in tests.items():
        users = [user for user in users if test(user[key])]
    shown = (details_by_courses(call, user) for user in sorted(users, key=lambda user: int(user["id"])))
    found = [details for details in shown if details and not any(is_empty(details.get(key)) for key in tests)]
    return {"users": found, "warnings": warnings}


def _criteria(criteria: list[Row]) -> tuple[dict[str, Callable[[Any], bool]], list[Row]]:
    """Give a test for each known key, and a warning for each unknown one."""
    tests: dict[str, Callable[[Any], bool]] = {}
    warnings: list[Row] = []
    used = set()
    for row in criteria:
        key, value = row["key"], row["value"]
        if key in used:
            reason = f"The key {key} can only be sent once"
            raise moodle_error("keyalreadyset", "error/keyalreadyset", reason)
        used.add(key)
        if key in PATTERN_KEYS:
            tests[key] = like(value)
        elif key in EXACT_KEYS:
            cleaned = CLEANERS[EXACT_KEYS[key]](value)
            tests[key] = (int(cleaned) if key == "id" else cleaned).__eq__
        else:
            text = f"The search key '{key}' is not supported, look at the web service documentation"
            warnings.append({"item": key, "warningcode": "invalidfieldparameter", "message": text})
    return tests, warnings


PATTERN_KEYS = ("email", "lastname", "firstname")
EXACT_KEYS = {"id": "int", "idnumber": "raw", "username": "username", "auth": "raw"}


def like(pattern: str) -> Callable[[Any], bool]:
    """Give the test that SQL's LIKE makes, case ignored: `%` is any text, `_` any letter."""
    parts = (".*" if letter == "%" else "." if letter == "_" else re.escape(letter) for letter in pattern)
    expression = re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
    return lambda value: expression.fullmatch(value) is not None


def get_course_user_profiles(call: Call, params: dict[str, Any]) -> list[Row]:
    """Show users within courses, roles included (`core_user_get_course_user_profiles`)."""
    site = call.site
    # By user: of two courses the last one is answered (profiles-same-user-two-courses).
    wanted = {row["userid"]: row["courseid"] for row in params["userlist"]}
    users = [site.users[userid] for userid in sorted(wanted) if userid in site.users]
    found = []
    for user in users:
        if not user["deleted"]:
            call.actor.enter(site.contexts.of(levels.COURSE, wanted[user["id"]]))
            found.append(Viewer(call, site.courses[wanted[user["id"]]]).details(user))
    return [details for details in found if details]


def enter_course(call: Call, courseid: int) -> None:
    """Raise Moodle's `errorcoursecontextnotvalid` unless the caller may enter the course."""
    try:
        call.actor.enter(call.site.contexts.of(levels.COURSE, courseid))
    except MoodleError as error:
        raise moodle_error(
            "errorcoursecontextnotvalid",
            f"You cannot execute functions in the course context (course id:{courseid}). "
            f"The context error message was: {error.text(display=call.display)}",
        ) from error
