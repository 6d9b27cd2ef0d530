"""Can courses and categories be found, hidden ones and ID numbers among them?"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from batchroles.client import Moodle, functions, records
from batchroles.doctor.findings import Finding, failed, ok, warning
from batchroles.doctor.lacking import lacks, would_like
from batchroles.errors import CallRefused
from batchroles.validator.categories import Categories

COURSES, CATEGORIES = "looking up courses", "looking up categories"
SITE_HOME = 1


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
            # One course that may not be entered fails the whole call.
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
            f"{hidden:,} of the {hidden + len(seen):,} courses in the categories are not shown: they are hidden.",
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


def categories(site: str, known: Categories, seen: list[SeenCourse]) -> Iterator[Finding]:
    """Say how categories can be named in a file, and whether some are not shown."""
    if not known.all:
        said = f": {known.refusal}" if known.refusal else ", for none is shown."
        yield failed(CATEGORIES, f"Categories cannot be looked up{said}")
        return
    yield ok(CATEGORIES, f"{len(known.all):,} categories are found by name.")
    if all(one.idnumber is None for one in known.all):
        yield would_like(CATEGORIES, "Their ID numbers are not shown.", "moodle/category:manage", site)
    else:
        yield ok(CATEGORIES, "Categories are found by ID number.")
    listed = {one.id for one in known.all}
    if any(course.category not in listed for course in seen):
        sentence = "Some courses are in categories that are not shown: they are hidden."
        yield lacks(CATEGORIES, sentence, "moodle/category:viewhiddencategories", site)
