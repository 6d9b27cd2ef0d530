"""The types of a site file's fields, and the check of an object's fields against them."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from batchroles.sandbox.site.contexts import NUMBERS


class BadSiteFile(ValueError):
    """A site file that cannot be used; the message gives the place inside it and what is wrong there."""


def is_int(value: object) -> bool:
    """Say whether a value is a whole number; `true` is none."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text_like(pattern: str) -> Callable[[object], bool]:
    whole = re.compile(pattern, re.ASCII)
    return lambda value: isinstance(value, str) and whole.fullmatch(value) is not None


def _is_list_of(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


TYPES: dict[str, tuple[Callable[[object], bool], str]] = {
    "int": (is_int, "a whole number"),
    "text": (lambda value: isinstance(value, str), "a text"),
    "list": (lambda value: isinstance(value, list), "a list"),
    "object": (lambda value: isinstance(value, dict), "an object"),
    "ints": (_is_list_of(is_int), "a list of whole numbers"),
    "texts": (_is_list_of(lambda value: isinstance(value, str)), "a list of texts"),
    "levels": (
        _is_list_of(lambda value: is_int(value) and value in NUMBERS.values()),
        f"a list of context levels ({', '.join(map(str, NUMBERS.values()))})",
    ),
    "number": (_is_text_like(r"[0-9]{1,18}"), "a whole number in quotes"),
    "numbers": (
        _is_text_like(r"([0-9]{1,18}(,[0-9]{1,18})*)?"),
        "whole numbers with commas between, in quotes",
    ),
    "size": (_is_text_like(r"[0-9]{1,18}[KMGkmg]?"), 'a size in quotes, such as "8M"'),
}
"""How a value of each type is known, and what it is called."""


def check_fields(place: str, row: object, fields: Mapping[str, str], *, others: bool = False) -> None:
    """Raise BadSiteFile unless a value is an object with these fields, by name and type.

    A type with `?` allows null too, one with `*` a field that is missing; `others` allows more fields.
    """
    if not isinstance(row, dict):
        raise BadSiteFile(f"{place}: must be an object")
    for field in () if others else row:
        if field not in fields:
            raise BadSiteFile(f"{place}.{field}: there is no such field")
    for field, kind in fields.items():
        if field in row:
            check_value(f"{place}.{field}", row[field], kind)
        elif "*" not in kind:
            raise BadSiteFile(f"{place}.{field}: is missing")


def check_value(place: str, value: Any, kind: str) -> None:
    """Raise BadSiteFile unless a value has a type."""
    fits, called = TYPES[kind.rstrip("?*")]
    if not fits(value) and not (value is None and "?" in kind):
        raise BadSiteFile(f"{place}: must be {called}, not {json.dumps(value, ensure_ascii=False)}")
