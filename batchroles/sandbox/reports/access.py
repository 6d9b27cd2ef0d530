"""Who may read and change reports: capabilities, audiences, and the switch for the whole feature."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from batchroles.sandbox.access.actor import Actor
from batchroles.sandbox.errors import MissingRecord, MoodleError
from batchroles.sandbox.reports.release import V44, V45, has
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.site.tables import Row

VIEW, VIEW_ALL = "moodle/reportbuilder:view", "moodle/reportbuilder:viewall"
EDIT, EDIT_ALL = "moodle/reportbuilder:edit", "moodle/reportbuilder:editall"
AUDIENCE = "core_reportbuilder\\reportbuilder\\audience\\"
TABLE = "reportbuilder_report"


def report_of(actor: Actor, reportid: int) -> Row:
    """Give a report by its id, whoever asks. MoodleError: there is none."""
    site = actor.site
    report = site.custom_reports.reports.find(reportid)
    if report is not None:
        return report
    if not reportid:
        # A fault of Moodle's own (rb-zero), with the path of the server on which it was recorded.
        text = (
            "core_reportbuilder\\manager::report_source_exists(): Argument #1 ($source) must be of type string, "
            "null given, called in /srv/moodle/reportbuilder/classes/manager.php on line 62"
        )
        raise MoodleError("TypeError", None, text)
    raise MissingRecord("" if has(site, V45) else TABLE)


def readable_report(actor: Actor, reportid: int) -> Row:
    """Give a report that the actor may read. MoodleError: there is none, or the actor may not."""
    return _allowed(actor, reportid, can_read, "view")


def editable_report(actor: Actor, reportid: int) -> Row:
    """Give a report that the actor may change. MoodleError: there is none, or the actor may not."""
    return _allowed(actor, reportid, can_edit, "edit")


def _allowed(actor: Actor, reportid: int, may: Callable[[Actor, Row], bool], verb: str) -> Row:
    report = report_of(actor, reportid)
    actor.enter(actor.site.system)
    if not may(actor, report):
        raise refused(actor.site, verb)
    return report


def refused(site: Site, verb: str) -> MoodleError:
    """Give the one answer to whatever is missing: a capability, an audience, the feature itself."""
    namespace = "core_reportbuilder\\exception\\" if has(site, V45) else "core_reportbuilder\\"
    return MoodleError(
        f"{namespace}report_access_exception", f"errorreport{verb}", f"You cannot {verb} this report"
    )


def is_on(site: Site) -> bool:
    """Say whether custom reports are switched on."""
    return str(site.settings.get("enablecustomreports", "1")) == "1"


def can_list(actor: Actor) -> bool:
    """Say whether an actor may see the list of reports."""
    asked = (EDIT_ALL, EDIT, VIEW, VIEW_ALL) if has(actor.site, V44) else (EDIT_ALL, EDIT, VIEW)
    return is_on(actor.site) and actor.can_any(asked, actor.site.system)


def can_edit(actor: Actor, report: Row) -> bool:
    """Say whether an actor may change a report: every one, or only those of their own making (rb-edit)."""
    if not is_on(actor.site):
        return False
    system = actor.site.system
    return actor.can(EDIT_ALL, system) or (actor.can(EDIT, system) and report["usercreated"] == actor.id)


def can_read(actor: Actor, report: Row) -> bool:
    """Say whether an actor may read a report.

    The rows do not depend on what else the reader may see: the audience is the only protection (rb-users-bare).
    """
    if not can_list(actor):
        return False
    if can_edit(actor, report):
        return True
    if has(actor.site, V44) and actor.can(VIEW_ALL, actor.site.system):
        return True
    audiences = actor.site.custom_reports.audiences.where("reportid", report["id"])
    return any(_is_in(actor, row) for row in audiences)


def _is_in(actor: Actor, audience: Row) -> bool:
    belongs = _AUDIENCES.get(audience["classname"].removeprefix(AUDIENCE))
    return belongs is not None and belongs(actor, json.loads(audience["configdata"]) or {})


def _holds_at_system(actor: Actor, configuration: Mapping[str, Any]) -> bool:
    return bool(actor.roles_held(actor.site.system).intersection(configuration.get("roles", ())))


def _is_in_cohort(actor: Actor, configuration: Mapping[str, Any]) -> bool:
    """Say whether an actor is in one of the cohorts of an audience; this kind stands in no recording."""
    members = actor.site.cohort_members
    return any(members.find(cohort, actor.id) for cohort in configuration.get("cohorts", ()))


_AUDIENCES: Mapping[str, Callable[[Actor, Mapping[str, Any]], bool]] = {
    "allusers": lambda _actor, _configuration: True,
    "manual": lambda actor, configuration: actor.id in configuration.get("users", ()),
    "systemrole": _holds_at_system,
    "admins": lambda actor, _configuration: actor.is_admin,
    "cohortmember": _is_in_cohort,
}
