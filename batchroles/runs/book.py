"""The calls of a run: written as meant before they are sent, with their result and verdicts after.

What stands here is counted: `meta` holds a sum over all records, which changes with each of them in the same commit. A
record that was deleted, added, edited or put in another's place leaves a sum that does not fit.
"""

import hashlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from batchroles.models import Lines, Problem, Status
from batchroles.models.lines import STATUS_CODES, Ints
from batchroles.runs.database import Commit, altered, explained
from batchroles.runs.rows import write_problems


class Standing:
    """The statuses and problems of a plan's lines while they change; the plan's other columns stay as they are."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._status = lines.status.copy()
        self._problem = lines.problem.copy()
        # What was to be known of a line before it was sent is still so when it is done.
        self._known = np.where(lines.is_open, lines.problem, -1)

    def rule(self, lines: Ints, status: Status, problem: int) -> None:
        """Give some lines a status and the number of a problem, -1 for none but what was known before sending."""
        self._status[lines] = STATUS_CODES[status]
        self._problem[lines] = self._known[lines] if problem == -1 else problem

    def lines(self) -> Lines:
        """Give the lines as they stand now."""
        return self._lines.with_statuses(self._status.copy(), self._problem.copy())


CALL = "id, function, lines, intended, answered, result, errorcode"
VERDICT = "id, call, lines, status, problem"
"""The columns of the two tables whose records are counted."""
MODULUS = 1 << 128


@dataclass(frozen=True, eq=False)
class Ruling:
    """A status for some lines of the plan, and the problem that explains it."""

    lines: Ints
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
        self.standing: Standing | None = None
        """The plan's lines as they stand; None until they are read."""
        self._group: ExitStack | None = None
        """What ends with the commit that is open, while several records go into one."""
        self._sum: int | None = None
        """The sum over all records as the file has it; None until it is read."""
        self._added = 0
        """What is to be added to it with the commit that is open."""
        self._intended: dict[int, tuple[str, bytes, float]] = {}
        """By number: the calls of this process that are not settled, as they stand in the file."""

    @contextmanager
    def together(self) -> Iterator[None]:
        """Record whatever is said inside in one commit, which is on disk when this ends: one wait for the disk."""
        with self._or_as_before(), ExitStack() as group:
            self._group = group
            try:
                yield
                # The last record of all: the commit comes when `group` is left.
                self._write_sum()
            finally:
                self._group = None

    @contextmanager
    def _recording(self, *, on_disk: bool) -> Iterator[None]:
        if self._group is not None:
            # Begun by the first record: the coordinator comes five times a second, mostly with none.
            if not self._connection.in_transaction:
                self._group.enter_context(Commit(self._connection, on_disk=True))
            yield
            return
        with self._or_as_before(), Commit(self._connection, on_disk=on_disk):
            yield
            self._write_sum()

    @contextmanager
    def _or_as_before(self) -> Iterator[None]:
        """Leave the book as it was where what is recorded inside does not get into the file, be it for its COMMIT."""
        stored, intended = self._stored, dict(self._intended)
        try:
            with explained(self._path):
                yield
        except BaseException:
            self._sum, self._added = None, 0
            # Problems keep their numbers: those that are not stored go into the file with the next ruling.
            self._stored, self._intended = stored, intended
            # What rulings replaced is not kept: the statuses are read again.
            self.standing = None
            raise

    def _write_sum(self) -> None:
        if self._added:
            self._sum = (self._total() + self._added) % MODULUS
            self._added = 0
            self._connection.execute("UPDATE meta SET value = ? WHERE key = 'sum'", (f"{self._sum:x}",))

    def intend(self, function: str, lines: Ints) -> int:
        """Record that a call with these lines is about to be sent; gives the call's number.

        It is on disk when this returns, or when `together` ends: after a power cut nothing was sent of which the
        journal does not know.
        """
        blob, now = _packed(lines), time.time()
        with self._recording(on_disk=True):
            cursor = self._connection.execute(
                "INSERT INTO calls (function, lines, intended) VALUES (?, ?, ?)", (function, blob, now)
            )
            number = int(cursor.lastrowid or 0)
            # SQLite keeps all 64 bits of a float: what is read back later weighs the same as `now` does here.
            self._intended[number] = (function, blob, now)
            self._added += _weight("calls", number, function, blob, now, None, None, "")
        return number

    def settle(self, call: int, result: str, errorcode: str, rulings: Sequence[Ruling]) -> None:
        """Record a call's result (`done`, `refused`, `lost` or `not sent`) and what it decides, in one commit."""
        # A power cut may lose it: the call is then one without an answer. The next intent takes it to the disk.
        now = time.time()
        with self._recording(on_disk=False):
            intended = self._intended.pop(call)
            self._connection.execute(
                "UPDATE calls SET answered = ?, result = ?, errorcode = ? WHERE id = ?",
                (now, result, errorcode, call),
            )
            before = _weight("calls", call, *intended, None, None, "")
            after = _weight("calls", call, *intended, now, result, errorcode)
            self._added += after - before + self._rule(call, rulings)

    def verified(self, rulings: Sequence[Ruling]) -> None:
        """Record that everything done so far has been read back, and the statuses that this decided."""
        with self._recording(on_disk=False):
            change = self._rule(0, rulings) - self._verified()
            self._connection.execute(
                # max() gives a row even of an empty table, with NULL in it: HAVING leaves that out.
                "INSERT OR REPLACE INTO meta SELECT 'verified', max(id) FROM verdicts HAVING max(id) > 0"
            )
            self._added += change + self._verified()

    def check(self, planned: int) -> None:
        """Raise RunError where the records are not those that were written; `planned` problems are the plan's own."""
        total = self._verified()
        for table, columns in (("calls", CALL), ("verdicts", VERDICT)):
            stored = self._connection.execute(f"SELECT {columns} FROM {table}")  # noqa: S608 - words from here
            total += sum(_weight(table, *record) for record in stored)
        total += sum(
            _weighed(number, one) for number, one in enumerate(self.problems[planned : self._stored], planned)
        )
        if total % MODULUS != self._total():
            raise altered(self._path)

    def lines_since_verified(self) -> Ints:
        """Give the lines that were ruled on since everything was last read back."""
        stored = self._connection.execute(
            # `+ 0`: meta holds text, and SQLite puts every number before every text.
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

    def rulings(self) -> Iterator[tuple[Ints, Status, int]]:
        """Give all rulings so far as (lines, status, problem number)."""
        stored = self._connection.execute("SELECT lines, status, problem FROM verdicts ORDER BY id")
        for blob, status, problem in stored:
            yield _unpacked(blob), Status(status), problem

    def answers(self) -> Iterator[tuple[Ints, float]]:
        """Give the lines of all calls that were answered, and when, in seconds since 1970; the last come last."""
        stored = self._connection.execute(
            "SELECT lines, answered FROM calls WHERE result = 'done' ORDER BY answered"
        )
        for blob, answered in stored:
            yield _unpacked(blob), float(answered)

    def unanswered(self, died: float | None = None) -> tuple[Ints, float | None]:
        """Give the lines of calls without an answer, and when the site may last have been asked for one of them.

        The moment is in seconds since 1970, None where there is no such call. A call whose process died has no end:
        the site may have been asked until `died`, or where that is not known until a moment ago. The lines may be done.
        """
        lines, last = [np.zeros(0, "int64")], None
        end = time.time() if died is None else min(died, time.time())
        stored = self._connection.execute(
            "SELECT lines, answered FROM calls WHERE result IS NULL OR result = 'lost'"
        )
        for blob, answered in stored:
            lines.append(_unpacked(blob))
            last = max(last or 0.0, end if answered is None else float(answered))
        return np.unique(np.concatenate(lines)), last

    def _rule(self, call: int, rulings: Sequence[Ruling]) -> int:
        """Write rulings; gives what they add to the sum."""
        numbers = [self.number_of(ruling.problem) for ruling in rulings]
        added = list(enumerate(self.problems[self._stored :], self._stored))
        write_problems(self._connection, [problem for _, problem in added], self._stored)
        self._stored = len(self.problems)
        weight = sum(_weighed(number, problem) for number, problem in added)
        for ruling, problem in zip(rulings, numbers, strict=True):
            record = (call, _packed(ruling.lines), str(ruling.status), problem)
            cursor = self._connection.execute(
                "INSERT INTO verdicts (call, lines, status, problem) VALUES (?, ?, ?, ?)", record
            )
            weight += _weight("verdicts", cursor.lastrowid, *record)
            if self.standing is not None:
                self.standing.rule(ruling.lines, ruling.status, problem)
        return weight

    def _verified(self) -> int:
        stored = self._connection.execute("SELECT value FROM meta WHERE key = 'verified'").fetchone()
        return _weight("verified", str(stored[0])) if stored else 0

    def _total(self) -> int:
        if self._sum is None:
            stored = self._connection.execute("SELECT value FROM meta WHERE key = 'sum'").fetchone()
            self._sum = int(stored[0], 16)
        return self._sum


def _weight(kind: str, *record: object) -> int:
    """Give a record's part of the sum; its number is one of its values, so that its place counts."""
    return int.from_bytes(hashlib.blake2b(repr((kind, *record)).encode(), digest_size=16).digest())


def _weighed(number: int, problem: Problem) -> int:
    return _weight(
        "problems", number, str(problem.code), problem.reason, problem.fix, problem.column, problem.value
    )


def _packed(lines: Ints) -> bytes:
    return lines.astype("<i4").tobytes()


def _unpacked(blob: bytes) -> Ints:
    return np.frombuffer(blob, "<i4").astype("int64")
