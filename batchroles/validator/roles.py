"""Roles by short name, name or id: from the role map, the plugin, the report on roles, or learned, in this order."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from batchroles.client import Moodle, functions, records
from batchroles.client.side_by_side import Progress, silent
from batchroles.directory.categories import Categories
from batchroles.directory.census import SiteRoles
from batchroles.errors import CallRefused, NotInService
from batchroles.models import RoleRef
from batchroles.models.levels import SITE_HOME
from batchroles.models.references import RoleMap, is_id
from batchroles.validator.courses import CourseFinder
from batchroles.validator.names import Resolved
from batchroles.validator.reported_roles import ORIGIN, ReportedRoles, with_short_names
from batchroles.validator.role_learning import Courses, Learner
from batchroles.validator.role_words import (
    KnownRole,
    RoleList,
    Spoken,
    as_given,
    is_decided,
    mapped,
    match,
    matches,
    meant,
    role_of,
    shown_name,
)

MAPPED = "--role-map"
"""The origin of what the role map tells."""
_NOT_REPORTED = RoleList((), complete=False)


def from_map(role_map: RoleMap) -> list[KnownRole]:
    """Give the roles whose ids the role map tells."""
    return [
        KnownRole(int(target), word, shown_name(word, ""), MAPPED)
        for word, target in role_map.items()
        if is_id(str(target))
    ]


def from_plugin(moodle: Moodle) -> list[KnownRole] | None:
    """Give all roles of the site from `local_wsgetroles_get_roles`; None where it cannot be called."""
    if not moodle.may_have(functions.GET_ROLES):
        return None
    try:
        answer = moodle.ask(functions.GET_ROLES)
    except (CallRefused, NotInService):
        return None
    # The plugin gives nulls for a role that does not exist (case `getroles-shortname-unknown`).
    return [
        role_of(record["id"], record, "local_wsgetroles") for record in records(answer) if record.get("id")
    ]


def distinct(roles: Iterable[KnownRole]) -> Iterator[KnownRole]:
    """Yield each short name once, as it is known first; of a role without one, the id."""
    seen: set[str | int] = set()
    for role in roles:
        if (key := role.shortname or role.id) not in seen:
            seen.add(key)
            yield role


class RoleFinder:
    """Looks roles up; one instance per file."""

    def __init__(
        self,
        moodle: Moodle,
        role_map: RoleMap,
        progress: Progress = silent,
        site: SiteRoles | None = None,
        languages: frozenset[str] = frozenset(),
    ) -> None:
        """`site`: the site's reports on roles, where they are of use for more than this. `languages`: the file's."""
        self._moodle = moodle
        self._site = site or SiteRoles(moodle)
        self._role_map = role_map
        self._progress = progress
        self.known: list[KnownRole] = from_map(role_map)
        """Every role known so far, each with its origin."""
        self._glance: Learner | None = None
        self.reported: list[KnownRole] = []
        """Those among the ones that were found whose ids a report told."""
        self.translated: dict[str, str] = {}
        """Words that were understood as names which Moodle shows in another language → the roles' short names."""
        self._languages = languages

    @property
    def named_by_the_site(self) -> list[KnownRole]:
        """Those whose short names the site told: a word of the role map may be no short name."""
        return [role for role in self.known if role.id and role.shortname and role.origin != MAPPED]

    def find(self, refs: Iterable[RoleRef], courses: Courses) -> dict[RoleRef, Resolved]:
        """Turn role words into ids, or into problems."""
        targets = {ref: mapped(ref, self._role_map) for ref in sorted(set(refs))}
        words = [target for target in targets.values() if target.by != "id"]
        known = self._told(self._known(words, courses)) if words else RoleList((), complete=True)
        found = {ref: match(target, known, ref.value) for ref, target in targets.items()}
        self.translated = {
            ref.value: role.shortname
            for ref, target in targets.items()
            if isinstance(found[ref], int) and as_given(target) is None
            for role in meant(target, known)
            if not matches(target.value, known.candidates())
        }
        self.reported = [role for role in known.roles if role.origin == ORIGIN and role.id in found.values()]
        return found

    def glance(self, courses: Courses) -> None:
        """Look at who is in a few of the file's courses, once: with their roles a report on roles is compared."""
        if self._glance is None and self._site.names:
            self._glance = Learner(self._moodle, self._progress)
            self._glance.glance([course for course in courses.own if course != SITE_HOME])

    def _known(self, words: Sequence[RoleRef], courses: Courses) -> RoleList:
        def enough(known: RoleList) -> bool:
            return all(is_decided(word, self._told(known)) for word in words)

        if (listed := self._listed()) is not None:
            return listed
        if not self._site.names:
            return self._learn(courses, enough)
        reported = self._reported(words, courses)
        if enough(reported):
            self.known = list(distinct([*self.known, *reported.roles]))
            return reported
        return self._learn(courses, enough, reported)

    def _reported(self, words: Sequence[RoleRef], courses: Courses) -> RoleList:
        """Give every role that the report on roles names, each with its short name as far as these words need it."""
        self.glance(courses)
        glance = self._glance or Learner(self._moodle)
        self._site.know(glance.roles)
        self._site.holders = glance.holders
        found = ReportedRoles(self._site, glance.roles.values())
        sought = [name for word in words for name in (word.value, *self._spoken.meanings(word.value))]
        # One call tells of several roles that somebody has in a course; a filter takes four for each.
        glance.ask_about(
            {
                user: course
                for word in sought
                if not found.knows(word)
                for user, course in self._site.people_with(word)
            }
        )
        found.learn(glance.roles.values())
        for word in sought:
            found.look_for(word)
        all_named = self._site.held is not None
        return RoleList(found.roles, complete=False, unproved=found.unproved, all_named=all_named)

    @cached_property
    def _spoken(self) -> Spoken:
        """The languages in which names of roles are understood."""
        try:
            site = str(self._moodle.site_info().get("lang") or "")
        except NotInService:
            site = ""
        # A language such as es_mx is a kind of the one before it.
        return Spoken(site.partition("_")[0], self._languages)

    def _told(self, known: RoleList) -> RoleList:
        return replace(known, spoken=self._spoken)

    def _listed(self) -> RoleList | None:
        """Give all roles of the site, where the plugin lists them."""
        listed = from_plugin(self._moodle)
        if listed is None:
            return None
        self.known = list(distinct([*self.known, *listed]))
        return RoleList(listed, complete=True)

    def _learn(
        self,
        courses: Courses,
        enough: Callable[[RoleList], bool],
        reported: RoleList = _NOT_REPORTED,
    ) -> RoleList:
        """Learn roles from enrolled users until it is enough, beside those that a report names."""

        def beside(known: RoleList) -> RoleList:
            both = with_short_names(reported.roles, known.roles)
            return replace(known, roles=both, unproved=reported.unproved, all_named=reported.all_named)

        learner = Learner(self._moodle, self._progress)
        learner.learn(courses, lambda known: enough(beside(known)))
        known = learner.known()
        # Where a report names every role more short names are not to be had by making one.
        known = replace(beside(known), hint=known.hint if known.lacks or not reported.roles else "")
        self.known = list(distinct([*self.known, *known.roles]))
        return known

    def everything(self, courses: Courses) -> RoleList:
        """Give every role that the site lets this client know, those of the role map first."""
        found = self._listed()
        if found is None:
            named = ReportedRoles(self._site).roles
            reported = RoleList(named, complete=False)
            found = replace(self._learn(courses, lambda _: False, reported), complete=bool(named))
        return replace(found, roles=self.known)


def known_roles(
    moodle: Moodle, role_map: RoleMap | None = None, progress: Progress | None = None
) -> RoleList:
    """Give the site's roles, each with the origin of its id: the role map, the plugin, a report, or a course.

    Without the plugin and the report these are only the roles that enrolled users have.
    """
    courses = CourseFinder(moodle, Categories(moodle))
    finder = RoleFinder(moodle, role_map or {}, progress or silent)
    return finder.everything(Courses(others=courses.visible))
