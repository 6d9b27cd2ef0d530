"""The steps by which an administrator makes the reports that batchroles reads; optional, and done once.

Words of Moodle's own language files; the order of the clicks as in its report builder of 4.1 to 5.1.
"""

from collections.abc import Iterator
from itertools import groupby

from batchroles.client.functions import FILLING
from batchroles.directory.wanted import KINDS, Column, Kind
from batchroles.doctor import pages
from batchroles.doctor.pages import Step, listed


def report_steps(site: str) -> Iterator[Step]:
    """Give the steps for a site."""
    yield (
        "Optional, for the reports: see that there may be any",
        pages.ADVANCED_FEATURES,
        ["Enable custom reports has to be ticked, as it is on a new Moodle (4.1 and newer)."],
    )
    yield "Optional: make the reports, from which a whole site is read in seconds", pages.REPORTS, _making()
    yield (
        "Optional: have the columns, the sorting and the filter of the reports added",
        pages.SERVICES,
        [
            "Instead of clicking them, make the empty reports and run, on whatever machine:",
            f"  batchroles setup --fill-reports --url {site}",
            "It asks for a token of an administrator, uses it once and keeps it nowhere. It adds what is missing and",
            "removes nothing. The token's service needs these functions (take them out again afterwards):",
            *listed([(one.name, one.purpose) for one in FILLING]),
        ],
    )
    yield "Optional: let the user of batchroles read the reports", pages.REPORTS, _letting_read()


def _making() -> list[str]:
    lines = [
        "For each of these click New report, type its name, choose its Report source, untick Include default setup (it",
        "would bring conditions that hide people), click Save. In the editor that opens, click the columns on the",
        "left, in any order; at Sorting on the right switch on those that are named; leave Conditions empty. Not all",
        "reports are needed: each serves for something of its own.",
    ]
    for kind in KINDS:
        lines += ["", f"{kind.name}: {kind.purpose}", *(f"  {line}" for line in described(kind))]
    return lines


def described(kind: Kind) -> Iterator[str]:
    """Give what a report is made of, a line for each part of its editor."""
    newer = f" (Moodle {kind.since.name} and newer)" if kind.since != KINDS[0].since else ""
    yield f"Report source  {kind.source_name}{newer}"
    yield f"Columns        {in_groups(kind.columns)}"
    yield f"Sorting        {', '.join(column.name for column in kind.columns if column.sorted)}"
    if kind.filters:
        yield f"Filters        {', '.join(f'{one.group}: {one.name}' for one in kind.filters)}"
    if kind.unique:
        yield "Unique rows    tick Show unique rows in the form in which the report gets its name"


def in_groups(columns: tuple[Column, ...]) -> str:
    """Name columns as the editor lists them, each with the heading under which it stands."""
    groups = groupby(columns, key=lambda column: column.group)
    return "; ".join(f"{group}: {', '.join(column.name for column in part)}" for group, part in groups)


def _letting_read() -> list[str]:
    return [
        "Open each report, tab Audience; click Manually added users, choose the user, click Save changes. An audience",
        "shows everything that the report holds, whatever its readers may see elsewhere: hidden courses, hidden e-mail",
        "addresses, everybody's roles. So give each report an audience of that one user, and no other.",
        "Or, on Moodle 4.4 and newer, allow moodle/reportbuilder:viewall in the role made above. It takes the place of",
        "the audiences, and opens every custom report of the site to the user, also those made later for others. Which",
        "of the two it is to be is for you to choose.",
    ]
