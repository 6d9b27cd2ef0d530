"""The courses of a site by short name or ID number: one by one, all at once, or from the report on courses."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchroles.client import Moodle, functions, records
from batchroles.client.side_by_side import Progress, in_halves, side_by_side, silent
from batchroles.directory import costs
from batchroles.directory.claim import Claim, Subject
from batchroles.directory.register import COURSE_LINK, SAMPLE, LookUps, Register, UntoldError, plain
from batchroles.directory.reports import UnbelievedError
from batchroles.directory.wanted import COURSES
from batchroles.errors import CallRefused, NotInService
from batchroles.models import ContextRef, Level
from batchroles.models.levels import SITE_HOME, ContextKey
from batchroles.text import count_of

_SUBJECT = Subject(COURSES, COURSE_LINK, ("shortname", "idnumber"), "course")
_FEW = 50
"""With more courses all of the site's are fetched at once."""
IDS_A_CALL = 200
_CALLED = {"shortname": "short name", "idnumber": "ID number"}


def all_at_once_is_cheaper(wanted: int, on_site: int) -> bool:
    """Whether fetching all courses of a site costs less than looking up `wanted` of them one by one."""
    return costs.CALL + on_site * costs.COURSE_OF_ALL < wanted * costs.COURSE_BY_FIELD


@dataclass(frozen=True)
class Course:
    """A course as Moodle answered."""

    id: int
    shortname: str
    idnumber: str | None
    """None where the token may not see it."""
    fullname: str = ""
    """Empty where it was not told."""
    category: int = 0
    """0 where it was not told, and for the site home, which is in none."""

    def __str__(self) -> str:
        return f"{self.shortname} (id {self.id})"


