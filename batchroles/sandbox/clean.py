"""Moodle's parameter types: what cleaning makes of a value."""

import re
from collections.abc import Callable

from batchroles.sandbox.capabilities import KNOWN_CAPABILITIES
from batchroles.sandbox.php import to_int

Cleaner = Callable[[str], str]


def valid_text(value: str) -> str:
    """Drop what is no UTF-8, and null characters."""
    if value.isascii() and "\0" not in value:
        return value
    return value.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")


def clean_int(value: str) -> str:
    """Give the number as text; one that is written plainly comes back as it is."""
    if value.isascii() and value.isdigit() and len(value) < LONGEST_INT and (value[0] != "0" or value == "0"):
        return value
    return str(to_int(value))


LONGEST_INT = 19
"""Shorter numbers cannot overflow 64 bits."""


def clean_username(value: str) -> str:
    """Trim, make lower case, and keep only letters a-z, digits and `-.@_`."""
    return re.sub(r"[^-.@_a-z0-9]", "", valid_text(value).strip(" \t\n\r\0\v").lower().replace(" ", ""))


def strip_tags(value: str) -> str:
    """Remove HTML tags, an unclosed one to the end of the text."""
    return re.sub(r"<(?![\s<])[^>]*(>|$)", "", valid_text(value))


def _keep(pattern: str) -> Cleaner:
    unwanted = re.compile(pattern)
    return lambda value: unwanted.sub("", value)


def _component(value: str) -> str:
    fits = re.fullmatch(r"[a-z][a-z0-9]*(_[a-z][a-z0-9_]*)?[a-z0-9]+", value)
    return value if fits and "__" not in value else ""


CLEANERS: dict[str, Cleaner] = {
    "int": clean_int,
    "alpha": _keep(r"[^a-zA-Z]"),
    "alphaext": _keep(r"[^a-zA-Z_-]"),
    "alphanum": _keep(r"[^A-Za-z0-9]"),
    "alphanumext": _keep(r"[^A-Za-z0-9_-]"),
    "raw": valid_text,
    "raw_trimmed": lambda value: valid_text(value).strip(" \t\n\r\0\v"),
    "text": strip_tags,
    "notags": strip_tags,
    "username": clean_username,
    "component": _component,
    "capability": lambda value: value if value in KNOWN_CAPABILITIES else "",
    "bool": lambda value: str(int(value.strip().lower() in ("on", "yes", "true") or to_int(value) != 0)),
    "sequence": _keep(r"[^0-9,]"),
}
"""The cleaned value of each type, as text."""
