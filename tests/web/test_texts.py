"""The words of the page."""

from datetime import UTC, date, datetime

import pytest
from markupsafe import Markup

from batchroles.models import Code, Status
from batchroles.models.words import LAYOUTS
from batchroles.web.texts import Texts, chosen, languages, tag
from batchroles.web.texts.catalogue import Catalogue

HEAD = '[language]\nname = "Own"\nlocale = "{locale}"\n'


def catalogue(texts: str, locale: str = "en", reference: Catalogue | None = None) -> Catalogue:
    """Read a small file of texts."""
    return Catalogue.read("own", HEAD.format(locale=locale) + texts, reference)


def own(texts: str, locale: str = "en") -> Texts:
    """Give the texts of a small file."""
    return Texts(catalogue(texts, locale))


@pytest.mark.parametrize("language", languages())
def test_every_language_has_all_texts(language: str) -> None:
    """Every language has the reference's keys with the same placeholders, or it could not be read."""
    texts = Texts.of(language)
    assert texts.language == language
    assert texts.name == languages()[language]


def test_numbers_days_and_moments_are_written_as_the_language_does() -> None:
    """A thousand is 1,231 and 1.231; a moment is 30 Nov 2026, 14:05 and 30.11.2026, 14:05."""
    english, german = Texts.of("en"), Texts.of("de")
    moment = datetime(2026, 11, 30, 14, 5, tzinfo=UTC).astimezone()
    clock = moment.strftime("%H:%M")
    assert (english.number(1231), german.number(1231)) == ("1,231", "1.231")
    assert english.moment(moment) == f"{moment:%d} Nov 2026, {clock}"
    assert german.moment(moment) == f"{moment:%d.%m.%Y}, {clock}"
    assert english.day(date(2026, 1, 2)) == "2 Jan 2026"


@pytest.mark.parametrize(
    ("seconds", "left"),
    [
        (0, "etwa 1 Sekunde"),
        (59, "etwa 59 Sekunden"),
        (61, "etwa 1 Minute"),
        (7000, "etwa 117 Minuten"),
        (9000, "etwa 2 Stunden"),
    ],
)
def test_what_is_left_is_told_roughly(seconds: float, left: str) -> None:
    """How long something takes yet is told in the largest unit that says enough."""
    assert Texts.of("de").left(seconds) == left


def test_a_count_chooses_the_form_that_the_language_has_for_it() -> None:
    """One row, two rows; a language with more forms has more, and values are written into each."""
    english = own('[s]\nrows = { one = "one row of {file}", other = "{count} rows of {file}" }')
    assert english("s.rows", count=1, file="a.csv") == "one row of a.csv"
    assert english("s.rows", count=1231, file="a.csv") == "1,231 rows of a.csv"
    czech = own('[s]\nrows = { one = "1", few = "few", many = "many", other = "more" }', "cs")
    assert [czech("s.rows", count=count) for count in (1, 3, 5)] == ["1", "few", "more"]


@pytest.mark.parametrize(
    ("texts", "wrong"),
    [
        ('[s]\na = "{x}"', "placeholders"),
        ('[s]\na = "A {name}"\nb = "B"', "not in the reference: s.b"),
        ("[s]\n", "not there: s.a"),
        ('[s]\na = "A {name!r}"', "a name alone"),
        ('[s]\na = "A {name.secret}"', "a name alone"),
        ('[s]\na = { one = "A {name}" }', "needs the forms"),
        ('[s]\na = { one = "A", other = "A {name}" }', "different placeholders"),
        ("[s]\na = 3", "a string"),
    ],
)
def test_a_file_that_says_something_else_is_not_read(texts: str, wrong: str) -> None:
    """Missing and surplus keys, wrong forms and placeholders are errors that name the key."""
    reference = catalogue('[s]\na = "An {name}"')
    with pytest.raises(ValueError, match=wrong):
        catalogue(texts, reference=reference)


def test_a_text_asked_for_wrongly_is_an_error() -> None:
    """An unknown key, a missing value and a surplus one are errors where they are asked for."""
    texts = own('[s]\na = "An {name}"\nrows = { one = "a row", other = "rows" }')
    for key, values in (("s.a", {}), ("s.a", {"name": "x", "more": "y"}), ("s.rows", {})):
        with pytest.raises(TypeError):
            texts(key, **values)
    with pytest.raises(KeyError):
        texts("s.b")


def test_a_sentence_as_html_is_escaped_with_its_parts_in_tags() -> None:
    """The text and its values are escaped; what is given in a tag keeps the tag, and is escaped inside it."""
    texts = own('[s]\nbecomes = "{who} becomes {role} & more"')
    html = texts.html("s.becomes", who="<Ana>", role=tag("em", "a<b", title='"'))
    assert html == Markup('&lt;Ana&gt; becomes <em title="&#34;">a&lt;b</em> &amp; more')


@pytest.mark.parametrize("language", languages())
def test_every_status_problem_and_layout_has_its_word(language: str) -> None:
    """Every status, every code of a problem and every layout is named in every language, no two alike."""
    texts = Texts.of(language)
    assert len({texts.status(status) for status in Status}) == len(Status)
    assert len({texts.problem(code) for code in Code}) == len(Code)
    assert len({texts(f"reading.layout-{layout}") for layout in LAYOUTS}) == len(LAYOUTS)


@pytest.mark.parametrize(
    ("wanted", "accepted", "office", "language"),
    [
        ("de", ["en"], "en", "de"),
        (None, ["de-AT", "en"], "en", "de"),
        (None, ["fr", "de"], "en", "de"),
        ("fr", ["fr"], "de", "de"),
        ("../en", [], "nothing", "en"),
    ],
)
def test_the_person_chooses_the_language_else_the_browser_else_the_office(
    wanted: str | None, accepted: list[str], office: str, language: str
) -> None:
    """A language is what was chosen, else what the browser accepts, else the office's; one that there is."""
    assert chosen(wanted, accepted, office) == language
