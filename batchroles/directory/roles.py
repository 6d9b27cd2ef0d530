"""Role ids from a report, where no plugin tells them: core lists roles to nobody.

The page of a report that offers the filter on role names holds the name and id of every role of the site, also of those
that nobody has (case `rf-get`), but no short names. Which short name a role has shows where the report is filtered by
the role: in the row that is left.
"""

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from batchroles.client import Moodle, functions
from batchroles.directory.reports import (
    Report,
    UnbelievedError,
    first_row,
    refuse_conditions,
    refusing,
    unhurried,
)
from batchroles.errors import BatchrolesError

STANDARD_NAMES = {
    "manager": "Manager",
    "coursecreator": "Course creator",
    "editingteacher": "Teacher",
    "teacher": "Non-editing teacher",
    "student": "Student",
    "guest": "Guest",
    "user": "Authenticated user",
    "frontpage": "Authenticated user on site home",
}
"""The roles that every new Moodle has: short name → name in English."""

_FILTER = "role:name"
_SELECT = re.compile(rf'<select\b[^>]*\bname="{_FILTER}_value"[^>]*>(.*?)</select>', re.DOTALL)
_OPTION = re.compile(r'<option\b[^>]*?\bvalue="([1-9][0-9]{0,17})"([^>]*)>(.*?)</option>', re.DOTALL)
_EQUAL = 1
"""Moodle's number for a filter that asks for this one value."""


@dataclass(frozen=True)
class Page:
    """What the page of a report says of its filters."""

    applied: int
    """How many filters of the token's user hide rows."""
    names: Mapping[int, str] = field(default_factory=dict)
    """The names of all roles, by id, as the site shows them: translated. None without a filter on role names."""
    chosen: int | None = None
    """The role by which it is filtered."""


def page(moodle: Moodle, report: Report) -> Page:
    """Read what a report's page says of its filters, which changes nothing. Raises `UnbelievedError`."""
    with refusing(report):
        answer = unhurried(moodle).ask(functions.REPORT_PAGE, {"reportid": report.id, "pagesize": 1})
    assert isinstance(answer, dict)  # noqa: S101 - its shape was seen to
    form = _SELECT.search(str(answer["filtersform"]))
    options = _OPTION.findall(form[1]) if form else []
    names = {int(number): html.unescape(" ".join(name.split())) for number, _, name in options}
    chosen = [int(number) for number, marks, _ in options if "selected" in marks]
    applied = int(answer["filtersapplied"])
    return Page(applied, names, chosen[0] if applied and chosen else None)


def refuse_filtered(moodle: Moodle, report: Report, seen: Page | None = None) -> None:
    """Raise `UnbelievedError` where filters hide rows: an answer does not tell of them (case `rf-list-after`).

    `seen`: the report's page, where it was read already.
    """
    if not moodle.may_have(functions.REPORT_PAGE):
        raise UnbelievedError(
            f'Whether filters hide rows of the report "{report.name}" is not known: {functions.REPORT_PAGE} is missing'
            " in the token's service."
        )
    if (seen or page(moodle, report)).applied:
        raise UnbelievedError(
            f'The report "{report.name}" is filtered for the token\'s user: reset its filters on its page, or wait'
            " until another run of that user is done."
        )


def shortname_by_filter(
    moodle: Moodle, report: Report, roleid: int, at: int, holders: Callable[[str], int]
) -> str | None:
    """Filter a report by a role, and give the role's short name; empty where nobody has it, None if not certain.

    `at`: the place of the column of short names; `holders`: how many rows there are of a short name. Filters belong to
    the user, and two clients overwrite each other's without a word (case `rf-two-clients`): the page is looked at
    after the row, and the rows that are left have to be all of that role. Whatever happens, no filter stays.
    Raises `UnbelievedError`.
    """
    values = {f"{_FILTER}_operator": _EQUAL, f"{_FILTER}_value": str(roleid)}
    session = unhurried(moodle)
    try:
        with refusing(report):
            session.ask(functions.SET_FILTERS, {"reportid": report.id, "values": json.dumps(values)})
        # Not the page before the row, too: that the filter was there then is what setting it answered.
        first = first_row(moodle, report)
        after = page(moodle, report)
        # Nobody has a role whose rows a condition hides, as it looks.
        refuse_conditions(first.opened)
    finally:
        _reset(session, report)
    if (after.applied, after.chosen) != (1, roleid):
        return None
    if not first.opened.total:
        return ""
    shortname = str(first.row[at]) if at < len(first.row) else ""
    return shortname if shortname and holders(shortname) == first.opened.total else None


def _reset(session: Moodle, report: Report) -> None:
    try:
        session.ask(functions.RESET_FILTERS, {"reportid": report.id})
    except BatchrolesError as error:
        raise UnbelievedError(
            f'The filter of the report "{report.name}" could not be taken back, and hides rows until somebody does so:'
            f" {error}"
        ) from None
