"""The calls of a run: written as meant before they are sent, with their result and verdicts after."""

import sqlite3
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from batchroles.journal.database import altered, explained
from batchroles.journal.ledger import Ledger, Lines
from batchroles.journal.rows import write_problems
from batchroles.models import Problem, Status


@dataclass(frozen=True, eq=False)
class Ruling:
    """A status for some lines of the plan, and the problem that explains it."""

    lines: Lines
    status: Status
    problem: Problem | None = None


class Book:
    """The part of a journal that grows while a run goes on. One thread writes it."""

    def __init__(self, connection: sqlite3.Connection, path: Path, problems: list[Problem]) -> None:
        self._connection = connection
        self._path = path
        self.problems = problems
        """All problems of the run; rulings add theirs."""
        self._numbers = {problem: number for number, problem in enumerate(problems)}
        self._stored = len(problems)
        self.ledger: Ledger | None = None
        """The plan's lines as they stand; None until they are read."""

    def intend(self, function: str, lines: Lines) -> int:
        """Record that a call with these lines is about to be sent; gives the call's number."""
        blob = _packed(lines)
        with explained(self._path):
            cursor = self._connection.execute(
                "INSERT INTO calls (function, lines, intended, checksum) VALUES (?, ?, ?, ?)",
                (function, blob, time.time(), _checksum(function, blob)),
            )
        return int(cursor.lastrowid or 0)

    def settle(self, call: int, result: str, errorcode: str, rulings: Sequence[Ruling]) -> None:
        """Record a call's result (`done`, `refused`, `lost` or `not sent`) and what it decides, in one commit."""
        with explained(self._path), self._transaction():
            self._connection.execute(
                "UPDATE calls SET answered = ?, result = ?, errorcode = ? WHERE id = ?",
                (time.time(), result, errorcode, call),
            )
            self._rule(call, rulings)

    def verified(self, rulings: Sequence[Ruling]) -> None:
        """Record that everything done so far has been read back, and the statuses that this decided."""
        with explained(self._path), self._transaction():
            self._rule(0, rulings)
            self._connection.execute(
                "INSERT OR REPLACE INTO meta SELECT 'verified', max(id) FROM verdicts HAVING max(id) > 0"
            )

    def lines_since_verified(self) -> Lines:
        """Give the lines that were ruled on since everything was last read back."""
        stored = self._connection.execute(
            "SELECT lines FROM verdicts WHERE id > coalesce((SELECT value + 0 FROM meta WHERE key = 'verified'), 0)"
        )
        return np.concatenate([np.zeros(0, "int64"), *(_unpacked(blob) for (blob,) in stored)])

    def number_of(self, problem: Problem | None) -> int:
        """Give a problem's number, adding it if it is new; -1 for none."""
        if problem is None:
            return -1
        number = self._numbers.setdefault(problem, len(self.problems))
        if number == len(self.problems):
            self.problems.append(problem)
        return number

    def rulings(self) -> Iterator[tuple[Lines, Status, int]]:
        """Give all rulings so far as (lines, status, problem number). Raises RunError where one was altered."""
        stored = self._connection.execute(
            "SELECT call, lines, status, problem, checksum FROM verdicts ORDER BY id"
        )
        for call, blob, status, problem, checksum in stored:
            self._believe(checksum == _checksum(f"{call} {status} {problem}", blob))
            yield _unpacked(blob), Status(status), problem

    def unanswered(self) -> tuple[Lines, float | None]:
        """Give the lines of calls without an answer, and when the site may last have been asked for one of them.

        The moment is in seconds since 1970, None where there is no such call. A call whose process died has no end:
        the site may have been asked a moment ago. The lines may have been done.
        """
        lines, last = [np.zeros(0, "int64")], None
        stored = self._connection.execute(
            "SELECT function, lines, answered, checksum FROM calls WHERE result IS NULL OR result = 'lost'"
        )
        for function, blob, answered, checksum in stored:
            self._believe(checksum == _checksum(function, blob))
            lines.append(_unpacked(blob))
            last = max(last or 0.0, time.time() if answered is None else float(answered))
        return np.unique(np.concatenate(lines)), last

    def _rule(self, call: int, rulings: Sequence[Ruling]) -> None:
        numbers = [self.number_of(ruling.problem) for ruling in rulings]
        write_problems(self._connection, self.problems[self._stored :], self._stored)
        self._stored = len(self.problems)
        for ruling, problem in zip(rulings, numbers, strict=True):
            blob = _packed(ruling.lines)
            self._connection.execute(
                "INSERT INTO verdicts (call, lines, status, problem, checksum) VALUES (?, ?, ?, ?, ?)",
                (call, blob, ruling.status, problem, _checksum(f"{call} {ruling.status} {problem}", blob)),
            )
            if self.ledger is not None:
                self.ledger.rule(ruling.lines, ruling.status, problem)

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._connection)

    def _believe(self, sound: bool) -> None:
        if not sound:
            raise altered(self._path)


class _Transaction:
    """BEGIN … COMMIT, or ROLLBACK on any exception."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._connection.execute("COMMIT")
        elif self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _packed(lines: Lines) -> bytes:
    return lines.astype("<i4").tobytes()


def _unpacked(blob: bytes) -> Lines:
    return np.frombuffer(blob, "<i4").astype("int64")


def _checksum(text: str, blob: bytes) -> int:
    return zlib.crc32(blob, zlib.crc32(text.encode()))
