"""The reports on roles of a site, read when they are wanted: who has which role where, and which role has which id.

Whatever keeps a report from being believed is one sentence in `notes`, and the report is done without from then on.
"""

import html
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from threading import Lock

from batchroles.client import Moodle, functions
from batchroles.client.side_by_side import both
from batchroles.directory import costs
from batchroles.directory.columns import (
    ColumnMissingError,
    RoleColumns,
    columns_of,
    joined_by_name,
    link_of,
    path_of,
    role_columns,
)
from batchroles.directory.depths import depths
from batchroles.directory.holdings import Census, Holdings
from batchroles.directory.places import Place, Places
from batchroles.directory.reports import (
    First,
    NoReportError,
    Opened,
    Report,
    Sheet,
    UnbelievedError,
    find,
    first_row,
    opened,
    read,
    refuse_conditions,
)
from batchroles.directory.roles import STANDARD_NAMES, Page, page, refuse_filtered, shortname_by_filter
from batchroles.directory.wanted import CONTEXTS, ROLES, Kind

MOST_FILTERED = 20
"""Roles whose short names are learned by a filter, at most: four calls each."""


class SiteRoles:
    """What the reports `batchroles roles` and `batchroles contexts` tell; each is read once at most."""

    def __init__(self, moodle: Moodle) -> None:
        self._moodle, self._opening = moodle, Lock()
        self._known = set(STANDARD_NAMES)
        self._shortnames: dict[int, str | None] = {}
        self._doubts: list[str] = []
        self._doubts_of_places: list[str] = []
        self.holders: list[tuple[int, str]] | None = None
        """People whom courses of the file show with a role, by id, with its short name; None before they were asked."""
        self.cost = ""
        """The report on roles with what reading it took, as the beginning of a sentence, once it has been read."""

    @property
    def notes(self) -> list[str]:
        """Sentences on why something was not believed."""
        return list(dict.fromkeys([*self._doubts, *self._doubts_of_places]))

    def read_ahead(self) -> None:
        """Read both reports beside each other, for whoever surely needs them; `names` may be asked for meanwhile."""
        if self.names or self._opened is not None:
            both(lambda: self._sheet, lambda: self._placed, self._moodle.workers)

    @cached_property
    def _first(self) -> First | None:
        """The first row of the report on roles, if there is one that may be believed as far as that tells."""
        with self._given_up(self._doubts):
            report = find(self._moodle, ROLES)
            first = first_row(self._moodle, report)
            _check_open(first.opened)
            return first
        return None

    @property
    def _opened(self) -> Opened | None:
        return self._first.opened if self._first else None

    @property
    def _report(self) -> Report | None:
        return self._opened.report if self._opened else None

    def know(self, shortnames: Iterable[str]) -> None:
        """Learn short names of roles that the site has: by what they hold columns are told apart."""
        self._known.update(shortnames)

    def people_with(self, shortname: str) -> list[tuple[int, int]]:
        """Give some who have a role in a course, each as user id and course id; none where that is not known."""
        return [] if self.holdings is None else self.holdings.in_courses(shortname)

    @property
    def is_read(self) -> bool:
        """Whether it was read already and is believed, so that asking costs nothing."""
        return self.__dict__.get("holdings") is not None

    def seconds(self) -> float:
        """Estimate what reading costs; nothing where that is done, infinity where there is nothing to read."""
        if self._opened is None:
            return float("inf")
        if "holdings" in self.__dict__:
            return 0.0 if self.holdings else float("inf")
        return costs.READ_ROLES + self._opened.total * costs.ROLE_ROW

    @cached_property
    def _sheet(self) -> Sheet | None:
        """The report on roles, read whole."""
        if self._opened is None or self._page is None:
            return None
        report = self._opened.report
        with self._given_up(self._doubts):
            refuse_filtered(self._moodle, report, self._page)
            sheet = read(self._moodle, self._opened, lambda: refuse_filtered(self._moodle, report))
            self.cost = sheet.cost()
            return sheet
        return None

    @cached_property
    def _columns(self) -> RoleColumns | None:
        """The columns of the report on roles."""
        if self._sheet is None:
            return None
        with self._given_up(self._doubts, self._sheet.report):
            return role_columns(columns_of(self._sheet.rows), self._known)
        return None

    @cached_property
    def holdings(self) -> Holdings | None:
        """Who has which role where; None where the report is not there or is not believed."""
        columns = self._columns
        return None if columns is None else Holdings(Census.of(columns), self._placed)

    def settled(self, places: Iterable[Place]) -> Holdings | None:
        """Give the same, with every doubt about some places put an end to as far as functions can."""
        now = self.holdings
        doubtful = set() if now is None else set(places) & set(now.places.either.values())
        if now is not None and doubtful:
            found = depths(self._moodle, sorted(doubtful))
            self.__dict__["holdings"] = now = Holdings(now.census, now.places.settled(found))
        return now

    @cached_property
    def names_places(self) -> bool:
        """Whether the report is there that tells which context is which place."""
        return self._find(CONTEXTS) is not None

    @cached_property
    def _placed(self) -> Places:
        report = self._find(CONTEXTS)
        if report is None:
            return Places()
        with self._given_up(self._doubts_of_places, report):
            refuse_filtered(self._moodle, report)
            first = opened(self._moodle, report)
            refuse_conditions(first)
            columns = columns_of(read(self._moodle, first).rows)
            return Places.of(path_of(columns).cells, link_of(columns).cells)
        return Places()

    def _find(self, kind: Kind) -> Report | None:
        try:
            return find(self._moodle, kind)
        except NoReportError:
            return None
        except UnbelievedError as error:
            self._doubts_of_places.append(str(error))
            return None

    @cached_property
    def _page(self) -> Page | None:
        """What the page of the report on roles says; None where it does not come."""
        if self._report is None or not self._moodle.may_have(functions.REPORT_PAGE):
            return Page(0)
        with self._given_up(self._doubts):
            return page(self._moodle, self._report)
        return None

    @property
    def names(self) -> Mapping[int, str]:
        """The names of all roles of the site by id; none where no report tells."""
        with self._opening:
            return self._page.names if self._page else {}

    def shortname(self, roleid: int) -> str | None:
        """Give a role's short name; empty for a role that nobody has, None where it is not certain.

        A column with names tells it, or else a filter.
        """
        if roleid in self.joined:
            return self.joined[roleid]
        if roleid not in self._shortnames:
            asked = len(self._shortnames) < MOST_FILTERED and roleid in self.names
            self._shortnames[roleid] = self._by_filter(roleid) if asked else None
        return self._shortnames[roleid]

    @cached_property
    def joined(self) -> Mapping[int, str]:
        """Short names by role id, where the report has a column with the roles' names."""
        row = self._first.row if self._first else []
        shown = {html.unescape(cell) for cell in row if isinstance(cell, str)}
        # The whole report is not read for nothing: a column with names has one in its first row.
        if not shown & set(self.names.values()) or self._columns is None:
            return {}
        return joined_by_name(self._columns, self.names)

    @property
    def held(self) -> Collection[str] | None:
        """The short names of all roles that somebody has; None where that is not known."""
        return None if self.holdings is None else self.holdings.census.shortnames

    def _by_filter(self, roleid: int) -> str | None:
        columns, holdings = self._columns, self.holdings
        if self._report is None or columns is None or holdings is None:
            return None
        if not all(map(self._moodle.may_have, functions.OF_FILTERS)):
            return None
        with self._given_up(self._doubts):
            return shortname_by_filter(
                self._moodle, self._report, roleid, columns.role_at, holdings.census.holders
            )
        return None

    @contextmanager
    def _given_up(self, doubts: list[str], report: Report | None = None) -> Iterator[None]:
        """Note why something is not believed, which ends what is inside; `report`: the one whose columns are told."""
        try:
            yield
        except NoReportError as none:
            if self._moodle.reports:
                doubts.append(str(none))
        except UnbelievedError as error:
            doubts.append(str(error))
        except ColumnMissingError as missing:
            if report is None:
                raise
            doubts.append(f'The report "{report.name}" is not used: {missing}.')


def _check_open(first: Opened) -> None:
    """Raise `UnbelievedError` where a report does not show every row as often as it is there."""
    refuse_conditions(first)
    if first.unique:
        raise UnbelievedError(
            f'The report "{first.report.name}" shows rows that are alike once: switch that off in its settings.'
        )
