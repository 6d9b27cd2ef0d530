"""The sentences of the rest of the package, said by the page in the reader's language."""

import re
import tomllib

import pytest
from markupsafe import Markup

from batchroles.web.texts import REFERENCE, Texts, languages
from batchroles.web.texts.sentences import Sentences
from batchroles.web.texts.templates import Template
from tests.corpus.test_corpus import FILES
from tests.web.sentences_in_source import Prose, prose

FOREIGN = [language for language in languages() if language != REFERENCE]

FLAG = re.compile(
    r"--[a-z]|\bbatchroles (?!roles\b|users\b|courses\b|categories\b|contexts\b|reads\b)[a-zA-Z]|the command again"
)
"""A flag or a command; the reports that an administrator makes are called `batchroles roles`, too."""

ENGLISH = re.compile(r"\b(the|is|are|of|and|or|not|with|which|rows?|cells?|columns?|people)\b")
"""Words that no other language has where a page has words of ours."""
_QUOTED = re.compile(r'"[^"]*"|„[^“]*“|“[^”]*”')


def own(templates: str) -> Sentences:
    """Read a small catalogue."""
    return Sentences.read(templates, Texts.of("de").number, Texts.of("de").day)


def fixed(language: str) -> list[str]:
    """Give the fixed text of every template of a language, slots apart."""
    catalogue = Texts.of(language).sentences
    return ["\0".join(part for part in one.parts if isinstance(part, str)) for one in catalogue.templates]


def in_one(found: Prose, templates: str) -> bool:
    """Whether one of the templates, each a line of a text, holds all pieces of a sentence of the source, in order."""
    longest = max(found.pieces, key=len).rstrip(".")[1:]
    at = templates.find(longest)
    while at >= 0:
        start, end = templates.rfind("\1", 0, at) + 1, templates.find("\1", at)
        if _holds(templates[start : end if end >= 0 else None], found.pieces):
            return True
        at = templates.find(longest, at + 1)
    return False


def _holds(template: str, pieces: tuple[str, ...]) -> bool:
    at = 0
    for piece in pieces:
        text = piece.rstrip(".")
        places = [template.find(spelt, at) for spelt in (text, text[:1].swapcase() + text[1:])]
        found = [place for place in places if place >= 0]
        if not found:
            return False
        at = found[0] + len(text)
    return True


@pytest.mark.parametrize("language", FOREIGN)
def test_every_sentence_of_the_source_has_a_template(language: str) -> None:
    """Every piece of prose in the rooms whose sentences reach the page stands in a template of every language."""
    templates = "\1".join(fixed(language))
    assert [found for found in prose() if not in_one(found, templates)] == []


@pytest.mark.parametrize("language", FOREIGN)
def test_every_template_is_of_a_sentence(language: str) -> None:
    """A template whose sentence is gone from the source is taken out; single words stand for themselves."""
    long = [text for text in fixed(language) if text.count(" ") > 3]
    every = prose()
    stale = [text for text in long if not any(in_one(found, text) for found in every)]
    assert stale == []


@pytest.mark.parametrize("language", FOREIGN)
def test_no_translation_names_a_flag(language: str) -> None:
    """What a language says on the page names no flag and no command, of which a page has none."""
    own_sides = ["".join(map(str, one.own)) for one in Texts.of(language).sentences.templates]
    assert [side for side in own_sides if FLAG.search(side)] == []


def test_what_names_a_flag_is_said_otherwise_in_english() -> None:
    """Every sentence that names a flag or a command is said without it on the English page, too."""
    named = [
        sentence
        for sentence in map(_filled, Texts.of(FOREIGN[0]).sentences.sentences)
        if FLAG.search(sentence)
    ]
    assert len(named) > 100
    texts = Texts.of(REFERENCE)
    assert [one for one in named if FLAG.search(texts.said(one).unescape())] == []


def _filled(template: Template) -> str:
    """Make a sentence of a template: its slots are filled with something that they take."""
    values = [
        part
        if isinstance(part, str)
        else next(filter(part.takes, ("3", "row 3", "B3", "plain", "30 November 2026")))
        for part in template.parts
    ]
    return "".join(values)


def said_in_the_corpus() -> list[tuple[str, str]]:
    """Give every sentence that the odd files provoke, with the name of the file."""
    found = []
    for path in sorted(FILES.glob("*.toml")):
        expected = tomllib.loads(path.read_text(encoding="utf-8"))["expected"]
        sentences = [expected["error"]] if "error" in expected else [expected["read_as"], *expected["notes"]]
        sentences += [re.sub(r"^.*?: [a-z-]+: ", "", one) for one in expected.get("problems", [])]
        found += [(path.name.removesuffix(".toml"), sentence) for sentence in sentences]
    return found


@pytest.mark.parametrize("language", FOREIGN)
def test_no_sentence_about_a_file_is_left_in_english(language: str) -> None:
    """What the odd files of the corpus provoke is said in every language, to the last part."""
    texts = Texts.of(language)
    said = [(name, texts.said(sentence)) for name, sentence in said_in_the_corpus()]
    assert len(said) > 600
    assert [sentence for _, sentence in said if f'lang="{REFERENCE}"' in sentence] == []
    bare = [_QUOTED.sub("", sentence.unescape().replace(name, "")) for name, sentence in said]
    assert [sentence for sentence in bare if ENGLISH.search(sentence)] == []


