"""Reading roles in courses, and saying of every user and course why nothing could be read.

Core lets a client read back roles in courses only: enrolled users of many courses in one call
(`core_enrol_get_enrolled_users_with_capability`), and anybody else by user and course
(`core_user_get_course_user_profiles`). Whom an answer leaves out (not visible to the token, beyond a limit) is not
known to be without the role. Neither says who gave a role: one that is given by hand and by a cohort stands twice (case
`enrolled-cohort`). Both show roles of exactly that course, not those of its category (case `profiles-category-role`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, cast

import numpy as np
import pandas as pd

from batchroles.client import Moodle
from batchroles.client.functions import COURSE_PROFILES, ENROLLED_WITH_CAPABILITY
from batchroles.client.side_by_side import Progress, in_halves, side_by_side, silent
from batchroles.errors import CallRefused, NotInService
from batchroles.models import Code, Level, Lines, Problem
from batchroles.models.levels import SITE_HOME
from batchroles.models.lines import NOT_READ, Ints, Mask

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


@dataclass(frozen=True)
class Unread:
    """Why it is not known whether somebody has a role."""

    why: str
    """A clause."""
    fix: str
    """A sentence."""

    @property
    def not_verified(self) -> Problem:
        """The problem of a row that was done and that nobody could look at."""
        reason = f"Moodle confirmed the call, but whether it is so could not be read: {self.why}."
        return Problem(Code.NOT_VERIFIED, reason, self.fix)


NOT_SHOWN = Unread(
    "Moodle shows this token nothing of the user in the course",
    "The token's user needs moodle/user:viewdetails in the course; a deleted user is shown to nobody.",
)


NOT_A_ROLE = Unread("it is no role, and only roles are read", "Look at the place in Moodle.")


def shown(lines: Lines) -> Mask:
    """Choose the lines of which the roles in a course tell whether they are so."""
    levels = [level for level in Level if level.facts.roles_shown]
    return lines.at(*levels) & lines.whose(lambda change: change.shown_by_roles)


class Sight:
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

    def unread(self, mask: Mask) -> dict[Unread, Mask]:
        """Part lines that are not known by the reason, most lines first."""
        found: dict[Unread, Mask] = {}
        why = np.full(len(self._lines), -1, "int64")
        why[self._chosen] = self._why[self._pair_of_line]
        for number, cause in enumerate(self._reasons):
            found[cause] = found.get(cause, False) | (mask & (why == number))
        shown_by_roles = self._lines.whose(lambda change: change.shown_by_roles)
        found[NOT_A_ROLE] = mask & ~shown_by_roles
        mask = mask & shown_by_roles
        for one in (one for one in Level if not one.facts.roles_shown):
            place = Unread(
                f"Moodle's web service shows roles in courses only, not in {one.facts.place}",
                "Look at the page Assign roles of that place.",
            )
            found[place] = mask & self._lines.at(one)
        some = {cause: lines for cause, lines in found.items() if lines.any()}
        return dict(sorted(some.items(), key=lambda item: -int(item[1].sum())))


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


class Reader:
    """Reads the roles of pairs of user and course: course by course first, whoever is left by the profile."""

    def __init__(self, moodle: Moodle, progress: Progress = silent) -> None:
        self._moodle, self._progress = moodle, progress
        self._listing, self._profiles = _Function(ENROLLED_WITH_CAPABILITY), _Function(COURSE_PROFILES)

    def read(self, sight: Sight) -> None:
        """Read what can be read. Raises what `Moodle.call` raises, but for what only means that less is known."""
        # Everybody of the site counts as enrolled in the site home: too many to list.
        listed = np.flatnonzero(sight.course != SITE_HOME)
        courses = np.split(listed, np.flatnonzero(np.diff(sight.course[listed])) + 1) if len(listed) else []
        step = _fitting(self._moodle, COURSES_A_CALL, others=4)
        parts = [courses[at : at + step] for at in range(0, len(courses), step)]
        self._gather(sight, self._listing, self._in_courses, parts, "reading courses")
        rest = np.flatnonzero(~sight.read)
        by_profile = list(_without_repeats(sight, rest, _fitting(self._moodle, PROFILES_A_CALL)))
        self._gather(sight, self._profiles, self._by_profile, by_profile, "reading users")
        if self._profiles.lacking:
            sight.hide(np.flatnonzero(~sight.read), self._lacking())
        elif self._profiles.hopeless and self._profiles.last_refusal is not None:
            sight.hide(np.flatnonzero(~sight.read), _refused(self._profiles.last_refusal))

    def _gather(
        self,
        sight: Sight,
        function: _Function,
        ask: Callable[[Sight, Any], Shown],
        parts: Sequence[Any],
        what: str,
    ) -> None:
        read = partial(self._in_halves, function, partial(ask, sight))
        for done, (_, (shown, refused)) in enumerate(side_by_side(read, parts, self._moodle.workers), 1):
            sight.show(shown)
            for pairs, refusal in refused:
                sight.hide(pairs, _refused(refusal))
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

    def _in_courses(self, sight: Sight, courses: Sequence[Ints]) -> Shown:
        """Read the lists of some courses, each given by the numbers of its pairs."""
        pairs = np.concatenate(courses)
        numbers = _numbers(sight, pairs)
        # The list of a course may have thousands of people of whom the file names three.
        most = max(FEWEST_LISTED, PROFILE_COSTS * max(map(len, courses)))
        asked = {
            "coursecapabilities": [
                {"courseid": int(sight.course[some[0]]), "capabilities": [""]} for some in courses
            ],
            "options": [
                {"name": "userfields", "value": "id,roles"},
                {"name": "limitnumber", "value": most},
            ],
        }
        answer = cast("list[Any]", self._moodle.ask(ENROLLED_WITH_CAPABILITY, asked))
        return [
            (numbers[key], _roles(user))
            for course in answer
            for user in course["users"] or []
            if (key := (int(user["id"]), int(course["courseid"]))) in numbers and "roles" in user
        ]

    def _by_profile(self, sight: Sight, pairs: Ints) -> Shown:
        """Read the roles of some pairs of different users, whether they are enrolled or not."""
        users = {user: pair for (user, _), pair in _numbers(sight, pairs).items()}
        asked = {
            "userlist": [
                {"userid": int(sight.user[pair]), "courseid": int(sight.course[pair])}
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


def _numbers(sight: Sight, pairs: Ints) -> dict[tuple[int, int], int]:
    """Give the numbers of some pairs by (user id, course id)."""
    keys = zip(sight.user[pairs].tolist(), sight.course[pairs].tolist(), strict=True)
    return dict(zip(keys, pairs.tolist(), strict=True))


def _roles(user: Mapping[str, Any]) -> list[int]:
    return [int(role["roleid"]) for role in user["roles"] or []]


def _without_repeats(sight: Sight, pairs: Ints, most: int) -> Iterable[Ints]:
    """Cut into parts in which no user occurs twice: Moodle answers a user with two courses for the last one only.

    Case `profiles-same-user-two-courses`.
    """
    turn = pd.Series(sight.user[pairs]).groupby(sight.user[pairs]).cumcount().to_numpy()
    for number in range(int(turn.max(initial=-1)) + 1):
        some = pairs[turn == number]
        yield from np.split(some, range(most, len(some), most))


def how_far(wanted: Mask, unread: Mapping[Unread, Mask], said: str) -> list[str]:
    """Say for how many rows something could be read, and why not for the rest."""
    count, missing = int(wanted.sum()), sum(int(mask.sum()) for mask in unread.values())
    reasons = "; ".join(f"{cause.why} ({mask.sum():,})" for cause, mask in unread.items())
    sentence = said.format(f"{count - missing:,} of {count:,}")
    sentence = sentence[0].upper() + sentence[1:]
    return [f"{sentence}; {missing:,} could not be: {reasons}." if missing else f"{sentence}."]
