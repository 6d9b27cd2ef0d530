"""The languages of the page: which one speaks, whether all is said in it, and the guide."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from batchroles import guide
from batchroles.client import Moodle
from batchroles.models import Code, Status
from batchroles.web.app import make_app
from batchroles.web.entrance import Entrance, OwnMachine
from batchroles.web.office import Office
from batchroles.web.people import Person
from batchroles.web.safety import Addresses
from batchroles.web.screens.guide import anchor, rendered
from batchroles.web.screens.looked_at import MEANINGS
from batchroles.web.sessions import Sessions
from batchroles.web.texts import REFERENCE, Texts, languages
from tests.docs.pages import ROOT

WEB = ROOT / "batchroles" / "web"
SITE = "http://127.0.0.1:9"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[FlaskClient]:
    """Give a browser's place at a page whose office speaks German, and whose Moodle nobody asks."""

    def connect(token: str) -> Moodle:
        return Moodle(SITE, token)

    office = Office(SITE, connect, tmp_path, language="de")
    moodle = connect("a" * 32)
    addresses, announced = Addresses.of_port(80), list[str]()
    way = OwnMachine(Person(2, "Ana Silva", moodle, tmp_path), addresses, announced.append)
    way.begin()
    with make_app(office, Entrance(office, addresses, Sessions(), way)).test_client() as client:
        client.get(announced[0].removeprefix(addresses.first))
        yield client
    moodle.close()


def language_of(html: str) -> str:
    """Give the language that a page says it is in."""
    found = re.search(r'<html lang="(\w+)">', html)
    assert found is not None
    return found[1]


def test_the_browser_says_the_language_else_the_office(page: FlaskClient) -> None:
    """Without a choice the page speaks what the browser accepts, else the office's language, and says which."""
    assert language_of(page.get("/help", headers={"Accept-Language": "en-US,de;q=0.5"}).text) == "en"
    assert language_of(page.get("/help", headers={"Accept-Language": "fr"}).text) == "de"
    assert language_of(page.get("/help").text) == "de"


def test_a_chosen_language_stays(page: FlaskClient) -> None:
    """The language chosen in the footer is kept in a cookie that scripts cannot read, and the page comes back."""
    answer = page.post("/language", data={"language": "en", "back": "/help?x=1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/help?x=1")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]
    assert language_of(page.get("/help", headers={"Accept-Language": "de"}).text) == "en"


@pytest.mark.parametrize("back", ["//evil.example", "/\\evil.example", "https://evil.example", ""])
def test_choosing_a_language_leads_to_no_other_site(page: FlaskClient, back: str) -> None:
    """An address of another site is not gone back to, and a language that is none changes nothing."""
    answer = page.post("/language", data={"language": "../../secret", "back": back})
    assert answer.headers["Location"] == "/"
    assert "Set-Cookie" not in answer.headers


def test_the_help_is_the_guide_with_its_contents(page: FlaskClient) -> None:
    """The help shows the guide in the reader's language; its contents lead to its headings."""
    html = page.get("/help", headers={"Accept-Language": "de"}).text
    assert "<h1>Anleitung zur Seite</h1>" in html
    links = re.findall(r'<a href="#([^"]+)">', html)
    assert len(set(links) & set(re.findall(r'<h2 id="([^"]+)">', html))) >= 8


def test_raw_html_in_a_guide_is_text() -> None:
    """A guide's raw HTML is shown, not obeyed; headings have anchors."""
    page = rendered('# A & B\n\nLook.\n\n## What is *new*?\n\n<script>alert("1")</script>\n')
    assert page.title == "A & B"
    assert "<script>" not in page.html
    assert f'<h2 id="{anchor("What is *new*?")}">' in page.html


@pytest.mark.parametrize("language", languages())
def test_the_guide_has_the_words_of_the_page(language: str) -> None:
    """What a guide quotes as a word of the page is a text of the page in that language."""
    text = guide.guide("page", language).replace("\n", " ")
    quoted = re.findall(r"„([^“]+)“" if language == "de" else r"“([^”]+)”", re.sub(" +", " ", text))
    texts = Texts.of(language)
    said = {form for text in texts.every.values() for form in text.forms.values()}
    assert len(quoted) > 10
    assert [word for word in quoted if word not in said] == []


@pytest.mark.parametrize("language", [language for language in languages() if language != REFERENCE])
def test_the_guide_says_the_same_in_every_language(language: str) -> None:
    """A translated guide has as many headings, points and paragraphs as the English one."""
    shapes = [
        [re.match(r"#+ |\* |\d\. |\*\*|", block)[0] for block in guide.guide("page", name).split("\n\n")]  # type: ignore[index]
        for name in (REFERENCE, language)
    ]
    assert shapes[0] == shapes[1]


NAMED = {
    **{f"status.{one}": "of a status" for one in Status},
    **{f"problem.{one}": "of a code" for one in Code},
    **{f"meaning.{one.replace(' ', '-')}": "of a column" for one in MEANINGS},
}
"""Texts that are named after what they are of."""


def test_every_text_is_used_and_there() -> None:
    """Every text that a template or the code names exists, and every text is named."""
    paths = [
        path for path in WEB.rglob("*") if path.suffix in (".html", ".py") and path.parent.name != "texts"
    ]
    sources = [path.read_text(encoding="utf-8") for path in paths]
    every = set(Texts.of(REFERENCE).every)
    called = r"(?:\bt|\bt\.html|texts|texts\.html|self|_span)\(\s*f?[\"']([a-z-]+\.[\w-]*)"
    named, begun = (
        {found for source in sources for found in re.findall(called + end, source)}
        for end in (r"[\"'](?! ~)", r"(?:[\"'] ~|\{)")
    )
    begun |= {"time.left-", "status.", "problem."}
    assert sorted(named - every) == []
    quoted = {found for source in sources for found in re.findall(r"[\"']([a-z-]+\.[\w-]+)[\"']", source)}
    assert [key for key in sorted(every - quoted - NAMED.keys()) if not key.startswith(tuple(begun))] == []


@pytest.mark.parametrize("language", languages())
def test_no_text_holds_markup(language: str) -> None:
    """Texts are words; what is emphasised or linked is put into them by the template."""
    forms = [form for text in Texts.of(language).every.values() for form in text.forms.values()]
    assert [form for form in forms if re.search(r"[<>]|&\w+;", form)] == []
