"""Form bodies and values as PHP reads them: nested names, dropped variables, loose numbers."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

PhpArray = dict[str | int, Any]

_INT_KEY = re.compile(r"(?:0|-?[1-9][0-9]{0,18})\Z")


def decode(text: str) -> str:
    """Undo URL-encoding; bytes that are no UTF-8 survive as lone surrogates."""
    if "+" in text:
        text = text.replace("+", " ")
    if "%" in text:
        return unquote_to_bytes(text).decode("utf-8", "surrogateescape")
    return text


def split_form(body: str, limit: int) -> list[tuple[str, str]]:
    """Give the first `limit` variables of a URL-encoded body, decoded; PHP drops the rest without a word."""
    pairs: list[tuple[str, str]] = []
    for piece in body.split("&"):
        if not piece:
            continue
        if len(pairs) == limit:
            break
        name, _, value = piece.partition("=")
        pairs.append((decode(name), decode(value)))
    return pairs


def nest(pairs: Iterable[tuple[str, str]], into: PhpArray | None = None) -> PhpArray:
    """Turn `a[0][b]=c` into nested arrays, keys that look like integers into integers."""
    result: PhpArray = {} if into is None else into
    for name, value in pairs:
        keys = split_name(name)
        if keys:
            _put(result, keys, value)
    return result


def split_name(name: str) -> list[str]:
    """Cut a variable's name at its brackets: `a[0][b]` gives a, 0, b; a `[` that is never closed becomes `_`."""
    name = name.lstrip(" ")
    start = name.find("[")
    if start == 0 or not name:
        return []
    if start < 0 or "]" not in name[start:]:
        return [_plain(name)]
    keys = [_plain(name[:start])]
    while start < len(name) and name[start] == "[":
        end = name.find("]", start)
        if end < 0:
            break
        keys.append(name[start + 1 : end])
        start = end + 1
    return keys


def _plain(name: str) -> str:
    return name.replace(".", "_").replace(" ", "_").replace("[", "_")


def _put(array: PhpArray, keys: list[str], value: str) -> None:
    last = len(keys) - 1
    for position, text in enumerate(keys):
        key = _key(array, text, top=position == 0)
        if position == last:
            array[key] = value
            return
        inner = array.get(key)
        if not isinstance(inner, dict):
            inner = array[key] = {}
        array = inner


def _key(array: PhpArray, text: str, *, top: bool) -> str | int:
    if text == "" and not top:
        return 1 + max((key for key in array if isinstance(key, int)), default=-1)
    if text.isdigit() or text[:1] == "-":
        return int(text) if _INT_KEY.match(text) else text
    return text


def to_int(value: str) -> int:
    """Convert as PHP's `(int)` does: leading blanks skipped, exponents taken, the rest ignored, 0 if no number."""
    match = re.match(r"[ \t\n\r\v\f]*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)", value)
    if match is None:
        return 0
    number = match[1]
    if re.fullmatch(r"[+-]?[0-9]+", number):
        return max(-(2**63), min(2**63 - 1, int(number)))
    return int(float(number))


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
