"""The state of a practice site in the words of an export, written from its tables alone."""

from typing import Any

from batchroles.sandbox.site import contexts as levels
from batchroles.sandbox.wire.practice import Practice

Holding = tuple[str, str, str, str, int]
"""User name, role short name, address of the place, component, item id."""


def state(practice: Practice) -> set[Holding]:
    """Give every holding."""
    site = practice.site
    return {
        (
            site.users[row["userid"]]["username"],
            site.roles[row["roleid"]]["shortname"],
            address(practice, row["contextid"]),
            row["component"],
            row["itemid"],
        )
        for row in practice.state()["role_assignments"]
    }


def address(practice: Practice, contextid: int) -> str:
    """Write a context as an export does."""
    site = practice.site
    context = site.contexts.by_id[contextid]
    match context.level:
        case levels.SYSTEM:
            return "system"
        case levels.USER:
            return f"user:{site.users[context.instanceid]['username']}"
        case levels.CATEGORY:
            return f"category:id={context.instanceid}"
        case levels.COURSE:
            return course(site, context.instanceid)
        case levels.MODULE:
            return f"module:{context.instanceid}"
    return f"context:{contextid}"


def course(site: Any, number: int) -> str:
    """Write a course by its short name, unless that has an &, which a site may show escaped."""
    shortname = site.courses[number]["shortname"]
    return f"course:id={number}" if "&" in shortname else f"course:{shortname}"
