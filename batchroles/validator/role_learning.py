"""Role ids learned from people who are enrolled somewhere: where most sites tell them at all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from batchroles.client import Moodle, functions, records
from batchroles.client.side_by_side import Progress, in_halves, silent
from batchroles.errors import CallRefused, NotInService
from batchroles.models.levels import SITE_HOME
from batchroles.validator.role_words import KnownRole, RoleList, role_of

_FIRST_COURSES = 10
"""Courses of the first call: mostly they show every role of the file."""
_MOST_COURSES = 200
"""Courses of a call, once those before showed too little: each call takes twice as many as the last."""
_USERS_A_CALL = 1000
"""Users that a call asks for in all its courses: a measured site takes 0.6 s for as many."""
_FEWEST_USERS, _FIRST_USERS = 5, 100
"""Users of each course, where a call takes many of them, and where it takes few."""
_GLANCED_USERS = 20
"""Users of each course at a glance: 200 of ten courses are 0.12 s."""
_LONG_COURSES = 20
"""Courses with more users than were looked at that are read on, for roles that few users have."""
_MOST_USERS = 2000
"""Users of a call that reads on in one course."""
_MOST_CALLS = 60
"""Calls in all: enough for a look into the 10,000 courses of a site that shows no role."""

WAYS_HINT = (
    "Role ids need not be learned from enrolled users where an administrator has made the report batchroles roles"
    " (Moodle 4.4 and newer; batchroles setup says how), or where the plugin local_wsgetroles is installed and its"
    " function in the token's service."
)
PARTICIPANTS, ENTERING = "moodle/course:viewparticipants", "moodle/course:view"
PERMISSION_HINTS = {
    PARTICIPANTS: "Role ids are learned from enrolled users, and this token may not see who is enrolled: its user needs"
    f" {PARTICIPANTS}, and moodle/role:review to read many courses at once.",
    ENTERING: "Role ids are learned from enrolled users, and this token may not enter the courses: its user needs"
    f" {ENTERING}, and {PARTICIPANTS} to see who is enrolled.",
}
"""By the permission that is missing first."""
FUNCTION_HINT = (
    f"Role ids are learned from enrolled users, which takes {functions.ENROLLED_WITH_CAPABILITY} or"
    f" {functions.ENROLLED} in the token's service."
)


@dataclass(frozen=True)
class Courses:
    """Courses to learn from."""

    own: Sequence[int] = ()
    """Those of the file, best first."""
    others: Callable[[], Sequence[int]] = tuple
    """Gives all courses of the site; called only where the file's own do not show every role that is wanted."""

    def batches(self, most: int) -> Iterator[tuple[Sequence[int], int]]:
        """Yield courses in portions that grow, each with how many courses are known of; the site's spread over it."""
        size, known = _FIRST_COURSES, 0
        for left in self._parts():
            known += len(left)
            while left:
                yield left[:size], known
                left = left[size:]
                size = min(2 * size, most)

    def _parts(self) -> Iterator[list[int]]:
        own = [course for course in dict.fromkeys(self.own) if course != SITE_HOME]
        yield own
        yield _spread(set(self.others()) - {*own, SITE_HOME})


