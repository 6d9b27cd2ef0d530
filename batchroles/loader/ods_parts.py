"""What the XML of an .ods sheet tells and calamine does not: the text that a number cell shows."""

import re
from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from batchroles.loader.package import Package
from batchroles.loader.sheet_facts import SheetFacts

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_NUMBERS = ("float", "currency", "percentage")
_MOST_ROWS = 2**20
_EXACT = 10**15
_SAME_NUMBER = re.compile(
    r"(0|[1-9][0-9]{0,2}(?:[.,'\u2019\s]?[0-9]{3})*)(?:[.,]0+)?|.*[0-9]E\+?[0-9]+", re.IGNORECASE
)
"""A number with separators or decimals at most, or shortened."""


def facts_of(package: Package, sheet: str) -> SheetFacts:
    """Read through a sheet's XML; what is damaged there is left for calamine to tell."""
    facts = SheetFacts()
    name = package.name_like("content.xml")
    if name is not None:
        try:
            with package.opened(name) as part:
                for row, column, text in _odd_numbers(part, sheet):
                    facts.changes[column][row] = text
        except (ParseError, DefusedXmlException, ValueError, LookupError):
            return SheetFacts()
    return facts


def _odd_numbers(part: IO[bytes], sheet: str) -> Iterator[tuple[int, int, str]]:
    """Yield row, column and text of number cells that show something other than their number."""
    inside, row = False, 1
    for event, element in iterparse(part, events=("start", "end"), forbid_dtd=True):
        if element.tag == _TABLE + "table":
            inside = event == "start" and element.get(_TABLE + "name") == sheet
        elif event == "end" and element.tag == _TABLE + "table-row":
            if inside:
                times = _repeated(element, "rows")
                found = list(_of_row(element))
                yield from (
                    (row + more, at, text)
                    for more in range(min(times, _MOST_ROWS) if found else 0)
                    for at, text in found
                )
                row += times
            element.clear()


def _of_row(row: Element) -> Iterator[tuple[int, str]]:
    at = 0
    for cell in row:
        if cell.tag in (_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            times = _repeated(cell, "columns")
            if (text := _odd_text(cell)) is not None:
                yield from ((at + more, text) for more in range(min(times, 2**14)))
            at += times


def _repeated(element: Element, what: str) -> int:
    return int(element.get(f"{_TABLE}number-{what}-repeated", "1"))


def _odd_text(cell: Element) -> str | None:
    """Return what a cell of a whole number shows, if it is not that number."""
    if cell.get(_OFFICE + "value-type") not in _NUMBERS:
        return None
    value = float(cell.get(_OFFICE + "value", "nan"))
    text = " ".join("".join(_texts(line)) for line in cell.iterfind(_TEXT + "p")).strip()
    if not (text and value.is_integer() and abs(value) < _EXACT):
        return None
    same = _SAME_NUMBER.fullmatch(text.removeprefix("-"))
    if same and (same[1] is None or re.sub(r"[^0-9]", "", same[1]) == str(abs(int(value)))):
        return None
    return text


def _texts(line: Element) -> Iterator[str]:
    for element in line.iter():
        yield " " if element.tag == _TEXT + "s" else element.text or ""
        yield (element.tail or "") if element is not line else ""
