"""What of a sheet fits into no memory: cells far away (calamine keeps the whole rectangle) and repeated long texts."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl.utils import column_index_from_string

from batchroles.errors import InputError
from batchroles.loader.workbook.package import Package

MOST_CELLS = 20_000_000
"""About 30 bytes each."""
_PLACE = re.compile(rb'\br="([A-Z]{0,3})([1-9][0-9]{0,6})"')
_FILLED = re.compile(rb'<(?:\w{1,9}:)?c\b[^<>]{0,300}?\br="([A-Z]{1,3})([1-9][0-9]{0,6})"[^<>/]{0,300}>')


@dataclass
class Reach:
    """The last row and column that were seen."""

    last_row: int = 0
    columns: set[bytes] = field(default_factory=set)

    def note(self, block: bytes, places: re.Pattern[bytes] = _PLACE) -> None:
        """Take in the places of the rows and cells of a piece of a sheet's XML."""
        found = places.findall(block)
        if not found:
            return
        columns, rows = zip(*found, strict=True)
        self.columns.update(columns)
        self.last_row = max(self.last_row, *map(int, set(rows)))

    def last_column(self) -> int:
        """Return the number of the last column, from 1."""
        return max((column_index_from_string(name.decode()) for name in self.columns if name), default=1)

    def is_too_far(self) -> bool:
        """Whether the rectangle does not fit into memory."""
        return self.last_row * self.last_column() > MOST_CELLS


def refuse_far(package: Package, part: str, sheet: str) -> None:
    """Raise InputError if the cells with content reach too far; formatted blank cells far away do no harm."""
    reach = Reach()
    for block in package.blocks(part, b"row"):
        reach.note(block, _FILLED)
    if reach.is_too_far():
        raise too_far(package.path, sheet, reach.last_row, reach.last_column())


def too_far(path: Path, sheet: str, row: int, column: int) -> InputError:
    """Return the error for a sheet that does not fit into memory."""
    return InputError(
        f'{path}, sheet "{sheet}" reaches to row {row:,} and column {column:,}, '
        "which is too much to read; delete what stands far from the table, or save the sheet as CSV."
    )


_MOST = 2**30
"""Characters of all cells together, a repeated text counted as often as it is shown."""
_END_OF_TEXT = re.compile(rb"</(?:\w{1,9}:)?si>")
_REFERENCE = re.compile(rb't="s"[^<>]{0,300}>\s*<(?:\w{1,9}:)?v>\s*([0-9]{1,9})\s*<')


def refuse_repeated(package: Package, sheet: str, cells: int) -> None:
    """Raise InputError if the texts of a sheet part's cells come to too much; `cells` is how many hold a text."""
    name = package.name_like("xl/sharedStrings.xml")
    if name is None:
        return
    lengths = [len(text) for block in package.blocks(name, b"si") for text in _END_OF_TEXT.split(block)[:-1]]
    # In nearly every workbook no text is long enough, and the sheet need not be gone through again.
    if max(lengths, default=0) * cells <= _MOST:
        return
    uses = Counter(
        int(number) for block in package.blocks(sheet, b"row") for number in _REFERENCE.findall(block)
    )
    if sum(lengths[number] * count for number, count in uses.items() if number < len(lengths)) > _MOST:
        raise InputError(
            f"{package.path} repeats long texts until they fill gigabytes; delete the columns with long texts."
        )
