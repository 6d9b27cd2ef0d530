"""Request bodies: nested values as PHP reads them from a form, and the rows of a change.

The order is the same in every body: token, what the function takes, function name, answer format. PHP drops the
variables beyond its limit from the end, so a form that is too long loses its function name or its format, which
shows, and never just its last rows, which would not (case `vars-300-rows-silent-loss`: 250 of 300 rows were
stored, and the answer was the `null` of success).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote_plus

from batchroles.models.changes import DATES, NO_DATE, CallRow, Change, Dates
from batchroles.models.levels import Level


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


def rows_text(change: Change, rows: Sequence[CallRow], dates: Sequence[Dates] = ()) -> str:
    """Write the rows of one call that makes a change; `dates`: those of each row, or none at all."""
    start = f"{change.list_name}%5B"
    fields = {str(level): names for level, names in change.places.items()}
    # Rows are numbered, because `rows[][key]` would make a row of each variable (case `assign-no-indices`). Either
    # context id or level is sent, because the id wins even where they disagree (case `assign-both-disagree`).
    if change.of_enrolment:
        spans = dates or [(NO_DATE, NO_DATE)] * len(rows)
        texts = [
            _enrolment_text(f"{start}{n}%5D%5B", change, row, span)
            for n, (row, span) in enumerate(zip(rows, spans, strict=True))
        ]
    else:
        texts = [_row_text(f"{start}{n}%5D%5B", fields[row[2]], row) for n, row in enumerate(rows)]
    return "&".join(texts)


def _row_text(start: str, fields: tuple[str, ...], row: CallRow) -> str:
    user, role, level, instance = row
    place = f"{fields[0]}%5D={level}&{start}" if len(fields) > 1 else ""
    return f"{start}userid%5D={user}&{start}roleid%5D={role}&{start}{place}{fields[-1]}%5D={instance}"


def _enrolment_text(start: str, change: Change, row: CallRow, dates: Dates) -> str:
    user, role, level, instance = row
    said: dict[str, int | str] = {"userid": user}
    if change.sends_role:
        said["roleid"] = role
    said[change.places[Level(level)][0]] = instance
    # A date that is not sent counts as none, as a 0 does; a blank one fails the call (case `en-times-empty`).
    said |= {name: date for name, date in zip(DATES, dates, strict=True) if date != NO_DATE}
    return "&".join([f"{start}{name}%5D={value}" for name, value in {**said, **change.fixed}.items()])


def body(token: str, content: str, function: str, rest_format: str) -> bytes:
    """Put a whole request body together."""
    ends = f"wsfunction={_quote(function)}&moodlewsrestformat={rest_format}"
    return "&".join(part for part in (f"wstoken={_quote(token)}", content, ends) if part).encode("ascii")
