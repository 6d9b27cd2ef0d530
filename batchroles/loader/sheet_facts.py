"""What is known of a sheet beyond the values of its cells."""

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class SheetFacts:
    """What was found in a sheet's XML; rows are numbered from 1, columns from 0."""

    changes: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    """By column and row: the text that a cell shows, where calamine gives another."""
    damaged: dict[int, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """By column and text: what is wrong."""
    hidden_rows: int = 0
    filtered: bool = False

    def last_change(self) -> int:
        """Return the last row with a change, 0 if there is none."""
        return max((max(rows) for rows in self.changes.values() if rows), default=0)
