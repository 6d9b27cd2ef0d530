"""Practice sites with reports made for batchroles, in whatever state."""

from typing import Any

from batchroles.client.functions import FILLING
from batchroles.directory.wanted import Kind
from batchroles.sandbox.making.reports import report, with_functions
from batchroles.sandbox.wire.practice import Practice
from tests.sandbox.replay import read_site

ADMIN, BOT = "TOKEN_ADMIN", "TOKEN_BOT"
ALL = [one.name for one in FILLING]
NEW, OLD = ("5.1.6", "2025100606"), ("4.3+", "2023100900.05")


def site(*reports: Any, functions: list[str] = ALL, release: tuple[str, str] = NEW) -> dict[str, Any]:
    """Give the recorded site with these reports, as a Moodle of a release."""
    raw = read_site()
    raw["versions"] |= dict(zip(("moodle_release", "moodle_version"), release, strict=True))
    return with_functions({**raw, "reports": list(reports)}, functions)


def empty(kind: Kind, **more: Any) -> Any:
    return report(kind.name, kind.source, (), **more)


def columns(practice: Practice, number: int) -> list[str]:
    """Give the columns of a report as the site keeps them, those that sort marked with `*`."""
    rows = practice.site.custom_reports.columns.where("reportid", number)
    return [
        f"{row['uniqueidentifier']}{'*' if row['sortenabled'] else ''}"
        for row in sorted(rows, key=lambda row: int(row["columnorder"]))
    ]


def wanted(kind: Kind) -> list[str]:
    return [f"{column.identifier}{'*' if column.sorted else ''}" for column in kind.columns]
