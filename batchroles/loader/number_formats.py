"""Number formats that show zeros in front, or other signs that the number itself does not have."""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from xml.etree.ElementTree import Element

NOT_KNOWN = ""
"""In place of a text: the format shows something other than the number, and it is not known here what."""

_LONGEST = 255
"""Characters that a spreadsheet allows in a format code."""
_PIECE = re.compile(
    r"""
    "(?P<quoted>[^"]*)" | \\(?P<escaped>.) | \[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\] | (?P<bare>[-+ ()$:!^&'~{}<>=])
    | (?P<place>[0#?]) | (?P<general>general)
    | (?P<nothing>_. | \*. | \[(?:black|blue|cyan|green|magenta|red|white|yellow|colou?r\s?[0-9]{1,2})\])
    | \[(?P<sign><=|>=|<>|<|>|=)(?P<limit>-?[0-9]{1,15})\]
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NO_TEXT = re.compile(r'"[^"]*"|\\.|[_*].|\[\$[^\]]*\]|\[[a-z]{3,7}\s?[0-9]*\]|general', re.IGNORECASE)
"""What is left out before letters are taken for parts of a date."""
_DATE = re.compile(r"[ymdhs]", re.IGNORECASE)
_ORDINARY = re.compile(r"general|@|[#,?]*0?(\.[0#?]*)?(E[+-]0+)?,*%?", re.IGNORECASE)
"""One digit's place at most that is filled with a zero: it shows the number itself, perhaps with separators."""
_SIGNS: Mapping[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_Pieces = list[re.Match[str]]


def shown(number: int, code: str) -> str | None:
    """Return a whole number as a format shows it, or `NOT_KNOWN`; None where it shows the number itself, or a date."""
    if is_ordinary(code):
        return None
    sections = _sections(code)
    at = _section_for(number, [_condition(section) for section in sections])
    if at is not None and _is_ordinary_section(sections[at]):
        return None
    pieces = None if at is None else _pieces(sections[at])
    if pieces is None:
        return NOT_KNOWN
    text = _filled(abs(number), pieces)
    return f"-{text}" if number < 0 and at == 0 and text else text


def is_ordinary(code: str) -> bool:
    """Whether a format shows every number as itself, with separators and decimals at most, or is one of dates."""
    if _DATE.search(_NO_TEXT.sub("", code[:_LONGEST])):
        return True
    return all(map(_is_ordinary_section, _sections(code)))


def _is_ordinary_section(section: str) -> bool:
    left = "".join(
        "" if found and found["nothing"] else found[0] if found else section[at]
        for at, found in _walk(section)
    )
    return bool(section) and _ORDINARY.fullmatch(left.strip("-+() ")) is not None


def _walk(section: str) -> Iterable[tuple[int, re.Match[str] | None]]:
    """Yield the pieces of a section, and None for each character that is none."""
    at = 0
    while at < len(section):
        found = _PIECE.match(section, at)
        yield at, found
        at = found.end() if found else at + 1


def _sections(code: str) -> list[str]:
    """Return the parts of a format, which semicolons separate: for positive and negative numbers, zero and text."""
    sections = [""]
    for piece in re.findall(r'"[^"]*"|[\\_*].|\[[^\]]*\]|.', code[:_LONGEST], re.DOTALL):
        if piece == ";":
            sections.append("")
        else:
            sections[-1] += piece
    return sections[:3]


def _condition(section: str) -> tuple[str, int] | None:
    found = next((found for _, found in _walk(section) if found and found["sign"]), None)
    return (found["sign"], int(found["limit"])) if found else None


def _section_for(number: int, conditions: list[tuple[str, int] | None]) -> int | None:
    """Return which section is for a number; None where that is not known here."""
    if any(conditions):
        held = [one is None or _SIGNS[one[0]](number, one[1]) for one in conditions]
        return held.index(True) if number >= 0 and True in held else None
    if number < 0:
        return min(1, len(conditions) - 1)
    return 2 if number == 0 and len(conditions) > 2 else 0


def _pieces(section: str) -> _Pieces | None:
    """Return the pieces of a section that are all known; None if there is anything else."""
    pieces = [found for _, found in _walk(section)]
    return None if None in pieces else [found for found in pieces if found]


def _filled(number: int, pieces: _Pieces) -> str:
    """Return the text of pieces with the digits in their places; nothing, if no piece is for digits."""
    places = [piece["place"] for piece in pieces if piece["place"]]
    if not places and not any(piece["general"] for piece in pieces):
        return NOT_KNOWN
    digits = str(number) if number or not places else ""
    surplus = digits[: max(len(digits) - len(places), 0)]
    blanks = len(places) - len(digits)
    filling = {"0": "0", "#": "", "?": " "}
    rest = iter([*(filling[place] for place in places[: max(blanks, 0)]), *digits[len(surplus) :]])
    texts = []
    for piece in pieces:
        if piece["place"]:
            texts.append(surplus + next(rest))
            surplus = ""
        else:
            texts.append(str(number) if piece["general"] else _literal(piece))
    return "".join(texts).strip()


def _literal(piece: re.Match[str]) -> str:
    return piece["quoted"] or piece["escaped"] or piece["currency"] or piece["bare"] or ""


def codes_by_style(styles: Element | None) -> Mapping[int, str]:
    """Return, by the number of the cell style, the format code of those that show a whole number otherwise."""
    if styles is None:
        return {}
    codes = {
        format_.get("numFmtId"): format_.get("formatCode", "")
        for format_ in styles.iterfind(".//{*}numFmts/{*}numFmt")
    }
    odd = {kind: code for kind, code in codes.items() if not is_ordinary(code)}
    kinds = [style.get("numFmtId") for style in styles.iterfind("{*}cellXfs/{*}xf")]
    return {at: odd[kind] for at, kind in enumerate(kinds) if kind in odd}
