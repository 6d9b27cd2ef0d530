"""A disk that fills up, for real: a file system of a few megabytes, or a limit on the size of files."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchroles.sandbox import make_site, serve
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import holdings, id_roster, moodle_at, planned, run_through, saved

pytestmark = pytest.mark.long

ROWS = 40 * 100


@pytest.fixture
def practice() -> Iterator[Practice]:
    with serve(make_site(users=200, courses=60, categories=6)) as running:
        yield running


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 12 MB; only root may."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def apply(
    folder: Path, practice: Practice, most_bytes: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `batchroles apply` in a process of its own, whose files may not grow beyond `most_bytes`."""
    code = "from batchroles.cli import main; main()"
    if most_bytes is not None:
        # The signal would end the process; without it a write fails with EFBIG, as on a full disk.
        code = (
            "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
            f"resource.setrlimit(resource.RLIMIT_FSIZE, ({most_bytes}, {most_bytes})); {code}"
        )
    environment = {"MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, "apply", str(folder), "--settle-pause", "0.1", "--chunk-size", "20"],
        env={**environment, "TMPDIR": os.environ.get("TMPDIR", "/tmp")},  # noqa: S108 - the system's own
        capture_output=True,
        text=True,
        check=False,
    )


def assert_one_sentence(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 5, done.stderr
    assert "Traceback" not in done.stderr
    assert "make room on the disk" in done.stderr.splitlines()[-1]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_journal_or_report_that_cannot_grow_ends_with_exit_5(tmp_path: Path, practice: Practice) -> None:
    """A journal, then a report, that hits a limit: one sentence, exit code 5, and apply goes on when there is room."""
    path = id_roster(tmp_path / "ids.csv", range(10, 110), list(range(2, 42)))
    moodle = moodle_at(practice)
    saved(tmp_path / "run", planned(path, moodle)).close()
    size = (tmp_path / "run" / "run.db").stat().st_size
    assert_one_sentence(apply(tmp_path / "run", practice, most_bytes=60_000))
    assert_one_sentence(apply(tmp_path / "run", practice, most_bytes=size + 100_000))
    done = apply(tmp_path / "run", practice)
    assert (done.returncode, done.stdout.splitlines()[2]) == (0, f"{ROWS:,} done, 0 failed of {ROWS:,}")


def test_a_full_disk_ends_with_exit_5_and_apply_goes_on(
    tmp_path: Path, small_disk: Path, practice: Practice
) -> None:
    """On a file system without room: one sentence, exit code 5; with room again, the run ends as an undisturbed one."""
    path = id_roster(tmp_path / "ids.csv", range(10, 110), list(range(2, 42)))
    moodle = moodle_at(practice)
    run = small_disk / "run"
    saved(run, planned(path, moodle)).close()
    filler = small_disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - 50_000))
    assert_one_sentence(apply(run, practice))
    assert not list(run.glob(".*.part"))
    filler.write_bytes(bytes(max(0, shutil.disk_usage(small_disk).free + filler.stat().st_size - 250_000)))
    assert_one_sentence(apply(run, practice))
    filler.unlink()
    done = apply(run, practice)
    assert done.returncode == 0, done.stderr
    landed = holdings(practice)
    practice.reset()
    run_through(tmp_path / "calm", planned(path, moodle), moodle)
    assert holdings(practice) == landed
    assert (run / "success.csv").read_bytes() == (tmp_path / "calm" / "success.csv").read_bytes()
