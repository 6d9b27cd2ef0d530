"""What a name in a file may mean: an id as it is given, a name that is near, a text that only looks the same."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Sequence

from batchroles.models import Code, Problem
from batchroles.models.references import is_id

Resolved = int | Problem
"""An id, or why there is none. The problem's column is filled in where it is known."""


def given_id(text: str, what: str) -> Resolved:
    """Take an id as it is given; only what can be no id at all is a problem."""
    if is_id(text):
        return int(text)
    return Problem(
        Code.BAD_VALUE,
        f'"{text}" is not a {what} id: Moodle\'s ids are whole numbers from 1 on.',
        f"Write the {what}'s id as Moodle shows it in addresses (id=…), or a name instead of an id.",
        value=text,
    )


_CYRILLIC = "АВЕЅІЈКМНОРСТУХаеѕіјорсух"  # noqa: RUF001  # these letters are the point
_GREEK = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο"  # noqa: RUF001  # these letters are the point
_LATIN = "ABESIJKMHOPCTYXaesijopcyx" + "ABEZHIKMNOPTYXo"
_MARKS = {"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u2212": "-"}
_SAME = str.maketrans({**dict(zip(_CYRILLIC + _GREEK, _LATIN, strict=True)), **_MARKS})


def difference(text: str, other: str) -> str | None:
    """Return how a text differs from one that looks the same, as the end of 'but …'; None if it looks different."""
    if text == other or _shape(text) != _shape(other):
        return None
    pairs = zip(text, other.ljust(len(text)), strict=False)
    first = next((at for at, (one, two) in enumerate(pairs) if one != two), len(text) - 1)
    at = next((at for at in range(first, len(text)) if not text[at].isascii()), first)
    return f"character {at + 1} of the file's is {unicodedata.name(text[at], f'number {ord(text[at])}')}"


def _shape(text: str) -> str:
    """Return the text as it is seen."""
    composed = unicodedata.normalize("NFKC", text).translate(_SAME)
    return "".join("-" if unicodedata.category(letter) == "Pd" else letter for letter in composed)


_NO_DIGITS = re.compile(r"\D+")
MOST = 200
"""Names that get a suggestion per file; the rest would only cost time."""
_NEAR = 80.0


def nearest(name: str, known: Collection[str]) -> str | None:
    """Give the known name that is near enough to be meant, or None; another case of the same letters comes first."""
    from rapidfuzz import fuzz, process, utils

    best = process.extractOne(
        name, known, scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=_NEAR
    )
    return best[0] if best else None


def did_you_mean(name: str, near: str | None) -> str:
    """End a sentence about a name with the one that may be meant, and say how two that look the same differ."""
    if not near:
        return "."
    differs = difference(name, near)
    return f'; did you mean "{near}"?' + (f" It looks the same, but {differs}." if differs else "")


def nearest_of_same_digits(names: Sequence[str], known: Collection[str]) -> dict[str, str | None]:
    """Give each name the nearest known one with the same digits: another number is another person, not a slip."""
    groups: dict[str, list[str]] = defaultdict(list)
    for other in known:
        groups[_digits(other)].append(other)
    return {name: nearest(name, groups.get(_digits(name), ())) for name in names[:MOST]}


def _digits(name: str) -> str:
    return _NO_DIGITS.sub("", name)
