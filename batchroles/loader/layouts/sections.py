"""A table in sections: a course stands as a heading above its people, `Course: BIO101`.

The headings become a column `context` of the table, so that it is read, mended and read again as any other table is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from batchroles.errors import InputError
from batchroles.loader import Loaded
from batchroles.loader.columns import categorical_of, is_blank
from batchroles.loader.layouts import plain
from batchroles.loader.layouts.around import repeats_header
from batchroles.loader.layouts.contexts import instance_reader, is_context_like, read_context
from batchroles.loader.layouts.format import Format, Rows, Understood
from batchroles.loader.layouts.meanings import Kind, has_meaning, meanings_of, quoted
from batchroles.loader.layouts.sheet import FormatOptions, Sheet
from batchroles.loader.layouts.totals import is_total
from batchroles.models import ContextRef, Level
from batchroles.models.table import Headings
from batchroles.text import cleaned, count_of, numbered

_COLUMN = "context"
_LEVELS = (Level.COURSE, Level.COURSECAT)
_NAMED = 5
_SHOWN = 60


def content_fits(rows: Rows, number: int, options: FormatOptions) -> bool:
    """Whether the row names people and no place, and some row above or below it is a heading with a course."""
    if options.context is not None and options.format is None:
        return False
    kinds = {meaning.kind for meaning in meanings_of(rows[number - 1], options.columns) if meaning}
    if Kind.USER not in kinds or kinds & {Kind.CONTEXT, Kind.LEVEL}:
        return False
    others = [row for at, row in enumerate(rows, 1) if at != number]
    return any(begins_section(next(filter(None, map(cleaned, row)), "")) for row in others)


def begins_section(text: str) -> bool:
    """Whether a text begins as a heading does: with a word for a course, or a category, and a colon."""
    word, colon, _ = _plain(text).partition(":")
    return bool(colon) and _level_of(word) in _LEVELS


def _plain(text: str) -> str:
    """Return a text cleaned, with the colon of East Asian keyboards as the usual one."""
    return cleaned(text).replace("\uff1a", ":", 1)


def _level_of(word: str) -> Level | None:
    if is_context_like(f"{word}:"):
        found = read_context(f"{word}:1")
        return found.level if isinstance(found, ContextRef) else None
    (meaning,) = meanings_of([word], {})
    return meaning.level if meaning and meaning.kind is Kind.CONTEXT else None


def as_context(text: str) -> str | None:
    """Return a heading as a cell of a column `context` holds it; None where it names nothing."""
    word, _, name = (part.strip() for part in _plain(text).partition(":"))
    if not name:
        return None
    if is_context_like(text):
        return f"{word.casefold()}:{name}" if isinstance(read_context(text), ContextRef) else None
    (meaning,) = meanings_of([word], {})
    if meaning is None or meaning.level is None:
        return None
    found = instance_reader(meaning.level, meaning.by or meaning.level.facts.keys[0])(name)
    return f"{found.level}:{found.by}={found.value}" if isinstance(found, ContextRef) else None


def reshape(loaded: Loaded, above: Rows, options: FormatOptions) -> tuple[Loaded, Rows]:
    """Give each row of people the course of its heading, in a column of its own; headings and headers again are gone.

    Also gives the rows above the header without the heading. Raises InputError, with the place, for what may be a
    heading or a person, and for people before the first heading.
    """
    sections = _Sections(Sheet(loaded, options), above)
    return sections.loaded(), sections.above


@dataclass(frozen=True)
class _Heading:
    """A course above its people."""

    row: int
    column: int
    text: str
    """As the file has it."""
    context: str
    """As a cell of a column `context` has it."""


class _Sections:
    """A table whose rows are told apart: headings, headers again, totals, and people."""

    def __init__(self, sheet: Sheet, above: Rows) -> None:
        self._sheet, self._table = sheet, sheet.table
        self._blank = np.array([is_blank(sheet.cells(at)) for at in range(len(self._table.headers))])
        self._filled = (~self._blank).sum(axis=0)
        self._headings: list[_Heading] = []
        self.above = self._take_first(above)
        begins = self._rows_with(begins_section).any(axis=0)
        again = repeats_header(sheet) & ~begins
        self._refuse_other_header(again | begins)
        for at in np.flatnonzero(begins).tolist():
            self._headings.append(self._heading(int(sheet.rows[at]), self._texts(at)))
        totals = np.zeros(len(sheet.rows), bool)
        for at in np.flatnonzero((self._filled <= 2) & ~begins & ~again).tolist():
            totals[at] = self._is_total(at)
            if self._filled[at] == 1 and not totals[at]:
                self._refuse_unsure(at)
        self._people = ~(begins | again | totals)
        self._again, self._totals = again, totals

    def _take_first(self, above: Rows) -> Rows:
        """Take the heading right above the header, where there is one."""
        headings = [at for at, row in enumerate(above) if any(map(begins_section, row))]
        nearest = max((at for at, row in enumerate(above) if any(map(cleaned, row))), default=-1)
        for at in headings:
            hidden = [row for row in self._sheet.loaded.left_out if at + 1 < row <= len(above)]
            if at != nearest and nearest not in headings:
                there = next(filter(None, map(cleaned, above[nearest])))[:_SHOWN]
                raise self._refused(nearest + 1, f'"{there}" stands between a heading and the header')
            if at != nearest or hidden:
                raise self._refused(at + 1, "a heading stands above another one and has no people")
            self._headings.append(self._heading(at + 1, [cleaned(text) for text in above[at]]))
        return [[] if at in headings else row for at, row in enumerate(above)]

    def _rows_with(self, says: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Return, by column, of which cells something is true."""
        return np.array([self._sheet.cells_that(at, says) for at in range(len(self._table.headers))])

    def _texts(self, position: int) -> list[str]:
        return [cleaned(str(text)) for text in self._table.cells.iloc[position]]

    def _heading(self, row: int, texts: Sequence[str]) -> _Heading:
        """Return a heading: all in one cell, or `Course:` in one and the name in the next."""
        filled = [(at, text) for at, text in enumerate(texts) if text]
        first, text = filled[0]
        apart = len(filled) == 2 and _plain(text).endswith(":")
        said = f"{text} {filled[1][1]}" if apart else text
        if not begins_section(text) or (len(filled) > 1 and not apart):
            raise self._refused(row, "a heading does not stand alone in its row")
        context = as_context(said)
        if context is None:
            raise self._refused(row, f'"{said[:_SHOWN]}" names no course')
        return _Heading(row, first, said, context)

    def _refuse_other_header(self, known: NDArray[np.bool_]) -> None:
        words = self._rows_with(has_meaning).sum(axis=0)
        other = np.flatnonzero((words > 1) & ~known)
        if len(other):
            there = quoted(filter(None, self._texts(int(other[0]))))
            raise self._refused(
                int(self._sheet.rows[other[0]]), f"another header, {there}, stands between the sections"
            )

    def _is_total(self, at: int) -> bool:
        texts = [text for text in self._texts(at) if text]
        return bool(texts) and is_total(texts[0]) and all(text.isdecimal() for text in texts[1:])

    def _refuse_unsure(self, at: int) -> None:
        """Refuse a lone cell that may be a heading without its word, or a person whose row lacks a cell.

        People stand alone in their rows where the table has one column for them and nothing else is needed; a blank in
        the text, or a blank row before it, then speaks for a heading.
        """
        (text,) = filter(None, self._texts(at))
        users = self._sheet.positions(Kind.USER)
        alone = not self._sheet.positions(Kind.ROLE) and len(users) == 1 and not self._blank[users[0], at]
        rows = self._sheet.rows
        # Blank rows are not in the sheet: a gap between row numbers is where they stood.
        gap = at > 0 and rows[at] - rows[at - 1] > 1
        if not alone or gap or " " in text:
            raise self._refused(
                int(rows[at]),
                f'"{text[:_SHOWN]}" stands alone and may be a course or a person whose row is not full',
            )

    def _refused(self, row: int, what: str) -> InputError:
        return InputError(
            f"{self._table.path}, {self._table.place(row)}: {what}; write headings as Course: SHORTNAME, each alone in"
            " its row, above the people of the course, and fill the rows of the people."
        )

    def loaded(self) -> Loaded:
        """Return the people, each with the course of the heading above."""
        rows = self._sheet.rows[self._people]
        starts = np.array([one.row for one in self._headings])
        section = np.searchsorted(starts, rows) - 1
        if (before := np.flatnonzero(section < 0)).size:
            raise self._refused(int(rows[before[0]]), "somebody stands before the first heading")
        contexts = [one.context for one in self._headings]
        cells = self._table.cells[self._people].copy(deep=False)
        cells[len(self._table.headers)] = pd.Series(
            categorical_of(section.astype(np.int32), contexts, {}), index=cells.index
        )
        headings = Headings(
            _COLUMN,
            tuple((one.row, one.column) for one in self._headings),
            tuple(one.text for one in self._headings),
        )
        table = replace(
            self._table,
            headers=[*self._table.headers, _COLUMN],
            cells=cells,
            headings=headings,
            notes=[*self._table.notes, *self._notes(section)],
        )
        return replace(self._sheet.loaded, table=table)

    def _notes(self, section: NDArray[np.int64]) -> list[str]:
        found = []
        if self._again.any():
            found.append(f"The header stands again in {self._numbers(self._again)}, which was passed over.")
        if self._totals.any():
            found.append(f"Totals and remarks were passed over: {self._numbers(self._totals)}.")
        empty = sorted(set(range(len(self._headings))) - set(section.tolist()))
        if empty:
            count = count_of(len(empty), "heading has", "headings have")
            found.append(f"{count} nobody below: {numbered([self._headings[at].row for at in empty])}.")
        return found

    def _numbers(self, rows: NDArray[np.bool_]) -> str:
        return numbered(self._sheet.rows[rows].tolist())


def understand(sheet: Sheet) -> Understood:
    """Return the one part of the table. Raises InputError where nothing says the role."""
    if plain.lacking(sheet.meanings, sheet.options):
        raise InputError(
            f"{sheet.table.path}: the headings say the course of each person and nothing says the role; give it with"
            " --role, --role student for example."
        )
    understood = plain.understand(sheet)
    above = sheet.table.headings
    names = [above.texts[at] for at in sorted(set(map(above.number, sheet.rows.tolist())))]
    shown = quoted(names) if len(names) <= _NAMED else f"{quoted(names[:_NAMED])} …"
    headings = count_of(len(names), "heading", "headings")
    who = quoted(sheet.header(at) for at in understood.used if at != len(sheet.table.headers) - 1)
    read_as = f"{FORMAT.title} with {who}, people below {headings} ({shown}), one assignment a row"
    return replace(understood, read_as=read_as)


FORMAT = Format(
    "sections",
    "table in sections",
    understand,
    content_fits=content_fits,
    reshape=reshape,
    ignores=("context",),
)
