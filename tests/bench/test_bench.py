"""The benchmark's own parts, on a few rows and without a clock."""

from pathlib import Path

from tests.bench import calls_used
from tests.bench.instant import instant_moodle
from tests.bench.lines import Line, table
from tests.bench.loop import loop_over
from tests.bench.recording import Recorder, load, send_again
from tests.bench.rosters import Roster
from tests.bench.site_process import practice_site
from tests.bench.whole_way import send_file

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
        "core_webservice_get_site_info": 3,
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
