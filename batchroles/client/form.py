"""Request bodies: nested values as PHP reads them from a form, and the rows of a change of roles.

The order is the same in every body: token, what the function takes, function name, answer format. PHP drops the
variables beyond its limit from the end, so a form that is too long loses its function name or its format, which
shows, and never just its last rows, which would not (case `vars-300-rows-silent-loss`: 250 of 300 rows were
stored, and the answer was the `null` of success).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote_plus

from batchroles.models import Action, Level

Row = tuple[int, int, str, int]
"""User id, role id, context level, instance id."""

_BY_CONTEXT_ID = frozenset(level for level in Level if level.facts.sent_by_context_id)
_LIST_NAME = {Action.ASSIGN: "assignments", Action.UNASSIGN: "unassignments"}


def pairs(params: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the form names and texts of nested values: `{"values": [7]}` gives `values[0]`, `7`.

    None is left out, and True is `1`, as PHP's own clients do. Raises `TypeError` for other kinds of values.
    """
    for name, value in params.items():
        yield from _named(name, value)


def _named(name: str, value: object) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _named(f"{name}[{key}]", inner)
    elif isinstance(value, bool):
        yield name, str(int(value))
    elif isinstance(value, str | int | float):
        yield name, str(value)
    elif isinstance(value, Sequence):
        # An empty list leaves no trace in a form: Moodle then misses the parameter (case `enrol-empty`).
        for number, inner in enumerate(value):
            yield from _named(f"{name}[{number}]", inner)
    else:
        raise TypeError(f"{name}: a {type(value).__name__} cannot be sent")


def encode(items: Iterator[tuple[str, str]]) -> str:
    """Write pairs as `application/x-www-form-urlencoded` in UTF-8."""
    return "&".join(f"{_quote_name(name)}={_quote(text)}" for name, text in items)


@lru_cache(maxsize=4096)
def _quote_name(name: str) -> str:
    """Quote a variable's name: call after call has the same ones."""
    return _quote(name)


def _quote(text: str) -> str:
    if text.isascii() and text.isalnum():
        return text
    # Half a surrogate pair has no UTF-8 form; a question mark in its place is found nowhere, which is right.
    return quote_plus(text, errors="replace")


def rows_text(action: Action, rows: Sequence[Row]) -> str:
    """Write the rows of one `core_role_assign_roles` or `core_role_unassign_roles` call."""
    start = _LIST_NAME[action]
    # Rows are numbered, because `rows[][key]` would make a row of each variable (case `assign-no-indices`). Either
    # context id or level is sent, because the id wins even where they disagree (case `assign-both-disagree`).
    return "&".join(
        [
            f"{start}%5B{n}%5D%5Buserid%5D={user}&{start}%5B{n}%5D%5Broleid%5D={role}&{start}%5B{n}%5D"
            + (
                f"%5Bcontextid%5D={instance}"
                if level in _BY_CONTEXT_ID
                else f"%5Bcontextlevel%5D={level}&{start}%5B{n}%5D%5Binstanceid%5D={instance}"
            )
            for n, (user, role, level, instance) in enumerate(rows)
        ]
    )


def body(token: str, content: str, function: str, rest_format: str) -> bytes:
    """Put a whole request body together."""
    ends = f"wsfunction={_quote(function)}&moodlewsrestformat={rest_format}"
    return "&".join(part for part in (f"wstoken={_quote(token)}", content, ends) if part).encode("ascii")
