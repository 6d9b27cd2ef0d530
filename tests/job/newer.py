"""The recorded site as a Moodle 5.1 without the plugin, with the reports; its bot may assign every role."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from batchroles.client.functions import GET_ROLES
from batchroles.sandbox import serve
from batchroles.sandbox.making.reports import with_reports
from batchroles.sandbox.making.states import as_release
from batchroles.sandbox.site.release import MOODLE_51, RELEASES
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import recorded_site

MANAGER, TEACHER, STUDENT, MENTOR = 1, 4, 5, 14
COURSE, COHORT_COURSE = "course:id=2", "course:id=11"
CATEGORY, ACTIVITY, BLOCK = "category:id=3", "module:1", "block:6"
"""Places of the recorded site, as a file names them; nobody has a role in the block, whose context is 85."""


def newer_site(without: Iterable[str] = (), version: str = MOODLE_51) -> dict[str, Any]:
    """Give it; `without`: functions that its services lack; `version`: that of its Moodle, by name."""
    site = as_release(recorded_site(), RELEASES[version])
    site["role_allow_assign"]["10"] = [role["id"] for role in site["roles"]]
    site = with_reports(site)
    for service in site["services"]:
        offered = service.get("functions", [])
        service["functions"] = [name for name in offered if name not in {GET_ROLES, *without}]
    return site


def newer(
    *without: str, version: str = MOODLE_51, faults: Sequence[str] = ()
) -> AbstractContextManager[Practice]:
    """Serve it."""
    return serve(newer_site(without, version), faults=faults)


def report(practice: Practice, name: str) -> dict[str, Any]:
    """Give a report's row."""
    return next(row for row in practice.site.custom_reports.reports.rows.values() if row["name"] == name)


def drop(practice: Practice, name: str) -> None:
    """Delete a report while the site runs."""
    practice.site.custom_reports.reports.remove(report(practice, name))
