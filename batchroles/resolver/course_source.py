"""Courses as Moodle answers them: one by one, or all at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchroles.client import Moodle, functions
from batchroles.errors import CallRefused, SiteRefusal
from batchroles.models import ContextRef
from batchroles.resolver.service import NOT_IN_SERVICE, records
from batchroles.resolver.side_by_side import Progress, side_by_side, silent


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

    def __init__(self, moodle: Moodle, workers: int = 4, progress: Progress = silent) -> None:
        self._moodle = moodle
        self._workers = workers
        self._progress = progress
        self._asked_for_all = False
        self.all: list[Course] | None = None
        """Every course of the site, once they have been fetched at once."""
        self.single: dict[ContextRef, list[Course]] = {}
        """What single look-ups found."""
        self.single_refusal: SiteRefusal | None = None
        """Why single look-ups are not possible, once that is known."""

    def fetch_all(self) -> None:
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
        self.all = [_course(record) for record in records(answer)]
        self._progress("courses", len(self.all), len(self.all))

    def shown(self) -> list[int]:
        """Give the ids of the courses that the other function shows: it leaves out those that may not be entered."""
        try:
            answer = self._moodle.call(functions.COURSES_BY_FIELD)
        except CallRefused:
            return []
        except SiteRefusal as refusal:
            if refusal.errorcode not in NOT_IN_SERVICE:
                raise
            return []
        return [_course(record).id for record in records(answer, "courses")]

    def fetch_singly(self, wanted: Sequence[ContextRef]) -> None:
        """Look courses up one by one, as far as the token may."""
        left = [ref for ref in wanted if ref not in self.single and self.single_refusal is None]
        try:
            for done, (ref, courses) in enumerate(side_by_side(self._ask, left, self._workers), 1):
                self.single[ref] = courses
                self._progress("courses", done, len(left))
        except SiteRefusal as refusal:
            if refusal.errorcode not in NOT_IN_SERVICE:
                raise
            self.single_refusal = refusal

    def _ask(self, ref: ContextRef) -> list[Course]:
        answer = self._moodle.call(functions.COURSES_BY_FIELD, {"field": ref.by, "value": ref.value})
        courses = [_course(record) for record in records(answer, "courses")]
        # A database that compares without case answers with other spellings too.
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
    # The ID number is absent where it may not be seen; XML prints what is absent as null.
    idnumber = one.get("idnumber")
    return Course(int(one["id"]), str(one["shortname"]), None if idnumber is None else str(idnumber))
