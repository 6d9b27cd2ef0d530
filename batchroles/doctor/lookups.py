"""Can users, courses and categories be found, by each field in turn, hidden ones and ID numbers among them?

Users are tried with accounts that every site has.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchroles.client import Moodle, functions, records
from batchroles.directory.categories import Categories
from batchroles.directory.reports import UnbelievedError, find
from batchroles.directory.wanted import CATEGORIES as REPORT
from batchroles.directory.wanted import Kind
from batchroles.doctor import pages
from batchroles.doctor.findings import Finding, failed, ok, warning
from batchroles.doctor.pages import lacks, would_like
from batchroles.errors import CallRefused
from batchroles.models.levels import SITE_HOME
from batchroles.text import count_of

USERS = "looking up users"
FIRST_ADMIN = 2
"""The account that comes with every site; found by its id even when it is deleted. 1 is the guest."""
FIRST_IDS = range(FIRST_ADMIN, 22)
_TRIED = 5

FIELDS = {
    "username": ("user name", "moodle/user:viewalldetails"),
    "email": ("e-mail address", "moodle/site:viewuseridentity"),
    "idnumber": ("ID number", "moodle/site:viewuseridentity"),
}
"""Field → what people call it, and the permission that shows it."""

Record = Mapping[str, Any]


def users(moodle: Moodle, own_id: int) -> Iterator[Finding]:
    """Look a few accounts up by id, and one of them by each field."""
    seen = _by(moodle, "id", list(FIRST_IDS))
    others = [one for one in seen if int(one["id"]) != own_id]
    if FIRST_ADMIN not in [int(one["id"]) for one in seen]:
        # Course contacts are shown to everybody, so it is not enough that somebody is.
        yield lacks(
            USERS,
            f"The user with the id {FIRST_ADMIN}, whom every site has, is not shown.",
            "moodle/user:viewdetails",
            moodle.url,
        )
        return
    for field in FIELDS:
        yield _field(moodle, field, others)


def _field(moodle: Moodle, field: str, seen: Sequence[Record]) -> Finding:
    called, capability = FIELDS[field]
    shown = [str(one[field]) for one in seen if one.get(field)]
    if field == "idnumber" and not shown:
        return _idnumbers(moodle.url)
    # An ID number is left out where a user has none; the other two only where they may not be seen.
    hidden = field != "idnumber" and any(one.get(field) is None for one in seen)
    # Who is shown is not therefore found: a search by user name needs more (case `ubf-limited-username`).
    if hidden or not _by(moodle, field, shown[:_TRIED]):
        return lacks(USERS, f"Not all users are found by {called}.", capability, moodle.url)
    return ok(USERS, f"Users are found by {called}.")


def _idnumbers(site: str) -> Finding:
    return warning(
        USERS,
        "None of the users looked at shows an ID number: they have none, or it is hidden.",
        f"{pages.ROLES.on(site)}; {pages.USER_POLICIES.on(site)}",
        "Edit the role that the token's user has in the whole system and allow moodle/user:viewalldetails; or allow"
        " moodle/site:viewuseridentity and tick ID number at Show user identity on the second page.",
    )


def _by(moodle: Moodle, field: str, values: Sequence[object]) -> list[Record]:
    try:
        answer = moodle.call(functions.USERS_BY_FIELD, {"field": field, "values": list(values)})
    except CallRefused:
        return []
    return list(records(answer))


COURSES, CATEGORIES = "looking up courses", "looking up categories"


@dataclass(frozen=True)
class SeenCourse:
    """A course as the token sees it."""

    id: int
    shortname: str
    idnumber: str | None
    """None where it is not shown."""
    category: int


def seen_courses(moodle: Moodle, offered: Collection[str]) -> list[SeenCourse]:
    """Give every course that the token may look up, without the site home."""
    found = [
        SeenCourse(
            int(one["id"]),
            str(one["shortname"]),
            None if one.get("idnumber") is None else str(one["idnumber"]),
            int(one.get("categoryid") or 0),
        )
        for one in _every(moodle, offered)
    ]
    return [course for course in found if course.id != SITE_HOME]


def _every(moodle: Moodle, offered: Collection[str]) -> list[Mapping[str, Any]]:
    """Fetch all courses in the way that costs the site less, or else in the one that leaves out what is not allowed."""
    if functions.COURSES in offered:
        try:
            return records(moodle.call(functions.COURSES))
        except CallRefused:
            # One course that may not be entered fails the whole call (case `courses-limited-one-outside`).
            pass
    if functions.COURSES_BY_FIELD not in offered:
        return []
    return records(moodle.call(functions.COURSES_BY_FIELD), "courses")


def courses(moodle: Moodle, seen: list[SeenCourse], categories: Categories | None) -> Iterator[Finding]:
    """Look a course up by short name and by ID number, and count the courses that are not shown."""
    if not seen:
        yield warning(COURSES, "No course is shown to this token, so nothing could be tried.")
        return
    named = next((course for course in seen if course.idnumber), seen[0])
    yield _found(moodle, "shortname", named.shortname, "short name")
    if named.idnumber:
        yield _found(moodle, "idnumber", named.idnumber, "ID number")
    else:
        yield ok(
            COURSES,
            "By ID number nothing was tried: Moodle finds courses by it, but shows it only with moodle/course:update,"
            " which lets the user change courses and is best left out.",
        )
    hidden = (categories.course_count() or 0) - len(seen) if categories else 0
    if hidden > 0:
        yield lacks(
            COURSES,
            f"{hidden:,} of {count_of(hidden + len(seen), 'course')} in the categories"
            f" {'is not shown: it is' if hidden == 1 else 'are not shown: they are'} hidden.",
            "moodle/course:viewhiddencourses",
            moodle.url,
        )


def _found(moodle: Moodle, field: str, value: str, called: str) -> Finding:
    try:
        answer = records(moodle.call(functions.COURSES_BY_FIELD, {"field": field, "value": value}), "courses")
    except CallRefused as refusal:
        return failed(COURSES, f"Courses cannot be looked up by {called}: {refusal}")
    if answer:
        return ok(COURSES, f"Courses are found by {called}.")
    return failed(COURSES, f'The course "{value}" is listed, and yet not found by {called}.')


def categories(moodle: Moodle, known: Categories, seen: list[SeenCourse]) -> Iterator[Finding]:
    """Say how categories can be named in a file, and whether some are not shown."""
    site = moodle.url
    if not known.all:
        said = f": {known.refusal}" if known.refusal else ", for none is shown."
        yield failed(CATEGORIES, f"Categories cannot be looked up{said}")
        return
    yield ok(CATEGORIES, f"{count_of(len(known.all), 'category is', 'categories are')} found by name.")
    if all(one.idnumber is None for one in known.all):
        if _is_there(moodle, REPORT):
            yield ok(
                CATEGORIES, f'Their ID numbers are not shown; the report "{REPORT.name}" is there for them.'
            )
        else:
            yield would_like(CATEGORIES, "Their ID numbers are not shown.", "moodle/category:manage", site)
    else:
        yield ok(CATEGORIES, "Categories are found by ID number.")
    listed = {one.id for one in known.all}
    if any(course.category not in listed for course in seen):
        sentence = "Some courses are in categories that are not shown: they are hidden."
        yield lacks(CATEGORIES, sentence, "moodle/category:viewhiddencategories", site)


def _is_there(moodle: Moodle, kind: Kind) -> bool:
    try:
        find(moodle, kind)
    except UnbelievedError:
        return False
    return True
