"""Every screen, for everybody: axe-core finds nothing in light and dark, and nothing is cut off on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from batchroles.job import Apply
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from batchroles.sender import Guards
from tests.job.helpers import recorded_site, write_csv
from tests.web import visiting
from tests.web.browser import People, axe, cut_off
from tests.web.registrar import Registrar

pytestmark = pytest.mark.long

HEADER = ["username", "role", "course", "last name"]
ROWS = [
    ("u21", "student", "C-ART-201", "One"),
    ("u22", "student", "C-ART-201", "Somebody Else"),
    ("nobody", "student", "C-ART-201", "X"),
    *((f"u{number}", "student", "C-ART-20l", "X") for number in range(23, 26)),
]
SLOWLY = Apply(Guards(chunk_size=1, rate=1))


@pytest.fixture(scope="module")
def site() -> Iterator[Practice]:
    with serve(recorded_site()) as practice:
        yield practice


@pytest.fixture
def anna(page: Page, practice: Practice, tmp_path: Path) -> Iterator[Registrar]:
    with visiting.own_machine(practice.url, practice.token, tmp_path / "page", how=SLOWLY) as served:
        yield Registrar.let_in(page, served)


def sound(page: Page) -> None:
    """Look at a screen in both schemes, and on a phone."""
    assert axe(page) == "", page.url
    assert cut_off(page) == [], page.url


def test_what_is_there_before_a_file_is_given(anna: Registrar, people: People) -> None:
    """The first screen, the earlier runs, found and not, the help, and a page that is not there."""
    for path in ("/", "/runs", "/runs?q=nothing", "/help"):
        anna.open(path)
        sound(anna.page)
    anna.open("/nothing")
    sound(anna.page)
    people.complained("404")


def test_the_way_of_a_file(anna: Registrar, tmp_path: Path) -> None:
    """What would happen, with problems and repairs; how far it is; stopped, done with failures, and taken back."""
    page = anna.page
    anna.give(write_csv(tmp_path / "mixed.csv", HEADER, ROWS))
    expect(page.locator("main")).to_contain_text("4 rows cannot be sent")
    sound(page)
    for summary in page.locator("summary").all():
        summary.click()
    sound(page)
    anna.press("C-ART-201")
    expect(page.locator("main")).to_contain_text("Repaired here")
    sound(page)
    anna.press("Assign 4 roles")
    anna.sees("Sending mixed.csv")
    sound(page)
    anna.press("Stop")
    anna.sees("What became of mixed.csv")
    sound(page)
    anna.press("Go on with")
    anna.sees("What became of mixed.csv")
    sound(page)
    anna.press("Repair 2 rows")
    anna.sees("Repair and send again: mixed.csv")
    sound(page)
    anna.open("/runs")
    page.get_by_role("link", name="mixed.csv").click()
    anna.press("Take it back")
    anna.sees("Take back: mixed.csv")
    sound(page)
    anna.open("/")
    sound(page)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("odd.csv", b"foo,bar,baz\n1,2,3\n", "Which column holds what?"),
        ("cut.xlsx", b"PK\x03\x04 and no more", "This cannot be used as it is"),
        ("done.csv", b"username,role,course\nnobody,student,C-ART-201\n", "There is nothing to send"),
    ],
)
def test_files_that_cannot_be_sent(
    anna: Registrar, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    """What is asked or said of a file whose columns nobody knows, that is damaged, or of which nothing can be sent."""
    path = tmp_path / name
    path.write_bytes(content)
    anna.give(path)
    expect(anna.page.locator("main")).to_contain_text(said)
    sound(anna.page)


def test_signing_in(practice: Practice, people: People, tmp_path: Path) -> None:
    """Where one signs in, with a wrong password, and signed in and out again."""
    with visiting.office(practice.url, tmp_path / "page") as served:
        page = people()
        page.goto(f"http://127.0.0.1:{served.port}/")
        sound(page)
        page.get_by_label("User name").fill("u21")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_be_visible()
        sound(page)
    people.complained("403")


def test_a_stranger(anna: Registrar, people: People) -> None:
    """Who comes without the address that was printed is told where to find it."""
    stranger = people()
    stranger.goto(anna.address)
    expect(stranger.locator("h1")).to_contain_text("This browser is not let in.")
    sound(stranger)
    people.complained("403")
