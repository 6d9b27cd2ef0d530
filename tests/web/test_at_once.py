"""Several tabs of one person on one file: it is sent once, and as the tab shows it that sends it."""

import sys
import threading
import time
from collections.abc import Iterator

import pytest

from batchroles.sandbox.site.site import Site
from batchroles.sandbox.wire.practice import Practice
from batchroles.web import work
from tests.web.visiting import Visitor
from tests.web.walking import PATIENCE, hidden, looked_at, press, settled, until

ROUNDS, TABS = 8, 6
ROWS = "username,role,course\nnoah.adams0001,student,PHY101\nolivia.adams0002,student,PHY101\n"


@pytest.fixture
def hasty() -> Iterator[None]:
    """Have threads take turns so often that whatever can come between two steps does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def at_once(visitor: Visitor, place: str, fields: dict[str, str]) -> set[str]:
    """Send from a tab, and look from others until that is seen there; gives where they are led."""
    led: set[str] = set()
    together = threading.Barrier(TABS)

    def one(number: int) -> None:
        tab = Visitor(visitor.page, dict(visitor.cookies))
        together.wait()
        answer = tab.post(f"{place}/send", fields) if number == 0 else tab.get(place)
        over = time.monotonic() + PATIENCE
        while answer.status == 200 and time.monotonic() < over:
            answer = tab.get(place)
        led.add(answer.headers.get("Location", "nowhere"))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(TABS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * PATIENCE)
    return led


@pytest.mark.usefixtures("hasty")
def test_what_is_sent_and_looked_at_at_once_is_one_run(visitor: Visitor) -> None:
    """Whoever looks while another tab sends is led to the run, or still sees the file; never that nothing was sent."""
    for _ in range(ROUNDS):
        place, screen = looked_at(visitor, "list.csv", ROWS.replace("noah", "nobody"))
        [run] = at_once(visitor, place, hidden(screen))
        until(visitor, f"{run}/state", '"over":true')
        assert visitor.get(place).headers["Location"] == run
    assert visitor.get("/runs").text.count("state ") == ROUNDS


@pytest.mark.parametrize(("button", "fields"), [("send", {}), ("repairs", {"new-0": "PHY101"})])
def test_a_tab_means_the_plan_that_it_shows(
    visitor: Visitor, practice: Practice, monkeypatch: pytest.MonkeyPatch, button: str, fields: dict[str, str]
) -> None:
    """Where the plan was made anew since, and came out otherwise, what a tab says of the old one counts no more."""
    monkeypatch.setattr(work, "MOST", 0)
    rows = f"{ROWS}nobody,student,PHY110\n"
    place, screen = looked_at(visitor, "list.csv", rows)
    # Others look at files of theirs meanwhile, so that this plan is forgotten to make room.
    looked_at(visitor, "other.csv", ROWS)

    def swap(site: Site) -> None:
        by_name = site.users_by["username"]
        noah, liam = "noah.adams0001", "liam.adams0003"
        by_name[noah], by_name[liam] = by_name[liam], by_name[noah]
        for name in (noah, liam):
            by_name[name][0]["username"] = name

    practice.change(swap)
    before = practice.state()["role_assignments"]
    now = settled(visitor, place)
    assert press(visitor, place, button, screen, **fields) == place
    assert settled(visitor, place) == now
    assert practice.state()["role_assignments"] == before
    assert press(visitor, place, "send", now).startswith("/runs/")
