"""The table of a OneRoster export (`sources/oneroster`): enrolments by class, parents by child."""

from collections.abc import Sequence
from dataclasses import replace

from batchroles.errors import InputError
from batchroles.loader.columns import is_blank
from batchroles.loader.layouts import plain
from batchroles.loader.layouts.columns import ReadColumn
from batchroles.loader.layouts.contexts import instance_reader
from batchroles.loader.layouts.format import Format, Understood
from batchroles.loader.layouts.meanings import MEANINGS, Kind, comparable, position_of_each
from batchroles.loader.layouts.sheet import FormatOptions, Sheet
from batchroles.models import Level
from batchroles.text import count_of

_USERS = {"username": "username", "email": "email", "idnumber": "userSourcedId"}
"""The column of the user for each way to match."""
_CLASS, _CHILD = "classSourcedId", "childSourcedId"
_CHILDREN = {
    "username": "childUsername",
    "email": "childEmail",
    "identifier": "childIdentifier",
    "userSourcedId": _CHILD,
}
"""The column of the child for each column of the user: both are named alike."""
_NEEDED = {comparable(name) for name in ("role", _CLASS, *_CHILDREN, *_CHILDREN.values())}


def header_fits(row: Sequence[str], options: FormatOptions) -> bool:  # noqa: ARG001  # the same call for every format
    """Whether the row has the columns of users, classes and children."""
    return set(map(comparable, row)) >= _NEEDED


def understand(sheet: Sheet) -> Understood:
    """Return the one part of the table: what `--map` does not say is read as OneRoster means it."""
    mapped = Sheet(sheet.loaded, replace(sheet.options, column_map=_meanings(sheet.options)))
    at = position_of_each(sheet.table.headers, _NEEDED.__contains__)
    child = at[comparable(_CHILD)]
    notes: list[str] = []
    if _asked(sheet.options).get(comparable(_CHILD)) == "ignore":
        parents = ~is_blank(mapped.cells(child))
        notes = [f"{count_of(int(parents.sum()), 'row')} of parents left out, as --map {_CHILD}=ignore says."]
        mapped = mapped.only(~parents)
    understood = plain.understand(mapped)
    children = _children(understood.sheet, at)
    part = replace(understood.parts[0], contexts=[*understood.parts[0].contexts, children])
    return replace(
        understood,
        parts=[part],
        read_as=f"{FORMAT.title}, one enrolment or parent a row",
        # All: the table was made of what may be asked for, and nothing in it is a person's own remark.
        used=range(len(sheet.table.headers)),
        notes=[*notes, *understood.notes],
    )


def _asked(options: FormatOptions) -> dict[str, str]:
    """Return what `--map` says, by headers as they are compared."""
    return {comparable(header): comparable(meaning) for header, meaning in options.column_map.items()}


def _meanings(options: FormatOptions) -> dict[str, str]:
    """Return the meaning of every column that has one here; what `--map` names takes the place of ours."""
    if options.match_user_by not in _USERS:
        raise InputError(
            f"--match-user-by {options.match_user_by}: OneRoster has no such ids; match by username, email or idnumber."
        )
    known = {comparable(word): meaning for word, meaning in MEANINGS.items()}
    kinds = {known[word].kind for word in _asked(options).values() if word in known}
    user = _USERS[options.match_user_by]
    # Both would be read: in any other table they are two names of one person.
    ours = dict.fromkeys(("username", "email"), "ignore")
    if Kind.USER not in kinds:
        ours[user] = options.match_user_by
    if Kind.CONTEXT not in kinds:
        ours[_CLASS] = "course idnumber"
    # OneRoster's end is the first day without the enrolment.
    first, end = ("from", "until before") if options.windows else ("start", "end before")
    ours |= {"beginDate": first, "endDate": end}
    return {**ours, **options.column_map}


def _children(sheet: Sheet, at: dict[str, int]) -> ReadColumn:
    """Return the contexts that children are, from the column that names them as users are named."""
    column, meaning = next(sheet.of_kind(Kind.USER))
    user = next((name for name in _CHILDREN if comparable(name) == comparable(sheet.header(column))), None)
    if user is None:
        raise InputError(
            f'--map: "{sheet.header(column)}" names no user here; map one of {", ".join(_CHILDREN)}.'
        )
    return sheet.read(at[comparable(_CHILDREN[user])], instance_reader(Level.USER, meaning.by))


FORMAT = Format("oneroster", "OneRoster export", understand, header_fits, values_fit=lambda _: True)
