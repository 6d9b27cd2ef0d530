"""The entities Role and Role assignment."""

from collections.abc import Callable, Mapping

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.reports.cells import clock, name
from batchroles.sandbox.reports.columns import Column, Entity, Value
from batchroles.sandbox.reports.entities.contexts import check_context
from batchroles.sandbox.reports.filters import Filter
from batchroles.sandbox.reports.rows import Cell, Joined
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.site.tables import Row

ARCHETYPES = {
    "manager": "Manager",
    "coursecreator": "Course creator",
    "editingteacher": "Teacher (editing)",
    "teacher": "Teacher (non-editing)",
    "student": "Student",
    "guest": "Guest",
    "user": "Authenticated user",
    "frontpage": "Authenticated user on site home",
}
DESCRIPTIONS = {
    "manager": "Managers can access courses and modify them, but usually do not participate in them.",
    "coursecreator": "Course creators can create new courses.",
    "editingteacher": (
        "Teachers can do anything within a course, including changing the activities and grading students."
    ),
    "teacher": "Non-editing teachers can teach in courses and grade students, but may not alter activities.",
    "student": "Students generally have fewer privileges within a course.",
    "user": "All logged in users.",
}
"""What Moodle says of standard roles that nobody described (rr-allcols); of the others it is not recorded."""


def role_names(call: Call) -> Mapping[str, str]:
    """Give the names of all roles by their ids as text, in their order; also of those that nobody holds (rf-get)."""
    roles = sorted(call.site.roles.values(), key=lambda role: int(role["sortorder"]))
    return {str(role["id"]): name(call.site, role["displayname"]) for role in roles}


def _role(field: str) -> Value:
    return lambda row: None if row.role is None else row.role[field]


def _original(row: Joined) -> str | None:
    """Give what a role's name is sorted by: the name given to it, or else its short name (rr-default-setup)."""
    return None if row.role is None else row.role["name"] or row.role["shortname"]


def _original_name(call: Call) -> Callable[[Joined], Cell]:
    names = role_names(call)
    return lambda row: "" if row.role is None else names[str(row.role["id"])]


def _name(call: Call) -> Callable[[Joined], Cell]:
    names, site = role_names(call), call.site

    def cell(row: Joined) -> Cell:
        if row.role is None:
            return ""
        if row.context is None:
            check_context(call, row)
            return ""  # rr-orphan-context
        return _with_alias(site, row.role, names[str(row.role["id"])], row.context.path)

    return cell


def _with_alias(site: Site, role: Row, original: str, path: tuple[int, ...]) -> str:
    """Put the name that a course gives to a role before the role's own: "Participant (Student)" (rr-full)."""
    for contextid in reversed(path) if site.role_names else ():
        alias = site.role_names.get((role["id"], contextid))
        if alias is not None:
            return f"{name(site, alias)} ({original})"
    return original


def _archetype(_call: Call) -> Callable[[Joined], Cell]:
    names = {kind: f"ARCHETYPE: {text}" for kind, text in ARCHETYPES.items()}
    return lambda row: "" if row.role is None else names.get(row.role["archetype"], "None")


def _description(_call: Call) -> Callable[[Joined], Cell]:
    def cell(row: Joined) -> Cell:
        role = row.role
        return "" if role is None else role["description"] or DESCRIPTIONS.get(role["archetype"], "")

    return cell


def _archetype_names(_call: Call) -> Mapping[str, str]:
    return ARCHETYPES


_ROLE_NAME = Filter("Role name", "select", _role("id"), role_names)

ROLE = Entity(
    "Role",
    {
        "name": Column("Role name", _name, _role("name"), (_original,), looks_up_contexts=True),
        "originalname": Column("Original name", _original_name, _role("name"), (_original,)),
        "shortname": Column("Short name", lambda _call: _role("shortname"), _role("shortname")),
        "archetype": Column("Role archetype", _archetype, _role("archetype")),
        "description": Column("Description", _description, _role("description"), sortable=False),
    },
    {
        "name": _ROLE_NAME,
        "archetype": Filter("Role archetype", "select", _role("archetype"), _archetype_names),
    },
)


def _assignment(field: str) -> Value:
    return lambda row: None if row.assignment is None else row.assignment[field]


def _item(_call: Call) -> Callable[[Joined], Cell]:
    return lambda row: None if row.assignment is None else str(row.assignment["itemid"])  # a text (rr-full)


def _assigned(call: Call) -> Callable[[Joined], Cell]:
    shown = clock(call)
    return lambda row: "" if row.assignment is None else shown(row.assignment["timemodified"])


ASSIGNMENT = Entity(
    "Role assignment",
    {
        "timemodified": Column("Time modified", _assigned, _assignment("timemodified")),
        "component": Column("Plugin", lambda _call: _assignment("component"), _assignment("component")),
        "itemid": Column("Item ID", _item, _assignment("itemid")),
    },
    {"timemodified": Filter("Time modified", "date", _assignment("timemodified"))},
)
