"""The entity Context, of Moodle 4.4 and newer."""

from collections.abc import Callable, Mapping

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.access.profiles import full_name
from batchroles.sandbox.errors import coding_error
from batchroles.sandbox.reports.cells import link, name, profile
from batchroles.sandbox.reports.columns import Column, Entity
from batchroles.sandbox.reports.filters import Filter
from batchroles.sandbox.reports.release import V51, has
from batchroles.sandbox.reports.rows import Cell, Joined
from batchroles.sandbox.site import contexts as levels
from batchroles.sandbox.site.contexts import Context

LEVELS = {
    levels.SYSTEM: "System",
    levels.USER: "User",
    levels.CATEGORY: "Category",
    levels.COURSE: "Course",
    levels.MODULE: "Activity module",
    levels.BLOCK: "Block",
}
"""Context levels as the English language pack names them."""

BLOCKS = {"html": "Text"}
"""Names of blocks that are recorded; others are shown by the name of their plugin."""


def check_context(call: Call, row: Joined) -> None:
    """Raise where the assignment's context is gone and this Moodle fails over it.

    On 4.5 one such assignment fails the whole report, whoever reads it (rr-orphan-context-45). Recorded for the column
    role:name; that context:name and context:link fail alike is assumed.
    """
    if row.assignment is not None and not has(call.site, V51):
        raise coding_error("Invalid context id specified context::instance_by_id()")


def name_of(call: Call, context: Context) -> str:
    """Give a context's name, its level before it: "Course: Physics 101" (rr-allcols)."""
    site, instance = call.site, context.instanceid
    if _is_home(call, context):
        return "Site home"
    match context.level:
        case levels.USER:
            return f"User: {full_name(site.users[instance])}"
        case levels.CATEGORY:
            return f"Category: {name(site, site.categories[instance]['name'])}"
        case levels.COURSE:
            return f"Course: {name(site, site.courses[instance]['fullname'])}"
        case levels.MODULE:
            module = site.modules[instance]
            return f"{module['modname'].capitalize()}: {name(site, module['name'])}"
        case levels.BLOCK:
            kind = site.blocks[instance]["blockname"]
            return f"Block: {BLOCKS.get(kind, kind)}"
    return "System"


def _is_home(call: Call, context: Context) -> bool:
    """Say whether a context is that of the site home, which Moodle's source names by itself; it is not recorded."""
    return context.level == levels.COURSE and context.instanceid == call.site.info["siteid"]


def address_of(call: Call, context: Context) -> str:
    """Give the address that a context's link leads to; a block's is that of the place above it (rr-allcols)."""
    instance, wwwroot = context.instanceid, call.wwwroot
    if _is_home(call, context):
        return f"{wwwroot}/"
    match context.level:
        case levels.USER:
            return profile(wwwroot, call.site.users[instance])
        case levels.CATEGORY:
            return f"{wwwroot}/course/index.php?categoryid={instance}"
        case levels.COURSE:
            return f"{wwwroot}/course/view.php?id={instance}"
        case levels.MODULE:
            return f"{wwwroot}/mod/{call.site.modules[instance]['modname']}/view.php?id={instance}"
        case levels.BLOCK:
            return address_of(call, call.site.contexts.by_id[context.path[-2]])
    return f"{wwwroot}/"


def _each(
    call: Call, text: Callable[[Call, Context], str], *, checked: bool = True
) -> Callable[[Joined], Cell]:
    """Give what shows a text made of the context, made once for each context."""
    known: dict[int, str] = {}

    def cell(row: Joined) -> Cell:
        context = row.context
        if context is None:
            if checked:
                check_context(call, row)
            return ""
        found = known.get(context.id)
        if found is None:
            found = known[context.id] = text(call, context)
        return found

    return cell


def _name(call: Call) -> Callable[[Joined], Cell]:
    return _each(call, name_of)


def _link(call: Call) -> Callable[[Joined], Cell]:
    return _each(call, lambda call, context: link(address_of(call, context), name_of(call, context)))


def _level(call: Call) -> Callable[[Joined], Cell]:
    return _each(call, lambda _call, context: LEVELS[context.level], checked=False)


def _parent(call: Call) -> Callable[[Joined], Cell]:
    def text(call: Call, context: Context) -> str:
        above = context.path[-2:-1]
        return name_of(call, call.site.contexts.by_id[above[0]]) if above else ""

    return _each(call, text, checked=False)


def _path(_call: Call) -> Callable[[Joined], Cell]:
    return _path_value  # null where the context is gone (rr-orphan-noname)


def _id(row: Joined) -> int | None:
    return None if row.context is None else row.context.id


def _number(row: Joined) -> int | None:
    return None if row.context is None else row.context.level


def _path_value(row: Joined) -> str | None:
    return None if row.context is None else row.context.text


def _parent_value(row: Joined) -> str | None:
    return None if row.context is None else row.context.text.rpartition("/")[0]


def _level_names(_call: Call) -> Mapping[str, str]:
    return {str(number): text for number, text in LEVELS.items()}


CONTEXT = Entity(
    "Context",
    {
        "name": Column("Context name", _name, _id, looks_up_contexts=True),
        "link": Column("Context URL", _link, _id, looks_up_contexts=True),
        "level": Column("Context level", _level, _number),
        "path": Column("Path", _path, _path_value),
        "parent": Column("Parent", _parent, _parent_value, looks_up_contexts=True),
    },
    {
        "level": Filter("Context level", "select", _number, _level_names),
        "path": Filter("Path", "text", _path_value),
    },
)
