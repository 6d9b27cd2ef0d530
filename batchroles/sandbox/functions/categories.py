"""Finding course categories."""

from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.errors import MoodleError, moodle_error
from batchroles.sandbox.functions.clean import CLEANERS
from batchroles.sandbox.php import to_int
from batchroles.sandbox.site import contexts as levels
from batchroles.sandbox.site.tables import Row
from batchroles.sandbox.text import strip_tags

NEEDS = {
    "idnumber": "moodle/category:manage",
    "visible": "moodle/category:viewhiddencategories",
    "theme": "moodle/category:manage",
}
"""Keys that need a capability at system level to be searched by."""

NUMBERS = ("id", "parent", "visible")


def get_categories(call: Call, params: dict[str, Any]) -> list[Row]:
    """Give categories by criteria that must all hold, with their sub-categories (`core_course_get_categories`)."""
    conditions = _conditions(call, params["criteria"])
    found = [row for row in call.site.categories.values() if _matches(row, conditions)]
    if conditions and params["addsubcategories"]:
        found = _with_subcategories(call, found, conditions)
    shown = _shown(call, sorted(found, key=lambda row: str(row["path"])))
    return [_category(call, row) for row in sorted(shown, key=lambda row: int(row["sortorder"]))]


def _conditions(call: Call, criteria: list[Row]) -> dict[str, set[Any]]:
    """Give the accepted values of each key; the second use of a key is ignored."""
    conditions: dict[str, set[Any]] = {}
    for row in criteria:
        key = row["key"].strip()
        if key not in conditions:  # cat-same-key-twice
            conditions[key] = _accepted(call, key, row["value"])
    return conditions


def _accepted(call: Call, key: str, value: str) -> set[Any]:
    if key in NEEDS and not call.actor.can(NEEDS[key], call.site.system):
        raise _criteria_error(f'You don\'t have the permissions to search on the "{key}" field.')
    if key in NUMBERS:
        return {to_int(value)}
    if key == "ids":
        return {to_int(part) for part in CLEANERS["sequence"](value).split(",")}
    if key in ("name", "idnumber", "theme"):
        return {strip_tags(value) if key == "name" else value}
    raise _criteria_error(f"You can not search on this criteria: {key}")


def _criteria_error(reason: str) -> MoodleError:
    return moodle_error("criteriaerror", "Missing permissions to search on a criterion.", reason)


def _matches(category: Row, conditions: dict[str, set[Any]]) -> bool:
    return all(category["id" if key == "ids" else key] in values for key, values in conditions.items())


def _with_subcategories(call: Call, found: list[Row], conditions: dict[str, set[Any]]) -> list[Row]:
    paths = tuple(f"{row['path']}/" for row in found)
    kept = {key: values for key, values in conditions.items() if key in ("visible", "theme")}
    below = [
        row for row in call.site.categories.values() if row["path"].startswith(paths) and _matches(row, kept)
    ]
    return list({row["id"]: row for row in [*found, *below]}.values())


def _shown(call: Call, categories: list[Row]) -> list[Row]:
    """Leave out what the caller may not see, and what lies in a category that is found but may not be seen."""
    hidden: set[str] = set()
    shown = []
    for row in categories:
        if hidden.intersection(row["path"].split("/")) or not sees_category(call, row):
            hidden.add(str(row["id"]))
        elif _may_enter(call, row):
            shown.append(row)
    return shown


def _may_enter(call: Call, category: Row) -> bool:
    try:
        call.actor.enter(call.site.context(levels.CATEGORY, category["id"]))
    except MoodleError:
        return False
    return True


def sees_category(call: Call, category: Row) -> bool:
    """Say whether the caller may see a category: by right to lists of courses, and to hidden ones where it is."""
    context = call.site.context(levels.CATEGORY, category["id"])
    visible = bool(category["visible"]) or call.actor.can("moodle/category:viewhiddencategories", context)
    return visible and call.actor.can("moodle/category:viewcourselist", context)


def _category(call: Call, category: Row) -> Row:
    context = call.site.context(levels.CATEGORY, category["id"])
    names = ("id", "descriptionformat", "parent", "sortorder", "coursecount", "depth", "path")
    shown = {name: category[name] for name in names}
    shown |= {"name": call.name(category["name"]), "description": category["description"] or ""}
    if call.actor.can("moodle/category:manage", context):
        shown |= {name: category[name] for name in ("idnumber", "visible", "visibleold", "timemodified")}
        shown["theme"] = category["theme"] or ""
    return shown
