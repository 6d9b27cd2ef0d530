"""The entities Enrolment method and Enrolment, of the source Course participants."""

import time
from collections.abc import Callable, Mapping

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.reports.cells import clock, name, yes_or_no
from batchroles.sandbox.reports.columns import Column, Entity, Value
from batchroles.sandbox.reports.filters import Filter
from batchroles.sandbox.reports.rows import Cell, Joined
from batchroles.sandbox.site.tables import Row

METHODS = {
    "manual": "Manual enrolments",
    "self": "Self enrolment",
    "guest": "Guest access",
    "cohort": "Cohort sync",
}
"""Enrolment plugins as the English language pack names them; others are shown by the name of their plugin."""
ACTIVE, SUSPENDED, NOT_CURRENT = range(3)
STATUSES = ("Active", "Suspended", "Not current")


def _instance(field: str) -> Value:
    return lambda row: None if row.instance is None else row.instance[field]


def _enrolment(field: str) -> Value:
    return lambda row: None if row.enrolment is None else row.enrolment[field]


def _plugin(_call: Call) -> Callable[[Joined], Cell]:
    return lambda row: (
        "" if row.instance is None else METHODS.get(row.instance["enrol"], row.instance["enrol"])
    )


def _instance_name(call: Call) -> Callable[[Joined], Cell]:
    return lambda row: "" if row.instance is None else _name_of(call, row.instance)


def _name_of(call: Call, instance: Row) -> str:
    """Name a method by its own name, or by its plugin, with what it stands for (rb-participants-defaults, -more)."""
    kind, site = instance["enrol"], call.site
    called = str(METHODS.get(kind, kind))
    if instance["name"]:
        return name(site, str(instance["name"]))
    role = site.roles.get(instance["roleid"])
    course = site.courses[instance["courseid"]]
    told: list[str] = []
    if kind == "cohort" and instance["customint1"] in site.cohorts:
        told.append(site.cohorts[instance["customint1"]]["name"])
    if kind in ("self", "cohort") and role is not None:
        told.append(str(site.role_names.get((role["id"], course["contextid"]), role["displayname"])))
    return f"{called} ({' - '.join(name(site, one) for one in told)})" if told else called


def _enabled(_call: Call) -> Callable[[Joined], Cell]:
    return lambda row: "" if row.instance is None else yes_or_no(not row.instance["status"])


def _state(row: Joined) -> int | None:
    """Give whether an enrolment counts now; a method that is switched off makes it "not current"."""
    enrolment, instance = row.enrolment, row.instance
    if enrolment is None or instance is None:
        return None
    if enrolment["status"]:
        return SUSPENDED
    now = time.time()
    ended = enrolment["timeend"] and enrolment["timeend"] <= now
    current = not instance["status"] and enrolment["timestart"] <= now and not ended
    return ACTIVE if current else NOT_CURRENT


def _status(_call: Call) -> Callable[[Joined], Cell]:
    return lambda row: None if (state := _state(row)) is None else STATUSES[state]


def _time(value: Value) -> Callable[[Call], Callable[[Joined], Cell]]:
    def show(call: Call) -> Callable[[Joined], Cell]:
        shown = clock(call)
        return lambda row: shown(value(row))

    return show


def _started(row: Joined) -> int | None:
    """Give when an enrolment began: where nobody said, when it was made (rb-participants-1000)."""
    enrolment = row.enrolment
    return None if enrolment is None else enrolment["timestart"] or enrolment["timecreated"]


def _statuses(_call: Call) -> Mapping[str, str]:
    return {str(number): text for number, text in enumerate(STATUSES)}


def _methods(_call: Call) -> Mapping[str, str]:
    return METHODS


METHOD = Entity(
    "Enrolment method",
    {
        "plugin": Column("Plugin", _plugin, _instance("enrol")),
        "name": Column("Name", _instance_name, _instance("enrol")),
        "enabled": Column("Enabled", _enabled, _instance("status")),
    },
    {
        "plugin": Filter("Plugin", "select", _instance("enrol"), _methods),
        "enabled": Filter(
            "Enabled", "boolean", lambda row: row.instance is not None and not row.instance["status"]
        ),
    },
)
"""Those columns and filters of enrolment methods that are recorded; Moodle has more."""

ENROLMENT = Entity(
    "Enrolment",
    {
        "status": Column("Status", _status, _state),
        "timestarted": Column("Time started", _time(_started), _started),
        "timeended": Column("Time ended", _time(_enrolment("timeend")), _enrolment("timeend")),
    },
    {"status": Filter("Status", "select", _state, _statuses)},
)
"""Those columns and filters of enrolments that are recorded; Moodle has more."""
