"""The result of a SQL query, read through SQLAlchemy from a database that is not changed."""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote
from uuid import UUID

import pandas as pd

from batchroles.client.wire import Stop
from batchroles.errors import BatchrolesError, InputError, TemporaryFailure
from batchroles.loader import ReadingOptions
from batchroles.loader.frame import texts_of
from batchroles.sources.source import bounded, reading_of_made
from batchroles.sources.writing import csv_blocks

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, CursorResult, Engine

_PIECE = 10_000
"""Rows that are fetched at once."""
_SECRET = re.compile(r"pass|pwd|secret|token|odbc_connect", re.IGNORECASE)
"""What names of settings have in them that may hold a password; the last one holds a whole line of settings."""
_SQLITE = "sqlite"
_READ_ONLY = {
    "postgresql": "SET TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
}
"""What makes a transaction one that cannot change anything; SQLite is opened so. Of others nothing is committed, which
comes to the same for changes of data."""
_BEFORE = {"mysql": "SET SESSION TRANSACTION READ ONLY", "mariadb": "SET SESSION TRANSACTION READ ONLY"}
"""The same where it has to be said before a transaction begins."""


# As SQLAlchemy takes addresses apart: a password ends with the first @ behind it.
_PASSWORD = re.compile(r"://[^:/]*:[^@]*@")


def refuse_password(database: str) -> None:
    """Raise InputError, quoting none of it, for an address that holds a password; the library need not be there."""
    settings = parse_qsl(database.partition("?")[2], keep_blank_values=True)
    if _PASSWORD.search(database) or any(_SECRET.search(name) for name, _ in settings):
        raise _password_in_address()


def _password_in_address() -> InputError:
    return InputError(
        "--db holds a password, which every user of a machine can see: leave it out there, and set"
        f" {PASSWORD_VARIABLE} or name a file that holds it with --db-password-file."
    )


