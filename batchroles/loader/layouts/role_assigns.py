"""Files of Moodle's role upload: header `user, role, contextlevel, reference`, in any order."""

from collections.abc import Sequence
from dataclasses import replace

from batchroles.loader.layouts import plain
from batchroles.loader.layouts.format import Format, Understood
from batchroles.loader.layouts.meanings import comparable
from batchroles.loader.layouts.sheet import FormatOptions, Sheet
from batchroles.text import cleaned

_HEADERS = {"user", "role", "contextlevel", "reference"}


def header_fits(row: Sequence[str], options: FormatOptions) -> bool:  # noqa: ARG001  # the same call for every format
    """Whether the row has these four headers and no other."""
    return {comparable(header) for header in row if cleaned(header)} == _HEADERS


def understand(sheet: Sheet) -> Understood:
    """Return the one part; a user is always a user name here."""
    by_name = Sheet(sheet.loaded, replace(sheet.options, match_user_by="username"))
    return replace(plain.understand(by_name), read_as=f"{FORMAT.title}, one assignment a row")


def _same_as_plain(sheet: Sheet) -> bool:
    return sheet.options.match_user_by == "username"


FORMAT = Format(
    "role-assigns", "Moodle role assignments file", understand, header_fits, same_as_plain=_same_as_plain
)
