"""A site's holdings as a table: one row each, in our own layout (`layout.py`)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress, one_at_a_time, silent
from batchroles.directory.courses import Course
from batchroles.directory.people_by_id import PeopleById, Person
from batchroles.job.census import cells, layout
from batchroles.job.census.choosing import chosen
from batchroles.job.census.enrolled import enrolments
from batchroles.job.census.grouping import by_category, by_owner
from batchroles.job.census.layout import About, Scope
from batchroles.job.census.seen import Looking, Seen, with_courses
from batchroles.job.identity import DELETED, NAME, SITE, identity
from batchroles.models.lines import Ints
from batchroles.models.references import RoleMap
from batchroles.text import count_of

Sheets = Literal["category", "owner"]
"""What a workbook has a sheet for each of: the categories, or the people who teach the courses."""


@dataclass(frozen=True, eq=False)
class Export:
    """What was read, ready to be written."""

    about: About
    rows: pd.DataFrame
    """Text, one row a holding; the columns are those of `layout.py`, and blank is `""`."""
    notes: Sequence[str]
    """How far it goes and what is left out, in sentences."""
    calls: Mapping[str, int]
    """How many calls of each web service function it took."""
    sheet_of: Sequence[str] = ()
    """Of each row, what its sheet is about; empty where all rows stand on one."""


def export(
    moodle: Moodle,
    scope: Scope | None = None,
    *,
    review: bool = False,
    sheets: Sheets | None = None,
    role_map: RoleMap | None = None,
    progress: Progress = silent,
) -> Export:
    """Read who holds what on a site. `review`: with an empty column for decisions; `sheets`: how a workbook is parted.

    Raises InputError for a scope that does not lead to one thing, SiteRefusal where the site shows nobody's roles, and
    else what `Moodle.call` raises.
    """
    scope, progress = scope or Scope(), one_at_a_time(progress)
    moment = datetime.now(UTC).replace(microsecond=0)
    said = identity(moodle)
    looking = Looking(moodle, progress)
    everything = looking.look()
    about = About(said.get(SITE, moodle.url), said.get(NAME, ""), moment, everything.source, scope)
    choice = chosen(scope, moodle, everything, role_map or {}, looking.site)
    courses: dict[int, Course] = {}
    if choice.by_category or sheets == "category":
        everything, courses = with_courses(everything, looking.courses)
    doubts = choice.doubts(everything)
    seen = everything.only(choice.rows(everything))
    people = PeopleById(moodle, progress)
    known = _people(seen, people)
    seen, left_out = _with_accounts(seen, known)
    if not courses:
        seen, courses = with_courses(seen, looking.courses)
    enrolled, how_far = enrolments(seen, moodle, progress)
    rows = _table(seen, known, courses, enrolled)
    added = {**({layout.DECISION: ""} if review else {}), about.header: about.id}
    rows = (
        rows.assign(**added)
        .astype("object")
        .sort_values([layout.CONTEXT, layout.ROLE, layout.USERNAME, layout.GIVEN], kind="stable")
    )
    groups: Sequence[str] = ()
    if sheets is not None:
        group = by_category(seen, moodle) if sheets == "category" else by_owner(everything, seen, people)
        groups = [group[number] for number in rows.index.tolist()]
    notes = [*seen.notes, *people.notes, *doubts, *left_out, *how_far]
    return Export(about, rows.reset_index(drop=True), notes, dict(moodle.calls), groups)


def _people(seen: Seen, people: PeopleById) -> dict[int, Person]:
    """Give who has holdings, and the people who are places of some, by id; whoever came along is not looked up."""
    places = {seen.spots[number].user for number in np.unique(seen.spot).tolist()} - {0}
    wanted = {*np.unique(seen.user).tolist(), *places}
    known = {one: seen.people[one] for one in wanted if one in seen.people}
    return {**known, **people.fetch(wanted - {*known})}


def _with_accounts(seen: Seen, known: Mapping[int, Person]) -> tuple[Seen, list[str]]:
    """Leave out the holdings of whoever has no user name to write, and say how many these are."""
    named = [one for one, person in known.items() if person.username and not DELETED.search(person.username)]
    there = np.isin(seen.user, named)
    missing = int((~there).sum())
    if not missing:
        return seen, []
    who = count_of(len(np.unique(seen.user[~there])), "account is", "accounts are")
    return seen.only(np.flatnonzero(there)), [
        f"{count_of(missing, 'holding')} {'is' if missing == 1 else 'are'} left out: {who} deleted, or not shown to"
        " this token with a user name (its user needs moodle/user:viewdetails)."
    ]


def _table(
    seen: Seen, known: Mapping[int, Person], courses: Mapping[int, Course], enrolled: Sequence[str]
) -> pd.DataFrame:
    """Write the holdings as text: each distinct person, role and place once."""
    users, user = np.unique(seen.user, return_inverse=True)
    people = [known[one] for one in users.tolist()]
    columns: dict[str, Sequence[str] | npt.NDArray[np.object_]] = {
        name: _spread(texts, user) for name, texts in cells.of_people(people).items()
    }
    columns[layout.ROLE] = _spread(seen.shortnames, seen.role)
    columns[layout.CONTEXT] = _spread(cells.addresses(seen.spots, courses, known), seen.spot)
    columns[layout.PLACE] = _spread([cells.in_words(one, courses) for one in seen.spots], seen.spot)
    columns[layout.GIVEN] = _given(seen)
    columns[layout.SINCE] = _spread([cells.moment(text) for text in seen.moments], seen.since)
    columns[layout.ENROLMENT] = enrolled
    return pd.DataFrame(columns, dtype="object")


def _spread(texts: Sequence[str], codes: Ints) -> npt.NDArray[np.object_]:
    distinct = np.empty(len(texts), object)
    distinct[:] = list(texts)
    return distinct[codes]


def _given(seen: Seen) -> list[str]:
    pairs = list(zip(seen.plugin.tolist(), seen.item.tolist(), strict=True))
    texts = {}
    for plugin, item in Counter(pairs):
        name = seen.plugins[plugin]
        texts[plugin, item] = layout.NOT_TOLD if name is None else layout.given_by(name, item)
    return [texts[pair] for pair in pairs]
