"""The page by mouse and by keyboard alone, in a real browser: files dropped, mistakes repaired, what is read aloud."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from batchroles.job import Apply
from batchroles.sandbox import serve
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.wire.practice import Practice
from batchroles.sender import Guards
from tests.job.helpers import holdings, id_roster, recorded_site, write_csv
from tests.web import visiting
from tests.web.browser import People
from tests.web.registrar import Registrar

pytestmark = pytest.mark.long

HEADER = ["username", "role", "course"]
SLOWLY = Apply(Guards(chunk_size=1, rate=4))
WRONG = [(f"u{number}", "student", "C-ART-20l") for number in (21, 22, 23)]
"""Three rows with the same wrong course."""
DROP = """([names, size]) => {
  const dropped = new DataTransfer();
  for (const name of names) {
    const rows = "username,role,course\\nu21,student,C-ART-201\\n".padEnd(size, "\\n");
    dropped.items.add(new File([rows], name, {type: "text/csv"}));
  }
  for (const kind of ["dragenter", "dragover", "drop"])
    document.querySelector("h1").dispatchEvent(
      new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: dropped}));
}"""
LISTEN = """() => {
  window.changed = {say: [], aloud: []};
  for (const name of ["say", "aloud"]) {
    const place = document.querySelector(`[data-${name}]`);
    new MutationObserver(() => window.changed[name].push(place.textContent))
      .observe(place, {childList: true, characterData: true, subtree: true});
  }
}"""
SEEN = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""
"""Whether one sees where the focus is."""


@pytest.fixture(scope="module")
def site() -> Iterator[Practice]:
    with serve(recorded_site()) as practice:
        yield practice


@pytest.fixture
def anna(page: Page, practice: Practice, tmp_path: Path) -> Iterator[Registrar]:
    """Let somebody in at their own machine, where files are small and sending is slow."""
    with visiting.own_machine(
        practice.url, practice.token, tmp_path / "page", how=SLOWLY, upload_limit=2_000_000
    ) as served:
        yield Registrar.let_in(page, served)


def test_a_file_is_dropped_anywhere(anna: Registrar) -> None:
    """A file that is dropped on any part of the first screen is looked at without a further press."""
    anna.page.evaluate(DROP, [["dropped.csv"], 60])
    anna.sees("What would happen: dropped.csv")
    assert anna.tiles() == {"To be given": "1"}


@pytest.mark.parametrize(
    ("names", "size", "said"),
    [
        (["one.csv", "two.csv"], 60, "Give one file at a time."),
        (["large.csv"], 2_000_001, "This page takes files of up to 2 MB."),
    ],
)
def test_what_cannot_be_taken_is_said_before_it_is_sent(
    anna: Registrar, names: list[str], size: int, said: str
) -> None:
    """Several files at once, and one that is too large, are refused beside the field; nothing leaves the browser."""
    expect(anna.page.locator("#kinds")).to_contain_text("up to 2 MB")
    sent: list[str] = []
    anna.page.on("request", lambda request: sent.append(request.url))
    anna.page.evaluate(DROP, [names, size])
    expect(anna.page.get_by_role("alert")).to_contain_text(said)
    assert sent == []


def test_a_large_file_that_is_chosen_is_not_sent(anna: Registrar, tmp_path: Path) -> None:
    """The same for a file that is chosen, which is taken out of the field again; a small one after it goes its way."""
    large = tmp_path / "large.csv"
    large.write_bytes(b"x" * 2_000_001)
    field = anna.page.get_by_label("Drop a file here, or choose one")
    field.set_input_files(large)
    expect(anna.page.get_by_role("alert")).to_contain_text("The file is too large.")
    assert field.input_value() == ""
    anna.give(write_csv(tmp_path / "small.csv", HEADER, WRONG))


def test_a_mistake_is_repaired_with_the_mouse(anna: Registrar, practice: Practice, tmp_path: Path) -> None:
    """What is wrong in three rows is written anew for one of them, then the suggestion is taken for all others."""
    before = holdings(practice)
    anna.give(write_csv(tmp_path / "wrong.csv", HEADER, WRONG))
    assert anna.tiles() == {"To be given": "0", "Cannot be sent": "3"}
    anna.page.get_by_label("Instead of “C-ART-20l”").fill("C-ART-201")
    anna.page.get_by_label("Where").select_option("only in row 3")
    anna.press("Look again with these repairs")
    expect(anna.page.get_by_text("is read as “C-ART-201” in 1 row (row 3)")).to_be_visible()
    assert anna.tiles() == {"To be given": "1", "Cannot be sent": "2"}
    expect(anna.page.locator("#wrong")).to_be_in_viewport()
    anna.page.get_by_role("group", name="Did you mean").get_by_role("button", name="C-ART-201").click()
    expect(anna.button("Assign 3 roles")).to_be_visible()
    assert anna.tiles() == {"To be given": "3"}
    expect(anna.page.locator("tbody strong", has_text="repaired")).to_have_count(3)
    anna.press("Assign 3 roles")
    anna.sees("What became of wrong.csv")
    assert len(holdings(practice) - before) == 3


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus; wherever that stops, one sees it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN), page.evaluate("() => document.activeElement.outerHTML")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{wanted} cannot be reached by Tab")


def test_the_whole_way_by_keyboard(anna: Registrar, practice: Practice, tmp_path: Path) -> None:
    """By Tab, Enter and Space alone a file is chosen, repaired, sent and taken back, and the focus is always seen."""
    page, before = anna.page, holdings(practice)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    tab_to(page, page.get_by_label("Drop a file here, or choose one"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(write_csv(tmp_path / "keys.csv", HEADER, WRONG))
    tab_to(page, anna.button("Look at the file"))
    page.keyboard.press("Enter")
    anna.sees("What would happen: keys.csv")
    tab_to(page, page.get_by_label("Instead of “C-ART-20l”"))
    page.keyboard.type("C-ART-201")
    page.keyboard.press("Enter")
    expect(anna.button("Assign 3 roles")).to_be_visible()
    tab_to(page, page.get_by_role("link", name="Assign 3 roles"))
    page.keyboard.press("Enter")
    tab_to(page, anna.button("Assign 3 roles"))
    page.keyboard.press("Space")
    anna.sees("What became of keys.csv")
    assert len(holdings(practice) - before) == 3
    tab_to(page, anna.button("Take it back"))
    page.keyboard.press("Space")
    anna.sees("Take back: keys.csv")
    tab_to(page, page.get_by_role("checkbox", name="Yes, take 3"))
    page.keyboard.press("Space")
    tab_to(page, anna.button("Take 3 roles away"))
    page.keyboard.press("Enter")
    anna.sees("What was taken back: keys.csv")
    assert holdings(practice) == before


def test_progress_is_read_aloud_now_and_then(anna: Registrar, tmp_path: Path) -> None:
    """While the numbers move every second, what is read aloud hardly changes; at the end the heading has the focus."""
    page = anna.page
    anna.give(id_roster(tmp_path / "many.csv", range(10, 24), [2, 5]))
    anna.press("Assign")
    anna.sees("Sending many.csv")
    page.evaluate(LISTEN)
    assert page.get_by_role("status").evaluate("element => 'aloud' in element.dataset")
    shown = page.locator("[data-say]")
    first = ""
    for _ in range(3):
        expect(shown).not_to_have_text(first)
        expect(shown).to_contain_text("of")
        first = shown.inner_text()
    changed = page.evaluate("() => window.changed")
    assert len(changed["say"]) > 1
    assert len(changed["aloud"]) < 2
    anna.sees("What became of many.csv")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_two_people_see_their_own_runs_only(people: People, tmp_path: Path) -> None:
    """Two people who are signed in at once in two browsers each send a file, and find that alone, also by searching."""
    names = {"wsbot": "of-bot.csv", "wsweak": "of-weak.csv"}
    there: dict[str, Registrar] = {}
    with serve() as practice, visiting.office(practice.url, tmp_path / "page") as served:
        practice.change(as_much_as_the_bot)
        for user, name in names.items():
            one = there[user] = Registrar(people(), f"http://127.0.0.1:{served.port}")
            one.open("/")
            one.page.get_by_label("User name").fill(user)
            one.page.get_by_label("Password").fill("practice-user")
            one.press("Sign in")
            one.sees("Give roles from a spreadsheet")
            row = (("noah.adams0001", "olivia.adams0002")[len(there) - 1], "student", "PHY101")
            one.give(write_csv(tmp_path / name, HEADER, [row]))
        addresses = {user: one.page.url for user, one in there.items()}
        for user, one in there.items():
            one.press("Assign 1 role")
            one.sees("What became of " + names[user])
        for user, one in there.items():
            one.open("/runs?q=of-")
            expect(one.page.locator("main tbody th")).to_have_text([names[user]])
        there["wsbot"].page.goto(addresses["wsweak"])
        there["wsbot"].sees("This is not there any more.")
    people.complained("404")


def as_much_as_the_bot(site: Site) -> None:
    """Give the weaker account the role that the bot has on the whole site."""
    (first,) = (row for row in site.role_assignments.rows.values() if row["id"] == 1)
    weak = next(user["id"] for user in site.users.values() if user["username"] == "wsweak")
    site.role_assignments.add({**{name: first[name] for name in first if name != "id"}, "userid": weak})


def test_a_run_is_found_by_searching(anna: Registrar, tmp_path: Path) -> None:
    """Among the earlier runs those are found whose file or day fits; of none that is said, and the way on is there."""
    page, found = anna.page, anna.page.locator("main tbody th")
    for name, user in (("spring.csv", "u21"), ("autumn.csv", "u22")):
        anna.give(write_csv(tmp_path / name, HEADER, [(user, "student", "C-ART-201")]))
        anna.press("Assign 1 role")
        anna.sees("What became of " + name)
    page.get_by_role("link", name="Earlier runs").click()
    for words, names in (("AUT", ["autumn.csv"]), ("never", []), (".csv", ["autumn.csv", "spring.csv"])):
        page.get_by_label("Look for a file or a day").fill(words)
        page.keyboard.press("Enter")
        page.wait_for_url("**/runs?q=*")
        expect(page.get_by_label("Look for a file or a day")).to_have_value(words)
        expect(found).to_have_text(names)
    page.get_by_role("link", name="spring.csv").click()
    anna.sees("What became of spring.csv")
