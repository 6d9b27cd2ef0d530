"""Which columns of a matrix are courses: told by their headers and their cells, refused where it is not certain."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from openpyxl.utils import get_column_letter

from batchroles.errors import InputError
from batchroles.loader import SURPLUS
from batchroles.loader.layouts.cells import Fault
from batchroles.loader.layouts.contexts import is_context_like, read_context
from batchroles.loader.layouts.damage import damage_fault
from batchroles.loader.layouts.format import Rows
from batchroles.loader.layouts.marks import Mark, Says, mark_of
from batchroles.loader.layouts.meanings import Kind, Meaning, meanings_of, twins
from batchroles.loader.layouts.own_results import EVERY_OWN_COLUMN
from batchroles.loader.layouts.sheet import FormatOptions, Sheet
from batchroles.models import ContextRef, Level
from batchroles.models.languages import words
from batchroles.text import cleaned

_OURS = {SURPLUS, *EVERY_OWN_COLUMN}
_OF_ALL = re.compile(r"(grand |sub)?totals?|sum|count|notes?|remarks?|comments?", re.IGNORECASE)
"""The headers of columns that sum up a row or say something of it."""
_NUMBER = re.compile(r"[0-9]+")
_DATE = re.compile(r"[0-9]{1,4}([./-])[0-9]{1,2}\1[0-9]{0,4}.*")
_FEW = 2
"""Columns of 0 and 1 are common; where so many stand beside each other and nothing else is in them, it is a matrix."""


@dataclass(frozen=True)
class Course:
    """A column that is a course."""

    at: int
    name: str
    context: ContextRef


def starts_matrix(rows: Rows, number: int, options: FormatOptions) -> bool:
    """Whether the row of a number can be the header of a matrix, by what the first rows below it hold."""
    if number > len(rows) or (options.context is not None and options.format is None):
        return False
    header = rows[number - 1]
    meanings = meanings_of(header, options.columns)
    kinds = {meaning.kind for meaning in meanings if meaning}
    if Kind.USER not in kinds or kinds & {Kind.ROLE, Kind.CONTEXT, Kind.LEVEL}:
        return False
    others = [at for at, meaning in enumerate(meanings) if _may_be_course(header[at], meaning)]
    if options.format is not None or any(is_context_like(header[at]) for at in others):
        return bool(others)
    return _is_marked([[cleaned(row[at]) for row in rows[number:] if at < len(row)] for at in others])


def _is_marked(columns: Sequence[Sequence[str]]) -> bool:
    """Whether some column holds nothing but ticks and roles, or several nothing but 0 and 1."""
    whole, figures = 0, 0
    for texts in columns:
        filled = [text for text in texts if text]
        marks = [mark_of(text) for text in filled]
        if any(mark.says in (Says.TICK, Says.ROLES) for mark in marks) and _are_sure(marks):
            whole += 1
            figures += all(text.isdecimal() for text in filled)
    return whole > figures or whole >= _FEW


def _are_sure(marks: Sequence[Mark]) -> bool:
    return 2 * sum(mark.sure for mark in marks) >= len(marks)


def _may_be_course(header: str, meaning: Meaning | None) -> bool:
    name = cleaned(header)
    of_all = _OF_ALL.fullmatch(name) or name.casefold() in words().below
    return meaning is None and bool(name) and name not in _OURS and not of_all


def may_be_course(sheet: Sheet, at: int) -> bool:
    """Whether a column has a header that means nothing else."""
    return _may_be_course(sheet.table.headers[at], sheet.meanings[at])


def courses_of(sheet: Sheet) -> list[Course]:
    """Return the columns that are courses. Raises InputError where there are none, or one may be a course or not."""
    courses = [_course(sheet, at) for at in _positions(sheet)]
    if not courses:
        raise InputError(
            f"{sheet.table.path}: no column of the matrix is a course: none holds ticks or roles below a header of its"
            " own; head a column course:BIO101, say."
        )
    seen: dict[tuple[str, str, str], Course] = {}
    for course in courses:
        key = (str(course.context.level), str(course.context.by), course.context.value.casefold())
        if key in seen:
            raise twins(seen[key].name, course.name, "put them together, or write --map COLUMN=ignore.")
        seen[key] = course
    return courses


def _positions(sheet: Sheet) -> Iterator[int]:
    for at, header in enumerate(sheet.table.headers):
        marks, counts = _counted(sheet, at)
        sure = sum(count for mark, count in zip(marks, counts, strict=True) if mark.sure)
        filled = sum(counts)
        if not cleaned(header):
            _refuse_without_header(sheet, at, sure=2 * sure >= filled > 0)
        elif may_be_course(sheet, at) and (is_context_like(header) or (filled and 2 * sure >= filled)):
            _refuse_numbers(sheet, at, marks)
            yield at
        elif may_be_course(sheet, at) and sure:
            raise InputError(
                f'{sheet.table.path}: some cells under "{cleaned(header)}" are ticks or roles and most are not, so that'
                f" it may be a course or not; head it course:{cleaned(header)} if it is one, else give --map"
                f' "{cleaned(header)}=ignore".'
            )


def _counted(sheet: Sheet, at: int) -> tuple[list[Mark], list[int]]:
    """Return each distinct mark of a column that is not blank, and how often it stands there."""
    cells = sheet.cells(at).cat
    texts = cells.categories.tolist()
    codes = cells.codes.to_numpy()
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    known = [(mark_of(text), int(count)) for text, count in zip(texts, counts, strict=True) if count]
    filled = [(mark, count) for mark, count in known if mark.says is not Says.BLANK]
    return [mark for mark, _ in filled], [count for _, count in filled]


def _refuse_without_header(sheet: Sheet, at: int, *, sure: bool) -> None:
    if sure:
        raise InputError(
            f"{sheet.table.path}: column {get_column_letter(at + 1)} holds ticks or roles and has no header, so that"
            " nothing says of which course; write the course above it, also where cells are merged, or clear it."
        )


def _refuse_numbers(sheet: Sheet, at: int, marks: Sequence[Mark]) -> None:
    """Refuse a column with other numbers than 0 and 1: where it holds grades, 1 is no tick."""
    if not any(mark.says is Says.NUMBER for mark in marks):
        return
    rows = sheet.rows[sheet.cells_that(at, lambda text: mark_of(text).says is Says.NUMBER)]
    text = cleaned(str(sheet.cells(at).loc[int(rows[0])]))
    raise InputError(
        f'{sheet.table.path}, {sheet.place(int(rows[0]), at)}: the number "{text}" is neither a tick nor a role; are'
        " these grades or counts? Write roles or ticks under a course, or give"
        f' --map "{sheet.header(at)}=ignore".'
    )


def _course(sheet: Sheet, at: int) -> Course:
    name = sheet.header(at)
    where = f"{sheet.table.path}: the header of column {get_column_letter(at + 1)}"
    known = sheet.loaded.headers.get(at)
    if (fault := damage_fault(name, known)) is not None:
        raise InputError(f"{where}: {fault.reason} {fault.fix}")
    if is_context_like(name):
        found = read_context(name)
        if isinstance(found, Fault):
            raise InputError(f"{where}: {found.reason} {found.fix}")
        return Course(at, name, found)
    if sheet.options.format is None and (_NUMBER.fullmatch(name) or _DATE.fullmatch(name)):
        by_id = f" (course:id={name} for an id)" if name.isdecimal() else ""
        raise InputError(
            f'{where}, "{name}", may be a course or a number or day of a list of attendance; write course:{name} for'
            f' the course with this short name{by_id}, or give --map "{name}=ignore".'
        )
    return Course(at, name, ContextRef(Level.COURSE, "shortname", name))
