"""The kinds of filters, and what a value stored for one lets through. Conditions are filters of the report's maker."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.errors import read_error
from batchroles.sandbox.php import is_numeric, to_int
from batchroles.sandbox.reports.release import ANY, V51, Number, has
from batchroles.sandbox.reports.rows import Joined

Pass = Callable[[Joined], bool]


@dataclass(frozen=True)
class Test:
    """What a filter lets through, and whether the database expects few rows from it."""

    passes: Pass
    selective: bool = False


Values = Mapping[str, Any]
"""What is stored for a report: `role:name_operator`, `role:name_value` and the like."""
Field = Callable[[Joined], Any]

CONTAINS, LACKS, EQUAL, UNEQUAL, STARTS, ENDS, EMPTY, FILLED = range(1, 9)
"""The operators of text filters."""
IS, IS_NOT = 1, 2
"""The operators of selections; for truth values "yes" and "no"."""
RANGE = 3
"""The only operator of dates that is recorded."""
MYSELF, CHOSEN = 1, 2
"""The operators of the selection of users."""


@dataclass(frozen=True)
class Filter:
    """One filter that a source offers: its label, its kind, the value it looks at, and what may be chosen."""

    label: str
    kind: str
    """`text`, `select`, `boolean`, `date` or `user`."""
    field: Field
    options: Callable[[Call], Mapping[str, str]] = lambda _call: {}
    """The texts of the choices of a `select` by their values."""
    since: Number = ANY
    """The Moodle that first offers it, where an older one of those that have the source does not."""


def test_of(call: Call, filter_: Filter, name: str, values: Values) -> Test | None:
    """Give the test that stored values make of a filter; None where they make none, which nobody is told."""
    operator = _number(values.get(f"{name}_operator", 0))
    make = _KINDS.get(filter_.kind)
    return make(call, filter_, operator, name, values) if make and operator else None


def _number(value: Any) -> int:
    """Read a number as PHP does, also one that is written as text (rf-role-operator-text)."""
    if isinstance(value, bool | int | float):
        return int(value)
    return to_int(value) if isinstance(value, str) else int(bool(value))


def _text(_call: Call, filter_: Filter, operator: int, name: str, values: Values) -> Test | None:
    given = values.get(f"{name}_value", "")
    wanted = (
        str(given if given is not None else "").strip(" \t\n\r\0\v").lower()
    )  # rf-path-blank, rf-user-case
    field = filter_.field
    if operator in (EMPTY, FILLED):
        return Test(lambda row: (field(row) in (None, "")) is (operator == EMPTY))
    compare = _COMPARISONS.get(operator)
    if compare is None or not wanted:
        return None

    def passes(row: Joined) -> bool:
        value = field(row)
        return value is not None and compare(str(value).lower(), wanted)

    return Test(passes)


_COMPARISONS: Mapping[int, Callable[[str, str], bool]] = {
    CONTAINS: lambda value, wanted: wanted in value,
    LACKS: lambda value, wanted: wanted not in value,
    EQUAL: lambda value, wanted: value == wanted,
    UNEQUAL: lambda value, wanted: value != wanted,
    STARTS: str.startswith,
    ENDS: str.endswith,
}


def _select(call: Call, filter_: Filter, operator: int, name: str, values: Values) -> Test | None:
    given = values.get(f"{name}_value", "")
    strict = has(call.site, V51)
    if isinstance(given, dict | list):
        if strict:
            return None
        raise read_error("ERROR:  invalid input syntax")  # rf-role-list-45
    wanted, options = str(given), filter_.options(call)
    # Before 5.1 the id of a role that does not exist is compared, and no row has it (rf-role-unknown-45); a level that
    # does not exist is ignored by both (rf-level-99).
    known = wanted in options or (not strict and name == "role:name" and is_numeric(wanted))
    if operator not in (IS, IS_NOT) or not known:
        return None
    field = filter_.field

    def passes(row: Joined) -> bool:
        value = field(row)
        return value is not None and (str(value) == wanted) is (operator == IS)

    return Test(passes, selective=name == "role:name" and operator == IS)


def _boolean(_call: Call, filter_: Filter, operator: int, _name: str, _values: Values) -> Test | None:
    field, wanted = filter_.field, operator == IS
    if operator not in (IS, IS_NOT):
        return None
    return Test(lambda row: (value := field(row)) is not None and bool(value) is wanted)


def _date(_call: Call, filter_: Filter, operator: int, name: str, values: Values) -> Test | None:
    first, last = (_number(values.get(f"{name}_{end}", 0)) for end in ("from", "to"))
    if operator != RANGE or not (first or last):
        return None
    field = filter_.field

    def passes(row: Joined) -> bool:
        value = field(row)
        return value is not None and value >= first and (not last or value <= last)

    return Test(passes, selective=bool(first and last))


def _user(call: Call, filter_: Filter, operator: int, name: str, values: Values) -> Test | None:
    given = values.get(f"{name}_value", [])
    chosen = given if isinstance(given, list) else [given]  # rf-userselect-scalar
    if operator not in (MYSELF, CHOSEN):
        return None
    ids = {call.actor.id} if operator == MYSELF else {_number(value) for value in chosen}
    field = filter_.field
    return Test(lambda row: field(row) in ids)  # none chosen: no rows (rf-userselect-empty)


_KINDS: Mapping[str, Callable[[Call, Filter, int, str, Values], Test | None]] = {
    "text": _text,
    "select": _select,
    "boolean": _boolean,
    "date": _date,
    "user": _user,
}
