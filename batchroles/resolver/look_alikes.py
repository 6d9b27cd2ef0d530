"""Texts that look the same and are not: letters of other alphabets, dashes, accents."""

import unicodedata

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
