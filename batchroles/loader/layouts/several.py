"""Several courses in one cell: each on a line of its own, or parted by what `--split-courses` says."""

import re
from collections.abc import Mapping

import numpy as np

from batchroles.errors import InputError
from batchroles.loader.layouts.cells import Fault
from batchroles.loader.layouts.columns import Codes, ReadColumn, from_results, problem_of
from batchroles.loader.layouts.contexts import instance_reader
from batchroles.loader.layouts.damage import sound
from batchroles.loader.layouts.lines import Part, piece
from batchroles.loader.layouts.meanings import Kind, Meaning
from batchroles.loader.layouts.sheet import FormatOptions, Sheet
from batchroles.models import Level
from batchroles.text import cleaned

NAMED: Mapping[str, str] = {
    "comma": ",",
    "semicolon": ";",
    "slash": "/",
    "pipe": "|",
    "plus": "+",
    "space": " ",
    "line": "\n",
}
"""Words for what stands between courses, where a shell or a configuration file makes the sign itself awkward."""
LINES = re.compile(r"[\r\n\v\f\x85\u2028\u2029]+")
_MAYBE = re.compile(r"[;|]|(?<=[0-9])\s*[,/]\s*(?=\w)")
"""What may stand between courses, and may as well be part of a short name."""
_SHOWN = 60


def delimiter(options: FormatOptions) -> str | None:
    """Return what is said to stand between courses. Raises InputError for what cannot be."""
    said = options.split_courses
    if said is None:
        return None
    sign = NAMED.get(said.casefold(), said)
    if len(sign) != 1 or sign.isalnum() or sign in "\"'_-.\0":
        raise InputError(
            f'"{said}" cannot stand between courses: give one sign to --split-courses, such as ; or , or'
            f" {' or '.join(list(NAMED)[-2:])}."
        )
    return sign


def each_course(sheet: Sheet, part: Part) -> tuple[list[Part], list[str]]:
    """Return a part for the first course of each cell, the second and so on; and a note that says so.

    Raises InputError where courses are to be parted and there is no one column of courses.
    """
    said = delimiter(sheet.options)
    columns = [*sheet.of_kind(Kind.CONTEXT), *sheet.of_kind(Kind.LEVEL)]
    courses = [(at, meaning) for at, meaning in columns if meaning.level is Level.COURSE]
    if said is not None and len(courses) != 1:
        what = "no column" if not courses else "more than one column"
        raise InputError(
            f"{sheet.table.path}: there is {what} of courses, so that --split-courses parts nothing; leave it out."
        )
    if len(courses) != 1 or len(columns) != 1:
        return [part], []
    return _Split(sheet, *courses[0], said).parts(part)


class _Split:
    """The one column of courses, each cell taken apart."""

    def __init__(self, sheet: Sheet, at: int, meaning: Meaning, said: str | None) -> None:
        self._sheet, self._at, self._meaning, self._said = sheet, at, meaning, said
        cells = sheet.cells(at).cat
        self._codes: Codes = cells.codes.to_numpy().astype(np.int32)
        self._texts = cells.categories.tolist()
        self._pieces = [self._taken_apart(text) for text in self._texts]
        self._counts = np.array([*map(len, self._pieces), 0])[self._codes]

    def _taken_apart(self, text: str) -> list[str]:
        lines = LINES.split(text)
        pieces = lines if self._said is None else [one for line in lines for one in line.split(self._said)]
        return [piece for piece in map(cleaned, pieces) if piece]

    def parts(self, part: Part) -> tuple[list[Part], list[str]]:
        several = self._counts > 1
        if not several.any() and self._said is None:
            return [part], self._maybe()
        header = self._sheet.table.headers[self._at]
        alone = part.only(~several).with_contexts([self._column(0).rows(~several)])
        split = [
            part.only(chosen).with_contexts(
                [self._column(number).rows(chosen)], piece(cleaned(header), number)
            )
            for number in range(int(self._counts.max(initial=0)))
            if (chosen := several & (self._counts > number)).any()
        ]
        return [alone, *split], [*self._note(several), *self._maybe()]

    def _column(self, number: int) -> ReadColumn:
        """Return the courses at a place among those of each cell."""
        header, damaged = self._sheet.table.headers[self._at], self._sheet.damaged(self._at)
        read = instance_reader(Level.COURSE, self._meaning.by)
        results = []
        for text, pieces in zip(self._texts, self._pieces, strict=True):
            if number < len(pieces):
                found = sound(pieces[number], damaged.get(text), read(pieces[number]))
            elif number or not cleaned(text):
                found = None
            else:
                found = Fault(
                    f'"{cleaned(text)}" names no course.', "Write one between the signs, or clear the cell."
                )
            results.append(problem_of(found, header, text) if isinstance(found, Fault) else found)
        return from_results(self._codes, results, header)

    def _note(self, several: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> list[str]:
        if not several.any():
            return []
        by = "on lines of their own" if self._said in (None, "\n") else f'parted by "{self._said}"'
        return [f"Several courses, {by}, stand in {self._first(several)}."]

    def _maybe(self) -> list[str]:
        """Say where cells look as if they held several courses and are read as one short name, as all are."""
        if self._said is not None:
            return []
        found = np.array([*(_MAYBE.search(text) is not None for text in self._texts), False])[self._codes]
        if not found.any():
            return []
        text = self._texts[self._codes[found][0]]
        sign = (_MAYBE.search(text) or [""])[0].strip()
        return [
            f'"{sign}" stands in {self._first(found)}, and may part several courses; every cell was read as the name of'
            f' one. --split-courses "{sign}" parts them.'
        ]

    def _first(self, rows: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> str:
        """Count some cells and quote the first of them."""
        count, position = int(rows.sum()), int(np.flatnonzero(rows)[0])
        place = self._sheet.place(int(self._sheet.rows[position]), self._at)
        text = " / ".join(LINES.split(cleaned(self._texts[self._codes[position]])))[:_SHOWN]
        return (
            f'1 cell, {place}, "{text}"'
            if count == 1
            else f'{count:,} cells, the first of them {place}, "{text}"'
        )
