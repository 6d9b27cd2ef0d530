"""One sheet, seen by a format: its loaded cells, the meaning of each column, and the columns read by meaning."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from batchroles.loader import Loaded
from batchroles.loader.layouts.cells import Read, Reference, read_change
from batchroles.loader.layouts.columns import Codes, ReadColumn, constant, from_results, read_column
from batchroles.loader.layouts.damage import lost_digits
from batchroles.loader.layouts.dates import DateOrder, last_day, moment_reader, read_days, read_participation
from batchroles.loader.layouts.meanings import (
    Kind,
    Meaning,
    meanings_of,
    refuse_twins,
    refuse_unclear,
    refuse_unmapped,
)
from batchroles.models import ASSIGN, SUSPEND, Change, Problem, Table
from batchroles.models.references import Participation
from batchroles.text import cleaned


@dataclass(frozen=True)
class FormatOptions:
    """What a file cannot say itself."""

    match_user_by: str = "username"
    """What a plain `user` column holds: `username`, `email`, `idnumber` or `id`."""
    role: str | None = None
    """The role of every row, where the file has no column for it."""
    context: str | None = None
    """The context of every row, written as in a `context` column, where the file has no column for it."""
    column_map: Mapping[str, str] = field(default_factory=dict)
    """Header to meaning: what `--map COLUMN=MEANING` says."""
    format: str | None = None
    """The short name of a format, to have it not recognised but taken."""
    change: Change = ASSIGN
    """What rows ask for that do not say it themselves."""
    enrol: bool = False
    """Whether rows that assign a role in a course enrol whoever is not enrolled there."""
    date_format: DateOrder | None = None
    """What 03/04/2026 means: `dmy` or `mdy`; None where it is to be refused."""
    time_zone: str | None = None
    """The zone of dates and times, by its name (Europe/Berlin); None for the site's own."""

    split_courses: str | None = None
    """What stands between the courses of one cell; None where a cell names one course, or several on lines each."""

    windows: bool = False
    """Whether columns `from` and `until` count, which only a sync heeds."""

    site_columns: Mapping[str, str] = field(default_factory=dict)
    """What a site calls its columns, header to meaning: counts where a file has such a header."""

    @property
    def columns(self) -> Mapping[str, str]:
        """Every header that was given a meaning; what is said of one file counts more than what a site says."""
        return {**self.site_columns, **self.column_map}

    def enrols(self, change: Change) -> bool:
        """Whether rows that ask for a change may come to be about enrolments, which have dates."""
        return change.takes_dates or (self.enrol and change is ASSIGN)


ReadPair = Callable[[str, str], Reference | Problem | None]
"""Reads the texts of two cells."""


