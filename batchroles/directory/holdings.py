"""Who has which role where, on the whole site: the census, and what it says for certain of a line's place.

One row of the report `batchroles roles` is one role assignment, at whatever level, whoever reads it (cases `rr-odd`,
`rr-allusers-weak`). The same role given by hand and by a cohort is two rows (case `rr-dup`). A holding has a context
id, a line mostly a level and an instance id: where it is not certain whether the two are one place, nothing is claimed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from batchroles.directory.columns import PROFILE, RoleColumns
from batchroles.directory.places import SYSTEM, Place, Places
from batchroles.models import Level
from batchroles.models.levels import BY_CONTEXT_ID, SITE_HOME
from batchroles.models.lines import LEVEL_CODES, NOT_READ, Ints, Mask

NO_CONTEXT = 0
"""The context id of an assignment whose context has no path."""
_DEPTHS: Mapping[Level, tuple[int, float]] = {
    Level.SYSTEM: (1, 1),
    Level.USER: (2, 2),
    Level.COURSECAT: (2, np.inf),
    Level.COURSE: (2, np.inf),
    Level.MODULE: (3, np.inf),
    Level.BLOCK: (2, np.inf),
}
"""How many ids the path of a context has, at least and at most: the site home stands right below the system."""
_SOME = 3
"""People of a role that others are asked about: one may be hidden, or gone by now."""
_NOBODY, _NOT_NAMED = -1, -2
"""In place of a role's number: nobody has it; its short name is not known."""


@dataclass(frozen=True, eq=False)
class Census:
    """Every role assignment of a site, as columns of numbers; the same one may stand there several times."""

    context: Ints
    """Context ids, or `NO_CONTEXT`."""
    depth: Ints
    """How many ids the context's path has."""
    user: Ints
    """User ids; 0 for a user who is gone."""
    role: Ints
    """Numbers of short names."""
    plugin: Ints
    """Numbers of components."""
    item: Ints
    """Item ids; 0 where the report does not show them."""
    shortnames: Sequence[str]
    plugins: Sequence[str]
    """Components; `""` for what was given by hand or with a manual enrolment (case `rr-after-enrol`)."""
    since: Ints
    """Numbers of moments."""
    moments: Sequence[str]
    """When holdings were given, as Moodle shows it to the token's user; `""` where the report does not show that."""

    @classmethod
    def of(cls, told: RoleColumns) -> "Census":
        """Take the columns of a report."""
        return cls(
            context=told.path.numbers(lambda path: int(path.rpartition("/")[2] or NO_CONTEXT)),
            depth=told.path.numbers(lambda path: path.count("/")),
            user=told.user.numbers(_user_id),
            role=told.role.codes,
            plugin=told.plugin.codes,
            item=told.item.numbers(int) if told.item else np.zeros(len(told.path.codes), "int64"),
            shortnames=told.role.texts,
            plugins=told.plugin.texts,
            since=told.since.codes if told.since else np.zeros(len(told.path.codes), "int64"),
            moments=told.since.texts if told.since else [""],
        )

    def __len__(self) -> int:
        return len(self.context)

    def holders(self, shortname: str) -> int:
        """Count the assignments of a role."""
        return int((self.role == self._code(shortname)).sum())

    def names(self, shortname: str) -> Mask:
        """Choose the assignments of a role, whatever the case of letters."""
        codes = [code for code, one in enumerate(self.shortnames) if one.lower() == shortname.lower()]
        return np.isin(self.role, codes)

    def shows(self, user: int, shortname: str) -> bool:
        """Whether somebody has a role anywhere."""
        return bool(((self.user == user) & (self.role == self._code(shortname))).any())

    def codes(self, roleids: Ints, shortnames: Mapping[int, str]) -> Ints:
        """Give the numbers of roles by id, or `_NOBODY`, or `_NOT_NAMED`; a role may have an empty short name."""
        distinct, at = np.unique(roleids, return_inverse=True)
        codes = [
            self._code(shortnames[one]) if one in shortnames else _NOT_NAMED for one in distinct.tolist()
        ]
        return np.array(codes, "int64")[at]

    def _code(self, shortname: str) -> int:
        return self.shortnames.index(shortname) if shortname in self.shortnames else _NOBODY


def _user_id(link: str) -> int:
    found = PROFILE.match(link)
    return int(found[1]) if found else 0


@dataclass(frozen=True, eq=False)
class Found:
    """What a census says of some lines, each a user, a role and a place."""

    held: Ints
    """How often the user has the role there; `NOT_READ` where that is not certain."""
    by_hand: Ints
    """How often of these no plugin gives it."""
    unnamed: Mask
    """Lines of which it is not certain because the short name of the role is not known."""
    unplaced: Mask
    """Lines of which it is not certain because the user has the role in a context that may be the place or not."""
    _holdings: "Holdings"
    _keys: Ints

    def givers(self, line: int) -> tuple[str, ...]:
        """Give the plugins that give a line's user the role there."""
        return self._holdings.plugins(int(self._keys[line]))


