"""The page in German, in a real browser: the language is chosen by keyboard, nothing stays English or is cut off."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from batchroles.sandbox import serve
from tests.job.helpers import recorded_site, write_csv
from tests.web import visiting
from tests.web.browser import axe, cut_off
from tests.web.registrar import Registrar

pytestmark = pytest.mark.long

ROWS = [
    ("u21", "student", "C-ART-201", "One"),
    ("u22", "student", "C-ART-201", "Somebody Else"),
    ("nobody", "Kursleitung", "C-ART-201", "X"),
    *((f"u{number}", "student", "C-ART-20l", "X") for number in range(23, 26)),
]


@pytest.fixture
def anna(page: Page, tmp_path: Path) -> Iterator[Registrar]:
    with (
        serve(recorded_site()) as practice,
        visiting.own_machine(practice.url, practice.token, tmp_path / "page") as served,
    ):
        yield Registrar.let_in(page, served)


def test_the_way_of_a_file_in_german(anna: Registrar, tmp_path: Path) -> None:
    """Whoever chooses German by keyboard reads German from the upload to the results, whatever is wrong with it."""
    page = anna.page
    page.get_by_role("button", name="Deutsch").press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    german(page)
    file = write_csv(tmp_path / "Liste.csv", ["username", "role", "course", "last name"], ROWS)
    page.get_by_label("Datei hierher ziehen oder auswählen").set_input_files(file)
    anna.press("Datei prüfen")
    anna.sees("Was geschehen würde: Liste.csv")
    closed = page.locator("details:not([open]) > summary")
    for _ in range(closed.count()):
        closed.first.press("Enter")
    german(page)
    anna.press("2 Rollen zuweisen")
    anna.sees("Was aus Liste.csv geworden ist")
    german(page)


def german(page: Page) -> None:
    """Look for what is marked as English, for what is cut off, and for what shuts people out."""
    assert page.locator("main [lang=en]").all_inner_texts() == []
    assert cut_off(page) == []
    assert axe(page) == ""
