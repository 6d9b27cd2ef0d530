"""A sentence with slots, and what the slots stand for in a given text.

`{name}` stands for what comes from a file or a site; `<rows>` for words of ours. `{name?}`, `<rows?>` may be nothing,
`{count…}` takes a number alone, `{cell…}` cells such as B7, `{rownumbers}` numbers of rows, `<place…>` a place,
`{slug}` a word of ours with hyphens, `{day…}` a day.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Self

_SLOT = re.compile(r"([{<])(\w+)(\??)[}>]")
_KINDS = {
    "count": re.compile(r"[0-9][0-9,.]*"),
    "cell": re.compile(r"[A-Z]+[0-9]+(?:, [A-Z]+[0-9]+)*"),
    "day": re.compile(
        r"[0-9]{2} (?:January|February|March|April|May|June|July|August|September|October|November|December)"
        r" [0-9]{4}"
    ),
    "slug": re.compile(r"[a-z-]+"),
    "rownumbers": re.compile(r"[0-9]+(?:, [0-9]+)*"),
    "place": re.compile(r"(?:[^\"]*(?:, |!))?(?:[Rr]ows? [0-9]|[A-Z]+[0-9]|[0-9,]+ rows ).*", re.DOTALL),
}
"""What a slot takes whose name begins so; any other takes any text."""
START = 3
"""Letters by which templates are found that begin with words of their own."""
_STEPS = 500
"""Steps in which a template is laid over a text: a cell may hold its words many times."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a template for what differs from sentence to sentence."""

    name: str
    ours: bool
    """Whether words of ours stand there, which are translated in turn."""
    optional: bool

    def takes(self, text: str) -> bool:
        """Whether a text may stand in it."""
        if not text:
            return self.optional or not (self.ours or self.name.startswith(tuple(_KINDS)))
        if self.ours and text.count('"') % 2:
            return False  # a quotation ends in it, or begins
        return all(
            kind.fullmatch(text) is not None for name, kind in _KINDS.items() if self.name.startswith(name)
        )


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence and its translation, both in parts."""

    parts: tuple[str | Slot, ...]
    longest: str
    """The longest text in it: a sentence without it is none of this template."""
    own: tuple[str | Slot, ...]
    """The parts of the translation."""

    @classmethod
    def read(cls, said: str, own: str) -> Self:
        """Take both sides. Raises ValueError where the translation has a slot that the sentence has not."""
        parts, own_parts = parted(bare(said)), parted(bare(own))
        strange = {part for part in own_parts if isinstance(part, Slot)} - {*parts}
        if strange:
            raise ValueError(
                f"{said}: the translation has {[slot.name for slot in strange]}, the sentence has not"
            )
        return cls(
            parts, max((part for part in parts if isinstance(part, str)), key=len, default=""), own_parts
        )

    @property
    def start(self) -> str:
        """The letters that it begins with; empty where it begins with a slot, or with fewer."""
        first = self.parts[0] if self.parts else ""
        return first[:START] if isinstance(first, str) and len(first) >= START else ""

    @property
    def weight(self) -> int:
        """How much of it is fixed: the template with more says more certainly what a sentence is."""
        return sum(len(part) for part in self.parts if isinstance(part, str))

    def ways(self, text: str) -> Iterator[dict[Slot, str]]:
        """Give what the slots may stand for in a text, the shortest first."""
        yield from self._ways(text, 0, 0, count(1))

    def _ways(self, text: str, at: int, number: int, tried: Iterator[int]) -> Iterator[dict[Slot, str]]:
        if number == len(self.parts):
            if at == len(text):
                yield {}
            return
        if next(tried) > _STEPS:
            return
        part = self.parts[number]
        ends = self._ends(text, at, number) if isinstance(part, Slot) else _behind(text, part, at)
        for end in ends:
            if isinstance(part, str):
                yield from self._ways(text, end, number + 1, tried)
            elif part.takes(text[at:end]):
                yield from self._with(part, text[at:end], self._ways(text, end, number + 1, tried))

    def _ends(self, text: str, at: int, number: int) -> Iterator[int]:
        """Give where a slot may end: where the text behind it begins."""
        following = self.parts[number + 1] if number + 1 < len(self.parts) else None
        if following is None:
            yield len(text)
        elif isinstance(following, Slot):
            yield from range(at, len(text) + 1)
        else:
            end = text.find(following, at)
            while end >= 0:
                yield end
                end = text.find(following, end + 1)

    @staticmethod
    def _with(slot: Slot, value: str, ways: Iterator[dict[Slot, str]]) -> Iterator[dict[Slot, str]]:
        """Add a slot to ways; one that stands in the sentence twice is the same both times."""
        for rest in ways:
            if rest.get(slot, value) == value:
                yield {**rest, slot: value}


def _behind(text: str, part: str, at: int) -> list[int]:
    return [at + len(part)] if text.startswith(part, at) else []


def parted(text: str) -> tuple[str | Slot, ...]:
    """Part a template into its texts and slots."""
    parts: list[str | Slot] = []
    at = 0
    for found in _SLOT.finditer(text):
        parts += [text[at : found.start()], Slot(found[2], found[1] == "<", found[3] == "?")]
        at = found.end()
    return tuple(part for part in (*parts, text[at:]) if part != "")


def bare(text: str) -> str:
    """Leave out the full stop at the end: sentences are put into others without it."""
    return text[:-1] if text.endswith(".") and not text.endswith("..") else text
