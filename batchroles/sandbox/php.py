"""Form bodies and values as PHP reads them: nested names, dropped variables, loose numbers."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

PhpArray = dict[str | int, Any]

Keys = tuple[str | int, ...]
"""A variable's name cut at its brackets: `a[0][b]` is a, 0, b; `""` stands for the next number, as in `a[]`."""


def decode(text: str) -> str:
    """Undo URL-encoding; bytes that are no UTF-8 survive as lone surrogates."""
    if "+" in text:
        text = text.replace("+", " ")
    if "%" in text:
        return unquote_to_bytes(text).decode("utf-8", "surrogateescape")
    return text


def split_form(body: str, limit: int) -> list[tuple[Keys, str]]:
    """Give the first `limit` variables of a URL-encoded body; PHP drops the rest without a word."""
    pairs: list[tuple[Keys, str]] = []
    for piece in body.split("&") if body else ():
        if len(pairs) == limit:
            break
        if piece:
            name, _, value = piece.partition("=")
            pairs.append((_encoded_keys(name), decode(value)))
    return pairs


@lru_cache(maxsize=1 << 14)
def _encoded_keys(name: str) -> Keys:
    """Cut an encoded name; the same names come in call after call."""
    return keys_of(decode(name))


def keys_of(name: str) -> Keys:
    """Cut a variable's name at its brackets; a `[` that is never closed becomes `_`; no keys: no variable."""
    name = name.lstrip(" ")
    start = name.find("[")
    if start == 0 or not name:
        return ()
    if start < 0 or "]" not in name[start:]:
        return (_plain(name),)  # also a bracket that is never closed: PHP makes `a_b` of `a[b`
    keys: list[str | int] = [_plain(name[:start])]
    while start < len(name) and name[start] == "[":
        end = name.find("]", start)
        if end < 0:
            break
        keys.append(_key(name[start + 1 : end]))
        start = end + 1
    return tuple(keys)


def _plain(name: str) -> str:
    return name.replace(".", "_").replace(" ", "_").replace("[", "_")


def _key(text: str) -> str | int:
    # As in any PHP array: "7" and 7 are one key, "07" is another.
    return int(text) if re.fullmatch(r"0|-?[1-9][0-9]{0,17}", text) else text


def nest(pairs: Iterable[tuple[Keys, str]]) -> PhpArray:
    """Turn variables into nested arrays; the last of two equal names wins."""
    result: PhpArray = {}
    for keys, value in pairs:
        if keys:
            _put(result, keys, value)
    return result


def _put(array: PhpArray, keys: Keys, value: str) -> None:
    *path, last = keys
    for part in path:
        key = _next_number(array) if part == "" else part
        inner = array.get(key)
        if not isinstance(inner, dict):
            inner = array[key] = {}
        array = inner
    # Row numbers need neither begin at 0 nor be numbers (assign-sparse-indices, assign-text-indices), and `[]` counts
    # on with each variable: `rows[][key]` makes every variable a row of its own (assign-no-indices).
    array[_next_number(array) if last == "" else last] = value


def _next_number(array: PhpArray) -> int:
    return 1 + max((key for key in array if isinstance(key, int)), default=-1)


def to_int(value: str) -> int:
    """Convert as PHP's `(int)` does: leading blanks skipped, exponents taken, the rest ignored, 0 if no number."""
    match = re.match(r"[ \t\n\r\v\f]*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)", value)
    if match is None:
        return 0
    number = match[1]
    whole = re.fullmatch(r"[+-]?[0-9]+", number)
    exact = int(number) if whole else max(-(2.0**63), min(2.0**63, float(number)))
    return max(-(2**63), min(2**63 - 1, int(exact)))


def is_numeric(value: str) -> bool:
    """Say whether PHP takes the whole text for a number; blanks around it are allowed."""
    return (
        re.fullmatch(
            r"[ \t\n\r\v\f]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t\n\r\v\f]*", value
        )
        is not None
    )


def is_empty(value: object) -> bool:
    """Say whether PHP's `empty()` holds: nothing, `""`, `"0"`, 0 or an empty array."""
    return not value or value == "0"


def bytes_of(size: str) -> int:
    """Read a size as PHP's settings spell it: `8M`, `512K`, `1000`."""
    unit = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(size[-1:].upper(), 1)
    return int(size.rstrip("KMGkmg")) * unit


def text_of(value: object) -> str:
    """Give a variable's text; an array, where text belongs, is none."""
    return value if isinstance(value, str) else ""
