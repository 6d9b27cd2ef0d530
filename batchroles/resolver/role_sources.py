"""Where role ids come from: the role map, the plugin that lists roles, or the roles of enrolled users."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from batchroles.client import Moodle, functions
from batchroles.errors import CallRefused, SiteRefusal
from batchroles.models.ids import is_id
from batchroles.resolver.role_words import KnownRole, RoleList, RoleMap, shown_name
from batchroles.resolver.service import NOT_IN_SERVICE, Service, records

_SITE_HOME = 1
"""The course that is the site's front page: everybody counts as enrolled there, mostly without a role."""
_COURSES_PER_CALL = 10
_MOST_COURSES = 100
"""Courses looked into at most."""
_FIRST_USERS = 100
"""Users of each course in the first round."""
_MOST_USERS = 2000
"""Users of each course in the second round, for roles that few users have."""
_SECOND_ROUND = 20
"""Courses of the second round."""

HINT = (
    "Where the plugin local_wsgetroles is installed and its function in the token's service, role ids need not be"
    " learned from enrolled users."
)


def from_map(role_map: RoleMap) -> list[KnownRole]:
    """Give the roles whose ids the role map tells."""
    return [
        KnownRole(int(target), word, shown_name(word, ""), "--role-map")
        for word, target in role_map.items()
        if is_id(str(target))
    ]


def from_plugin(moodle: Moodle, service: Service) -> list[KnownRole] | None:
    """Give all roles of the site from `local_wsgetroles_get_roles`; None where it cannot be called."""
    if not service.may_have(functions.GET_ROLES):
        return None
    try:
        answer = moodle.call(functions.GET_ROLES)
    except CallRefused:
        return None
    except SiteRefusal as refusal:
        if refusal.errorcode not in NOT_IN_SERVICE:
            raise
        return None
    return [_role(record["id"], record, "local_wsgetroles") for record in records(answer) if record.get("id")]


class Learner:
    """Learns roles from users who have them in courses."""

    def __init__(self, moodle: Moodle, service: Service) -> None:
        self._moodle = moodle
        self._service = service
        self.roles: dict[str, KnownRole] = {}
        """By short name."""
        self._longer: list[int] = []
        """Courses with more users than were looked at."""

    def learn(self, courses: Sequence[int], enough: Callable[[RoleList], bool]) -> None:
        """Look into courses, a few users of each first and then at those left over, until `enough` is content."""
        some = [course for course in courses if course != _SITE_HOME][:_MOST_COURSES]
        self._round(some, _Page(0, _FIRST_USERS), enough)
        self._round(self._longer[:_SECOND_ROUND], _Page(_FIRST_USERS, _MOST_USERS), enough)

    def _round(self, courses: Sequence[int], page: "_Page", enough: Callable[[RoleList], bool]) -> None:
        for start in range(0, len(courses), _COURSES_PER_CALL):
            if enough(self.known()):
                return
            self._look_into(courses[start : start + _COURSES_PER_CALL], page)

    def known(self) -> RoleList:
        """Give what has been learned so far."""
        return RoleList(list(self.roles.values()), complete=False, hint=HINT)

    def _look_into(self, courses: Sequence[int], page: "_Page") -> None:
        if self._many(courses, page):
            return
        for course in courses:
            if not self._one(course, page):
                self._many([course], page)

    def _many(self, courses: Sequence[int], page: "_Page") -> bool:
        """Look into several courses with one call; one of them that cannot be seen fails it."""
        # An empty capability asks for everybody who is enrolled.
        wanted = [{"courseid": course, "capabilities": [""]} for course in courses]
        answer = self._ask(
            functions.ENROLLED_WITH_CAPABILITY, {"coursecapabilities": wanted, "options": page.options()}
        )
        if answer is None:
            return False
        for record in records(answer):
            self._take_in(int(record["courseid"]), records(record["users"]), page)
        return True

    def _one(self, course: int, page: "_Page") -> bool:
        answer = self._ask(functions.ENROLLED, {"courseid": course, "options": page.options()})
        if answer is None:
            return False
        self._take_in(course, records(answer), page)
        return True

    def _ask(self, function: str, params: Mapping[str, object]) -> object:
        """Call a function; None where it is refused, for whatever reason: there are other courses."""
        if not self._service.may_have(function):
            return None
        try:
            return self._moodle.call(function, params)
        except CallRefused:
            return None
        except SiteRefusal as refusal:
            if refusal.errorcode not in NOT_IN_SERVICE:
                raise
            return None

    def _take_in(self, course: int, users: Sequence[Mapping[str, object]], page: "_Page") -> None:
        if len(users) >= page.number:
            self._longer.append(course)
        for user in users:
            for role in records(user.get("roles") or []):
                known = _role(role["roleid"], role, f"seen in course {course}")
                self.roles.setdefault(known.shortname, known)


@dataclass(frozen=True)
class _Page:
    """A part of a course's users, who come in the order of their ids."""

    begin: int
    number: int

    def options(self) -> list[dict[str, object]]:
        """Ask for this page, and for ids and roles only: with all fields the site takes six times as long."""
        values = {"userfields": "id,roles", "limitfrom": self.begin, "limitnumber": self.number}
        return [{"name": name, "value": value} for name, value in values.items()]


def _role(number: object, record: Mapping[str, object], origin: str) -> KnownRole:
    short = str(record["shortname"])
    return KnownRole(int(str(number)), short, shown_name(short, str(record.get("name") or "")), origin)


def distinct(roles: Iterable[KnownRole]) -> Iterator[KnownRole]:
    """Yield each short name once, as it is known first."""
    seen: set[str] = set()
    for role in roles:
        if role.shortname not in seen:
            seen.add(role.shortname)
            yield role
