"""What Moodle shows of roles in courses: before sending, to leave out what is so; after it, to believe nothing unseen.

Core lets a client read back roles in courses only: enrolled users of many courses in one call
(`core_enrol_get_enrolled_users_with_capability`), and anybody else by user and course
(`core_user_get_course_user_profiles`).
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from batchroles.client import Moodle
from batchroles.client.functions import COURSE_PROFILES, ENROLLED_WITH_CAPABILITY
from batchroles.errors import CallRefused, SiteRefusal
from batchroles.journal import Book, Ruling
from batchroles.models import Action, Code, Level, Plan, Problem, Status
from batchroles.models.plan import STATUSES, codes, status_code

COURSES_A_CALL = 20
"""Courses read in one call: a measured site took 0.6 s for 1,000 enrolled users."""
PROFILES_A_CALL = 100
"""Users read in one call outside their enrolments."""

Holding = tuple[int, int, int]
"""(user id, role id, course id)"""
Mask = npt.NDArray[np.bool_]
Progress = Callable[[str, int, int], None]

NOT_SEEN = Problem(
    code=Code.NOT_SEEN,
    reason="Moodle confirmed the call, but the user does not show this role in the course afterwards.",
    fix="Look at the course's participants; if the role is missing there too, run the row again.",
)
HELD = Problem(
    code=Code.HELD_BY_ENROLMENT,
    reason="The user still has this role in the course: an enrolment plugin (cohort sync, say) gives it.",
    fix="Remove the user where the enrolment comes from (the cohort, say); the role then goes by itself.",
)


@dataclass(frozen=True)
class Seen:
    """The roles that were read, and the courses and people for which that was possible."""

    holdings: frozenset[Holding]
    read: frozenset[tuple[int, int]]
    """(user id, course id) whose roles are known."""

    def __add__(self, other: "Seen") -> "Seen":
        return Seen(self.holdings | other.holdings, self.read | other.read)


NOTHING = Seen(frozenset(), frozenset())


def leave_out_what_is_so(plan: Plan, moodle: Moodle, workers: int, progress: Progress) -> Plan:
    """Give open rows whose role is there already (or, when unassigning, is not) the status `already`."""
    chosen = plan.lines["status"].isna().to_numpy() & _in_courses(plan.lines)
    seen = read_roles(plan.lines[chosen], moodle, workers, progress)
    held, known = _compare(plan.lines, chosen, seen)
    assigning = (plan.lines["action"] == Action.ASSIGN).to_numpy()
    already = chosen & known & (held == assigning)
    lines = _with_status(plan.lines, already, Status.ALREADY)
    return replace(plan, lines=lines.assign(known=chosen & known))


def verify(plan: Plan, moodle: Moodle, book: Book, *, every: bool, workers: int) -> list[str]:
    """Read back what was done, and rule `refused` for every row that Moodle does not show as it should be.

    Removals in courses are always read back, because Moodle answers success also where a role stays; assignments
    when `every` is set. Gives sentences that say how many rows could be verified and how many could not.
    """
    done = _to_verify(plan, book, every=every)
    chosen = done & _in_courses(plan.lines)
    if not chosen.any():
        return _counts(done, chosen) if every else []
    seen = read_roles(plan.lines[chosen], moodle, workers, lambda *_: None)
    held, known = _compare(plan.lines, chosen, seen)
    assigning = (plan.lines["action"] == Action.ASSIGN).to_numpy()
    missing, staying = chosen & known & assigning & ~held, chosen & known & ~assigning & held
    rulings = [
        Ruling(np.flatnonzero(mask), Status.REFUSED, problem)
        for mask, problem in ((missing, NOT_SEEN), (staying, HELD))
        if mask.any()
    ]
    book.verified(rulings)
    return _counts(done, chosen & known)


def unverified(plan: Plan, book: Book, *, every: bool) -> list[str]:
    """Say how many rows would have been read back, had there been time."""
    count = int((_to_verify(plan, book, every=every) & _in_courses(plan.lines)).sum())
    return [f"{count:,} rows that Moodle confirmed have not been read back."] if count else []


def _to_verify(plan: Plan, book: Book, *, every: bool) -> Mask:
    """Choose removals that were not read back yet, or every row that was done."""
    status = plan.lines["status"]
    removed = (status == Status.UNASSIGNED).to_numpy()
    if every:
        return np.asarray(removed | (status == Status.ASSIGNED).to_numpy())
    fresh = np.zeros(len(status), bool)
    fresh[book.lines_since_verified()] = True
    return np.asarray(removed & fresh)


def read_roles(lines: pd.DataFrame, moodle: Moodle, workers: int, progress: Progress) -> Seen:
    """Read the roles of the lines' users in the lines' courses, enrolled or not.

    Where the token may not read (function missing, no permission), less is known; that is no error.
    """
    wanted = set(zip(lines["userid"].tolist(), lines["instanceid"].tolist(), strict=True))
    reader = _Reader(moodle, workers, progress)
    enrolled = reader.enrolled(sorted({course for _, course in wanted}))
    others = reader.profiles(sorted(wanted - enrolled.read))
    return enrolled + others


class _Reader:
    def __init__(self, moodle: Moodle, workers: int, progress: Progress) -> None:
        self._moodle, self._workers, self._progress = moodle, workers, progress

    def enrolled(self, courses: Sequence[int]) -> Seen:
        """Read everybody enrolled in these courses."""
        parts = [courses[at : at + COURSES_A_CALL] for at in range(0, len(courses), COURSES_A_CALL)]
        return self._gather(self._enrolled_in, parts, "reading courses")

    def profiles(self, pairs: Sequence[tuple[int, int]]) -> Seen:
        """Read the given (user id, course id) whether enrolled or not."""
        return self._gather(self._profiles_of, list(_without_repeats(pairs)), "reading users")

    def _gather(self, read: Callable[[Any], Seen], parts: Sequence[Any], what: str) -> Seen:
        everything: list[Seen] = []
        with ThreadPoolExecutor(self._workers) as pool:
            for done, seen in enumerate(pool.map(partial(self._in_halves, read), parts), 1):
                everything.append(seen)
                self._progress(what, done, len(parts))
        return _sum(everything)

    def _in_halves(self, read: Callable[[Any], Seen], part: Sequence[Any]) -> Seen:
        """Read a part; one course or user that cannot be read fails the call, so a refused part is halved."""
        try:
            return read(part)
        except CallRefused:
            if len(part) == 1:
                return NOTHING
            middle = len(part) // 2
            return self._in_halves(read, part[:middle]) + self._in_halves(read, part[middle:])
        except SiteRefusal as refusal:
            if refusal.errorcode != "accessexception":
                raise
            return NOTHING

    def _enrolled_in(self, courses: Sequence[int]) -> Seen:
        asked = {
            "coursecapabilities": [{"courseid": course, "capabilities": [""]} for course in courses],
            "options": [{"name": "userfields", "value": "id,roles"}],
        }
        answer = cast("list[Any]", self._moodle.call(ENROLLED_WITH_CAPABILITY, asked))
        return _sum(
            _shown(user, int(course["courseid"])) for course in answer for user in course["users"] or []
        )

    def _profiles_of(self, pairs: Sequence[tuple[int, int]]) -> Seen:
        asked = {"userlist": [{"userid": user, "courseid": course} for user, course in pairs]}
        answer = cast("list[Any]", self._moodle.call(COURSE_PROFILES, asked))
        course_of = dict(pairs)
        return _sum(_shown(user, course_of[int(user["id"])]) for user in answer)


def _shown(user: dict[str, Any], course: int) -> Seen:
    userid = int(user["id"])
    roles = frozenset((userid, int(role["roleid"]), course) for role in user.get("roles") or [])
    return Seen(roles, frozenset([(userid, course)]))


def _sum(parts: Iterable[Seen]) -> Seen:
    parts = list(parts)
    return Seen(
        frozenset(chain.from_iterable(part.holdings for part in parts)),
        frozenset(chain.from_iterable(part.read for part in parts)),
    )


def _without_repeats(pairs: Sequence[tuple[int, int]]) -> Iterable[list[tuple[int, int]]]:
    """Cut into parts in which no user occurs twice: Moodle answers a user with two courses for the last one only."""
    parts: list[dict[int, int]] = []
    first_free: dict[int, int] = {}
    for user, course in pairs:
        at = first_free.get(user, 0)
        while at < len(parts) and len(parts[at]) >= PROFILES_A_CALL:
            at += 1
        if at == len(parts):
            parts.append({})
        parts[at][user] = course
        first_free[user] = at + 1
    return (list(part.items()) for part in parts)


def _in_courses(lines: pd.DataFrame) -> Mask:
    mask: Mask = (lines["level"] == Level.COURSE).to_numpy()
    return mask


def _compare(lines: pd.DataFrame, chosen: Mask, seen: Seen) -> tuple[Mask, Mask]:
    """Give for each chosen line whether the role is held, and whether that is known at all."""
    held, known = np.zeros(len(lines), bool), np.zeros(len(lines), bool)
    some = lines[chosen]
    triples = list(
        zip(some["userid"].tolist(), some["roleid"].tolist(), some["instanceid"].tolist(), strict=True)
    )
    held[chosen] = [triple in seen.holdings for triple in triples]
    known[chosen] = [(user, course) in seen.read for user, _, course in triples]
    return held, known


def _with_status(lines: pd.DataFrame, mask: Mask, status: Status) -> pd.DataFrame:
    numbers = codes(lines["status"])
    numbers[mask] = status_code(status)
    return lines.assign(status=pd.Categorical.from_codes(numbers, dtype=STATUSES))


def _counts(done: Mask, verified: Mask) -> list[str]:
    count, seen = int(done.sum()), int(verified.sum())
    said = f"{seen:,} of {count:,} rows were read back from Moodle"
    if seen < count:
        said += (
            f"; {count - seen:,} could not be (core shows roles of courses only, to those who may see them)"
        )
    return [f"{said}."]
