"""Totals below a table: the words that they begin with, and a number that stands alone."""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache

import numpy as np
import pandas as pd

from batchroles.loader.layouts.sheet import Sheet
from batchroles.models.languages import words
from batchroles.text import cleaned

_ENGLISH = r"(?:grand |sub)?totals?|sum|count|notes?|remarks?|exported|generated|printed|created|source|end of|page|\*"
"""Words that stand under tables; those of other languages are in `models/languages.toml`."""
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[ .,'\u2019][0-9]{3})+")


def is_total(text: str) -> bool:
    """Whether a text begins with a word that stands under tables or above them, alone or at the head of a sentence.

    `count.dracula` is somebody.
    """
    return _pattern().match(text) is not None


@cache
def _pattern() -> re.Pattern[str]:
    others = "|".join(map(re.escape, sorted(words().below, key=len, reverse=True)))
    return re.compile(rf"(?:{_ENGLISH}|{others})(?:\Z|[\s:\uff1a])", re.IGNORECASE)


def is_sum(sheet: Sheet, position: int, table_end: int, *, names: Callable[[int], bool]) -> bool:
    """Whether a row has one number, or a word for a total and numbers, that each count the table or sum it up.

    A number does where it is how many rows the table has, or the sum of a column of no names. `table_end`: how many
    rows the table has. `names`: whether a column holds users, roles or places. Under names that are numbers themselves
    a number may be one of them.
    """
    filled = [(at, text) for at, text in _texts(sheet, position) if text]
    numbers = filled[1:] if is_total(filled[0][1]) else filled[:1] if len(filled) == 1 else []
    return bool(numbers) and all(
        _adds_up(sheet, at, text, table_end, names=names(at)) for at, text in numbers
    )


def _adds_up(sheet: Sheet, at: int, text: str, table_end: int, *, names: bool) -> bool:
    values = _values(text)
    if not values:
        return False
    above = sheet.cells(at).iloc[:table_end].cat
    used, counts = np.unique(above.codes.to_numpy(), return_counts=True)
    numbers = [
        (_values(str(above.categories[code])), int(n))
        for code, n in zip(used, counts, strict=True)
        if code >= 0
    ]
    if names:
        return Decimal(table_end) in values and not any(found for found, _ in numbers)
    sums = {sum((max(found, default=Decimal(0)) * n for found, n in numbers), Decimal(0))}
    sums.add(sum((min(found, default=Decimal(0)) * n for found, n in numbers), Decimal(0)))
    return bool(values & {Decimal(table_end), *sums})


def _texts(sheet: Sheet, position: int) -> list[tuple[int, str]]:
    row: pd.Series = sheet.table.cells.iloc[position]
    return [(at, cleaned(str(text))) for at, text in enumerate(row)]


def _values(text: str) -> set[Decimal]:
    """Return what a number may be: `1.234` is 1234 in some languages."""
    text = cleaned(text)
    found = {Decimal(text.replace(",", "."))} if _NUMBER.fullmatch(text) else set()
    if _THOUSANDS.fullmatch(text):
        found.add(Decimal(re.sub(r"[^0-9]", "", text)))
    return found
