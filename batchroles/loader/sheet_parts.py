"""What the XML of an .xlsx sheet tells and calamine does not: hidden rows, errors, formulas, shown zeros, reach."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from posixpath import join, normpath

from openpyxl.utils import column_index_from_string

from batchroles.loader.content import damaged
from batchroles.loader.number_formats import codes_by_style, shown
from batchroles.loader.package import Package
from batchroles.loader.reach import Reach, refuse_far
from batchroles.loader.shared_texts import refuse_repeated
from batchroles.loader.trial import refuse_deadly
from batchroles.loader.values import FORMULA

# NOTE: every repetition here ends at the next tag or is bounded, so that no file, however made, takes long to look
# through: attributes hold no angle brackets, and what is between tags holds none either.
_TAG = rb"<(?:\w{1,9}:)?"
_ATTRIBUTES = rb"[^<>]{0,300}?"
_FORMULA = _TAG + rb"f\b" + _ATTRIBUTES + rb"(?:/>|>([^<]*)</(?:\w{1,9}:)?f>)"
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
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


@dataclass
class SheetFacts:
    """What was found in a sheet's XML; rows are numbered from 1, columns from 0."""

    changes: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    """By column and row: the text that a cell shows, where calamine gives another."""
    damaged: dict[int, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """By column and text: what is wrong."""
    hidden_rows: int = 0
    filtered: bool = False

    def last_change(self) -> int:
        """Return the last row with a change, 0 if there is none."""
        return max((max(rows) for rows in self.changes.values() if rows), default=0)


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
        style = re.search(rb'\bs="([0-9]+)"', attributes)
        kind = re.search(rb'\bt="(\w+)"', attributes)
        if style and value.isdecimal() and len(value) <= 15 and (kind is None or kind[1] == b"n"):
            text = shown(int(value), codes[int(style[1])])
            if text is not None:
                facts.changes[column][row] = text


def _styled_with(codes: Mapping[int, str]) -> re.Pattern[bytes] | None:
    if not codes:
        return None
    return _cell_with(rb's="(?:' + b"|".join(b"%d" % style for style in codes) + rb')"')


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
