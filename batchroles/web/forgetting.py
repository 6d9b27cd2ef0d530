"""What is forgotten: files and runs of people, so many days after something happened with them last."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

from batchroles.errors import BatchrolesError
from batchroles.runs.folders import delete
from batchroles.runs.lock import NAME as LOCK
from batchroles.web.desk import Desk
from batchroles.web.proposals import Proposals

EVERY = 3_600.0
"""Seconds between two looks."""
RUNS, PROPOSALS = "runs", "proposals"


@dataclass(frozen=True)
class Group:
    """Folders of one person that go together: a file, the run that it became, what tries that again or takes it back.

    Without the run an undo could not be understood, and without the undo the run would seem never to have been taken
    back.
    """

    folders: tuple[Path, ...]
    last: datetime
    """When something happened with one of them last."""


def groups(person: Path) -> list[Group]:
    """Give the groups below a person's folder."""
    group_of = {folder: {folder} for folder in _folders(person)}
    for proposal in Proposals(person / PROPOSALS).all():
        own = person / PROPOSALS / proposal.id
        for name in filter(None, (proposal.run, proposal.sent)):
            _join(group_of, own, person / RUNS / name)
    unique = {id(group): group for group in group_of.values()}
    # Runs first: where one cannot be deleted, because another process works on it, all that belongs to it stays.
    ordered = (
        sorted(one, key=lambda folder: (folder.parent.name != RUNS, folder)) for one in unique.values()
    )
    return [Group(tuple(one), max(map(_last, one))) for one in ordered]


def kept_until(person: Path, folder: Path, days: int) -> datetime:
    """Say when a run or a proposal will be forgotten if nothing happens with it any more."""
    last = next((group.last for group in groups(person) if folder in group.folders), datetime.now(UTC))
    return last + timedelta(days=days)


def forget(desk: Desk, now: datetime | None = None) -> list[Path]:
    """Forget what is old enough; gives the folders that are gone. What is worked on stays, by whomever."""
    before = (now or datetime.now(UTC)) - timedelta(days=desk.office.keep)
    gone: list[Path] = []
    for person in [one for one in desk.office.folder.iterdir() if one.is_dir() and not one.is_symlink()]:
        for group in groups(person):
            if group.last < before and not _busy(group, desk):
                gone += takewhile(_deleted, group.folders)
        for empty in (person / RUNS, person / PROPOSALS, person):
            with suppress(OSError):  # it is not empty, or not there
                empty.rmdir()
    return gone


@contextmanager
def forgetting(desk: Desk) -> Iterator[None]:
    """Look now, and every hour while the context lasts."""
    over = threading.Event()

    def look() -> None:
        while True:
            with suppress(OSError):  # a folder that goes while it is looked at: next hour
                forget(desk)
            if over.wait(EVERY):
                return

    thread = threading.Thread(target=look, name="forgetting", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()


def _folders(person: Path) -> Iterator[Path]:
    for kind in (RUNS, PROPOSALS):
        with suppress(FileNotFoundError):
            yield from (one for one in (person / kind).iterdir() if one.is_dir() and not one.is_symlink())


def _join(group_of: dict[Path, set[Path]], one: Path, other: Path) -> None:
    if one not in group_of or other not in group_of or group_of[one] is group_of[other]:
        return
    joined = group_of[one] | group_of[other]
    for folder in joined:
        group_of[folder] = joined


def _last(folder: Path) -> datetime:
    """Give when something was written in a folder; a lock is written by whoever only looks."""
    times = [folder.stat().st_mtime]
    with suppress(OSError):
        # The folder's own time counts only while it is empty: what is deleted in it is no event.
        times = [one.stat().st_mtime for one in folder.iterdir() if one.name != LOCK] or times
    return datetime.fromtimestamp(max(times), UTC)


def _busy(group: Group, desk: Desk) -> bool:
    return not going(desk).isdisjoint(group.folders)


def going(desk: Desk) -> set[Path]:
    """Give the folders of what goes on in this process."""
    kinds = {"check": PROPOSALS, "run": RUNS}
    return {Path(key[1]) / kinds[key[0]] / key[2] for key in desk.works.going() if isinstance(key, tuple)}


def _deleted(folder: Path) -> bool:
    try:
        if folder.parent.name == RUNS:
            delete(folder)  # not one that another process works on
        else:
            shutil.rmtree(folder)
    except (BatchrolesError, OSError):
        return False
    return True
