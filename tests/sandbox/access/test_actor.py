"""Capabilities and assignable roles against what the recorded Moodle itself computed for its web-service users."""

from copy import deepcopy
from typing import Any

import pytest

from batchroles.sandbox import make_site
from batchroles.sandbox.access.actor import Actor
from batchroles.sandbox.site import contexts as levels
from batchroles.sandbox.site.contexts import Context
from batchroles.sandbox.site.site import Site
from tests.sandbox.replay import read_site

RAW = read_site()
SITE = Site(RAW)
CONSIDERED = RAW["ws_actors"]["capabilities_considered"]
ACTORS = {row["username"]: row for row in RAW["ws_actors"]["actors"]}
KINDS = {"category": levels.CATEGORY, "course": levels.COURSE, "module": levels.MODULE}


def context_named(name: str, userid: int) -> Context:
    """Give the context that the recording calls `system`, `course:12` or `user:self`."""
    if name == "system":
        return SITE.system
    kind, _, instance = name.partition(":")
    if kind == "user":
        return SITE.context(levels.USER, userid)
    return SITE.context(KINDS[kind], int(instance))


def capabilities(actor: Actor, context: Context) -> set[str]:
    """Give which of the considered capabilities an actor has in a context."""
    return {name for name in CONSIDERED if actor.can(name, context)}


@pytest.mark.parametrize("username", ACTORS)
def test_capabilities_are_those_moodle_computed(username: str) -> None:
    """A user has, at system level and in every category and course, the capabilities that Moodle says."""
    row: dict[str, Any] = ACTORS[username]
    actor = Actor(SITE, row["userid"])
    expected = {"system": set(row["capabilities_at_system"])}
    for kind, rows in (("category", SITE.categories), ("course", SITE.courses)):
        for instance in rows:
            name = f"{kind}:{instance}"
            change = row["differences_per_context"].get(name, {"also": [], "not": []})
            expected[name] = (expected["system"] | set(change["also"])) - set(change["not"])
    given = {name: capabilities(actor, context_named(name, actor.id)) for name in expected}
    assert given == expected


@pytest.mark.parametrize("username", ACTORS)
def test_assignable_roles_are_those_moodle_computed(username: str) -> None:
    """A user may assign, in each context that was asked about, the roles that Moodle says."""
    row = ACTORS[username]
    actor = Actor(SITE, row["userid"])
    asked = [
        "system",
        "module:1",
        *(f"course:{n}" for n in SITE.courses),
        *(f"category:{n}" for n in SITE.categories),
    ]
    given = {name: sorted(actor.assignable_roles(context_named(name, actor.id))) for name in asked}
    expected = {name: row["assignable_roleids_per_context"].get(name, []) for name in asked}
    assert given == expected


ALLOW, PREVENT, PROHIBIT = 1, -1, -1000
CAPABILITY = "moodle/role:assign"
SMALL = make_site(users=1, courses=1, categories=1)


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        ([], False),
        ([("first", "system", ALLOW)], True),
        ([("first", "system", ALLOW), ("first", "course", PREVENT)], False),
        ([("first", "system", PREVENT), ("first", "course", ALLOW)], True),
        ([("first", "system", PROHIBIT), ("first", "course", ALLOW)], False),
        ([("first", "system", PREVENT), ("second", "system", ALLOW)], True),
        ([("first", "category", PROHIBIT), ("second", "course", ALLOW)], False),
        ([("other", "system", ALLOW)], False),
        ([("user", "system", ALLOW)], True),
    ],
)
def test_permissions_of_several_roles_are_joined(
    permissions: list[tuple[str, str, int]], expected: bool
) -> None:
    """The deepest permission of a role counts, one role that allows is enough, a prohibition anywhere wins."""
    raw = deepcopy(SMALL)
    course, category = raw["courses"][1], raw["categories"][0]
    contexts = {"system": 1, "category": category["contextid"], "course": course["contextid"]}
    roles = {"first": 101, "second": 102, "other": 103, "user": 7}
    template = raw["roles"][-1]
    raw["roles"] += [
        {**template, "id": roles[name], "shortname": name} for name in ("first", "second", "other")
    ]
    userid = raw["users"][-1]["id"]
    raw["role_assignments"] = []
    for number, name in enumerate(("first", "second"), 900):
        row = {"id": number, "roleid": roles[name], "contextid": contexts["course"], "userid": userid}
        raw["role_assignments"].append({**row, "component": "", "itemid": 0, "modifierid": 2})
    raw["role_capabilities_custom_roles_and_overrides"] += [
        {
            "roleid": roles[role],
            "contextid": contexts[place],
            "capability": CAPABILITY,
            "permission": permission,
        }
        for role, place, permission in permissions
    ]
    site = Site(raw)
    assert Actor(site, userid).can(CAPABILITY, site.context(levels.COURSE, course["id"])) is expected
