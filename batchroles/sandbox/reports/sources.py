"""The sources of reports: what each is called, what it joins, and the rows that it has before any filter."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from batchroles.sandbox.reports.columns import Column, Entity
from batchroles.sandbox.reports.entities.contexts import CONTEXT
from batchroles.sandbox.reports.entities.places import CATEGORY, COURSE
from batchroles.sandbox.reports.entities.roles import ASSIGNMENT, ROLE
from batchroles.sandbox.reports.entities.users import USER
from batchroles.sandbox.reports.filters import Filter
from batchroles.sandbox.reports.release import V44, has
from batchroles.sandbox.reports.rows import Joined
from batchroles.sandbox.site import contexts as levels
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.site.tables import Row


@dataclass(frozen=True)
class Source:
    """One source of reports."""

    name: str
    entities: Mapping[str, Entity]
    rows: Callable[[Site], list[Joined]]
    """All rows, in the order in which the database reads them where it must read most."""
    quick: Callable[[Joined], int] | None = None
    """By what the database goes where it needs few rows, another way of joining being cheaper then; None: the same."""
    since: int = 0

    def column(self, uniqueidentifier: str) -> Column | None:
        """Give a column by its identifier, `entity:column`."""
        entity, _, column = uniqueidentifier.partition(":")
        return self.entities[entity].columns.get(column) if entity in self.entities else None

    def filter(self, uniqueidentifier: str) -> Filter | None:
        """Give a filter by its identifier, `entity:filter`."""
        entity, _, name = uniqueidentifier.partition(":")
        return self.entities[entity].filters.get(name) if entity in self.entities else None


def _users(site: Site) -> list[Joined]:
    """Give all users but the guest and deleted ones, in the order of the site file (rb-users-1000)."""
    guest = site.info["guest_userid"]
    return [Joined(user=row) for row in site.users.values() if row["id"] != guest and not row["deleted"]]


def _courses(site: Site) -> list[Joined]:
    """Give all courses but the site home, hidden ones too (rb-courses-bare)."""
    home = site.info["siteid"]
    courses = (row for row in site.courses.values() if row["id"] != home)
    return [Joined(course=row, category=site.categories.get(row["categoryid"])) for row in courses]


def _categories(site: Site) -> list[Joined]:
    """Give all categories, one row for each role held in exactly this category (rb-categories-1000)."""
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
        for assignment in site.role_assignments.where("contextid", context.id) or (None,)
    ]


def _roles(site: Site) -> list[Joined]:
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


def _by_role(row: Joined) -> int:
    return int(row.role["id"]) if row.role else 0


SOURCES: Mapping[str, Source] = {
    "core_user\\reportbuilder\\datasource\\users": Source("Users", {"user": USER}, _users),
    "core_course\\reportbuilder\\datasource\\courses": Source(
        "Courses", {"course_category": CATEGORY, "course": COURSE}, _courses
    ),
    "core_course\\reportbuilder\\datasource\\categories": Source(
        "Course categories", {"course_category": CATEGORY, "role": ROLE, "user": USER}, _categories
    ),
    "core_role\\reportbuilder\\datasource\\roles": Source(
        "Roles",
        {"role": ROLE, "role_assignment": ASSIGNMENT, "context": CONTEXT, "user": USER},
        _roles,
        _by_role,
        V44,
    ),
}
"""Sources by the names of their PHP classes, as reports hold them."""


def source_of(site: Site, report: Row) -> Source | None:
    """Give a report's source; None where this Moodle does not have it."""
    source = SOURCES.get(report["source"])
    return source if source is not None and has(site, source.since) else None
