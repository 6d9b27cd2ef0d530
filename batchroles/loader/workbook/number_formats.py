"""Number formats: the text that a whole number is shown as, where that is known for certain."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from openpyxl.styles.numbers import BUILTIN_FORMATS

NOT_KNOWN = ""
"""In place of a text: the format shows something other than the number, and it is not known here what."""

_LONGEST = 255
"""Characters that a spreadsheet allows in a format code."""
_PIECE = re.compile(
    r"""
    "(?P<quoted>[^"]*)" | \\(?P<escaped>.) | \[\$(?P<currency>[^\]-]*)(?:-[0-9a-f]{1,4})?\]
    | (?P<bare>[-+ ()$:!^&'~{}<>=])
    | (?P<place>[0#?]) | (?P<general>general)
    | (?P<nothing>_. | \*. | \[(?:black|blue|cyan|green|magenta|red|white|yellow|colou?r\s?[0-9]{1,2})\])
    | \[(?P<sign><=|>=|<>|<|>|=)(?P<limit>-?[0-9]{1,15})\]
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NO_TEXT = re.compile(r'"[^"]*"|\\.|[_*].|\[\$[^\]]*\]|\[[a-z]{3,7}\s?[0-9]*\]|general', re.IGNORECASE)
"""What is left out before letters are taken for parts of a date."""
_DATE = re.compile(r"[ymdhs]", re.IGNORECASE)
# NOTE: a comma between places groups digits, one behind the last place divides by a thousand: "0," shows 71000 as 71.
_ITSELF = re.compile(r"general|@|(?:[#?]+(?:,[#?]+)*0?|0)(?:\.[0#?]*)?", re.IGNORECASE)
"""One place at most that is filled with a zero: it shows the number itself, perhaps with separators."""
# With `#` alone a zero shows nothing.
_ALSO_ZERO = re.compile(r"general|@|[^.]*0.*", re.IGNORECASE)
_SIGNS: Mapping[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_LOCAL = {*range(5, 9), *range(37, 45)}
"""Built-in formats of money, which programs write out in the signs of their country."""
_FIRST_OWN = 164
_Pieces = list[re.Match[str]]


def shown(number: int, code: str) -> str | None:
    """Return a whole number as a format shows it, or `NOT_KNOWN`; None where it shows the number itself."""
    if is_ordinary(code):
        return None
    sections = _sections(code)
    if len(code) > _LONGEST or any(map(_has_odd_brackets, sections)):
        return NOT_KNOWN
    at = _section_for(number, [_condition(section) for section in sections])
    if at is None:
        return NOT_KNOWN
    # A section of its own for negative numbers shows no minus but the one that is written in it.
    if _shows_itself(sections[at], number) and (number >= 0 or at == 0):
        return None
    pieces = _pieces(sections[at])
    text = NOT_KNOWN if pieces is None else _filled(abs(number), pieces)
    return f"-{text}" if number < 0 and at == 0 and text else text


def is_ordinary(code: str) -> bool:
    """Whether a format shows every whole number as itself, with separators and decimals at most."""
    sections = _sections(code)
    return len(code) <= _LONGEST and len(sections) == 1 and _shows_itself(sections[0], 0)


def is_date(code: str) -> bool:
    """Whether a format shows numbers as dates or times."""
    return _DATE.search(_NO_TEXT.sub("", code[:_LONGEST])) is not None


def _shows_itself(section: str, number: int) -> bool:
    left = "".join(
        "" if found and (found["nothing"] or found["sign"]) else found[0] if found else section[at]
        for at, found in _walk(section)
    ).strip()
    return _ITSELF.fullmatch(left) is not None and (number != 0 or _ALSO_ZERO.fullmatch(left) is not None)


def _has_odd_brackets(section: str) -> bool:
    return any(found is None and section[at] == "[" for at, found in _walk(section))


def _walk(section: str) -> Iterator[tuple[int, re.Match[str] | None]]:
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
    # The fourth is for text.
    return sections[:3]


def _condition(section: str) -> tuple[str, int] | None:
    found = next((found for _, found in _walk(section) if found and found["sign"]), None)
    return (found["sign"], int(found["limit"])) if found else None


def _section_for(number: int, conditions: list[tuple[str, int] | None]) -> int | None:
    """Return which section is for a number; None where that is not known here."""
    if any(conditions):
        held = [one is None or _SIGNS[one[0]](number, one[1]) for one in conditions]
        return held.index(True) if number >= 0 and conditions[0] and True in held else None
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


@dataclass(frozen=True)
class Formats:
    """The number formats of a workbook, by the number of the cell style."""

    codes: Mapping[int, str | None] = field(default_factory=dict)
    """None, or a style that is not there: a format that is not known."""
    under_conditions: frozenset[int] = frozenset()
    """Conditional styles that change the number format."""

    def ordinary(self) -> list[int]:
        """Return the styles that show every whole number as itself."""
        return [style for style, code in self.codes.items() if code is not None and is_ordinary(code)]

    def all_ordinary(self) -> bool:
        """Whether there is no other style."""
        return bool(self.codes) and len(self.ordinary()) == len(self.codes)


def formats_of(styles: Element) -> Formats:
    """Return the formats that the styles part of an .xlsx says."""
    own = {
        one.get("numFmtId", ""): one.get("formatCode", "") for one in styles.iterfind("{*}numFmts/{*}numFmt")
    }
    kinds = [style.get("numFmtId", "0") for style in styles.iterfind("{*}cellXfs/{*}xf")]
    codes = {at: _code(kind, own) for at, kind in enumerate(kinds)}
    conditional = styles.findall("{*}dxfs/{*}dxf")
    changing = (at for at, style in enumerate(conditional) if style.find("{*}numFmt") is not None)
    return Formats(codes, frozenset(changing))


def _code(kind: str, own: Mapping[str, str]) -> str | None:
    """Return the code of a format by its number; None for one that is in no list, or that a file redefines."""
    number = int(kind) if kind.isdecimal() else -1
    built_in = BUILTIN_FORMATS.get(number)
    if kind in own and (number >= _FIRST_OWN or number in _LOCAL or built_in in (None, own[kind])):
        return own[kind]
    return None if kind in own else built_in
