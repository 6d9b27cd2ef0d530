"""The names of people that a file has beside what Moodle knows them by, from whatever layout it is."""

from collections import defaultdict

import numpy as np
import pandas as pd

from batchroles.loader.layouts.columns import NONE
from batchroles.loader.layouts.meanings import Kind
from batchroles.loader.layouts.sheet import Sheet
from batchroles.models import PersonName
from batchroles.text import cleaned


def name_columns(sheet: Sheet) -> dict[str, int]:
    """Return the positions of the columns with names by their parts: `first`, `last`, `full`.

    A part that several columns claim is in none: which of them is about the person of the row nobody knows.
    """
    claimed = defaultdict[str, list[int]](list)
    for at, meaning in sheet.of_kind(Kind.NAME):
        claimed[meaning.by].append(at)
    return {part: columns[0] for part, columns in claimed.items() if len(columns) == 1}


def with_names(lines: pd.DataFrame, sheet: Sheet) -> pd.DataFrame:
    """Return the lines with the column `name` where the sheet has names; each distinct one is read once."""
    columns = name_columns(sheet)
    if not columns:
        return lines
    numbers = np.zeros(len(sheet.rows), np.int64)
    for at in columns.values():
        cells = sheet.cells(at).cat
        numbers = numbers * (len(cells.categories) + 1) + cells.codes.to_numpy() + 1
        # Numbered anew after each column: a product of several may not fit into 64 bits.
        numbers = pd.factorize(numbers)[0]
    _, first, numbers = np.unique(numbers, return_index=True, return_inverse=True)
    texts = {part: sheet.cells(at).iloc[first].astype("str").tolist() for part, at in columns.items()}
    read = [_name(dict(zip(texts, some, strict=True))) for some in zip(*texts.values(), strict=True)]
    names = list(dict.fromkeys(name for name in read if name != _NOBODY))
    known = {name: number for number, name in enumerate(names)}
    # The last is for a row that is not in the sheet.
    codes = np.array([*(known.get(name, NONE) for name in read), NONE], np.int32)[
        np.append(numbers, len(read))
    ]
    places = pd.Index(sheet.rows).get_indexer(pd.Index(lines["row"]))
    found = pd.Categorical.from_codes(codes[places], categories=pd.Index(names, dtype=object))
    return lines.assign(name=found)


_NOBODY = PersonName()


def _name(parts: dict[str, str]) -> PersonName:
    """Put a name together: a column `name` beside one of first names holds last names, and the other way round."""
    first, last, full = (cleaned(parts.get(part, "")) for part in ("first", "last", "full"))
    if full and (first or last) and not (first and last):
        return PersonName(first or full, last or full)
    return PersonName(first, last) if first or last else PersonName(full=full)
