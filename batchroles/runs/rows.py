"""A plan's rows in the journal: one record per column, written once and proved by a digest.

A record per row would take a third of all the time that a million rows need.
"""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from batchroles.models import Code, Lines, Problem
from batchroles.models.lines import NONE, WORDS, WRITTEN

_KINDS = {
    name: np.dtype("int32" if kind == "category" else kind).newbyteorder("<")
    for name, kind in WRITTEN.items()
}
"""How each column's codes or numbers stand in the file, on whatever machine: as wide as they are in the plan."""
_FASTEST = 1
"""zlib's level: most columns repeat so much that more effort gains nothing."""


Record = tuple[list[str], bytes]
"""A column as it stands in the file: its words (none where it holds numbers) and its codes or numbers."""


def write_rows(connection: sqlite3.Connection, lines: Lines, problems: Sequence[Problem]) -> str:
    """Write a plan's lines; gives a SHA-256 of everything that the plan says of its rows."""
    total = hashlib.sha256()
    # Column by column: all of them at once would be another copy of the plan.
    for name in WRITTEN:
        words, numbers = _record(lines, name)
        _weigh(total, words, numbers)
        record = (name, json.dumps(words), zlib.compress(numbers, _FASTEST))
        connection.execute("INSERT INTO columns VALUES (?, ?, ?)", record)
    return _with_problems(total, problems)


def read_rows(connection: sqlite3.Connection, problems: Sequence[Problem]) -> tuple[Lines, str]:
    """Read a plan's lines, and give the same SHA-256 of what stands there."""
    stored = connection.execute("SELECT name, words, numbers FROM columns")
    records = {name: (json.loads(words), zlib.decompress(numbers)) for name, words, numbers in stored}
    lines = Lines.of({name: _column(name, *records[name]) for name in WRITTEN})
    return lines, _digest(records, problems)


def write_problems(connection: sqlite3.Connection, problems: Sequence[Problem], first: int = 0) -> None:
    """Write problems with the numbers `first`, `first` + 1, …"""
    connection.executemany(
        "INSERT INTO problems VALUES (?, ?, ?, ?, ?, ?)",
        [
            (number, str(one.code), one.reason, one.fix, one.column, one.value)
            for number, one in enumerate(problems, first)
        ],
    )


def read_problems(connection: sqlite3.Connection) -> list[Problem]:
    """Read all problems, in the order of their numbers."""
    stored = connection.execute("SELECT code, reason, fix, header, value FROM problems ORDER BY id")
    return [Problem(Code(code), *texts) for code, *texts in stored]


def _digest(records: Mapping[str, Record], problems: Sequence[Problem]) -> str:
    total = hashlib.sha256()
    for name in WRITTEN:
        _weigh(total, *records[name])
    return _with_problems(total, problems)


def _weigh(total: "hashlib._Hash", words: Sequence[str], numbers: bytes) -> None:
    total.update("\0".join(words).encode())
    total.update(numbers)


def _with_problems(total: "hashlib._Hash", problems: Sequence[Problem]) -> str:
    for problem in problems:
        total.update(repr(problem).encode())
    return total.hexdigest()


def _record(lines: Lines, name: str) -> Record:
    """Give a column as it is written; the same for equal columns."""
    column = lines.stored(name)
    if name in WORDS:
        return WORDS[name](), column.to_numpy().astype(_KINDS[name]).tobytes()
    if WRITTEN[name] != "category":
        return [], column.to_numpy().astype(_KINDS[name]).tobytes()
    # Equal columns may have their words in another order, or words that no row has: neither is a change.
    used = column.cat.remove_unused_categories()
    ordered = used.cat.reorder_categories(sorted(used.cat.categories))
    # pandas keeps codes in as few bytes as their number needs: here they always have four.
    codes = ordered.cat.codes.to_numpy().astype(_KINDS[name])
    return [str(word) for word in ordered.cat.categories], codes.tobytes()


def _column(name: str, words: list[str], numbers: bytes) -> Any:
    stored = np.frombuffer(numbers, _KINDS[name])
    if WRITTEN[name] == "category":
        return pd.Categorical.from_codes(stored, pd.Index(words, dtype="str"))
    if name in WORDS:
        # What a code means is what the words beside it say, whatever this version's codes are.
        codes = np.array([*map(WORDS[name]().index, words), NONE])
        return codes[stored]
    return stored
