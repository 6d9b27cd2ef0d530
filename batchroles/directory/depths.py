"""How deep places stand in the tree of contexts, from core's functions: the last thing to tell a place from a block."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from batchroles.client import Moodle, functions, records
from batchroles.client.side_by_side import in_halves
from batchroles.directory.places import Place
from batchroles.errors import BatchrolesError, CallRefused
from batchroles.models import Level

MOST = 50
"""So many courses and activities are asked about at most, at 21 ms each: of others it is not known."""
_IDS_A_CALL = 200


def depths(moodle: Moodle, places: Iterable[Place]) -> dict[Place, int]:
    """Give how many ids the paths of places have: the system's one, each category's one more than that above it.

    A place that the token is not shown is left out; nothing is raised.
    """
    by_level: dict[Level, list[int]] = {level: [] for level in Level}
    for level, instance in places:
        by_level[level].append(instance)
    modules = _courses_of(moodle, by_level[Level.MODULE][:MOST])
    courses = _categories_of(moodle, sorted({*by_level[Level.COURSE][:MOST], *modules.values()}))
    categories = _depths_of(moodle, sorted({*by_level[Level.COURSECAT], *courses.values()} - {0}))
    found = {(Level.COURSECAT, one): depth for one, depth in categories.items()}
    for course, category in courses.items():
        # The site home is in no category.
        if category == 0 or category in categories:
            found[Level.COURSE, course] = categories.get(category, 1) + 1
    for module, course in modules.items():
        if (Level.COURSE, course) in found:
            found[Level.MODULE, module] = found[Level.COURSE, course] + 1
    return found


def _courses_of(moodle: Moodle, modules: Iterable[int]) -> dict[int, int]:
    found = {}
    for module in modules:
        answer = _asked(moodle, functions.COURSE_MODULE, {"cmid": module})
        if answer and answer["cm"].get("course"):
            found[module] = int(answer["cm"]["course"])
    return found


def _categories_of(moodle: Moodle, courses: list[int]) -> dict[int, int]:
    """Ask for courses by id, several at once; one that is not there fails them all (case `cbf-ids`)."""
    found: dict[int, int] = {}
    if not courses:
        return found
    for _, answer in in_halves(lambda some: _by_ids(moodle, some), courses):
        if not isinstance(answer, CallRefused):
            found |= answer
    return found


def _by_ids(moodle: Moodle, courses: list[int]) -> dict[int, int]:
    try:
        answer = moodle.ask(
            functions.COURSES_BY_FIELD, {"field": "ids", "value": ",".join(map(str, courses))}
        )
    except CallRefused:
        raise
    except BatchrolesError:
        return {}
    shown = records(answer, "courses")
    return {int(one["id"]): int(one["categoryid"]) for one in shown if one.get("categoryid") is not None}


def _depths_of(moodle: Moodle, categories: list[int]) -> dict[int, int]:
    found = {}
    for start in range(0, len(categories), _IDS_A_CALL):
        ids = ",".join(map(str, categories[start : start + _IDS_A_CALL]))
        params = {"criteria": [{"key": "ids", "value": ids}], "addsubcategories": 0}
        for one in _asked(moodle, functions.CATEGORIES, params) or []:
            found[int(one["id"])] = str(one["path"]).count("/") + 1
    return found


def _asked(moodle: Moodle, function: str, params: Mapping[str, object]) -> Any:
    try:
        return cast("Any", moodle.ask(function, params))
    except BatchrolesError:
        return None
