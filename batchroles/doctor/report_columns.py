"""Which of the columns that a report needs it has: told by what stands in them, for headings are translated."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from batchroles.client import Moodle, functions, records
from batchroles.directory.categories import Categories
from batchroles.directory.columns import (
    ColumnMissingError,
    ColumnUntoldError,
    columns_of,
    link_of,
    path_of,
    role_columns,
)
from batchroles.directory.register import CATEGORY_LINK, COURSE_LINK, USER_LINK, parted, plain
from batchroles.directory.reports import Cell, Sheet
from batchroles.directory.roles import STANDARD_NAMES
from batchroles.directory.wanted import CATEGORIES, CONTEXTS, COURSES, ROLES, USERS, Kind
from batchroles.doctor.lookups import seen_courses
from batchroles.errors import CallRefused, NotInService

SAMPLE = 50
"""Rows of which the site is asked."""
_TRIED = 3

Known = Mapping[int, str]
"""What look-ups say of a field, by id; those of whom they say nothing are left out."""


def missing_columns(moodle: Moodle, kind: Kind, sheet: Sheet) -> list[str]:
    """Say, in a clause for each, which columns a report lacks of which some rows were read.

    What cannot be told, because nothing that the token may look up shows it, is not called missing.
    """
    return _WAYS[kind](moodle, sheet)


def _of_users(moodle: Moodle, sheet: Sheet) -> list[str]:
    ids, columns = _by_id(sheet, USER_LINK)
    if not ids:
        return [_lacks(USERS, 0)]
    some = _spread(ids)
    found: Sequence[Mapping[str, Any]] = []
    if moodle.may_have(functions.USERS_BY_FIELD):
        try:
            found = records(moodle.call(functions.USERS_BY_FIELD, {"field": "id", "values": some}))
        except CallRefused:
            return []
    fields = {1: "username", 2: "email", 3: "idnumber"}
    known = {
        number: {int(one["id"]): str(one[field]) for one in found if one.get(field)}
        for number, field in fields.items()
    }
    return [_lacks(USERS, number) for number in fields if not _is_shown(known[number], ids, columns)]


def _of_courses(moodle: Moodle, sheet: Sheet) -> list[str]:
    ids, columns = _by_id(sheet, COURSE_LINK)
    if not ids:
        return [_lacks(COURSES, 0)]
    names = [one.name for one in functions.FUNCTIONS if moodle.may_have(one.name)]
    seen = seen_courses(moodle, names)
    by_name = {one.id: one.shortname for one in seen}
    shown = {one.id: one.idnumber for one in seen if one.idnumber}
    missing = [] if _is_shown(by_name, ids, columns) else [_lacks(COURSES, 1)]
    if functions.COURSES_BY_FIELD in names:
        # Moodle finds courses by an ID number that it does not show (case `cbf-idnumber`).
        others = [column for column in columns if not (by_name and _agrees(by_name, ids, column))]
        found = any(_finds(moodle, ids, column) for column in others)
        empty = any(not any(column) for column in others)
        if not found and not (shown and _is_shown(shown, ids, columns)) and not empty:
            missing.append(_lacks(COURSES, 2))
    return missing


def _finds(moodle: Moodle, ids: Sequence[int], column: Sequence[Cell]) -> bool:
    """Whether courses are found by what a column shows as by their ID numbers."""
    filled = [(id_, plain(cell)) for id_, cell in zip(ids, column, strict=True) if cell]
    for id_, text in filled[:_TRIED]:
        try:
            answer = moodle.call(functions.COURSES_BY_FIELD, {"field": "idnumber", "value": text})
        except (CallRefused, NotInService):
            return False
        if id_ in [int(one["id"]) for one in records(answer, "courses")]:
            return True
    return False


def _of_categories(moodle: Moodle, sheet: Sheet) -> list[str]:
    ids, columns = _by_id(sheet, CATEGORY_LINK)
    if not ids:
        return [_lacks(CATEGORIES, 0)]
    every = Categories(moodle).all
    if not every:
        return []
    shown = {one.id: one.idnumber for one in every if one.idnumber}
    if shown:
        return [] if _is_shown(shown, ids, columns) else [_lacks(CATEGORIES, 1)]
    names = {one.id: one.names[-1] for one in every}
    texts = [column for column in columns if all(isinstance(cell, str | None) for cell in column)]
    return [] if any(not _agrees(names, ids, column) for column in texts) else [_lacks(CATEGORIES, 1)]


def _of_roles(_moodle: Moodle, sheet: Sheet) -> list[str]:
    try:
        told = role_columns(columns_of(sheet.rows), STANDARD_NAMES)
    except ColumnUntoldError:
        return []
    except ColumnMissingError as missing:
        return [str(missing)]
    return [] if told.item else [_lacks(ROLES, 5)]


def _of_contexts(_moodle: Moodle, sheet: Sheet) -> list[str]:
    missing = []
    for tell in (path_of, link_of):
        try:
            tell(columns_of(sheet.rows))
        except ColumnMissingError as error:
            missing.append(str(error))
    return missing


_WAYS: Mapping[Kind, Callable[[Moodle, Sheet], list[str]]] = {
    USERS: _of_users,
    COURSES: _of_courses,
    CATEGORIES: _of_categories,
    ROLES: _of_roles,
    CONTEXTS: _of_contexts,
}


def _lacks(kind: Kind, number: int) -> str:
    column = kind.columns[number]
    return f"it has no column {column.name} (under {column.group})"


def _by_id(sheet: Sheet, link: re.Pattern[str]) -> tuple[list[int], list[list[Cell]]]:
    """Give the ids of the rows, none where no column has a link in each, and the columns without links."""
    with_ids, columns = parted(sheet, link)
    return (with_ids[0] if with_ids else []), columns


def _is_shown(known: Known, ids: Sequence[int], columns: Sequence[Sequence[Cell]]) -> bool:
    """Whether one of the columns shows a field; also where nothing is known of it."""
    return not any(id_ in known for id_ in ids) or any(_agrees(known, ids, one) for one in columns)


def _agrees(known: Known, ids: Sequence[int], column: Sequence[Cell]) -> bool:
    """Whether a column shows a field of all of whom it is known, escaped or not."""
    return all(
        known[id_] in (plain(cell), str(cell or ""))
        for id_, cell in zip(ids, column, strict=True)
        if id_ in known
    )


def _spread(ids: Sequence[int]) -> list[int]:
    """Give some ids from the first to the last."""
    return list(ids[:: max(1, len(ids) // SAMPLE)])[:SAMPLE]
