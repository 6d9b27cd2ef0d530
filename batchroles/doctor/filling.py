"""Adding to reports what they lack, once, with the token of somebody who may edit all of them.

Core lets no client make a report, an audience or a condition's value (cases `bb-report-create`, `bb-audience-create`);
columns, sorting and filters can be added (`bb-col-add`, `bb-sort-toggle`, `bb-filter-add`). Nothing is removed, and
nothing is added that is there: the same column added twice makes two (`bb-col-add-twice`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from batchroles.client import Moodle, Retry, functions
from batchroles.directory.reports import NoReportError, Report, UnbelievedError, find, opened
from batchroles.directory.wanted import KINDS, Kind
from batchroles.doctor import pages
from batchroles.doctor.report_faults import ON, setting_faults
from batchroles.errors import CallRefused, NotInService, SiteRefusal
from batchroles.text import count_of

ONCE = Retry(attempts=1)
"""A column whose answer was lost may be there: it is not sent again, but looked for by the next run."""
State = Mapping[str, Any]
"""A report as its editor shows it."""


@dataclass(frozen=True)
class Filled:
    """What was done to one report."""

    kind: Kind
    done: Sequence[str] = ()
    """Clauses: what was added."""
    left: Sequence[str] = ()
    """Sentences: what has to be done by hand."""
    rows: int | None = None
    """How many rows it shows now; None where it cannot be read."""

    def lines(self) -> Iterator[str]:
        """Yield the lines that a person reads."""
        shown = [] if self.rows is None else [f"shows {count_of(self.rows, 'row')}"]
        yield f"{self.kind.name}: {'; '.join([*(self.done or ['nothing was added']), *shown])}."
        yield from (f"   By hand: {sentence}" for sentence in self.left)


def fill_reports(moodle: Moodle) -> Iterator[Filled]:
    """Complete every report that is there, and say of each what was done.

    Raises `SiteRefusal` where the token's service or user may not do it, and what the client raises.
    """
    version = _checked(moodle)
    for kind in KINDS:
        if version < kind.since.version:
            yield Filled(kind, [f"left out, for its source comes with Moodle {kind.since.name}"])
        else:
            yield _filled(moodle, kind)


def _checked(moodle: Moodle) -> int:
    """Give the number of the site's version, once it is certain that the service has every function."""
    try:
        info = moodle.site_info()
    except NotInService:
        raise SiteRefusal(_lacks(moodle, [functions.SITE_INFO])) from None
    missing = [one.name for one in functions.FILLING if not moodle.may_have(one.name)]
    if missing:
        raise SiteRefusal(_lacks(moodle, missing))
    return version_of(info)


def version_of(info: Mapping[str, Any]) -> int:
    """Give the number of a site's version, without the decimals; 0 where it does not say it."""
    number = str(info.get("version") or "").partition(".")[0]
    return int(number) if number.isdecimal() else 0


def _lacks(moodle: Moodle, missing: Sequence[str]) -> str:
    return (
        f"The service of this token lacks {', '.join(missing)}: on the page {pages.SERVICES.on(moodle.url)} click"
        " Functions beside the service, then Add functions."
    )


def _filled(moodle: Moodle, kind: Kind) -> Filled:
    try:
        report = find(moodle, kind)
    except NoReportError as error:
        sentence = (
            f"{error} If there is none, make it (New report on the page {pages.REPORTS.on(moodle.url)}; source"
            f" {kind.source_name}; untick Include default setup), and run this again."
        )
        return Filled(kind, left=[sentence])
    except UnbelievedError as error:
        return Filled(kind, left=[str(error)])
    return _Filling(moodle, kind, report).filled()


class _Filling:
    """The work on one report."""

    def __init__(self, moodle: Moodle, kind: Kind, report: Report) -> None:
        self._moodle, self._kind, self._report = moodle, kind, report
        self._once = moodle.session(retry=ONCE)
        self._done: list[str] = []
        self._left: list[str] = []

    def filled(self) -> Filled:
        """Add what is missing."""
        state = self._state()
        if self._add_columns(state):
            state = self._state()
        self._sort(state)
        self._add_filters(state)
        self._left += [one.on(self._moodle.url) for one in setting_faults(self._kind, self._report, state)]
        return Filled(self._kind, self._done, self._left, self._rows())

    def _rows(self) -> int | None:
        try:
            return opened(self._moodle, self._report).total
        except UnbelievedError as why:
            self._left.append(str(why))
            return None

    def _state(self) -> State:
        params = {"reportid": self._report.id, "editmode": 1, "pagesize": 1}
        return cast("State", self._may(self._moodle, functions.REPORT_PAGE, params))

    def _add_columns(self, state: State) -> bool:
        """Add the columns that are not there; say whether there were any."""
        names = _offered(state)
        # A column tells its name, and not what it belongs to: Time modified may be the user's as well. It is not added.
        there = {str(one["title"]) for one in _sortable(state)}
        added = []
        for column in self._kind.columns:
            name = names.get(column.identifier)
            if name is None:
                self._left.append(f'This Moodle offers no column "{column.name}" under {column.group}.')
            elif name not in there:
                self._add(functions.ADD_COLUMN, column.identifier)
                added.append(name)
        if added:
            self._done.append(f"added the columns {', '.join(added)}")
        return bool(added)

    def _sort(self, state: State) -> None:
        """Sort by the columns by which rows are told apart; in which order does not matter."""
        names = _offered(state)
        rows = {str(one["title"]): one for one in reversed(_sortable(state))}
        wanted = [names.get(column.identifier, "") for column in self._kind.columns if column.sorted]
        missing = [rows[name] for name in wanted if name in rows and rows[name]["sortenabled"] not in ON]
        for row in missing:
            params = {"reportid": self._report.id, "columnid": int(row["id"]), "enabled": 1}
            self._may(self._once, functions.SORT_BY, params)
        if missing:
            self._done.append(f"sorts by {', '.join(str(row['title']) for row in missing)}")

    def _add_filters(self, state: State) -> None:
        available = (state.get("filters") or {}).get("availablefilters") or []
        groups = [group["optiongroup"] for group in available]
        names = {str(one["value"]): str(one["visiblename"]) for group in groups for one in group["values"]}
        for wanted in self._kind.filters:
            # Those that the report offers already are not among them.
            if wanted.identifier in names:
                self._add(functions.ADD_FILTER, wanted.identifier)
                self._done.append(f"offers the filter {names[wanted.identifier]}")

    def _add(self, function: str, identifier: str) -> None:
        self._may(self._once, function, {"reportid": self._report.id, "uniqueidentifier": identifier})

    def _may(self, session: Moodle, function: str, params: Mapping[str, object]) -> object:
        try:
            return session.call(function, params)
        except CallRefused as refusal:
            if refusal.errorcode != "errorreportedit":
                raise
            raise SiteRefusal(
                f'The token\'s user may not edit the report "{self._report.name}": take a token of an administrator, or'
                " allow moodle/reportbuilder:editall in a role that the user has in the whole system (page"
                f" {pages.ROLES.on(session.url)}).",
                refusal.errorcode,
            ) from None


def _offered(state: State) -> dict[str, str]:
    """Give the name of each column that a report may have, in the language of the token's user, by identifier."""
    cards = (state.get("sidebarmenucards") or {}).get("menucards") or []
    return {str(item["identifier"]): str(item["name"]) for card in cards for item in card["items"]}


def _sortable(state: State) -> list[State]:
    """Give the columns that a report has, as far as one can sort by them: by all that are wanted one can."""
    return list((state.get("sorting") or {}).get("sortablecolumns") or [])
