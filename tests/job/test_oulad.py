"""A year of somebody else's registrar: 32,593 real, anonymised registrations, in one command."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from batchroles.sandbox import serve
from batchroles.sandbox.making.roster import roster_site
from tests.job.helpers import holdings
from tests.job.year import REGISTRATIONS


def to_roster(path: Path) -> Path:
    """Turn the registrations into rows of ID number, role and context."""
    with (
        REGISTRATIONS.open(newline="", encoding="utf-8") as file,
        path.open("w", newline="", encoding="utf-8") as out,
    ):
        writer = csv.writer(out)
        writer.writerow(["idnumber", "role", "context"])
        for row in csv.DictReader(file):
            course = f"{row['code_module']}_{row['code_presentation']}"
            writer.writerow([row["id_student"], "student", f"course:{course}"])
    return path


@pytest.mark.shared
def test_every_registration_of_a_real_year_is_accounted_for(tmp_path: Path) -> None:
    """All 32,593 rows are assigned by one command, each exactly once on the site."""
    roster = to_roster(tmp_path / "oulad.csv")
    with serve(roster_site(roster)) as practice:
        before = holdings(practice)
        command = [
            sys.executable,
            "-m",
            "batchroles",
            "assign",
            str(roster),
            "--json",
            "--out",
            str(tmp_path / "run"),
        ]
        environment = {"MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert len(holdings(practice) - before) == 32_593
    summary = json.loads(done.stdout)
    assert (summary["rows"], summary["statuses"]) == (32_593, {"assigned": 32_593})
    assert summary["calls"]["core_role_assign_roles"] == -(-32_593 // 200)
