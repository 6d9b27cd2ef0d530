"""The reports that an administrator can make for us: the one table of what each is called, made of and good for.

Identifiers, and names in English, as Moodle's report builder has them (case `bb-get-edit`; the entities Course and
Course category in its source).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column that a report needs."""

    identifier: str
    """By which it is added: its entity and its name in it."""
    group: str
    """The heading under which the report's editor lists it."""
    name: str
    """As the editor lists it."""
    sorted: bool = False
    """Whether it is one of those by which rows are told apart: the report is sorted by all of them, so that pages fit
    together (case `rr-sorted-pages-0`)."""


@dataclass(frozen=True)
class Filter:
    """A filter that a report offers to its readers."""

    identifier: str
    group: str
    name: str


@dataclass(frozen=True)
class Release:
    """A release of Moodle."""

    name: str
    version: int
    """The number in its version.php."""


@dataclass(frozen=True)
class Kind:
    """What a report is to hold."""

    name: str
    """The name by which it is found; capital and small letters are one."""
    source: str
    """The class of its source in Moodle."""
    source_name: str
    """The source as the form for a new report lists it."""
    purpose: str
    """A clause: what it is good for."""
    columns: tuple[Column, ...]
    since: Release
    """The first Moodle that has the source."""
    filters: tuple[Filter, ...] = ()
    unique: bool = False
    """Whether rows that look the same are to be shown once; where not, they are to be shown as often as they are."""


MOODLE_4_1 = Release("4.1", 2022112800)
"""The first one whose reports a web service can read."""
MOODLE_4_4 = Release("4.4", 2024042200)
"""The first one with the source Roles."""

_LINKED = "user:fullnamewithlink", "User", "Full name with link"
_PATH = "context:path", "Context", "Path"

USERS = Kind(
    "batchroles users",
    r"core_user\reportbuilder\datasource\users",
    "Users",
    "people are found without looking each one up",
    (
        Column(*_LINKED),
        Column("user:username", "User", "Username", sorted=True),
        Column("user:email", "User", "Email address"),
        Column("user:idnumber", "User", "ID number"),
    ),
    MOODLE_4_1,
)
COURSES = Kind(
    "batchroles courses",
    r"core_course\reportbuilder\datasource\courses",
    "Courses",
    "courses are found, by ID number too, without the right to change them",
    (
        Column("course:coursefullnamewithlink", "Course", "Course full name with link"),
        Column("course:shortname", "Course", "Course short name", sorted=True),
        Column("course:idnumber", "Course", "Course ID number"),
    ),
    MOODLE_4_1,
)
CATEGORIES = Kind(
    "batchroles categories",
    r"core_course\reportbuilder\datasource\categories",
    "Course categories",
    "categories are found by ID number without the right to change them",
    (
        Column("course_category:namewithlink", "Course category", "Category name with link", sorted=True),
        Column("course_category:idnumber", "Course category", "Category ID number", sorted=True),
    ),
    MOODLE_4_1,
)
ROLES = Kind(
    "batchroles roles",
    r"core_role\reportbuilder\datasource\roles",
    "Roles",
    "who has which role where, and what gave it, is known at every level, and the id of every role",
    # Not Role name, Context name or Context URL: they are dear, and on 4.5 one role assignment that is left over from a
    # deleted context fails the whole report with them (case `rr-orphan-context-45`).
    (
        Column(*_PATH, sorted=True),
        Column("role:shortname", "Role", "Short name", sorted=True),
        Column("user:username", "User", "Username", sorted=True),
        Column(*_LINKED),
        Column("role_assignment:component", "Role assignment", "Plugin", sorted=True),
        Column("role_assignment:itemid", "Role assignment", "Item ID", sorted=True),
        Column("role_assignment:timemodified", "Role assignment", "Time modified"),
    ),
    MOODLE_4_4,
    (Filter("role:name", "Role", "Role name"),),
)
CONTEXTS = Kind(
    "batchroles contexts",
    r"core_role\reportbuilder\datasource\roles",
    "Roles",
    "it is known which activity, block or person a context in the report on roles belongs to",
    (Column(*_PATH, sorted=True), Column("context:link", "Context", "Context URL")),
    MOODLE_4_4,
    unique=True,
)
KINDS = (USERS, COURSES, CATEGORIES, ROLES, CONTEXTS)
