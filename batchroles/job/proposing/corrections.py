"""What a person corrects in a file while looking at it: cells that are read otherwise than they stand there.

The file itself is never changed. Only what was said is changed, and nothing is guessed: a correction that fits no cell
is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from batchroles.errors import InputError
from batchroles.job.proposing.cells import Cells
from batchroles.loader.layouts import FormatOptions, Repairs
from batchroles.loader.layouts.pieces import pieces, with_piece
from batchroles.models import Wanted
from batchroles.text import cleaned


@dataclass(frozen=True)
class Correction:
    """One text in the place of another, in some cells of a column."""

    position: int
    """That of the column among those of `Table.headers`, from 0."""
    header: str
    """What it is called: a file with other columns is not meant."""
    old: str
    """The text of the cells, or one of the values of a cell that holds several; blank for blank cells."""
    new: str
    """Blank to clear them."""
    rows: tuple[int, ...] | None = None
    """The numbers of the rows that are meant; None for all that are read and have this text there."""

    def to_plain(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Return what `to_plain` was given."""
        rows = plain["rows"]
        return cls(**{**plain, "rows": None if rows is None else tuple(map(int, rows))})


def corrected(
    corrections: Sequence[Correction],
    wanted: Wanted,
    options: FormatOptions,
    repairs: Repairs | None = None,
) -> Repairs:
    """Return what corrections come to, each on top of those before it, in what was read with `repairs`.

    Raises InputError for one that fits no cell: another file is meant then, or it was corrected already.
    """
    before = repairs or Repairs()
    mending = _Mending(wanted, options)
    for one in corrections:
        mending.take(one)
    return Repairs({**before.cells, **mending.cells}, before.damaged, before.lines)


class _Mending:
    """A table, and the texts of the cells that were corrected so far."""

    def __init__(self, wanted: Wanted, options: FormatOptions) -> None:
        self._table, self._options = wanted.table, options
        self._cells = Cells(wanted.table, wanted.format, tuple(one.format for one in wanted.sheets))
        self.cells: dict[tuple[int, int], str] = {}

    def take(self, one: Correction) -> None:
        """Take one correction in. Raises InputError where it fits nothing."""
        if not 0 <= one.position < len(self._table.headers) or self._cells.header(one.position) != one.header:
            raise InputError(
                f'{self._table.path.name} has no column "{one.header}" where one was corrected: it is read otherwise'
                " than before; correct it again."
            )
        old, new = cleaned(one.old), cleaned(one.new)
        changed = {row: self._changed(row, text, one.position, old, new) for row, text in self._meant(one)}
        found = {row: text for row, text in changed.items() if text is not None}
        if not found or (one.rows is not None and len(found) < len(one.rows)):
            raise self._refused(one, found)
        self.cells |= {(row, one.position): text for row, text in found.items()}

    def _meant(self, one: Correction) -> Iterator[tuple[int, str]]:
        """Yield the rows that may be meant, with the texts that their cells have by now."""
        column = self._table.cells[one.position].cat
        places = np.arange(len(self._table.cells))
        if one.rows is not None:
            places = self._table.cells.index.get_indexer(pd.Index(one.rows))
            places = places[places >= 0]
        else:
            fits = [self._may_hold(text, one) for text in column.categories.tolist()]
            touched = self._table.cells.index.isin([row for row, at in self.cells if at == one.position])
            places = places[
                np.array([*fits, cleaned(one.old) == ""], bool)[column.codes.to_numpy()] | touched
            ]
        texts = ["", *column.categories.tolist()]
        codes = column.codes.to_numpy()[places] + 1
        rows = self._table.cells.index.to_numpy()[places]
        for row, code in zip(rows.tolist(), codes.tolist(), strict=True):
            yield row, self.cells.get((row, one.position), texts[code])

    def _may_hold(self, text: str, one: Correction) -> bool:
        return cleaned(one.old) in cleaned(text) if cleaned(one.old) else not cleaned(text)

    def _changed(self, row: int, text: str, position: int, old: str, new: str) -> str | None:
        """Return a cell with the correction in it, None where it does not fit."""
        if cleaned(text) == old:
            return new
        parted = self._cells.between(row, position, self._options)
        if old and parted is not None and old in pieces(text, parted):
            return with_piece(text, parted, old, new)
        return None

    def _refused(self, one: Correction, found: Mapping[int, str]) -> InputError:
        what = f'"{one.old}"' if one.old else "a blank cell"
        there = f'under "{one.header}"'
        if one.rows is not None:
            row = next(row for row in one.rows if row not in found)
            there = f"in {self._table.called(row)} {there}"
        return InputError(
            f'{self._table.path.name} has not {what} {there}, so that "{one.new}" cannot be put in its place; look at'
            " the rows again."
        )
