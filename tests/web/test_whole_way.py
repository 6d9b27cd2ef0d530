"""The whole way in a real browser, from the file to the downloads, and back; nothing is ever sent twice."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Download, Page, expect

from batchroles.job import Apply
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from batchroles.sender import Guards
from tests.job.helpers import holdings, id_roster, recorded_site, write_csv
from tests.web import visiting
from tests.web.browser import People
from tests.web.registrar import Registrar, changes

pytestmark = pytest.mark.long

HEADER = ["username", "role", "course"]
SLOWLY = Apply(Guards(chunk_size=1, rate=4))


@pytest.fixture(scope="module")
def site() -> Iterator[Practice]:
    with serve(recorded_site()) as practice:
        yield practice


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """Write a file of three rows that can be sent."""
    rows = [(f"u{number}", "student", "C-ART-201") for number in (21, 22, 23)]
    return write_csv(tmp_path / "good.csv", HEADER, rows)


@pytest.fixture
def anna(page: Page, practice: Practice, tmp_path: Path) -> Iterator[Registrar]:
    """Let somebody in at their own machine."""
    with visiting.own_machine(practice.url, practice.token, tmp_path / "page") as served:
        yield Registrar.let_in(page, served)


@pytest.fixture
def slow(page: Page, practice: Practice, tmp_path: Path) -> Iterator[Registrar]:
    """Let somebody in at a page that sends so slowly that one can press Stop."""
    with visiting.own_machine(practice.url, practice.token, tmp_path / "page", how=SLOWLY) as served:
        yield Registrar.let_in(page, served)


def content(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def test_a_good_file(anna: Registrar, practice: Practice, good: Path) -> None:
    """A file is dropped, looked at, sent with one press, and its results are downloaded; the site has the roles."""
    before = holdings(practice)
    anna.give(good)
    assert anna.tiles() == {"To be given": "3"}
    expect(anna.page.get_by_role("row", name="Same Mail One")).to_contain_text("Art History")
    assert holdings(practice) == before
    anna.press("Assign 3 roles")
    anna.sees("What became of good.csv")
    assert anna.tiles() == {"Done": "3", "Failed": "0"}
    assert len(holdings(practice) - before) == 3
    assert before <= holdings(practice)
    files = {}
    for words in ("Rows that are done", "Rows that failed", "Everything as an Excel workbook"):
        with anna.page.expect_download() as waiting:
            anna.page.get_by_role("link", name=words).click()
        files[waiting.value.suggested_filename] = content(waiting.value)
    done = list(csv.DictReader(io.StringIO(files["success.csv"].decode("utf-8-sig"))))
    assert [row["username"] for row in done] == ["u21", "u22", "u23"]
    assert len(files["failed.csv"].decode("utf-8-sig").splitlines()) == 1
    assert "Rows" in openpyxl.load_workbook(io.BytesIO(files["results.xlsx"]), read_only=True).sheetnames


def test_stop_and_go_on(slow: Registrar, practice: Practice, tmp_path: Path) -> None:
    """A run is stopped while it goes on, found again among the earlier runs, and gone on with to its end."""
    before = holdings(practice)
    slow.give(id_roster(tmp_path / "many.csv", range(10, 22), [2, 5]))
    to_give = int(slow.tiles()["To be given"])
    slow.press("Assign")
    slow.sees("Sending many.csv")
    while holdings(practice) == before:
        slow.page.wait_for_timeout(20)
    slow.press("Stop")
    slow.sees("What became of many.csv")
    expect(slow.page.locator("main")).to_contain_text("This run was stopped")
    done = len(holdings(practice) - before)
    assert 0 < done < to_give
    assert slow.tiles()["Still to be sent"] == str(to_give - done)
    slow.open("/")
    slow.page.get_by_role("link", name="Earlier runs", exact=True).click()
    expect(slow.page.get_by_role("row", name="many.csv")).to_contain_text("stopped, can go on")
    slow.page.get_by_role("link", name="many.csv").click()
    slow.press("Go on with")
    expect(slow.page.locator("main")).to_contain_text("Everything is done.")
    assert len(holdings(practice) - before) == to_give


def test_undo(anna: Registrar, practice: Practice, good: Path) -> None:
    """What a run did is taken back, after it was shown and agreed to; not without the tick."""
    before = holdings(practice)
    anna.give(good)
    anna.press("Assign 3 roles")
    anna.sees("What became of good.csv")
    anna.press("Take it back")
    anna.sees("Take back: good.csv")
    assert anna.tiles() == {"To be taken away": "3"}
    anna.press("Take 3 roles away")
    anna.sees("Take back: good.csv")  # the browser asks for the tick, and sends nothing
    assert len(holdings(practice) - before) == 3
    anna.page.get_by_role("checkbox", name="Yes, take 3").check()
    anna.press("Take 3 roles away")
    anna.sees("What was taken back: good.csv")
    assert holdings(practice) == before
    expect(anna.page.get_by_role("row", name="role taken away")).to_contain_text("3")
    anna.open("/runs")
    anna.page.get_by_role("link", name="good.csv").last.click()
    anna.sees("What became of good.csv")
    anna.page.get_by_role("link", name="See what became of that").click()
    anna.sees("What was taken back: good.csv")


def test_back_and_reload_send_nothing_twice(anna: Registrar, practice: Practice, good: Path) -> None:
    """Whatever is reloaded and gone back to, each file is sent once, and each step leads on to what became of it."""
    page = anna.page
    anna.give(good)
    looked = changes(practice)
    page.reload()
    anna.sees("What would happen: good.csv")
    page.go_back()
    anna.sees("Give roles from a spreadsheet")
    page.go_forward()
    anna.sees("What would happen: good.csv")
    assert changes(practice) == looked
    anna.press("Assign 3 roles")
    anna.sees("What became of good.csv")
    calls = changes(practice)
    page.reload()
    anna.sees("What became of good.csv")
    page.go_back()
    if anna.button("Assign 3 roles").is_visible():  # a browser may show what it has kept
        anna.press("Assign 3 roles")
    anna.sees("What became of good.csv")
    page.reload()
    anna.sees("What became of good.csv")
    assert (changes(practice), anna.runs()) == (calls, 1)


def test_two_tabs_send_once(anna: Registrar, practice: Practice, good: Path) -> None:
    """Two tabs that show the same file lead to one run, whichever is pressed first and however often."""
    anna.give(good)
    other = Registrar(anna.page.context.new_page(), anna.address)
    other.page.goto(anna.page.url)
    other.sees("What would happen: good.csv")
    anna.button("Assign 3 roles").dblclick()
    anna.sees("What became of good.csv")
    calls = changes(practice)
    other.press("Assign 3 roles")
    other.sees("What became of good.csv")
    assert other.page.url == anna.page.url
    assert (changes(practice), anna.runs()) == (calls, 1)


def test_a_closed_page_finds_its_run_again(slow: Registrar, tmp_path: Path) -> None:
    """The run goes on when the tab is closed; who comes back sees how far it is, and then what became of it."""
    slow.give(id_roster(tmp_path / "many.csv", range(10, 16), [2, 5]))
    slow.press("Assign")
    slow.sees("Sending many.csv")
    again = Registrar(slow.page.context.new_page(), slow.address)
    slow.page.close()
    again.open("/")
    again.page.get_by_role("link", name="many.csv").click()
    again.sees("What became of many.csv")
    expect(again.page.locator("main")).to_contain_text("Everything is done.")


def test_without_scripts(people: People, practice: Practice, good: Path, tmp_path: Path) -> None:
    """All but the moving bar works where scripts are switched off: the pages look again by themselves."""
    before = holdings(practice)
    with visiting.own_machine(practice.url, practice.token, tmp_path / "page", how=SLOWLY) as served:
        anna = Registrar.let_in(people(java_script_enabled=False), served)
        anna.give(good)
        anna.press("Assign 3 roles")
        anna.sees("What became of good.csv")
        anna.press("Take it back")
        anna.sees("Take back: good.csv")
        anna.page.get_by_role("checkbox", name="Yes, take 3").check()
        anna.press("Take 3 roles away")
        anna.sees("What was taken back: good.csv")
    assert holdings(practice) == before
