"""One Chromium a process, and a fresh browser for everybody in a test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.web import browser


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
