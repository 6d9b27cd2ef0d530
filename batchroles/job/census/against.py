"""The rows of an export that decide something, each against the site: what may be done, what is otherwise now."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo

import numpy as np

from batchroles.client import Moodle
from batchroles.directory.people_by_id import PeopleById, Person
from batchroles.job.census import layout
from batchroles.job.census.decisions import Decisions
from batchroles.job.census.differing import Holds, changed, differences, elsewhere, of_plugin, verdict
from batchroles.job.census.exported import Exported
from batchroles.job.census.seen import Seen
from batchroles.models import ENROL, Code, Level, Lines, Plan, Problem, Status, UserRef
from batchroles.models.enrolments import INSIDE, Enrolment
from batchroles.models.levels import SITE_HOME
from batchroles.models.lines import NOT_READ
from batchroles.models.references import UserKey
from batchroles.validator.dates import day_after
from batchroles.validator.users import UserFinder

_LATER = "Run batchroles review with the same file after that day: it takes the role away then."
NO_END = Problem(
    Code.NO_END,
    "Moodle has no end for a role without an enrolment, so that nothing was set: the role stays.",
    _LATER,
)
NOT_LET_IN = Problem(
    Code.NO_END,
    "The enrolment is suspended or out of its dates, and an end would let the person in: nothing was set.",
    _LATER,
)
UNTOLD = Problem(
    Code.NO_END,
    "Whether the person is let into the course is not shown, and an end would let them in: nothing was set.",
    f"The token's user needs moodle/course:enrolreview in the course. {_LATER}",
)
NOT_SEEN = Problem(
    Code.NO_END,
    "Whether the person is enrolled in the course could not be read, and an end would enrol them: nothing was set.",
    f"Have an administrator see to what the notes say. {_LATER}",
)
_BY: Mapping[UserKey, str] = {
    "username": layout.USERNAME,
    "email": layout.EMAIL,
    "idnumber": layout.IDNUMBER,
}
Row = Mapping[str, str]
"""The cells of a row by the columns of an export."""


@dataclass(frozen=True)
class Found:
    """What becomes of a line."""

    held: int
    """How often the person has the role there now."""
    problem: Problem | None = None
    end: int = 0
    """When the enrolment is to end, in seconds since 1970; 0 where the role is to go now."""


class Against:
    """Compares lines with what is so now; `rows` are the numbers of their rows in the export."""

    def __init__(
        self,
        exported: Exported,
        decided: Decisions,
        rows: Sequence[int],
        moodle: Moodle,
        zone: Callable[[], tzinfo],
    ) -> None:
        self._moodle, self._zone = moodle, zone
        self._until: Mapping[int, date | None] = {number: one.until for number, one in decided.made.items()}
        self._rows = rows
        records = exported.rows.iloc[list(rows)].to_dict("records")
        self._cells: list[Row] = [{str(name): text for name, text in one.items()} for one in records]
        names = [layout.USERNAME, layout.ROLE, layout.CONTEXT, layout.GIVEN]
        self._givers: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for user, role, context, given in exported.rows[names].itertuples(index=False, name=None):
            self._givers[user, role, context].add(given)

    def compared(self, lines: Lines, seen: Seen) -> dict[int, Found]:
        """Say what becomes of each line that has ids, by its number."""
        asked = [
            line for line in np.flatnonzero(lines.problem < 0).tolist() if self._rows[line] in self._until
        ]
        users = {int(lines.userid[line]) for line in asked}
        holds, people = Holds(seen, users), PeopleById(self._moodle).fetch(users)
        levels = lines.words("level")
        return {
            line: self._compared(
                line,
                int(lines.userid[line]),
                (Level(levels[line]), int(lines.instanceid[line])),
                holds,
                people,
            )
            for line in asked
        }

    def _compared(
        self, line: int, user: int, place: tuple[Level, int], holds: Holds, people: Mapping[int, Person]
    ) -> Found:
        row, end = self._cells[line], self._ends(self._until[self._rows[line]])
        now, person = holds.at(user, row[layout.ROLE], place), people.get(user)
        if person is not None and (otherwise := differences(row, person)):
            return Found(len(now), changed(_sentence(otherwise)))
        if another := elsewhere(row, holds.shown(place)):
            return Found(len(now), another)
        key = row[layout.USERNAME], row[layout.ROLE], row[layout.CONTEXT]
        problem = verdict(
            row,
            now,
            self._givers[key] - {row[layout.GIVEN]},
            certain=holds.shows(user, row[layout.ROLE], place),
            what="end it" if end else "take it away",
        )
        if problem is not None or not end:
            return Found(len(now), problem)
        if place[0] is not Level.COURSE or place[1] == SITE_HOME:
            return Found(len(now), NO_END)
        if enrolling := holds.enrolling(user, place[1]):
            return Found(len(now), of_plugin(enrolling[0].given, "end the enrolment"))
        return Found(len(now), end=end)

    def _ends(self, day: date | None) -> int:
        """Give when a day is over, in seconds since 1970; 0 for none, and where it is over by now."""
        end = day_after(day, 1, self._zone) if day else 0
        return end if end > datetime.now(UTC).timestamp() else 0

    def called_otherwise(self, lines: Lines, problems: Sequence[Problem]) -> dict[int, Problem]:
        """Say of lines whose person is not found, or is two people, who has the row's names now, if somebody has."""
        codes = (Code.USER_NOT_FOUND, Code.USER_MISMATCH)
        numbers = [number for number, one in enumerate(problems) if one.code in codes]
        refs = {
            line: _refs(self._cells[line]) for line in np.flatnonzero(lines.with_problem(numbers)).tolist()
        }
        if not refs:
            return {}
        found = UserFinder(self._moodle).find({ref for some in refs.values() for ref in some})
        ids = {
            line: {one for ref in some if isinstance(one := found[ref], int)} for line, some in refs.items()
        }
        people = PeopleById(self._moodle).fetch({one for some in ids.values() for one in some})
        told: dict[int, Problem] = {}
        for line, some in ids.items():
            known = [people[one] for one in some if one in people]
            if len(known) == 1:
                said = differences(self._cells[line], known[0])
                told[line] = changed(_sentence(said or ["the person is called otherwise now"]))
            elif known:
                told[line] = changed(problems[int(lines.problem[line])].reason)
        return told


def _refs(row: Row) -> list[UserRef]:
    return [UserRef(by, row[column]) for by, column in _BY.items() if row[column]]


def _sentence(said: Sequence[str]) -> str:
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}."


def without_an_end(plan: Plan) -> Plan:
    """Rule out what would let somebody in, or enrol somebody, in order to set an end."""
    lines, problems = plan.lines, list(plan.problems)
    asked = lines.is_open & lines.asks(ENROL)
    for problem, mask in (
        (NOT_SEEN, lines.enrolled == NOT_READ),
        (UNTOLD, lines.enrolled == Enrolment.UNTOLD),
        (NOT_LET_IN, lines.enrolled == Enrolment.INACTIVE),
        (NO_END, ~np.isin(lines.enrolled, INSIDE)),
    ):
        if (some := asked & lines.is_open & mask).any():
            lines = lines.ruled(some, Status.INVALID, len(problems))
            problems.append(problem)
    return replace(plan, lines=lines, problems=problems)
