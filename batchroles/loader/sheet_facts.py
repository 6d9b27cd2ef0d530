"""What is known of a sheet beyond the values of its cells."""

from collections import defaultdict
from dataclasses import dataclass, field

from batchroles.loader.number_formats import NOT_KNOWN, is_date, shown
from batchroles.loader.values import DATE, FORMAT_UNKNOWN, FORMATTED, text_of

Area = tuple[tuple[int, int], tuple[int, int]]
"""First and last cell of a merged area, as row and column from 0."""
_TOO_LONG = 10**15


@dataclass
class SheetFacts:
    """What was found in a sheet; rows are numbered from 1, columns from 0."""

    changes: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    """By column and row: the text that a cell shows, where calamine gives another."""
    damaged: dict[int, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """By column and text: what is wrong."""
    formats_unknown: bool = False
    """Whether nothing tells how the numbers are shown."""
    hidden_unknown: bool = False
    """Whether nothing tells what is hidden."""
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    filtered: bool = False
    merged: list[Area] = field(default_factory=list)
    """Merged cells, where calamine does not know them."""

    def last_change(self) -> int:
        """Return the last row with a change, 0 if there is none."""
        return max((max(rows) for rows in self.changes.values() if rows), default=0)

    def note_number(self, row: int, column: int, value: float, code: str | None) -> None:
        """Take in a number that has a number format: None where the format is not known."""
        whole = int(value) if value.is_integer() and abs(value) < _TOO_LONG else None
        text = NOT_KNOWN if code is None or whole is None else shown(whole, code)
        if text == NOT_KNOWN:
            why = FORMAT_UNKNOWN if code is None else DATE if is_date(code) else FORMATTED
            self.damaged[column][text_of(value)] = why
        elif text is not None:
            self.changes[column][row] = text

    def hide_columns(self, first: int, last: int) -> None:
        """Take in hidden columns."""
        self.hidden_columns.update(range(first, min(last, 2**14) + 1))
