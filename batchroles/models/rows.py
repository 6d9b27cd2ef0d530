"""How rows are numbered where several sheets of a workbook are read: by the sheet among them, and the row in it."""

from typing import Any, TypeVar

import numpy as np

Number = TypeVar("Number", int, "np.ndarray[Any, Any]")

SHEET = 10_000_000
"""Row 7 of the second sheet is 20000007: no sheet has so many rows. Of a sheet read alone the numbers are its own."""
MOST_SHEETS = 200
"""More would be numbers that no column of numbers holds."""


def number_of(sheet: int, row: Number) -> Number:
    """Return the number of a row, or of several; sheets are counted from 1."""
    return sheet * SHEET + row


def parted(number: Number) -> tuple[Number, Number]:
    """Return sheet and row of a number, or of several; the sheet is 0 where one is read alone."""
    return number // SHEET, number % SHEET


def called(number: int) -> str:
    """Name a row for people, where only its number is known: `row 7`, `row 7 of sheet 2`."""
    sheet, row = parted(number)
    return f"row {row} of sheet {sheet}" if sheet else f"row {row}"
