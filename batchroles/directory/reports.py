"""The custom reports that an administrator made for us: found by name, read whole, and believed only if all adds up.

A report is somebody's to change: its columns, its headings, its conditions, who may see it, and the filters that the
token's user has set on its page. Nothing in an answer tells of filters (case `rb-users-filter-bot`), so that a report
is a claim: whoever uses one compares it with look-ups.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from batchroles.client import Moodle, Retry, functions, records
from batchroles.client.wire import TOO_LARGE
from batchroles.directory.wanted import KINDS, Kind
from batchroles.errors import BatchrolesError, CallRefused, NotInService, SiteRefusal
from batchroles.text import count_of

Cell = str | int | float | None
"""What stands in one place of a report; an empty one is a text or null, by column."""

PAGE = 5000
"""Rows of a page, where the whole is too much for one: 0.11 s at the measured 0.022 ms a row."""
PATIENCE = 60.0
"""Seconds to wait for an answer: twenty times what 100,000 rows took."""
_RETRY = Retry(attempts=2, total=20.0)
"""A report that times out does so again: it is asked for otherwise, or done without."""
_NOTHING: tuple[object, ...] = (None, "", "0", 0, [])
"""What a condition keeps for which nothing is chosen."""
_TRIES = 2
"""How often a report is read that changes meanwhile: people come and go on a site that is at work."""


class UnbelievedError(Exception):
    """A report that is not used; `str(error)` is one sentence that says why. Never leaves this room."""


class NoReportError(UnbelievedError):
    """There is no report of a kind, and nothing is wrong: most sites have none."""


@dataclass(frozen=True)
class Report:
    """A report as the site lists it."""

    id: int
    name: str
    source: str


@dataclass(frozen=True)
class Opened:
    """What the first row of a report tells of the whole."""

    report: Report
    headers: tuple[str, ...]
    total: int
    """Its rows, as Moodle counts them."""
    conditions: str
    """The conditions that hide rows, as Moodle keeps them; empty where there are none."""
    unique: bool
    """Whether rows that look the same are shown once."""


@dataclass(frozen=True)
class First:
    """The first row of a report, and what is said of the report with it."""

    opened: Opened
    row: list[Cell]
    """Empty where the report has no rows."""


@dataclass(frozen=True)
class Sheet:
    """A report, read whole: every row that Moodle counts."""

    report: Report
    headers: tuple[str, ...]
    """As they are shown: translated, and renamed at will (case `rb-users-heading`). They name no column for certain."""
    rows: list[list[Cell]]
    """Each with one cell a header."""
    calls: int
    """What it took, from the first row on."""
    seconds: float

    def cost(self) -> str:
        """Name it with what reading it took, as the beginning of a sentence."""
        size = f"{count_of(len(self.rows), 'row')}, {count_of(self.calls, 'call')}"
        return f'Read from the report "{self.report.name}" ({size}, {self.seconds:.1f} s)'


def find(moodle: Moodle, kind: Kind) -> Report:
    """Give the report of a kind.

    Raises `NoReportError` where the site lists none (its Moodle is older than 4.1, the service lacks the functions,
    custom reports are off, none was made, none is for the token's user), and `UnbelievedError` where one is there that
    is not fit. The site is asked once a session.
    """
    listed = _listed(moodle)
    named = [one for one in listed if one.name.strip().casefold() == kind.name]
    if len(named) > 1:
        ids = ", ".join(str(one.id) for one in named)
        raise UnbelievedError(
            f'There are {len(named)} reports "{kind.name}" (ids {ids}): rename all but one.'
        )
    if named and named[0].source != kind.source:
        raise UnbelievedError(
            f'The report "{named[0].name}" (id {named[0].id}) has the source {named[0].source}, not {kind.source}:'
            " make one of that source."
        )
    if named:
        return named[0]
    ours = {one.name for one in KINDS}
    others = [one for one in listed if one.source == kind.source and one.name.strip().casefold() not in ours]
    if others:
        raise UnbelievedError(
            f'There is no report "{kind.name}", but "{others[0].name}" (id {others[0].id}) has its source: if it is'
            " meant for this, rename it."
        )
    raise NoReportError(f'The site lists no report "{kind.name}" for the token\'s user.')


def _listed(moodle: Moodle) -> list[Report]:
    for function in functions.OF_REPORTS:
        if not moodle.may_have(function):
            raise NoReportError(
                f"{function} is not there: it is not in the token's service, or Moodle is too old."
            )
    try:
        # Ten are listed unless more are asked for; 0 asks for all (cases `rblist-default-perpage`, `rblist-perpage-0`).
        answer = moodle.once(functions.LIST_REPORTS, {"page": 0, "perpage": 0})
    except CallRefused as refusal:
        raise NoReportError(
            f"Moodle lists no reports to the token's user ({refusal.errorcode}): custom reports are switched off, or"
            " the permission moodle/reportbuilder:view was taken away."
        ) from None
    except BatchrolesError as error:
        raise NoReportError(f"The reports cannot be listed: {error}") from None
    return [
        Report(int(one["id"]), str(one["name"]), str(one["source"])) for one in records(answer, "reports")
    ]


def opened(moodle: Moodle, report: Report) -> Opened:
    """Ask for the first row of a report, which tells how many there are. Raises `UnbelievedError`."""
    return _opened(unhurried(moodle), report)


def first_row(moodle: Moodle, report: Report) -> First:
    """Ask for the first row of a report as it is now. Raises `UnbelievedError`."""
    answer = _answer(unhurried(moodle), report, 0, 1)
    rows = [cast("list[Cell]", row["columns"]) for row in answer["data"]["rows"]]
    return First(_tells(report, answer), rows[0] if rows else [])


def refuse_conditions(first: Opened) -> None:
    """Raise `UnbelievedError` where conditions hide rows, which may be what matters: the other one of two, say."""
    if hiding_conditions(first.conditions):
        raise UnbelievedError(
            f"{_of(first.report)} has conditions that hide rows: click Reset all at Conditions in its editor."
        )


def _nothing_more() -> None:
    """Look at nothing."""


def refuse_fewer(moodle: Moodle, report: Report, read: int) -> None:
    """Raise `UnbelievedError` where a report counts other rows than were read: a filter came and went meanwhile."""
    if opened(moodle, report).total != read:
        raise UnbelievedError(f"{_of(report)} was filtered or changed while it was read: it is left alone.")


def hiding_conditions(kept: object) -> list[str]:
    """Give the identifiers of the conditions that hide rows, as far as what a report keeps of them tells.

    That is JSON with the values of each, mostly an operator, where 0 lets everything through; `[]` comes with the
    default setup (case `rb-courses-defaults`). The values stay where a condition is taken away, and nothing that a
    reader may ask tells of that.
    """
    try:
        values = json.loads(str(kept or "{}"))
    except ValueError:
        return ["unreadable"]
    if not isinstance(values, dict):
        return []
    by_condition: dict[str, dict[str, Any]] = defaultdict(dict)
    for key, value in values.items():
        name, _, part = str(key).rpartition("_")
        by_condition[name][part] = value
    return [name for name, parts in by_condition.items() if _hides(parts)]


def _hides(parts: Mapping[str, Any]) -> bool:
    if str(parts.get("operator", 0)) != "0":
        return True
    # Choices of courses and cohorts have no operator, and of categories 0 means those that are chosen.
    if "operator" in parts and "subcategories" not in parts:
        return False
    return any(parts[part] not in _NOTHING for part in parts if part not in ("operator", "subcategories"))


def read(moodle: Moodle, first: Opened, between: Callable[[], None] = _nothing_more) -> Sheet:
    """Read a report whole. Raises `UnbelievedError` where what came is not for certain the whole.

    The rows are as many as Moodle counted before, in the answer and after; in pages, which repeat and lose rows unless
    a column without equal values sorts them (case `rb-participants-5`), none may come twice. `between` is called when
    they came and before they are counted again, so that what a filter hid that is gone by then is counted, too.
    """
    began, session, report = time.monotonic(), unhurried(moodle), first.report
    for left in reversed(range(_TRIES)):
        try:
            rows = _rows(session, first)
            between()
            _compare(first, _opened(session, report))
        except _ChangedError as changed:
            now = _opened(session, report)
            # What a condition hides is not looked for in a report that had none when it was found to be fit.
            if not left or _hiding(now) != _hiding(first):
                raise UnbelievedError(
                    f"{_of(report)} {changed}: it is left alone while somebody changes it."
                ) from None
            first = now
            continue
        break
    return Sheet(report, first.headers, rows, session.calls.total() + 1, time.monotonic() - began)


def beginning(moodle: Moodle, first: Opened, number: int) -> Sheet:
    """Read so many rows of a report, to look at its columns. Raises `UnbelievedError`."""
    began, session = time.monotonic(), unhurried(moodle)
    try:
        rows = _page(session, first, 0, number)
    except (_ChangedError, _TooMuchError) as why:
        raise UnbelievedError(f"{_of(first.report)} {why}.") from None
    return Sheet(first.report, first.headers, rows, session.calls.total(), time.monotonic() - began)


class _ChangedError(Exception):
    """A report that is not what it was a moment ago; the message is a clause that speaks of `it`."""


def unhurried(moodle: Moodle) -> Moodle:
    """Give a session that waits for a report, but not for long."""
    return moodle.session(retry=_RETRY, patience=PATIENCE)


def _of(report: Report) -> str:
    return f'The report "{report.name}"'


def _opened(session: Moodle, report: Report) -> Opened:
    return _tells(report, _answer(session, report, 0, 1))


def _tells(report: Report, answer: Mapping[str, Mapping[str, Any]]) -> Opened:
    data, details = answer["data"], answer.get("details") or {}
    headers = tuple(str(one) for one in data["headers"])
    conditions = str(details.get("conditiondata") or "")
    if not headers:
        # Without columns there are no rows either, and the total is 0 (case `rb-no-columns`).
        raise UnbelievedError(
            f"{_of(report)} has no columns: add them, or have batchroles setup --fill-reports do so."
        )
    return Opened(
        report,
        headers,
        int(data["totalrowcount"]),
        "" if conditions == "[]" else conditions,
        str(details.get("uniquerows")).lower() in ("true", "1"),
    )


def _hiding(one: Opened) -> tuple[str, bool]:
    return one.conditions, one.unique


def _compare(first: Opened, now: Opened) -> None:
    if now.total != first.total:
        raise _ChangedError(
            f"had {count_of(first.total, 'row')} when reading it began and {now.total} when it ended"
        )
    if now.headers != first.headers:
        raise _ChangedError("had other columns when reading it ended than when it began")
    if _hiding(now) != _hiding(first):
        raise _ChangedError("had other conditions or settings when reading it ended than when it began")


def _rows(session: Moodle, first: Opened) -> list[list[Cell]]:
    """Give all rows, in one page or, where that is too much for the site, in several."""
    try:
        rows = _page(session, first, 0, first.total + 1)
    except _TooMuchError as error:
        return _pages(session, first, min(PAGE, max(1, first.total // 2)), str(error))
    if 0 < len(rows) < first.total:
        return _pages(session, first, min(PAGE, len(rows)), f"came with {len(rows)} of {first.total} rows")
    if len(rows) != first.total:
        raise UnbelievedError(
            f"{_of(first.report)} came with {count_of(len(rows), 'row')}, though it counts {first.total}."
        )
    return rows


class _TooMuchError(Exception):
    """An answer that did not come; the message is a clause that speaks of `it`."""


def _page(session: Moodle, first: Opened, page: int, perpage: int) -> list[list[Cell]]:
    answer = _answer(session, first.report, page, perpage)
    rows = [cast("list[Cell]", row["columns"]) for row in answer["data"]["rows"]]
    # A page beyond the end counts 0 rows from 4.4 on (case `rr-beyond`), and so does one whose report is empty now.
    _compare(first, _tells(first.report, answer))
    width = len(first.headers)
    if any(len(row) != width for row in rows):
        raise UnbelievedError(f"{_of(first.report)} has rows that do not fit its {width} columns.")
    return rows


def _pages(session: Moodle, first: Opened, size: int, why: str) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    try:
        for page in range(-(-first.total // size)):
            rows += _page(session, first, page, size)
    except _TooMuchError as error:
        raise UnbelievedError(
            f"{_of(first.report)} {why}, and in pages of {count_of(size, 'row')} it {error}."
        ) from None
    if len(rows) != first.total or len(set(map(tuple, rows))) != first.total:
        raise UnbelievedError(
            f"{_of(first.report)} {why}, and its pages repeat and lose rows: have it sorted by a column in which no"
            " value stands twice."
        )
    return rows


def _answer(session: Moodle, report: Report, page: int, perpage: int) -> Mapping[str, Mapping[str, Any]]:
    params = {"reportid": report.id, "page": page, "perpage": perpage}
    with refusing(report, too_much=perpage > 1):
        return cast("Mapping[str, Mapping[str, Any]]", session.ask(functions.RETRIEVE_REPORT, params))


@contextmanager
def refusing(report: Report, *, too_much: bool = False) -> Iterator[None]:
    """Raise `UnbelievedError` for whatever keeps a report from being read: look-ups will meet it, too, if it stays.

    `too_much`: what may come of asking for much at once raises `_TooMuchError`.
    """
    try:
        yield
    except CallRefused as refusal:
        raise UnbelievedError(f"{_of(report)} is refused: {_meaning(refusal)}.") from None
    except NotInService as error:
        raise UnbelievedError(f"{_of(report)} cannot be read: {str(error).rstrip('.')}.") from None
    except BatchrolesError as error:
        said = str(error).rstrip(".")
        if not too_much or (isinstance(error, SiteRefusal) and error.errorcode != TOO_LARGE):
            raise UnbelievedError(f"{_of(report)} cannot be read: {said}.") from None
        raise _TooMuchError(f"did not come ({said})") from None


_MEANINGS = {
    # One code for all of these (cases `rb-noaudience`, `rb-not-in-audience`, `rb-no-cap`, `rb-disabled`).
    "errorreportview": "the token's user is in none of its audiences any more, or custom reports were switched off",
    "invalidrecord": "it was deleted",
    "invalidrecordunknown": "it was deleted",
}


def _meaning(refusal: CallRefused) -> str:
    code = refusal.errorcode
    return f"{_MEANINGS[code]} ({code})" if code in _MEANINGS else f"Moodle fails over it ({code})"
