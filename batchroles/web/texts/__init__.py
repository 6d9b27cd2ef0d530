"""The words of the page, one file a language: `en.toml` says what there is, every other file says the same.

    texts = Texts.of("de")
    texts("check.send", count=1231)                  # 1.231 Rollen zuweisen
    texts.html("check.becomes", role=tag("em", …))   # the sentence, escaped, with its parts in tags

In a template `texts` is called the same way. No text holds markup.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from batchroles.models import Code, Status
from batchroles.web.texts.catalogue import Catalogue, Text
from batchroles.web.texts.sentences import Sentences

REFERENCE = "en"
"""The language whose file says which texts there are."""

_ENDING = ".toml"
_MINUTE, _HOUR = 60, 3600
_SHORT_HOURS = 2
"""Up to here a duration is told in minutes: of 100 minutes somebody reads more than of 2 hours."""

Value = str | int | float | date | Markup


class Texts:
    """One language's texts. A key is `screen.word`; an unknown key, and arguments other than the text's, are errors."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.language = catalogue.language
        """As `<html lang>` has it: `de`."""
        self.name = catalogue.name
        """As the language calls itself: `Deutsch`."""
        self.every = catalogue.texts
        """All texts, by their keys."""
        self._locale = Locale.parse(catalogue.locale)
        self.sentences = Sentences.read(
            _sentences(self.language), self.number, self.day, english=self.language == REFERENCE
        )

    @staticmethod
    @cache
    def of(language: str) -> "Texts":
        """Give the texts of one of `languages()`. Raises KeyError for any other, ValueError for a wrong file."""
        if language not in languages():
            raise KeyError(language)
        return Texts(_catalogue(language))

    def __call__(self, key: str, **values: Value) -> str:
        """Give a sentence. `count` chooses between its forms; whole numbers are written as the language does.

        A number that is a name (of a row, an id) is given as text, or it would be grouped. The sentence is plain text:
        a template escapes it.
        """
        written = {name: self._written(value) for name, value in values.items()}
        return self._text(key, values).filled(self._form(values), written)

    def html(self, key: str, **values: Value) -> Markup:
        """Give a sentence as HTML: it and its values are escaped, except for values that are Markup (see `tag`)."""
        written = {name: escape(self._written(value)) for name, value in values.items()}
        return self._text(key, values).marked(self._form(values), written)

    def said(self, sentence: object) -> Markup:
        """Say a sentence of the rest of the package, or several, in this language; escaped.

        What the catalogue does not know stays English, and is marked as that.
        """
        known = self.sentences.translated(str(sentence))
        return tag("span", str(sentence), lang=REFERENCE) if known is None else escape(known)

    def place(self, place: str) -> str:
        """Say where in the file something stands: row 7, or Sheet1!B7."""
        return self.sentences.place(place)

    def number(self, value: float) -> str:
        """Write a number as the language does: 1,231 or 1.231."""
        return format_decimal(value, locale=self._locale)

    def day(self, value: date) -> str:
        """Write a day: 30 Nov 2026."""
        return format_date(value, "medium", locale=self._locale)

    def moment(self, value: datetime) -> str:
        """Write a day and a time of it: 30 Nov 2026, 14:05. A moment that knows its zone is shown in this machine's."""
        here = value.astimezone() if value.tzinfo else value
        return f"{self.day(here)}, {format_time(here, 'short', locale=self._locale)}"

    def left(self, seconds: float) -> str:
        """Say how long something will take yet: about 3 minutes left."""
        if seconds < _MINUTE:
            return self("time.left-seconds", count=max(round(seconds), 1))
        if seconds < _SHORT_HOURS * _HOUR:
            return self("time.left-minutes", count=round(seconds / _MINUTE))
        return self("time.left-hours", count=round(seconds / _HOUR))

    def status(self, status: Status | str) -> str:
        """Name a status."""
        return self(f"status.{Status(status)}")

    def problem(self, code: Code | str) -> str:
        """Give a problem's title, fit for a heading above the rows that have it."""
        return self(f"problem.{Code(code)}")

    def _text(self, key: str, values: Mapping[str, Value]) -> Text:
        text = self._catalogue.texts[key]
        # A language may do without a count that another one needs.
        if not text.names <= values.keys() <= text.names | {"count"}:
            raise TypeError(f"the text {key} takes {sorted(text.names)}, not {sorted(values)}")
        return text

    def _form(self, values: Mapping[str, Value]) -> str:
        count = values.get("count", 0)
        if not isinstance(count, (int, float)):
            raise TypeError(f"count is a number, not {count!r}")
        return self._locale.plural_form(count)

    def _written(self, value: Value) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, datetime):
            return self.moment(value)
        return self.day(value) if isinstance(value, date) else self.number(value)


def tag(name: str, text: str, **attributes: str) -> Markup:
    """Put text into an element: `tag("em", role)`. Text and attributes are escaped."""
    inside = Markup("").join(Markup(' {}="{}"').format(key, value) for key, value in attributes.items())
    return Markup("<{}{}>{}</{}>").format(Markup(name), inside, text, Markup(name))  # noqa: S704 - ours, a tag's name


@cache
def languages() -> dict[str, str]:
    """Give the languages that there are, with what each calls itself: `{"de": "Deutsch", "en": "English"}`."""
    found = sorted(
        file.name.removesuffix(_ENDING) for file in files(__name__).iterdir() if _is_catalogue(file.name)
    )
    return {language: _catalogue(language).name for language in found}


def chosen(wanted: str | None, accepted: list[str], office: str) -> str:
    """Choose a language: what the person chose, else what the browser accepts (best first), else the office's."""
    for language in (wanted or "", *accepted, office):
        main = language.lower().replace("_", "-").split("-")[0]
        if main in languages():
            return main
    return REFERENCE


@cache
def _catalogue(language: str) -> Catalogue:
    reference = None if language == REFERENCE else _catalogue(REFERENCE)
    text = (files(__name__) / f"{language}{_ENDING}").read_text(encoding="utf-8")
    return Catalogue.read(language, text, reference)


def _sentences(language: str) -> str:
    file = files(__name__) / f"sentences.{language}{_ENDING}"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _is_catalogue(name: str) -> bool:
    """Tell a language's file from `sentences.de.toml`."""
    return name.endswith(_ENDING) and "." not in name.removesuffix(_ENDING)
