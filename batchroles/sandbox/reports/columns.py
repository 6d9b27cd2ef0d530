"""What a column and an entity are: how a column is headed, filled and sorted, and what a source groups them in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.reports.filters import Filter
from batchroles.sandbox.reports.release import ANY, Number
from batchroles.sandbox.reports.rows import Cell, Joined

Show = Callable[[Call], Callable[[Joined], Cell]]
"""Gives, for one call, what fills a column's cells."""
Value = Callable[[Joined], Any]
"""Gives the value of the database by which rows are compared and filtered; None where there is none."""


@dataclass(frozen=True)
class Column:
    """One column that a source offers."""

    heading: str
    show: Show
    value: Value
    sort: tuple[Value, ...] = ()
    """By what it is sorted, if not by its value; a user's full name by first and last name."""
    identity: Value | None = None
    """The id selected beside the value: linked people of one name are no duplicates (rb-participants-unique)."""
    sortable: bool = True
    looks_up_contexts: bool = False
    """Whether each cell makes Moodle look a context up: such columns are what makes a report slow."""
    since: Number = ANY
    """The Moodle that first offers it, where an older one of those that have the source does not."""

    @property
    def sorted_by(self) -> tuple[Value, ...]:
        """By what rows are sorted."""
        return self.sort or (self.value,)

    @property
    def selected(self) -> tuple[Value, ...]:
        """What the database selects for it: rows that differ in none of it are duplicates."""
        return (*self.sorted_by, self.identity) if self.identity else self.sorted_by


@dataclass(frozen=True)
class Entity:
    """One kind of record of a source: its title, columns and filters by name, in Moodle's order."""

    title: str
    columns: Mapping[str, Column]
    filters: Mapping[str, Filter] = field(default_factory=dict)
