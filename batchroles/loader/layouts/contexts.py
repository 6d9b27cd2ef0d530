"""Contexts as text: `course:MAT101`, `category:name=Science / Physics`, and the columns that hold their parts."""

from collections.abc import Mapping, Sequence
from typing import cast

from batchroles.loader.layouts.cells import Fault, Read, plain_id
from batchroles.models import ContextRef, Level
from batchroles.models.levels import MOODLES, TOLD, ContextKey
from batchroles.text import cleaned


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


ACCEPTED = _listed([example for level in TOLD for example in level.facts.examples])

LEVEL_NAMES: Mapping[str, Level] = {word: level for level in MOODLES for word in level.facts.words}
"""Moodle's own level words, and the names it shows for them in English."""

_LEVELS_IN_TEXT = {word: level for level in Level for word in level.facts.words if " " not in word}


def is_context_like(text: str) -> bool:
    """Whether a text begins as a context does, with the word of a level and a colon."""
    word, colon, _ = cleaned(text).partition(":")
    return bool(colon) and word.strip().casefold() in _LEVELS_IN_TEXT


def read_context(text: str) -> ContextRef | Fault:
    """Return the context that a cell of a `context` column names."""
    word, colon, rest = (part.strip() for part in text.partition(":"))
    level = _LEVELS_IN_TEXT.get(word.casefold())
    if level is not None and not level.facts.keys and not rest:
        return ContextRef(level, "", "")
    if level is None or not level.facts.keys or not (colon and rest):
        return Fault(f'"{text}" is not a context.', f"Write {ACCEPTED}.")
    key, value = _key_and_value(level, rest)
    return (
        instance(level, key, value) if value else Fault(f'"{text}" is not a context.', f"Write {ACCEPTED}.")
    )


def _key_and_value(level: Level, text: str) -> tuple[ContextKey, str]:
    key, sign, value = (part.strip() for part in text.partition("="))
    if sign and key.casefold() in level.facts.keys:
        return cast("ContextKey", key.casefold()), value
    return level.facts.keys[0], text


def instance(level: Level, key: ContextKey, value: str) -> ContextRef | Fault:
    """Return the context of a level by one of its keys, if the value can be one."""
    if key == "id":
        number = plain_id(value, f"a {level.facts.named_id}")
        return number if isinstance(number, Fault) else ContextRef(level, key, number)
    # As in a column of users: Moodle keeps user names in lower case.
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
            f"Write {_listed(MOODLES)}.",
            suggestions=tuple(MOODLES),
        )
    if not level.facts.keys:
        return ContextRef(level, "", "")
    if not (text := cleaned(text)):
        return None
    key: ContextKey = "id" if by == "id" else level.facts.reference
    return instance(level, key, text)
