"""A run's journal as a whole: its head, its plan, its book of calls."""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from batchroles.errors import RunError
from batchroles.models import Lines, Problem, Status
from batchroles.runs.book import Book, Standing
from batchroles.runs.database import (
    FORMAT,
    Commit,
    altered,
    close_on_failure,
    create,
    explained,
    open_existing,
)
from batchroles.runs.rows import read_problems, read_rows, write_problems, write_rows


@dataclass(frozen=True)
class Head:
    """The run's origin: which input, which site, with which settings."""

    site: str
    """The site's address."""
    input_name: str
    """The name of the input file as the user gave it."""
    input_copy: str
    """The name of its copy in the run's folder."""
    input_sha256: str
    created: datetime
    format: str
    """The format that the file was read in, and how that was said."""
    read_as: str
    settings: dict[str, Any] = field(default_factory=dict)
    """How the input was read, so that its copy is read the same way again; holds no secret."""
    undoes: str = ""
    """The name of the run that this one takes back; it then has only rows that the other run did."""
    notes: list[str] = field(default_factory=list)
    number: int = 0
    """One more than the highest of the runs beside it had when this one was saved: a clock that was set back shows."""
    identity: dict[str, str] = field(default_factory=dict)
    """What the site said of itself and of the token's user: `Identity`; empty where it does not say it."""
    sync: dict[str, Any] = field(default_factory=dict)
    """Of a sync's run: the sync's name, and what its ledger needs to know of the run; empty else."""
    faces: dict[str, str] = field(default_factory=dict)
    """The user names of some of the plan's users, by id: they tell one site from another at the same address."""
    known_as: dict[str, str] = field(default_factory=dict)
    """The site's words for roles, and words for places that no row names: by `role 5`, `course 60`."""

    @property
    def is_review(self) -> bool:
        """Whether it applies the decisions in an export."""
        return bool(self.settings.get("review"))

    @property
    def is_guarded(self) -> bool:
        """Whether removals may be kept back by a guard."""
        return bool(self.sync) or self.is_review

    def to_json(self) -> str:
        """Give the text that is stored."""
        return json.dumps({**asdict(self), "created": self.created.isoformat()})

    @classmethod
    def from_json(cls, text: str) -> "Head":
        """Read it back. Raises ValueError, KeyError or TypeError where it was edited."""
        values = json.loads(text)
        return cls(**{**values, "created": datetime.fromisoformat(values["created"])})


NAME = "run.db"


