"""What was understood, in words: so that a misreading is seen before anything is sent."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd

from batchroles.models import ContextRef, RoleRef, UserRef, Wanted
from batchroles.models.changes import CHANGES
from batchroles.models.references import Days, Moment

_USER_WORDS = {
    "username": "user",
    "email": "user with e-mail",
    "idnumber": "user with ID number",
    "id": "user with id",
}
_KEY_WORDS = {"idnumber": " with ID number", "id": " with id", "name": " called"}


def describe(wanted: Wanted, first: int = 3) -> list[str]:
    """Return a sentence for each assignment of the first rows: `row 2: assign role student to user anna.abel …`."""
    rows = wanted.lines["row"].unique()[:first]
    lines = wanted.lines[wanted.lines["row"].isin(rows)]
    return [_sentence(wanted, line) for line in lines.to_dict("records")]


def _sentence(wanted: Wanted, line: dict[Any, Any]) -> str:
    place = wanted.table.called(line["row"]) + (f", {line['part']}" if line["part"] else "")
    if line["problem"] >= 0:
        return f"{place}: not usable. {wanted.problems[line['problem']].reason}"
    role, user, context = (_named(line, kind) for kind in ("role", "user", "context"))
    change = CHANGES[line["change"]]
    if change.of_enrolment:
        as_what = f" as {role}" if role else ""
        return f"{place}: {change} {user}{as_what} {context}{_from_until(line)}"
    return f"{place}: {change} role {role} {change.preposition} {user} {context}"


def _from_until(line: dict[Any, Any]) -> str:
    """Say from when until when, as the row has it."""
    said = {name: line[name] for name in ("start", "end", "days") if name in line and not pd.isna(line[name])}
    words = {"start": "from {}", "end": "until {}", "days": "for {} days"}
    texts = [words[name].format(_moment(value)) for name, value in said.items() if _moment(value)]
    return "".join(f", {text}" for text in texts)


def _moment(value: Moment | Days) -> str:
    if isinstance(value, Days):
        return str(value.count or "")
    if not value.seconds:
        return ""
    clock = datetime.fromtimestamp(value.seconds, UTC)
    return (
        f"{clock:%d %B %Y}" if value.whole_day else f"{clock:%d %B %Y %H:%M}{' UTC' if value.zoned else ''}"
    )


def _named(line: dict[Any, Any], kind: str) -> str:
    """Name what the filled columns of a kind say; several have to come to the same."""
    values = (
        value for name, value in line.items() if str(name).startswith(f"{kind}_") and not pd.isna(value)
    )
    return " = ".join(dict.fromkeys(map(_words, values)))


def _words(value: UserRef | RoleRef | ContextRef) -> str:
    if isinstance(value, UserRef):
        return f"{_USER_WORDS[value.by]} {value.value}"
    if isinstance(value, RoleRef):
        return f"with id {value.value}" if value.by == "id" else value.value
    if not value.by:
        return value.level.facts.where
    return f"{value.level.facts.where}{_KEY_WORDS.get(value.by, '')} {value.value}"
