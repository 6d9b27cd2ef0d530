"""The success and failed files: UTF-8 with a byte order mark (for Excel), lines ended by CRLF."""

import re
from pathlib import Path

from batchroles.models.formula_cells import neutralise
from batchroles.reporter.fate import Integers
from batchroles.reporter.outcomes import Columns

LINES_AT_ONCE = 50_000
"""Bounds the memory: this many lines are text at the same time."""

_NEEDS_QUOTES = re.compile(r'[",;\t\r\n]|^\s|\s$')


def write_csv(path: Path, columns: Columns, lines: Integers) -> None:
    """Write the given lines (indexes of `Plan.lines`) with a header, in their order."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.write(",".join(map(as_csv_cell, columns.headers)) + "\r\n")
        for start in range(0, len(lines), LINES_AT_ONCE):
            text = columns.text(lines[start : start + LINES_AT_ONCE], as_csv_cell)
            file.write("\r\n".join(map(",".join, zip(*text, strict=True))) + "\r\n")


def as_csv_cell(text: str) -> str:
    """Return a cell as it stands in the file: harmless, and quoted where it must be."""
    harmless = neutralise(text)
    if not _NEEDS_QUOTES.search(harmless):
        return harmless
    doubled = harmless.replace('"', '""')
    return f'"{doubled}"'
