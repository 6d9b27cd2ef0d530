"""A practice site with the page on it; one Chromium a process, and a fresh browser for everybody in a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.web import browser, visiting


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the browser that all tests of this process share."""
    with browser.started() as started:
        yield started


@pytest.fixture
def people(chromium: Browser) -> Iterator[browser.People]:
    """Give what opens a browser for somebody; the test fails where a page made its browser complain."""
    people = browser.People(chromium)
    try:
        yield people
    finally:
        people.leave()
    assert not people.complaints, "\n".join(people.complaints)


@pytest.fixture
def page(people: browser.People) -> Page:
    """Give the empty page of the one person that most tests need."""
    return people()


@pytest.fixture(scope="module")
def site() -> Iterator[Practice]:
    """Serve a site for all tests of a module; one that needs another has its own."""
    with serve(reports=True) as practice:
        yield practice


@pytest.fixture
def practice(site: Practice) -> Practice:
    """Give the site as it was in the beginning."""
    site.reset()
    return site


@pytest.fixture
def served(practice: Practice, tmp_path: Path) -> Iterator[visiting.Page]:
    """Serve the page as on one's own machine."""
    with visiting.own_machine(practice.url, practice.token, tmp_path / "web") as page:
        yield page


@pytest.fixture
def visitor(served: visiting.Page) -> visiting.Visitor:
    """Give somebody who was let in, and speaks to the page without a browser."""
    return served.visitor().let_in()
