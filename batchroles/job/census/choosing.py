"""What of a site's holdings is meant: the words of the scope, looked up, and the holdings that they choose."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast, get_args

import numpy as np

from batchroles.client import Moodle
from batchroles.directory.categories import Categories
from batchroles.directory.census import SiteRoles
from batchroles.directory.places import Place
from batchroles.errors import InputError
from batchroles.job.census.layout import Scope
from batchroles.job.census.seen import Seen, Spot
from batchroles.loader.layouts.cells import Fault
from batchroles.loader.layouts.contexts import is_context_like, read_context
from batchroles.models import ContextRef, Level, Problem, RoleRef, UserRef
from batchroles.models.levels import BY_CONTEXT_ID
from batchroles.models.lines import Ints, Mask
from batchroles.models.references import RoleMap, UserKey
from batchroles.text import count_of
from batchroles.validator import look_up
from batchroles.validator.roles import from_plugin
from batchroles.validator.users import UserFinder


@dataclass(frozen=True)
class Chosen:
    """The scope in ids; None for whatever there is."""

    roles: Collection[str] | None = None
    """Short names."""
    places: Collection[Place] | None = None
    categories: Collection[int] | None = None
    """Those that are named, and all below them."""
    users: Collection[int] | None = None

    @property
    def by_category(self) -> bool:
        """Whether it has to be known in which category a place is."""
        return self.categories is not None

    def rows(self, seen: Seen) -> Ints:
        """Choose holdings; one in a place of which it is not known whether it is below a category is not."""
        chosen: Mask = np.ones(len(seen.user), bool)
        if self.roles is not None:
            chosen &= np.isin(
                seen.role, [code for code, one in enumerate(seen.shortnames) if one in self.roles]
            )
        if self.users is not None:
            chosen &= np.isin(seen.user, list(self.users))
        if self.places is not None:
            chosen &= np.array([self._is_place(one) for one in seen.spots], bool)[seen.spot]
        if self.categories is not None:
            chosen &= np.array([one.category in self.categories for one in seen.spots], bool)[seen.spot]
        return np.flatnonzero(chosen)

    def doubts(self, seen: Seen) -> list[str]:
        """Say how many holdings are left out because it is not known where they are."""
        if self.categories is None:
            return []
        unknown = np.array([one.category is None for one in seen.spots], bool)[seen.spot].sum()
        return (
            [
                f"Of {count_of(int(unknown), 'holding')} it is not known in which category they are: they are left out."
            ]
            if unknown
            else []
        )

    def _is_place(self, spot: Spot) -> bool:
        places = self.places or ()
        return spot.place in places or any((level, spot.context) in places for level in BY_CONTEXT_ID)


def chosen(scope: Scope, moodle: Moodle, seen: Seen, role_map: RoleMap, site: SiteRoles) -> Chosen:
    """Look the words of a scope up. Raises InputError for one that does not lead to one thing, with the flag."""
    contexts = {word: _context(word, "--context") for word in scope.contexts}
    below = {word: _category(word) for word in scope.below}
    found: Mapping[object, object] = {}
    if contexts or below:
        found = look_up(moodle, (), {*contexts.values(), *below.values()}, role_map, site)
    places = {(ref.level, _sure(found[ref], "--context", word)) for word, ref in contexts.items()}
    for level, id_ in places:
        if level is Level.BLOCK:
            raise InputError(
                f"--context block:{id_}: no web service tells which context is which block's; name it as context:ID."
            )
    return Chosen(
        _roles(scope.roles, moodle, seen, role_map, site) if scope.roles else None,
        places if scope.contexts else None,
        _below({_sure(found[ref], "--below", word) for word, ref in below.items()}, moodle)
        if below
        else None,
        _users(scope.users, moodle) if scope.users else None,
    )


def _sure(found: object, flag: str, word: str) -> int:
    if isinstance(found, Problem):
        raise InputError(f"{flag} {word}: {found.reason} {found.fix}")
    assert isinstance(found, int)  # noqa: S101 - a name leads to an id or to a problem
    return found


def _context(word: str, flag: str) -> ContextRef:
    found = read_context(word)
    if not isinstance(found, ContextRef):
        assert isinstance(found, Fault)  # noqa: S101 - what is no reference says why
        raise InputError(f"{flag} {word}: {found.reason} {found.fix}")
    return found


def _category(word: str) -> ContextRef:
    found = _context(word if is_context_like(word) else f"category:{word}", "--below")
    if found.level is not Level.COURSECAT:
        raise InputError(f"--below {word}: name a category: its ID number, id=5 or name=Science / Physics.")
    return found


def _below(categories: Collection[int], moodle: Moodle) -> set[int]:
    every = Categories(moodle)
    found = {one.id for one in every.all if not set(categories).isdisjoint(one.ancestors)}
    if every.refusal is not None or not set(categories) <= found:
        raise InputError(
            f"--below: the token is not shown the site's categories: {every.refusal or 'one is missing'}"
        )
    return found


def _roles(words: Sequence[str], moodle: Moodle, seen: Seen, role_map: RoleMap, site: SiteRoles) -> set[str]:
    """Give the short names that are meant: those that somebody has as they are written, else by what they lead to."""
    chosen_ = {word for word in words if word in seen.shortnames}
    others = {word: RoleRef("word", word) for word in words if word not in chosen_}
    if not others:
        return chosen_
    found = look_up(moodle, others.values(), (), role_map, site)
    ids = {_sure(found[ref], "--role", word): word for word, ref in others.items()}
    names = {id_: name for name, id_ in seen.roles.items()}
    names |= {role.id: role.shortname for role in from_plugin(moodle) or ()}
    for id_, word in ids.items():
        shortname = names.get(id_) or site.shortname(id_)
        if shortname is None:
            raise InputError(
                f"--role {word}: the short name of the role with the id {id_} is not known; write that."
            )
        chosen_.add(shortname)
    return chosen_


def _users(words: Sequence[str], moodle: Moodle) -> set[int]:
    refs = {word: _user(word) for word in words}
    found = UserFinder(moodle).find(refs.values())
    return {_sure(found[ref], "--user", word) for word, ref in refs.items()}


_USER_KEYS: Mapping[str, UserKey] = {key: cast("UserKey", key) for key in get_args(UserKey)}


def _user(word: str) -> UserRef:
    key, equals, value = (part.strip() for part in word.partition("="))
    if equals and key.casefold() in _USER_KEYS:
        by = _USER_KEYS[key.casefold()]
        return UserRef(by, value.lower() if by == "username" else value)
    return UserRef("username", word.strip().lower())
