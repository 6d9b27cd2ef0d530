"""Which sheet is meant, where its header row is, and which format it has."""

from collections.abc import Sequence
from dataclasses import dataclass

from batchroles.errors import InputError
from batchroles.formats import plain
from batchroles.formats.meanings import meanings_of, refuse_unmapped
from batchroles.formats.options import FormatOptions
from batchroles.loader import Source
from batchroles.loader.invisible import cleaned

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Found:
    """A sheet that can be read."""

    sheet: str | None
    header: int
    """The row number of the header; 0 where there is none."""


def find(source: Source, options: FormatOptions) -> Found:
    """Return the first sheet with columns that are enough. Raises InputError, with the headers that were found."""
    previews = {sheet: source.preview(sheet) for sheet in source.sheets()}
    for sheet, rows in previews.items():
        if (header := _header_row(rows, options)) is not None:
            return Found(sheet, header)
    for sheet, rows in previews.items():
        if _is_bare_list(rows, options):
            return Found(sheet, 0)
    raise _refusal(source, list(previews.values()), options)


def find_table(source: Source) -> Found:
    """Return the sheet and row with the most headers that have a meaning, else the first row that is not blank."""
    rows = [
        (Found(sheet, number), sum(map(bool, meanings_of(row, {}))))
        for sheet in source.sheets()
        for number, row in enumerate(source.preview(sheet), 1)
        if any(map(cleaned, row))
    ]
    if not rows:
        raise _empty(source)
    return max(rows, key=lambda row: row[1])[0]


def _empty(source: Source) -> InputError:
    return InputError(f"{source.path} is empty; give a file with a header row and at least one row below it.")


def _header_row(rows: Rows, options: FormatOptions) -> int | None:
    for number, row in enumerate(rows, 1):
        meanings = meanings_of(row, options.column_map)
        if any(meanings) and not plain.lacking(meanings, options):
            return number
    return None


def _is_bare_list(rows: Rows, options: FormatOptions) -> bool:
    """Whether it is one column of users, with role and context given by flags."""
    if options.role is None or options.context is None:
        return False
    filled = [row for row in rows if any(map(cleaned, row))]
    return bool(filled) and all(not any(map(cleaned, row[1:])) for row in filled)


def _refusal(source: Source, previews: Sequence[Rows], options: FormatOptions) -> InputError:
    filled = [row for rows in previews for row in rows if any(map(cleaned, row))]
    if not filled:
        return InputError(
            f"{source.path} is empty; give a file with a header row and at least one row below it."
        )
    best = max(filled, key=lambda row: sum(map(bool, meanings_of(row, options.column_map))))
    refuse_unmapped(best, options.column_map)
    return plain.refusal(
        f"{source.path}", best, plain.lacking(meanings_of(best, options.column_map), options)
    )
