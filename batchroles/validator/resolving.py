"""The whole of it: a file's references to ids, line by line."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd

from batchroles.client import Moodle
from batchroles.client.functions import GET_ROLES
from batchroles.client.side_by_side import Progress, both, one_at_a_time, silent
from batchroles.directory.categories import Categories
from batchroles.directory.census import SiteRoles
from batchroles.directory.people_by_field import Account
from batchroles.models import ContextRef, Lines, Problem, RoleRef, UserRef, Wanted
from batchroles.models.changes import CHANGES
from batchroles.models.lines import Mask
from batchroles.models.references import RoleMap
from batchroles.models.rows import parted
from batchroles.validator.categories import CategoryFinder
from batchroles.validator.contexts import find_people, find_places, users_of
from batchroles.validator.courses import CourseFinder
from batchroles.validator.headings import below_unsure_rows
from batchroles.validator.hints import Hints
from batchroles.validator.merging import (
    CONTEXTS,
    NONE,
    ROLES,
    USERS,
    Ints,
    Merged,
    Problems,
    ReferenceColumn,
    merge,
    name_by_part,
)
from batchroles.validator.names import Resolved
from batchroles.validator.role_learning import Courses
from batchroles.validator.role_words import KnownRole
from batchroles.validator.roles import RoleFinder
from batchroles.validator.users import UserFinder

Ref = UserRef | RoleRef | ContextRef


class Memory(Protocol):
    """What earlier runs know of the names of a file."""

    def ids(self, refs: set[Ref]) -> Mapping[Ref, int]:
        """Give what some names led to when they were last looked up, if that is not too long ago."""
        ...

    def is_so(self, lines: Lines) -> Mask:
        """Choose the lines of which an earlier run knows that they are so, with the ids that it knows."""
        ...

    def learn(self, found: Mapping[Ref, int]) -> None:
        """Keep what names were found to lead to."""
        ...


@dataclass(frozen=True)
class Resolution:
    """A file's lines with ids in place of names."""

    lines: Lines
    """Index as in `Wanted.lines`; every line is open, or has its first problem.
    Ids are 0, and the level is NaN, where they are not known."""
    problems: list[Problem]
    """Those of `Wanted`, at the same indices, and the new ones after them."""
    notes: list[str]
    """Sentences for the person who runs it."""
    remembered: Mask
    """Lines that were not looked up, because an earlier run knows that they are so."""
    roles: Sequence[KnownRole] = ()
    """Roles as the site itself named them."""
    accounts: Mapping[int, Account] = field(default_factory=dict)
    """Whom look-ups and reports showed by the way, by id; nobody where the file has no names to compare with."""


def resolve(
    wanted: Wanted,
    moodle: Moodle,
    role_map: RoleMap | None = None,
    progress: Progress = silent,
    site: SiteRoles | None = None,
    *,
    ahead: bool = False,
    memory: Memory | None = None,
) -> Resolution:
    """Turn every name that a sound line uses into an id, with as few calls as can be.

    `role_map`: the site's own role words → short name or id. `site`: its reports on roles, if they are of use for more.
    `ahead`: read them beside the look-ups where they will be needed, because they alone show who has a role in a place.
    `memory`: lines of which it knows that they are so are not looked up; whatever is to be sent is.
    A line that has a problem already keeps it, and nothing is looked up for it alone. Raises what `Moodle.call`
    raises, except refusals of single names, which become problems.
    """
    lines = wanted.lines
    chosen = lines["problem"].to_numpy() == NONE
    columns = {kind: _columns(wanted, kind) for kind in ("user", "role", "context")}
    known = _remembered(wanted, columns, chosen, memory) if memory else None
    remembered = known.is_so if known else np.zeros(len(lines), bool)
    chosen &= ~remembered
    used = {kind: _used(some, chosen) for kind, some in columns.items()}
    site = site or SiteRoles(moodle)
    lookup = _Lookup(moodle, role_map or {}, progress, site, wanted.languages, names="name" in lines)
    found = lookup.find(used["user"], used["role"], used["context"], ahead=ahead)
    # Most files have no name that is not found, and a million names are not looked through once more for it.
    if any(isinstance(one, Problem) for one in found.values()):
        found = {**found, **lookup.hints(found, columns["user"], columns["context"], used)}
    if memory:
        memory.learn({ref: id_ for ref, id_ in found.items() if isinstance(id_, int)})
    problems = Problems(wanted.problems)
    merged = {
        name: merge(columns[name], found, naming, problems, chosen, optional)
        for name, naming, optional in (
            ("user", USERS, None),
            ("role", ROLES, _without_role(lines)),
            ("context", CONTEXTS, None),
        )
    }
    for name, one in merged.items():
        for chosen_rows, headers in _own_headers(wanted, f"{name}_0"):
            found_here = one.problem[chosen_rows]
            name_by_part(found_here, lines["part"][chosen_rows], headers, problems)
            one.problem[chosen_rows] = found_here
    held = below_unsure_rows(wanted, found, remembered, problems)
    if known:
        for name, one in merged.items():
            one.ids[remembered] = known.merged[name].ids[remembered]
            one.levels[remembered] = known.merged[name].levels[remembered]
    return Resolution(
        _lines(lines, merged, held), problems.all, lookup.notes, remembered, lookup.roles, lookup.accounts
    )