class Journal:
    """An open `run.db`. Close it, or use it as a context manager."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, head: Head, problems: list[Problem]
    ) -> None:
        self.path = path
        self.head = head
        self._connection = connection
        self.book = Book(connection, path, problems)

    @classmethod
    def create(cls, folder: Path, head: Head, lines: Lines, problems: list[Problem]) -> "Journal":
        """Write a plan into a new journal, so that it is on disk when this returns."""
        path = folder / NAME
        connection = create(path)
        with explained(path), close_on_failure(connection):
            with Commit(connection, on_disk=True):
                facts = {
                    "format": str(FORMAT),
                    "head": head.to_json(),
                    "digest": write_rows(connection, lines, problems),
                    "planned_problems": str(len(problems)),
                }
                write_problems(connection, problems)
                facts |= {"seal": _seal(facts), "sum": "0"}
                connection.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())
            # Else run.db alone, as a backup may take it while the run goes on, would have no table at all: everything
            # would stand in run.db-wal until the last process closes it, or until that has 1,000 pages.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        journal = cls(path, connection, head, list(problems))
        journal.book.standing = Standing(lines)
        return journal

    @classmethod
    def open(cls, folder: Path) -> "Journal":
        """Open a run's journal. Raises RunError where it is missing, of another version, damaged or altered."""
        path = folder / NAME
        connection = open_existing(path)
        with explained(path), close_on_failure(connection):
            facts = dict(connection.execute("SELECT key, value FROM meta"))
            _check_version(path, facts.get("format", ""))
            with _believed(path):
                if facts["seal"] != _seal(facts):
                    raise altered(path)
                head, problems = Head.from_json(facts["head"]), read_problems(connection)
            return cls(path, connection, head, problems)

    def lines(self) -> Lines:
        """Give the plan's lines with every status known so far; a line that was never sent is open.

        Lines that were sent, or about to be, and have no answer are `unknown`. Raises RunError where the plan was
        altered.
        """
        if self.book.standing is None:
            with explained(self.path), _believed(self.path):
                self.book.standing = self._read_standing()
        return self.book.standing.lines()

    def usage(self) -> dict[str, dict[str, float]]:
        """Give what earlier processes noted with `note_usage`; empty at first."""
        stored = self._fact("usage")
        return dict(json.loads(stored)) if stored else {"calls": {}, "seconds": {}}

    def note_usage(self, calls: dict[str, int], seconds: dict[str, float]) -> None:
        """Add calls by function and seconds by phase to what earlier processes of this run used.

        When this returns, all that was recorded is on disk: reports may speak of it.
        """
        usage = self.usage()
        for kind, values in (("calls", calls), ("seconds", seconds)):
            for name, value in values.items():
                usage[kind][name] = usage[kind].get(name, 0) + value
        with explained(self.path), Commit(self._connection, on_disk=True):
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('usage', ?)", (json.dumps(usage),))

    def expect_all_verified(self) -> None:
        """Note that every row of this run is to be read back, and that one that cannot be is a failure."""
        with explained(self.path):
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('all_verified', 'expected')")

    @property
    def all_verified(self) -> bool:
        """Whether `expect_all_verified` was called for this run, by whichever process."""
        return bool(self._fact("all_verified"))

    def state(self) -> int:
        """Give a number that grows with everything that is recorded of the rows: reports of a smaller one are old."""
        with explained(self.path):
            (state,) = self._connection.execute(
                "SELECT (SELECT count(*) + count(answered) FROM calls) + (SELECT count(*) FROM verdicts)"
                " + coalesce((SELECT value + 0 FROM meta WHERE key = 'verified'), 0)"
            ).fetchone()
        return int(state)

    def reported(self) -> dict[str, Any]:
        """Give what was noted of the reports with `note_reports`; empty where none were written."""
        stored = self._fact("reports")
        return dict(json.loads(stored)) if stored else {}

    def note_reports(self, facts: Mapping[str, Any]) -> None:
        """Note what belongs to the reports that are, or are about to be, in the run's folder."""
        with explained(self.path):
            self._connection.execute(
                "INSERT OR REPLACE INTO meta VALUES ('reports', ?)", (json.dumps(facts),)
            )

    def failures(self) -> dict[str, Any]:
        """Give what was noted of failures with `note_failures`; empty where nothing was."""
        stored = self._fact("failures")
        return dict(json.loads(stored)) if stored else {}

    def note_failures(self, facts: Mapping[str, Any]) -> None:
        """Note what failed, for later runs to compare with."""
        with explained(self.path):
            self._connection.execute(
                "INSERT OR REPLACE INTO meta VALUES ('failures', ?)", (json.dumps(facts),)
            )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read_standing(self) -> Standing:
        planned = int(self._fact("planned_problems"))
        lines, found = read_rows(self._connection, self.book.problems[:planned])
        if self._fact("digest") != found:
            raise altered(self.path)
        self.book.check(planned)
        standing = Standing(lines)
        # Before the rulings, of which the last counts: what was lost once, and sent again, has a fate since.
        standing.rule(self.book.unanswered()[0], Status.UNKNOWN, -1)
        for ruling in self.book.rulings():
            standing.rule(*ruling)
        return standing

    def _fact(self, key: str) -> str:
        stored = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(stored[0]) if stored else ""


@dataclass(frozen=True)
class Glance:
    """What orders runs, read without the rest."""

    created: datetime
    number: int
    stopped: int | None
    """The exit code of what ended the run early, as its reports have it."""


def glance(folder: Path) -> Glance:
    """Read what orders a run among others, of whatever version it is. Raises RunError where it is not believed."""
    path = folder / NAME
    connection = open_existing(path)
    try:
        with explained(path), _believed(path):
            facts = dict(connection.execute("SELECT key, value FROM meta"))
            head = json.loads(facts["head"])
            created = datetime.fromisoformat(head["created"])
            if facts["seal"] != _seal(facts) or created.tzinfo is None:
                raise altered(path)
            return Glance(
                created, int(head.get("number", 0)), json.loads(facts.get("reports", "{}")).get("stopped")
            )
    finally:
        connection.close()


def _seal(facts: dict[str, str]) -> str:
    sealed = "\0".join(facts[key] for key in ("format", "head", "digest", "planned_problems"))
    return hashlib.sha256(sealed.encode()).hexdigest()


def _check_version(path: Path, version: str) -> None:
    if version != str(FORMAT):
        raise RunError(
            f"{path} is of version {version or 'unknown'} and this batchroles reads version {FORMAT}:"
            " plan the file again, or use the batchroles that made it"
        )


@contextmanager
def _believed(path: Path) -> Iterator[None]:
    """Turn what goes wrong with values of the wrong kind into a refusal of the file."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, zlib.error) as error:
        raise altered(path) from error
