"""What the XML of an .xlsx sheet tells and calamine does not: hidden rows, errors, formulas, shown zeros, reach."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from posixpath import dirname, join, normpath
from xml.etree.ElementTree import Element

from openpyxl.utils import column_index_from_string

from batchroles.loader.content import damaged
from batchroles.loader.workbook.facts import SheetFacts
from batchroles.loader.workbook.number_formats import Formats, formats_of
from batchroles.loader.workbook.package import Package
from batchroles.loader.workbook.size import Reach, refuse_far, refuse_repeated
from batchroles.loader.workbook.values import FORMULA

_WORKBOOK = "xl/workbook.xml"


def sheet_parts(package: Package) -> Mapping[str, str]:
    """Return the parts that hold the sheets, by their names. Raises InputError if calamine would read others."""
    main = [target for _, kind, target in _relations(package, "") if kind == "officeDocument"]
    book = package.xml(package.name_like(_WORKBOOK) or _WORKBOOK)
    if [name.casefold() for name in main] != [_WORKBOOK] or book is None:
        raise damaged(package.path)
    targets = {identity: target for identity, _, target in _relations(package, _WORKBOOK)}
    parts: dict[str, str] = {}
    for entry in book.iterfind("{*}sheets/{*}sheet"):
        # The strict kind of .xlsx has other namespaces than the usual one.
        identity = next((value for key, value in entry.items() if key.endswith("}id")), "")
        name = package.name_like(targets.get(identity, ""))
        if name is not None:
            parts.setdefault(entry.get("name", ""), name)
    return parts


def number_formats(package: Package) -> Formats:
    """Return the number formats; none is known where the part that tells them cannot be read."""
    names = [target for _, kind, target in _relations(package, _WORKBOOK) if kind == "styles"]
    if not names:
        return Formats({0: "General"})
    styles = package.xml(package.name_like(names[0]) or names[0]) if len(names) == 1 else None
    return Formats() if styles is None else formats_of(styles)


def _relations(package: Package, part: str) -> Iterator[tuple[str, str, str]]:
    """Yield identity, kind and target of what a part refers to; the part without a name is the package itself."""
    folder = dirname(part)
    name = f"{folder}/_rels/{part.removeprefix(folder + '/')}.rels".lstrip("/")
    root = package.xml(package.name_like(name) or name)
    entries: list[Element] = [] if root is None else root.findall("{*}Relationship")
    for entry in entries:
        if entry.get("TargetMode") != "External":
            target = normpath(join("/", folder, entry.get("Target", ""))).lstrip("/")
            yield entry.get("Id", ""), entry.get("Type", "").rpartition("/")[2], target


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
    + rb"|"
    + _TAG
    + rb"c\s[^<>]{300}|<!"
)
"""A cell with content, without its place, or with attributes that are written in another way than the patterns here."""
_HIDDEN_ROW = re.compile(
    _TAG
    + rb'row\b(?=[^<>]{0,300}\b(?:hidden="(?:1|true)"|ht="0(?:\.0{1,9})?"))[^<>]{0,300}?\br="([0-9]{1,7})"'
)
_HIDDEN_COLUMNS = re.compile(
    _TAG + rb'col\b(?=[^<>]{0,300}\b(?:hidden="(?:1|true)"|width="0(?:\.0{1,9})?"))([^<>]{0,300})>'
)
_FROM, _TO = re.compile(rb'\bmin="([0-9]{1,5})"'), re.compile(rb'\bmax="([0-9]{1,5})"')
_CONDITIONAL = re.compile(rb'\bdxfId="([0-9]{1,6})"')
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
    part = sheet_parts(package).get(sheet)
    if part is None:
        raise damaged(package.path)
    formats = number_formats(package)
    styled, certain = _styled_otherwise(formats), formats.all_ordinary()
    reach, texts = Reach(), 0
    for block in package.blocks(part, b"row"):
        texts += block.count(b't="s"')
        _note_hidden(facts, block)
        _note_errors(facts, block)
        _note_formulas(facts, block)
        _note_shown(facts, styled, block, formats)
        if not certain:
            # What is not written as every program writes it would not be found here.
            # XML may be UTF-16, in which every second byte is a NUL, and no pattern here finds anything.
            facts.formats_unknown |= b"\0" in block or _UNUSUAL.search(block) is not None
        facts.formats_unknown |= _changes_formats(formats, block)
        reach.note(block)
    if reach.is_too_far():
        refuse_far(package, part, sheet)
    refuse_repeated(package, part, texts)
    return facts


def explain_deadly(package: Package) -> None:
    """Raise InputError with the reason, if the workbook takes too much memory because a sheet reaches too far."""
    for sheet, part in sheet_parts(package).items():
        refuse_far(package, part, sheet)


def _note_hidden(facts: SheetFacts, block: bytes) -> None:
    # `autoFilter` alone only shows the arrows.
    facts.filtered |= b"filterColumn" in block
    if b"hidden=" in block or b'ht="0' in block:
        facts.hidden_rows.update(map(int, _HIDDEN_ROW.findall(block)))
    if b"cols>" in block:
        for attributes in _HIDDEN_COLUMNS.findall(block):
            first, last = _FROM.search(attributes), _TO.search(attributes)
            if first and last:
                facts.hide_columns(int(first[1]) - 1, int(last[1]) - 1)


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


def _styled_otherwise(formats: Formats) -> re.Pattern[bytes]:
    """Return what finds the cells whose style does not show numbers as they are."""
    ordinary = formats.ordinary()
    if 0 not in ordinary:  # the style of cells that name none
        return _cell_with(rb'r="')
    return _cell_with(rb's="(?!(?:' + b"|".join(b"%d" % style for style in ordinary) + rb')")')


def _note_shown(facts: SheetFacts, styled: re.Pattern[bytes], block: bytes, formats: Formats) -> None:
    for row, column, value, attributes in _cells(styled, block):
        style = _STYLE.search(attributes)
        kind = _TYPE.search(attributes)
        number = _number(value) if kind is None or kind[1] == b"n" else None
        if number is not None:
            facts.note_number(row, column, number, formats.codes.get(int(style[1]) if style else 0))


def _changes_formats(formats: Formats, block: bytes) -> bool:
    """Whether a conditional format of the sheet shows numbers otherwise than the cells' own formats say."""
    if b"numFmt" in block:  # a newer conditional format holds its style itself
        return True
    return b"dxfId=" in block and not formats.under_conditions.isdisjoint(
        map(int, _CONDITIONAL.findall(block))
    )


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _cells(pattern: re.Pattern[bytes], block: bytes) -> Iterator[tuple[int, int, str, bytes]]:
    """Yield row, column, value and attributes of the cells that a pattern finds."""
    for found in pattern.finditer(block):
        if place := _PLACE.search(found[1]):
            text = unescape(found["value"].decode("utf-8", "replace"))
            yield int(place[2]), column_index_from_string(place[1].decode()) - 1, text, found[1]
