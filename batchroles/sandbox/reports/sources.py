"""The sources of reports: what each is called, what it joins, and the rows that it has before any filter."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from batchroles.sandbox.reports.columns import Column, Entity
from batchroles.sandbox.reports.entities.contexts import CONTEXT
from batchroles.sandbox.reports.entities.enrolments import ENROLMENT, METHOD
from batchroles.sandbox.reports.entities.places import CATEGORY, COURSE
from batchroles.sandbox.reports.entities.roles import ASSIGNMENT, ROLE
from batchroles.sandbox.reports.entities.users import USER
from batchroles.sandbox.reports.filters import Filter
from batchroles.sandbox.reports.release import ANY, V44, Number, has
from batchroles.sandbox.reports.rows import Joined
from batchroles.sandbox.site import contexts as levels
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.site.tables import Row


@dataclass(frozen=True)
class Source:
    """One source of reports."""

    name: str
    entities: Mapping[str, Entity]
    rows: Callable[[Site, frozenset[str]], list[Joined]]
    """All rows, in the order in which they are stored.

    It is told which entities are in use: those that are not are not joined, and so do not multiply rows
    (rb-categories-defaults, beside rb-categories-1000).
    """
    since: Number = ANY

    def column(self, uniqueidentifier: str) -> Column | None:
        """Give a column by its identifier, `entity:column`."""
        entity, _, column = uniqueidentifier.partition(":")
        return self.entities[entity].columns.get(column) if entity in self.entities else None

    def filter(self, uniqueidentifier: str) -> Filter | None:
        """Give a filter by its identifier, `entity:filter`."""
        entity, _, name = uniqueidentifier.partition(":")
        return self.entities[entity].filters.get(name) if entity in self.entities else None


def _users(site: Site, _used: frozenset[str]) -> list[Joined]:
    """Give all users but the guest and deleted ones, in the order of the site file (rb-users-1000)."""
    guest = site.info["guest_userid"]
    return [Joined(user=row) for row in site.users.values() if row["id"] != guest and not row["deleted"]]


def _courses(site: Site, _used: frozenset[str]) -> list[Joined]:
    """Give all courses but the site home, hidden ones too (rb-courses-bare)."""
    home = site.info["siteid"]
    courses = (row for row in site.courses.values() if row["id"] != home)
    return [Joined(course=row, category=site.categories.get(row["categoryid"])) for row in courses]


def _categories(site: Site, used: frozenset[str]) -> list[Joined]:
    """Give all categories, one row for each role held in exactly this category (rb-categories-1000)."""

    def held(contextid: int) -> list[Row]:
        return site.role_assignments.where("contextid", contextid)

    return [
        Joined(
            category=category,
            context=context,
            assignment=assignment,
            role=site.roles.get(assignment["roleid"]) if assignment else None,
            user=site.users.get(assignment["userid"]) if assignment else None,
        )
        for category in site.categories.values()
        for context in (site.context(levels.CATEGORY, category["id"]),)
        for assignment in (held(context.id) if used.intersection(("role", "user")) else ()) or (None,)
    ]


def _roles(site: Site, _used: frozenset[str]) -> list[Joined]:
    """Give every holding of the site, left-over ones too, unless their role is gone (rr-full, rr-orphan-role)."""
    roles, users, contexts = site.roles, site.users, site.contexts.by_id
    return [
        Joined(
            user=users.get(row["userid"]),
            role=roles[row["roleid"]],
            context=contexts.get(row["contextid"]),
            assignment=row,
        )
        for row in site.role_assignments.rows.values()
        if row["roleid"] in roles
    ]


def _participants(site: Site, used: frozenset[str]) -> list[Joined]:
    """Give each role of each enrolled user in each course, once for each of the user's enrolments there.

    Who holds a role without being enrolled is absent; methods that enrol nobody and people without a role have rows of
    their own (rb-participants-1000).
    """
    rows: list[Joined] = []
    people = _enrolled(site)
    for instance in site.enrol_instances.values():
        course = site.courses[instance["courseid"]]
        context = site.context(levels.COURSE, course["id"])
        place = Joined(course=course, category=site.categories.get(course["categoryid"]), context=context)
        for enrolment in people.get(instance["id"]) or (None,):
            row = replace(place, instance=instance, enrolment=enrolment)
            row.user = site.users[enrolment["userid"]] if enrolment else None
            held = _roles_of(site, row.user, context.id) if row.user and "role" in used else []
            rows += (replace(row, assignment=one, role=site.roles[one["roleid"]]) for one in held)
            rows += () if held else (row,)
    return rows


def _enrolled(site: Site) -> dict[int, list[Row]]:
    people: dict[int, list[Row]] = defaultdict(list)
    for row in site.user_enrolments.rows.values():
        people[row["enrolid"]].append(row)
    return people


def _roles_of(site: Site, user: Row, contextid: int) -> list[Row]:
    held = site.role_assignments.where("userid", user["id"])
    return [row for row in held if row["contextid"] == contextid and row["roleid"] in site.roles]


SOURCES: Mapping[str, Source] = {
    "core_user\\reportbuilder\\datasource\\users": Source("Users", {"user": USER}, _users),
    "core_course\\reportbuilder\\datasource\\courses": Source(
        "Courses", {"course_category": CATEGORY, "course": COURSE}, _courses
    ),
    "core_course\\reportbuilder\\datasource\\categories": Source(
        "Course categories",
        {"course_category": CATEGORY, "role": ROLE, "user": USER},
        _categories,
    ),
    "core_course\\reportbuilder\\datasource\\participants": Source(
        "Course participants",
        {
            "course_category": CATEGORY,
            "course": COURSE,
            "enrol": METHOD,
            "enrolment": ENROLMENT,
            "user": USER,
            "role": ROLE,
        },
        _participants,
    ),
    "core_role\\reportbuilder\\datasource\\roles": Source(
        "Roles",
        {"role": ROLE, "role_assignment": ASSIGNMENT, "context": CONTEXT, "user": USER},
        _roles,
        V44,
    ),
}
"""Sources by the names of their PHP classes, as reports hold them."""


def source_of(site: Site, report: Row) -> Source | None:
    """Give a report's source; None where this Moodle does not have it."""
    source = SOURCES.get(report["source"])
    return source if source is not None and has(site, source.since) else None
