"""What the XML of an .xlsx sheet tells and calamine does not: hidden rows, errors, formulas, shown zeros, reach."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from posixpath import join, normpath

from openpyxl.utils import column_index_from_string

from batchroles.errors import InputError
from batchroles.loader.content import damaged
from batchroles.loader.number_formats import NOT_KNOWN, codes_by_style, shown
from batchroles.loader.package import Package
from batchroles.loader.reach import Reach, refuse_far
from batchroles.loader.shared_texts import refuse_repeated
from batchroles.loader.sheet_facts import SheetFacts
from batchroles.loader.trial import refuse_deadly
from batchroles.loader.values import FORMATTED, FORMULA, text_of

# NOTE: every repetition here ends at the next tag or is bounded, so that no file, however made, takes long to look
# through: attributes hold no angle brackets, and what is between tags holds none either.
_TAG = rb"<(?:\w{1,9}:)?"
_ATTRIBUTES = rb"[^<>]{0,300}?"
_FORMULA = _TAG + rb"f\b" + _ATTRIBUTES + rb"(?:/>|>([^<]*)</(?:\w{1,9}:)?f>)"
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_STYLE = re.compile(rb'\bs="([0-9]+)"')
_TYPE = re.compile(rb'\bt="(\w+)"')
_UNUSUAL = re.compile(
    _TAG
    + rb"""c(?=[\s>])(?:(?![^<>]{0,300}\br="[A-Z]{1,3}[0-9]{1,7}")|(?=[^<>]{0,300}(?:\s=|=\s|=')))[^<>]{0,300}[^/]>"""
)
"""A cell with content, without its place, or with attributes that are written in another way than the patterns here."""
_TOO_LONG = 10**15
_HIDDEN = re.compile(_TAG + rb"row\b" + _ATTRIBUTES + rb'\bhidden="(?:1|true)"')
_NO_RESULT = re.compile(
    _TAG + rb"c\b([^<>]{0,300})>\s*" + _FORMULA + rb"\s*"
    rb"(?:" + _TAG + rb"v\s*/>|" + _TAG + rb"v></(?:\w{1,9}:)?v>)?\s*</(?:\w{1,9}:)?c>"
)


def _cell_with(attribute: bytes) -> re.Pattern[bytes]:
    """Return what finds the attributes and the value of cells that have an attribute."""
    attributes = rb"(" + _ATTRIBUTES + rb"\b" + attribute + rb"[^<>]{0,300})>"
    value = rb"\s*(?:" + _FORMULA + rb")?\s*" + _TAG + rb"v[^<>]{0,99}>(?P<value>[^<]*)<"
    return re.compile(_TAG + rb"c\b" + attributes + value)


_ERROR = _cell_with(rb't="e"')


def facts_of(package: Package, sheet: str) -> SheetFacts:
    """Read through a sheet's XML. Raises InputError if the sheet reaches too far to be kept in memory."""
    facts = SheetFacts()
    part = _part_of(package, sheet)
    if part is None:
        raise damaged(package.path)
    codes = codes_by_style(package.xml("xl/styles.xml"))
    styled = _styled_with(codes)
    reach, texts = Reach(), 0
    for block in package.blocks(part, b"row"):
        texts += block.count(b't="s"')
        facts.hidden_rows += len(_HIDDEN.findall(block)) if b"hidden=" in block else 0
        facts.filtered |= b"filterColumn" in block
        _note_errors(facts, block)
        _note_formulas(facts, block)
        if styled is not None:
            _refuse_unusual(package, sheet, block)
            _note_shown(facts, styled, block, codes)
        reach.note(block)
    if reach.irregular:
        refuse_deadly(package.path)
    elif reach.is_too_far():
        refuse_far(package, part, sheet)
    refuse_repeated(package, part, texts)
    return facts


def _note_errors(facts: SheetFacts, block: bytes) -> None:
    if b't="e"' in block:
        for row, column, value, _ in _cells(_ERROR, block):
            facts.changes[column][row] = value


def _note_formulas(facts: SheetFacts, block: bytes) -> None:
    """A formula that has no result yet: the cell is not blank, and what belongs there is not known."""
    if b"f>" not in block and b"<f" not in block:
        return
    for found in _NO_RESULT.finditer(block):
        place = _PLACE.search(found[1])
        if place and b't="str"' not in found[1]:
            column = column_index_from_string(place[1].decode()) - 1
            text = "=" + (unescape((found[2] or b"").decode("utf-8", "replace")) or "…")
            facts.changes[column][int(place[2])] = text
            facts.damaged[column][text] = FORMULA


def _note_shown(facts: SheetFacts, styled: re.Pattern[bytes], block: bytes, codes: Mapping[int, str]) -> None:
    for row, column, value, attributes in _cells(styled, block):
        style = _STYLE.search(attributes)
        kind = _TYPE.search(attributes)
        code = codes.get(int(style[1]) if style else 0)
        number = _whole(value) if kind is None or kind[1] == b"n" else None
        text = None if code is None or number is None else shown(number, code)
        if text == NOT_KNOWN:
            facts.damaged[column][text_of(number)] = FORMATTED
        elif text is not None:
            facts.changes[column][row] = text


def _whole(value: str) -> int | None:
    """Return a whole number of up to 15 digits, however it is written; None for anything else."""
    try:
        number = float(value)
    except ValueError:
        return None
    return int(number) if number.is_integer() and abs(number) < _TOO_LONG else None


def _styled_with(codes: Mapping[int, str]) -> re.Pattern[bytes] | None:
    if not codes:
        return None
    if 0 in codes:  # the style of cells that name none
        return _cell_with(rb'r="')
    return _cell_with(rb's="(?:' + b"|".join(b"%d" % style for style in codes) + rb')"')


def _refuse_unusual(package: Package, sheet: str, block: bytes) -> None:
    """Raise InputError if cells are written so that their place or style would not be found here."""
    if b"\0" in block or _UNUSUAL.search(block):
        raise InputError(
            f'{package.path}, sheet "{sheet}" has number formats, and cells that are not written as usual, so that it '
            "cannot be told what they show; open it in a spreadsheet program and save it again."
        )


def _cells(pattern: re.Pattern[bytes], block: bytes) -> Iterator[tuple[int, int, str, bytes]]:
    """Yield row, column, value and attributes of the cells that a pattern finds."""
    for found in pattern.finditer(block):
        if place := _PLACE.search(found[1]):
            text = unescape(found["value"].decode("utf-8", "replace"))
            yield int(place[2]), column_index_from_string(place[1].decode()) - 1, text, found[1]


def _part_of(package: Package, sheet: str) -> str | None:
    """Return the name of the part that holds a sheet."""
    book = package.xml("xl/workbook.xml")
    relations = package.xml("xl/_rels/workbook.xml.rels")
    if book is None or relations is None:
        return None
    targets = {
        relation.get("Id"): relation.get("Target", "") for relation in relations.iterfind("{*}Relationship")
    }
    for entry in book.iterfind("{*}sheets/{*}sheet"):
        if entry.get("name") == sheet:
            identity = next((value for key, value in entry.items() if key.endswith("}id")), None)
            name = normpath(join("/xl", targets.get(identity, ""))).lstrip("/")
            return package.name_like(name)
    return None
