"""What a power cut would leave: no power is cut here, but the system says what was on disk before a call left."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from batchroles.sandbox import serve
from tests.job.helpers import id_roster, moodle_at, planned, saved

CALLS, AT_ONCE = 20, 3


def traced(log: Path, folder: Path, url: str, token: str) -> list[str]:
    """Apply a run under strace; gives what it synced and what it sent, in order."""
    watched = [
        shutil.which("strace") or "strace",
        "-f",
        "-y",
        "-e",
        "trace=fsync,fdatasync,sendto",
        "-s",
        "600",
    ]
    apply = [
        sys.executable,
        "-m",
        "batchroles",
        "apply",
        str(folder),
        "--chunk-size",
        "2",
        "--workers",
        str(AT_ONCE),
    ]
    done = subprocess.run(
        [*watched, "-o", str(log), *apply],
        env={"MOODLE_URL": url, "MOODLE_TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in done.stderr and not log.exists():
        pytest.skip("processes may not be watched here")
    assert done.returncode == 0, done.stderr
    return log.read_text(errors="replace").splitlines()


@pytest.mark.skipif(shutil.which("strace") is None, reason="watching what is on disk needs strace")
def test_every_intent_and_the_results_are_on_disk_in_time(tmp_path: Path) -> None:
    """The journal is put on disk before calls leave: before the first, and again before more leave than go at once.

    In the end the reports and their folder are on disk.
    """
    path = id_roster(tmp_path / "ids.csv", range(10, 10 + CALLS), [2, 3])
    with serve() as practice:
        saved(tmp_path / "run", planned(path, moodle_at(practice))).close()
        events = traced(tmp_path / "log", tmp_path / "run", practice.url, practice.token)
    sent, since_synced = 0, AT_ONCE
    for event in events:
        if "run.db-wal>" in event and "sync(" in event:
            since_synced = 0
        if "sendto(" in event and "assignments" in event and "core_role_assign_roles" in event:
            sent += 1
            since_synced += 1
            assert since_synced <= AT_ONCE
    assert sent == CALLS
    rest = "\n".join(events)
    for name in ("success.csv", "failed.csv", "results.xlsx", "summary.json"):
        assert f"/run/.{name}.part>" in rest
    assert "/run>" in rest
