"""Are the reports there that batchroles reads, and fit to be believed? They are optional: none is no fault."""

from collections.abc import Iterator, Sequence

from batchroles.client import Moodle, functions
from batchroles.client.service import Info
from batchroles.directory.reports import (
    NoReportError,
    Report,
    UnbelievedError,
    beginning,
    find,
    first_row,
)
from batchroles.directory.roles import page
from batchroles.directory.wanted import KINDS, MOODLE_4_1, MOODLE_4_4, Kind
from batchroles.doctor import pages
from batchroles.doctor.filling import version_of
from batchroles.doctor.findings import Finding, ok, warning
from batchroles.doctor.report_columns import missing_columns
from batchroles.doctor.report_faults import Fault, setting_faults
from batchroles.errors import CallRefused, NotInService
from batchroles.text import count_of

REPORTS = "reports"
ROWS = 2_000
"""Rows in which columns are told apart: 20 to 600 ms, by what their cells cost."""
WORTH = (
    "With them a whole site is read in seconds, and more is known of it; they are optional, and batchroles setup says"
    " how they are made."
)


def reports(moodle: Moodle, info: Info) -> Iterator[Finding]:
    """Look for the reports, and at each that is there."""
    version = version_of(info)
    if 0 < version < MOODLE_4_1.version:
        yield ok(REPORTS, f"None are read: no program can on a Moodle before {MOODLE_4_1.name}.")
        return
    lacking = [name for name in functions.OF_REPORTS if not moodle.may_have(name)]
    if len(lacking) == len(functions.OF_REPORTS):
        yield ok(REPORTS, f"None are read: the service lacks the functions for them. {WORTH}")
        return
    if lacking:
        yield _function_lacking(moodle.url, lacking[0], "no report can be read")
        return
    refused = _refused(moodle, info)
    if refused:
        yield refused
        return
    kinds = [kind for kind in KINDS if not 0 < version < kind.since.version]
    yield from _Reports(moodle, str(info.get("username"))).each(kinds)
    if len(kinds) < len(KINDS):
        later = ", ".join(kind.name for kind in KINDS if kind not in kinds)
        yield ok(REPORTS, f"Left out: {later}, for which Moodle {MOODLE_4_4.name} is needed.")


def _function_lacking(site: str, name: str, therefore: str) -> Finding:
    click = f"Click Functions beside the service, then Add functions, and add {name}."
    return warning(REPORTS, f"{name} is missing: {therefore}.", pages.SERVICES.on(site), click)


def _refused(moodle: Moodle, info: Info) -> Finding | None:
    """Say why no list of reports is given to the token's user, if it is not."""
    try:
        moodle.once(functions.LIST_REPORTS, {"page": 0, "perpage": 0})
    except (CallRefused, NotInService) as refusal:
        code = refusal.errorcode
    else:
        return None
    features = {str(one["name"]): one.get("value") for one in info.get("advancedfeatures") or []}
    site = moodle.url
    if str(features.get("enablecustomreports", 1)) == "0":
        click = "Tick Enable custom reports and click Save changes."
        return warning(REPORTS, "Custom reports are switched off.", pages.ADVANCED_FEATURES.on(site), click)
    return warning(
        REPORTS,
        f"Moodle lists no reports to the token's user ({code}): custom reports are switched off, or the user lacks the"
        " permission moodle/reportbuilder:view.",
        f"{pages.ADVANCED_FEATURES.on(site)}; {pages.CHECK_PERMISSIONS.on(site)}",
        "On the first page, tick Enable custom reports. On the second, choose the user and look for"
        " moodle/reportbuilder:view; if it says No, allow it in the role that the user has in the whole system.",
    )


class _Reports:
    """The examination of all that are there."""

    def __init__(self, moodle: Moodle, username: str) -> None:
        self._moodle, self._username = moodle, username

    def each(self, kinds: Sequence[Kind]) -> Iterator[Finding]:
        """Look at each; those that are not listed are named together."""
        absent, said = [], []
        for kind in kinds:
            try:
                report = find(self._moodle, kind)
            except NoReportError:
                absent.append(kind)
            except UnbelievedError as why:
                click = "Rename it (its menu, Edit report details), or make one as batchroles setup says."
                said.append(warning(REPORTS, str(why), pages.REPORTS.on(self._moodle.url), click))
            else:
                said += self._one(kind, report)
        if not said:
            yield ok(REPORTS, f"There are none for {self._username}. {WORTH}")
            return
        if any(self._asks_for_filters(kind) for kind in kinds if kind not in absent):
            yield _function_lacking(
                self._moodle.url,
                functions.REPORT_PAGE,
                "whether filters hide rows is not known, so that the reports on roles are not used",
            )
        yield from said
        if absent:
            yield self._absent(absent)

    def _asks_for_filters(self, kind: Kind) -> bool:
        return kind.since == MOODLE_4_4 and not self._moodle.may_have(functions.REPORT_PAGE)

    def _absent(self, kinds: Sequence[Kind]) -> Finding:
        listed = "; ".join(f'"{kind.name}" ({kind.purpose})' for kind in kinds)
        return warning(
            REPORTS,
            f"Not there, or not for {self._username} to read: {listed}.",
            pages.REPORTS.on(self._moodle.url),
            f"Make it as batchroles setup says; if it is there, add {self._username} on its tab Audience, at Manually"
            " added users.",
        )

    def _one(self, kind: Kind, report: Report) -> Iterator[Finding]:
        """Look at one report: its settings, the filters of the token's user, its columns."""
        site = self._moodle.url
        try:
            rows, faults = self._looked_at(kind, report)
        except UnbelievedError as why:
            click = "Columns are on the left, conditions and filters on the right, who may read it on the tab Audience."
            yield warning(REPORTS, str(why), pages.report(report.id).on(site), click)
            return
        if not faults:
            yield ok(REPORTS, f'"{report.name}" shows {count_of(rows, "row")}: {kind.purpose}.')
        for fault in faults:
            yield warning(REPORTS, f'"{report.name}": {fault.sentence}', fault.page.on(site), fault.click)

    def _looked_at(self, kind: Kind, report: Report) -> tuple[int, list[Fault]]:
        first = first_row(self._moodle, report)
        details = {"conditiondata": first.opened.conditions, "uniquerows": first.opened.unique}
        faults = [*setting_faults(kind, report, details), *self._filter_faults(kind, report)]
        if not first.opened.total:
            nothing = Fault("It shows no rows.", pages.report(report.id), "Look what hides them.")
            return 0, faults or [nothing]
        sheet = beginning(self._moodle, first.opened, ROWS)
        where = pages.report(report.id)
        faults += [
            Fault(f"{clause[0].upper()}{clause[1:]}.", where, "Click it in the list on the left.")
            for clause in missing_columns(self._moodle, kind, sheet)
        ]
        return first.opened.total, faults

    def _filter_faults(self, kind: Kind, report: Report) -> Iterator[Fault]:
        if not self._moodle.may_have(functions.REPORT_PAGE):
            return
        now = page(self._moodle, report)
        if now.applied:
            yield Fault(
                f"Filters that {self._username} has set hide rows from that user, and stay until they are reset.",
                pages.report_view(report.id),
                f"Log in as {self._username} (Log in as, on that user's profile), open the page, click Filters, then"
                " Reset all; or wait, if batchroles is at work with that user.",
            )
        for wanted in kind.filters:
            if not now.names:
                yield Fault(
                    f"It offers no filter {wanted.name}, from which the id of every role is learned.",
                    pages.report(report.id),
                    f"At Filters on the right, choose {wanted.name} under {wanted.group}.",
                )
