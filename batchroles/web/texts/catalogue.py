"""A language's file, read and compared with the reference: keys, forms and placeholders."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, Self

from babel import Locale
from markupsafe import Markup

ALWAYS = "other"
"""The form that every text with forms has; which others there are, and when they are used, is the language's (CLDR)."""

_HEAD = "language"
_FORMATTER = Formatter()


@dataclass(frozen=True)
class Text:
    """One text, in the forms that depend on a count; most have one only."""

    forms: Mapping[str, str]
    names: frozenset[str]
    """What it has to be given: its placeholders, and `count` if it has forms, one of which may leave it out."""

    @classmethod
    def read(cls, key: str, written: object, locale: Locale) -> Self:
        """Take a text as the file has it: a string, or a table of forms. Raises ValueError for what is neither."""
        forms = {ALWAYS: written} if isinstance(written, str) else written
        if not isinstance(forms, dict) or not all(isinstance(form, str) for form in forms.values()):
            raise ValueError(f"{key}: a text is a string, or a table of forms that are strings")
        needed = {ALWAYS} if isinstance(written, str) else {*locale.plural_form.tags, ALWAYS}
        if forms.keys() != needed:
            raise ValueError(f"{key}: needs the forms {sorted(needed)}, has {sorted(forms)}")
        names = {form: _placeholders(key, text) for form, text in forms.items()}
        if any(own | {"count"} != names[ALWAYS] | {"count"} for own in names.values()):
            raise ValueError(f"{key}: its forms have different placeholders")
        return cls(forms, names[ALWAYS] | ({"count"} if len(forms) > 1 else set()))

    def filled(self, form: str, values: Mapping[str, str]) -> str:
        """Give the form with its placeholders filled."""
        return self.forms.get(form, self.forms[ALWAYS]).format_map(values)

    def marked(self, form: str, values: Mapping[str, Markup]) -> Markup:
        """Give the form as HTML, itself escaped; the values are HTML."""
        return Markup("").join(
            part if name is None else values[name]
            for part, name in _parts(self.forms.get(form, self.forms[ALWAYS]))
        )


@dataclass(frozen=True)
class Catalogue:
    """All texts of a language."""

    language: str
    name: str
    """As the language calls itself."""
    locale: str
    """Whose numbers, dates and plural forms are used: `en_GB`."""
    texts: Mapping[str, Text]
    """By `screen.word`."""

    @classmethod
    def read(cls, language: str, text: str, reference: Self | None) -> Self:
        """Read a file; `reference`: the catalogue that says which texts there are. Raises ValueError with the key."""
        tables: dict[str, Any] = tomllib.loads(text)
        head = tables.pop(_HEAD)
        locale = Locale.parse(head["locale"])
        texts = {key: Text.read(f"{language}: {key}", written, locale) for key, written in _keys(tables)}
        if reference is not None:
            _compare(language, texts, reference.texts)
        return cls(language, head["name"], head["locale"], texts)


def _keys(tables: Mapping[str, Mapping[str, object]]) -> Iterator[tuple[str, object]]:
    for screen, words in tables.items():
        for word, written in words.items():
            yield f"{screen}.{word}", written


def _compare(language: str, texts: Mapping[str, Text], reference: Mapping[str, Text]) -> None:
    if missing := reference.keys() - texts.keys():
        raise ValueError(f"{language}: not there: {', '.join(sorted(missing))}")
    if surplus := texts.keys() - reference.keys():
        raise ValueError(f"{language}: not in the reference: {', '.join(sorted(surplus))}")
    for key, text in texts.items():
        known = reference[key].names
        if text.names | {"count"} != known | {"count"}:
            raise ValueError(f"{language}: {key}: placeholders {sorted(text.names)}, not {sorted(known)}")


def _placeholders(key: str, text: str) -> frozenset[str]:
    names = set()
    for _, name, how, conversion in _FORMATTER.parse(text):
        if name is None:
            continue
        if not name.isidentifier() or how or conversion:
            raise ValueError(f"{key}: {{{name}}} is no placeholder: a name alone")
        names.add(name)
    return frozenset(names)


def _parts(text: str) -> Iterator[tuple[Markup, str | None]]:
    """Give the parts of a text in their order: escaped text, or an empty one and the placeholder's name."""
    for literal, name, _, _ in _FORMATTER.parse(text):
        yield Markup.escape(literal), None
        if name is not None:
            yield Markup(""), name
