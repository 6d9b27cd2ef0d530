"""What spreadsheet programs do to names and numbers, and how it is mended."""

import re
from typing import TypeVar

import pandas as pd

from batchroles.loader.layouts.cells import Fault, Reference
from batchroles.loader.workbook.values import (
    DATE,
    DECIMALS,
    FORMAT_UNKNOWN,
    FORMATTED,
    FORMULA,
    LOST_DIGITS,
    TRUTH,
)
from batchroles.models import ContextRef, RoleRef, UserRef

_FIXES = {
    DATE: "Format the column as text and type the value again.",
    LOST_DIGITS: "Format the column as text and copy the number again from where it came.",
    FORMATTED: "Format the column as text and type what is meant, as the number format shows it.",
    FORMAT_UNKNOWN: "Save the file as .xlsx; or format the column as text and type the value again.",
    DECIMALS: "Format the column as text and type the value again.",
    TRUTH: "Format the column as text and type the value again.",
    FORMULA: "Open the file in a spreadsheet program, let it calculate, and save it; or type the value itself.",
}
_ERRORS = re.compile(
    r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA|FIELD!)", re.IGNORECASE
)
_SCIENTIFIC = re.compile(r"-?[0-9]{1,3}([.,][0-9]+)?E\+[0-9]{1,3}")
_INNER_BREAK = re.compile(r"[\r\n\v\f\x85\u2028\u2029]")


_KEPT_DIGITS = 15
_LONG_NUMBER = re.compile(r"[0-9]{16,}")


def lost_digits(cells: pd.Series) -> dict[str, str]:
    """Return which texts of a column are long numbers whose last digits a spreadsheet has turned into zeros.

    One number may end in a zero by chance, so that one digit too many counts only where two numbers have it; and
    where a single one has other digits there, the column has not been through a spreadsheet.
    """
    texts = [text for text in cells.cat.categories.tolist() if _LONG_NUMBER.fullmatch(text.strip())]
    tails = [text.strip()[_KEPT_DIGITS:] for text in texts]
    if any(tail.strip("0") for tail in tails) or (len(texts) == 1 and len(tails[0]) == 1):
        return {}
    return dict.fromkeys(texts, LOST_DIGITS)


_Found = TypeVar("_Found", bound=Reference | Fault | None)


def sound(text: str, known: str | None, found: _Found) -> _Found | Fault:
    """Return what was read from a cell, unless it is unsafe to use; `known` is what the workbook knows of it.

    An id is the number itself, however it is shown: it has no zeros in front that could be lost.
    """
    if known == FORMAT_UNKNOWN and isinstance(found, UserRef | RoleRef | ContextRef) and found.by == "id":
        return found
    return damage_fault(text, known) or found


def damage_fault(text: str, known: str | None) -> Fault | None:
    """Return what makes a cell unsafe to use: what the workbook knows of it, or what its text shows."""
    if known is not None:
        return Fault(f'The cell {known}: "{text}".', _FIXES[known])
    # No pattern below fits letters and digits alone: nearly every cell is done with here.
    if text.isalnum():
        return None
    if _ERRORS.fullmatch(text):
        return Fault(
            f'The cell shows the error "{text}".', "Mend the formula in that cell, or type the value itself."
        )
    if _SCIENTIFIC.fullmatch(text):
        return Fault(
            f'"{text}" is a long number that a spreadsheet program has shortened.',
            "Format the column as text and copy the number again from where it came.",
        )
    if _INNER_BREAK.search(text):
        shown = " / ".join(_INNER_BREAK.split(text))
        return Fault(
            f'The cell holds several lines: "{shown}".', "Write one value to a cell, without line breaks."
        )
    return None
