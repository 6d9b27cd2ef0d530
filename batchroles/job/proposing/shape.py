"""A file as it stands, for somebody who says which column means what: its sheets, its headers, its first rows."""

from dataclasses import dataclass
from pathlib import Path

from batchroles.errors import InputError
from batchroles.loader import ReadingOptions, Source, open_source
from batchroles.loader.layouts import FormatOptions
from batchroles.loader.layouts.meanings import MEANINGS, Meaning, meanings_of
from batchroles.loader.layouts.recognise import FORMATS, find, find_table
from batchroles.text import cleaned

FIRST = 8
"""Rows below the header that are shown."""
_WORDS: dict[Meaning, str] = {}
for _word, _meaning in MEANINGS.items():
    _WORDS.setdefault(_meaning, _word)
"""Of several words that mean the same the first."""


@dataclass(frozen=True)
class ShownSheet:
    """A sheet of a workbook."""

    name: str
    hidden: bool
    chosen: bool


@dataclass(frozen=True)
class ShownColumn:
    """A column, and what it is understood to hold."""

    position: int
    header: str
    """As people read it; empty where it has none."""
    meaning: str
    """One of `Shape.meanings`, empty where the header means nothing by itself."""
    said: bool
    """Whether that was said by somebody, and is not how the header is understood by itself."""


@dataclass(frozen=True)
class Shape:
    """What a file looks like."""

    sheets: tuple[ShownSheet, ...]
    """None for a text file."""
    sheet: str | None
    """The one that the rest is about."""
    header: int
    """The row number of the header; 0 where there is none."""
    columns: tuple[ShownColumn, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    """Row number and cells of the first rows that are not blank; as many cells as there are columns."""
    layout: str
    """The short name of the layout that it is recognised as; empty where it is none, or may be several."""
    mappable: bool
    """Whether what columns mean can be said: layouts such as Moodle's own say it themselves."""
    fault: str
    """Why it cannot be understood as it is, in a sentence; empty where it can, as far as the first rows tell."""
    meanings: tuple[str, ...] = tuple(_WORDS.values())
    """All that a column may be said to mean, each once; `ignore` for nothing."""


def shape(
    path: Path, reading: ReadingOptions | None = None, understanding: FormatOptions | None = None
) -> Shape:
    """Look at a file. Raises InputError for what is no spreadsheet, is damaged, encrypted or empty."""
    options = understanding or FormatOptions()
    source = open_source(path, reading)
    sheet, header, layout, fault = _found(source, options)
    rows = source.preview(sheet)
    width = max(map(len, rows[max(header - 1, 0) :]), default=0)
    texts = [(number, _filled(row, width)) for number, row in enumerate(rows, 1)]
    shown = [(number, cells) for number, cells in texts if number > header and any(map(cleaned, cells))]
    sheets = tuple(ShownSheet(name, hidden, name == sheet) for name, hidden in source.every_sheet())
    ignored = FORMATS[layout].ignores if layout else ()
    headers = texts[header - 1][1] if header else ("",) * width
    return Shape(
        sheets,
        sheet,
        header,
        _columns(headers, options),
        tuple(shown[:FIRST]),
        layout,
        "column_map" not in ignored,
        fault,
    )


def _found(source: Source, options: FormatOptions) -> tuple[str | None, int, str, str]:
    """Give sheet, header row and layout; or of a file that is not understood the row that looks most like a header."""
    try:
        found = find(source, options)
    except InputError as error:
        return *find_table(source), "", str(error)
    layout = found.formats[0].name if len(found.formats) == 1 else ""
    return found.sheet, found.header, layout, ""


def _filled(row: list[str], width: int) -> tuple[str, ...]:
    return (*row[:width], *[""] * (width - len(row)))


def _columns(headers: tuple[str, ...], options: FormatOptions) -> tuple[ShownColumn, ...]:
    # What somebody said of a column that this file has not is no fault here: it is about another file.
    alone, together = meanings_of(headers, {}), meanings_of(headers, options.columns)
    return tuple(
        ShownColumn(at, cleaned(header), _WORDS[said] if said else "", said != by_itself)
        for at, (header, by_itself, said) in enumerate(zip(headers, alone, together, strict=True))
    )
