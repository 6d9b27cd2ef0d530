"""What a person reads before saying yes: totals, and the first people by their names as Moodle has them."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from batchroles.client import Moodle, functions, records
from batchroles.client.side_by_side import side_by_side
from batchroles.directory.people_by_field import Account, PeopleByField
from batchroles.errors import CallRefused, NotInService
from batchroles.job.overview import Names
from batchroles.models import Level, Plan, Status
from batchroles.models.changes import changes
from batchroles.models.lines import Ints
from batchroles.runs import Planned

FIRST = 5
"""People who are shown by name."""


def totals(plan: Plan) -> str:
    """Say how many rows would be done, by what becomes of them, and how many would not."""
    lines = plan.lines
    statuses = lines.by_status()
    by_change = np.bincount(lines.change[lines.is_open], minlength=len(changes())).tolist()
    # What takes away comes first, here as everywhere.
    asked = sorted(zip(changes(), by_change, strict=True), key=lambda pair: pair[0].gives)
    said = [f"{count:,} to be {change.done}" for change, count in asked if count]
    others = {
        Status.ALREADY: "so already",
        Status.NOT_DUE: "not due",
        Status.DUPLICATE: "repeat" if statuses.get(Status.DUPLICATE) == 1 else "repeats",
        Status.WITHHELD: "withheld",
        Status.INVALID: f"cannot be sent ({_causes(plan)})",
    }
    said += [f"{statuses[status]:,} {words}" for status, words in others.items() if status in statuses]
    return ", ".join(said)


def _causes(plan: Plan) -> str:
    """Count the rows that cannot be sent by their codes, the most first."""
    lines = plan.lines
    problems, counts = np.unique(lines.problem[lines.ended_as(Status.INVALID)], return_counts=True)
    by_code = Counter[str]()
    for problem, count in zip(problems.tolist(), counts.tolist(), strict=True):
        by_code[str(plan.problems[problem].code)] += count
    return ", ".join(f"{code} {count:,}" for code, count in by_code.most_common())


def first_people(planned: Planned, moodle: Moodle) -> list[str]:
    """Say what becomes of the first people, above all of those from whom something is taken.

    Names of people and courses are looked up, a call for the one and one a course for the others, and shown as far as
    the site lets the token see them. Raises what `Moodle.call` raises but refusals.
    """
    chosen = _chosen(planned.plan)
    lines = planned.plan.lines.only(chosen)
    levels = lines.words("level")
    people = _people(moodle, lines.userid.tolist())
    courses = _courses(moodle, lines.only(lines.at(Level.COURSE)).instanceid.tolist())
    names = Names(planned.wanted, lines.frame()["row"], planned.known_as)
    said = []
    for line, userid in enumerate(lines.userid.tolist()):
        key = int(lines.row[line]), lines.words("part", [line])[0]
        roleid, level, instance = int(lines.roleid[line]), Level(levels[line]), int(lines.instanceid[line])
        person = people.get(userid)
        user = _called(person) if person else names.user(*key, userid)
        place = courses.get(instance, "") if level is Level.COURSE else ""
        place = place or names.context(*key, level, instance)
        change = changes()[lines.change[line]]
        said.append(f"{user} {change.tells.format(role=names.role(*key, roleid), place=place)}")
    return said


def _chosen(plan: Plan) -> Ints:
    """Choose one line of each of a few people, of whom something is taken away first."""
    lines = plan.lines
    open_lines = np.flatnonzero(lines.is_open)
    ordered = np.concatenate([open_lines[~lines.gives[open_lines]], open_lines[lines.gives[open_lines]]])
    _, first = np.unique(lines.userid[ordered], return_index=True)
    return np.asarray(ordered[np.sort(first)[:FIRST]])


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


def _courses(moodle: Moodle, ids: Sequence[int]) -> dict[int, str]:
    """Name some courses, each asked for alone: one unknown id among several fails the call (case `cbf-ids`)."""

    def name(courseid: int) -> str:
        try:
            asked = {"field": "id", "value": courseid}
            found = records(moodle.ask(functions.COURSES_BY_FIELD, asked), "courses")
        except (CallRefused, NotInService):
            return ""
        return next((_course(str(one.get("fullname") or ""), str(one["shortname"])) for one in found), "")

    return dict(side_by_side(name, list(dict.fromkeys(ids)), moodle.workers))


def _course(fullname: str, shortname: str) -> str:
    return f"{fullname} ({shortname})" if fullname not in ("", shortname) else f"course {shortname}"