def _own_headers(wanted: Wanted, name: str) -> Iterator[tuple[Mask, Mapping[str, str]]]:
    """Give lines with the headers by their parts, where not all lines have a column of references from one header."""
    lines = wanted.lines
    if not wanted.sheets:
        if wanted.part_sources:
            yield (
                np.ones(len(lines), bool),
                {part: own.get(name, "") for part, own in wanted.part_sources.items()},
            )
        return
    of_sheet = parted(lines["row"].to_numpy())[0]
    for number, sheet in enumerate(wanted.sheets, 1):
        usual = sheet.sources.get(name, "")
        parts = lines["part"].cat.categories.tolist()
        yield of_sheet == number, {part: sheet.part_sources.get(part, {}).get(name, usual) for part in parts}


def look_up(
    moodle: Moodle,
    roles: Iterable[RoleRef],
    contexts: Iterable[ContextRef],
    role_map: RoleMap | None = None,
    site: SiteRoles | None = None,
) -> Mapping[Any, Resolved]:
    """Give what single names lead to, as those of a file would: an id or a problem. Raises what `resolve` raises."""
    lookup = _Lookup(moodle, role_map or {}, silent, site or SiteRoles(moodle))
    return lookup.find((), roles, contexts, ahead=False)


@dataclass(frozen=True)
class _Remembered:
    """What a memory says of lines."""

    merged: Mapping[str, Merged]
    is_so: Mask


def _remembered(
    wanted: Wanted, columns: Mapping[str, Sequence[ReferenceColumn]], chosen: Mask, memory: Memory
) -> _Remembered:
    """Choose the lines all of whose names are known, lead to one thing each, and ask for what is so."""
    used = set().union(*(_used(some, chosen) for some in columns.values()))
    ids = memory.ids(used)
    problems = Problems([])
    merged = {
        name: merge(columns[name], ids, naming, problems, chosen)
        for name, naming in (("user", USERS), ("role", ROLES), ("context", CONTEXTS))
    }
    lines = _lines(wanted.lines, merged)
    # A name that is not known leads to the id 0, which contradicts what another cell leads to, and is nobody's.
    whole = chosen & (lines.problem == NONE)
    return _Remembered(merged, whole & memory.is_so(lines))


def _without_role(lines: pd.DataFrame) -> Mask:
    """Choose the lines whose change needs no role."""
    change = lines["change"].cat
    needless = np.array([not CHANGES[word].names_role for word in change.categories], bool)
    return np.asarray(needless[change.codes.to_numpy()])


def _columns(wanted: Wanted, kind: str) -> list[ReferenceColumn]:
    """Give the columns `user_0`, `user_1` … in order."""
    names = [str(name) for name in wanted.lines.columns if re.fullmatch(rf"{kind}_\d+", str(name))]
    names.sort(key=lambda name: int(name.rpartition("_")[2]))
    return [ReferenceColumn.of(wanted.lines, name, wanted.sources.get(name, "")) for name in names]


def _used(columns: Sequence[ReferenceColumn], chosen: Mask) -> set[Any]:
    return set().union(*(column.used(chosen) for column in columns))


