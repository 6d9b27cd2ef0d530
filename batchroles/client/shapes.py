"""What each function's answer looks like, as Moodle declares it, and the check that every answer passes before use.

Only what is used is listed. A field that Moodle may leave out, or may give as null, is `maybe`: XML gives null for what
JSON leaves out, and text for every number.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from batchroles.client import functions

Shape = Callable[[object], str]
"""Gives what is wrong with a value, as the end of a clause that begins with its place; nothing where it fits."""

LARGEST = 2**63 - 1
"""The largest number of Moodle's id columns."""
_DIGITS = re.compile(r"0|[1-9][0-9]{0,18}")
_SHOWN = 20
"""Letters of an odd text up to which it is shown."""


def _told(value: object) -> str:
    """Name a value in a few words, quoting only what is short."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    text = str(value) if isinstance(value, float) or abs(_number(value)) < 10**_SHOWN else "a huge number"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= _SHOWN and value.isprintable() else "a text"
    return text


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def whole(least: int) -> Shape:
    """Take a whole number in plain digits: JSON's numbers, and XML's texts."""

    def check(value: object) -> str:
        if type(value) is int and least <= value <= LARGEST:
            return ""
        if type(value) is str and _DIGITS.fullmatch(value) and least <= int(value) <= LARGEST:
            return ""
        return f" is {_told(value)}, not a whole number from {least} on"

    return check


def text(value: object) -> str:
    """Take a text."""
    return "" if type(value) is str else f" is {_told(value)}, not a text"


def null(value: object) -> str:
    """Take null only: what Moodle says of a change that was done."""
    return "" if value is None else f" is {_told(value)}, not null"


def path(value: object) -> str:
    """Take the ids of a category and of those above it: `/1/5`."""
    fits = type(value) is str and re.fullmatch(r"(/[0-9]{1,18})+", value) is not None
    return "" if fits else f" is {_told(value)}, not a path of ids"


def cell(value: object) -> str:
    """Take what a report shows in one place: a text, a number (case `rb-categories-defaults`), or nothing."""
    return "" if value is None or type(value) in (str, int, float) else f" is {_told(value)}, not a cell"


_CELLS = frozenset((str, int, float, type(None)))


def cells(value: object) -> str:
    """Take the cells of a row. There may be a million of them: mostly their types are looked at all at once."""
    if type(value) is list and _CELLS.issuperset(map(type, value)):
        return ""
    return many(cell)(value)


def yes(value: object) -> str:
    """Take true, which XML writes as 1."""
    return "" if value is True or value in ("1", 1) else f" is {_told(value)}, not true"


def switch(value: object) -> str:
    """Take what is on or off: a truth value or a number, which XML writes as text."""
    return "" if value in (True, False, "0", "1") else f" is {_told(value)}, neither on nor off"


def many(part: Shape) -> Shape:
    """Take a list of one shape."""

    def check(value: object) -> str:
        if type(value) is not list:
            return f" is {_told(value)}, not a list"
        for number, one in enumerate(value):
            if wrong := part(one):
                return f"[{number}]{wrong}"
        return ""

    return check


def record(must: Mapping[str, Shape], maybe: Mapping[str, Shape] | None = None) -> Shape:
    """Take an object with certain fields; more fields do no harm."""
    needed, others = tuple(must.items()), tuple((maybe or {}).items())

    def check(value: object) -> str:
        if type(value) is not dict:
            return f" is {_told(value)}, not an object"
        for name, shape in needed:
            if name not in value:
                return f" has no {name}"
            if wrong := shape(value[name]):
                return f".{name}{wrong}"
        for name, shape in others:
            if (inner := value.get(name)) is not None and (wrong := shape(inner)):
                return f".{name}{wrong}"
        return ""

    return check


ID, COUNT = whole(1), whole(0)

_ROLES = many(record({"roleid": ID, "shortname": text}, {"name": text}))
_USERS_WITH_ROLES = many(record({"id": ID}, {"roles": _ROLES}))

_COLUMNS_OFFERED = record(
    {"menucards": many(record({"items": many(record({"identifier": text, "name": text}))}))}
)
_SORTING = record({}, {"sortablecolumns": many(record({"id": ID, "title": text, "sortenabled": switch}))})
_FILTERS = record(
    {},
    {
        "availablefilters": many(
            record({"optiongroup": record({"values": many(record({"value": text, "visiblename": text}))})})
        )
    },
)
"""Of a report as its editor shows it."""

ANSWERS: dict[str, Shape] = {
    functions.SITE_INFO: record(
        {"userid": ID, "functions": many(record({"name": text}))},
        {"username": text, "fullname": text, "sitename": text, "release": text, "lang": text},
    ),
    functions.ASSIGN: null,
    functions.UNASSIGN: null,
    functions.ENROL: null,
    functions.UNENROL: null,
    functions.USERS_BY_FIELD: many(record({"id": ID}, {"username": text, "email": text, "idnumber": text})),
    functions.COURSES_BY_FIELD: record(
        {"courses": many(record({"id": ID, "shortname": text}, {"idnumber": text, "categoryid": COUNT}))}
    ),
    functions.COURSES: many(
        record({"id": ID, "shortname": text}, {"idnumber": text, "categoryid": COUNT, "fullname": text})
    ),
    functions.CATEGORIES: many(
        record(
            {"id": ID, "name": text, "path": path},
            {"idnumber": text, "visible": COUNT, "coursecount": COUNT},
        )
    ),
    functions.COURSE_MODULE: record({"cm": record({"id": ID}, {"course": ID})}),
    functions.ENROLLED_WITH_CAPABILITY: many(record({"courseid": ID, "users": _USERS_WITH_ROLES})),
    functions.ENROLLED: _USERS_WITH_ROLES,
    functions.COURSE_PROFILES: _USERS_WITH_ROLES,
    functions.LIST_REPORTS: record({"reports": many(record({"id": ID, "name": text, "source": text}))}),
    functions.RETRIEVE_REPORT: record(
        {
            "data": record(
                {
                    "headers": many(text),
                    "rows": many(record({"columns": cells})),
                    "totalrowcount": COUNT,
                }
            )
        },
        {"details": record({}, {"conditiondata": text})},
    ),
    functions.REPORT_PAGE: record(
        {"filtersapplied": COUNT, "filtersform": text},
        {
            "sidebarmenucards": _COLUMNS_OFFERED,
            "filters": _FILTERS,
            "sorting": _SORTING,
            "conditiondata": text,
        },
    ),
    functions.ADD_COLUMN: _SORTING,
    functions.ADD_FILTER: _FILTERS,
    functions.SORT_BY: _SORTING,
    functions.SET_FILTERS: yes,
    functions.RESET_FILTERS: yes,
    # A setting may be of any type (`value` is raw in tool_mobile's own description); not recorded.
    functions.CONFIGURATION: record({"settings": many(record({"name": text}, {"value": cell}))}),
    # The plugin gives nulls for a role that does not exist.
    functions.GET_ROLES: many(record({}, {"id": ID, "shortname": text, "name": text})),
}
"""Function → the shape of its answer. A function that is not here is not used."""

ERROR = record({"exception": text, "message": text}, {"errorcode": text})
"""What Moodle says when it refuses a call."""


def records(answer: object, part: str = "") -> list[Mapping[str, Any]]:
    """Give the dictionaries of an answer that is a list, or of the list under `part`: the client has seen to it."""
    listed = cast("dict[str, Any]", answer)[part] if part else answer
    return cast("list[Mapping[str, Any]]", listed)


def misfit(function: str, params: Mapping[str, Any], value: object) -> str:
    """Say in a clause why an answer is none of a Moodle to what was asked; empty where it is one."""
    shape = ANSWERS.get(function)
    wrong = shape(value) if shape else ""
    return f"answer{wrong}" if wrong else _stranger(function, params, value)


def _stranger(function: str, params: Mapping[str, Any], value: Any) -> str:
    """Say which course or user, among those that are asked for by id, nobody asked for."""
    if function == functions.ENROLLED_WITH_CAPABILITY:
        return _not_among("course", "courseid", value, params.get("coursecapabilities"), "courseid")
    if function == functions.COURSE_PROFILES:
        return _not_among("user", "id", value, params.get("userlist"), "userid")
    return ""


def _not_among(what: str, key: str, found: Any, asked: Iterable[Mapping[str, Any]] | None, name: str) -> str:
    wanted = {int(one[name]) for one in asked or ()}
    return next(
        (
            f"it speaks of the {what} {one[key]}, which was not asked for"
            for one in found
            if int(one[key]) not in wanted
        ),
        "",
    )


def of_those_asked(function: str, params: Mapping[str, Any], value: Any) -> Any:
    """Give an answer about users without those that nobody asked for.

    A database that compares without case or accents answers with other spellings than the one asked for (MySQL; on
    PostgreSQL every field is exact, case `ubf-email-other-case`). The case may
    differ; what differs in more is another user.
    """
    if function != functions.USERS_BY_FIELD:
        return value
    field, exact = params["field"], set(map(str, params["values"]))
    if all(one.get(field) in exact for one in value):
        return value
    asked = {one.casefold() for one in exact}
    return [one for one in value if str(one.get(field) or "").casefold() in asked]
