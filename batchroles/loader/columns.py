"""Rows that arrive in chunks, kept as one categorical per column."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from batchroles.text import cleaned

Codes = NDArray[np.int32]


class Column:
    """One column: each distinct value once, and a number per row that points to it."""

    def __init__(self) -> None:
        # NOTE: the default factory is the dictionary's own length, so that a new value gets the next number without
        # a line of Python being run per cell.
        self._number_of: defaultdict[Hashable, int] = defaultdict()
        self._number_of.default_factory = self._number_of.__len__
        self._chunks: list[Codes] = []

    def extend(self, values: Sequence[Hashable]) -> None:
        """Add the values of the next rows."""
        self._chunks.append(np.fromiter(map(self._number_of.__getitem__, values), np.int32, len(values)))

    def distinct(self) -> list[Hashable]:
        """Return each value once, in the order in which it was first seen."""
        return list(self._number_of)

    def categorical(self, to_text: Callable[[Hashable], str], changes: Mapping[int, str]) -> pd.Categorical:
        """Return the column as text; `changes` are texts that replace single cells, by position."""
        texts = [to_text(value) for value in self._number_of]
        codes = np.concatenate(self._chunks) if self._chunks else np.empty(0, np.int32)
        return categorical_of(codes, texts, changes)


def categorical_of(codes: Codes, texts: Sequence[str], changes: Mapping[int, str]) -> pd.Categorical:
    """Return a categorical of text from numbers that point into `texts`, where a text may stand twice."""
    number_of = {text: number for number, text in enumerate(dict.fromkeys([*texts, *changes.values()]))}
    renumber = np.fromiter((number_of[text] for text in texts), np.int32, len(texts))
    codes = renumber[codes] if len(texts) else codes
    for position, text in changes.items():
        codes[position] = number_of[text]
    # The type is named: of no texts at all pandas would make an Index of objects.
    return pd.Categorical.from_codes(codes, categories=pd.Index(list(number_of), dtype="str"))


def frame_of(columns: Iterable[pd.Categorical], first_row: int) -> pd.DataFrame:
    """Return the columns as one frame, numbered from `first_row`, without the rows that are wholly blank."""
    frame = pd.DataFrame(dict(enumerate(columns)))
    frame.index = pd.RangeIndex(first_row, first_row + len(frame))
    filled = np.zeros(len(frame), dtype=bool)
    for position in frame.columns:
        filled |= ~is_blank(frame[position])
    return frame if filled.all() else frame.loc[filled]


def is_blank(cells: pd.Series) -> NDArray[np.bool_]:
    """Return, for each cell of a categorical column of text, whether it shows nothing."""
    blank = np.fromiter(
        (not cleaned(text) for text in cells.cat.categories.tolist()), bool, len(cells.cat.categories)
    )
    return blank[cells.cat.codes.to_numpy()] if len(blank) else np.ones(len(cells), bool)
