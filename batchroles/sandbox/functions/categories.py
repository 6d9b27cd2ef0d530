"""Finding course categories."""

from typing import Any

from batchroles.sandbox import contexts as levels
from batchroles.sandbox.call import Call
from batchroles.sandbox.errors import moodle_error
from batchroles.sandbox.php import to_int
from batchroles.sandbox.tables import Row


def get_categories(call: Call, params: dict[str, Any]) -> list[Row]:
    """Give categories by criteria that must all hold, with their sub-categories (`core_course_get_categories`)."""
    conditions: dict[str, str] = {}
    for row in params["criteria"]:
        conditions.setdefault(row["key"].strip(), row["value"])
    found = [row for row in call.site.categories.values() if _matches(call, row, conditions)]
    if conditions and params["addsubcategories"]:
        found = _with_subcategories(call, found)
    found = sorted(found, key=lambda row: (row["path"], row["sortorder"]))
    return [_category(call, row) for row in found if _is_shown(call, row)]


def _matches(call: Call, category: Row, conditions: dict[str, str]) -> bool:
    return all(
        _value(category, key) == (to_int(value) if key in _NUMBERS else value)
        for key, value in conditions.items()
    )


_NUMBERS = ("id", "parent", "visible")


def _value(category: Row, key: str) -> object:
    if key not in ("id", "name", "parent", "idnumber", "visible", "theme", "ids"):
        raise moodle_error("criteriaerror", "Missing permissions to search on a criterion.")
    return category[key]


def _with_subcategories(call: Call, found: list[Row]) -> list[Row]:
    paths = tuple(f"{row['path']}/" for row in found)
    below = [row for row in call.site.categories.values() if row["path"].startswith(paths)]
    return list({row["id"]: row for row in [*found, *below]}.values())


def _is_shown(call: Call, category: Row) -> bool:
    context = call.site.context(levels.CATEGORY, category["id"])
    return bool(category["visible"]) or call.actor.can("moodle/category:viewhiddencategories", context)


def _category(call: Call, category: Row) -> Row:
    context = call.site.context(levels.CATEGORY, category["id"])
    names = ("id", "descriptionformat", "parent", "sortorder", "coursecount", "depth", "path")
    shown = {name: category[name] for name in names}
    shown |= {"name": call.name(category["name"]), "description": category["description"] or ""}
    if call.actor.can("moodle/category:manage", context):
        shown |= {
            name: category[name] for name in ("idnumber", "visible", "visibleold", "timemodified", "theme")
        }
    return shown
