"""A workbook's typed values as the text that a spreadsheet shows."""

import datetime
from collections.abc import Hashable
from dataclasses import dataclass

_SIGNIFICANT = 10**15
"""A spreadsheet keeps 15 digits of what is typed and writes zeros for the others."""
_WRITTEN_OUT = 10**21
"""From here on a number is written as 1E+21, so that it is known for a shortened one when it is read again. It was
damaged long before; but whoever looks for a mistyped number of 20 digits should see as many."""

FORMULA = "holds a formula without its result"
DATE = "holds a date"
FORMATTED = "shows something other than its value"
FORMAT_UNKNOWN = "holds a number, and the file does not tell how it is shown"
LOST_DIGITS = "holds a number of more than 15 digits, of which a spreadsheet keeps only the first 15"
DECIMALS = "holds a number with decimals, which programs show differently"
TRUTH = "holds TRUE or FALSE, which programs show differently"


@dataclass(frozen=True)
class Truth:
    """TRUE or FALSE. Python holds its own for equal to 1 and 0, and this for equal to nothing else."""

    value: bool


def text_of(value: Hashable) -> str:
    """Return the value as text: 1042.0 as `1042`, a date as `2024-03-01`, TRUE and FALSE."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Truth):
        return text_of(value.value)
    if isinstance(value, float) and value.is_integer():
        # Python writes 1e+21, and spreadsheets a large E.
        return str(int(value)) if abs(value) < _WRITTEN_OUT else str(value).upper()
    # Before date, which it is as well.
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


def is_number(value: Hashable) -> bool:
    """Whether a cell holds a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def damage_of(value: Hashable) -> str | None:
    """Return what is wrong with a value if it is to be a name or a number of somebody: words after 'The cell'."""
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return DATE
    if isinstance(value, Truth):
        return TRUTH
    if isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) >= _SIGNIFICANT:
            return LOST_DIGITS
        return None if float(value).is_integer() else DECIMALS
    return None