class _Lookup:
    """One file's look-ups, in the order in which they need each other."""

    def __init__(
        self,
        moodle: Moodle,
        role_map: RoleMap,
        progress: Progress,
        site: SiteRoles,
        languages: frozenset[str] = frozenset(),
        *,
        names: bool = False,
    ) -> None:
        self._moodle, self._site = moodle, site
        progress = one_at_a_time(progress)
        self._categories = Categories(moodle)
        self._users = UserFinder(moodle, progress, names=names)
        self._courses = CourseFinder(moodle, self._categories, progress)
        self._roles = RoleFinder(moodle, role_map, progress, site, languages)

    def find(
        self,
        users: Iterable[UserRef],
        roles: Iterable[RoleRef],
        contexts: Iterable[ContextRef],
        *,
        ahead: bool,
    ) -> Mapping[Any, Resolved]:
        contexts, roles = set(contexts), set(roles)
        words = any(ref.by != "id" for ref in roles) and not self._moodle.may_have(GET_ROLES)
        ahead = ahead and not all(ref.level.facts.roles_shown for ref in contexts)
        (people, places), _ = both(
            lambda: both(
                lambda: self._users.find(set(users) | users_of(contexts)),
                lambda: self._places(contexts, glance=ahead and words),
                self._moodle.workers,
            ),
            lambda: self._site.read_ahead() if ahead else None,
            self._moodle.workers,
        )
        found_roles = self._roles.find(roles, self._courses_to_learn_from(places))
        return {**people, **places, **find_people(contexts, people), **found_roles}

    def hints(
        self,
        found: Mapping[Any, Resolved],
        users: Sequence[ReferenceColumn],
        contexts: Sequence[ReferenceColumn],
        used: Mapping[str, set[Any]],
    ) -> dict[Any, Problem]:
        """Say more of what was not found, as far as a few more look-ups tell it."""
        names = used["user"] | used["context"]
        return Hints(self._moodle, self._courses, found, names).given(users, contexts)

    def _places(self, contexts: Iterable[ContextRef], *, glance: bool) -> dict[ContextRef, Resolved]:
        """Find contexts; `glance`: look at who is in the courses among them, too."""
        found = find_places(contexts, self._courses, CategoryFinder(self._categories))
        if glance:
            self._roles.glance(self._courses_to_learn_from(found))
        return found

    def _courses_to_learn_from(self, found: Mapping[ContextRef, Resolved]) -> Courses:
        """Give the file's own courses, those that were looked up first, and the site's others for the case of need."""
        own = [(ref.by == "id", id_) for ref, id_ in found.items() if ref.level.facts.look_up == "courses"]
        ids = [id_ for _, id_ in sorted(own, key=lambda pair: pair[0]) if isinstance(id_, int)]
        return Courses(ids, self._courses.visible)

    @property
    def notes(self) -> list[str]:
        """Sentences for the person who runs it."""
        return [
            *self._users.notes,
            *self._courses.notes,
            *self._categories.notes,
            *_learned(self._roles.known),
            *_reported(self._roles.reported),
            *_translated(self._roles.translated),
        ]

    @property
    def accounts(self) -> Mapping[int, Account]:
        """Everybody who was found, where names are wanted."""
        return self._users.accounts

    @property
    def roles(self) -> list[KnownRole]:
        """Every role that the site named."""
        return self._roles.named_by_the_site


def _learned(roles: Sequence[KnownRole]) -> list[str]:
    """Say which role ids were learned, and in which course."""
    by_course: dict[str, list[str]] = defaultdict(list)
    for role in roles:
        if role.origin.startswith("seen"):
            by_course[role.origin].append(f"{role.shortname} = {role.id}")
    said = "; ".join(f"{', '.join(some)} ({origin})" for origin, some in by_course.items())
    return [f"Role ids learned from enrolled users: {said}."] if said else []


def _reported(roles: Sequence[KnownRole]) -> list[str]:
    """Say which role ids a report told."""
    named = ", ".join(f"{role.called} = {role.id}" for role in roles)
    return [f'Role ids read from the report "batchroles roles": {named}.'] if named else []


def _translated(names: Mapping[str, str]) -> list[str]:
    """Say which words were understood as names that Moodle shows for standard roles."""
    if not names:
        return []
    (word, short), *rest = sorted(names.items())
    said = ", ".join(
        [f'"{word}" is read as the role {short}', *(f'"{one}" as {other}' for one, other in rest)]
    )
    return [f"{said}: Moodle shows {'them by these names' if rest else 'it by that name'}."]


def _lines(lines: pd.DataFrame, merged: Mapping[str, Merged], held: Ints | None = None) -> Lines:
    """Put the columns of a plan together; a line's first problem is the one it had, then user, role, context.

    `held`: problems of lines that may be about something else altogether, before which all others are nothing.
    """
    problem = lines["problem"].to_numpy().astype("int32").copy()
    if held is not None:
        problem[held != NONE] = held[held != NONE]
    for kind in ("user", "role", "context"):
        fresh = problem == NONE
        problem[fresh] = merged[kind].problem[fresh]
    return Lines.of(
        {
            "row": lines["row"],
            "part": lines["part"],
            "change": lines["change"],
            "userid": merged["user"].ids,
            "roleid": merged["role"].ids,
            "level": merged["context"].levels,
            "instanceid": merged["context"].ids,
            "problem": problem,
        }
    )
