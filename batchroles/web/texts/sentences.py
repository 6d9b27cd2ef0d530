"""The sentences of the rest of the package in another language: which template a sentence was made from, and its own.

The package says what is wrong in English sentences, which also stand in files and in the runs on disk. So a sentence is
translated where it is shown, not where it is made, by a catalogue of templates, `sentences.de.toml`:

    [sentences]
    'User name "{name}" not found, or not visible to this token' = 'Anmeldename „{name}“ nicht gefunden …'
    '<rows> passed over.' = '<rows> übergangen.'
    [parts]
    '{count} rows' = '{count} Zeilen'

What `{name}` stands for is taken as it is. What `<rows>` stands for is translated in turn, by a part, a sentence, or
several. In a list, `<list…>`, "and" and "or" alone are translated; a place, `<place…>`, may be a cell, and a file,
`<file…>`, has any name; `{day…}` is a day. A full stop at the end counts for nothing.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Self

from babel.dates import get_month_names

from batchroles.web.texts.templates import START, Slot, Template, bare

_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+")
_END = re.compile(r"(?<=[.?!:;])(?: |\n)(?=\S)")
_JOINS = re.compile(r'"([^"]*)"| (and|or) |(?<=[0-9]) (to) (?=[0-9])')
_LISTS, _PLACES, _FILES, _DAYS = "list", "place", "file", "day"
"""Slots whose names begin so: a list of names; a place in a file, which may be a cell; a file; a day."""
_PLACE = re.compile(r"(?:.*!)?[A-Z]+[0-9]+")
_TRIES = 500
"""Readings of a sentence and its parts that are tried: a cell may hold the words of templates many times."""
_DEEPEST = 30
"""Parts within parts, and sentences after each other."""
_KEPT = 20_000
"""Sentences whose translations are kept: a page shows the same ones again and again."""


@dataclass
class _Attempt:
    """What was tried for one sentence so far."""

    left: int = _TRIES
    depth: int = 0
    found: dict[tuple[str, bool], str | None] = field(default_factory=dict)


class Sentences:
    """A language's catalogue."""

    def __init__(
        self,
        sentences: Mapping[str, str],
        parts: Mapping[str, str],
        number: Callable[[int], str],
        day: Callable[[date], str],
        *,
        english: bool,
    ) -> None:
        """`number`, `day`: how the language writes them; `english`: what no template has stays as it is.

        Raises ValueError with the template that is wrong.
        """
        self._number, self._day, self._english = number, day, english
        self._joins = {word: parts.get(word, word) for word in ("and", "or", "to")}
        self._quotation = parts.get('"{name}"', '"{name}"')
        self._sentences = _Ordered(sentences)
        self._all = _Ordered({**sentences, **parts})
        self._known = lru_cache(_KEPT)(self._looked_up)

    @classmethod
    def read(
        cls, text: str, number: Callable[[int], str], day: Callable[[date], str], *, english: bool = False
    ) -> Self:
        """Read a catalogue; an empty one knows nothing."""
        tables = tomllib.loads(text)
        return cls(tables.get("sentences", {}), tables.get("parts", {}), number, day, english=english)

    @property
    def templates(self) -> list[Template]:
        """All templates, those of parts, too."""
        return self._all.every

    @property
    def sentences(self) -> list[Template]:
        """The templates of sentences."""
        return self._sentences.every

    def translated(self, said: str) -> str | None:
        """Translate one or several sentences; None where one of them, or a part of it, is in no template."""
        return self._known(said.strip(), False)

    def place(self, place: str) -> str:
        """Translate the place of a row or a cell; one without words (`B7`) stays."""
        return self._known(place, True) or place

    def _looked_up(self, said: str, parts: bool) -> str | None:
        return self._translated(said, _Attempt(), parts=parts)

    def _translated(self, said: str, attempt: "_Attempt", *, parts: bool) -> str | None:
        if (said, parts) not in attempt.found and attempt.left > 0:
            attempt.depth += 1
            one = None
            if attempt.depth < _DEEPEST:
                one = self._one(said, attempt, parts=parts) or self._several(said, attempt, parts=parts)
            attempt.depth -= 1
            attempt.found[said, parts] = said if one is None and self._english else one
        return attempt.found.get((said, parts), said if self._english else None)

    def _one(self, said: str, attempt: "_Attempt", *, parts: bool) -> str | None:
        text = bare(said)
        attempt.left -= 1
        # Sentences are put into others, and parts to the beginning of sentences.
        for spelt in (text, text[:1].swapcase() + text[1:]):
            for template in (self._all if parts else self._sentences).that_may_fit(spelt):
                for values in template.ways(spelt):
                    attempt.left -= 1
                    if attempt.left < 0:
                        return None
                    filled = self._filled(template, values, attempt)
                    if filled is not None:
                        return _like(filled, said)
        return None

    def _several(self, said: str, attempt: "_Attempt", *, parts: bool) -> str | None:
        """Translate the longest beginning that is known, and what follows."""
        ends = [found.start() for found in islice(_END.finditer(said), _DEEPEST)]
        for end in reversed(ends):
            first = self._one(said[:end], attempt, parts=parts)
            rest = first and self._translated(said[end + 1 :], attempt, parts=parts)
            if rest:
                return f"{first} {rest}"
        if self._english and ends:
            return f"{said[: ends[0]]} {self._translated(said[ends[0] + 1 :], attempt, parts=parts)}"
        return None

    def _filled(self, template: Template, values: Mapping[Slot, str], attempt: "_Attempt") -> str | None:
        own = {}
        for slot, text in values.items():
            value = self._value(slot, text, attempt)
            if value is None:
                return None
            own[slot] = value
        return "".join(part if isinstance(part, str) else own[part] for part in template.own)

    def _value(self, slot: Slot, value: str, attempt: "_Attempt") -> str | None:
        if slot.name.startswith(_DAYS):
            return self._day(_day_of(value))
        if _NUMBER.fullmatch(value):
            return self._number(int(value.replace(",", "")))
        if not slot.ours or not value:
            return value
        if slot.name.startswith(_LISTS):
            return self._listed(value)
        own = self._translated(value, attempt, parts=True)
        if own is None and (
            _PLACE.fullmatch(value) if slot.name.startswith(_PLACES) else slot.name.startswith(_FILES)
        ):
            return value
        return own

    def _listed(self, value: str) -> str:
        def own(found: re.Match[str]) -> str:
            if word := found[2] or found[3]:
                return f" {self._joins[word]} "
            return self._quotation.format(name=found[1])

        return _JOINS.sub(own, value)


def _day_of(text: str) -> date:
    """Read a day as `%d %B %Y` wrote it; months are English whatever the machine's language."""
    day, month, year = text.split()
    months = {name: number for number, name in get_month_names("wide", locale="en").items()}
    return date(int(year), months[month], int(day))


class _Ordered:
    """Templates, the ones that say most first: others may be like them with more left open."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        every = sorted((Template.read(*pair) for pair in templates.items()), key=lambda one: -one.weight)
        self.every = every
        self._by_start = {
            start: [one for one in every if one.start in ("", start)]
            for start in {one.start for one in every} | {""}
        }

    def that_may_fit(self, text: str) -> Iterator[Template]:
        """Give the templates that begin as the text does, or with something open, and whose longest words it has."""
        some = self._by_start.get(text[:START], self._by_start[""])
        return (one for one in some if one.longest in text)


def _like(own: str, said: str) -> str:
    """Begin and end as the sentence does."""
    begun = own[:1].upper() + own[1:] if said[:1].isupper() else own
    return f"{begun}." if said.endswith(".") and not begun.endswith((".", "?", "!")) else begun
