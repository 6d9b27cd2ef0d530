"""Rows above the header: titles are passed over and said; what looks like data is refused, for it would be lost."""

import re
from collections.abc import Sequence

from batchroles.errors import InputError
from batchroles.formats.leftovers import is_total
from batchroles.formats.lines import Part
from batchroles.formats.meanings import comparable, has_meaning
from batchroles.loader.invisible import cleaned
from batchroles.models import Table

_MANY_CELLS = 3
_MOST_WITH_MANY_CELLS = 4
"""So many rows with so many filled cells are not titles any more, whatever columns they fill."""
_DATE = re.compile(r"[0-9]{1,4}([./-])[0-9]{1,2}\1[0-9]{1,4}\b.*")
_BLANK = re.compile(r"\s")
_SHOWN = 60

Row = Sequence[str]


def notes_above(table: Table, above: Sequence[Row], parts: Sequence[Part]) -> list[str]:
    """Return a note for rows above the header. Raises InputError, with the row, for what looks like data."""
    filled = [(number, row) for number, row in enumerate(above, 1) if any(map(cleaned, row))]
    if not filled:
        return []
    data = [
        (number, row) for number, row in filled if any(_asks_for(row, table.headers, part) for part in parts)
    ]
    many = [(number, row) for number, row in filled if len([*filter(cleaned, row)]) >= _MANY_CELLS]
    if data or len(many) > _MOST_WITH_MANY_CELLS:
        number, row = (data or many)[0]
        raise InputError(
            f'{table.path}, {table.place(number)}: "{_first(row)}" and what stands beside it looks like data, and the '
            f"header stands below it, in row {len(above) + 1}; move the header to the top, or delete the rows above it."
        )
    rows = "1 row" if len(filled) == 1 else f"{len(filled)} rows"
    return [f'{rows} above the header passed over, beginning with "{_first(filled[0][1])}".']


def _first(row: Row) -> str:
    return next(filter(None, map(cleaned, row)))[:_SHOWN]


def _asks_for(row: Row, headers: Sequence[str], part: Part) -> bool:
    """Whether a row could ask for what a part asks for: somebody, and more than that if the file says more.

    A title that fills the column of users alone, words such as "Report of" with one more cell, a line such as
    "Exported: 2024-03-01" and a header of two rows are none.
    """
    users, roles, contexts = (
        [text for column in columns if (text := _under(column.header, headers, row))]
        for columns in (part.users, part.roles, part.contexts)
    )
    if not users or _is_title(users[0]) or has_meaning(users[0]):
        return False
    said = [
        bool(texts)
        for texts, columns in ((roles, part.roles), (contexts, part.contexts))
        if any(column.header for column in columns)
    ]
    if _BLANK.search(users[0]):
        return bool(said) and all(said)
    return not said or any(said)


def _under(header: str, headers: Sequence[str], row: Row) -> str:
    at = headers.index(header) if header in headers else len(row)
    return cleaned(row[at]) if header and at < len(row) else ""


def _is_title(text: str) -> bool:
    return text.endswith(":") or is_total(text) or _DATE.fullmatch(text) is not None or not comparable(text)
