"""A plan's rows in the journal: written once, read back in blocks, and proved by a digest."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from batchroles.models import LINE_COLUMNS, Code, Problem
from batchroles.models.plan import codes

BLOCK = 50_000
"""Rows that become Python objects at a time."""

_COLUMNS = tuple(LINE_COLUMNS)
_TEXT = ("part", "action", "level", "status")


def write_rows(connection: sqlite3.Connection, lines: pd.DataFrame) -> None:
    """Write a plan's lines."""
    marks = ", ".join("?" * (len(_COLUMNS) + 1))
    for start in range(0, len(lines), BLOCK):
        block = lines.iloc[start : start + BLOCK]
        columns = [_as_list(block[name]) for name in _COLUMNS]
        numbered = zip(range(start, start + len(block)), *columns, strict=True)
        connection.executemany(f"INSERT INTO rows VALUES ({marks})", numbered)  # noqa: S608 - only question marks


def read_rows(connection: sqlite3.Connection) -> pd.DataFrame:
    """Read a plan's lines; index and types as in `Plan.lines`."""
    blocks = [_as_frame(block) for block in _blocks(connection)]
    lines = pd.concat(blocks, ignore_index=True) if blocks else _as_frame([])
    return lines.astype(LINE_COLUMNS)


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
    for name in _COLUMNS:
        column = lines[name]
        if name == "part":
            used = column.cat.remove_unused_categories()
            column = used.cat.reorder_categories(sorted(used.cat.categories))
        if name in _TEXT:
            total.update("\0".join(map(str, column.cat.categories)).encode())
            total.update(codes(column).astype("<i4").tobytes())
        else:
            total.update(column.to_numpy().astype("<i8").tobytes())
    for problem in problems:
        total.update(repr(problem).encode())
    return total.hexdigest()


def _blocks(connection: sqlite3.Connection) -> Iterator[list[tuple[Any, ...]]]:
    cursor = connection.execute(f"SELECT {', '.join(_COLUMNS)} FROM rows ORDER BY line")  # noqa: S608 - our names
    while block := cursor.fetchmany(BLOCK):
        yield block


def _as_frame(block: list[tuple[Any, ...]]) -> pd.DataFrame:
    columns = list(zip(*block, strict=True)) or [()] * len(_COLUMNS)
    # `part` has no fixed categories, and those of two blocks may differ: it becomes a category when all are there.
    types = {**LINE_COLUMNS, "part": "str"}
    return pd.DataFrame(
        {name: pd.array(values, dtype=types[name]) for name, values in zip(_COLUMNS, columns, strict=True)}
    )


def _as_list(column: "pd.Series[Any]") -> list[object]:
    """Give plain Python values; None for a category that is not there."""
    if column.name not in _TEXT:
        return column.to_numpy().tolist()
    names = np.array([*map(str, column.cat.categories), None], object)
    return list(names[codes(column)])
