"""A run's folder: `batchroles-runs/<time>-<file name>/`, private, because it holds personal data."""

import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from batchroles.errors import BatchrolesError, InputError, RunError, TemporaryFailure
from batchroles.runs.drafts import MARKER, Beginning, Draft
from batchroles.runs.journal import glance
from batchroles.runs.lock import Lock

DEFAULT = Path("batchroles-runs")
JOURNAL = "run.db"
LAST = "last"
POINTER = ".elsewhere"
"""The end of the name of a file that holds the path of a run's folder: of one that stands elsewhere."""
GUARDED = 3
"""The exit code of a run that a guard stopped."""
AHEAD = timedelta(minutes=5)
"""So far may another machine's clock be ahead of this one's."""
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


def begin(out: Path | None, name: str, runs: Path = DEFAULT) -> Draft:
    """Make the folder of a new run, with the marker that it is being planned. Raises InputError as `make_folder`."""
    # Looked up before it is made: a wrong command takes away only what it made itself.
    beside = [] if runs.exists() else [runs]
    folder = make_folder(out, name, runs)
    try:
        if out is not None and runs.is_dir() and folder.resolve().parent != runs.resolve():
            # Else the last run would be an older one.
            beside.append(runs / f"{_stem(name)}{POINTER}")
            # As bytes: on Linux a path need not be text of any encoding.
            beside[-1].write_bytes(os.fsencode(folder.resolve()))
        return Draft(folder, beside)
    except OSError as error:
        raise TemporaryFailure(
            f"{folder} cannot be written to ({error.strerror}): make room on the disk"
        ) from error


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
    # A folder that was there keeps its mode through mkdir.
    out.chmod(0o700)
    return out


def _make_new(runs: Path, name: str) -> Path:
    runs.mkdir(parents=True, exist_ok=True)
    stem = _stem(name)
    for count in range(1, 1000):
        folder = runs / (stem if count == 1 else f"{stem}-{count}")
        try:
            # mkdir decides, not a look before it: two processes of one second would both see the name free.
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder
    raise InputError(f"{runs} has too many runs of this second: wait and try again")


def _stem(name: str) -> str:
    """Name a run by the local time, for people: what orders runs stands in their journals."""
    plain = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "run"
    return f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{plain}"


@dataclass(frozen=True)
class Entry:
    """One folder among runs: a run, or a draft that never became one."""

    folder: Path
    created: datetime | None = None
    """When it was planned, or planning began; None where that cannot be read."""
    number: int = 0
    stopped: int | None = None
    """The exit code of what ended the run early."""
    ended: str | None = None
    """Of a draft: why there is no plan; empty while it is made, and where the process died."""
    damage: str = ""
    """Why it cannot be read."""

    @classmethod
    def of(cls, folder: Path) -> "Entry":
        """Look at a folder."""
        try:
            if (folder / MARKER).exists():
                beginning = Beginning.of(folder)
                return cls(folder, datetime.fromisoformat(beginning.created), ended=beginning.ended)
            seen = glance(folder)
        except BatchrolesError as error:
            return cls(folder, damage=str(error))
        return cls(folder, seen.created, seen.number, seen.stopped)

    @property
    def is_run(self) -> bool:
        """Whether there is a plan in it, as far as can be seen."""
        return self.ended is None

    def told(self) -> str:
        """Say of a draft what became of it."""
        if self.ended:
            return f"ended before there was a plan ({self.ended}); nothing was sent"
        try:
            # A lock that can be taken is nobody's: the kernel gave it back when the planning process died.
            with Lock(self.folder):
                return "was stopped before there was a plan; nothing was sent"
        except RunError:
            return "is being planned by another process"


