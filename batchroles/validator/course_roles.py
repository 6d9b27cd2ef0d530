"""Reading roles and enrolments in courses, and saying of every user and course why nothing could be read.

Core lets a client read back roles in courses only: enrolled users of many courses in one call
(`core_enrol_get_enrolled_users_with_capability`), and anybody else by user and course
(`core_user_get_course_user_profiles`). Whom an answer leaves out (not visible to the token, beyond a limit) is not
known to be without the role. Neither says who gave a role: one that is given by hand and by a cohort stands twice (case
`enrolled-cohort`). Both show roles of exactly that course, not those of its category (case `profiles-category-role`).

Who is on a course's whole list is enrolled there, by whatever method, suspended or not; who is not on it, but is shown
by the profile, which asks the same of the token, is not. Who may come in is on the list of `onlyactive`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from batchroles.client import Moodle
from batchroles.client.functions import COURSE_PROFILES, ENROLLED_WITH_CAPABILITY
from batchroles.client.side_by_side import Progress, in_halves, side_by_side, silent
from batchroles.errors import CallRefused, NotInService
from batchroles.models import Lines
from batchroles.models.enrolments import Enrolment
from batchroles.models.levels import SITE_HOME
from batchroles.models.lines import NOT_READ, Ints, Mask
from batchroles.validator.sight import NOT_SHOWN, Unread

COURSES_A_CALL = 20
"""Courses read in one call: a measured site took 0.6 s for 1,000 enrolled users."""
PROFILES_A_CALL = 100
"""Users read in one call outside their enrolments."""
PROFILE_COSTS = 7
"""As many people of a course's list cost that site as much as the profile of one."""
FEWEST_LISTED = 200
"""So many people of a course are listed at least, though few of them are asked about."""
HOPELESS = 10
"""After so many courses or users that were refused alone, and no answer at all, a function is left alone."""

Shown: TypeAlias = list[tuple[int, list[int]]]
"""Numbers of pairs that an answer shows, and the ids of their roles."""


