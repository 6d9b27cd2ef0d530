"""Who has the roles of a plan's lines already: read from the site's report on roles, or course by course.

The report shows every level and whoever is hidden; core's functions show roles in courses, to whoever may see them.
Each is asked where it costs less, and the other one about what is left.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress, silent
from batchroles.directory import costs
from batchroles.directory.census import SiteRoles
from batchroles.directory.holdings import Holdings
from batchroles.directory.places import Place
from batchroles.models import Level, Lines
from batchroles.models.levels import SITE_HOME
from batchroles.models.lines import LEVEL_CODES, Ints, Mask
from batchroles.validator.course_roles import COURSES_A_CALL, CourseReader, Pairs
from batchroles.validator.role_learning import Learner
from batchroles.validator.role_words import KnownRole
from batchroles.validator.roles import from_plugin
from batchroles.validator.sight import Sight


def roles_there(lines: Lines, chosen: Mask, moodle: Moodle) -> Ints:
    """Give how many roles the users of some lines have in the lines' courses; `NOT_READ` where nobody could look."""
    pairs = Pairs(lines, chosen & lines.at(Level.COURSE))
    CourseReader(moodle).read(pairs)
    return pairs.roles()


def look_at_some_courses(lines: Lines, chosen: Mask, moodle: Moodle) -> npt.NDArray[np.int8]:
    """Give for some lines, with one call, the `Enrolment` of their users as far as it shows."""
    pairs = Pairs(lines, chosen)
    CourseReader(moodle).look(pairs)
    return pairs.enrolled()


SAMPLE = 20
"""Holdings that functions showed and that a report is compared with."""


class Reader:
    """Reads what lines ask for; whatever a report fails of is one sentence in `notes`."""

    def __init__(
        self,
        moodle: Moodle,
        progress: Progress = silent,
        site: SiteRoles | None = None,
        known: Iterable[KnownRole] = (),
    ) -> None:
        """`site`: where reports were read already; `known`: roles as the site itself named them."""
        self._moodle = moodle
        self._site = site or SiteRoles(moodle)
        self._courses = CourseReader(moodle, progress)
        self._shortnames = {role.id: role.shortname for role in known if role.id and role.shortname}
        self._disagrees: list[str] = []
        self.way: list[str] = []
        """The report from which it was read, in a sentence, if so."""

    @property
    def notes(self) -> list[str]:
        """Why a report was not used."""
        return [*self._site.notes, *self._disagrees]

    def read(self, sight: Sight) -> None:
        """Read what can be read. Raises what `Moodle.call` raises, but for what only means that less is known."""
        in_courses = sight.lines.at(*(level for level in Level if level.facts.roles_shown))
        if (enrolments := sight.left & sight.of_enrolment & in_courses).any():
            self._by_course(sight, enrolments)
        in_courses &= ~sight.of_enrolment
        elsewhere = sight.left & ~in_courses & ~sight.of_enrolment
        first = bool(elsewhere.any()) or self._census_is_cheaper(sight, in_courses)
        if first:
            self._by_census(sight)
        lines = sight.left & in_courses
        if lines.any():
            self._by_course(sight, lines)
            if not first and (sight.left & in_courses).any():
                self._by_census(sight)

    def _census_is_cheaper(self, sight: Sight, in_courses: Mask) -> bool:
        chosen = sight.left & in_courses
        courses = len(np.unique(sight.lines.instanceid[chosen]))
        cost = costs.CALL * -(-courses // COURSES_A_CALL) + costs.LISTED_PAIR * int(chosen.sum())
        if self._site.is_read:
            return self._site.names_places
        # A few lines cost less than to ask whether there is a report.
        return cost > costs.READ_ROLES and self._site.seconds() < cost and self._site.names_places

    def _by_course(self, sight: Sight, chosen: Mask) -> None:
        pairs = Pairs(sight.lines, chosen)
        self._courses.read(pairs)
        every = np.flatnonzero(chosen)
        sight.show(every, pairs.held()[every])
        sight.show_enrolled(every, pairs.enrolled()[every], pairs.any_role()[every])
        reasons, why = pairs.why()
        for number, cause in enumerate(reasons):
            sight.hide(np.flatnonzero(sight.left & (why == number)), cause)

    def _by_census(self, sight: Sight) -> None:
        """Take what the report on roles shows, if it is there and agrees with what courses show."""
        lines = np.flatnonzero(sight.left & ~sight.of_enrolment)
        level, instance = sight.lines.level[lines], sight.lines.instanceid[lines]
        user, role = sight.lines.userid[lines], sight.lines.roleid[lines]
        if self._site.seconds() == np.inf:
            return
        glance = Learner(self._moodle)
        if self._site.holders is None:
            courses = np.unique(instance[(level == LEVEL_CODES[Level.COURSE]) & (instance != SITE_HOME)])
            glance.glance(courses.tolist())
        else:
            glance.holders = [*self._site.holders]
        self._site.know([*self._shortnames.values(), *glance.roles])
        holdings = self._site.settled(_places(level, instance))
        if holdings is None:
            return
        if not glance.holders:
            # Where the lines' own courses show nobody, or there are none, others are compared.
            glance.glance(_courses_in(holdings))
        if not self._agrees(holdings, glance):
            return
        shortnames = self._named(np.unique(role).tolist(), glance)
        sight.show_census(lines, holdings.find(level, instance, user, role, shortnames))
        self.way = [f"{self._site.cost}: who has which role where."]

    def _agrees(self, holdings: Holdings, glance: Learner) -> bool:
        for user, shortname in glance.holders[:SAMPLE]:
            if not holdings.census.shows(user, shortname):
                self._disagrees = [
                    f'The report "batchroles roles" is not used: it does not show that the user with the id {user} has'
                    f" the role {shortname}, as a course does."
                ]
                return False
        return True

    def _named(self, roleids: Sequence[int], glance: Learner) -> Mapping[int, str]:
        """Give the short names of roles by id, as far as they can be known; empty for a role that nobody has."""
        self._shortnames |= {role.id: role.shortname for role in glance.roles.values()}
        if any(role not in self._shortnames for role in roleids):
            self._shortnames |= {role.id: role.shortname for role in from_plugin(self._moodle) or ()}
        for role in roleids:
            if role not in self._shortnames and (shortname := self._site.shortname(role)) is not None:
                self._shortnames[role] = shortname
        return self._shortnames


def _courses_in(holdings: Holdings) -> list[int]:
    """Give the courses, other than the site home, in which a census shows that somebody has a role."""
    places = {holdings.places.own.get(context) for context in np.unique(holdings.census.context).tolist()}
    return sorted(
        place[1] for place in places if place and place[0] is Level.COURSE and place[1] != SITE_HOME
    )


def _places(level: npt.NDArray[np.int8], instance: Ints) -> set[Place]:
    levels = list(LEVEL_CODES)
    return {
        (levels[code], number) for code, number in set(zip(level.tolist(), instance.tolist(), strict=True))
    }
