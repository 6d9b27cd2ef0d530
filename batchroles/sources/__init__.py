"""Where rows come from: a file, standard input, a published sheet, a query, a OneRoster export.

Each gives the bytes of one CSV file or workbook, of which a run keeps its own copy; only that copy is read.
"""

import re
from collections.abc import Callable
from pathlib import Path

from batchroles.sources.file import FileOnDisk
from batchroles.sources.oneroster import OneRoster
from batchroles.sources.query import Query
from batchroles.sources.source import Source
from batchroles.sources.stdin import StandardInput
from batchroles.sources.web import PublishedSheet

__all__ = ["FileOnDisk", "OneRoster", "PublishedSheet", "Query", "Source", "StandardInput", "source_of"]

_STDIN = "-"
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def source_of(given: str | Path, *, stdin: bool = False) -> Source:
    """Give the source that somebody names: an https address, a OneRoster export, or any other file.

    `stdin`: whether `-` is standard input, as it is for a command. A Path is never an address: it has lost a slash.
    Raises InputError for an address that cannot be used.
    """
    if given == _STDIN and stdin:
        return StandardInput()
    if isinstance(given, str) and _ADDRESS.match(given):
        return PublishedSheet.at(given)
    path = Path(given)
    return next((make(path) for looks_so, make in _FOLDERS if looks_so(path)), FileOnDisk(path))


_FOLDERS: tuple[tuple[Callable[[Path], bool], Callable[[Path], Source]], ...] = (
    (OneRoster.is_at, OneRoster),
)
"""What is told from a single file by looking: whether a path is one, and what reads it."""
