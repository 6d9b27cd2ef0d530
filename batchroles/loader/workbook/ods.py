"""What the XML of an .ods sheet tells and calamine does not: what cells show, what is hidden, what is merged."""

import re
from collections.abc import Mapping
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from batchroles.loader.workbook.facts import SheetFacts
from batchroles.loader.workbook.package import Package
from batchroles.loader.workbook.values import FORMAT_UNKNOWN, FORMATTED, FORMULA, text_of

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
# What lies under a merged cell counts as a column, too.
_CELLS = (_TABLE + "table-cell", _TABLE + "covered-table-cell")
_NUMBERS = ("float", "currency", "percentage")
_MOST_COLUMNS = 2**14
_MOST_NOTED = 2**21
_MOST_BLANKS = 2**15
"""More than a cell can hold: a few bytes may ask for billions."""
_EXACT = 10**15
_LONGEST_SHOWN = 10**11
"""From here on programs shorten numbers that have no format of their own."""
_SAME_NUMBER = re.compile(r"(0|[1-9][0-9]{0,2}(?:[.,'\u2019\s]?[0-9]{3})*)(?:[.,]0+)?")
_SHORTENED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_NOTHING_HIGH = re.compile(r"0(?:\.0+)?[a-z]*")
_BLOCK = 1 << 20


def facts_of(package: Package, sheet: str) -> SheetFacts:
    """Read through a sheet's XML; what is damaged there is left for calamine to tell."""
    name = package.name_like("content.xml") or "content.xml"
    target = _Reader(sheet)
    try:
        parser = XMLParser(target=target, forbid_dtd=True)
        with package.opened(name) as part:
            while block := part.read(_BLOCK):
                parser.feed(block)
        parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return SheetFacts(formats_unknown=True, hidden_unknown=True)
    return target.facts


