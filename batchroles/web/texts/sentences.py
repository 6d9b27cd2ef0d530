"""The sentences of the rest of the package in another language: which template a sentence was made from, and its own.

The package says what is wrong in English sentences, which also stand in files and in the runs on disk. So a sentence is
translated where it is shown, not where it is made, by a catalogue of templates, `sentences.de.toml`:

    [sentences]
    'User name "{name}" not found, or not visible to this token' = 'Anmeldename „{name}“ nicht gefunden …'
    '<rows> passed over.' = '<rows> übergangen.'
    [parts]
    '{count} rows' = '{count} Zeilen'

What `{name}` stands for is taken as it is. What `<rows>` stands for is translated in turn, by a part, a sentence, or
several. In a list, `<list…>`, "and" and "or" alone are translated; a place, `<place…>`, may be a cell. A full stop at
the end counts for nothing.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import islice
from typing import Self

from batchroles.web.texts.templates import Slot, Template, bare

_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+")
_END = re.compile(r"(?<=[.?!:;])(?: |\n)(?=\S)")
_LAST = re.compile(r" (and|or) (?!.* (?:and|or) )", re.DOTALL)
_BETWEEN = re.compile(r"(?<=[0-9]) (to) (?=[0-9])")
_LISTS, _PLACES = "list", "place"
"""Slots whose names begin so: a list of names, and a place in the file, which is often a cell (`B7`) and no words."""
_WAYS = 200
"""Ways to read a sentence that are tried with one template: a cell may hold the words of a template many times."""
_DEEPEST = 8
_KEPT = 20_000
"""Sentences whose translations are kept: a page shows the same ones again and again."""


class Sentences:
    """A language's catalogue."""

    def __init__(
        self, sentences: Mapping[str, str], parts: Mapping[str, str], number: Callable[[int], str]
    ) -> None:
        """`number`: how the language writes a number. Raises ValueError with the template that is wrong."""
        self._number = number
        self._joins = {word: parts.get(word, word) for word in ("and", "or", "to")}
        self._sentences = _ordered(sentences)
        self._all = _ordered({**sentences, **parts})
        self._translated = lru_cache(_KEPT)(self._looked_up)

    @classmethod
    def read(cls, text: str, number: Callable[[int], str]) -> Self:
        """Read a catalogue; an empty one knows nothing."""
        tables = tomllib.loads(text)
        return cls(tables.get("sentences", {}), tables.get("parts", {}), number)

    @property
    def templates(self) -> list[Template]:
        """All templates, those of parts, too."""
        return self._all

    def translated(self, said: str) -> str | None:
        """Translate one or several sentences; None where one of them, or a part of it, is in no template."""
        return self._translated(said.strip(), 0, parts=False)

    def _looked_up(self, said: str, depth: int, *, parts: bool) -> str | None:
        if depth > _DEEPEST:
            return None
        one = self._one(said, depth, parts=parts)
        return one if one is not None else self._several(said, depth, parts=parts)

    def _one(self, said: str, depth: int, *, parts: bool) -> str | None:
        text = bare(said)
        # Sentences are put into others, and parts to the beginning of sentences.
        for spelt in (text, text[:1].swapcase() + text[1:]):
            for template in self._all if parts else self._sentences:
                for values in islice(template.ways(spelt), _WAYS):
                    filled = self._filled(template, values, depth)
                    if filled is not None:
                        return _like(filled, said)
        return None

    def _several(self, said: str, depth: int, *, parts: bool) -> str | None:
        """Translate the longest beginning that is known, and what follows."""
        for end in reversed([found.start() for found in islice(_END.finditer(said), _WAYS)]):
            first = self._one(said[:end], depth, parts=parts)
            rest = first and self._translated(said[end + 1 :], depth + 1, parts=parts)
            if rest:
                return f"{first} {rest}"
        return None

    def _filled(self, template: Template, values: Mapping[Slot, str], depth: int) -> str | None:
        own = {}
        for slot, text in values.items():
            value = self._value(slot, text, depth)
            if value is None:
                return None
            own[slot] = value
        return "".join(part if isinstance(part, str) else own[part] for part in template.own)

    def _value(self, slot: Slot, value: str, depth: int) -> str | None:
        if _NUMBER.fullmatch(value):
            return self._number(int(value.replace(",", "")))
        if not slot.ours or not value:
            return value
        if slot.name.startswith(_LISTS):
            return self._listed(value)
        own = self._translated(value, depth + 1, parts=True)
        return value if own is None and slot.name.startswith(_PLACES) else own

    def _listed(self, value: str) -> str:
        def own(found: re.Match[str]) -> str:
            return f" {self._joins[found[1]]} "

        return _BETWEEN.sub(own, _LAST.sub(own, value, count=1))


def _ordered(templates: Mapping[str, str]) -> list[Template]:
    """The ones that say most first: others may be like them with more left open."""
    return sorted((Template.read(*pair) for pair in templates.items()), key=lambda one: -one.weight)


def _like(own: str, said: str) -> str:
    """Begin and end as the sentence does."""
    begun = own[:1].upper() + own[1:] if said[:1].isupper() else own
    return f"{begun}." if said.endswith(".") and not begun.endswith((".", "?", "!")) else begun
