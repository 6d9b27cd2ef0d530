"""Runs and the sites that they were planned for, when the same address comes to serve another one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from batchroles.client import Moodle
from batchroles.client.functions import SITE_INFO
from batchroles.errors import RunError
from batchroles.job import Checks, Run, apply, retry, undo
from batchroles.sandbox import make_site, serve
from tests.job.helpers import PATIENCE, holdings, id_roster, moodle_at, planned, run_through, saved, write_csv

SITE = make_site(users=60, courses=12, categories=3)


def changed(how: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Give the site after something happened to it."""
    site: dict[str, Any] = json.loads(json.dumps(SITE))
    how(site)
    return site


def renamed(site: dict[str, Any]) -> None:
    site["site"]["fullname"] = "Another Moodle"


def reinstalled(site: dict[str, Any]) -> None:
    """Give the highest ids to other people, as a copy of a site does that went on by itself."""
    for user in site["users"][-3:]:
        user["username"] += ".other"


def upgraded(site: dict[str, Any]) -> None:
    site["versions"]["moodle_release"] = "5.1.7 (Build: 20261012)"
    site["versions"]["moodle_version"] = "2025100607"


def bot_renamed(site: dict[str, Any]) -> None:
    next(user for user in site["users"] if user["username"] == "wsbot")["username"] = "wsbot2"


@pytest.mark.parametrize(
    ("happened", "says"),
    [
        (renamed, r'planned for the site "Practice Moodle" .* is the site "Another Moodle"'),
        (reinstalled, r'was ".*"; at .* this is ".*\.other" now'),
        (upgraded, ""),
        (bot_renamed, ""),
    ],
)
def test_another_site_at_the_same_address_is_refused(
    tmp_path: Path, happened: Callable[[dict[str, Any]], None], says: str
) -> None:
    """Apply, retry and undo refuse a site that is another one, before anything is sent; an upgraded one is the same."""
    ids = [user["id"] for user in SITE["users"][5:]]
    rows = [*((user, 5, 2) for user in ids), (ids[0], 999, 2)]
    path = write_csv(tmp_path / "ids.csv", ["userid", "roleid", "courseid"], rows)
    with serve(SITE) as practice:
        port = int(practice.url.rpartition(":")[2])
        moodle = moodle_at(practice)
        run_through(tmp_path / "done", planned(path, moodle, existing=True), moodle)
        saved(tmp_path / "open", planned(path, moodle)).close()
    with serve(changed(happened), port=port) as practice:
        moodle = moodle_at(practice)
        before = holdings(practice)
        with Run.open(tmp_path / "open") as run, Run.open(tmp_path / "done") as done:
            for act in (
                lambda: apply(run, moodle),
                lambda: undo(done, moodle),
                lambda: retry(done, moodle, Checks()),
            ):
                if says:
                    with pytest.raises(RunError, match=says):
                        act()
            if says:
                assert holdings(practice) == before
            else:
                assert apply(run, moodle).tally.statuses["refused"] == 1


def test_a_token_of_another_user_is_refused(tmp_path: Path) -> None:
    """Another user's token is refused with both names; another token of the same user is not."""
    path = id_roster(tmp_path / "ids.csv", [10, 11], [2])
    with serve(SITE) as practice:
        saved(tmp_path / "run", planned(path, moodle_at(practice))).close()
        tokens = {one["username"]: one["token"] for one in practice.raw["tokens"]}
        other = Moodle(practice.url, tokens["admin"], retry=PATIENCE)
        with (
            Run.open(tmp_path / "run") as run,
            pytest.raises(RunError, match=r"of wsbot \(user id 3\), and this is one of admin"),
        ):
            apply(run, other)


def test_no_key_of_site_info_is_kept(tmp_path: Path) -> None:
    """Of site info only the site's and the user's names and the user's id are kept: no key, no secret."""
    path = id_roster(tmp_path / "ids.csv", [10], [2])
    with serve(SITE) as practice:
        moodle = moodle_at(practice)
        info = moodle.call("core_webservice_get_site_info")
        assert isinstance(info, dict)
        saved(tmp_path / "run", planned(path, moodle)).close()
    content = b"".join(one.read_bytes() for one in (tmp_path / "run").iterdir())
    assert info["userprivateaccesskey"].encode() not in content
    with Run.look(tmp_path / "run") as run:
        assert set(run.journal.head.identity) == {"siteurl", "sitename", "userid", "username"}


def test_the_site_is_asked_who_it_is_once_for_a_plan_and_once_before_sending(tmp_path: Path) -> None:
    """However much of planning needs to know it, site info is asked for once, and again where it may have changed."""
    users = [user["username"] for user in SITE["users"][20:30]]
    course = SITE["courses"][3]["shortname"]
    path = write_csv(
        tmp_path / "names.csv", ["username", "role", "course"], [(user, "student", course) for user in users]
    )
    with serve(SITE) as practice:
        moodle = moodle_at(practice)
        plan = planned(path, moodle, probe=True, existing=True)
        assert practice.calls()[SITE_INFO] == 1
        run_through(tmp_path / "run", plan, moodle)
        assert practice.calls()[SITE_INFO] == 2
