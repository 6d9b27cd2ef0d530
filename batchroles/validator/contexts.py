"""Contexts of every level: which of them need a look-up, and where."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

from batchroles.models import Code, ContextRef, Level, Problem, UserRef
from batchroles.validator.categories import Categories
from batchroles.validator.courses import CourseFinder
from batchroles.validator.names import Found, given_id

_AS_CONTEXT = {
    Code.USER_NOT_FOUND: Code.CONTEXT_NOT_FOUND,
    Code.USER_AMBIGUOUS: Code.CONTEXT_AMBIGUOUS,
}


def users_of(refs: Iterable[ContextRef]) -> set[UserRef]:
    """Give the users that contexts name."""
    return {_user(ref) for ref in refs if ref.level == Level.USER}


def find_contexts(
    refs: Iterable[ContextRef],
    users: dict[UserRef, Found],
    courses: CourseFinder,
    categories: Categories,
) -> dict[ContextRef, Found]:
    """Turn contexts into instance ids, or into problems; `users` are found already."""
    by_level: dict[Level, list[ContextRef]] = defaultdict(list)
    for ref in sorted(set(refs)):
        by_level[ref.level].append(ref)
    found: dict[ContextRef, Found] = {}
    for level, some in by_level.items():
        if level == Level.COURSE:
            found |= courses.find(some)
        elif level == Level.COURSECAT:
            found |= categories.find(some)
        elif level == Level.USER:
            found |= {ref: _as_context(users[_user(ref)]) for ref in some}
        else:
            found |= {ref: _PLAIN[level](ref) for ref in some}
    return found


def _user(ref: ContextRef) -> UserRef:
    return UserRef("id" if ref.by == "id" else "username", ref.value)


def _as_context(user: Found) -> Found:
    """Speak of a user who is a place, not the one who gets the role."""
    if isinstance(user, int):
        return user
    return replace(user, code=_AS_CONTEXT.get(user.code, user.code))


def _module(ref: ContextRef) -> Found:
    if ref.by == "id":
        return given_id(ref.value, "course module")
    return Problem(
        Code.CONTEXT_NOT_FOUND,
        f'Activity with ID number "{ref.value}" cannot be looked up: Moodle\'s web services find an activity only by'
        " its course module id.",
        "Open the activity and write module: and the number after id= in its address.",
        value=ref.value,
    )


_PLAIN: dict[Level, Callable[[ContextRef], Found]] = {
    # Moodle wants some instance id for the system, and ignores which.
    Level.SYSTEM: lambda _: 0,
    Level.MODULE: _module,
    Level.BLOCK: lambda ref: given_id(ref.value, "block"),
    Level.CONTEXT: lambda ref: given_id(ref.value, "context"),
}
