"""A registrar at a browser, who finds things by what stands on the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from playwright.sync_api import Locator, Page, expect

from batchroles.sandbox.wire.practice import Practice
from tests.web import visiting
from tests.web.browser import PATIENCE

expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True)
class Registrar:
    """Somebody who was let in."""

    page: Page
    address: str

    @classmethod
    def let_in(cls, page: Page, served: visiting.Page) -> Self:
        """Open the address that was printed."""
        page.goto(served.announced[-1])
        return cls(page, f"http://127.0.0.1:{served.port}")

    def give(self, file: Path) -> None:
        """Give a file, and wait until it is looked at."""
        self.open("/")
        self.page.get_by_label("Drop a file here, or choose one").set_input_files(file)
        self.press("Look at the file")
        self.sees("What would happen: " + file.name)

    def open(self, path: str) -> None:
        """Go to a page."""
        self.page.goto(self.address + path)

    def press(self, words: str) -> None:
        """Press the button whose words begin so."""
        self.button(words).click()

    def button(self, words: str) -> Locator:
        """Find a button."""
        return self.page.get_by_role("button", name=words).first

    def sees(self, heading: str) -> None:
        """Wait for a page by its heading."""
        expect(self.page.locator("h1")).to_contain_text(heading)

    def tiles(self) -> Mapping[str, str]:
        """Read the figures at the top of the page."""
        names = self.page.locator(".tiles dt").all_inner_texts()
        return dict(zip(names, self.page.locator(".tiles dd").all_inner_texts(), strict=True))

    def runs(self) -> int:
        """Count the runs among the earlier ones, which are looked at in another tab."""
        other = self.page.context.new_page()
        other.goto(f"{self.address}/runs")
        count = other.locator("main tbody tr").count()
        other.close()
        return count


def changes(practice: Practice) -> int:
    """Count the calls that gave roles, or asked whether they may be given."""
    return practice.calls().get("core_role_assign_roles", 0)
