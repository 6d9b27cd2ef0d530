"""The commands for those who look at what people hold, as processes on a site with the reports."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from batchroles import guide
from tests.cli.test_commands import run
from tests.job.helpers import write_csv
from tests.job.newer import newer

ROWS = [("u21", "student", "course:C-PHY-102"), ("u15", "student", "course:C-COH")]


def test_why_names_the_run_and_the_plugin(tmp_path: Path) -> None:
    """`why` says of each role what gave it: the run in batchroles-runs with its row, or the plugin; in JSON, too."""
    write_csv(tmp_path / "roster.csv", ["username", "role", "context"], ROWS)
    with newer() as practice:
        assert run(tmp_path, practice, "assign", "roster.csv").returncode == 0
        given = run(tmp_path, practice, "why", "u21", "course:C-PHY-102", "--json")
        plugin = run(tmp_path, practice, "why", "email=u15@example.edu")
        nobody = run(tmp_path, practice, "why", "nobody")
        nowhere = run(tmp_path, practice, "why", "u21", "course:NOWHERE")
    told = json.loads(given.stdout)
    Draft202012Validator(json.loads(guide.schema())).validate(told)
    ((held,),) = [told["holdings"]]
    assert (held["origin"], held["run"]["file"], held["run"]["row"]) == ("run", "roster.csv", 2)
    assert "given by cohort sync (enrol_cohort, 37)" in plugin.stdout
    assert [(ended.returncode, ended.stderr[:22]) for ended in (nobody, nowhere)] == [
        (2, "batchroles: nobody: Us"),
        (2, "batchroles: course:NOW"),
    ]
