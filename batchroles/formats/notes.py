"""What the person who runs it should know and need not mend: sentences."""

import numpy as np

from batchroles.formats.meanings import Kind, Meaning, quoted
from batchroles.formats.sheet import Sheet
from batchroles.loader.invisible import cleaned


def notes_of(sheet: Sheet) -> list[str]:
    """Return the notes about a file of our own format, the loader's first."""
    found = [*sheet.table.notes]
    if not any(sheet.table.headers):
        found.append("The first row is no header that is known, so every row was taken as a user.")
        return found
    if sheet.table.cells.empty:
        found.append("There are no rows below the header.")
    found += _unused_columns(sheet)
    found += _lower_cased(sheet)
    found += _unused_flags(sheet)
    return found


def _unused_columns(sheet: Sheet) -> list[str]:
    unused = [at for at, meaning in enumerate(sheet.meanings) if not _used(sheet, meaning)]
    names = [sheet.header(at) for at in unused if sheet.header(at)]
    if not names:
        return []
    rest = "is not used; it comes back" if len(names) == 1 else "are not used; they come back"
    return [f"{quoted(names)} {rest} in the results."]


def _used(sheet: Sheet, meaning: Meaning | None) -> bool:
    if meaning is None or meaning.kind is Kind.NOTHING:
        return False
    return meaning.kind is not Kind.INSTANCE or any(sheet.of_kind(Kind.LEVEL))


def _lower_cased(sheet: Sheet) -> list[str]:
    """Say how many user names were written with capitals, which Moodle does not keep."""
    count = 0
    for at, meaning in sheet.of_kind(Kind.USER):
        if (meaning.by or sheet.options.match_user_by) == "username":
            cells = sheet.cells(at).cat
            capitals = np.fromiter(
                (cleaned(text) != cleaned(text).lower() for text in cells.categories), bool
            )
            count += int(capitals[cells.codes.to_numpy()].sum()) if len(capitals) else 0
    return (
        [
            f"{count:,} user {'name was' if count == 1 else 'names were'} read in lower case, as Moodle keeps them."
        ]
        if count
        else []
    )


def _unused_flags(sheet: Sheet) -> list[str]:
    found = []
    if sheet.options.role is not None and any(sheet.of_kind(Kind.ROLE)):
        found.append("--role was not used: the file has a column for the role.")
    if sheet.options.context is not None and (
        any(sheet.of_kind(Kind.CONTEXT)) or any(sheet.of_kind(Kind.LEVEL))
    ):
        found.append("--context was not used: the file has a column for the context.")
    return found
