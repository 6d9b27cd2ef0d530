"""The SQLite file: how it is opened, what it holds, and what its errors mean for people."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from batchroles.errors import BatchrolesError, RunError, TemporaryFailure

FORMAT = 6
"""The version of the tables below; a run of another version is refused."""

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE problems (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL, reason TEXT NOT NULL, fix TEXT NOT NULL,
    header TEXT NOT NULL, value TEXT NOT NULL);
CREATE TABLE columns (name TEXT PRIMARY KEY, words TEXT NOT NULL, numbers BLOB NOT NULL);
CREATE TABLE calls (
    id INTEGER PRIMARY KEY, function TEXT NOT NULL, lines BLOB NOT NULL, intended REAL NOT NULL,
    answered REAL, result TEXT, errorcode TEXT NOT NULL DEFAULT '');
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY, call INTEGER NOT NULL, lines BLOB NOT NULL, status TEXT NOT NULL,
    problem INTEGER NOT NULL);
"""


def create(path: Path) -> sqlite3.Connection:
    """Make a new journal file with empty tables. Raises RunError where there is one already."""
    if path.exists():
        raise RunError(f"{path} exists already: choose another folder for this run with --out")
    with _connected(path) as connection:
        # In no transaction: until the plan is saved, the folder's marker says that it is no run.
        connection.executescript(TABLES)
        return connection


def open_existing(path: Path) -> sqlite3.Connection:
    """Open a journal file. Raises RunError where it is missing or is no journal."""
    if not path.is_file():
        raise RunError(f"{path.parent} holds no run: there is no {path.name} in it")
    with _connected(path) as connection:
        # Any SQLite file can be opened: whether it is a journal shows when it is asked.
        connection.execute("SELECT count(*) FROM meta").fetchone()
        return connection


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of SQLite into ours: no room (try again later) or a file that cannot be believed."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        # UnicodeDecodeError: SQLite's own words quote a damaged byte of the file.
        raise _in_words(path, error) from error


def altered(path: Path) -> RunError:
    """Give the refusal of a file whose content does not fit its checksums."""
    return RunError(
        f"{path} was altered and is not believed: plan the file again; sending it again is harmless"
    )


def _in_words(path: Path, error: Exception) -> BatchrolesError:
    text = str(error)
    # By SQLite's words: `disk I/O error` is what it says for more than thirty error codes.
    if "full" in text or "I/O" in text:
        return TemporaryFailure(
            f"{path} cannot be written ({text}): make room on the disk (or check that it is sound), then run:"
            f" batchroles apply {path.parent}"
        )
    if "locked" in text or "readonly" in text or "unable to open" in text:
        return RunError(f"{path} cannot be used: {text}")
    return RunError(
        f"{path} is damaged ({text}) and is not believed: plan the file again; sending it again is harmless"
    )


class Commit:
    """BEGIN … COMMIT, or ROLLBACK on any exception.

    What is written is safe from the death of this process. With `on_disk` it is also safe from a power cut when the
    context ends, and so is everything that was committed before it.
    """

    def __init__(self, connection: sqlite3.Connection, *, on_disk: bool) -> None:
        self._connection = connection
        self._on_disk = on_disk

    def __enter__(self) -> None:
        # NOTE: FULL waits for the disk, for the whole log at once; NORMAL does not, and cannot tear the file either.
        self._connection.execute(f"PRAGMA synchronous={'FULL' if self._on_disk else 'NORMAL'}")
        # A plain BEGIN takes the lock at the first write, and fails there at once if another process wrote after the
        # first read; IMMEDIATE waits here, as long as `timeout` says.
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._connection.execute("COMMIT")
        finally:
            # A COMMIT that fails may leave its transaction open. A full disk makes SQLite roll back by itself:
            # ROLLBACK would then be an error that hides it.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


@contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection that is closed where something goes wrong inside: Windows deletes no open file."""
    with explained(path):
        # None: sqlite3 would else begin transactions unasked, and inside one SQLite refuses to change `synchronous`.
        connection = sqlite3.connect(path, isolation_level=None, timeout=10.0)
        with close_on_failure(connection):
            connection.execute("PRAGMA journal_mode=WAL")
            # On a Mac fsync alone leaves what it was to save in the drive's own memory; elsewhere this changes nothing.
            connection.execute("PRAGMA fullfsync=ON")
            yield connection


@contextmanager
def close_on_failure(connection: sqlite3.Connection) -> Iterator[None]:
    """Close a connection where something goes wrong inside."""
    try:
        yield
    except BaseException:
        connection.close()
        raise
