"""The benchmark's own parts, on a few rows and without a clock."""

from pathlib import Path

import pytest
import requests

from batchroles.client import Answer
from batchroles.client.wire import Timeout
from tests.bench import calls_used, orders
from tests.bench.instant import instant_moodle
from tests.bench.lines import Line, table
from tests.bench.loop import loop_over
from tests.bench.recording import Recorder, load, send_again
from tests.bench.rosters import Roster, Shuffled
from tests.bench.site_process import practice_site
from tests.bench.whole_way import send_file
from tests.bench.year import replayed
from tests.job.year import Registrar

SMALL = Roster(rows=60, users=20, courses=8)


def test_a_roster_has_every_row_once_and_spreads_them_evenly(tmp_path: Path) -> None:
    """The file has as many distinct rows as asked for, and the workbook of the same size is the same table."""
    from batchroles import load as load_table

    lines = list(SMALL.lines())
    assert len(set(lines)) == 60
    assert {name: [line[0] for line in lines].count(name) for name in SMALL.usernames()} == dict.fromkeys(
        SMALL.usernames(), 3
    )
    written = load_table(SMALL.write_csv(tmp_path / "roster.csv"))
    assert written.to_numpy().tolist() == [list(line) for line in lines]
    assert load_table(SMALL.write_xlsx(tmp_path / "roster.xlsx")).to_numpy().tolist() == [
        list(line) for line in lines
    ]


def test_the_whole_way_takes_the_fewest_calls(tmp_path: Path) -> None:
    """Against the site in the same process, a small file takes one call of each kind, the probe a few."""
    found = send_file(SMALL.write_csv(tmp_path / "roster.csv"), instant_moodle(SMALL), tmp_path)
    assert found["calls"] == {
        "core_user_get_users_by_field": 2,
        "core_webservice_get_site_info": 2,
        "core_course_get_categories": 1,
        "core_course_get_courses": 1,
        "local_wsgetroles_get_roles": 1,
        "core_role_unassign_roles": 3,
        "core_role_assign_roles": 1,
    }


def test_the_loop_and_the_replay_speak_to_a_real_site(tmp_path: Path) -> None:
    """The simple loop assigns its rows, and recorded bodies are answered when they are sent again."""
    from batchroles.client import Moodle

    path = SMALL.write_csv(tmp_path / "roster.csv")
    with practice_site(SMALL.write_names(tmp_path / "names.csv")) as site:
        assert loop_over(path, site.url, site.token, 5) > 0
        with Moodle(site.url, site.token) as moodle:
            recorder = Recorder(moodle._transport)
            with Moodle(site.url, site.token, transport=recorder) as recorded:
                recorded.call("core_webservice_get_site_info")
        recorder.save(tmp_path / "calls")
        bodies = load(tmp_path / "calls")
        assert len(bodies) == 1
        assert send_again(site.url, bodies, 2) > 0


MIXED = Shuffled(rows=600, users=150, courses=8, seed=1)


def test_a_shuffled_roster_has_every_row_once_and_comes_again_the_same() -> None:
    """Each person stands in as many courses as any other, in no order, and one seed gives one file."""
    lines = list(MIXED.lines())
    assert len(set(lines)) == 600
    assert {name: [line[0] for line in lines].count(name) for name in MIXED.usernames()} == dict.fromkeys(
        MIXED.usernames(), 4
    )
    assert lines == list(MIXED.lines()) != sorted(lines)


def test_every_order_sends_every_row_once(tmp_path: Path) -> None:
    """The orders that are compared, and the calls sent again, give the site the same rows as the tool does."""
    path = MIXED.write_csv(tmp_path / "roster.csv")
    with practice_site(MIXED.write_names(tmp_path / "names.csv")) as site:

        def given() -> set[tuple[int, int, int]]:
            rows = requests.get(f"{site.url}/_sandbox/state.json", timeout=60).json()["role_assignments"]
            requests.post(f"{site.url}/_sandbox/reset", timeout=60)
            return {(row["userid"], row["roleid"], row["contextid"]) for row in rows}

        about, before = {"path": str(path), "url": site.url, "token": site.token}, given()
        ours = orders.whole_way(**about)
        wanted = given()
        assert len(wanted - before) == MIXED.rows
        orders.replay(**about, at_once=ours["at once"])
        assert given() == wanted
        for name, order in orders.ORDERS.items():
            found = orders.in_order(**about, name=name)
            assert (found["calls"], found["clashes"]) == (3, 0)
            assert found["at once"] <= order.at_once
            assert given() == wanted


def test_clashes_are_counted() -> None:
    """What the database rolled back counts as a clash, what it took does not, and look-ups do not count at all."""

    class Clashing:
        def post(self, url: str, body: bytes, *, timeout: Timeout) -> Answer:  # noqa: ARG002 - a transport's signature
            return Answer(200, {}, b'{"errorcode":"dmlwriteexception"}' if b"odd" in body else b"null")

        def close(self) -> None:
            pass

    watch = orders.Watch(Clashing())
    for body in (b"odd&wsfunction=core_role_assign_roles", b"wsfunction=core_role_assign_roles", b"odd"):
        watch.post("", body, timeout=(1.0, 1.0))
    assert watch.seen() == {"calls": 2, "at once": 1, "clashes": 1}


def test_the_table_names_what_was_met_and_what_was_missed() -> None:
    """Each line has its verdict, in columns of one width."""
    lines = [Line("start", "0.1 s", "at most 0.3 s", True), Line("memory", "700 MB", "at most 600 MB", False)]
    assert table(lines) == (
        "| what   | measured | target         | verdict |\n"
        "| ------ | -------- | -------------- | ------- |\n"
        "| start  | 0.1 s    | at most 0.3 s  | met     |\n"
        "| memory | 700 MB   | at most 600 MB | missed  |"
    )


def test_calls_do_not_depend_on_the_clock() -> None:
    """Bad users among 10,000 rows take the same calls each time, and no more than halving would."""
    first, again = (calls_used.bench(Path()) for _ in range(2))
    assert first == again
    assert all(line.met for line in first)


@pytest.mark.shared
def test_a_few_nights_of_the_year_are_counted(tmp_path: Path) -> None:
    """Each night is timed, and the second sync of a tenth day counted apart."""
    year, nights, again = replayed(tmp_path, Registrar(["AAA_2014J"]), range(-12, -9))
    assert [night["rows"] for night in nights] == [len(year.registrar.wanted(day)) for day in range(-12, -9)]
    assert again == [{"core_webservice_get_site_info": 1}]
    assert year.count.rows == year.count.least_rows > 300
