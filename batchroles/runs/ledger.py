"""What a sync owns: the roles that it gave and Moodle confirmed, in a file per site and name.

Only what stands here as owned is ever taken away by a sync. What a run did is taken from its journal, and may be taken
as often as one likes: after a kill the next sync does so before it looks at anything else.
"""

import hashlib
import json
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pandas as pd

from batchroles.errors import InputError, RunError
from batchroles.models import ContextRef, Level, RoleRef, UserRef
from batchroles.models.changes import NO_DATE
from batchroles.models.lines import Mask
from batchroles.runs.ledger_faults import explained, make_folder

FORMAT = "1"
SUBJECT = ("userid", "roleid", "level", "instanceid")
"""What a holding is: who, what and where; the level is Moodle's word."""
OWNED, SEEN, MAYBE, SUSPENDED = "owned", "seen", "maybe", "suspended"
"""How a holding stands: given by this sync; there without its doing; sent by it, without an answer; given by it, with
an enrolment that is suspended since."""
INTENDED, LOST = "intended", "lost"
"""Likewise: about to be sent by the run that is under way; given by this sync, and taken away by others since."""
NOTICE = timedelta(days=7)
"""An end that the file did not have before is announced if it is so far ahead; a broken column often says today."""
AHEAD = 60.0
"""Seconds by which clocks may differ: what was looked up later than that, was so by a clock that has been set back."""
TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE holdings (
    userid INTEGER NOT NULL, roleid INTEGER NOT NULL, level TEXT NOT NULL, instanceid INTEGER NOT NULL,
    standing TEXT NOT NULL, user TEXT NOT NULL, role TEXT NOT NULL, place TEXT NOT NULL, until TEXT NOT NULL,
    since TEXT NOT NULL, looked REAL NOT NULL, enrolled INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    PRIMARY KEY (userid, roleid, level, instanceid)) WITHOUT ROWID;
CREATE TABLE names (
    kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, id INTEGER NOT NULL, looked REAL NOT NULL,
    PRIMARY KEY (kind, key, value)) WITHOUT ROWID;
"""
_COLUMNS = ("standing", "user", "role", "place", "until", "since", "looked", "enrolled", "start", "end")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Ref = UserRef | RoleRef | ContextRef


def checked_name(name: str) -> str:
    """Give a sync's name. Raises InputError where it could not be that of a file everywhere."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f'--name "{name}": a sync is called by up to 64 letters, digits, hyphens, dots and underscores'
        )
    return name


def ledger_file(state: Path | None, url: str, name: str) -> Path:
    """Give the place of a ledger: in `state`, by default in the user's state folder."""
    # Two names that differ in case are one on some disks.
    return _folder(state, url) / f"{checked_name(name).casefold()}.db"


def ledger_files(state: Path | None, url: str) -> list[Path]:
    """Give the ledgers of a site that there are."""
    return sorted(_folder(state, url).glob("*.db"))


