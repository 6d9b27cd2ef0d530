"""What is done to text everywhere: made harmless for terminals and spreadsheets, cleaned of what nobody sees."""

import json
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys instead of showing it, but for line end and tab; what turns text; half characters."""

_BYTE_OF_A_NAME = 0xDC00
"""Python keeps a byte of a file's name that is no UTF-8 as a half character this far above it."""


def count_of(number: int, one: str, many: str = "") -> str:
    """Return `1 row is` or `1,204 rows are`: a count with the words for one and for any other number.

    `many` may be left out where it is `one` with an s behind it.
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


_MOST_SPANS = 20


def numbered(rows: Sequence[int]) -> str:
    """Return ascending row numbers, of which there is one at least, for people: `rows 3 to 5 and 9`."""
    spans: list[list[int]] = []
    for row in rows:
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    texts = [text for first, last in spans[:_MOST_SPANS] for text in _spanned(first, last)]
    if len(spans) > _MOST_SPANS:
        return f"rows {', '.join(texts)} …"
    before = f"{', '.join(texts[:-1])} and " if len(texts) > 1 else ""
    return f"row{'s' if len(rows) > 1 else ''} {before}{texts[-1]}"


def _spanned(first: int, last: int) -> list[str]:
    return [f"{first} to {last}"] if last > first + 1 else [str(row) for row in range(first, last + 1)]


def as_word(path: Path) -> str:
    """Return a path as it is typed in a command: in quotes where a shell would else part it."""
    text = harmless(str(path))
    return text if re.fullmatch(r"[\w./\\:~+-]+", text) else f'"{text}"'


def harmless(text: str) -> str:
    r"""Return the text with whatever could steer a terminal shown as `\x1b` or `\u202e`, so that it can be printed."""
    return _STEERING.sub(_spelt, text)


def as_json(content: Any) -> str:
    r"""Return JSON for people to read: letters as they are, what could steer a terminal as an escape of JSON."""
    text = json.dumps(content, ensure_ascii=False, indent=2)
    return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _spelt(match: re.Match[str]) -> str:
    number = ord(match[0])
    if 0xDC80 <= number <= 0xDCFF:
        number -= _BYTE_OF_A_NAME
    return f"\\x{number:02x}" if number <= 0xFF else f"\\u{number:04x}"


_BETWEEN_FOREIGN_LETTERS = "\u200c\u200d"
"""Zero-width joiners: a part of the spelling in Persian and in Indian scripts, dirt in Latin text."""
_MARKS = (
    "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u0000-\u0008\u000e-\u001f\u007f"
)
# A joiner is dirt unless a letter beyond ASCII stands before it, and at the end in any case.
_DIRT = re.compile(f"[{_MARKS}]|(?<![^\x00-\x7f])[{_BETWEEN_FOREIGN_LETTERS}]|[{_BETWEEN_FOREIGN_LETTERS}]$")
# Any white space but what is listed: plain blanks, and what breaks lines.
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


# NOTE: Excel in East Asian languages takes the full-width signs for the plain ones; a tab or a line end in front is
# dropped by some programs, so that the sign behind it comes first.
_BEGINNING = "[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
# With apostrophes too, which get one more: else `restore` would take away one that the file itself has.
_LIKE_FORMULA = re.compile(f"'*{_BEGINNING}")
_NEUTRALISED = re.compile(f"'+{_BEGINNING}")


def neutralise(text: str) -> str:
    """Return text that no spreadsheet runs as a formula."""
    return f"'{text}" if _LIKE_FORMULA.match(text) else text


def restore(text: str) -> str:
    """Return the text that `neutralise` was given."""
    return text[1:] if _NEUTRALISED.match(text) else text