@dataclass(frozen=True)
class Sheet:
    """A loaded table together with what the caller says about it."""

    loaded: Loaded
    options: FormatOptions

    @property
    def table(self) -> Table:
        """Return the table of text."""
        return self.loaded.table

    @cached_property
    def rows(self) -> Codes:
        """Return the spreadsheet row number of every row."""
        return self.table.cells.index.to_numpy().astype(np.int32)

    @cached_property
    def meanings(self) -> list[Meaning | None]:
        """Return the meaning of every column."""
        return meanings_of(self.table.headers, self.options.columns)

    def of_kind(self, kind: Kind) -> Iterator[tuple[int, Meaning]]:
        """Yield position and meaning of the columns of one kind."""
        return ((at, meaning) for at, meaning in enumerate(self.meanings) if meaning and meaning.kind is kind)

    def cells(self, position: int) -> pd.Series:
        """Return a column of text."""
        return self.table.cells[position]

    def cells_that(self, position: int, says: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Return of which cells of a column something is true; each distinct text is looked at once."""
        cells = self.cells(position).cat
        # Of a cell that is missing what is true of a blank one.
        found = np.array([*map(says, cells.categories.tolist()), says("")], bool)
        return found[cells.codes.to_numpy()]

    def refuse_headers(self) -> None:
        """Raise InputError for headers that cannot be meant: mapped and not there, unclear, or the same said twice."""
        headers = self.table.headers
        refuse_unmapped(headers, self.options.column_map)
        refuse_unclear(headers, self.options.columns)
        refuse_twins(headers, self.meanings, self.options.columns)

    def header(self, position: int) -> str:
        """Return the header of a column as people read it."""
        return cleaned(self.table.headers[position])

    def positions(self, *kinds: Kind) -> list[int]:
        """Return the columns of some kinds, in the order of the kinds."""
        return [at for kind in kinds for at, _ in self.of_kind(kind)]

    def only(self, kept: NDArray[np.bool_]) -> "Sheet":
        """Return the sheet with some of its rows."""
        table = replace(self.table, cells=self.table.cells[kept])
        return Sheet(replace(self.loaded, table=table), self.options)

    def place(self, row: int, position: int) -> str:
        """Name a cell for people."""
        return self.table.place(row, self.table.headers[position])

    def read(self, position: int, read: Read) -> ReadColumn:
        """Return a column as references."""
        return read_column(self.cells(position), self.table.headers[position], read, self.damaged(position))

    def damaged(self, position: int) -> Mapping[str, str]:
        """Return which texts of a column are damaged, and how."""
        return {**lost_digits(self.cells(position)), **self.loaded.damaged.get(position, {})}

    def changes(self, position: int | None) -> ReadColumn:
        """Return the change that every row asks for: the command's own where the file says none."""
        own = constant(self.options.change, len(self.rows))
        if position is None:
            return own
        return self.read(position, read_change).filled(self.options.change)

    def dates(self, change: ReadColumn, at: Mapping[Kind, int]) -> tuple[ReadColumn, dict[str, ReadColumn]]:
        """Return the changes, suspending where a row says so, and the columns of dates; `at` gives their positions.

        Rows that enrol nobody have none of it, whatever their cells hold.
        """
        enrols = change.whose(lambda one: isinstance(one, Change) and self.options.enrols(one))
        moment = moment_reader(self.options.date_format)
        last = (meaning.by for _, meaning in self.of_kind(Kind.END))
        readers: Mapping[Kind, Read] = {
            Kind.START: moment,
            Kind.END: last_day(moment) if any(last) else moment,
            Kind.DAYS: read_days,
        }
        found = {
            str(kind): self.read(at[kind], read).only(enrols) for kind, read in readers.items() if kind in at
        }
        if Kind.PARTICIPATION in at:
            status = self.read(at[Kind.PARTICIPATION], read_participation).only(enrols)
            change = change.replaced(status, lambda one: SUSPEND if one == Participation(True) else None)
        return change, found

    def windows(self) -> dict[str, ReadColumn]:
        """Return the columns of the days from which and until which rows are wanted, where they count."""
        if not self.options.windows:
            return {}
        moment = moment_reader(self.options.date_format)
        found = {str(Kind.FROM): self.read(at, moment) for at, _ in self.of_kind(Kind.FROM)}
        return found | {
            str(Kind.UNTIL): self.read(at, last_day(moment) if meaning.by else moment)
            for at, meaning in self.of_kind(Kind.UNTIL)
        }

    def read_pair(self, first: int, second: int, read: ReadPair) -> ReadColumn:
        """Return a column of references from two columns of text, each distinct pair read once."""
        one, two = self.cells(first).cat, self.cells(second).cat
        width = max(len(two.categories), 1)
        pairs = one.codes.to_numpy().astype(np.int64) * width + two.codes.to_numpy()
        numbers, distinct = pd.factorize(pairs)
        firsts, seconds = one.categories.tolist(), two.categories.tolist()
        results = [read(firsts[pair // width], seconds[pair % width]) for pair in distinct.tolist()]
        return from_results(numbers.astype(np.int32), results, self.table.headers[second])