@dataclass(frozen=True)
class Query:
    """A query in a file, and the database that answers it."""

    file: Path
    database: str
    """An address of SQLAlchemy's without a password: `postgresql+psycopg://reader@db.example.edu/students`."""
    password: str | None = field(default=None, repr=False)
    notes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The file of the query."""
        return str(self.file)

    @property
    def shown(self) -> Path:
        """The file of the query."""
        return self.file

    @property
    def suffix(self) -> str | None:
        """That of the result."""
        return ".csv"

    def reading(self, asked: ReadingOptions) -> ReadingOptions:
        """Give how the result is read."""
        return reading_of_made(asked, "the result of a query")

    def blocks(self, stop: Stop) -> Generator[bytes]:  # noqa: ARG002 - a driver waits as long as it likes
        """Ask. Raises InputError for a query or an address that cannot be used, TemporaryFailure without an answer."""
        statement = self._statement()
        if find_spec("sqlalchemy") is None:
            raise InputError(
                "Queries need one more package: pip install batchroles[sql], and the database's driver."
            )
        url = self._address()
        self.notes[:] = [
            "Row 2 is the query's first row: rows are numbered as if the result stood in a spreadsheet."
        ]
        return self._blocks(url, statement)

    def _blocks(self, url: "URL", statement: str) -> Generator[bytes]:
        # Closed here and now: the connection is given back before anybody else does something about the database.
        with closing(self._rows(url, statement)) as rows:
            yield from bounded(self.name, csv_blocks(rows))

    def _statement(self) -> str:
        try:
            statement = self.file.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise InputError(f"{self.file} does not exist; check the name and the folder.") from None
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{self.file} cannot be read ({error}).") from None
        if not statement.strip():
            raise InputError(f"{self.file} is empty; write a SELECT into it.")
        return statement.strip().rstrip(";")

    def _address(self) -> "URL":
        """Take the address apart. Raises InputError, quoting none of it, where it cannot be used."""
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            url = make_url(self.database)
        except (ArgumentError, ValueError):
            # Not quoted: what is no address may be one with a password all the same.
            raise InputError(
                "--db is no address of a database: write it as sqlite:///file.db or"
                " postgresql+psycopg://user@host/database."
            ) from None
        if url.password is not None or any(map(_SECRET.search, url.query)):
            raise _password_in_address()
        # SQLite has none: a password in the environment is for another database then.
        if self.password is None or url.get_backend_name() == _SQLITE:
            return url
        return url.set(password=self.password)

    def _rows(self, url: "URL", statement: str) -> Generator[list[str]]:
        from sqlalchemy.exc import SQLAlchemyError

        engine = self._engine(url)
        try:
            with self._connected(engine) as connection:
                try:
                    yield from self._result(connection, statement)
                except (SQLAlchemyError, OSError) as error:
                    lost = getattr(error, "connection_invalidated", isinstance(error, OSError))
                    raise self._failure(
                        "the query failed", error, TemporaryFailure if lost else InputError
                    ) from None
                finally:
                    # Never committed: a query that changes something has changed nothing.
                    connection.rollback()
        finally:
            engine.dispose()

    def _engine(self, url: "URL") -> "Engine":
        from sqlalchemy import create_engine
        from sqlalchemy.exc import SQLAlchemyError
        from sqlalchemy.pool import NullPool

        more: dict[str, Any] = {}
        if url.get_backend_name() == _SQLITE:
            more["creator"] = _sqlite_opener(url.database or "")
        try:
            return create_engine(url, poolclass=NullPool, hide_parameters=True, **more)
        except ImportError as error:
            raise InputError(
                f"--db: the driver for {url.drivername} is not installed ({error.name}): install it with pip, beside"
                " batchroles."
            ) from None
        except (SQLAlchemyError, TypeError, ValueError):
            raise InputError(f"--db: {url.drivername} is no database that SQLAlchemy knows.") from None

    def _connected(self, engine: "Engine") -> "Connection":
        from sqlalchemy.exc import SQLAlchemyError

        try:
            connection = engine.connect()
            dialect = engine.dialect.name
            if dialect in _BEFORE:
                connection.exec_driver_sql(_BEFORE[dialect])
                connection.rollback()
            elif dialect in _READ_ONLY:
                connection.exec_driver_sql(_READ_ONLY[dialect])
        except (SQLAlchemyError, OSError) as error:
            raise self._failure("the database cannot be reached", error, TemporaryFailure) from None
        return connection

    def _result(self, connection: "Connection", statement: str) -> Iterator[list[str]]:
        # As it stands: SQLAlchemy would take :name for a value of its own, and drivers %.
        options = {"no_parameters": True, "stream_results": True}
        result = connection.execution_options(**options).exec_driver_sql(statement)
        if not result.returns_rows:
            raise InputError(f"{self.file} gives no table: write one SELECT into it.")
        headers = list(result.keys())
        yield headers
        yield from self._texts(result, headers)

    def _texts(self, result: "CursorResult[Any]", headers: list[str]) -> Iterator[list[str]]:
        done = 0
        while piece := result.fetchmany(_PIECE):
            # Of objects: with numbers as its own, pandas would make 71.0 of the 71 above a NULL.
            frame = pd.DataFrame([tuple(map(plain_value, row)) for row in piece], dtype=object)
            frame.columns = pd.Index(headers)
            yield from map(list, zip(*texts_of(frame, self.name, done), strict=True))
            done += len(piece)

    def _failure(self, what: str, error: Exception, kind: type[BatchrolesError]) -> BatchrolesError:
        """Tell a database's error in its own words: those of SQLAlchemy quote the query and what it was given."""
        said = " ".join(str(getattr(error, "orig", None) or error).split())
        if self.password:
            said = said.replace(self.password, "<hidden>")
        return kind(f"{self.name}: {what} ({said[:300]})")


PASSWORD_VARIABLE = "BATCHROLES_DB_PASSWORD"  # noqa: S105 - the variable's name


def _sqlite_opener(path: str) -> Callable[[], Any]:
    """Give what opens a SQLite database so that nothing in it can be changed, and none is made where there is none."""
    import sqlite3

    found = Path(path)
    if not found.is_file():
        raise InputError(
            f"--db: {path or 'the SQLite database'} does not exist; check the name and the folder."
        )
    address = f"file:{quote(str(found.resolve().as_posix()))}?mode=ro"
    return lambda: sqlite3.connect(address, uri=True)


def plain_value(value: Any) -> Any:
    """Give what a table of text can hold in the place of what only databases have."""
    if isinstance(value, UUID):
        return str(value)
    # A column of NUMERIC(10, 2) gives 71.00 for the number 71, and a number of somebody has no decimals.
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    return value
