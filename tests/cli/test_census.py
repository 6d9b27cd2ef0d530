"""The whole way by the command line on a Moodle 5.1 without the plugin: managers, parents, tutors; done and undone."""

import csv
import json
from pathlib import Path

import pytest

from tests.cli.test_commands import run
from tests.job.helpers import holdings, write_csv
from tests.job.newer import newer

ROWS = [
    ("u21", "manager", "category:name=Physics"),
    ("u22", "Manager", "system"),
    ("u30", "Mentor", "user:u01"),
    ("u30", "mentor", "user:u02"),
    ("u21", "teacher", "module:1"),
    ("u22", "student", "course:C-PHY-101"),
    ("u18", "manager", "category:name=Physics"),
    ("u05", "teacher", "module:1"),
    ("u18", "mentor", "user:u01"),
]
"""The last three are so already."""


@pytest.mark.parametrize("rest_format", ["json", "xml"])
def test_every_level_by_the_command_line(tmp_path: Path, rest_format: str) -> None:
    """Categories, the system, parents and activities are done, verified and undone; the census is the same then."""
    write_csv(tmp_path / "staff.csv", ["username", "role", "context"], ROWS)
    with newer() as practice:
        before = holdings(practice)
        site = {"BATCHROLES_REST_FORMAT": rest_format}
        done = run(tmp_path, practice, "assign", "staff.csv", "--verify", "--out", "run", "--json", **site)
        assert done.returncode == 0, done.stderr + done.stdout
        assert len(holdings(practice) - before) == 6
        summary = json.loads(done.stdout)
        undone = run(tmp_path, practice, "undo", "run", "--verify", "--out", "back", "--json", **site)
        assert undone.returncode == 0, undone.stderr + undone.stdout
        assert holdings(practice) == before
    assert (summary["statuses"], summary["codes"]) == ({"assigned": 6, "already": 3}, {})
    assert json.loads(undone.stdout)["statuses"] == {"unassigned": 6}
    assert "6 of 6 rows were read back from Moodle." in done.stderr + done.stdout
    assert 'Role ids read from the report "batchroles roles": manager = 1, mentor = 14.' in done.stderr
    with (tmp_path / "run" / "success.csv").open(newline="", encoding="utf-8-sig") as file:
        assert {row["_code"] for row in csv.DictReader(file)} == {""}


def test_roles_with_their_origins(tmp_path: Path) -> None:
    """`roles` lists every role of the site with where its id was learned, in JSON too."""
    with newer() as practice:
        listed = run(tmp_path, practice, "roles")
        found = json.loads(run(tmp_path, practice, "roles", "--json").stdout)
    assert listed.stdout.splitlines()[0].split("  ")[0] == "id"
    assert {role["id"] for role in found} == set(range(1, 15))
    assert {role["origin"] for role in found} >= {"report batchroles roles", "seen in course 2"}
    mentor = next(role for role in found if role["id"] == 14)
    assert mentor == {"id": 14, "shortname": "", "name": "Mentor", "origin": "report batchroles roles"}


def test_without_reports(tmp_path: Path) -> None:
    """With --no-reports nothing is read from reports, and what is not known is said."""
    write_csv(tmp_path / "staff.csv", ["username", "roleid", "context"], [("u21", 1, "system")])
    with newer() as practice:
        done = run(tmp_path, practice, "assign", "staff.csv", "--no-reports", "--verify", "--out", "run")
        assert not [name for name in practice.calls() if "reportbuilder" in name]
    assert done.returncode == 1
    assert "not in the whole site (1)" in done.stdout + done.stderr
