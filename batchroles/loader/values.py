"""A workbook's typed values as the text that a spreadsheet shows."""

import datetime
from collections.abc import Hashable

_EXACT = 2**53
"""Up to here every whole number is one of its own in a spreadsheet; beyond, digits are lost."""
_SIGNIFICANT = 10**15
"""A spreadsheet keeps 15 digits of what is typed and writes zeros for the others."""

FORMULA = "holds a formula without its result"
DATE = "holds a date"
FORMATTED = "shows something other than its value"
LOST_DIGITS = "holds a number of more than 15 digits, of which a spreadsheet keeps only the first 15"


def text_of(value: Hashable) -> str:
    """Return the value as text: 1042.0 as `1042`, a date as `2024-03-01`, TRUE and FALSE."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**21:
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


def damage_of(value: Hashable) -> str | None:
    """Return what is wrong with a value if it is to be a name or a number of somebody: words after 'The cell'."""
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return DATE
    if isinstance(value, float | int) and not isinstance(value, bool) and _has_lost_digits(value):
        return LOST_DIGITS
    return None


def _has_lost_digits(number: float) -> bool:
    return abs(number) > _EXACT or (abs(number) >= _SIGNIFICANT and int(number) % 10 == 0)
