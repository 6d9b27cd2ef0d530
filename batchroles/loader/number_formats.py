"""Number formats that show zeros in front, or other signs that the number itself does not have."""

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

_LONGEST = 255
"""Characters that a spreadsheet allows in a format code."""
_PIECE = re.compile(r'"([^"]*)"|\\(.)|(0)|([- /()])')
"""A quoted text, an escaped character, a digit's place, or a sign that stands for itself."""


def shown(number: int, code: str) -> str | None:
    """Return a whole number as a format shows it; None for a format of which that is not known here."""
    pieces = _pieces(code)
    if pieces is None or number < 0:
        return None
    digits = str(number).zfill(pieces.count("0"))
    surplus, digits = digits[: len(digits) - pieces.count("0")], digits[len(digits) - pieces.count("0") :]
    rest = iter(digits)
    text = "".join(next(rest) if piece == "0" else piece[1:] for piece in pieces)
    first = next(at for at, piece in enumerate(pieces) if piece == "0")
    before = "".join(piece[1:] for piece in pieces[:first])
    return before + surplus + text[len(before) :]


def _pieces(code: str) -> list[str] | None:
    """Return `0` for each digit's place and `'text` for text; None if there is anything else, or no place."""
    section = code[:_LONGEST].split(";")[0]
    pieces, at = [], 0
    while at < len(section):
        if (found := _PIECE.match(section, at)) is None:
            return None
        pieces.append("0" if found[3] else "'" + (found[1] or found[2] or found[4] or ""))
        at = found.end()
    return pieces if pieces.count("0") > 1 or ("0" in pieces and len(pieces) > 1) else None


def codes_by_style(styles: Element | None) -> Mapping[int, str]:
    """Return, by the number of the cell style, the format code of those that show a whole number otherwise."""
    if styles is None:
        return {}
    codes = {
        format_.get("numFmtId"): format_.get("formatCode", "")
        for format_ in styles.iterfind(".//{*}numFmts/{*}numFmt")
    }
    kinds = [style.get("numFmtId") for style in styles.iterfind("{*}cellXfs/{*}xf")]
    return {
        at: codes[kind]
        for at, kind in enumerate(kinds)
        if kind in codes and shown(0, codes[kind]) is not None
    }
