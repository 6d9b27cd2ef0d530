"""One sheet, seen by a format: its loaded cells, the meaning of each column, and the columns read by meaning."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from batchroles.formats.columns import Codes, ReadColumn, constant, from_results, read_column
from batchroles.formats.meanings import Kind, Meaning, meanings_of
from batchroles.formats.options import FormatOptions
from batchroles.formats.references import Read, Reference, read_action
from batchroles.loader import Loaded
from batchroles.loader.invisible import cleaned
from batchroles.models import Problem, Table

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
        return meanings_of(self.table.headers, self.options.column_map)

    def of_kind(self, kind: Kind) -> Iterator[tuple[int, Meaning]]:
        """Yield position and meaning of the columns of one kind."""
        return ((at, meaning) for at, meaning in enumerate(self.meanings) if meaning and meaning.kind is kind)

    def cells(self, position: int) -> pd.Series:
        """Return a column of text."""
        return self.table.cells[position]

    def header(self, position: int) -> str:
        """Return the header of a column as people read it."""
        return cleaned(self.table.headers[position])

    def read(self, position: int, read: Read) -> ReadColumn:
        """Return a column as references."""
        damaged = self.loaded.damaged.get(position, {})
        return read_column(self.cells(position), self.table.headers[position], read, damaged)

    def actions(self, position: int | None) -> ReadColumn:
        """Return the action of every row: the command's own where the file says none."""
        own = constant(self.options.action, len(self.rows))
        if position is None:
            return own
        said = self.read(position, read_action)
        codes = np.where(said.blank(), np.int32(len(said.references)), said.codes)
        return ReadColumn(
            said.header, codes, [*said.references, self.options.action], said.faults, said.problems
        )

    def read_pair(self, first: int, second: int, read: ReadPair) -> ReadColumn:
        """Return a column of references from two columns of text, each distinct pair read once."""
        one, two = self.cells(first).cat, self.cells(second).cat
        width = max(len(two.categories), 1)
        pairs = one.codes.to_numpy().astype(np.int64) * width + two.codes.to_numpy()
        numbers, distinct = pd.factorize(pairs)
        results = [
            read(one.categories[pair // width], two.categories[pair % width]) for pair in distinct.tolist()
        ]
        return from_results(numbers.astype(np.int32), results, self.table.headers[second])
