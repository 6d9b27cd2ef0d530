"""The words of other languages, as `languages.toml` has them: read when a word is met that is none of our own."""

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

Meanings = Mapping[str, frozenset[str]]
"""What a word may mean → the languages in which it does, by their codes (`de`)."""

# Letters that Unicode does not take apart: what is left of them where accents are lost.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "\u0131": "i", "æ": "ae", "œ": "oe"})
_NO_LETTERS = re.compile(r"[\W_]+")


def folded(text: str) -> str:
    """Return a word as words are compared: without case, accents, spaces and punctuation."""
    text = text.casefold()
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_PLAIN)
    return _NO_LETTERS.sub("", text)


@dataclass(frozen=True)
class Words:
    """Every word: folded, and in short texts that may be something else as it is written, without case."""

    names: Mapping[str, str]
    """Of the languages, in English, by their codes."""
    headers: Mapping[str, Meanings]
    """A word over a column → headers of our own."""
    changes: Mapping[str, Meanings]
    """A word in a column of actions → words of changes."""
    roles: Mapping[str, Meanings]
    """The name that Moodle shows for a standard role, or that offices make of it → its short name."""
    shown: frozenset[str]
    """Those among them that Moodle shows."""
    below: frozenset[str]
    """Words that stand under tables, as they are written."""
    marks: frozenset[str]
    """What a header says of its column in brackets: required, optional."""
    yes: frozenset[str]
    """As they are written."""
    no: frozenset[str]

    def language(self, codes: frozenset[str]) -> str:
        """Name languages for people: `Spanish or Catalan`."""
        return " or ".join(sorted(self.names[code] for code in codes))


@cache
def words() -> Words:
    """Return them all; the file is read once."""
    file = files("batchroles.models").joinpath("languages.toml")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    strings = tables.pop("strings")
    del tables["sources"]
    texts = [
        (kind, word) for language in tables.values() for kind, word in _said(language, strings["texts"], "")
    ]

    def texts_of(wanted: str) -> frozenset[str]:
        return frozenset(word.casefold() for kind, word in texts if kind == wanted)

    return Words(
        names={code: language["name"] for code, language in tables.items()},
        headers=_meanings(tables, strings["headers"], "headers"),
        changes=_meanings(tables, strings["changes"], "changes"),
        roles=_meanings(tables, strings["roles"], "roles"),
        shown=frozenset(
            folded(word)
            for language in tables.values()
            for name, said in language["pack"].items()
            if name in strings["roles"]
            for word in _listed(said)
        ),
        below=texts_of("below"),
        marks=frozenset(map(folded, texts_of("mark"))),
        yes=texts_of("yes"),
        no=texts_of("no"),
    )


def _meanings(tables: Mapping[str, Any], strings: Mapping[str, str], kind: str) -> dict[str, Meanings]:
    found: defaultdict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for code, language in tables.items():
        for meaning, word in _said(language, strings, kind):
            known = found[folded(word)]
            known[meaning] = known.get(meaning, frozenset()) | {code}
    return dict(found)


def _said(language: Mapping[str, Any], strings: Mapping[str, str], kind: str) -> Iterator[tuple[str, str]]:
    """Yield meaning and word of one language: Moodle's own, then those of offices under `kind`."""
    office = language.get("office", {})
    for name, said in language["pack"].items():
        if name in strings:
            yield from ((strings[name], word) for word in _listed(said))
    for meaning, said in (office.get(kind, {}) if kind else office).items():
        if not isinstance(said, Mapping):
            yield from ((meaning, word) for word in _listed(said))


def _listed(said: str | Sequence[str]) -> Sequence[str]:
    return [said] if isinstance(said, str) else said