@dataclass(frozen=True)
class Runs:
    """The runs of one folder, oldest first by the time in their journals."""

    folder: Path = DEFAULT

    def entries(self) -> list[Entry]:
        """Give all runs and drafts; first those whose time cannot be read."""
        try:
            inside = list(self.folder.iterdir())
        except OSError:
            return []
        elsewhere = filter(None, map(_pointed_to, [path for path in inside if path.suffix == POINTER]))
        # A run may stand inside and be pointed to as well (--out batchroles-runs/x): it counts once.
        places = {path.resolve(): path for path in [*elsewhere, *inside]}
        found = [Entry.of(path) for path in places.values() if _holds_something(path)]
        return sorted(found, key=lambda one: (one.created or BEFORE_ALL, one.folder.name))

    def inside(self, name: str) -> Path | None:
        """Give the run that is called exactly so in this folder, None where there is none: no other is looked into.

        The name is looked for, never made a path of.
        """
        try:
            folder = next((path for path in self.folder.iterdir() if path.name == name), None)
        except OSError:
            return None
        found = folder is not None and _holds_something(folder) and Entry.of(folder).is_run
        return folder if found else None

    def all(self) -> list[Path]:
        """Give the folders of all runs."""
        return [entry.folder for entry in self.entries() if entry.is_run]

    def find(self, name: str) -> Path:
        """Give the run that `name` means: `last`, a folder, or an unambiguous part of a run's name.

        Raises RunError where there is none, several, or a draft that never became one.
        """
        entry = self._entry(name)
        if not entry.is_run:
            raise RunError(f"{entry.folder.name} {entry.told()}: give the file again")
        return entry.folder

    def to_apply(self, name: str, *, agreed: bool) -> Path:
        """Do so for somebody who is about to send: a run that a guard stopped is meant only if it is named."""
        entry = self._entry(name)
        if name == LAST and entry.stopped == GUARDED and not agreed:
            raise RunError(
                f"the last run, {entry.folder.name}, was stopped by a guard: look at it (batchroles show last), then"
                f" send the rest by batchroles apply {entry.folder}, or say --yes"
            )
        return self.find(name)

    def named(self, name: str) -> Path:
        """Give the folder that `name` means, of a run or of a draft."""
        return self._entry(name).folder

    def forget(self, name: str) -> Path:
        """Delete a run with all that it holds, unless a process works on it; gives the folder that is gone."""
        folder = self.named(name)
        delete(folder)
        return folder

    def _entry(self, name: str) -> Entry:
        if not name.strip():
            raise RunError("the run's name is empty: batchroles runs lists the runs")
        if name == LAST:
            return self._last()
        if _holds_something(Path(name)):
            return Entry.of(Path(name))
        entries = self.entries()
        exact = [entry for entry in entries if entry.folder.name == name]
        return _only(exact or [entry for entry in entries if name in entry.folder.name], name, self.folder)

    def _last(self) -> Entry:
        """Give the newest of all. Raises RunError where it is not certain which one that is, or it is no run."""
        entries = self.entries()
        if not entries:
            raise RunError(f"there is no run in {self.folder} yet; a run elsewhere is named by its folder")
        for entry in entries:
            if entry.damage:
                raise RunError(
                    f"which run is the last is not certain, because {entry.folder.name} cannot be read"
                    f" ({entry.damage}): name the run; batchroles runs --forget {entry.folder.name} deletes that one"
                )
        last = entries[-1]
        if last.created and last.created > datetime.now(UTC) + AHEAD:
            raise RunError(
                f"which run is the last is not certain: {last.folder.name} says that it was planned on"
                f" {last.created:%d %B %Y at %H:%M} UTC, which is still to come: name the run"
            )
        if not last.is_run:
            raise RunError(
                f"the last run, {last.folder.name}, {last.told()}: give the file again, or name a run"
            )
        highest = max((entry for entry in entries if entry.is_run), key=lambda one: one.number)
        if highest.number > last.number:
            raise RunError(
                f"which run is the last is not certain: {last.folder.name} has the latest time, but"
                f" {highest.folder.name} was saved later (was the clock set back?): name the run"
            )
        return last


def delete(folder: Path) -> None:
    """Delete a run's folder, unless a process works on it; links are taken away, not what they lead to."""
    with Lock(folder):
        pass  # let go before deleting: Windows deletes no open file
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise RunError(f"{folder} cannot be deleted ({error.strerror})") from error


def next_number(folder: Path) -> int:
    """Give the number of a run that is about to be saved: higher than those beside it, and where runs stand else."""
    entries = [*Runs(folder.parent).entries(), *Runs().entries()]
    return 1 + max((entry.number for entry in entries), default=0)


def _holds_something(folder: Path) -> bool:
    try:
        return (folder / JOURNAL).is_file() or (folder / MARKER).is_file()
    except (OSError, ValueError):
        return False


def _pointed_to(pointer: Path) -> Path | None:
    try:
        folder = Path(os.fsdecode(pointer.read_bytes()))
        return folder if _holds_something(folder) else None
    except (OSError, ValueError):
        return None


def _only(entries: list[Entry], name: str, folder: Path) -> Entry:
    if len(entries) == 1:
        return entries[0]
    if not entries:
        raise RunError(
            f"no run is called {name} in {folder}: batchroles runs lists them; a folder's path works too"
        )
    names = ", ".join(entry.folder.name for entry in entries[:5])
    raise RunError(f"{len(entries)} runs are called {name} ({names}): write more of the name")