class CourseSource:
    """Fetches courses, nothing twice."""

    def __init__(self, moodle: Moodle, progress: Progress = silent) -> None:
        self._moodle = moodle
        self._progress = progress
        self._asked_for_all = False
        self.claim = Claim(moodle, _SUBJECT)
        self._shown = 0
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

    def shown(self) -> list[Course]:
        """Give the courses that the other function shows: it leaves out those that may not be entered."""
        try:
            answer = self._moodle.ask(functions.COURSES_BY_FIELD)
        except (CallRefused, NotInService):
            return []
        return [_course(record) for record in records(answer, "courses")]

    def with_ids(self, ids: Collection[int]) -> list[Course]:
        """Give courses by id, those that the token is not shown left out: several a call, or all of them at once."""
        if len(ids) > _FEW:
            self.fetch_all()
        if self.all is not None:
            return [course for course in self.all if course.id in ids]
        found: list[Course] = []
        some = sorted(ids)
        for part in [some[at : at + IDS_A_CALL] for at in range(0, len(some), IDS_A_CALL)]:
            try:
                # One that is not there fails them all (case `cbf-ids`).
                for _, answer in in_halves(self._ask_ids, part):
                    found += [] if isinstance(answer, CallRefused) else answer
            except NotInService:
                return []
        return found

    def _ask_ids(self, ids: list[int]) -> list[Course]:
        params = {"field": "ids", "value": ",".join(map(str, ids))}
        return [
            _course(record)
            for record in records(self._moodle.ask(functions.COURSES_BY_FIELD, params), "courses")
        ]

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

    def from_report(self, wanted: Sequence[ContextRef]) -> dict[ContextRef, list[Course]]:
        """Give those that the report on courses shows beyond doubt, where it is believed and cheaper; nothing else."""
        register = self.claim.register() if self._is_worth_a_report(len(wanted)) else None
        found: dict[ContextRef, list[Course]] = {}
        for by in sorted({ref.by for ref in wanted}):
            if register is None:
                return {}
            try:
                found |= self._sure(register, by, [ref.value for ref in wanted if ref.by == by])
            except UntoldError as why:
                self.claim.doubt(why)
            except UnbelievedError as why:
                self.claim.give_up(why)
                return {}
        self._shown = len(found)
        return found

    def contradicts_report(self, found: Mapping[ContextRef, Sequence[Course]]) -> bool:
        """Whether look-ups found what the report does not have; it is used no more then."""
        register = self.claim.register() if self.claim.is_read else None
        if register is None:
            return False
        try:
            for ref, many in found.items():
                for course in many:
                    # The report leaves out the site's home page, which is a course to look-ups.
                    if course.id != SITE_HOME and register.tells(ref.by):
                        register.compare(ref.by, _CALLED[ref.by], ref.value, course.id)
        except UnbelievedError as why:
            self.claim.give_up(why)
            return True
        return False

    @property
    def notes(self) -> list[str]:
        """Sentences about the report: what it was used for and what that cost, or why it was not."""
        if not self._shown or not self.claim.is_read:
            return self.claim.doubts
        return [f"{self.claim.cost}: {count_of(self._shown, 'course')}.", *self.claim.doubts]

    def known(self, by: ContextKey) -> set[str]:
        """Give the short names or ID numbers of every course that was fetched."""
        register = self.claim.register() if self.claim.is_read else None
        if register is not None and register.tells(by):
            return {plain(cell) for cell in register.cells(by)} - {""}
        seen = self.all or [course for many in self.single.values() for course in many]
        return {str(getattr(course, by)) for course in seen if getattr(course, by)}

    def _is_worth_a_report(self, number: int) -> bool:
        """Whether it costs less to read the report than to look so many courses up, as far as is known so far."""
        telling = SAMPLE * costs.COURSE_BY_FIELD
        singly = number * costs.COURSE_BY_FIELD
        if not self._moodle.reports and singly <= costs.LIST_AND_OPEN + costs.PAGE_AND_COUNT + telling:
            return False
        first = self.claim.opened()
        if first is None:
            return False
        at_once = costs.CALL + first.total * costs.COURSE_OF_ALL
        others = min(singly, at_once) if self._moodle.may_have(functions.COURSES) else singly
        return costs.report(first.total, costs.OTHER_ROW) + telling < others

    def _sure(
        self, register: Register, by: ContextKey, values: Sequence[str]
    ) -> dict[ContextRef, list[Course]]:
        if by != "shortname":
            # Moodle lets no two courses have one short name.
            self.claim.refuse_filtered()
        some = [value for value in values if value.isprintable()]
        register.tell(by, _CALLED[by], some, self._look_ups(register, by))
        return {
            ContextRef(Level.COURSE, by, value): [
                Course(id_, value if by == "shortname" else "", value if by == "idnumber" else None)
            ]
            for value, id_ in register.sure(by, some).items()
        }

    def _look_ups(self, register: Register, by: ContextKey) -> LookUps:
        def found(key: ContextKey, some: Sequence[str]) -> list[dict[str, object]]:
            refs = [ContextRef(Level.COURSE, key, value) for value in some]
            self.fetch_singly(refs)
            if self.single_refusal is not None:
                raise register.untold(f"cannot be compared: {self.single_refusal}")
            # What is found by its ID number has it, be it shown or not (case `cbf-idnumber-cap-update`).
            known = [(ref, course) for ref in refs for course in self.single.get(ref, [])]
            return [{**vars(course), key: ref.value if key != "id" else course.id} for ref, course in known]

        return LookUps(lambda some: found(by, some), lambda some: found("id", [str(one) for one in some]))


def _course(one: Mapping[str, Any]) -> Course:
    # The ID number is absent where it may not be seen, though courses are found by it all the same (cases
    # `cbf-idnumber`, `cbf-idnumber-cap-update`); XML prints what is absent as null.
    idnumber = one.get("idnumber")
    fullname = str(one.get("fullname") or "")
    return Course(
        int(one["id"]),
        str(one["shortname"]),
        None if idnumber is None else str(idnumber),
        fullname,
        int(one.get("categoryid") or 0),
    )
