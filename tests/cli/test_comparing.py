"""The command `compare`: which words are files and which are profiles, its list, its JSON, and what a schedule sees."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from batchroles import guide
from batchroles.sandbox import serve
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.wire.practice import Practice
from tests.cli.running import Ended, Shell
from tests.job.census.twins import site

SCHEMA = json.loads(guide.schema())


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Practice, Practice]]:
    with (
        serve(site("https://old.example.edu")) as old,
        serve(site("https://new.example.edu", before=2, holdings=False)) as new,
    ):
        yield old, new


@pytest.fixture
def sites(running: tuple[Practice, Practice], shell: Shell) -> tuple[Practice, Practice]:
    old, new = running
    for practice in running:
        practice.reset()
    shell.configure(
        f'default-site = "old"\n[site.old]\nurl = "{old.url}"\ntoken = "{old.token}"\n'
        f'[site.new]\nurl = "{new.url}"\ntoken = "{new.token}"\n[site.new.roles]\neditingteacher = 3\n'
    )
    return running


def lose_one(now: Site) -> None:
    """Take the last role away, as somebody does in the browser."""
    now.role_assignments.remove(list(now.role_assignments.rows.values())[-1])


def told(ended: Ended) -> dict[str, object]:
    content = json.loads(ended.out)
    Draft202012Validator({**SCHEMA, "anyOf": [{"$ref": "#/$defs/compare"}]}).validate(content)
    assert content["exit_code"] == ended.code
    return dict(content)


def test_a_migration_by_the_command_line(shell: Shell, sites: tuple[Practice, Practice]) -> None:  # noqa: ARG001
    """Two profiles, whatever MOODLE_URL says: a list that `assign` takes, after which nothing differs."""
    env = {"MOODLE_URL": "https://nowhere.example.edu", "MOODLE_TOKEN": "x" * 32}
    roles = ("--role-map", "editingteacher=3")
    first = shell.run("compare", "old", "new", "--out", "moves.xlsx", *roles, env=env)
    assert first.code == 1, first.err
    assert first.out.splitlines()[-2:] == [
        "76 holdings only in A, 0 holdings only in B; 4 holdings are in both.",
        "moves.xlsx: 76 rows for B; batchroles plan of it shows what would be sent.",
    ]
    assigned = shell.run("assign", "moves.xlsx", "--site", "new", "--yes")
    assert "76 done, 0 failed of 76" in assigned.out, assigned.err
    assert (
        shell.run("compare", "old", "new").out.splitlines()[-1] == "Nothing differs: 80 holdings are in both."
    )
    assert told(shell.run("compare", "old", "new", "--json"))["both"] == 80


def test_a_watch_on_one_site(shell: Shell, sites: tuple[Practice, Practice]) -> None:
    """A schedule hears nothing while nothing drifts, and then what did, in JSON and in the log."""
    shell.run("export", "last.csv")
    words = ("compare", "last.csv", "--same-site", "--quiet", "--log-file", "watch.log")
    assert shell.run(*words) == Ended(0, "", "")
    sites[0].change(lose_one)
    drifted = told(shell.run(*words, "--json"))
    assert drifted["differences"] == [
        {
            "only_in": "a",
            "username": "oscar.baker0039",
            "role": "warden",
            "context": "system",
            "place": "System",
            "given_by": "by hand",
        }
    ]
    log = Path("watch.log").read_text(encoding="utf-8")
    assert "compared" in log
    assert "only_a=1" in log
    assert "oscar" not in log
    refused = shell.run(*words, "--site", "new")
    assert (refused.code, "these are two sites" in refused.err) == (2, True)


def test_a_list_for_both_ways(shell: Shell, sites: tuple[Practice, Practice]) -> None:
    """With --both the list has actions; a file that is there is written over with --force alone."""
    shell.run("export", "last.csv")
    sites[0].change(lose_one)
    assert shell.run("export", "now.csv").code == 0
    assert shell.run("compare", "now.csv", "last.csv", "--out", "list.csv", "--both").code == 1
    with Path("list.csv").open(newline="", encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)
    assert (row["action"], row["username"], row["context"]) == ("unassign", "oscar.baker0039", "system")
    again = shell.run("compare", "now.csv", "last.csv", "--out", "list.csv")
    assert (again.code, "list.csv exists" in again.err) == (2, True)
    alone = shell.run("compare", "now.csv", "last.csv", "--both")
    assert (alone.code, "name the list with --out" in alone.err) == (2, True)


def test_a_word_that_is_nothing(shell: Shell, sites: tuple[Practice, Practice]) -> None:  # noqa: ARG001
    """What is neither a file nor a profile is refused with the profiles that there are."""
    refused = shell.run("compare", "lost.xlsx", "new")
    assert refused.code == 2
    assert "lost.xlsx is neither a file nor a profile" in refused.err
    assert refused.err.rstrip().endswith("the profiles there are: old, new.")