class _Reader:
    """Takes in tags one by one and keeps none of them, so that no file is too large or too deep."""

    def __init__(self, sheet: str) -> None:
        self.facts = SheetFacts()
        self._sheet = sheet
        self._inside = False
        self._depth = 0
        self._row, self._column, self._noted = 1, 0, 0
        self._flat: set[str] = set()
        """The styles of rows and columns that are nothing high or wide."""
        self._style = ""
        self._row_tag: Mapping[str, str] = {}
        self._row_filled = False
        self._found: list[tuple[int, int, str, str | None]] = []
        self._cell: Mapping[str, str] | None = None
        self._cell_depth = 0
        self._lines: list[str] = []
        self._in_line = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take in a start tag."""
        self._depth += 1
        if tag == _STYLE + "style":
            self._style = attributes.get(_STYLE + "name", "")
        elif tag in (_STYLE + "table-row-properties", _STYLE + "table-column-properties"):
            size = attributes.get(_STYLE + "row-height") or attributes.get(_STYLE + "column-width") or ""
            if _NOTHING_HIGH.fullmatch(size):
                self._flat.add(self._style)
        elif tag == _TABLE + "table":
            self._inside = attributes.get(_TABLE + "name") == self._sheet
            self._row, self._column = 1, 0
        elif self._inside:
            self._start_inside(tag, attributes)

    def _start_inside(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == _TABLE + "table-column":
            times = _repeated(attributes, "columns")
            if self._is_hidden(attributes):
                self.facts.hide_columns(self._column, self._column + times - 1)
            self._column += times
        elif tag == _TABLE + "table-row":
            self._row_tag, self._row_filled, self._found, self._column = dict(attributes), False, [], 0
        elif tag in _CELLS and self._cell is None:
            self._cell, self._cell_depth, self._lines = dict(attributes), self._depth, []
        # Only paragraphs right below the cell: its comment has some too, one tag deeper.
        elif self._cell is not None and tag == _TEXT + "p" and self._depth == self._cell_depth + 1:
            self._lines.append("")
            self._in_line = True
        elif self._in_line and tag == _TEXT + "s":
            # One blank may be a blank; more than one in a row are counted, lest XML takes them for one.
            self._lines[-1] += " " * min(int(attributes.get(_TEXT + "c", "1")), _MOST_BLANKS)

    def data(self, text: str) -> None:
        """Take in text."""
        if self._in_line:
            self._lines[-1] += text

    def end(self, tag: str) -> None:
        """Take in an end tag."""
        if self._cell is not None and self._depth == self._cell_depth:
            self._end_cell(self._cell, " ".join(self._lines).strip())
            self._cell = None
        elif self._in_line and self._depth == self._cell_depth + 1:
            self._in_line = False
        elif self._inside and tag == _TABLE + "table-row":
            self._end_row()
        elif tag == _TABLE + "table":
            self._inside = False
        self._depth -= 1

    def close(self) -> None:
        """Take in the end."""

    def _is_hidden(self, tag: Mapping[str, str]) -> bool:
        visible = tag.get(_TABLE + "visibility", "visible") == "visible"
        return not visible or tag.get(_TABLE + "style-name", "") in self._flat

    def _end_cell(self, cell: Mapping[str, str], text: str) -> None:
        times = min(_repeated(cell, "columns"), _MOST_COLUMNS)
        down = int(cell.get(_TABLE + "number-rows-spanned", "1"))
        right = int(cell.get(_TABLE + "number-columns-spanned", "1"))
        if down > 1 or right > 1:
            first = (self._row - 1, self._column)
            self.facts.merged.append((first, (first[0] + down - 1, first[1] + right - 1)))
        self._row_filled |= bool(text) or _OFFICE + "value-type" in cell
        if (odd := _odd(cell, text)) is not None:
            self._found.append((self._column, times, *odd))
        self._column += _repeated(cell, "columns")

    def _end_row(self) -> None:
        times = _repeated(self._row_tag, "rows")
        rows = range(self._row, self._row + times)
        # LibreOffice writes the blank rest of a sheet as one row that is repeated a million times.
        hidden = self._row_filled and self._is_hidden(self._row_tag)
        self._noted += times * (sum(found[1] for found in self._found) + hidden)
        # A few bytes may stand for billions of cells: nothing is then known of the sheet (see `facts_of`).
        if self._noted > _MOST_NOTED:
            raise ValueError(self._noted)
        if hidden:
            self.facts.hidden_rows.update(rows)
            self.facts.filtered |= self._row_tag.get(_TABLE + "visibility") == "filter"
        for first, wide, text, damage in self._found:
            for column in range(first, first + wide):
                if damage is not None:
                    self.facts.damaged[column][text] = damage
                if damage != FORMAT_UNKNOWN:
                    self.facts.changes[column].update(dict.fromkeys(rows, text))
        self._row += times


def _repeated(tag: Mapping[str, str], what: str) -> int:
    return int(tag.get(f"{_TABLE}number-{what}-repeated", "1"))


def _odd(cell: Mapping[str, str], text: str) -> tuple[str, str | None] | None:
    """Return the text of a cell that calamine gives otherwise, and what is wrong with it, if anything is."""
    kind = cell.get(_OFFICE + "value-type")
    if cell.get(_CALC + "value-type") == "error":
        return text or "#VALUE!", None
    if kind is None and _TABLE + "formula" in cell and not text:
        return cell[_TABLE + "formula"], FORMULA
    if kind not in _NUMBERS:
        return None
    value = float(cell.get(_OFFICE + "value", "nan"))
    if not (value.is_integer() and abs(value) < _EXACT):
        return None
    if not text:
        return text_of(value), FORMAT_UNKNOWN
    if _is_same(value, text):
        return None
    return text, None if _holds_digits(value, text) else FORMATTED


def _holds_digits(value: float, text: str) -> bool:
    """Whether the digits of a number stand in a text, with zeros in front and other signs around at most."""
    return value >= 0 and re.sub(r"[^0-9]", "", text).lstrip("0") == str(int(value)).lstrip("0") != ""


def _is_same(value: float, text: str) -> bool:
    """Whether a text is a whole number with separators and decimals at most, or a long one shortened."""
    digits = text.removeprefix("-")
    if (digits != text) != (value < 0):
        return False
    if _SHORTENED.fullmatch(digits):
        return abs(value) >= _LONGEST_SHOWN
    same = _SAME_NUMBER.fullmatch(digits)
    return same is not None and re.sub(r"[^0-9]", "", same[1]) == str(abs(int(value)))
