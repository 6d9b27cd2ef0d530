"""Roles by short name, name or id: from the role map, the plugin, or learned, in this order."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from batchroles.client import Moodle, functions, records
from batchroles.client.side_by_side import Progress, silent
from batchroles.errors import CallRefused, NotInService
from batchroles.models import RoleRef
from batchroles.models.references import RoleMap, is_id
from batchroles.validator.categories import Categories
from batchroles.validator.courses import CourseFinder
from batchroles.validator.names import Resolved
from batchroles.validator.role_learning import Courses, Learner
from batchroles.validator.role_words import (
    KnownRole,
    RoleList,
    is_decided,
    mapped,
    match,
    role_of,
    shown_name,
)


def from_map(role_map: RoleMap) -> list[KnownRole]:
    """Give the roles whose ids the role map tells."""
    return [
        KnownRole(int(target), word, shown_name(word, ""), "--role-map")
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
    """Yield each short name once, as it is known first."""
    seen: set[str] = set()
    for role in roles:
        if role.shortname not in seen:
            seen.add(role.shortname)
            yield role


class RoleFinder:
    """Looks roles up; one instance per file."""

    def __init__(self, moodle: Moodle, role_map: RoleMap, progress: Progress = silent) -> None:
        self._moodle = moodle
        self._role_map = role_map
        self._progress = progress
        self.known: list[KnownRole] = from_map(role_map)
        """Every role known so far, each with its origin."""

    def find(self, refs: Iterable[RoleRef], courses: Courses) -> dict[RoleRef, Resolved]:
        """Turn role words into ids, or into problems."""
        targets = {ref: mapped(ref, self._role_map) for ref in sorted(set(refs))}
        words = [target for target in targets.values() if target.by != "id"]
        known = self._known(words, courses) if words else RoleList((), complete=True)
        return {ref: match(target, known, ref.value) for ref, target in targets.items()}

    def _known(self, words: Sequence[RoleRef], courses: Courses) -> RoleList:
        return self._listed() or self._learn(
            courses, lambda known: all(is_decided(word, known) for word in words)
        )

    def _listed(self) -> RoleList | None:
        """Give all roles of the site, where the plugin lists them."""
        listed = from_plugin(self._moodle)
        if listed is None:
            return None
        self.known = list(distinct([*self.known, *listed]))
        return RoleList(listed, complete=True)

    def _learn(self, courses: Courses, enough: Callable[[RoleList], bool]) -> RoleList:
        """Learn roles from enrolled users until it is enough."""
        learner = Learner(self._moodle, self._progress)
        learner.learn(courses, enough)
        self.known = list(distinct([*self.known, *learner.roles.values()]))
        return learner.known()

    def everything(self, courses: Courses) -> RoleList:
        """Give every role that the site lets this client know, those of the role map first."""
        found = self._listed() or self._learn(courses, lambda _: False)
        return replace(found, roles=self.known)


def known_roles(
    moodle: Moodle, role_map: RoleMap | None = None, progress: Progress | None = None
) -> RoleList:
    """Give the site's roles, each with the origin of its id: the role map, the plugin, or a course it was seen in.

    Without the plugin these are only the roles that enrolled users have.
    """
    courses = CourseFinder(moodle, Categories(moodle))
    finder = RoleFinder(moodle, role_map or {}, progress or silent)
    return finder.everything(Courses(others=courses.visible))
