"""What a site shows of its holdings: all of them from the reports on roles, or those on the lists of its courses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress
from batchroles.directory.census import SiteRoles
from batchroles.directory.course_lists import CourseLists, course_lists
from batchroles.directory.courses import Course, CourseSource
from batchroles.directory.holdings import NO_CONTEXT, Holdings
from batchroles.directory.people_by_id import Person
from batchroles.directory.places import SYSTEM, Place, Places
from batchroles.errors import SiteRefusal
from batchroles.job.census.layout import COURSES, REPORTS
from batchroles.models import Level
from batchroles.models.levels import SITE_HOME
from batchroles.models.lines import Ints
from batchroles.text import count_of
from batchroles.validator.role_learning import Learner

_GLANCED = 10
"""Courses with people in them that a report is compared with, one call."""
_TRIES = 2
"""How often the report is read where courses show what it does not."""
_COMPARED = 20
"""People of these courses who are looked for in the report."""


@dataclass(frozen=True)
class Spot:
    """A place in which somebody has a role."""

    place: Place
    """Its level and instance; where these are not certain `Level.CONTEXT` and the context id."""
    context: int = 0
    """Its context id; 0 where nothing tells."""
    shown: str = ""
    """As the site calls it, its level before it; empty where nothing tells."""
    course: int = 0
    """The course that it is, or is in; 0 for none, and where that is not known."""
    category: int | None = None
    """The category that it is, or is right in, itself or with its course; 0 for none, None where it is not known."""

    @property
    def user(self) -> int:
        """The user whose context it is; 0 for none."""
        return self.place[1] if self.place[0] is Level.USER else 0


@dataclass(frozen=True, eq=False)
class Seen:
    """Holdings as columns, each one a number into a list, and what the site said along with them."""

    user: Ints
    """User ids."""
    role: Ints
    shortnames: Sequence[str]
    spot: Ints
    spots: Sequence[Spot]
    plugin: Ints
    plugins: Sequence[str | None]
    """Components, `""` for by hand; None where nothing tells."""
    item: Ints
    """Item ids themselves."""
    since: Ints
    moments: Sequence[str]
    source: str
    notes: Sequence[str] = ()
    people: Mapping[int, Person] = field(default_factory=dict)
    """Those who came along with the holdings."""
    roles: Mapping[str, int] = field(default_factory=dict)
    """Role ids by short name, as far as they came along."""

    def only(self, rows: Ints) -> "Seen":
        """Give some of the holdings."""
        columns = {
            name: getattr(self, name)[rows] for name in ("user", "role", "spot", "plugin", "item", "since")
        }
        return replace(self, **columns)


class Looking:
    """Looks at a site's holdings; one instance a job."""

    def __init__(self, moodle: Moodle, progress: Progress) -> None:
        self._moodle, self._progress = moodle, progress
        self.site = SiteRoles(moodle)
        self.courses = CourseSource(moodle, progress)

    def look(self) -> Seen:
        """Read them. Raises SiteRefusal where there is no report, and no course's list that can be read."""
        for _ in range(_TRIES):
            self.site.read_ahead()
            holdings = self.site.holdings
            if holdings is None:
                break
            if (settled := self._believed(holdings)) is not None:
                return self._reported(settled)
            # Somebody may have got a role after the report was read: then it shows that now.
            self.site = SiteRoles(self._moodle)
        return self._listed()

    def _believed(self, holdings: Holdings) -> Holdings | None:
        """Compare the report with what a few courses show, and settle which of its contexts are blocks."""
        glance = Learner(self._moodle, self._progress)
        found = (place for place in holdings.places.own.values() if place[0] is Level.COURSE)
        courses = [course for _, course in found if course != SITE_HOME]
        glance.glance(courses[:: max(1, len(courses) // _GLANCED)][:_GLANCED])
        holders = glance.holders[:: max(1, len(glance.holders) // _COMPARED)]
        for user, shortname in holders[:_COMPARED]:
            if not holdings.census.shows(user, shortname):
                self._doubts = [
                    f'The report "batchroles roles" is not used: it does not show that the user with the id {user} has'
                    f" the role {shortname}, as a course does."
                ]
                return None
        return self.site.settled(holdings.places.either.values())

    _doubts: Sequence[str] = ()

    def _reported(self, holdings: Holdings) -> Seen:
        census, places = holdings.census, holdings.places
        known = (census.user > 0) & (census.context != NO_CONTEXT)
        rows = np.flatnonzero(known)
        contexts, spot = np.unique(census.context[rows], return_inverse=True)
        depth = dict(zip(census.context.tolist(), census.depth.tolist(), strict=True))
        spots = [_spot(places, context, depth[context]) for context in contexts.tolist()]
        gone = len(known) - len(rows)
        notes = [f"{self.site.cost}: who has which role where.", *self.site.notes]
        if not places.paths:
            notes.append(
                "Without the report batchroles contexts nothing tells which context is which place: places are named by"
                " their context ids (batchroles setup says how to make it)."
            )
        if gone:
            notes.append(
                f"{count_of(gone, 'holding')} of people or in places that are gone {'is' if gone == 1 else 'are'} left"
                " out: they are left over in Moodle's database."
            )
        return Seen(
            census.user[rows],
            census.role[rows],
            census.shortnames,
            spot.astype("int64"),
            spots,
            census.plugin[rows],
            census.plugins,
            census.item[rows],
            census.since[rows],
            census.moments,
            REPORTS,
            notes,
        )

    def _listed(self) -> Seen:
        courses = self._every_course()
        lists = course_lists(self._moodle, sorted(courses), self._progress)
        if len(lists.refused) == len(courses):
            # An empty table would say that nobody holds anything.
            raise SiteRefusal(
                "The site shows this token nobody's roles: there is no report batchroles roles that can be used, and no"
                " course whose list can be read, which takes moodle/course:view and moodle/course:viewparticipants;"
                " batchroles doctor says what is missing."
            )
        numbers = {name: code for code, name in enumerate(sorted(lists.roles))}
        places = sorted({course for _, course, _ in lists.holdings})
        at = {course: number for number, course in enumerate(places)}
        spots = [
            Spot((Level.COURSE, one), shown=_called(courses[one]), course=one, category=courses[one].category)
            for one in places
        ]
        columns = np.array(
            [(user, numbers[role], at[course]) for user, course, role in lists.holdings], "int64"
        ).reshape(-1, 3)
        none = np.zeros(len(columns), "int64")
        return Seen(
            columns[:, 0],
            columns[:, 1],
            list(numbers),
            columns[:, 2],
            spots,
            none,
            [None],
            none,
            none,
            [""],
            COURSES,
            [*self.site.notes, *self._doubts, *_how_far(len(courses), lists)],
            {number: Person.of(user) for number, user in lists.people.items()},
            lists.roles,
        )

    def _every_course(self) -> dict[int, Course]:
        self.courses.fetch_all()
        found = self.courses.all if self.courses.all is not None else self.courses.shown()
        return {course.id: course for course in found if course.id != SITE_HOME}


def _spot(places: Places, context: int, depth: int) -> Spot:
    """Say what is known of a context from the reports alone."""
    shown = places.names.get(context, "System" if depth == 1 else "")
    if depth == 1:
        return Spot(SYSTEM, context, shown, category=0)
    place = places.own.get(context)
    above = [places.own[one] for one in reversed(places.paths.get(context, ())) if one in places.own]
    pages = [places.pages[context], *above] if context in places.pages else above
    course = next((id_ for level, id_ in pages if level is Level.COURSE), 0)
    category = pages[0][1] if pages and pages[0][0] is Level.COURSECAT else None
    if pages and pages[0][0] in (Level.SYSTEM, Level.USER):
        category = 0
    return Spot(place or (Level.CONTEXT, context), context, shown, course, category)


def _called(course: Course) -> str:
    return f"Course: {course.fullname}" if course.fullname else ""


def _how_far(courses: int, lists: CourseLists) -> list[str]:
    """Say what an export from the lists of courses does not have."""
    read = courses - len(lists.refused)
    said = [
        f"Without the report batchroles roles (Moodle 4.4 and newer; batchroles setup says how) these are the roles of"
        f" people enrolled in {count_of(read, 'course')}, and no others: none in the system, categories, activities,"
        " blocks and users, none of people who have a role in a course without being enrolled, and not who gave them."
    ]
    if lists.refused:
        said.append(
            f"{count_of(len(lists.refused), 'course')} could not be read: the token's user needs"
            " moodle/course:viewparticipants and moodle/course:view there."
        )
    return said


def with_courses(seen: Seen, source: CourseSource) -> tuple[Seen, dict[int, Course]]:
    """Look up the courses of holdings, and say of the places in them which category these are in."""
    wanted = {seen.spots[spot].course for spot in np.unique(seen.spot).tolist()} - {0}
    courses = {course.id: course for course in source.with_ids(wanted)}
    spots = [
        replace(spot, category=courses[spot.course].category)
        if spot.category is None and spot.course in courses
        else spot
        for spot in seen.spots
    ]
    return replace(seen, spots=spots), courses
