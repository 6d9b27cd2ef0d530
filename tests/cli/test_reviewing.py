"""The commands for those who look at what people hold, as processes on a site with the reports."""

import csv
import json
from pathlib import Path

from jsonschema import Draft202012Validator

import batchroles
from batchroles import guide
from tests.cli.test_commands import run
from tests.job.helpers import holdings, moodle_at, write_csv
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


def decide(path: Path, user: str, context: str, decision: str) -> None:
    """Write a decision into the row of a person and place."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        header, *rows = csv.reader(file)
    names = {name: at for at, name in enumerate(header)}
    for row in rows:
        if (row[names["username"]], row[names["context"]]) == (user, context):
            row[names["decision"]] = decision
    write_csv(path, header, rows)


def test_a_review_is_shown_saved_applied_and_taken_back(tmp_path: Path) -> None:
    """`review` does what the export decides, says what was withheld, and `undo` brings it back."""
    schema = Draft202012Validator(json.loads(guide.schema()))
    with newer() as practice:
        before = holdings(practice)
        assert run(tmp_path, practice, "export", "who.csv", "--review").returncode == 0
        decide(tmp_path / "who.csv", "u01", "course:C-PHY-102", "remove")
        shown = run(tmp_path, practice, "review", "who.csv", "--dry-run", "--json")
        assert holdings(practice) == before
        done = run(tmp_path, practice, "review", "who.csv", "--json")
        assert len(before - holdings(practice)) == 1
        again = run(tmp_path, practice, "review", "who.csv")
        assert len(before - holdings(practice)) == 1
        back = run(tmp_path, practice, "undo", json.loads(done.stdout)["run"])
        assert holdings(practice) == before
        retried = run(tmp_path, practice, "retry", json.loads(done.stdout)["run"])
    for ended in (shown, done):
        schema.validate(json.loads(ended.stdout))
    assert [ended.returncode for ended in (shown, done, again, back, retried)] == [0, 0, 3, 0, 2]
    assert json.loads(shown.stdout)["lines"][0]["action"] == "unassign"
    assert "1 row is withheld, because the site is not any more as it was exported" in again.stderr
    assert "--approve-removals" not in again.stderr


def test_both_from_python(tmp_path: Path) -> None:
    """`batchroles.review` gives a plan that `apply` sends, and `batchroles.why` knows the run that did."""
    with newer() as practice:
        moodle = moodle_at(practice)
        rows = batchroles.export(moodle, review=True)
        chosen = (rows["username"] == "u01") & (rows["context"] == "course:C-PHY-102")
        rows.loc[chosen, "decision"] = "remove"
        rows.to_csv(tmp_path / "who.csv", index=False)
        plan = batchroles.review(tmp_path / "who.csv", moodle, max_removals="5%", time_zone="UTC")
        assert plan.summary.tally.by_change == {"unassign": 1}
        result = batchroles.apply(plan, moodle, out=tmp_path / "runs" / "review")
        told = batchroles.why("u01", moodle, "course:C-PHY-102", runs=[tmp_path / "runs"], state=tmp_path)
    assert result.rows["_status"].tolist() == ["unassigned"]
    ((gone,),) = [told.gone]
    assert (gone.role, gone.taken.run, gone.taken.file) == ("student", "review", "who.csv")
