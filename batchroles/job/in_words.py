"""Lines of a plan in words: who, by the name that Moodle shows, becomes what, and where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from batchroles.client import Moodle, functions, records
from batchroles.client.side_by_side import in_halves
from batchroles.directory.categories import Categories
from batchroles.directory.people_by_field import Account, PeopleByField
from batchroles.errors import CallRefused, NotInService
from batchroles.job.overview import Names
from batchroles.models import Level, PersonName
from batchroles.models.changes import NO_DATE, Change, changes
from batchroles.models.enrolments import INSIDE, OUTSIDE
from batchroles.models.lines import Ints, Lines
from batchroles.runs import Planned
from batchroles.validator.person_names import Fit, compare


@dataclass(frozen=True)
class InWords:
    """What one line asks for, in parts that belong to no language, and as an English sentence."""

    line: int
    """Its number in the plan."""
    row: int
    """0 where it comes from no row."""
    place: str
    """Where it comes from: `row 7`, `Sheet1!A7`, or its origin."""
    person: str
    """The person's name as Moodle shows it; empty where it shows none."""
    username: str
    """Empty where Moodle does not show it."""
    userid: int
    user: str
    """The person in one text: `Ana Silva (asilva)`, or as far as Moodle or the file names them."""
    file_name: str
    """The name that the file has beside; empty where it has none."""
    differs: bool | None
    """Whether that is another name than Moodle's; None where there are not two whole names to compare."""
    change: Change
    role: str
    """As the site shows it; empty where the change is about none."""
    level: Level
    where: str
    """The place as the site shows it: `Biology 101 (BIO101)`, `Science / Physics`, `the whole site`."""
    enrolled: bool | None
    """Whether the person is enrolled in the course; None where nobody looked, and elsewhere than in courses."""
    start: int
    """From when it counts, in seconds since 1970; `NO_DATE` for at once."""
    end: int
    """Until when; `NO_DATE` for no end."""

    @property
    def gives(self) -> bool:
        """Whether something is given, else taken away."""
        return self.change.gives

    @property
    def sentence(self) -> str:
        """Say it in English."""
        return f"{self.user} {self.change.tells.format(role=self.role, place=self.where)}"


def in_words(planned: Planned, chosen: Ints, moodle: Moodle, *, shown_names: bool = False) -> list[InWords]:
    """Put some lines of a plan into words; `shown_names`: with roles by the names that the site shows, not short names.

    People are looked up by one call, courses by one, categories by one, and shown as far as the site lets the token see
    them; else they are named as the file does. Raises what `Moodle.call` raises but refusals.
    """
    lines = planned.plan.lines.only(chosen)
    people = _people(moodle, sorted({*lines.userid.tolist()} - {0}))
    places = _places(moodle, lines)
    names = Names(planned.wanted, lines.frame()["row"], planned.known_as)
    roles = planned.role_names if shown_names else {}
    file_names = _file_names(planned, lines)
    levels, parts = [Level(one) for one in lines.words("level")], lines.words("part")
    said = []
    for at, number in enumerate(chosen.tolist()):
        row, userid, roleid = int(lines.row[at]), int(lines.userid[at]), int(lines.roleid[at])
        level, instance = levels[at], int(lines.instanceid[at])
        key, account = (row, parts[at]), people.get(userid)
        file_name = file_names.get(row)
        enrolled = int(lines.enrolled[at])
        said.append(
            InWords(
                number,
                row,
                planned.plan.place(number),
                account.name if account else "",
                account.username if account else "",
                userid,
                _called(account) if account else names.user(*key, userid),
                str(file_name or ""),
                _differs(file_name, account),
                changes()[lines.change[at]],
                roles.get(roleid) or names.role(*key, roleid),
                level,
                places.get((level, instance)) or names.context(*key, level, instance),
                True if enrolled in INSIDE else False if enrolled in OUTSIDE else None,
                int(lines.start[at]) or NO_DATE,
                int(lines.end[at]) or NO_DATE,
            )
        )
    return said


def _people(moodle: Moodle, ids: Sequence[int]) -> Mapping[int, Account]:
    try:
        found = PeopleByField(moodle, names=True).fetch("id", [str(one) for one in ids])
    except (CallRefused, NotInService):
        return {}
    return {account.id: account for many in found.by_value.values() for account in many}


def _called(person: Account) -> str:
    """Name a person as far as the site does: `Ana Silva (asilva)`."""
    if not person.name:
        return str(person)
    return f"{person.name} ({person.username or f'id {person.id}'})"


def _file_names(planned: Planned, lines: Lines) -> Mapping[int, PersonName]:
    """Give the names that the file has of the people of some rows, by row."""
    if "name" not in planned.wanted.lines:
        return {}
    mine = planned.wanted.lines[planned.wanted.lines["row"].isin(lines.row)]
    named = zip(mine["row"].tolist(), mine["name"].tolist(), strict=True)
    return {row: name for row, name in named if not pd.isna(name)}


def _differs(name: PersonName | None, account: Account | None) -> bool | None:
    if name is None or account is None:
        return None
    fit = compare(name, account.name)
    return None if fit is Fit.UNTOLD else fit is Fit.DIFFERS


def _places(moodle: Moodle, lines: Lines) -> Mapping[tuple[Level, int], str]:
    """Name courses and categories as the site shows them."""
    courses = dict.fromkeys(lines.only(lines.at(Level.COURSE)).instanceid.tolist())
    found = {(Level.COURSE, id_): name for id_, name in _courses(moodle, [one for one in courses if one])}
    if lines.at(Level.COURSECAT).any():
        found |= {(Level.COURSECAT, one.id): one.path for one in Categories(moodle).all}
    return found


def _courses(moodle: Moodle, ids: Sequence[int]) -> list[tuple[int, str]]:
    """Name some courses. One id that the site does not show fails the call (case `cbf-ids`): it is halved then."""

    def ask(some: list[int]) -> list[Mapping[str, object]]:
        asked = {"field": "ids", "value": ",".join(map(str, some))}
        return records(moodle.ask(functions.COURSES_BY_FIELD, asked), "courses")

    if not ids:
        return []
    try:
        answers = [answer for _, answer in in_halves(ask, list(ids)) if not isinstance(answer, CallRefused)]
    except NotInService:
        return []
    return [
        (int(str(one["id"])), _course(str(one.get("fullname") or ""), str(one["shortname"])))
        for answer in answers
        for one in answer
    ]


def _course(fullname: str, shortname: str) -> str:
    return f"{fullname} ({shortname})" if fullname not in ("", shortname) else f"course {shortname}"
