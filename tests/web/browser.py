"""A real browser: Debian's Chromium, steered by Playwright, and axe-core, which looks for what shuts people out."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Literal, NoReturn

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, ViewportSize, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE = 30_000
"""Milliseconds to wait for what is expected of a page; much, because nothing is to fail for want of time."""
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PHONE: ViewportSize = {"width": 320, "height": 640}
"""Also what is left of a screen 1,280 wide at 400 %."""
_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


@contextmanager
def started() -> Iterator[Browser]:
    """Start Chromium; where there is none, or it does not start, skip the test, or fail it where all are to run."""
    with ExitStack() as stack:
        if CHROMIUM is None:
            _none("Chromium is not installed")
        try:
            playwright = stack.enter_context(sync_playwright())
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=FLAGS, chromium_sandbox=os.name != "posix" or os.getuid() != 0
            )
        except Error as error:
            _none(f"Chromium does not start: {error.message.splitlines()[0]}")
        stack.callback(browser.close)
        yield browser


def _none(reason: str) -> NoReturn:
    if os.environ.get("BATCHROLES_NOTHING_SKIPPED"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass
class People:
    """Everybody who looks at the page in a test, each with a browser of their own: no cookie is shared."""

    browser: Browser
    complaints: list[str] = field(default_factory=list)
    """What the browsers said of the pages: errors on the console, exceptions that nobody caught. What a test does not
    take out fails it at its end."""
    _left: ExitStack = field(default_factory=ExitStack)

    def __call__(self, **kind: Any) -> Page:
        """Give somebody's empty page. `kind`: what Playwright's `new_context` takes, `viewport` or `locale` say."""
        context = self.browser.new_context(**{"reduced_motion": "reduce", "locale": "en-GB", **kind})
        self._left.callback(context.close)
        context.set_default_timeout(PATIENCE)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        return context.new_page()

    def _said(self, message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        # The browser asks for an icon when it likes, also where the page has ended with its test.
        late = url.endswith("/icon.svg") and "net::ERR_" in message.text
        # And of servers that name none, the tests' own, by a name of its own choice.
        late = late or url.endswith("/favicon.ico")
        if message.type == "error" and not late:
            self.complaints.append(f"{message.text} ({url})")

    def complained(self, words: str) -> None:
        """Take out the complaints with these words; there has to be one."""
        rest = [complaint for complaint in self.complaints if words not in complaint]
        assert len(rest) < len(self.complaints), self.complaints
        self.complaints[:] = rest

    def leave(self) -> None:
        """Close all that was opened."""
        self._left.close()


_STICKING_OUT = """() => [...document.body.querySelectorAll("*")].filter((element) => {
  if (element.getBoundingClientRect().right <= innerWidth) return false;
  for (let around = element.parentElement; around; around = around.parentElement)
    if (getComputedStyle(around).overflowX !== "visible") return false;
  return true;
}).map((element) => element.outerHTML.slice(0, 200))"""


def cut_off(page: Page) -> list[str]:
    """Give what sticks out of a screen as narrow as a phone's, and is in nothing that can be scrolled by itself."""
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size(PHONE)
    found: list[str] = page.evaluate(_STICKING_OUT)
    page.set_viewport_size(size)
    return found


def axe(page: Page) -> str:
    """Give what axe-core finds wrong with a page as it stands, in light and in dark; nothing where all is well."""
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.evaluate(_AXE)
        result = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        found += [_in_words(violation, scheme) for violation in result["violations"]]
    page.emulate_media(color_scheme="light")
    return "\n".join(found)


def _in_words(violation: dict[str, Any], scheme: str) -> str:
    """Write a violation: its rule, in which scheme, how to mend it, and where it is."""
    lines = [f"{violation['id']} ({violation['impact']}, {scheme}): {violation['help']}"]
    for node in violation["nodes"]:
        why = " ".join(node["failureSummary"].split())
        lines += [f"  {' '.join(map(str, node['target']))}: {node['html']}", f"    {why}"]
    return "\n".join(lines)