class Pairs:
    """Which roles Moodle shows of the users of some lines, in the lines' courses.

    Pairs of user and course are numbered in the order of the courses, so that the people of a course stand together:
    a file may have a million of them.
    """

    def __init__(self, lines: Lines, chosen: Mask) -> None:
        self._lines, self._chosen = lines, chosen
        course, user = lines.instanceid[chosen], lines.userid[chosen]
        order = np.lexsort((user, course))
        new = np.ones(len(order), bool)
        new[1:] = (np.diff(course[order]) != 0) | (np.diff(user[order]) != 0)
        self._pair_of_line: Ints = np.empty(len(order), "int64")
        self._pair_of_line[order] = np.cumsum(new) - 1
        firsts = order[new]
        self.course: Ints = course[firsts]
        self.user: Ints = user[firsts]
        self._why = np.zeros(len(firsts), "int64")
        """By pair: where in `_reasons` it stands why it is not shown, if it is not."""
        self._reasons = [NOT_SHOWN]
        self._shown_pairs: list[int] = []
        self._shown_roles: list[int] = []
        self.read = np.zeros(len(firsts), bool)
        of_enrolment = np.flatnonzero(lines.whose(lambda change: change.of_enrolment)[chosen])
        self.whole = np.isin(self.course, np.unique(self.course[self._pair_of_line[of_enrolment]]))
        """By pair: whether everybody in its course is to be listed, because a line is about an enrolment there."""
        self.complete = np.zeros(len(firsts), bool)
        self._listed = np.zeros(len(firsts), bool)
        self._active = np.full(len(firsts), NOT_READ, "int8")

    def list_whole(self, pairs: Ints, listed: Ints) -> None:
        """Take in that the whole lists of the courses of some pairs were read, and which of the pairs they hold."""
        self.complete[pairs] = True
        self._listed[listed] = True

    def list_active(self, pairs: Ints, listed: Ints) -> None:
        """Take in the same of the lists of those who are let in."""
        self._active[pairs] = 0
        self._active[listed] = 1

    def enrolled(self) -> npt.NDArray[np.int8]:
        """Give for every line the `Enrolment` of its user; `NOT_READ` where that is not known."""
        roles = np.bincount(np.array(self._shown_pairs, "int64"), minlength=len(self.read))
        inside = np.select(
            [self._active == 1, self._active == 0],
            [Enrolment.ACTIVE, Enrolment.INACTIVE],
            default=Enrolment.UNTOLD,
        )
        outside = np.where(roles > 0, Enrolment.ROLE_ONLY, Enrolment.NONE)
        found = np.select(
            [self._listed, self.complete & self.read], [inside, outside], default=Enrolment.NOT_READ
        )
        return self._by_line(found, NOT_READ)

    def roles(self) -> Ints:
        """Give for every line how many roles its user has there, by whomever; `NOT_READ` where it is not known."""
        counts = np.bincount(np.array(self._shown_pairs, "int64"), minlength=len(self.read))
        found: Ints = self._by_line(np.where(self.read, counts, NOT_READ), NOT_READ)
        return found

    def any_role(self) -> Ints:
        """Give for every line the id of a role that its user has there, 0 where none is known."""
        role = np.zeros(len(self.read), "int64")
        # Backwards: the first that is shown is written last.
        role[self._shown_pairs[::-1]] = self._shown_roles[::-1]
        found: Ints = self._by_line(role, 0)
        return found

    def _by_line(self, of_pair: npt.NDArray[Any], otherwise: int) -> npt.NDArray[Any]:
        found = np.full(len(self._lines), otherwise, of_pair.dtype)
        found[self._chosen] = of_pair[self._pair_of_line]
        return found

    def show(self, shown: Shown) -> None:
        """Take in what an answer shows."""
        for pair, roles in shown:
            self.read[pair] = True
            self._shown_pairs += [pair] * len(roles)
            self._shown_roles += roles

    def hide(self, pairs: Ints, cause: Unread) -> None:
        """Note why some pairs are not shown."""
        if cause not in self._reasons:
            self._reasons.append(cause)
        self._why[pairs] = self._reasons.index(cause)

    def held(self) -> Ints:
        """Give for every line how often the user has the role there; `NOT_READ` where that is not known."""
        found = np.full(len(self._lines), NOT_READ, "int64")
        roles = self._lines.roleid[self._chosen]
        distinct, code = np.unique(
            np.array([*self._shown_roles, *roles.tolist()], "int64"), return_inverse=True
        )
        shown = np.array(self._shown_pairs, "int64") * len(distinct) + code[: len(self._shown_roles)]
        asked = self._pair_of_line * len(distinct) + code[len(self._shown_roles) :]
        keys, counts = np.unique(shown, return_counts=True)
        at = np.searchsorted(keys, asked)
        there = np.isin(asked, keys)
        count = np.zeros(len(asked), "int64")
        count[there] = counts[at[there]]
        found[self._chosen] = np.where(self.read[self._pair_of_line], count, NOT_READ)
        return found

    def why(self) -> tuple[list[Unread], Ints]:
        """Give reasons, and for every line the place of its own among them; -1 for a line that was not chosen."""
        why = np.full(len(self._lines), -1, "int64")
        why[self._chosen] = self._why[self._pair_of_line]
        return self._reasons, why