def _spread(ids: set[int]) -> list[int]:
    """Put ids in an order in which every stretch holds old and new ones alike: courses made together look alike."""
    ordered = sorted(ids)
    step = -(-len(ordered) // _FIRST_COURSES) or 1
    return [one for start in range(step) for one in ordered[start::step]]


class Learner:
    """Learns roles from users who have them in courses; bounded in calls, and in users a call."""

    def __init__(self, moodle: Moodle, progress: Progress = silent) -> None:
        self._moodle = moodle
        self._progress = progress
        self.roles: dict[str, KnownRole] = {}
        """By short name."""
        self.holders: list[tuple[int, str]] = []
        """Some users who were seen to have a role, each by id, with its short name."""
        self._read = 0
        """Courses whose users were shown."""
        self._refused = 0
        self._lacking = ENTERING
        """The permission for want of which nothing could be read."""
        self._calls = 0
        self._together = True
        """Whether several courses may be read with one call, as far as is known."""
        self._longer: list[tuple[int, int]] = []
        """Courses with more users than were looked at, each with how many were."""

    def learn(self, courses: Courses, enough: Callable[[RoleList], bool]) -> None:
        """Look into courses, a few users of each first and then at those left over, until `enough` is content."""
        if not self._may_read() or enough(self.known()):
            return
        looked = 0
        for batch, of in courses.batches(min(_MOST_COURSES, self._moodle.max_values(others=6) // 2)):
            users = max(_FEWEST_USERS, min(_FIRST_USERS, _USERS_A_CALL // len(batch)))
            self._look_into(batch, _Page(0, users))
            looked += len(batch)
            self._progress("courses for roles", looked, of)
            if enough(self.known()) or self._is_over():
                return
        for course, begin in self._longer[:_LONG_COURSES]:
            self._read_on(course, begin)
            if enough(self.known()) or self._is_over():
                return

    def glance(self, courses: Sequence[int]) -> None:
        """Look at a few users of a few courses, with one call if that is permitted."""
        if courses and self._may_read():
            self._look_into(courses[:_FIRST_COURSES], _Page(0, _GLANCED_USERS))

    def ask_about(self, people: Mapping[int, int]) -> None:
        """Look at the roles of people in courses, `{user id: course id}`, with one call; a user has one course in it.

        Case `profiles-same-user-two-courses`.
        """
        if not people or not self._moodle.may_have(functions.COURSE_PROFILES):
            return
        asked = [{"userid": user, "courseid": course} for user, course in people.items()]
        try:
            answer = records(self._moodle.ask(functions.COURSE_PROFILES, {"userlist": asked}))
        except (CallRefused, NotInService):
            return
        for user in answer:
            self._take_in_roles(user, f"seen in course {people[int(user['id'])]}")

    def known(self) -> RoleList:
        """Give what has been learned so far."""
        if not self._may_read():
            return RoleList((), complete=False, hint=FUNCTION_HINT)
        if self._refused and not self._read:
            return RoleList((), complete=False, hint=PERMISSION_HINTS[self._lacking], lacks=self._lacking)
        roles = list(self.roles.values())
        return RoleList(roles, complete=False, hint=WAYS_HINT, looked_into=self._read)

    def _may_read(self) -> bool:
        return any(map(self._moodle.may_have, (functions.ENROLLED_WITH_CAPABILITY, functions.ENROLLED)))

    def _is_over(self) -> bool:
        return self._calls >= _MOST_CALLS

    def _read_on(self, course: int, begin: int) -> None:
        """Read the rest of a course, page after page."""
        self._longer = []
        self._look_into([course], _Page(begin, _MOST_USERS))
        while self._longer and not self._is_over():
            begin += _MOST_USERS
            self._longer = []
            self._look_into([course], _Page(begin, _MOST_USERS))

    def _look_into(self, courses: Sequence[int], page: "_Page") -> None:
        """Look into courses with one call; one of them that cannot be seen fails it, so the call is halved.

        Case `withcap-unknown-course`. The budget of calls is looked at before each of them.
        """
        for some, answer in in_halves(lambda some: self._together_or_not(some, page), courses):
            if isinstance(answer, CallRefused):
                self._alone(some[0], page)

    def _together_or_not(self, courses: Sequence[int], page: "_Page") -> None:
        if self._is_over() or (self._together and self._many(courses, page)):
            return
        for course in courses:
            self._alone(course, page)

    def _many(self, courses: Sequence[int], page: "_Page") -> bool:
        """Read several courses; whether there is a function for that. Raises `CallRefused` where one cannot be seen."""
        # An empty capability asks for everybody who is enrolled (case `withcap-two-courses`).
        wanted = [{"courseid": course, "capabilities": [""]} for course in courses]
        asked = {"coursecapabilities": wanted, "options": page.options()}
        answer = self._ask(functions.ENROLLED_WITH_CAPABILITY, asked)
        if answer is None:
            self._together = False
            return False
        for record in records(answer):
            self._take_in(int(record["courseid"]), records(record["users"]), page)
        return True

    def _alone(self, course: int, page: "_Page") -> None:
        """Read a course by the function for a single one."""
        if self._is_over():
            return
        try:
            answer = self._ask(functions.ENROLLED, {"courseid": course, "options": page.options()})
        except CallRefused:
            answer = None
        if answer is None:
            self._refused += 1
            return
        self._take_in(course, records(answer), page)
        self._together = False  # the one function is refused where the other is not: it will be again

    def _ask(self, function: str, params: Mapping[str, object]) -> object:
        """Call a function; None where there is no such function for this token. Raises `CallRefused`."""
        if not self._moodle.may_have(function):
            return None
        self._calls += 1
        try:
            return self._moodle.ask(function, params)
        except NotInService:
            return None
        except CallRefused as refusal:
            if refusal.errorcode == "nopermissions":
                self._lacking = PARTICIPANTS
            raise

    def _take_in(self, course: int, users: Sequence[Mapping[str, object]], page: "_Page") -> None:
        self._read += page.begin == 0
        if len(users) >= page.number:
            self._longer.append((course, page.begin + page.number))
        for user in users:
            for shortname in self._take_in_roles(user, f"seen in course {course}"):
                if page.begin == 0 and len(self.holders) < _GLANCED_USERS:
                    self.holders.append((int(str(user["id"])), shortname))

    def _take_in_roles(self, user: Mapping[str, object], origin: str) -> list[str]:
        """Learn the roles that a user is shown with; gives their short names."""
        some = [role_of(role["roleid"], role, origin) for role in records(user.get("roles") or [])]
        for known in some:
            self.roles.setdefault(known.shortname, known)
        return [known.shortname for known in some]


@dataclass(frozen=True)
class _Page:
    """A part of a course's users, who come in the order of their ids."""

    begin: int
    number: int

    def options(self) -> list[dict[str, object]]:
        """Ask for this page, and for ids and roles only: with all fields the site takes six times as long."""
        values = {"userfields": "id,roles", "limitfrom": self.begin, "limitnumber": self.number}
        return [{"name": name, "value": value} for name, value in values.items()]