def test_no_sentence_about_a_file_names_a_flag_in_english() -> None:
    """What the odd files provoke is said on the English page without flags."""
    texts = Texts.of(REFERENCE)
    said = [str(texts.said(sentence).unescape()) for _, sentence in said_in_the_corpus()]
    assert [sentence for sentence in said if FLAG.search(sentence)] == []


def test_a_sentence_is_known_by_its_fixed_words() -> None:
    """What a file says is taken as it is, words of ours are translated, numbers are written as the language does."""
    catalogue = own(
        """[sentences]
'"{name}" stands in <rows>' = '„{name}“ steht in <rows>'
'<place>: <what>' = '<place>: <what>'
[parts]
'{count} row' = '{count} Zeile'
'{count} rows' = '{count} Zeilen'
'row {count_row}' = 'Zeile {count_row}'
'planned on {day}' = 'am {day} geplant'
"""
    )
    assert catalogue.translated('"1 row" stands in 1,204 rows.') == "„1 row“ steht in 1.204 Zeilen."
    assert catalogue.translated('Row 7: "a" stands in 1 row. "b" stands in 2 rows') == (
        "Zeile 7: „a“ steht in 1 Zeile. „b“ steht in 2 Zeilen"
    )
    assert catalogue.translated('"" stands in 2 rows') == "„“ steht in 2 Zeilen"
    assert catalogue.translated("Row 7: planned on 03 March 2026") == "Zeile 7: am 03.03.2026 geplant"
    assert catalogue.translated('"a" stands in a column') is None
    assert catalogue.place("row 3") == "Zeile 3"
    assert catalogue.place("Sheet1!B7") == "Sheet1!B7"


@pytest.mark.parametrize(
    "sentence",
    [
        "Left alone are 2 rows of r1, because the enrolment was there before, or a role without one, and no change"
        " brings back just that: row 46: enrol student in course A1; row 60: enrol teacher in course B2; and 1,204"
        " more.",
        'sheet "A": a table with "user" and "role", one assignment a row; sheet "B": a table with "Rolle", one'
        " assignment a row",
        "Role ids learned from enrolled users: student = 5, teacher = 4 (seen in course 2); manager = 1 (seen in course"
        " 9).",
        "Who has the role could be looked up before sending for 30 of 31 rows; 1 could not be: Moodle's web service"
        " shows roles in courses only, not in a user (1).",
    ],
)
@pytest.mark.parametrize("language", FOREIGN)
def test_what_is_said_of_several_things_is_said_of_each(language: str, sentence: str) -> None:
    """Where a sentence tells several things one after the other, none of them is taken for a name."""
    said = Texts.of(language).said(sentence)
    assert f'lang="{REFERENCE}"' not in said
    assert ENGLISH.search(_QUOTED.sub("", said.unescape())) is None
    assert not re.search("enrol|learned|seen in|assignment", said)


def test_the_template_that_says_most_is_taken() -> None:
    """Of two templates that fit, the one with more fixed words says what the sentence is."""
    catalogue = own("[sentences]\n'{all}' = 'alles'\n'no {what} here' = 'kein {what}'")
    assert catalogue.translated("no x here") == "kein x"
    assert catalogue.translated("x") == "alles"


def test_what_no_template_has_is_marked_as_english() -> None:
    """A sentence without a template is shown as it is, escaped, and marked as English for whoever reads it aloud."""
    assert Texts.of("de").said("A <new> sentence.") == Markup(
        '<span lang="en">A &lt;new&gt; sentence.</span>'
    )
    assert Texts.of("en").said("A <new> sentence.") == Markup("A &lt;new&gt; sentence.")


def test_a_translation_has_no_slots_of_its_own() -> None:
    """A translation that speaks of something that the sentence does not have is an error at once."""
    with pytest.raises(ValueError, match="the translation has"):
        own("[sentences]\n'{a} here' = '{b} hier'")


@pytest.mark.parametrize(
    "sentence", ["a, " * 3000, "Row 3: " * 200, 'Course "a" not found. ' * 100, "x. " * 3000]
)
def test_a_sentence_made_to_be_hard_is_given_up(sentence: str) -> None:
    """A cell that holds the words of templates many times is shown all the same, untranslated if need be."""
    assert sentence.strip()[:5] in str(Texts.of("en").said(sentence).unescape())
    assert Texts.of("de").said(sentence)


@pytest.mark.parametrize(
    ("place", "german"),
    [
        ("row 7", "Zeile 7"),
        ('row 7, column "user"', "Zeile 7, Spalte „user“"),
        ('12 rows (126, 127, 128, …), column "course"', "12 Zeilen (126, 127, 128, …), Spalte „course“"),
        ("rows 3 to 5 and 9", "Zeilen 3 bis 5 und 9"),
        ("Sheet A!B7", "Sheet A!B7"),
        ("Lists, A2, A3 and A4", "Lists, A2, A3 und A4"),
        ("course PHY101", "Kurs PHY101"),
        ("category with the id 3", "Kursbereich mit der ID 3"),
        ("Arts and Crafts (ART1)", "Arts and Crafts (ART1)"),
    ],
)
def test_a_place_is_said_in_the_language_and_a_name_stays(place: str, german: str) -> None:
    """Rows, cells and kinds of places are words of ours; sheets, headers and courses are named as they are."""
    assert Texts.of("de").place(place) == german
