"""Enrolment files of the Datahub plugin: header `action, username|email|idnumber, context, instance, role`."""

from collections.abc import Sequence

from batchroles.loader.layouts.cells import Fault, Reference, read_change, role_reader, user_reader
from batchroles.loader.layouts.columns import ReadColumn, problem_of
from batchroles.loader.layouts.contexts import instance, read_context
from batchroles.loader.layouts.damage import sound
from batchroles.loader.layouts.format import Format, Understood
from batchroles.loader.layouts.lines import Part
from batchroles.loader.layouts.meanings import comparable, listed, position_of_each
from batchroles.loader.layouts.sheet import FormatOptions, Sheet
from batchroles.models import ASSIGN, Change, ContextRef, Level, Problem
from batchroles.text import cleaned

_NEEDED = {"action", "context", "instance", "role"}
_USERS = ("username", "email", "idnumber")
_KEYS = {str(level): (level, level.facts.datahub) for level in Level if level.facts.datahub is not None}
"""By the plugin's words for levels, which are Moodle's own."""


def header_fits(row: Sequence[str], options: FormatOptions) -> bool:  # noqa: ARG001  # the same call for every format
    """Whether the row has the four headers and at least one for the user."""
    names = set(map(comparable, row))
    return names >= _NEEDED and bool(names & set(_USERS))


def understand(sheet: Sheet) -> Understood:
    """Return the one part of the file."""
    at = _positions(sheet)
    users = [name for name in _USERS if name in at]
    part = Part(
        sheet.rows,
        sheet.read(at["action"], _read_change),
        [sheet.read(at[name], user_reader(name)) for name in users],
        [sheet.read(at["role"], role_reader("shortname"))],
        [_contexts(sheet, at)],
        row_problems=sheet.table.row_problems,
    )
    used = [at[name] for name in (*users, "role", "context", "instance", "action")]
    return Understood(
        sheet,
        [part],
        f"{FORMAT.title}, one assignment a row",
        used,
        usernames=[at["username"]] if "username" in at else [],
    )


def _positions(sheet: Sheet) -> dict[str, int]:
    return position_of_each(sheet.table.headers, {*_NEEDED, *_USERS}.__contains__)


def _read_change(text: str) -> Change | Fault:
    return ASSIGN if text.casefold() == "create" else read_change(text)


def _contexts(sheet: Sheet, at: dict[str, int]) -> ReadColumn:
    level_at, instance_at = at["context"], at["instance"]
    damaged = sheet.damaged(instance_at)

    def read(word: str, text: str) -> Reference | Problem | None:
        if not cleaned(word):
            return None
        if (known := _KEYS.get(cleaned(word).casefold())) is None:
            wrong = Fault(f'"{cleaned(word)}" is not a context.', f"Write {listed(_KEYS, 'or')}.")
            return problem_of(wrong, sheet.table.headers[level_at], word)
        level, key = known
        if not level.facts.keys:
            return ContextRef(level, key, "")
        if not (value := cleaned(text)):
            return None
        found = sound(value, damaged.get(text), instance(level, key, value))
        return (
            problem_of(found, sheet.table.headers[instance_at], text) if isinstance(found, Fault) else found
        )

    return sheet.read_pair(level_at, instance_at, read)


def _words(sheet: Sheet) -> set[str]:
    texts = sheet.cells(_positions(sheet)["context"]).cat.remove_unused_categories().cat.categories
    return {cleaned(text).casefold() for text in texts} - {"", "system"}


def _values_fit(sheet: Sheet) -> bool | None:
    """Tell this format from the plain one by its values.

    A mere level means that the instance beside it is meant; a context that names its instance, that it is not.
    """
    levels = bool(_words(sheet) & set(_KEYS))
    whole = any(isinstance(read_context(word), ContextRef) for word in _words(sheet))
    return None if levels and whole else not whole


FORMAT = Format(
    "datahub",
    "Datahub enrolment file",
    understand,
    header_fits,
    ignores=("role", "context", "column_map"),
    values_fit=_values_fit,
)
