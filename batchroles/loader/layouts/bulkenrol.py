"""Lists for bulk enrolment: no header, one e-mail address a line, `# Group` lines, `!email` to remove."""

import numpy as np
from numpy.typing import NDArray

from batchroles.errors import InputError
from batchroles.loader.layouts.around import beside_the_list
from batchroles.loader.layouts.cells import Fault, Read
from batchroles.loader.layouts.format import Format, Rows, Understood
from batchroles.loader.layouts.lines import Part
from batchroles.loader.layouts.notes import enrols_nobody
from batchroles.loader.layouts.plain import constant_context, given_role
from batchroles.loader.layouts.sheet import FormatOptions, Sheet
from batchroles.models import UNASSIGN, UserRef
from batchroles.text import cleaned, count_of

_GROUP, _REMOVE = "#", "!"


def rows_fit(rows: Rows, options: FormatOptions) -> bool:
    """Whether there is one column, and in it marked lines, or nothing but e-mail addresses."""
    firsts = [cleaned(row[0]) for row in rows if row]
    alone = all(not any(map(cleaned, row[1:])) for row in rows)
    given = (options.role is not None or not options.change.names_role) and options.context is not None
    marked = any(text[:1] in (_GROUP, _REMOVE) for text in firsts)
    return given and alone and (marked or all("@" in text for text in firsts))


def understand(sheet: Sheet) -> Understood:
    """Return the one part of the file; group lines ask for nothing."""
    needs_role = sheet.options.role is None and sheet.options.change.names_role
    if needs_role or sheet.options.context is None:
        raise InputError(
            f"{sheet.table.path}: a list of e-mail addresses says no role and no context; "
            "give both with --role and --context."
        )
    groups = _marked(sheet, _GROUP)
    people = sheet.only(~groups)
    part = Part(
        people.rows,
        people.read(0, _change_reader(sheet.options)),
        [people.read(0, _read_email)],
        [given_role(people)],
        [constant_context(people)],
        row_problems=beside_the_list(people),
    )
    notes = [*_note(int(groups.sum())), *enrols_nobody(sheet)]
    return Understood(people, [part], f"{FORMAT.title}, one person a row", [0], notes)


def _marked(sheet: Sheet, mark: str) -> NDArray[np.bool_]:
    cells = sheet.cells(0).cat
    marked = np.array([*(cleaned(text)[:1] == mark for text in cells.categories.tolist()), False])
    return marked[cells.codes.to_numpy()]


def _read_email(text: str) -> UserRef | Fault:
    address = text.removeprefix(_REMOVE).strip()
    if "@" in address:
        return UserRef("email", address)
    return Fault(f'"{address}" is not an e-mail address.', "Write one e-mail address in the row.")


def _change_reader(options: FormatOptions) -> Read:
    return lambda text: UNASSIGN if text[0] == _REMOVE else options.change


def _note(groups: int) -> list[str]:
    if not groups:
        return []
    lines = count_of(groups, "group line was", "group lines were")
    return [f"{lines} passed over: groups are not made."]


def _same_as_plain(sheet: Sheet) -> bool:
    """Plain can make nothing of the marks, and without them differs only in what it takes an address for."""
    marked = (_marked(sheet, _GROUP) | _marked(sheet, _REMOVE)).any()
    return bool(marked) or sheet.options.match_user_by == "email"


FORMAT = Format(
    "bulkenrol",
    "list for bulk enrolment",
    understand,
    rows_fit=rows_fit,
    ignores=("column_map",),
    same_as_plain=_same_as_plain,
    column_names=("email",),
    # Its marks for removal are lost in a plain list.
    known_again=lambda _: True,
)
