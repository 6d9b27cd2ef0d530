"""Courses by short name or ID number, in whichever way costs the site less."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchroles.client import Moodle, functions, records
from batchroles.client.side_by_side import Progress, side_by_side, silent
from batchroles.errors import CallRefused, NotInService
from batchroles.models import Code, ContextRef, Problem
from batchroles.validator.categories import Categories
from batchroles.validator.names import MOST, Resolved, did_you_mean, given_id, nearest

CALL = 0.021
"""Any call."""
COURSE_BY_FIELD = 0.041
"""One course, the call included."""
COURSE_OF_ALL = 0.28 / 503
"""Each course of the site, when all are fetched at once."""
FEW_COURSES = 7
"""Up to so many courses, one by one is cheaper on a site of 500 courses and not dearer to speak of on a small one."""


def all_at_once_is_cheaper(wanted: int, on_site: int) -> bool:
    """Whether fetching all courses of a site costs less than looking up `wanted` of them one by one."""
    return CALL + on_site * COURSE_OF_ALL < wanted * COURSE_BY_FIELD


@dataclass(frozen=True)
class Course:
    """A course as Moodle answered."""

    id: int
    shortname: str
    idnumber: str | None
    """None where the token may not see it."""

    def __str__(self) -> str:
        return f"{self.shortname} (id {self.id})"


class CourseSource:
    """Fetches courses, nothing twice."""

    def __init__(self, moodle: Moodle, progress: Progress = silent) -> None:
        self._moodle = moodle
        self._progress = progress
        self._asked_for_all = False
        self.all: list[Course] | None = None
        """Every course of the site, once they have been fetched at once."""
        self.single: dict[ContextRef, list[Course]] = {}
        """What single look-ups found."""
        self.single_refusal: NotInService | None = None
        """Why single look-ups are not possible, once that is known."""

    def fetch_all(self) -> None:
        """Fetch all courses, once; a token that may not see every one of them gets none.

        One course that may not be entered fails the call (case `courses-limited-one-outside`).
        """
        if self._asked_for_all:
            return
        self._asked_for_all = True
        try:
            answer = self._moodle.ask(functions.COURSES)
        except (CallRefused, NotInService):
            return
        self.all = [_course(record) for record in records(answer)]
        self._progress("courses", len(self.all), len(self.all))

    def shown(self) -> list[int]:
        """Give the ids of the courses that the other function shows: it leaves out those that may not be entered."""
        try:
            answer = self._moodle.ask(functions.COURSES_BY_FIELD)
        except (CallRefused, NotInService):
            return []
        return [_course(record).id for record in records(answer, "courses")]

    def fetch_singly(self, wanted: Sequence[ContextRef]) -> None:
        """Look courses up one by one, as far as the token may."""
        left = [ref for ref in wanted if ref not in self.single and self.single_refusal is None]
        try:
            for done, (ref, courses) in enumerate(side_by_side(self._ask, left, self._moodle.workers), 1):
                self.single[ref] = courses
                self._progress("courses", done, len(left))
        except NotInService as refusal:
            self.single_refusal = refusal

    def _ask(self, ref: ContextRef) -> list[Course]:
        answer = self._moodle.ask(functions.COURSES_BY_FIELD, {"field": ref.by, "value": ref.value})
        courses = [_course(record) for record in records(answer, "courses")]
        # A database that compares without case answers with other spellings too (MySQL; case `cbf-shortname-other-case`
        # is PostgreSQL's).
        return [course for course in courses if getattr(course, ref.by) in (ref.value, None)]

    def among_all(self, wanted: Sequence[ContextRef]) -> dict[ContextRef, list[Course]]:
        """Match against all courses, if they were fetched; an ID number that may only be hidden is left out."""
        if self.all is None:
            return {}
        by_name: dict[tuple[str, str], list[Course]] = defaultdict(list)
        for course in self.all:
            by_name["shortname", course.shortname].append(course)
            by_name["idnumber", course.idnumber or ""].append(course)
        all_shown = all(course.idnumber is not None for course in self.all)
        hits = {ref: by_name.get((ref.by, ref.value), []) for ref in wanted}
        return {ref: many for ref, many in hits.items() if many or ref.by == "shortname" or all_shown}

    def seen(self) -> list[Course]:
        """Give every course that was fetched."""
        return self.all or [course for many in self.single.values() for course in many]


def _course(one: Mapping[str, Any]) -> Course:
    # The ID number is absent where it may not be seen, though courses are found by it all the same (cases
    # `cbf-idnumber`, `cbf-idnumber-cap-update`); XML prints what is absent as null.
    idnumber = one.get("idnumber")
    return Course(int(one["id"]), str(one["shortname"]), None if idnumber is None else str(idnumber))


_NAMES = {"shortname": "Course", "idnumber": "Course with ID number"}
_TASTERS = 3
"""ID numbers looked up to learn whether answers show ID numbers at all."""


class CourseFinder:
    """Looks courses up; one instance per file."""

    def __init__(self, moodle: Moodle, categories: Categories, progress: Progress = silent) -> None:
        self._moodle = moodle
        self._categories = categories
        self._source = CourseSource(moodle, progress)

    def find(self, refs: Iterable[ContextRef]) -> dict[ContextRef, Resolved]:
        """Turn references to courses into ids, or into problems."""
        distinct = sorted(set(refs))
        found: dict[ContextRef, Resolved] = {
            ref: given_id(ref.value, "course") for ref in distinct if ref.by == "id"
        }
        wanted = [ref for ref in distinct if ref.by != "id"]
        hits = self._hits(wanted)
        near = self._near([ref for ref in wanted if not hits.get(ref)])
        return found | {ref: self._found(ref, hits, near.get(ref)) for ref in wanted}

    def every(self) -> list[Course]:
        """Give all courses of the site, or none where the token may not ask for them."""
        self._source.fetch_all()
        return self._source.all or []

    def visible(self) -> list[int]:
        """Give the ids of all courses that the token is shown, for a look into them."""
        if courses := self.every():
            return [course.id for course in courses]
        return self._source.shown()

    def _hits(self, wanted: Sequence[ContextRef]) -> dict[ContextRef, list[Course]]:
        """Give the courses that match; a reference that cannot be looked up at all is left out."""
        source = self._source
        if self._worth_all(wanted):
            source.fetch_all()
        hits = source.among_all(wanted)
        left = [ref for ref in wanted if ref not in hits]
        source.fetch_singly(left)
        if source.single_refusal is not None:
            source.fetch_all()
            if source.all is None:
                raise source.single_refusal
            hits = source.among_all(wanted)
        return {ref: source.single[ref] for ref in left if ref in source.single} | hits

    def _worth_all(self, wanted: Sequence[ContextRef]) -> bool:
        """Whether fetching all courses is possible and cheaper than looking these up one by one."""
        if len(wanted) <= FEW_COURSES or not self._moodle.may_have(functions.COURSES):
            return False
        told = self._told_by_all(wanted)
        if told <= FEW_COURSES:
            return False
        on_site = self._categories.course_count() if self._moodle.may_have(functions.CATEGORIES) else None
        return on_site is None or all_at_once_is_cheaper(told, on_site)

    def _told_by_all(self, wanted: Sequence[ContextRef]) -> int:
        """Count what fetching all courses would tell; a few ID numbers are looked up to know whether they show."""
        numbers = [ref for ref in wanted if ref.by == "idnumber"]
        for ref in numbers[:_TASTERS]:
            self._source.fetch_singly([ref])
            tasted = self._source.single.get(ref, [])
            if tasted:
                hidden = tasted[0].idnumber is None
                return len(wanted) - (len(numbers) if hidden else 1)
        return len(wanted) - len(numbers)

    def _near(self, missing: Sequence[ContextRef]) -> dict[ContextRef, str | None]:
        courses = self._source.seen()
        known = {
            "shortname": {course.shortname for course in courses},
            "idnumber": {course.idnumber for course in courses if course.idnumber},
        }
        return {ref: nearest(ref.value, sorted(known[ref.by])) for ref in missing[:MOST]}

    def _found(self, ref: ContextRef, hits: dict[ContextRef, list[Course]], near: str | None) -> Resolved:
        many = hits.get(ref)
        if many is None:
            return _no_permission(ref)
        if len(many) == 1:
            return many[0].id
        certain = ref.by == "shortname" and self._source.all is not None
        return _several(ref, many) if many else _not_found(ref, near, certain=certain)


def _not_found(ref: ContextRef, near: str | None, *, certain: bool) -> Problem:
    said = "not found" if certain else "not found, or not visible to this token"
    fix = "Check the spelling of the short name (capital and small letters count)"
    if ref.by == "idnumber":
        fix = "Check the ID number in the course's settings"
    if not certain:
        fix += "; a hidden course is seen only with moodle/course:viewhiddencourses"
    return Problem(
        Code.CONTEXT_NOT_FOUND,
        f'{_NAMES[ref.by]} "{ref.value}" {said}{did_you_mean(ref.value, near)}',
        f"{fix}.",
        value=ref.value,
    )


def _several(ref: ContextRef, many: Sequence[Course]) -> Problem:
    return Problem(
        Code.CONTEXT_AMBIGUOUS,
        f'{_NAMES[ref.by]} "{ref.value}" stands for several courses: {", ".join(map(str, many))}.',
        "Write the short name or course:id=… instead.",
        value=ref.value,
    )


def _no_permission(ref: ContextRef) -> Problem:
    return Problem(
        Code.NO_PERMISSION,
        f'{_NAMES[ref.by]} "{ref.value}" cannot be looked up: {functions.COURSES_BY_FIELD} is not in the token\'s'
        " service, and Moodle shows ID numbers of courses only with the permission moodle/course:update.",
        f"Add {functions.COURSES_BY_FIELD} to the token's service, or write the short name or course:id=… instead.",
        value=ref.value,
    )
