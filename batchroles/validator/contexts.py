"""Contexts of every level: which of them need a look-up and where, and whether there is one with an id."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import cast

from batchroles.client import Moodle, functions
from batchroles.errors import CallRefused, SiteRefusal
from batchroles.models import Code, ContextRef, Level, Problem, UserRef
from batchroles.models.changes import CallRow
from batchroles.models.levels import LookUp
from batchroles.models.references import UserKey
from batchroles.validator.categories import CategoryFinder
from batchroles.validator.courses import CourseFinder
from batchroles.validator.names import Resolved, given_id

_AS_CONTEXT = {
    Code.USER_NOT_FOUND: Code.CONTEXT_NOT_FOUND,
    Code.USER_AMBIGUOUS: Code.CONTEXT_AMBIGUOUS,
}


def users_of(refs: Iterable[ContextRef]) -> set[UserRef]:
    """Give the users that contexts name."""
    return {_user(ref) for ref in refs if ref.level.facts.look_up == "users"}


def find_people(refs: Iterable[ContextRef], users: Mapping[UserRef, Resolved]) -> dict[ContextRef, Resolved]:
    """Turn contexts of users into instance ids, or into problems; `users` are found already."""
    return {ref: _as_context(users[_user(ref)]) for ref in refs if ref.level.facts.look_up == "users"}


def find_places(
    refs: Iterable[ContextRef], courses: CourseFinder, categories: CategoryFinder
) -> dict[ContextRef, Resolved]:
    """Turn all other contexts into instance ids, or into problems."""
    finders: dict[LookUp | None, Callable[[list[ContextRef]], dict[ContextRef, Resolved]]] = {
        "courses": courses.find,
        "categories": categories.find,
        "activities": lambda some: {ref: _activity(ref) for ref in some},
        None: lambda some: {ref: _as_given(ref) for ref in some},
    }
    by_look_up: dict[LookUp | None, list[ContextRef]] = defaultdict(list)
    for ref in sorted(set(refs)):
        if ref.level.facts.look_up != "users":
            by_look_up[ref.level.facts.look_up].append(ref)
    found: dict[ContextRef, Resolved] = {}
    for look_up, some in by_look_up.items():
        found |= finders[look_up](some)
    return found


def _user(ref: ContextRef) -> UserRef:
    # A user is a place by the keys that name users.
    return UserRef(cast("UserKey", ref.by), ref.value)


def _as_context(user: Resolved) -> Resolved:
    """Speak of a user who is a place, not the one who gets the role."""
    if isinstance(user, int):
        return user
    return replace(user, code=_AS_CONTEXT.get(user.code, user.code))


def _activity(ref: ContextRef) -> Resolved:
    if ref.by == "id":
        return _as_given(ref)
    return Problem(
        Code.CONTEXT_NOT_FOUND,
        f'Activity with ID number "{ref.value}" cannot be looked up: Moodle\'s web services find an activity only by'
        " its course module id.",
        "Open the activity and write module: and the number after id= in its address.",
        value=ref.value,
    )


def _as_given(ref: ContextRef) -> Resolved:
    """Take the id that a file gives; of a level with one instance Moodle wants some id, and ignores which.

    Cases `assign-system-no-instanceid` and `assign-system`.
    """
    return given_id(ref.value, ref.level.facts.named_id) if ref.level.facts.keys else 0


_NO_RECORD = ("invalidrecordunknown", "invalidrecord")
"""Error codes of an activity that does not exist (case `cm-unknown`); one that may not be entered has another."""


def absent_place(moodle: Moodle, row: CallRow) -> str:
    """Name the place of a refused row if a look-up by its id does not find it: `course with the id 7`.

    Empty where it is found, where nothing can look it up, and where that is not in the token's service. Raises
    `TemporaryFailure` where the site does not answer.
    """
    _, _, word, instance = row
    facts = Level(word).facts
    if facts.look_up is None:
        return ""
    try:
        found = _LOOK_UPS[facts.look_up](moodle, instance)
    except CallRefused as refusal:
        found = facts.look_up != "activities" or refusal.errorcode not in _NO_RECORD
    except SiteRefusal:
        # Whatever is wrong with service or token: the row is refused already, and the next call that matters will tell.
        return ""
    return "" if found else f"{facts.called} with the id {instance}"


def _is_user(moodle: Moodle, instance: int) -> bool:
    return _any(moodle.call(functions.USERS_BY_FIELD, {"field": "id", "values": [instance]}))


def _is_category(moodle: Moodle, instance: int) -> bool:
    criteria = [{"key": "id", "value": instance}]
    return _any(moodle.call(functions.CATEGORIES, {"criteria": criteria, "addsubcategories": 0}))


def _is_course(moodle: Moodle, instance: int) -> bool:
    answer = moodle.call(functions.COURSES_BY_FIELD, {"field": "id", "value": instance})
    return _any(answer.get("courses") if isinstance(answer, Mapping) else answer)


def _is_activity(moodle: Moodle, instance: int) -> bool:
    moodle.call(functions.COURSE_MODULE, {"cmid": instance})
    return True


def _any(answer: object) -> bool:
    """Whether a list has entries; what is no list says nothing, and is taken for found."""
    return not isinstance(answer, list) or bool(answer)


_LOOK_UPS: Mapping[LookUp, Callable[[Moodle, int], bool]] = {
    "users": _is_user,
    "categories": _is_category,
    "courses": _is_course,
    "activities": _is_activity,
}
"""How an instance is found by its id. Nothing finds blocks and bare contexts."""