class _Function:
    """A function that reads, and whether it is of any use to ask it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lacking = False
        self.last_refusal: CallRefused | None = None
        self._answered = False
        self._refused_alone = 0

    @property
    def hopeless(self) -> bool:
        return self.lacking or (not self._answered and self._refused_alone >= HOPELESS)

    def answered(self) -> None:
        self._answered = True

    def refused_alone(self, refusal: CallRefused) -> None:
        self.last_refusal = refusal
        self._refused_alone += 1


class CourseReader:
    """Reads the roles of pairs of user and course: course by course first, whoever is left by the profile."""

    def __init__(self, moodle: Moodle, progress: Progress = silent) -> None:
        self._moodle, self._progress = moodle, progress
        self._listing, self._profiles = _Function(ENROLLED_WITH_CAPABILITY), _Function(COURSE_PROFILES)
        self._active = _Function(ENROLLED_WITH_CAPABILITY)
        """The first one again, which asks for more permissions where it is asked who is let in."""

    def read(self, people: Pairs) -> None:
        """Read what can be read. Raises what `Moodle.call` raises, but for what only means that less is known."""
        # Everybody of the site counts as enrolled in the site home: too many to list.
        listed = people.course != SITE_HOME
        for some in (listed & people.whole, listed & ~people.whole):
            parts = self._courses(people, some)
            self._gather(people, self._listing, self._in_courses, parts, "reading courses")
        if (whole := people.complete & people.whole).any():
            parts = self._courses(people, whole)
            self._gather(people, self._active, self._let_in, parts, "reading enrolments")
        rest = np.flatnonzero(~people.read)
        by_profile = list(_without_repeats(people, rest, _fitting(self._moodle, PROFILES_A_CALL)))
        self._gather(people, self._profiles, self._by_profile, by_profile, "reading users")
        if self._listing.lacking:
            people.hide(np.flatnonzero(people.whole & ~people.complete), self._lacking())
        if self._profiles.lacking:
            people.hide(np.flatnonzero(~people.read), self._lacking())
        elif self._profiles.hopeless and self._profiles.last_refusal is not None:
            people.hide(np.flatnonzero(~people.read), _refused(self._profiles.last_refusal))

    def look(self, people: Pairs) -> None:
        """Read the lists of as many courses as one call takes, those of most people first, and nothing else."""
        listed = np.flatnonzero(people.course != SITE_HOME)
        courses, counts = np.unique(people.course[listed], return_counts=True)
        most = courses[np.argsort(-counts, kind="stable")][:COURSES_A_CALL]
        parts = self._courses(people, np.isin(people.course, most))[:1]
        self._gather(people, self._listing, self._in_courses, parts, "reading courses")
        people.read |= people.complete

    def _courses(self, people: Pairs, chosen: Mask) -> list[list[Ints]]:
        """Part the courses of some pairs into calls, each course given by the numbers of its pairs."""
        listed = np.flatnonzero(chosen)
        courses = np.split(listed, np.flatnonzero(np.diff(people.course[listed])) + 1) if len(listed) else []
        step = _fitting(self._moodle, COURSES_A_CALL, others=6)
        return [courses[at : at + step] for at in range(0, len(courses), step)]

    def _gather(
        self,
        people: Pairs,
        function: _Function,
        ask: Callable[[Pairs, Any], Shown],
        parts: Sequence[Any],
        what: str,
    ) -> None:
        read = partial(self._in_halves, function, partial(ask, people))
        for done, (_, (shown, refused)) in enumerate(side_by_side(read, parts, self._moodle.workers), 1):
            people.show(shown)
            for pairs, refusal in refused:
                people.hide(pairs, _refused(refusal))
            self._progress(what, done, len(parts))

    def _in_halves(
        self, function: _Function, ask: Callable[[Any], Shown], whole: Any
    ) -> tuple[Shown, list[tuple[Ints, CallRefused]]]:
        """Read a part; one course or user that cannot be read fails the call. Gives the refused ones apart."""
        found: Shown = []
        refused: list[tuple[Ints, CallRefused]] = []
        for part, answer in in_halves(partial(self._if_of_use, function, ask), whole):
            if isinstance(answer, CallRefused):
                function.refused_alone(answer)
                refused.append((part[0], answer))
            else:
                found += answer
        return found, refused

    def _if_of_use(self, function: _Function, ask: Callable[[Any], Shown], part: Any) -> Shown:
        if function.hopeless:
            return []
        try:
            shown = ask(part)
        except NotInService:
            function.lacking = True
            return []
        function.answered()
        return shown

    def _in_courses(self, people: Pairs, courses: Sequence[Ints]) -> Shown:
        """Read the lists of some courses, each given by the numbers of its pairs."""
        pairs = np.concatenate(courses)
        numbers = _numbers(people, pairs)
        options = {"userfields": "id,roles"}
        whole = bool(people.whole[pairs[0]])
        if not whole:
            # The list of a course may have thousands of people of whom the file names three.
            options["limitnumber"] = str(max(FEWEST_LISTED, PROFILE_COSTS * max(map(len, courses))))
        everybody = self._listed(people, courses, options)
        counts = Counter(course for (_, course), _ in everybody)
        found = [(numbers[key], user) for key, user in everybody if key in numbers]
        shown = [(pair, _roles(user)) for pair, user in found if "roles" in user]
        listed = np.array([pair for pair, _ in found], "int64")
        if whole:
            people.list_whole(pairs, listed)
        else:
            # A course whose list is not full has nobody more, unless more people are hidden from this token than the
            # list had room for: good enough to speak of enrolments, not to change any.
            full = {course for course, count in counts.items() if count >= int(options["limitnumber"])}
            people.list_whole(pairs[~np.isin(people.course[pairs], list(full))], listed)
        return shown

    def _let_in(self, people: Pairs, courses: Sequence[Ints]) -> Shown:
        """Read who in some courses is let in; roles are known already."""
        pairs = np.concatenate(courses)
        numbers = _numbers(people, pairs)
        found = self._listed(people, courses, {"userfields": "id", "onlyactive": "1"})
        people.list_active(pairs, np.array([numbers[key] for key, _ in found if key in numbers], "int64"))
        return []

    def _listed(
        self, people: Pairs, courses: Sequence[Ints], options: Mapping[str, str]
    ) -> list[tuple[tuple[int, int], Mapping[str, Any]]]:
        """Read the lists of some courses: (user id, course id) and what is shown of the user."""
        asked = {
            "coursecapabilities": [
                {"courseid": int(people.course[some[0]]), "capabilities": [""]} for some in courses
            ],
            "options": [{"name": name, "value": value} for name, value in options.items()],
        }
        answer = cast("list[Any]", self._moodle.ask(ENROLLED_WITH_CAPABILITY, asked))
        return [
            ((int(user["id"]), int(course["courseid"])), user)
            for course in answer
            for user in course["users"] or []
        ]

    def _by_profile(self, people: Pairs, pairs: Ints) -> Shown:
        """Read the roles of some pairs of different users, whether they are enrolled or not."""
        users = {user: pair for (user, _), pair in _numbers(people, pairs).items()}
        asked = {
            "userlist": [
                {"userid": int(people.user[pair]), "courseid": int(people.course[pair])}
                for pair in pairs.tolist()
            ]
        }
        answer = cast("list[Any]", self._moodle.ask(COURSE_PROFILES, asked))
        return [
            (users[int(user["id"])], _roles(user))
            for user in answer
            if int(user["id"]) in users and "roles" in user
        ]

    def _lacking(self) -> Unread:
        names = [one.name for one in (self._listing, self._profiles) if one.lacking]
        return Unread(
            f"{' and '.join(names)} {'are' if len(names) > 1 else 'is'} not among the functions of the token's"
            " service",
            "An administrator adds what is missing to the service (batchroles setup lists all functions).",
        )


def _refused(refusal: CallRefused) -> Unread:
    return Unread(
        f"Moodle refuses to show the roles in the course: {refusal.message} ({refusal.errorcode})",
        "The token's user needs moodle/course:viewparticipants and moodle/course:view in the course.",
    )


def _fitting(moodle: Moodle, most: int, others: int = 0) -> int:
    """Give how many entries of two variables each fit into a call: PHP drops what is beyond its limit."""
    return max(1, min(most, moodle.max_values(others) // 2))


def _numbers(people: Pairs, pairs: Ints) -> dict[tuple[int, int], int]:
    """Give the numbers of some pairs by (user id, course id)."""
    keys = zip(people.user[pairs].tolist(), people.course[pairs].tolist(), strict=True)
    return dict(zip(keys, pairs.tolist(), strict=True))


def _roles(user: Mapping[str, Any]) -> list[int]:
    return [int(role["roleid"]) for role in user["roles"] or []]


def _without_repeats(people: Pairs, pairs: Ints, most: int) -> Iterable[Ints]:
    """Cut into parts in which no user occurs twice: Moodle answers a user with two courses for the last one only.

    Case `profiles-same-user-two-courses`.
    """
    turn = pd.Series(people.user[pairs]).groupby(people.user[pairs]).cumcount().to_numpy()
    for number in range(int(turn.max(initial=-1)) + 1):
        some = pairs[turn == number]
        yield from np.split(some, range(most, len(some), most))
