"""A DataFrame as a CSV file, so that it is read, kept and read again like every other input."""

import csv
import math
import sys
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from batchroles.errors import InputError
from batchroles.loader.source import ReadingOptions
from batchroles.loader.workbook.values import text_of

READING = ReadingOptions(encoding="utf-8", delimiter=",")
"""How the file is read: nothing about it need be found out."""


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a DataFrame as a spreadsheet would hold it: a row of headers, then its rows; the index is left out.

    Text stays as it is, a whole number has no `.0`, and None, NaN, NaT and NA are blank. Raises InputError for headers
    that are no text, and for cells that are neither text, numbers, dates nor truth values.
    """
    for header in frame.columns:
        if not isinstance(header, str):
            raise InputError(f"the DataFrame has a column {header!r}: its headers have to be text")
    columns = texts_of(frame, "the DataFrame")
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            # Everything in quotation marks: a first header `sep=;` would else be taken for Excel's line of that kind.
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow(frame.columns)
            writer.writerows(zip(*columns, strict=True))
    except UnicodeEncodeError as error:
        half = error.object[error.start : error.end]
        raise InputError(f"the DataFrame holds {half!r}, which is no character: mend the text") from None


def texts_of(frame: pd.DataFrame, called: str, first: int = 0) -> list[list[str]]:
    """Give the cells by column, as text. `called` is how errors speak of the frame, `first` the place of its first row.

    Raises InputError for a cell that cannot be text.
    """
    columns = (frame.iloc[:, position] for position in range(frame.shape[1]))
    return [_texts(column, called, first) for column in columns]


def _texts(column: "pd.Series[Any]", called: str, first: int) -> list[str]:
    text = _speller(column, called)
    return [
        value if type(value) is str else text(row, value) for row, value in enumerate(column.tolist(), first)
    ]


def _speller(column: "pd.Series[Any]", called: str) -> Callable[[int, Any], str]:
    """Give what turns a cell, by its place from 0, into text."""
    exact = _exact_below(column.dtype)

    def text(row: int, value: Any) -> str:
        most = _exact_below(value.dtype) if isinstance(value, np.floating) else exact
        value = value.item() if isinstance(value, np.generic) else value
        if value is None or value is pd.NA or value is pd.NaT:
            return ""
        if not isinstance(value, str | int | float | Decimal | date | time):
            raise InputError(
                f'{called} holds a {type(value).__name__} in the column "{column.name}", at the place {row}:'
                " give text"
            )
        if isinstance(value, str):
            return str.__str__(value)  # the text itself, whatever an enumeration prints
        if isinstance(value, float) and abs(value) >= most:
            # As a spreadsheet shortens a number that it cannot keep: the row is then told so, and nothing is guessed.
            return f"{value:E}"
        return "" if isinstance(value, float | Decimal) and _is_nan(value) else text_of(value)

    return text


def _is_nan(value: float | Decimal) -> bool:
    # A signalling NaN of Decimal may be compared with nothing, not even with itself.
    return value.is_nan() if isinstance(value, Decimal) else math.isnan(value)


def _exact_below(dtype: Any) -> float:
    """Give the number from which on a type of floats has no place for every whole number: ids there may be others'."""
    kind = np.dtype(dtype) if isinstance(dtype, np.dtype) else getattr(dtype, "numpy_dtype", None)
    if kind is None or kind.kind != "f":
        return 2.0**sys.float_info.mant_dig
    return float(2.0 ** (np.finfo(kind).nmant + 1))
