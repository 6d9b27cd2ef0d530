"""Moodle's parameter types: what cleaning makes of a value."""

import re
from collections.abc import Callable

from batchroles.sandbox.access.capabilities import KNOWN_CAPABILITIES
from batchroles.sandbox.php import is_empty, to_int
from batchroles.sandbox.text import strip_tags, valid_text

Cleaner = Callable[[str], str]


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


def clean_text(value: str) -> str:
    """Remove tags, but keep those of texts in several languages, if every one is written exactly so.

    Source: `clean_param` with `PARAM_TEXT` in Moodle 4.3's `lib/moodlelib.php`.
    """
    for name, opening in MULTILANG.items():
        if f"</{name}>" in value:
            kept = strip_tags(value, but=name)
            return kept if _alternate(kept, opening, f"</{name}>") else strip_tags(kept)
    return strip_tags(value)


MULTILANG = {
    "lang": re.compile(r'<lang lang="[a-zA-Z0-9_-]+"\s*>'),
    "span": re.compile(r'<span(\s+lang="[a-zA-Z0-9_-]+"|\s+class="multilang"){2}\s*>'),
}
"""The tags that mark one language's part of a text, and how they open; `lang` is tried first."""


def _alternate(text: str, opening: re.Pattern[str], closing: str) -> bool:
    """Say whether the tags of a text are openings and closings in turn; two openings in a row pass, as in Moodle."""
    is_open = False
    for tag in re.findall(r"<.*?>", text, re.DOTALL):
        if tag != closing and not opening.fullmatch(tag):
            return False
        if tag == closing and not is_open:
            return False
        is_open = tag != closing
    return not is_open


def clean_bool(value: str) -> str:
    """Give 0 for three words and for what PHP calls empty, and 1 for all else: `on`, `yes`, `abc`, `0.0`."""
    return "0" if value.lower() in ("off", "no", "false") or is_empty(value) else "1"


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
    "text": clean_text,
    "notags": strip_tags,
    "username": clean_username,
    "component": _component,
    "capability": lambda value: value if value in KNOWN_CAPABILITIES else "",
    "bool": clean_bool,
    "sequence": _keep(r"[^0-9,]"),
}
"""The cleaned value of each type, as text."""