def _folder(state: Path | None, url: str) -> Path:
    if state is None:
        from platformdirs import user_state_path

        state = user_state_path("batchroles", appauthor=False)
    # An address has signs that no file's name may have.
    return state / "syncs" / hashlib.sha256(url.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Entry:
    """A holding as a run leaves it."""

    userid: int
    roleid: int
    level: str
    instanceid: int
    standing: str
    user: str
    """As the file names the user; the next two likewise."""
    role: str
    place: str
    enrolled: bool = False
    """Whether the sync enrolled the person with it, who was not enrolled before."""
    start: int = NO_DATE
    """From when its enrolment counts, and until when; in seconds since 1970."""
    end: int = NO_DATE
    until: str = ""
    """The day until which it is wanted, as ISO writes it; empty where there is none."""
    sure: bool = True
    """Whether it is known that it is there."""


class Ledger:
    """An open ledger. Use it as a context manager; nothing that is written is lost by a kill."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path, site: str, name: str) -> Self:
        """Open a ledger, or make one. Raises RunError where it is damaged, or of another site or sync."""
        make_folder(path.parent)
        with explained(path):
            connection = sqlite3.connect(path, isolation_level=None, timeout=10.0)
            try:
                # Not WAL: a copy of the one file is a backup then, and machines that share a folder may share it.
                connection.execute("PRAGMA journal_mode=DELETE")
                # A ledger is written twice a run: that it waits for the disk costs nothing.
                connection.execute("PRAGMA synchronous=FULL")
                ledger = cls(path, connection)
                ledger._begin(site, name)
            except BaseException:
                connection.close()
                raise
        return ledger

    def _begin(self, site: str, name: str) -> None:
        with self.together():
            if not self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                for statement in filter(str.strip, TABLES.split(";")):
                    self._connection.execute(statement)
                facts = {"format": FORMAT, "site": site, "name": name, "serial": "0"}
                self._connection.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())
        if self.fact("format") != FORMAT:
            raise RunError(
                f"{self.path} is of version {self.fact('format') or 'unknown'} and this batchroles reads version"
                f" {FORMAT}: use the batchroles that made it"
            )
        if (self.fact("site"), self.fact("name").casefold()) != (site, name.casefold()):
            raise RunError(f"{self.path} is the ledger of {self.fact('name')} at {self.fact('site')}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def fact(self, key: str) -> str:
        """Give what was noted under a word; empty where nothing was."""
        with explained(self.path):
            stored = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(stored[0]) if stored else ""

    def note(self, **facts: str) -> None:
        """Note something under words."""
        with self.together():
            self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", facts.items())

    @property
    def serial(self) -> int:
        """Count what has changed the ledger: the runs of the sync that began, and what was taken in of them."""
        return int(self.fact("serial") or 0)

    @property
    def identity(self) -> dict[str, str]:
        """What the site said of itself when the last run began; empty at first."""
        return dict(json.loads(self.fact("identity") or "{}"))

    @property
    def faces(self) -> dict[str, str]:
        """Give the user names of some people by id, as they were when a run last wrote to them."""
        return dict(json.loads(self.fact("faces") or "{}"))

    def begin(
        self,
        run: Path,
        serial: int,
        facts: Mapping[str, str],
        giving: Iterable[Entry] = (),
        taking: Iterable[tuple[int, int, str, int]] = (),
    ) -> None:
        """Note that a run is about to send, and what. Raises RunError where another began or ended since its plan.

        `giving`: what was read to be missing and shall be given; `taking`: what shall be taken away, of which is
        not known any more whether it is there until the run is taken in.
        """
        me = str(run.resolve())
        with self.together():
            goes_on = self.fact("run") == me
            if not goes_on and self.serial != serial:
                raise RunError(
                    f"{run.name} was planned before {Path(self.fact('run')).name} of the same sync began or ended, so"
                    " that it knows too little: run batchroles sync again"
                )
            noted = {**({} if goes_on else {**facts, "run": me, "serial": str(serial + 1)}), "taken": ""}
            self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", noted.items())
            self._connection.executemany(
                f"{_INSERT} ON CONFLICT DO UPDATE SET standing = excluded.standing WHERE standing IN ('seen', 'lost')",
                [_stored(one, "", 0.0) for one in giving],
            )
            self._connection.executemany(
                "UPDATE holdings SET looked = 0 WHERE userid = ? AND roleid = ? AND level = ? AND instanceid = ?",
                taking,
            )

    def give_up(self) -> None:
        """Note that it will never be known what the run that is under way has done."""
        with self.together():
            self._connection.execute("UPDATE holdings SET standing = ? WHERE standing = ?", (MAYBE, INTENDED))

    def holdings(self, *standings: str) -> pd.DataFrame:
        """Give what stands in some ways.

        Columns: those of `SUBJECT`; standing; user, role and place in words; until and since as ISO days; looked, in
        seconds since 1970; enrolled, 1 where the sync enrolled the person with it; start and end of that enrolment.
        """
        marks = ", ".join("?" * len(standings))
        with explained(self.path):
            rows = self._connection.execute(
                f"SELECT {', '.join(map(_quoted, [*SUBJECT, *_COLUMNS]))} FROM holdings WHERE standing IN ({marks})"  # noqa: S608
                " ORDER BY userid, roleid, level, instanceid",
                standings,
            ).fetchall()
        return pd.DataFrame(rows, columns=[*SUBJECT, *_COLUMNS])

    def take(
        self,
        entries: Iterable[Entry],
        gone: Iterable[tuple[int, int, str, int]],
        taken: Mapping[str, str],
        unenrolled: Iterable[tuple[int, int]] = (),
    ) -> None:
        """Take in what a run has done, in one commit: holdings as they stand now, and those that are no more.

        Nothing that is owned stops being so because a later run saw it there. `taken` is noted in the same commit;
        `unenrolled`: users and the courses in which they lost every role.
        """
        now, day = time.time(), datetime.now(UTC).date().isoformat()
        rows = [_stored(one, day, now) for one in entries]
        with self.together():
            self._connection.executemany(
                "DELETE FROM holdings WHERE userid = ? AND roleid = ? AND level = ? AND instanceid = ?", gone
            )
            self._connection.executemany(
                "DELETE FROM holdings WHERE userid = ? AND level = 'course' AND instanceid = ?", unenrolled
            )
            self._connection.executemany(
                f"{_INSERT} ON CONFLICT DO UPDATE SET"
                " user = excluded.user, role = excluded.role, place = excluded.place,"
                " looked = excluded.looked, enrolled = max(enrolled, excluded.enrolled),"
                ' start = excluded.start, "end" = excluded."end",'
                " since = CASE WHEN standing = excluded.standing THEN since ELSE excluded.since END,"
                # What is owned is not so any more only once it is suspended or gone.
                " standing = CASE WHEN excluded.standing = 'seen' AND standing IN ('owned', 'maybe', 'suspended')"
                " THEN standing"
                " WHEN standing = 'owned' AND excluded.standing = 'maybe' THEN standing ELSE excluded.standing END",
                rows,
            )
            # What the run was about to send, and has not.
            self._connection.execute("DELETE FROM holdings WHERE standing = ?", (INTENDED,))
            noted = {**taken, "serial": str(self.serial + 1)}
            self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", noted.items())

    def forget_lost(self, wanted: pd.DataFrame) -> None:
        """Forget what others have taken away and the file does not want any more."""
        lost = self.holdings(LOST)
        gone = lost[~in_keys(lost, wanted)][[*SUBJECT]]
        with self.together():
            self._connection.executemany(
                "DELETE FROM holdings WHERE userid = ? AND roleid = ? AND level = ? AND instanceid = ?",
                gone.itertuples(index=False, name=None),
            )

    def renew(self, until: Mapping[tuple[int, int, str, int], str]) -> None:
        """Note until when holdings are wanted by the file of today; an end that came nearer only `NOTICE` before it."""
        soon = (datetime.now(UTC) + NOTICE).date().isoformat()
        with self.together():
            self._connection.executemany(
                "UPDATE holdings SET until = ?1 WHERE userid = ?2 AND roleid = ?3 AND level = ?4 AND instanceid = ?5"
                " AND until <> ?1 AND (?1 = '' OR ?1 >= ?6 OR until <> '' AND until < ?1)",
                [(day, *key, soon) for key, day in until.items()],
            )

    @property
    def has_ends(self) -> bool:
        """Whether anything was wanted until some day."""
        with explained(self.path):
            return bool(
                self._connection.execute("SELECT 1 FROM holdings WHERE until <> '' LIMIT 1").fetchone()
            )

    def ids(self, kind: type[Ref], since: float = 0.0) -> dict[Ref, int]:
        """Give the ids that names led to when they were last looked up, those looked up after `since` alone."""
        until = time.time() + AHEAD if since else float("inf")
        with explained(self.path):
            rows = self._connection.execute(
                "SELECT key, value, id FROM names WHERE kind = ? AND looked BETWEEN ? AND ?",
                (kind.__name__, since, until),
            ).fetchall()
        return {_ref(kind, key, value): id_ for key, value, id_ in rows}

    def usernames(self, most: int) -> dict[str, str]:
        """Give the user names of some users by id, as they were when they were last looked up."""
        with explained(self.path):
            rows = self._connection.execute(
                "SELECT id, value FROM names WHERE kind = 'UserRef' AND key = 'username' ORDER BY looked DESC LIMIT ?",
                (most,),
            ).fetchall()
        return {str(id_): name for id_, name in rows}

    def learn(self, found: Mapping[Ref, int]) -> None:
        """Keep what names led to just now."""
        now = time.time()
        with self.together():
            self._connection.executemany(
                "INSERT OR REPLACE INTO names VALUES (?, ?, ?, ?, ?)",
                [(type(ref).__name__, _key(ref), ref.value, id_, now) for ref, id_ in found.items()],
            )

    def forget_roles(self) -> None:
        """Forget what words for roles led to: they mean something else now."""
        with self.together():
            self._connection.execute("DELETE FROM names WHERE kind = ?", (RoleRef.__name__,))

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write whatever is written inside in one commit: after a kill all of it counts, or nothing."""
        with explained(self.path):
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")


_INSERT = "INSERT INTO holdings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def _stored(one: Entry, day: str, now: float) -> tuple[object, ...]:
    subject = (one.userid, one.roleid, one.level, one.instanceid)
    words = (one.user, one.role, one.place)
    looked = now if one.sure else 0.0
    return *subject, one.standing, *words, one.until, day, looked, one.enrolled, one.start, one.end


def _quoted(column: str) -> str:
    # `end` is a word of SQL.
    return f'"{column}"'


def _key(ref: Ref) -> str:
    return f"{ref.level} {ref.by}" if isinstance(ref, ContextRef) else ref.by


def _ref(kind: type[Ref], key: str, value: str) -> Ref:
    if kind is ContextRef:
        level, _, by = key.partition(" ")
        return ContextRef(Level(level), by, value)  # type: ignore[arg-type] # written from one
    return kind(key, value)  # type: ignore[call-arg,arg-type] # written from one


def in_keys(subjects: pd.DataFrame, keys: pd.DataFrame) -> Mask:
    """Choose the subjects that are among some others; both have the columns of `SUBJECT`."""
    names = list(SUBJECT)
    if not len(keys) or not len(subjects):
        return np.zeros(len(subjects), bool)
    return np.asarray(pd.MultiIndex.from_frame(subjects[names]).isin(pd.MultiIndex.from_frame(keys[names])))
