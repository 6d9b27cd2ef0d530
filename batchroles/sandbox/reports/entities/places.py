"""The entities Course and Course category."""

from collections.abc import Callable
from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.reports.cells import clock, link, name, yes_or_no
from batchroles.sandbox.reports.columns import Column, Entity, Show, Value
from batchroles.sandbox.reports.filters import Filter
from batchroles.sandbox.reports.rows import Cell, Joined


def _course(field: str) -> Value:
    return lambda row: None if row.course is None else row.course[field]


def _category(field: str) -> Value:
    return lambda row: None if row.category is None else row.category[field]


def _as_it_is(value: Value) -> Show:
    """Show a value as the database has it: nothing is null, an empty text is one (rb-courses-50)."""
    return lambda _call: value


def _plain_name(field: str) -> Show:
    """Show a course's name without escaping it, unlike the linked one (rb-courses-defaults)."""

    def show(call: Call) -> Callable[[Joined], Cell]:
        site = call.site
        return lambda row: "" if row.course is None else name(site, row.course[field], escape=False)

    return show


def _linked_course(field: str) -> Show:
    def show(call: Call) -> Callable[[Joined], Cell]:
        start, site = f"{call.wwwroot}/course/view.php?id=", call.site

        def cell(row: Joined) -> Cell:
            course = row.course
            return "" if course is None else link(f"{start}{course['id']}", name(site, course[field]))

        return cell

    return show


def _visibility(_call: Call) -> Callable[[Joined], Cell]:
    return lambda row: "" if row.course is None else yes_or_no(row.course["visible"])


def _date(field: str) -> Show:
    def show(call: Call) -> Callable[[Joined], Cell]:
        shown = clock(call)
        return lambda row: "" if row.course is None else shown(row.course[field])

    return show


def _linked(heading: str, field: str) -> Column:
    return Column(heading, _linked_course(field), _course(field), identity=_course("id"))


def _named(heading: str, field: str) -> Column:
    return Column(heading, _plain_name(field), _course(field), identity=_course("id"))


COURSE = Entity(
    "Course",
    {
        "coursefullnamewithlink": _linked("Course full name with link", "fullname"),
        "courseshortnamewithlink": _linked("Course short name with link", "shortname"),
        "courseidnumberewithlink": _linked("Course ID number with link", "idnumber"),
        "fullname": _named("Course full name", "fullname"),
        "shortname": _named("Course short name", "shortname"),
        "idnumber": Column("Course ID number", _as_it_is(_course("idnumber")), _course("idnumber")),
        "startdate": Column("Course start date", _date("startdate"), _course("startdate")),
        "enddate": Column("Course end date", _date("enddate"), _course("enddate")),
        "visible": Column("Course visibility", _visibility, _course("visible")),
    },
    {
        "fullname": Filter("Course full name", "text", _course("fullname")),
        "shortname": Filter("Course short name", "text", _course("shortname")),
        "idnumber": Filter("Course ID number", "text", _course("idnumber")),
        "visible": Filter("Course visibility", "boolean", _course("visible")),
    },
)
"""Those columns and filters of courses of which batchroles might hear; Moodle has more."""


def _category_name(call: Call) -> Callable[[Joined], Cell]:
    site = call.site
    return lambda row: "" if row.category is None else name(site, row.category["name"])


def _linked_category(call: Call) -> Callable[[Joined], Cell]:
    start, site = f"{call.wwwroot}/course/management.php?categoryid=", call.site

    def cell(row: Joined) -> Cell:
        category = row.category
        return "" if category is None else link(f"{start}{category['id']}", name(site, category["name"]))

    return cell


def _count(row: Joined) -> Any:
    return None if row.category is None else row.category["coursecount"]  # a number (rb-categories-defaults)


_CATEGORY_ID = Column("Category ID number", _as_it_is(_category("idnumber")), _category("idnumber"))

CATEGORY = Entity(
    "Course category",
    {
        "name": Column("Category name", _category_name, _category("name"), identity=_category("id")),
        "namewithlink": Column(
            "Category name with link", _linked_category, _category("name"), identity=_category("id")
        ),
        "idnumber": _CATEGORY_ID,
        "coursecount": Column("Course count", _as_it_is(_count), _count),
    },
    {
        "text": Filter("Category name", "text", _category("name")),
        "idnumber": Filter("Category ID number", "text", _category("idnumber")),
    },
)
"""Those columns and filters of categories of which batchroles might hear; Moodle has more."""
