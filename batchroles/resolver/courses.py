"""Courses by short name or ID number: one by one, or all at once, whichever costs the site less."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from batchroles.client import Moodle, functions
from batchroles.errors import CallRefused, SiteRefusal
from batchroles.models import Code, ContextRef, Problem
from batchroles.resolver.categories import Categories
from batchroles.resolver.costs import FEW_COURSES, all_at_once_is_cheaper
from batchroles.resolver.ids import Found, given_id
from batchroles.resolver.service import NOT_IN_SERVICE, Service, records
from batchroles.resolver.side_by_side import Progress, side_by_side, silent
from batchroles.resolver.suggest import MOST, nearest

_NAMES = {"shortname": "course", "idnumber": "course with ID number"}
_TASTERS = 3
"""ID numbers looked up to learn whether answers show ID numbers at all."""


@dataclass(frozen=True)
class Course:
    """A course as Moodle answered."""

    id: int
    shortname: str
    idnumber: str | None
    """None where the token may not see it."""

    def __str__(self) -> str:
        return f"{self.shortname} (id {self.id})"


class CourseFinder:
    """Looks courses up; one instance per file."""

    def __init__(
        self,
        moodle: Moodle,
        service: Service,
        categories: Categories,
        workers: int = 4,
        progress: Progress = silent,
    ) -> None:
        self._moodle = moodle
        self._service = service
        self._categories = categories
        self._workers = workers
        self._progress = progress
        self._fetched: dict[ContextRef, list[Course]] = {}
        """Answers of single look-ups."""
        self._all: list[Course] | None = None
        """Every course of the site, once they have been fetched at once."""
        self._asked_for_all = False

    def find(self, refs: Iterable[ContextRef]) -> dict[ContextRef, Found]:
        """Turn references to courses into ids, or into problems."""
        wanted = sorted(set(refs))
        found: dict[ContextRef, Found] = {
            ref: given_id(ref.value, "course") for ref in wanted if ref.by == "id"
        }
        wanted = [ref for ref in wanted if ref.by != "id"]
        hits = self._hits(wanted)
        missing = [ref for ref in wanted if not hits[ref]]
        near = self._near(missing)
        for ref in wanted:
            many = hits[ref]
            if len(many) == 1:
                found[ref] = many[0].id
            else:
                found[ref] = _several(ref, many) if many else self._not_found(ref, near.get(ref))
        return found

    def every(self) -> list[Course]:
        """Give all courses of the site, or none where the token may not ask for them."""
        self._fetch_all()
        return self._all or []

    def _hits(self, wanted: Sequence[ContextRef]) -> dict[ContextRef, list[Course]]:
        if len(wanted) > FEW_COURSES and self._service.may_have(functions.COURSES):
            at_once = self._at_once(wanted)
            if self._worth_all(len(at_once)):
                self._fetch_all()
        hits = self._among_all(wanted) if self._all is not None else {}
        left = [ref for ref in wanted if ref not in hits]
        self._fetch_singly(left)
        return hits | {ref: self._fetched[ref] for ref in left}

    def _at_once(self, wanted: Sequence[ContextRef]) -> list[ContextRef]:
        """Give the references that fetching all courses would settle; a few ID numbers are tasted for it."""
        shown = None
        for ref in [ref for ref in wanted if ref.by == "idnumber"][:_TASTERS]:
            self._fetch_singly([ref])
            if self._fetched[ref]:
                shown = self._fetched[ref][0].idnumber is not None
                break
        return [ref for ref in wanted if ref not in self._fetched and (ref.by == "shortname" or shown)]

    def _worth_all(self, wanted: int) -> bool:
        if wanted <= FEW_COURSES:
            return False
        on_site = self._categories.course_count() if self._service.may_have(functions.CATEGORIES) else None
        return on_site is None or all_at_once_is_cheaper(wanted, on_site)

    def _fetch_all(self) -> None:
        """Fetch all courses, once; a token that may not see every one of them gets none."""
        if self._asked_for_all:
            return
        self._asked_for_all = True
        try:
            answer = self._moodle.call(functions.COURSES)
        except CallRefused:
            return
        except SiteRefusal as refusal:
            if refusal.errorcode not in NOT_IN_SERVICE:
                raise
            return
        self._all = [_course(record) for record in records(answer)]
        self._progress("courses", len(self._all), len(self._all))

    def _among_all(self, wanted: Sequence[ContextRef]) -> dict[ContextRef, list[Course]]:
        """Match against all courses; an ID number that is not there may only be hidden, and is left out."""
        courses = self._all or []
        by_name: dict[tuple[str, str], list[Course]] = defaultdict(list)
        for course in courses:
            by_name["shortname", course.shortname].append(course)
            by_name["idnumber", course.idnumber or ""].append(course)
        all_shown = all(course.idnumber is not None for course in courses)
        hits = {ref: by_name.get((ref.by, ref.value), []) for ref in wanted}
        return {ref: many for ref, many in hits.items() if many or ref.by == "shortname" or all_shown}

    def _fetch_singly(self, wanted: Sequence[ContextRef]) -> None:
        left = [ref for ref in wanted if ref not in self._fetched]
        for done, (ref, courses) in enumerate(side_by_side(self._ask, left, self._workers), 1):
            self._fetched[ref] = courses
            self._progress("courses", done, len(left))

    def _ask(self, ref: ContextRef) -> list[Course]:
        answer = self._moodle.call(functions.COURSES_BY_FIELD, {"field": ref.by, "value": ref.value})
        courses = [_course(record) for record in records(answer, "courses")]
        if ref.by == "shortname":
            # A database that compares without case answers with other spellings too.
            return [course for course in courses if course.shortname == ref.value]
        return courses

    def _near(self, missing: Sequence[ContextRef]) -> dict[ContextRef, str | None]:
        courses = self._all or [course for many in self._fetched.values() for course in many]
        known = {
            "shortname": {course.shortname for course in courses},
            "idnumber": {course.idnumber for course in courses if course.idnumber},
        }
        return {ref: nearest(ref.value, known[ref.by]) for ref in missing[:MOST]}

    def _not_found(self, ref: ContextRef, near: str | None) -> Problem:
        certain = ref.by == "shortname" and self._all is not None
        said = "not found" if certain else "not found, or not visible to this token"
        fix = "Check the spelling of the short name (capital and small letters count)"
        if ref.by == "idnumber":
            fix = "Check the ID number in the course's settings"
        if not certain:
            fix += "; a hidden course is seen only with moodle/course:viewhiddencourses"
        meant = f"; did you mean “{near}”?" if near else ""
        return Problem(
            Code.CONTEXT_NOT_FOUND, f"{_NAMES[ref.by]} “{ref.value}” {said}{meant}", fix, value=ref.value
        )


def _course(record: object) -> Course:
    one = record if isinstance(record, dict) else {}
    # Absent where it may not be seen; XML prints absent ones as null.
    idnumber = one.get("idnumber")
    return Course(int(one["id"]), str(one["shortname"]), None if idnumber is None else str(idnumber))


def _several(ref: ContextRef, many: Sequence[Course]) -> Problem:
    return Problem(
        Code.CONTEXT_AMBIGUOUS,
        f"{_NAMES[ref.by]} “{ref.value}” stands for several courses: {', '.join(map(str, many))}",
        "Write the short name or course:id=… instead",
        value=ref.value,
    )
