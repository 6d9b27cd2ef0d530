"""A run's folder: `batchroles-runs/<time>-<file name>/`, private, because it holds personal data."""

import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from batchroles.errors import InputError, RunError
from batchroles.runs.lock import Lock

DEFAULT = Path("batchroles-runs")
JOURNAL = "run.db"


def make_folder(out: Path | None, name: str, runs: Path = DEFAULT) -> Path:
    """Make the folder of a new run: `out` where one is given, else a new one inside `runs`.

    Raises InputError where `out` holds a run already or cannot be made.
    """
    try:
        if out is not None:
            return _make_named(out)
        return _make_new(runs, name)
    except OSError as error:
        raise InputError(
            f"the run's folder {out or runs} cannot be made ({error.strerror}): choose another with --out"
        ) from error


def _make_named(out: Path) -> Path:
    if out.is_dir() and any(out.iterdir()):
        raise InputError(f"{out} is not empty: choose another folder with --out")
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    out.chmod(0o700)
    return out


def _make_new(runs: Path, name: str) -> Path:
    runs.mkdir(parents=True, exist_ok=True)
    plain = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "run"
    stem = f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{plain}"
    for count in range(1, 1000):
        folder = runs / (stem if count == 1 else f"{stem}-{count}")
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder
    raise InputError(f"{runs} has too many runs of this second: wait and try again")


@dataclass(frozen=True)
class Runs:
    """The runs of one folder, oldest first by name: names begin with the time."""

    folder: Path = DEFAULT

    def all(self) -> list[Path]:
        """Give the folders of all runs."""
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if (path / JOURNAL).is_file())

    def find(self, name: str) -> Path:
        """Give the run that `name` means: a folder, `last`, or an unambiguous part of a run's name."""
        if not name.strip():
            raise RunError("the run's name is empty: batchroles runs lists the runs")
        if (Path(name) / JOURNAL).is_file():
            return Path(name)
        runs = self.all()
        if name == "last" and runs:
            return runs[-1]
        exact = [run for run in runs if run.name == name]
        return _only(exact or [run for run in runs if name in run.name], name, self.folder)

    def forget(self, name: str) -> Path:
        """Delete a run with all that it holds, unless a process works on it; gives the folder that is gone."""
        run = self.find(name)
        with Lock(run):
            pass  # let go before deleting: Windows deletes no open file
        try:
            shutil.rmtree(run)
        except OSError as error:
            raise RunError(f"{run} cannot be deleted ({error.strerror})") from error
        return run


def _only(runs: list[Path], name: str, folder: Path) -> Path:
    if len(runs) == 1:
        return runs[0]
    if not runs:
        raise RunError(
            f"no run is called {name} in {folder}: batchroles runs lists them; a folder's path works too"
        )
    names = ", ".join(run.name for run in runs[:5])
    raise RunError(f"{len(runs)} runs are called {name} ({names}): write more of the name")
