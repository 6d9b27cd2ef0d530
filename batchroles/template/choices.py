"""What the drop-downs offer: the site's own roles and courses, or without a site the roles of every Moodle."""

from dataclasses import dataclass

from batchroles.client import Moodle
from batchroles.directory.categories import Categories
from batchroles.directory.roles import STANDARD_NAMES
from batchroles.errors import InputError
from batchroles.models.levels import SITE_HOME
from batchroles.validator import known_roles
from batchroles.validator.courses import CourseFinder

COURSE_ROLES = ("student", "teacher", "editingteacher", "manager")
"""Short names of the roles of every Moodle that may be given in a course."""
NEVER_GIVEN = ("guest", "user", "frontpage")
"""Roles that Moodle itself gives to visitors and to everybody who logs in."""


@dataclass(frozen=True)
class Choices:
    """What a registrar can pick."""

    roles: list[tuple[str, str]]
    """Short names, each with the name that Moodle shows."""
    courses: list[str]
    """Short names; empty where courses are to be typed."""


def standard_choices() -> Choices:
    """Return the choices without a site."""
    return Choices([(role, STANDARD_NAMES[role]) for role in COURSE_ROLES], [])


def site_choices(moodle: Moodle, *, with_courses: bool) -> Choices:
    """Return the choices of a site. Raises InputError where courses are wanted and the token is shown none."""
    roles = [
        (role.called, role.name)
        for role in known_roles(moodle).roles
        if role.id and role.shortname not in NEVER_GIVEN
    ]
    return Choices(roles or standard_choices().roles, _courses(moodle) if with_courses else [])


def _courses(moodle: Moodle) -> list[str]:
    finder = CourseFinder(moodle, Categories(moodle))
    # The site home is a course to Moodle (case `cbf-field-empty`), but nobody means it by a course.
    names = [course.shortname for course in finder.every() if course.id != SITE_HOME]
    if not names:
        raise InputError(
            "The site shows this token no courses; leave --with-courses out, and courses are typed."
        )
    return sorted(names, key=str.casefold)
