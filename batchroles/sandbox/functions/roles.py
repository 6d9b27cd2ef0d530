"""Assigning roles, unassigning them, and the plugin function that lists them."""

import time
from typing import Any

from batchroles.sandbox.access.actor import Actor, Call
from batchroles.sandbox.errors import coding_error, invalid_parameter
from batchroles.sandbox.php import is_empty
from batchroles.sandbox.site.contexts import NUMBERS, Context
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.site.tables import Row


def assign_roles(call: Call, params: dict[str, Any]) -> None:
    """Assign roles, all rows or none (`core_role_assign_roles`)."""
    allowed: dict[int, frozenset[int]] = {}
    for row in params["assignments"]:
        context = _checked_context(call, row, allowed, "assign")
        assign(call.actor, row["roleid"], row["userid"], context.id)
        if row["userid"] == call.actor.id:
            allowed.clear()


def unassign_roles(call: Call, params: dict[str, Any]) -> None:
    """Unassign roles, all rows or none (`core_role_unassign_roles`)."""
    allowed: dict[int, frozenset[int]] = {}
    for row in params["unassignments"]:
        context = _checked_context(call, row, allowed, "unassign")
        unassign(call.actor, row["roleid"], row["userid"], context.id)
        if row["userid"] == call.actor.id:
            allowed.clear()


def _checked_context(call: Call, row: Row, allowed: dict[int, frozenset[int]], verb: str) -> Context:
    """Give the row's context once the caller may give this role there; `allowed` remembers contexts already asked."""
    context = context_of(call.site, row)
    if context is None or context.id not in allowed:
        call.actor.enter(context)
        assert context is not None  # noqa: S101 - entering an unknown context raises
        call.actor.require("moodle/role:assign", context)
        allowed[context.id] = call.actor.assignable_roles(context)
    # One answer for a role that is unknown, not for this level, or outside the matrix; the context is named only where
    # `contextid` was sent (assign-debug-role-outside-matrix, assign-debug-role-outside-matrix-contextid).
    if row["roleid"] not in allowed[context.id]:
        contextid = row.get("contextid", "")
        raise invalid_parameter(f"Can not {verb} roleid={row['roleid']} in contextid={contextid}")
    return context


def context_of(site: Site, row: Row) -> Context | None:
    """Give the context that `contextid`, or `contextlevel` with `instanceid`, names; None where there is none."""
    # `contextid` wins over a level that disagrees (assign-both-disagree); 0 is PHP's "nothing given"
    # (assign-contextid-zero-with-level).
    if not is_empty(row.get("contextid")):
        return site.contexts.by_id.get(row["contextid"])
    if is_empty(row.get("contextlevel")) or "instanceid" not in row:
        raise invalid_parameter(
            "Missing parameters, please provide either context level with instance id or contextid"
        )
    level = NUMBERS.get(row["contextlevel"])
    if level is None:
        raise invalid_parameter(f"Invalid context level = {row['contextlevel']}")
    return site.contexts.of(level, row["instanceid"])


def assign(actor: Actor, roleid: int, userid: int, contextid: int) -> None:
    """Give a user a role by hand; nothing changes where it is held by hand already."""
    site = actor.site
    if not userid:
        raise coding_error("Invalid call to role_assign(), userid can not be empty")
    user = site.users.get(userid)
    if user is None or user["deleted"]:
        raise coding_error("User ID does not exist or is deleted!", f"userid:{userid}")
    if site.role_assignments.find(roleid, contextid, userid, "", 0) is None:
        site.role_assignments.add(
            {
                "roleid": roleid,
                "contextid": contextid,
                "userid": userid,
                "component": "",
                "itemid": 0,
                "modifierid": actor.id,
                "timemodified": int(time.time()),
            }
        )
        _changed(actor, userid)


def unassign(actor: Actor, roleid: int, userid: int, contextid: int) -> None:
    """Take a role that was given by hand; nothing happens where it is not held so."""
    if not userid:
        hint = "Invalid call to role_unassign(), please use role_unassign_all() when removing multiple role assignments"
        raise coding_error(hint)
    # Whether the user exists is not asked: nothing is held, nothing is done (unassign-user-unknown). Roles that came
    # with a cohort have a component and stay (unassign-cohort-role).
    row = actor.site.role_assignments.find(roleid, contextid, userid, "", 0)
    if row is not None:
        actor.site.role_assignments.remove(row)
        _changed(actor, userid)


def _changed(actor: Actor, userid: int) -> None:
    if userid == actor.id:
        actor.forget()


def get_roles(call: Call, params: dict[str, Any]) -> list[Row]:
    """List roles by id, short name or name; unknown ones come as nulls (`local_wsgetroles_get_roles`)."""
    roles = sorted(call.site.roles.values(), key=lambda role: role["sortorder"])
    wanted = {"id": params["ids"], "shortname": params["shortnames"], "name": params["names"]}
    asked = [(field, value) for field, values in wanted.items() for value in values]
    if not asked:
        return [_role(role) for role in roles]
    found = [role for role in roles if any(role[field] in values for field, values in wanted.items())]
    known = {(field, role[field]) for role in found for field in wanted}
    blank = dict.fromkeys(("id", "name", "shortname", "description", "sortorder", "archetype"))
    return [_role(role) for role in found] + [
        {**blank, field: value} for field, value in asked if (field, value) not in known
    ]


def _role(role: Row) -> Row:
    return {name: role[name] for name in ("id", "name", "shortname", "description", "sortorder", "archetype")}
