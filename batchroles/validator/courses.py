"""Courses by short name or ID number: in whichever way costs the site less, which may be meant, and what is wrong."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from batchroles.client import Moodle, functions
from batchroles.client.side_by_side import Progress, silent
from batchroles.directory.categories import Categories
from batchroles.directory.courses import Course, CourseSource, all_at_once_is_cheaper
from batchroles.models import Code, ContextRef, Level, Problem
from batchroles.validator.names import MOST, Resolved, did_you_mean, given_id, nearest

FEW_COURSES = 7
"""Up to so many courses, one by one is cheaper on a site of 500 courses and not dearer to speak of on a small one."""


MOST_TO_SUGGEST = 2_000
"""Courses of a site up to which all are fetched for a name that is not found: a second of the site's time."""
_NAMES = {"shortname": "Course", "idnumber": "Course with ID number"}
_MAYBE_SEVERAL = re.compile(r"[;|,/]")
_TASTERS = 3
"""ID numbers looked up to learn whether answers show ID numbers at all, and texts that may be short names."""


class CourseFinder:
    """Looks courses up; one instance per file."""

    def __init__(self, moodle: Moodle, categories: Categories, progress: Progress = silent) -> None:
        self._moodle = moodle
        self._categories = categories
        self._source = CourseSource(moodle, progress)
        self._suggested: list[Course] | None = None

    def find(self, refs: Iterable[ContextRef]) -> dict[ContextRef, Resolved]:
        """Turn references to courses into ids, or into problems."""
        distinct = sorted(set(refs))
        found: dict[ContextRef, Resolved] = {
            ref: given_id(ref.value, "course") for ref in distinct if ref.by == "id"
        }
        wanted = [ref for ref in distinct if ref.by != "id"]
        hits = self._hits(wanted)
        missing = [ref for ref in wanted if not hits.get(ref)]
        near, full = self._near(missing), self._of_full_name(missing)
        return found | {
            ref: self._found(ref, hits, near.get(ref), full.get(ref.value.casefold(), ())) for ref in wanted
        }

    def every(self) -> list[Course]:
        """Give all courses of the site, or none where the token may not ask for them."""
        self._source.fetch_all()
        return self._source.all or []

    def visible(self) -> list[int]:
        """Give the ids of all courses that the token is shown, for a look into them."""
        if courses := self.every():
            return [course.id for course in courses]
        return [course.id for course in self._source.shown()]

    def to_suggest(self) -> list[Course]:
        """Give the site's courses for the sake of suggestions: all of them where they are few, else those seen so far.

        A name that is not found costs a call more so, whatever else the file names.
        """
        if self._suggested is None:
            if self._source.all is None and not self._source.claim.is_read and self._are_few():
                self._source.fetch_all()
                self._suggested = self._source.all if self._source.all is not None else self._source.shown()
            else:
                self._suggested = self._source.all or []
        return self._suggested

    def named(self, values: Sequence[str]) -> list[str]:
        """Give those of some texts that are short names of courses, in whatever case; on a large site of a few only."""
        if known := self.to_suggest():
            shortnames = {course.shortname.casefold() for course in known}
            return [value for value in values if value.casefold() in shortnames]
        # As user names the texts were read in small letters.
        refs = {
            ContextRef(Level.COURSE, "shortname", spelt): value
            for value in values[:_TASTERS]
            for spelt in (value, value.upper())
        }
        self._source.fetch_singly(list(refs))
        return list(dict.fromkeys(value for ref, value in refs.items() if self._source.single.get(ref)))

    def _are_few(self) -> bool:
        count = self._categories.course_count() if self._moodle.may_have(functions.CATEGORIES) else None
        return count is not None and count <= MOST_TO_SUGGEST

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

    def _of_full_name(self, missing: Sequence[ContextRef]) -> dict[str, list[Course]]:
        """Give the courses that have a missing name for their full name, by that in small letters."""
        names = {ref.value.casefold() for ref in missing}
        found: dict[str, list[Course]] = defaultdict(list)
        for course in self.to_suggest() if names else ():
            if course.fullname.casefold() in names:
                found[course.fullname.casefold()].append(course)
        return found

    def _near(self, missing: Sequence[ContextRef]) -> dict[ContextRef, str | None]:
        others = self.to_suggest() if missing else []
        known = {
            by: sorted(self._source.known(by) | {str(getattr(one, by)) for one in others if getattr(one, by)})
            for by in {ref.by for ref in missing}
        }
        return {ref: nearest(ref.value, known[ref.by]) for ref in missing[:MOST]}

    def _found(
        self,
        ref: ContextRef,
        hits: dict[ContextRef, list[Course]],
        near: str | None,
        of_full_name: Sequence[Course],
    ) -> Resolved:
        many = hits.get(ref)
        if many is None:
            return _no_permission(ref)
        if len(many) == 1:
            return many[0].id
        if not many and of_full_name:
            return _full_name(ref, of_full_name)
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
        suggestions=(near,) if near else (),
    )


def _full_name(ref: ContextRef, courses: Sequence[Course]) -> Problem:
    """Say that a course is named by its full name, which several may have: it is never taken for a short name."""
    said = f'{_NAMES[ref.by]} "{ref.value}" not found'
    if len(courses) == 1:
        reason = f"{said}; there is a course of this full name."
        shortname = courses[0].shortname
        fix = f'Its short name is "{shortname}": write that'
        fix += ", in a column of short names." if ref.by == "idnumber" else "."
    else:
        reason = f"{said}; several courses have this full name: {', '.join(map(str, courses))}."
        fix = "Write the short name of the one that is meant."
    # In a column of ID numbers a short name would be looked up as one.
    suggested = tuple(course.shortname for course in courses) if ref.by == "shortname" else ()
    return Problem(Code.CONTEXT_NOT_FOUND, reason, fix, value=ref.value, suggestions=suggested)


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
