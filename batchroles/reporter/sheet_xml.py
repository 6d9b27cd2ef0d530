"""Rows of a worksheet as the XML that a workbook holds (ECMA-376 part 1, section 18.3.1)."""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

from batchroles.models.formula_cells import neutralise

LONGEST_CELL = 32_767
"""Excel's limit, in characters."""

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LIKE_AN_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_LINE_END = re.compile(r"\r\n?")


def text_cell(text: str) -> str:
    """Return a cell that is text whatever it looks like: `007`, `#N/A` and `=1+1` stay what they are."""
    if not text:
        return "<c/>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(sheet_text(text))}</t></is></c>'


def sheet_text(text: str) -> str:
    """Return the text as a cell can hold it: harmless, of legal characters, and not too long."""
    text = _LINE_END.sub("\n", neutralise(text))
    text = _NOT_IN_XML.sub("\ufffd", text)[:LONGEST_CELL]
    return _LIKE_AN_ESCAPE.sub("_x005F_", text)


def number_cell(digits: str, style: int) -> str:
    """Return a cell that holds a number; `style` is the position of its style in the workbook."""
    return f'<c s="{style}"><v>{digits}</v></c>'


def row_xml(number: int, cells: Iterable[str]) -> str:
    """Return one row of finished cells; the first of a sheet is number 1."""
    return f'<row r="{number}">{"".join(cells)}</row>'
