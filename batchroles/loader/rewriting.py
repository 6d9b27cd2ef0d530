"""A delimited text file with other texts in some cells: all else stays as it is, byte for byte."""

import codecs
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from batchroles.errors import InputError
from batchroles.loader.delimited import DelimitedFile
from batchroles.text import neutralise

Spot = tuple[int, int]
"""Row number, and column from 0."""
_MARKS = {
    "utf-8-sig": ((codecs.BOM_UTF8, "utf-8"),),
    "utf-16": ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
    "utf-32": ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
}
"""Encodings whose byte order mark is no part of the text, and what stands behind each mark."""


def rewrite(
    source: DelimitedFile, cells: Mapping[Spot, str], alone: Collection[Spot], width: int, target: Path
) -> None:
    """Write a file to `target` with other cells.

    `alone`: those beside which their rows keep nothing. `width`: the columns that the table has; what stands beyond is
    left out of a row in which that was cleared. Where the file's encoding lacks a letter of a new text, the whole is
    written as UTF-8. Raises InputError where the file's bytes are not those that its text would be written as.
    """
    texts = [*_records(source, cells, alone, width)]
    mark, encoding = _encoding(source)
    try:
        changed = [text.encode(encoding) for _, text in texts]
    except UnicodeEncodeError:
        target.write_bytes(codecs.BOM_UTF8 + "".join(text for _, text in texts).encode("utf-8"))
        return
    # Byte for byte: an encoding may write the same text in several ways.
    same = mark + b"".join(before.encode(encoding) for before, _ in texts)
    if same != source.path.read_bytes():
        raise InputError(
            f"{source.path} cannot be written again in its encoding: save it as UTF-8 and give that."
        )
    target.write_bytes(mark + b"".join(changed))


def _records(
    source: DelimitedFile, cells: Mapping[Spot, str], alone: Collection[Spot], width: int
) -> Iterator[tuple[str, str]]:
    """Yield each row as it stands, and as it is to be."""
    by_row: dict[int, dict[int, str]] = {}
    for (row, at), text in cells.items():
        by_row.setdefault(row, {})[at] = text
    lonely = {row for row, _ in alone}
    for number, record in source.records():
        if number not in by_row:
            yield record, record
            continue
        fields, end = _fields(record, source.delimiter)
        for at, text in sorted(by_row[number].items()):
            if at >= width:
                del fields[width:]
                continue
            fields += [""] * (at + 1 - len(fields))
            fields[at] = _written(fields[at], text, source.delimiter)
        if number in lonely:
            fields = [field if at in by_row[number] else "" for at, field in enumerate(fields)]
        yield record, source.delimiter.join(fields) + end


def _fields(record: str, delimiter: str) -> tuple[list[str], str]:
    """Take a row apart: its cells as they stand, quotation marks and all, and its line end."""
    sign = re.escape(delimiter)
    cell = re.compile(rf'"(?:[^"]|"")*"|[^{sign}\r\n]*')
    fields: list[str] = []
    at = 0
    while found := cell.match(record, at):
        fields.append(found[0])
        at = found.end()
        if not record.startswith(delimiter, at):
            break
        at += 1
    return fields, record[at:]


def _written(old: str, new: str, delimiter: str) -> str:
    """Write a cell, in quotation marks where it had them or needs them, and so that no spreadsheet runs it.

    Where the file itself has there what looks like a formula, such texts belong there: `-teacher`, say.
    """
    before = old[1:-1].replace('""', '"') if old.startswith('"') else old
    new = neutralise(new) if neutralise(before) == before else new
    if not (
        old.startswith('"') or any(sign in new for sign in (delimiter, '"', "\r", "\n")) or new != new.strip()
    ):
        return new
    doubled = new.replace('"', '""')
    return f'"{doubled}"'


def _encoding(source: DelimitedFile) -> tuple[bytes, str]:
    """Give the byte order mark of a file, and how the text behind it is encoded."""
    name = codecs.lookup(source.encoding).name
    with source.path.open("rb") as file:
        head = file.read(4)
    for mark, encoding in _MARKS.get(name, ()):
        if head.startswith(mark):
            return mark, encoding
    return b"", name
