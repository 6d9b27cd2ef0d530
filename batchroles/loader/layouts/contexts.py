"""Contexts as text: `course:MAT101`, `category:name=Science / Physics`, and the columns that hold their parts."""

from collections.abc import Mapping
from typing import cast

from batchroles.loader.layouts.cells import Fault, Read, plain_id
from batchroles.models import ContextRef, Level
from batchroles.models.references import ContextKey
from batchroles.text import cleaned

ACCEPTED = (
    "system, course:SHORTNAME, course:idnumber=X, course:id=5, category:IDNUMBER, category:id=5, "
    "category:name=Science / Physics, module:CMID, user:USERNAME, block:ID or context:ID"
)

_KEYS: Mapping[Level, tuple[ContextKey, ...]] = {
    Level.USER: ("username", "id"),
    Level.COURSECAT: ("idnumber", "name", "id"),
    Level.COURSE: ("shortname", "idnumber", "id"),
    Level.MODULE: ("id", "idnumber"),
    Level.BLOCK: ("id",),
    Level.CONTEXT: ("id",),
}
"""The keys of each level; the first is the one meant where none is written."""

_OF_WHAT = {
    Level.USER: "a user",
    Level.COURSECAT: "a category",
    Level.COURSE: "a course",
    Level.MODULE: "a course-module",
    Level.BLOCK: "a block",
    Level.CONTEXT: "a context",
}

_REFERENCE_KEYS: Mapping[Level, ContextKey] = {
    Level.USER: "username",
    Level.COURSECAT: "idnumber",
    Level.COURSE: "shortname",
    Level.MODULE: "idnumber",
}
"""What a `reference` column holds for each level."""

LEVEL_NAMES: Mapping[str, Level] = {
    "system": Level.SYSTEM,
    "user": Level.USER,
    "coursecat": Level.COURSECAT,
    "category": Level.COURSECAT,
    "course category": Level.COURSECAT,
    "course": Level.COURSE,
    "module": Level.MODULE,
    "activity module": Level.MODULE,
    "activity": Level.MODULE,
    "block": Level.BLOCK,
}
"""Moodle's own level words, and the names it shows for them in English."""

_LEVELS_IN_TEXT = {
    **{name: level for name, level in LEVEL_NAMES.items() if " " not in name},
    "context": Level.CONTEXT,
}


def read_context(text: str) -> ContextRef | Fault:
    """Return the context that a cell of a `context` column names."""
    word, colon, rest = (part.strip() for part in text.partition(":"))
    level = _LEVELS_IN_TEXT.get(word.casefold())
    if level is Level.SYSTEM and not rest:
        return ContextRef(Level.SYSTEM, "", "")
    if level is None or level is Level.SYSTEM or not (colon and rest):
        return Fault(f'"{text}" is not a context.', f"Write {ACCEPTED}.")
    key, value = _key_and_value(level, rest)
    return (
        instance(level, key, value) if value else Fault(f'"{text}" is not a context.', f"Write {ACCEPTED}.")
    )


def _key_and_value(level: Level, text: str) -> tuple[ContextKey, str]:
    key, sign, value = (part.strip() for part in text.partition("="))
    if sign and key.casefold() in _KEYS[level]:
        return cast("ContextKey", key.casefold()), value
    return _KEYS[level][0], text


def instance(level: Level, key: ContextKey, value: str) -> ContextRef | Fault:
    """Return the context of a level by one of its keys, if the value can be one."""
    if key == "id":
        number = plain_id(value, _OF_WHAT[level])
        return number if isinstance(number, Fault) else ContextRef(level, key, number)
    return ContextRef(level, key, value.lower() if key == "username" else value)


def instance_reader(level: Level, by: str) -> Read:
    """Return how a column is read that holds instances of one level by one key."""
    return lambda text: instance(level, cast("ContextKey", by), text)


def read_level_and_instance(level_text: str, text: str, by: str) -> ContextRef | Fault | None:
    """Return the context of a `contextlevel` cell and its `instanceid` or `reference` cell, by `by`.

    None where a level is named without an instance: the other column may fill it.
    """
    level = LEVEL_NAMES.get(level_text.casefold())
    if level is None:
        return Fault(
            f'"{level_text}" is not a context level.',
            "Write system, user, coursecat, course, module or block.",
        )
    if level is Level.SYSTEM:
        return ContextRef(level, "", "")
    if not (text := cleaned(text)):
        return None
    key: ContextKey = "id" if by == "id" else _REFERENCE_KEYS.get(level, "id")
    return instance(level, key, text)
