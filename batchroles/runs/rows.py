"""A plan's rows in the journal: one record per column, written once and proved by a digest.

A record per row would take a third of all the time that a million rows need.
"""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from batchroles.models import LINE_COLUMNS, Code, Problem
from batchroles.models.plan import codes

_TEXT = ("part", "action", "level", "status")
_CODE, _NUMBER = "<i4", "<i8"
"""How a text column's codes and a column of numbers stand in the file."""
_FASTEST = 1
"""zlib's level: most columns repeat so much that more effort gains nothing."""


def write_rows(connection: sqlite3.Connection, lines: pd.DataFrame) -> None:
    """Write a plan's lines."""
    for name in LINE_COLUMNS:
        words, numbers = _stored(lines[name])
        record = (name, json.dumps(words), zlib.compress(numbers, _FASTEST))
        connection.execute("INSERT INTO columns VALUES (?, ?, ?)", record)


def read_rows(connection: sqlite3.Connection) -> pd.DataFrame:
    """Read a plan's lines; index and types as in `Plan.lines`."""
    stored = connection.execute("SELECT name, words, numbers FROM columns")
    columns = {
        name: _column(name, json.loads(words), zlib.decompress(numbers)) for name, words, numbers in stored
    }
    return pd.DataFrame({name: columns[name] for name in LINE_COLUMNS}).astype(LINE_COLUMNS)


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


def digest(lines: pd.DataFrame, problems: Sequence[Problem]) -> str:
    """Give a SHA-256 of everything that a plan says of its rows."""
    total = hashlib.sha256()
    for name in LINE_COLUMNS:
        words, numbers = _stored(lines[name])
        total.update("\0".join(words).encode())
        total.update(numbers)
    for problem in problems:
        total.update(repr(problem).encode())
    return total.hexdigest()


def _stored(column: "pd.Series[Any]") -> tuple[list[str], bytes]:
    """Give a column's words (none where it holds numbers) and its numbers; the same for equal columns."""
    if column.name not in _TEXT:
        return [], column.to_numpy().astype(_NUMBER).tobytes()
    if column.name == "part":
        used = column.cat.remove_unused_categories()
        column = used.cat.reorder_categories(sorted(used.cat.categories))
    return [str(word) for word in column.cat.categories], codes(column).astype(_CODE).tobytes()


def _column(name: str, words: list[str], numbers: bytes) -> Any:
    if name not in _TEXT:
        return np.frombuffer(numbers, _NUMBER)
    return pd.Categorical.from_codes(np.frombuffer(numbers, _CODE), pd.Index(words, dtype="str"))
