"""An .xlsx workbook with other texts in some cells: all else in the file stays as it is, byte for byte.

No library writes a workbook back as it was: charts, pictures and the results of formulas would be lost. So the cells
are put into the XML of their sheets where they stand.
"""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat

from openpyxl.utils import column_index_from_string, get_column_letter

from batchroles.errors import InputError
from batchroles.loader.content import damaged
from batchroles.loader.workbook.package import Package
from batchroles.loader.workbook.xlsx import sheet_parts

Place = tuple[int, int]
"""Row number, and column from 0."""
_TAG = re.compile(rb"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_ADDRESS = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_BLOCK = 1 << 20
_CHAIN = "xl/calcChain.xml"
"""The order in which formulas are calculated: a program finds it anew, and calls a workbook damaged where a cell that
is named there has no formula."""
_NAMES_THE_CHAIN = re.compile(
    rb"""<(?:\w{1,9}:)?(?:Override|Relationship)\b[^<>]*calcChain\.xml["'][^<>]*/>"""
)
_THAT_NAME_IT = ("[content_types].xml", "xl/_rels/workbook.xml.rels")


def spliced(path: Path, cells: Mapping[str, Mapping[Place, str]], target: Path) -> None:
    """Write a workbook to `target` with other cells, by the names of the sheets.

    What is to stand in a cell is given as XML behind its address: `t="inlineStr"><is>…</is></c>`, empty for a blank
    one. Raises InputError for a cell that cannot be changed, and a workbook that is damaged.
    """
    package = Package(path)
    parts = sheet_parts(package)
    changed = {parts[sheet]: _Sheet(path, sheet, some) for sheet, some in cells.items() if sheet in parts}
    if len(changed) < len(cells):
        raise damaged(path)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        texts = {part: sheet.spliced(source.read(part)) for part, sheet in changed.items()}
        without_chain = any(sheet.formulas for sheet in changed.values())
        for info in source.infolist():
            name = info.filename.casefold()
            if without_chain and name == _CHAIN.casefold():
                continue
            if info.filename in texts:
                copy.writestr(info.filename, texts[info.filename])
            elif without_chain and name in _THAT_NAME_IT:
                copy.writestr(info.filename, _NAMES_THE_CHAIN.sub(b"", source.read(info)))
            else:
                with source.open(info) as part, copy.open(info.filename, "w", force_zip64=True) as new:
                    while block := part.read(_BLOCK):
                        new.write(block)


class _Sheet:
    """A sheet's XML, in which the places of some cells are looked for."""

    def __init__(self, path: Path, sheet: str, cells: Mapping[Place, str]) -> None:
        self._path, self._name, self._cells = path, sheet, cells
        self._rows = {row for row, _ in cells}
        self._row, self._column = 0, -1
        self._inside: tuple[Place, int, str] | None = None
        """The cell that is being read: its place, where it begins, and the number of its style."""
        self._later: list[tuple[int, int]] = []
        """Of the row that is being read: the column of each cell, and where it begins."""
        self._found: set[Place] = set()
        self._changes: list[tuple[int, int, bytes]] = []
        """From where, until where, and what is to stand there."""
        self._namespace = ""
        self.formulas = False
        """Whether some cell that is changed held a formula."""

    def spliced(self, data: bytes) -> bytes:
        """Return the XML with the cells in it. Raises InputError where one of them has no place there."""
        self._data = data
        self._parser = expat.ParserCreate(namespace_separator="\n")
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._begins, self._ends
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        try:
            # In UTF-16 no tag is found by its signs.
            if b"\0" in data[:_BLOCK]:
                raise damaged(self._path)
            self._parser.Parse(data, True)
        except expat.ExpatError:
            raise damaged(self._path) from None
        if missing := sorted({*self._cells} - self._found):
            raise self._refused(missing[0], "stands in no row of the sheet")
        pieces, at = [], 0
        for start, end, text in sorted(self._changes):
            pieces += [data[at:start], text]
            at = end
        return b"".join([*pieces, data[at:]])

    def _refuse_doctype(self, *_: object) -> None:
        raise damaged(self._path)

    def _begins(self, name: str, attributes: Mapping[str, str]) -> None:
        self._namespace, _, local = name.rpartition("\n")
        at = self._parser.CurrentByteIndex
        if local == "row":
            self._row = int(attributes.get("r") or self._row + 1)
            self._column, self._later = -1, []
        elif local == "c" and self._row in self._rows:
            found = _ADDRESS.fullmatch(attributes.get("r", ""))
            self._column = column_index_from_string(found[1]) - 1 if found else self._column + 1
            self._later.append((self._column, at))
            place = self._row, self._column
            if place in self._cells:
                self._inside = place, at, attributes.get("s", "")
        elif local == "f" and self._inside is not None:
            self.formulas = True
            if attributes.get("ref", "").count(":"):
                raise self._refused(self._inside[0], "holds a formula that other cells share")

    def _ends(self, name: str) -> None:
        local = name.rpartition("\n")[2]
        if local == "c" and self._inside is not None:
            place, start, style = self._inside
            self._put(place, start, self._end_of_tag(self._parser.CurrentByteIndex), style)
            self._inside = None
        elif local == "row" and self._row in self._rows:
            self._add_missing(self._parser.CurrentByteIndex)

    def _add_missing(self, end: int) -> None:
        """Put the cells into the row that it has not: blank ones are not written by most programs."""
        if not self._data.startswith(b"</", end):
            return  # a row without anything in it has no place for them
        for place in sorted(self._cells):
            if place[0] == self._row and place not in self._found:
                if not self._cells[place]:
                    self._found.add(place)
                    continue
                before = next((at for column, at in self._later if column > place[1]), end)
                self._put(place, before, before, "")

    def _put(self, place: Place, start: int, end: int, style: str) -> None:
        address = f'r="{get_column_letter(place[1] + 1)}{place[0]}"'
        dressed = f' s="{style}"' if style else ""
        # The namespace is written with it: the sheet may have a prefix for it.
        opening = f'<c xmlns="{self._namespace}" {address}{dressed}'
        cell = self._cells[place]
        self._changes.append((start, end, f"{opening} {cell}".encode() if cell else f"{opening}/>".encode()))
        self._found.add(place)

    def _end_of_tag(self, start: int) -> int:
        found = _TAG.match(self._data, start)
        if found is None:
            raise damaged(self._path)
        return found.end()

    def _refused(self, place: Place, why: str) -> InputError:
        address = f"{get_column_letter(place[1] + 1)}{place[0]}"
        return InputError(
            f"{self._path}: {self._name}!{address} {why}, so that nothing else can be put there; correct it in the"
            " workbook itself."
        )
