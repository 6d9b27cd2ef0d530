"""A run that is being planned: it has its folder from the first moment on, so that no older run is the last."""

import json
import shutil
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from batchroles.errors import BatchrolesError, RunError
from batchroles.reporter.writing import in_place_of
from batchroles.runs.lock import NAME, Lock

MARKER = "planning.json"
"""The file in a run's folder that says that there is no saved plan in it, and why."""


@dataclass(frozen=True)
class Beginning:
    """What the marker says."""

    created: str
    """When planning began, in UTC."""
    ended: str = ""
    """Why it ended before there was a plan; empty while it goes on, and where the process died."""

    @classmethod
    def of(cls, folder: Path) -> "Beginning":
        """Read a folder's marker. Raises RunError where it is damaged."""
        path = folder / MARKER
        try:
            found = cls(**json.loads(path.read_text(encoding="utf-8")))
            timed = datetime.fromisoformat(found.created).tzinfo is not None
        except (OSError, ValueError, TypeError) as error:
            raise RunError(f"{path} is damaged and is not believed") from error
        if not timed:
            raise RunError(f"{path} is damaged and is not believed")
        return found

    def write(self, folder: Path) -> None:
        """Put it into a folder, whole or not at all."""
        with in_place_of(folder / MARKER) as draft:
            draft.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")


class Draft:
    """The folder of a run that is being planned, in this process's hands. Use it as a context manager.

    Where no plan is saved in it, the folder is deleted if the command was wrong, and else says why there is none.
    """

    def __init__(self, folder: Path, beside: Sequence[Path] = ()) -> None:
        """`beside`: files and folders that were made for this one, and go with it."""
        self.folder = folder
        self._beside = beside
        self.hold = ExitStack()
        """The lock; whoever saves a plan in the folder takes it over."""
        self.hold.enter_context(Lock(folder))
        self._beginning = Beginning(datetime.now(UTC).isoformat())
        self._beginning.write(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self.hold:
            if not (self.folder / MARKER).exists():
                return  # there is a plan
            why = _why(error)
            if why:
                self._empty()
                with suppress(OSError):
                    Beginning(self._beginning.created, why).write(self.folder)
        # Only now that the lock is given back: Windows deletes no open file.
        if not why:
            self._remove()

    def _remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        for path in self._beside:
            with suppress(OSError):  # a folder that holds another run by now stays
                path.rmdir() if path.is_dir() else path.unlink()

    def _empty(self) -> None:
        """Leave no personal data where there is no run."""
        for path in self.folder.iterdir():
            # The lock is still held: without its file another process would make a new one, and lock that.
            if path.name not in (MARKER, NAME):
                with suppress(OSError):
                    path.unlink()


def saved(folder: Path) -> None:
    """Take the marker away: from now on there is a plan in the folder."""
    (folder / MARKER).unlink(missing_ok=True)


def _why(error: BaseException | None) -> str:
    """Say why there is no plan; empty where nothing is to be said of it: wrong usage, or nothing to do."""
    if error is None or (isinstance(error, BatchrolesError) and error.exit_code in (0, 2)):
        return ""
    if isinstance(error, BatchrolesError):
        return str(error).rstrip(".")
    return "a defect in batchroles" if isinstance(error, Exception) else "interrupted"
