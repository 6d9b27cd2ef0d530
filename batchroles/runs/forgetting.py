"""Which old runs can go: those that are over, and that no other run needs to be understood."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from batchroles.errors import InputError, RunError
from batchroles.models import Status
from batchroles.runs.folders import Entry, Runs
from batchroles.runs.journal import Journal
from batchroles.runs.lock import Lock
from batchroles.text import count_of


@dataclass(frozen=True)
class Old:
    """A run, or a draft that never became one, that is older than it should be."""

    entry: Entry
    kept: str = ""
    """Why it stays all the same; empty where it can go."""


def moment_of(age: str) -> datetime:
    """Turn `90d` or `12w` into the moment so long ago. Raises InputError."""
    match = re.fullmatch(r"(\d{1,5})([dw])", age.strip())
    if match is None:
        raise InputError(f"--older-than {age}: write days or weeks, as 90d or 12w")
    return datetime.now(UTC) - timedelta(**{{"d": "days", "w": "weeks"}[match[2]]: int(match[1])})


def old_runs(runs: Runs, before: datetime) -> list[Old]:
    """Give what ended before a moment, and of each whether it can go; what cannot be read, too, because nobody knows.

    What stands elsewhere, is worked on, cannot be read, or has rows that are still to be sent stays; so do the last run
    of a sync, which its ledger may need, and an undo as long as the run stays that it took back, which would else seem
    never to have been taken back.
    """
    found = [_Seen.of(entry, runs.folder) for entry in runs.entries()]
    kept = {one.name: one.kept or ("" if one.is_old(before) else "is not old yet") for one in found}
    # Oldest first: what a ledger has not taken in yet can only stand in the last run of its sync.
    last = {one.sync: one.name for one in found if one.sync}
    kept |= {name: kept[name] or f"is the last of the sync {sync[1]}" for sync, name in last.items()}
    # Again until nothing changes: an undo may itself have been undone.
    while held := [one for one in found if not kept[one.name] and kept.get(one.undoes)]:
        kept |= {one.name: f"takes back {one.undoes}, which stays" for one in held}
    return [Old(one.entry, kept[one.name]) for one in found if one.is_old(before)]


@dataclass(frozen=True)
class _Seen:
    """What is known of one folder."""

    entry: Entry
    ended: datetime | None
    """When something became of it last; None where that cannot be read."""
    kept: str = ""
    undoes: str = ""
    sync: tuple[str, str] | None = None
    """Site and name of the sync that the run is one of."""

    @classmethod
    def of(cls, entry: Entry, inside: Path) -> "_Seen":
        if entry.folder.is_symlink() or entry.folder.resolve().parent != inside.resolve():
            return cls(entry, entry.created, "stands elsewhere")
        if entry.damage:
            return cls(entry, None, f"cannot be read ({entry.damage})")
        try:
            # A lock that can be taken is nobody's.
            with Lock(entry.folder):
                return cls._alone(entry)
        except RunError:
            return cls(entry, entry.created, "is in the hands of another process")

    @classmethod
    def _alone(cls, entry: Entry) -> "_Seen":
        if not entry.is_run:
            return cls(entry, entry.created)
        try:
            with Journal.open(entry.folder) as journal:
                head, lines, said = journal.head, journal.lines(), journal.reported().get("when")
        except RunError as error:
            return cls(entry, None, f"cannot be read ({error})")
        ended = datetime.fromisoformat(said) if said else entry.created
        pending = int((lines.is_open | lines.ended_as(Status.UNKNOWN, Status.UNSENT)).sum())
        kept = f"has {count_of(pending, 'row that is', 'rows that are')} still to be sent" if pending else ""
        sync = (head.site, head.sync["name"]) if head.sync else None
        return cls(entry, ended, kept, head.undoes, sync)

    @property
    def name(self) -> str:
        return self.entry.folder.name

    def is_old(self, before: datetime) -> bool:
        return self.ended is None or self.ended < before
