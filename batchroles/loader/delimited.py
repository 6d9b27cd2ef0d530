"""CSV and its kin: delimited text, read in chunks."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from batchroles.errors import InputError
from batchroles.loader.columns import Column, categorical_of, frame_of
from batchroles.loader.encoding import encoding_of
from batchroles.loader.source import PREVIEW_ROWS, SURPLUS, Loaded, ReadingOptions
from batchroles.models import Code, Problem, Table
from batchroles.text import cleaned, count_of

_NAMED = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}
_CANDIDATES = ",;\t|"
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?$")
"""A first line that tells Excel the delimiter; Excel does not show it, so it is not counted as a row."""
_CHUNK = 1_000
"""Rows; larger chunks are slower, for they leave the processor's cache."""
_WIDEST = 16_384
"""As many columns as a spreadsheet can have."""

Row = list[str]


class DelimitedFile:
    """A text file whose encoding and delimiter are known."""

    def __init__(self, path: Path, options: ReadingOptions) -> None:
        if options.sheet is not None:
            raise InputError(f'{path} is a text file and has no sheet "{options.sheet}"; leave --sheet out.')
        if options.all_sheets:
            raise InputError(f"{path} is a text file and has no sheets; leave --all-sheets out.")
        if options.visible_rows:
            raise InputError(f"{path} is a text file, which hides no rows; leave --visible-rows out.")
        self.path = path
        self.encoding, guesses = encoding_of(path, options.encoding)
        self.guesses: Sequence[str] = guesses
        separator = _SEPARATOR_LINE.match(self._first_line())
        self._skip_line = separator is not None
        given = _delimiter(options.delimiter)
        self.delimiter = given or (separator[1] if separator else self._by_looking())

    def sheets(self) -> list[str | None]:
        """Return the one nameless sheet."""
        return [None]

    def every_sheet(self) -> list[tuple[str, bool]]:
        """Return none: a text file has no sheets."""
        return []

    def preview(self, sheet: str | None = None) -> list[Row]:  # noqa: ARG002  # the same call as for a workbook
        """Return the first rows."""
        return next(self._chunks(PREVIEW_ROWS), [])

    def read(self, sheet: str | None, header: int) -> Loaded:
        """Return everything below row `header`."""
        first = self.preview(sheet)
        headers = first[header - 1] if header else []
        width = len(headers) or max(map(len, first), default=0)
        if width > _WIDEST:
            raise InputError(
                f"{self.path} has {width:,} columns and a spreadsheet at most {_WIDEST:,}; is it a CSV file?"
            )
        columns = [Column() for _ in range(width)]
        problems = self._fill(columns, header)
        texts = [column.categorical(str, {}) for column in columns]
        names = headers or [""] * width
        if header and problems:
            names, texts = [*names, SURPLUS], [*texts, _surplus_column(problems, len(texts[0]), header + 1)]
        return Loaded(
            Table(
                self.path,
                sheet,
                names,
                frame_of(texts, header + 1),
                problems,
                list(self.guesses),
                self.delimiter,
            )
        )

    def records(self) -> Iterator[tuple[int, str]]:
        """Yield each row by its number as it stands in the file, with its line end; together they are the whole text.

        The line that names the delimiter, and what stands behind the last row, have the number 0.
        """
        taken: list[str] = []
        with self.path.open(encoding=self.encoding, newline="") as file:
            if self._skip_line:
                yield 0, file.readline()

            def lines() -> Iterator[str]:
                for line in file:
                    taken.append(line)
                    yield line

            for number, _ in enumerate(csv.reader(lines(), delimiter=self.delimiter, strict=True), 1):
                yield number, "".join(taken)
                taken.clear()
            yield 0, "".join(taken)

    def _fill(self, columns: list[Column], header: int) -> dict[int, Problem]:
        width = len(columns)
        problems: dict[int, Problem] = {}
        row = 0
        for chunk in self._chunks(_CHUNK):
            start, row = row, row + len(chunk)
            below = chunk[max(header - start, 0) :]
            if set(map(len, below)) - {width}:
                problems |= _too_wide(below, width, row - len(below) + 1)
                below = [_fitted(cells, width) for cells in below]
            # Not strict: where all rows of a chunk stand above the header, the inner zip gives nothing at all.
            for column, values in zip(columns, zip(*below, strict=True), strict=False):
                column.extend(values)
        return problems

    def _first_line(self) -> str:
        with self.path.open(encoding=self.encoding, newline="") as file:
            # Bounded: a file without line ends is one line of gigabytes.
            return file.readline(_WIDEST)

    def _chunks(self, size: int, delimiter: str | None = None) -> Iterator[list[Row]]:
        """Yield the records; each is a row of a spreadsheet, however many lines it has."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            if self._skip_line:
                file.readline()
            # strict: else a quotation mark that is never closed takes the rest of the file into one cell, in silence.
            reader = csv.reader(file, delimiter=delimiter or self.delimiter, strict=True)
            done = 0
            while chunk := self._next_chunk(reader, size, done):
                done += len(chunk)
                yield chunk

    def _next_chunk(self, reader: Iterator[Row], size: int, done: int) -> list[Row]:
        chunk: list[Row] = []
        try:
            # What was read before an error stays in the list, so the row at fault is the one after it.
            chunk.extend(islice(reader, size))
        except csv.Error as error:
            place = f"{self.path}, row {done + len(chunk) + 1}"
            raise InputError(f"{place}: {_in_words(error)}") from None
        return chunk

    def _by_looking(self) -> str:
        """Take the delimiter that cuts the first rows into the most alike rows of more than one cell."""
        return max(_CANDIDATES, key=self._likeness)

    def _likeness(self, delimiter: str) -> tuple[float, int]:
        try:
            rows = next(self._chunks(PREVIEW_ROWS, delimiter), [])
        except InputError:
            return 0.0, 0
        widths = [len(row) for row in rows if any(map(cleaned, row))]
        if not widths or max(widths) == 1:
            return 0.0, 0
        usual = max(set(widths), key=widths.count)
        return (widths.count(usual) / len(widths) if usual > 1 else 0.0), max(widths)


def _delimiter(name: str | None) -> str | None:
    if name is None:
        return None
    delimiter = _NAMED.get(name.lower(), name)
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise InputError(
            f'"{name}" cannot be a delimiter; use one character, or comma, semicolon, tab or pipe.'
        )
    return delimiter


def _fitted(cells: Row, width: int) -> Row:
    return cells[:width] + [""] * (width - len(cells))


def _too_wide(rows: list[Row], width: int, first_row: int) -> dict[int, Problem]:
    """Return a problem for each row that has text beyond the last column; blank cells there do no harm."""
    wide = ((number, cells) for number, cells in enumerate(rows, first_row) if len(cells) > width)
    return {number: _surplus(cells, width) for number, cells in wide if any(map(cleaned, cells[width:]))}


def _surplus_column(problems: Mapping[int, Problem], count: int, first_row: int) -> pd.Categorical:
    """Keep the text that belongs to no column, so that the results show it and nobody takes the row for sound."""
    texts = {row - first_row: problem.value for row, problem in problems.items()}
    return categorical_of(np.zeros(count, np.int32), [""], texts)


def _surplus(cells: Row, width: int) -> Problem:
    extra = ", ".join(filter(None, map(cleaned, cells[width:])))
    return Problem(
        Code.BAD_VALUE,
        f"The row has {count_of(len(cells), 'cell')} and the table {count_of(width, 'column')};"
        f' the text "{extra}" stands beyond the last.',
        "Remove the extra cell, or put text that holds the delimiter in double quotes.",
        value=extra,
    )


def _in_words(error: csv.Error) -> str:
    text = str(error)
    if "field limit" in text:
        return f"a cell of more than {csv.field_size_limit():,} characters; is a closing quotation mark missing there?"
    if "unexpected end" in text:
        return "a quotation mark opens a cell there and is never closed; close it or remove it."
    if "expected after" in text:
        return "text follows a closing quotation mark; write a quotation mark inside a quoted cell twice."
    return f"this is no CSV ({text}); save the file again as CSV or .xlsx."
