"""What a newcomer runs first."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT


def test_the_demo_shows_the_whole_way(tmp_path: Path) -> None:
    """The demo starts a practice site, runs the roster, shows summary and failed rows, and leaves the results."""
    own = {
        name: value for name, value in os.environ.items() if not name.startswith(("BATCHROLES_", "MOODLE_"))
    }
    done = subprocess.run(
        [sys.executable, str(ROOT / "samples" / "demo.py")],
        cwd=tmp_path,
        env=own | {"PYTHONPATH": str(ROOT), "BATCHROLES_CONFIG": str(tmp_path / "none.toml")},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    steps = re.findall(r"^==> (.+?)(?: --out .*| batchroles-runs.*)?$", done.stdout, re.MULTILINE)
    assert steps == [
        "batchroles sandbox",
        "batchroles assign samples/roster.xlsx --yes",
        "Exit code 1: finished; some rows failed. They are in failed.csv, which begins:",
        "Open",
        "batchroles stays, to be called as below: for this run once more, and for a practice Moodle of your own.",
    ]
    show, sandbox = done.stdout.splitlines()[-2:]
    assert sandbox == f"{show.partition(' show ')[0]} sandbox"
    again = subprocess.run(  # noqa: S602 - a person types it into a shell
        show,
        shell=True,
        cwd=tmp_path,
        env=own,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert "490 done, 14 failed of 504" in again.stdout
    assert "\n490 done, 14 failed of 504\n" in done.stdout
    assert [path.name for path in tmp_path.glob("batchroles-runs/*/results.xlsx")] == ["results.xlsx"]
