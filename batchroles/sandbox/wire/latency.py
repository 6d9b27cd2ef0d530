"""What a call costs on the measured Moodle 4.3 while no other is under way; `machine` says what happens to several."""

from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Any

from batchroles.sandbox.wire.machine import Work

PHP_WORKERS = 8
"""Requests taken up at once: the most that were measured. They share two cores."""


@dataclass(frozen=True)
class Cost:
    """The seconds that a call takes, and those that each row sent or each result found adds."""

    call: float
    each: float = 0.0


COSTS: Mapping[str, Cost] = {
    "core_role_assign_roles": Cost(0.021, 0.00195),
    "core_role_unassign_roles": Cost(0.021, 0.00195),
    "enrol_manual_enrol_users": Cost(0.021, 0.0054),
    "enrol_manual_unenrol_users": Cost(0.021, 0.0054),
    "core_user_get_users_by_field": Cost(0.030, 0.0031),
    "core_user_get_users": Cost(0.030, 0.0031),
    "core_course_get_courses_by_field": Cost(0.025, 0.016),
    "core_course_get_courses": Cost(0.025, 0.0005),
    "core_course_get_categories": Cost(0.025, 0.0005),
    "core_enrol_get_enrolled_users": Cost(0.030, 0.0038),
    "core_enrol_get_enrolled_users_with_capability": Cost(0.030, 0.0038),
    "core_user_get_course_user_profiles": Cost(0.030, 0.0038),
}
FEW_FIELDS = Cost(0.030, 0.00057)
"""Listing enrolled users with `userfields=id,roles`."""

OTHER = Cost(0.030)

REPORT = "core_reportbuilder_retrieve_report"
CELL, DEAR_CELL = 4e-6, 92e-6
"""The seconds that a report's cell takes, and one for which Moodle looks a context up.

Measured on a quiet 5.1.6, one call each: 62,013 holdings with four plain columns 1.0 s, with ten that build links and
names 19 s; 20,000 users 0.45 s (4.3, on the command line: 20,002 users with five columns 0.5 s, 2,556 participants
0.2 s). That of those ten context:link, context:name and role:name are the dear ones, and alike, is assumed; what
counting and sorting all rows costs a page is in no measurement, and left out.
"""


def work(function: str, whole: float, users: Sequence[int], spent: float = 0.0) -> Work:
    """Give what a call has to do: `whole` seconds in all, and a change of a role for each of these users.

    `spent`: the seconds that the practice Moodle itself has taken already; they are taken off Moodle's start.
    """
    before = COSTS.get(function, OTHER).call if users else whole
    each = (whole - before) / len(users) if users else 0.0
    return Work(max(0.0, before - spent), each, users)


def seconds(function: str, params: Mapping[Any, Any], result: Any, dear: int = 0) -> float:
    """Give how long a call took there. `result` None: nothing is answered, the rows sent are what counts.

    `dear`: how many columns of a report look a context up for each row.
    """
    if function == REPORT and _is_report(result):
        plain = len(result["data"]["headers"]) - dear
        return OTHER.call + rows_of(function, result) * (plain * CELL + dear * DEAR_CELL)
    cost = COSTS.get(function, OTHER)
    if function.startswith("core_enrol_get_enrolled") and _asks_for_few(params.get("options", ())):
        cost = FEW_FIELDS
    sent = max((len(value) for value in params.values() if isinstance(value, dict | list)), default=0)
    return cost.call + cost.each * (sent if result is None else _found(result))


def rows_of(function: str, result: Any) -> int:
    """Give how many rows of a report a call answers with."""
    return len(result["data"]["rows"]) if function == REPORT and _is_report(result) else 0


def _is_report(result: Any) -> bool:
    return isinstance(result, dict) and "data" in result


def _asks_for_few(options: Any) -> bool:
    rows = options.values() if isinstance(options, dict) else options
    return any(isinstance(row, dict) and row.get("name") == "userfields" for row in rows)


def _found(result: Any) -> int:
    if isinstance(result, dict):
        return max((len(value) for value in result.values() if isinstance(value, list)), default=1)
    if isinstance(result, list):
        return sum(len(row["users"]) if isinstance(row, dict) and "users" in row else 1 for row in result)
    return len(result) if isinstance(result, Sized) else 0
