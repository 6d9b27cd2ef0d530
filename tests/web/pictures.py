"""`python -m tests.web.pictures`: renew the pictures of the page that the guides show, in each of their languages."""

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, ViewportSize

from batchroles.sandbox import serve
from tests.web import browser
from tests.web.visiting import own_machine

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "batchroles" / "guide" / "pictures"
LOCALES = {"": "en-GB", ".de": "de-DE"}
"""By what the names of guides and pictures end with: the language that the browser asks for."""
SIZE = ViewportSize(width=1040, height=640)


def main() -> None:
    """Go the way of a registrar with the roster of the demo, and take a picture at each stop."""
    with serve() as site, browser.started() as chromium:
        for ending, locale in LOCALES.items():
            site.reset()
            with TemporaryDirectory() as folder, own_machine(site.url, site.token, Path(folder)) as served:
                page = chromium.new_page(viewport=SIZE, locale=locale)
                page.goto(served.announced[-1])
                _walk(page, ending)


def _walk(page: Page, ending: str) -> None:
    page.set_input_files("input[type=file]", ROOT / "samples" / "roster.xlsx")
    page.click("form[data-drop] button")
    page.wait_for_selector("#wrong")
    _picture(page, f"page-repair{ending}", "#wrong")
    _picture(page, f"page-people{ending}", "#people")
    page.click("section.send button.main")
    page.wait_for_selector(".downloads")
    _picture(page, f"page-results{ending}", "h1")


def _picture(page: Page, name: str, at: str) -> None:
    """Take a picture of what stands below a heading."""
    page.evaluate("at => window.scrollTo(0, document.querySelector(at).offsetTop - 24)", at)
    page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
