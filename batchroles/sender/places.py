"""Whether a place exists in which Moodle refuses a role: it answers the same where the role does not belong there."""

from collections.abc import Callable, Mapping

from batchroles.chunker import CallRow
from batchroles.client import Moodle, functions
from batchroles.errors import CallRefused, SiteRefusal

AMBIGUOUS = "invalidparameter"
"""The error code of a place that does not exist, of a role that does not, and of one that may not be given there."""
_NO_RECORD = ("invalidrecordunknown", "invalidrecord")


def absent_place(moodle: Moodle, row: CallRow) -> str:
    """Name the place of a refused row if a look-up by its id does not find it: `course with the id 7`.

    Empty where it is found, where nothing can look it up, and where that is not in the token's service. Raises
    `TemporaryFailure` where the site does not answer.
    """
    _, _, level, instance = row
    if level not in _LOOK_UPS:
        return ""
    what, look_up = _LOOK_UPS[level]
    try:
        found = look_up(moodle, instance)
    except CallRefused as refusal:
        found = level != "module" or refusal.errorcode not in _NO_RECORD
    except SiteRefusal:
        return ""
    return "" if found else f"{what} with the id {instance}"


def _user(moodle: Moodle, instance: int) -> bool:
    return _any(moodle.call(functions.USERS_BY_FIELD, {"field": "id", "values": [instance]}))


def _category(moodle: Moodle, instance: int) -> bool:
    criteria = [{"key": "id", "value": instance}]
    return _any(moodle.call(functions.CATEGORIES, {"criteria": criteria, "addsubcategories": 0}))


def _course(moodle: Moodle, instance: int) -> bool:
    answer = moodle.call(functions.COURSES_BY_FIELD, {"field": "id", "value": instance})
    return _any(answer.get("courses") if isinstance(answer, Mapping) else answer)


def _module(moodle: Moodle, instance: int) -> bool:
    moodle.call(functions.COURSE_MODULE, {"cmid": instance})
    return True


def _any(answer: object) -> bool:
    """Whether a list has entries; what is no list says nothing, and is taken for found."""
    return not isinstance(answer, list) or bool(answer)


_LOOK_UPS: Mapping[str, tuple[str, Callable[[Moodle, int], bool]]] = {
    "user": ("user", _user),
    "coursecat": ("category", _category),
    "course": ("course", _course),
    "module": ("activity", _module),
}
"""Level → what people call it, and how it is found by its id. Nothing finds blocks and bare contexts."""
