"""Enrolling users by hand, and unenrolling them."""

import time
from typing import Any

from batchroles.sandbox.access.actor import Actor, Call
from batchroles.sandbox.errors import (
    MissingRecord,
    MoodleError,
    invalid_parameter,
    moodle_error,
    shown_query,
)
from batchroles.sandbox.functions.roles import assign
from batchroles.sandbox.site import contexts as levels
from batchroles.sandbox.site.contexts import Context
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.site.tables import Row


def enrol_users(call: Call, params: dict[str, Any]) -> None:
    """Enrol users and give them a role, all rows or none (`enrol_manual_enrol_users`)."""
    for row in params["enrolments"]:
        context = call.site.contexts.of(levels.COURSE, row["courseid"])
        call.actor.enter(context)
        context = call.site.context(levels.COURSE, row["courseid"])
        call.actor.require("enrol/manual:enrol", context)
        if call.site.release.checks_enrolled:
            _check_user(call.site, row["userid"])
        if row["roleid"] not in call.actor.assignable_roles(context):
            raise _cannot_assign(row)
        instance = _manual_instance(call.site, row["courseid"], only_enabled=True)
        _enrol(call.actor, instance, row)
        assign(call.actor, row["roleid"], row["userid"], context.id)


def _cannot_assign(row: Row) -> MoodleError:
    return moodle_error(
        "wsusercannotassign",
        f"You don't have the permission to assign this role ({row['roleid']}) "
        f"to this user ({row['userid']}) in this course ({row['courseid']}).",
    )


def _manual_instance(site: Site, courseid: int, *, only_enabled: bool) -> Row:
    """Give a course's manual enrolment. The unfilled placeholder in a message of 4.3 is Moodle's own.

    Nobody is enrolled by a plugin that is switched off for the whole site, but people are unenrolled all the same
    (en-plugin-off-45, un-plugin-off).
    """
    on = "manual" in site.settings["enrol_plugins_enabled"].split(",")
    instances = sorted(
        site.instances_of_course.get(courseid, []), key=lambda row: (row["sortorder"], row["id"])
    )
    for instance in instances:
        if instance["enrol"] == "manual" and not (only_enabled and (instance["status"] or not on)):
            return instance
    shown = courseid if site.release.fills_course else "{$a->courseid}"
    text = f"Manual enrolment plugin instance doesn't exist or is disabled for the course (id = {shown})"
    raise moodle_error("wsnoinstance", text)


def _check_user(site: Site, userid: int) -> None:
    """Raise unless the account is a person's who may use the site; suspended ones pass, as do those without log-in."""
    user = site.users.get(userid)
    if user is None:
        raise MissingRecord("user", shown_query("SELECT * FROM {user} WHERE id = ?", userid))
    if user["deleted"]:
        raise moodle_error("userdeleted", "error/userdeleted")
    if not user["confirmed"]:
        raise moodle_error("usernotconfirmed", "error/usernotconfirmed")
    if userid == site.info["guest_userid"]:
        raise moodle_error("guestsarenotallowed", "The guest user is not allowed to do this")


def _enrol(actor: Actor, instance: Row, row: Row) -> None:
    """Enrol a user; an enrolment that is there already takes the new status and dates."""
    wanted = {
        "status": int(bool(row.get("suspend"))),
        "timestart": row.get("timestart", 0),
        "timeend": row.get("timeend", 0),
    }
    enrolments = actor.site.user_enrolments
    there = enrolments.find(instance["id"], row["userid"])
    # An active, endless enrolment is what "not given" means: one that was suspended or had an end loses both
    # (enrol-again-reactivates, enrol-again-resets-times).
    if there is None:
        place = {"enrolid": instance["id"], "method": instance["enrol"], "courseid": instance["courseid"]}
        made = {"modifierid": actor.id, "timecreated": int(time.time())}
        enrolments.add({**place, "userid": row["userid"], **wanted, **made})
    elif any(there[name] != value for name, value in wanted.items()):
        enrolments.update(there, **wanted, modifierid=actor.id)
    if row["userid"] == actor.id:
        actor.forget()


def unenrol_users(call: Call, params: dict[str, Any]) -> None:
    """Unenrol users, all rows or none (`enrol_manual_unenrol_users`)."""
    site = call.site
    for row in params["enrolments"]:
        if row["courseid"] not in site.courses:
            query = shown_query("SELECT id,category FROM {course} WHERE id = ?", row["courseid"])
            raise MissingRecord("course", query)
        context = site.context(levels.COURSE, row["courseid"])
        call.actor.enter(context)
        call.actor.require("enrol/manual:unenrol", context)
        instance = _manual_instance(site, row["courseid"], only_enabled=False)
        if site.release.checks_enrolled:
            _check_user(site, row["userid"])
        elif row["userid"] not in site.users:
            raise invalid_parameter(f"User id not exist: {row['userid']}")
        _unenrol(site, instance, row["userid"], context)
        call.actor.forget()


def _unenrol(site: Site, instance: Row, userid: int, context: Context) -> None:
    """End an enrolment; with the last one in a course go the user's roles there and in its modules, and groups."""
    there = site.user_enrolments.find(instance["id"], userid)
    if there is None:
        return
    # The row's `roleid` is not read, nor whether the caller may take these roles (unenrol-limited-ok).
    site.user_enrolments.remove(there)
    courseid = instance["courseid"]
    if any(row["courseid"] == courseid for row in site.user_enrolments.where("userid", userid)):
        return
    for row in site.role_assignments.where("userid", userid):
        if context.id in site.contexts.by_id[row["contextid"]].path:
            site.role_assignments.remove(row)
    for row in site.groups_members.where("userid", userid):
        if site.groups[row["groupid"]]["courseid"] == courseid:
            site.groups_members.remove(row)
