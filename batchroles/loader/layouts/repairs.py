"""What a person has mended of a file that was read before: cells that are read otherwise than they stand in it."""

from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd

from batchroles.loader import SURPLUS, Loaded
from batchroles.loader.columns import categorical_of
from batchroles.loader.layouts.lines import whole
from batchroles.models import Table
from batchroles.models.table import Headings
from batchroles.text import cleaned

Cell = tuple[int, int]
"""The row number of a file's row, and the position of a column."""


@dataclass(frozen=True)
class Repairs:
    """Cells with another text than the file has, and which of its lines are asked for."""

    cells: Mapping[Cell, str] = field(default_factory=dict)
    damaged: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    """By column position and text: what is wrong with mended cells that show this text, as in `Loaded`."""
    lines: AbstractSet[tuple[int, str]] | None = None
    """By row and part, of which an empty one stands for all parts of its row; None for every line."""

    def applied(self, loaded: Loaded) -> Loaded:
        """Return the table with the mended cells in it."""
        if not self.cells:
            return loaded
        table, by_column = loaded.table, defaultdict[int, dict[int, str]](dict)
        places = table.cells.index.get_indexer(pd.Index([row for row, _ in self.cells]))
        for ((_, position), text), place in zip(self.cells.items(), places.tolist(), strict=True):
            by_column[position][place] = text
        # Shallow: columns are replaced whole, never written into.
        cells = table.cells.copy(deep=False)
        for position, changes in by_column.items():
            cells[position] = pd.Series(_changed(cells[position], changes), index=cells.index)
        damaged = {
            at: {**loaded.damaged.get(at, {}), **self.damaged.get(at, {})} for at in range(len(cells.columns))
        }
        table = replace(self._put_in_order(table), cells=cells, headings=self._left_above(table))
        return replace(loaded, table=table, damaged=damaged)

    def _put_in_order(self, table: Table) -> Table:
        """Take a row with a cell too many for sound where the text that was too much has been cleared."""
        if SURPLUS not in table.headers:
            return table
        at = table.headers.index(SURPLUS)
        mended = {row for (row, position), text in self.cells.items() if position == at and not cleaned(text)}
        left = {row: problem for row, problem in table.row_problems.items() if row not in mended}
        return replace(table, row_problems=left)

    def _left_above(self, table: Table) -> Headings:
        """Return the headings, which say nothing any more of rows whose own cell was mended."""
        at = table.headers.index(table.headings.column) if table.headings.places else None
        return replace(
            table.headings, mended=frozenset(row for row, position in self.cells if position == at)
        )

    def asked(self, lines: pd.DataFrame) -> pd.DataFrame:
        """Return the lines that are asked for."""
        keys = zip(lines["row"].tolist(), lines["part"].tolist(), strict=True)
        chosen = np.fromiter((self._is_asked(row, part) for row, part in keys), bool, len(lines))
        kept: pd.DataFrame = lines[chosen].reset_index(drop=True)
        return kept

    def _is_asked(self, row: int, part: str) -> bool:
        if self.lines is None or (row, part) in self.lines or (row, "") in self.lines:
            return True
        # Of a mended cell the pieces may stand in other places, or be one alone: all are asked for, as what is done
        # already is known to be.
        return row in self._mended and (
            (row, whole(part)) in self._wholes or (part == "" and row in self._in_pieces)
        )

    @cached_property
    def _mended(self) -> set[int]:
        return {row for row, _ in self.cells}

    @cached_property
    def _wholes(self) -> set[tuple[int, str]]:
        return {(row, whole(part)) for row, part in self.lines or ()}

    @cached_property
    def _in_pieces(self) -> set[int]:
        return {row for row, part in self.lines or () if whole(part) != part}

    def to_plain(self) -> dict[str, list[list[Any]]]:
        """Return the mended cells as JSON can hold them; which lines were asked for stands in the plan."""
        return {
            "cells": [[row, at, text] for (row, at), text in self.cells.items()],
            "damaged": [
                [at, text, what] for at, texts in self.damaged.items() for text, what in texts.items()
            ],
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, list[list[Any]]]) -> Self:
        """Return what `to_plain` was given, with every line asked for."""
        damaged = defaultdict[int, dict[str, str]](dict)
        for at, text, what in plain["damaged"]:
            damaged[at][text] = what
        return cls({(row, at): text for row, at, text in plain["cells"]}, damaged)


def _changed(cells: pd.Series, changes: Mapping[int, str]) -> pd.Categorical:
    return categorical_of(cells.cat.codes.to_numpy().astype(np.int32), cells.cat.categories.tolist(), changes)
