"""The rows that calls change: by id, by indexed field, and every change can be taken back."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

Row = dict[str, Any]

Change = tuple["Table", Row | None, Row | None]
"""The table, the row before (None: added) and the row after (None: removed)."""


class Journal:
    """The changes since the last commit, newest last."""

    def __init__(self) -> None:
        self._changes: list[Change] = []
        self._rehearsed: list[Change] | None = None

    def note(self, table: "Table", before: Row | None, after: Row | None) -> None:
        """Remember one change: added (no `before`), removed (no `after`) or replaced."""
        self._changes.append((table, before, after))

    def commit(self) -> None:
        """Keep all changes, unless this is a rehearsal."""
        if self._rehearsed is None:
            self._changes.clear()
        else:
            self.roll_back()

    def roll_back(self) -> None:
        """Take all changes back."""
        if self._rehearsed is not None:
            self._rehearsed += self._changes
        for table, before, after in reversed(self._changes):
            table.swap(after, before)
        self._changes.clear()

    @contextmanager
    def rehearsal(self) -> Iterator[list[Change]]:
        """Take back whatever is committed inside, and give these changes, oldest first."""
        changes: list[Change] = []
        self._rehearsed = changes
        try:
            yield changes
        finally:
            self._rehearsed = None


class Table:
    """Rows of one kind. `key` names the fields that together are unique, `indexes` those that are searched by."""

    def __init__(
        self, rows: Iterable[Row], key: tuple[str, ...], indexes: tuple[str, ...], journal: Journal
    ) -> None:
        self.rows: dict[int, Row] = {}
        self._key = key
        self._by_key: dict[tuple[Any, ...], Row] = {}
        self._indexes: dict[str, dict[Any, dict[int, Row]]] = {name: {} for name in indexes}
        self._journal = journal
        for row in rows:
            self.swap(None, row)
        self._next_id = max(self.rows, default=0) + 1

    def find(self, *key: object) -> Row | None:
        """Give the row with these values of the key fields."""
        return self._by_key.get(key)

    def where(self, field: str, value: object) -> list[Row]:
        """Give the rows with this value of an indexed field, in the order of their ids."""
        found = self._indexes[field].get(value, {})
        return [found[rowid] for rowid in sorted(found)]

    def add(self, row: Row) -> Row:
        """Store a row under the next id."""
        stored = {"id": self._next_id, **row}
        self._next_id += 1
        self._change(None, stored)
        return stored

    def remove(self, row: Row) -> None:
        """Remove a stored row."""
        self._change(row, None)

    def update(self, row: Row, **fields: object) -> None:
        """Replace a stored row by one with other values."""
        self._change(row, {**row, **fields})

    def swap(self, old: Row | None, new: Row | None) -> None:
        """Put `new` in the place of `old` without noting it in the journal."""
        if old is not None:
            del self.rows[old["id"]], self._by_key[self._key_of(old)]
            for field, index in self._indexes.items():
                del index[old[field]][old["id"]]
        if new is not None:
            self.rows[new["id"]] = self._by_key[self._key_of(new)] = new
            for field, index in self._indexes.items():
                index.setdefault(new[field], {})[new["id"]] = new

    def _change(self, old: Row | None, new: Row | None) -> None:
        self.swap(old, new)
        self._journal.note(self, old, new)

    def _key_of(self, row: Row) -> tuple[Any, ...]:
        return tuple([row[name] for name in self._key])
