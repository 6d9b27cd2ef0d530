"""Characters that nobody sees: white space of all kinds at the ends, and marks without a width."""

import re
import unicodedata

_BETWEEN_FOREIGN_LETTERS = "\u200c\u200d"
"""Zero-width joiners: a part of the spelling in Persian and in Indian scripts, dirt in Latin text."""
_MARKS = (
    "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u0000-\u0008\u000e-\u001f\u007f"
)
_DIRT = re.compile(f"[{_MARKS}]|(?<![^\x00-\x7f])[{_BETWEEN_FOREIGN_LETTERS}]|[{_BETWEEN_FOREIGN_LETTERS}]$")
_ODD_SPACES = re.compile(r"[^\S \t\r\n\v\f\x1c-\x1f\x85\u2028\u2029]")


def cleaned(text: str) -> str:
    """Return the text without what is invisible: trimmed, marks without width removed, odd spaces made plain.

    Nothing that can be seen changes: a no-break space becomes a space, and a line break inside the text stays.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    return _ODD_SPACES.sub(" ", _DIRT.sub("", text)).strip()


def invisible_names(text: str) -> list[str]:
    """Return the Unicode names of what `cleaned` takes away, ordinary white space at the ends aside."""
    found = _DIRT.findall(text) + _ODD_SPACES.findall(text)
    return list(
        dict.fromkeys(unicodedata.name(mark, f"control character {ord(mark)}").lower() for mark in found)
    )
