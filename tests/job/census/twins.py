"""Sites of the same people, categories and courses with different ids, as an old and a new one have them."""

from typing import Any

from batchroles.sandbox.making.builder import SYSTEM_CONTEXT, Builder
from batchroles.sandbox.making.generate import add_person
from batchroles.sandbox.making.reports import with_reports

PEOPLE = 40
ADMIN, BOT = 2, 3
CATEGORIES = {
    "SCI": ("Science", ""),
    "ART": ("Arts", ""),
    "SCI-PHY": ("Physics", "SCI"),
    "SCI-BIO": ("Biology", "SCI"),
    "ART-HIS": ("History", "ART"),
}
"""Name and parent by ID number."""
COURSES = {
    "PHY101": "SCI-PHY",
    "PHY102": "SCI-PHY",
    "BIO101": "SCI-BIO",
    "HIS101": "ART-HIS",
    "HIS102": "ART-HIS",
}
ROLES = ("tutor", "warden")
"""Roles that a new Moodle lacks."""


def site(wwwroot: str, *, before: int = 0, holdings: bool = True) -> dict[str, Any]:
    """Make one. `before`: so many people, categories, courses and roles were there first, and shift all ids."""
    builder = Builder()
    builder.raw["site"] |= {"wwwroot": wwwroot, "siteid": 1}
    for number in range(before):
        builder.user(f"early{number}", "Early", f"Bird{number}", f"early{number}@example.edu")
        category = builder.category(f"Early {number}", f"EARLY{number}")
        builder.course(f"EARLY{number}", f"Early course {number}", category)
        builder.role(f"early{number}")
    roles = {name: builder.role(name) for name in (*ROLES, "manager", "student", "editingteacher")}
    roles["parent"] = builder.role_of_users("parent")
    order = range(PEOPLE) if not before else reversed(range(PEOPLE))
    people = {number: add_person(builder, number) for number in order}
    categories: dict[str, int] = {"": 0}
    for idnumber, (name, parent) in CATEGORIES.items():
        categories[idnumber] = builder.category(name, idnumber, categories[parent])
    courses = {
        name: builder.course(name, f"Course {name}", categories[category])
        for name, category in COURSES.items()
    }
    for userid in (ADMIN, BOT):
        # By a role that two people have the report's column of short names is told.
        builder.assign(userid, roles["manager"], SYSTEM_CONTEXT)
    if holdings:
        _give(builder, roles, people, categories, courses)
    return with_reports(builder.raw)


def _give(
    builder: Builder,
    roles: dict[str, int],
    people: dict[int, int],
    categories: dict[str, int],
    courses: dict[str, int],
) -> None:
    raw = builder.raw
    context = {
        kind: {row["id"]: row["contextid"] for row in raw[kind]}
        for kind in ("users", "categories", "courses")
    }
    for place, courseid in enumerate(courses.values()):
        for turn in range(12):
            who = people[(place * 5 + turn) % PEOPLE]
            builder.enrol(who, courseid, roles["editingteacher" if turn < 2 else "student"])
        builder.assign(people[(place + 20) % PEOPLE], roles["tutor"], context["courses"][courseid])
    for place, categoryid in enumerate([one for one in categories.values() if one]):
        builder.assign(people[30 + place], roles["manager"], context["categories"][categoryid])
    for number in range(5):
        builder.assign(people[35 + number % 5], roles["parent"], context["users"][people[number]])
    builder.assign(people[39], roles["warden"], SYSTEM_CONTEXT)
