"""Courses by short name or ID number: in whichever way costs the site less, which may be meant, and what is wrong."""

import re
from collections.abc import Iterable, Sequence

from batchroles.client import Moodle, functions
from batchroles.client.side_by_side import Progress, silent
from batchroles.directory.categories import Categories
from batchroles.directory.courses import Course, CourseSource, all_at_once_is_cheaper
from batchroles.models import Code, ContextRef, Problem
from batchroles.validator.names import MOST, Resolved, did_you_mean, given_id, nearest

FEW_COURSES = 7
"""Up to so many courses, one by one is cheaper on a site of 500 courses and not dearer to speak of on a small one."""


_NAMES = {"shortname": "Course", "idnumber": "Course with ID number"}
_MAYBE_SEVERAL = re.compile(r"[;|,/]")
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

    @property
    def notes(self) -> list[str]:
        """Sentences about the report on courses."""
        return self._source.notes

    def _hits(self, wanted: Sequence[ContextRef]) -> dict[ContextRef, list[Course]]:
        """Give the courses that match; a reference that cannot be looked up at all is left out."""
        shown = self._source.from_report(wanted)
        rest = self._looked_up([ref for ref in wanted if ref not in shown])
        return self._looked_up(wanted) if self._source.contradicts_report(rest) else shown | rest

    def _looked_up(self, wanted: Sequence[ContextRef]) -> dict[ContextRef, list[Course]]:
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
        known = {by: sorted(self._source.known(by)) for by in {ref.by for ref in missing}}
        return {ref: nearest(ref.value, known[ref.by]) for ref in missing[:MOST]}

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
    if sign := _MAYBE_SEVERAL.search(ref.value):
        fix += f'; if the cell names several courses, give --split-courses "{sign[0]}"'
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
