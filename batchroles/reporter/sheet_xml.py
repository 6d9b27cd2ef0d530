"""Rows of a worksheet as the XML that a workbook holds (ECMA-376 part 1, section 18.3.1)."""

import re
from collections.abc import Sequence
from itertools import chain, repeat
from xml.sax.saxutils import escape

from batchroles.text import neutralise

LONGEST_CELL = 32_767
"""Excel's limit, in characters."""

LINE_HEIGHT = 15
"""Height of a row of one line of text, in points."""

# Inline: a table of shared strings would have to be kept until the last row is written.
_TEXT, _TEXT_END = 't="inlineStr"><is><t>', "</t></is></c>"
_KEEPING_BLANKS = _TEXT.replace("<t>", '<t xml:space="preserve">')
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Excel reads `_x0041_` in a text as A (ST_Xstring): the underscore itself has to be written so.
_LIKE_AN_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
# Every XML reader makes \n of these (XML 1.0, section 2.11).
_LINE_END = re.compile(r"\r\n?")


def text_cell(text: str) -> str:
    """Return what follows the address of a cell that is text whatever it looks like: `007`, `#N/A`, `=1+1`."""
    return typed_cell(neutralise(text))


def typed_cell(text: str) -> str:
    """Return the same for a text that may begin as a formula does: it is shown, and no program runs it by itself."""
    if not text:
        return ""
    shown = escape(_legal(text))
    # Readers may drop blanks at the ends and join those inside, unless they are told not to.
    before = _TEXT if shown == " ".join(shown.split()) else _KEEPING_BLANKS
    return f"{before}{shown}{_TEXT_END}"


def sheet_text(text: str) -> str:
    """Return the text as a cell can hold it: harmless, of legal characters, and not too long."""
    return _legal(neutralise(text))


def _legal(text: str) -> str:
    if not text.isprintable():
        text = _NOT_IN_XML.sub("\ufffd", _LINE_END.sub("\n", text))
    # Cut before it is escaped: an escape cut in half would be shown.
    text = text[:LONGEST_CELL]
    return _LIKE_AN_ESCAPE.sub("_x005F_", text)


def number_cell(digits: str) -> str:
    """Return what follows the address of a cell that holds a number."""
    return f"><v>{digits}</v></c>"


def lines_needed(cell: str, width: int) -> int:
    """Return about how many lines a text cell takes when it is wrapped at so many characters."""
    return 1 + max(0, len(cell) - len(_TEXT) - len(_TEXT_END) - 1) // width


def rows_xml(
    first: int, columns: Sequence[tuple[str, int]], cells: Sequence[Sequence[str]], lines: Sequence[int]
) -> str:
    """Return rows `first`, `first` + 1, … (the first of a sheet is 1), each as high as so many lines of text.

    `columns` are the letter and the number of the style of each column, `cells` its cells. Blank cells are left out.
    Every cell has its address: it is optional, but python-calamine shifts cells without one past a blank.
    """
    numbers = [str(number) for number in range(first, first + len(lines))]
    heights = {high: _height(high) for high in set(lines)}
    starts = [f'<row r="{number}"{heights[high]}>' for number, high in zip(numbers, lines, strict=True)]
    filled = [
        _column_xml(numbers, f'<c r="{letter}', f'" s="{style}" ', column)
        for (letter, style), column in zip(columns, cells, strict=True)
        if any(column)
    ]
    return "".join(chain.from_iterable(zip(starts, *filled, repeat("</row>", len(starts)), strict=True)))


def _column_xml(numbers: Sequence[str], before: str, after: str, column: Sequence[str]) -> list[str]:
    return [
        f"{before}{number}{after}{cell}" if cell else "" for number, cell in zip(numbers, column, strict=True)
    ]


def _height(lines: int) -> str:
    return f' ht="{lines * LINE_HEIGHT}" customHeight="1"' if lines > 1 else ""
