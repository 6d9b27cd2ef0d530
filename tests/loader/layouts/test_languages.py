"""Words of other languages: every one in the file of words is understood, and none by accident."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from batchroles.errors import InputError
from batchroles.loader.layouts import FormatOptions, describe, read
from batchroles.loader.layouts.cells import Fault, read_change
from batchroles.loader.layouts.headers import narrowed, plain_header
from batchroles.loader.layouts.meanings import MEANINGS, meanings_of, refuse_unclear
from batchroles.loader.layouts.totals import is_total
from batchroles.models.changes import CHANGES
from batchroles.models.languages import words

TABLES: dict[str, Any] = tomllib.loads(
    files("batchroles.models").joinpath("languages.toml").read_text(encoding="utf-8")
)
SOURCES, STRINGS = TABLES.pop("sources"), TABLES.pop("strings")


def _words(kind: str) -> Iterator[tuple[str, str, str]]:
    """Yield language, word and meaning of one kind, as the file has them."""
    for code, language in TABLES.items():
        own = {name: said for name, said in language["pack"].items() if name in STRINGS[kind]}
        for name, said in own.items():
            yield from ((code, word, STRINGS[kind][name]) for word in _list(said))
        for meaning, said in language.get("office", {}).get(kind, {}).items():
            yield from ((code, word, meaning) for word in _list(said))


def _list(said: str | list[str]) -> list[str]:
    return [said] if isinstance(said, str) else said


def test_every_header_is_read_as_what_its_language_says() -> None:
    """Each header of each language has the meaning of its table, or is refused with the question where it has two."""
    wrong = []
    for code, word, meaning in _words("headers"):
        (found,) = meanings_of([word], {})
        if found is None:
            with pytest.raises(InputError, match=f'may mean .*"{meaning}"'):
                refuse_unclear([word], {})
        elif found != MEANINGS[meaning]:
            wrong.append((code, word, meaning, found))
    assert not wrong


def test_every_action_is_read_as_what_its_language_says() -> None:
    """Each word for an action asks for the change of its table, in capitals as well."""
    read = {word: (read_change(word), read_change(word.upper())) for _, word, _ in _words("changes")}
    assert read == {word: (CHANGES[change],) * 2 for _, word, change in _words("changes")}


def test_a_word_of_no_language_is_no_action() -> None:
    """What is in no table stays a fault."""
    assert isinstance(read_change("schubidu"), Fault)


def test_every_word_for_a_total_stands_under_tables() -> None:
    """Each of them is one alone and before a colon, and none where it is the beginning of a name."""
    said = {
        word
        for language in TABLES.values()
        for table, names in (
            (language["pack"], STRINGS["texts"]),
            (language.get("office", {}), {"below": "below"}),
        )
        for name, kind in names.items()
        if kind == "below"
        for word in _list(table.get(name, []))
    }
    assert {word for word in said if is_total(word) and is_total(f"{word}: 3")} == said
    assert not any(is_total(f"{word}.dracula") for word in said if " " not in word)


def test_every_language_can_say_a_whole_table() -> None:
    """In each language a user, a role, a course, an action, yes and no have a word."""
    wanted = {"role", "course", "action", "assign", "unassign"}
    for code in TABLES:
        has = {meaning for kind in ("headers", "changes") for one, _, meaning in _words(kind) if one == code}
        own = {"user", "role", "course", "action"} if code == "en" else set()
        assert wanted <= has | own
        assert has & {"user", "username"}
        assert {"yes", "no", "required"} <= set(TABLES[code]["pack"])


def test_the_file_of_words_names_its_sources() -> None:
    """Each language says which packs it is from, and what is marked as unsourced stands among its words of offices."""
    for code, language in TABLES.items():
        assert {pack.partition(":")[0] for pack in language["packs"]} <= set(SOURCES)
        office = [
            word
            for said in language.get("office", {}).values()
            for part in (said.values() if isinstance(said, Mapping) else [said])
            for word in _list(part)
        ]
        assert set(language.get("unsourced", [])) <= set(office), code


def test_languages_of_the_other_headers_decide() -> None:
    """A word that means two things is what it means in the language of the headers that mean one."""
    course = {"course": frozenset({"de", "sv"})}
    both = {"role": frozenset({"sv"}), "user": frozenset({"pl"})}

    assert narrowed([course, both]) == [course, {"role": frozenset({"sv"})}]
    assert narrowed([both]) == [both]
    assert narrowed([{"course": frozenset({"ja"})}, both])[1] == both


@pytest.mark.parametrize(
    ("header", "plain"),
    [
        ("Username*", "username"),
        ("* E-Mail (Pflichtfeld) :", "email"),
        ("Courriel [obligatoire]", "courriel"),
        ("Role (required)", "role"),
        ("STUDENT_ID", "studentid"),
        ("Rôle", "role"),
        ("Numer indeksu słuchacza", "numerindeksusluchacza"),
        ("KULLANICI ADI", "kullaniciadi"),
        ("kullan\u0131c\u0131 ad\u0131", "kullaniciadi"),
        ("Course (full name)", "coursefullname"),
        ("E-Mail (privat)", "emailprivat"),
    ],
)
def test_decorations_are_taken_off(header: str, plain: str) -> None:
    """A mark that a column has to be filled makes no difference; what else stands in brackets does."""
    assert plain_header(header) == plain


def test_headers_of_our_own_keep_their_meaning() -> None:
    """No word of another language is one of our own headers with another meaning."""
    own = {plain_header(name): name for name in MEANINGS if name != "ignore"}
    said = {own[word]: set(means) for word, means in words().headers.items() if word in own}
    assert {name: [MEANINGS[one] for one in means] for name, means in said.items()} == {
        name: [MEANINGS[name]] for name in said
    }


def test_help_does_not_read_the_words() -> None:
    """The file of words is not opened for `--help`, nor for a table in words of our own."""
    program = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from batchroles.cli import main
try:
    main()
except SystemExit:
    pass
assert any("options" in name for name in opened), opened
print("words read" if any("languages.toml" in name for name in opened) else "words not read")
"""
    done = subprocess.run(
        [sys.executable, "-c", program, "assign", "--help"], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("words not read\n")


def test_what_a_site_calls_its_columns_goes_before(tmp_path: Path) -> None:
    """A header that the profile explains is not read as anything else, nor asked about."""
    file = tmp_path / "list.csv"
    file.write_text("Kennung;Kurs;Rolle\n0071;M1;student\n", encoding="utf-8")
    site = {"Kennung": "idnumber", "Kurs": "course idnumber"}
    assert describe(read(file, None, FormatOptions(site_columns=site))) == [
        "row 2: assign role student to user with ID number 0071 in course with ID number M1"
    ]