class Holdings:
    """A census, with what is known of the contexts in it."""

    def __init__(self, census: Census, places: Places) -> None:
        self.census, self.places = census, places
        self._users, user = np.unique(census.user, return_inverse=True)
        self._contexts, context = np.unique(census.context, return_inverse=True)
        self._roles = max(1, len(census.shortnames))
        self._pairs = user * self._roles + census.role
        """By holding: its user and role as one number."""
        keys = self._pairs * len(self._contexts) + context
        order = np.argsort(keys, kind="stable")
        self._sorted, self._plugin = keys[order], census.plugin[order]
        given = np.array([text != "" for text in census.plugins], bool)[self._plugin]
        self._given = np.concatenate([[0], np.cumsum(given)])
        """Of the sorted holdings before each, how many a plugin gives."""
        self._own = {place: context for context, place in places.own.items()}
        self._either = {place: context for context, place in places.either.items()}

    def find(
        self,
        level: npt.NDArray[np.int8],
        instance: Ints,
        user: Ints,
        roleid: Ints,
        shortnames: Mapping[int, str],
    ) -> Found:
        """Say what some lines' users have there; `shortnames` are those that are known, by role id."""
        role, user = self.census.codes(roleid, shortnames), _places(self._users, user)
        pairs = np.where((role >= 0) & (user >= 0), user * self._roles + role, -1)
        own, either = self._contexts_of(level, instance)
        keys = self._keys(pairs, own)
        held, given = self._counted(keys)
        unnamed = role == _NOT_NAMED
        unsure = (self._counted(self._keys(pairs, either))[0] > 0) | self._elsewhere_unknown(
            level, pairs, own
        )
        unplaced = unsure & ~unnamed
        return Found(
            np.where(unnamed | unplaced, NOT_READ, held), held - given, unnamed, unplaced, self, keys
        )

    def by_hand(self) -> Iterator[tuple[int, str, Place]]:
        """Give user id, role short name and place of all that nobody but a person gave, where the place is certain."""
        census = self.census
        given = np.array([text != "" for text in census.plugins], bool)[census.plugin]
        for row in np.flatnonzero(~given & (census.user > 0)).tolist():
            place = SYSTEM if census.depth[row] == 1 else self.places.own.get(int(census.context[row]))
            if place is not None:
                yield int(census.user[row]), census.shortnames[int(census.role[row])], place

    def in_courses(self, shortname: str) -> list[tuple[int, int]]:
        """Give a few user ids with the ids of courses in which they have a role, as far as links tell of courses.

        A block in a course is taken for the course here: whoever is asked about there may turn out not to have it.
        """
        census, places = self.census, {**self.places.own, **self.places.either}
        found: dict[int, int] = {}
        for row in np.flatnonzero(census.names(shortname) & (census.user > 0)).tolist():
            level, instance = places.get(int(census.context[row]), SYSTEM)
            if level is Level.COURSE and instance != SITE_HOME:
                found.setdefault(int(census.user[row]), instance)
            if len(found) == _SOME:
                break
        return list(found.items())

    def _keys(self, pairs: Ints, context: Ints) -> Ints:
        """Give pairs with context ids as one number each; -1 where the census does not have one of them."""
        at = _places(self._contexts, context)
        return np.where((pairs >= 0) & (at >= 0), pairs * len(self._contexts) + at, -1)

    def _counted(self, keys: Ints) -> tuple[Ints, Ints]:
        """Count the holdings of each key, and how many of them a plugin gives."""
        first, last = (np.searchsorted(self._sorted, keys, side) for side in ("left", "right"))
        return last - first, self._given[last] - self._given[first]

    def plugins(self, key: int) -> tuple[str, ...]:
        """Give the plugins among a key's holdings."""
        first, last = (int(np.searchsorted(self._sorted, key, side)) for side in ("left", "right"))
        codes = set(self._plugin[first:last].tolist())
        return tuple(sorted({self.census.plugins[code] for code in codes} - {""}))

    def _contexts_of(self, level: npt.NDArray[np.int8], instance: Ints) -> tuple[Ints, Ints]:
        """Give the contexts of places: those that are theirs, and those that may be; -1 where there is none."""
        instances, number = np.unique(instance, return_inverse=True)
        levels = list(LEVEL_CODES)
        distinct, at = np.unique(number * len(levels) + level, return_inverse=True)
        places: list[Place] = [
            (levels[one % len(levels)], int(instances[one // len(levels)])) for one in distinct.tolist()
        ]
        own = np.array([self._context_of(place) for place in places], "int64")
        either = np.array([self._either.get(place, -1) for place in places], "int64")
        return own[at], either[at]

    def _context_of(self, place: Place) -> int:
        level, instance = place
        if level in BY_CONTEXT_ID:
            return instance
        if level is Level.SYSTEM:
            # It is the one context whose path has one id.
            return int(self.census.context[self.census.depth == 1].max(initial=self._own.get(SYSTEM, -1)))
        return self._own.get(place, -1)

    def _elsewhere_unknown(self, level: npt.NDArray[np.int8], pairs: Ints, own: Ints) -> Mask:
        """Choose the lines whose user has the role in a context that may be theirs for all that is known of it."""
        unsure = np.zeros(len(pairs), bool)
        for one in Level:
            lines = level == LEVEL_CODES[one]
            if one not in BY_CONTEXT_ID:
                # Where the line's own context is known no other one is the place.
                lines = lines & (own < 0)
            if lines.any():
                unsure[lines] = np.isin(pairs[lines], self._pairs[self._perhaps(one)])
        return unsure

    def _perhaps(self, level: Level) -> Mask:
        """Choose the holdings whose context may be of a level, of a place that is not known."""
        context, depth, places = self.census.context, self.census.depth, self.places
        gone = np.zeros(len(context), bool) if places.none_moves else context == NO_CONTEXT
        if level in BY_CONTEXT_ID:
            return gone
        known = [*places.own] if level is Level.BLOCK else [*places.own, *places.either, *places.blocks]
        least, most = _DEPTHS[level]
        return gone | ((depth >= least) & (depth <= most) & ~np.isin(context, np.array(known, "int64")))


def _places(distinct: Ints, values: Ints) -> Ints:
    """Give the place of each value in a sorted array, -1 for what is not there."""
    if not len(distinct):
        return np.full(len(values), -1, "int64")
    at = np.searchsorted(distinct, values).clip(max=len(distinct) - 1)
    return np.where(distinct[at] == values, at, -1)
