"""How the rows of a site file hang together: names that are unique, references that lead somewhere, paths."""

from collections.abc import Iterable, Iterator
from typing import Any

from batchroles.sandbox.making.field_types import BadSiteFile
from batchroles.sandbox.site.contexts import LEVELS
from batchroles.sandbox.site.tables import Row

UNIQUE = {
    "users": ("id", "username"),
    "categories": ("id",),
    "courses": ("id", "shortname"),
    "modules": ("cmid",),
    "blocks": ("id",),
    "roles": ("id", "shortname"),
    "services": ("id", "shortname"),
    "tokens": ("token",),
    "functions": ("name",),
    "enrol_instances": ("id",),
    "user_enrolments": ("id",),
    "role_assignments": ("id",),
    "groups": ("id",),
    "cohorts": ("id",),
}
"""Fields in which no two rows of a list may agree."""

UNIQUE_TOGETHER = {
    "role_assignments": ("roleid", "contextid", "userid", "component", "itemid"),
    "user_enrolments": ("enrolid", "userid"),
    "groups_members": ("groupid", "userid"),
    "cohort_members": ("cohortid", "userid"),
}
"""Fields in which, taken together, no two rows of a list may agree."""

REFERENCES = (
    ("categories", "parent", "category"),
    ("courses", "categoryid", "category"),
    ("modules", "course", "course"),
    ("modules", "section", "section"),
    ("sections", "course", "course"),
    ("blocks", "parentcontextid", "context that holds blocks"),
    ("role_names", "roleid", "role"),
    ("role_names", "contextid", "context"),
    ("role_capabilities_custom_roles_and_overrides", "roleid", "role"),
    ("role_capabilities_custom_roles_and_overrides", "contextid", "context"),
    ("tokens", "userid", "user"),
    ("tokens", "service", "service"),
    ("tokens", "contextid", "context"),
    ("enrol_instances", "courseid", "course"),
    ("enrol_instances", "roleid", "role"),
    ("user_enrolments", "enrolid", "enrolment instance"),
    ("user_enrolments", "courseid", "course"),
    ("user_enrolments", "userid", "user"),
    ("role_assignments", "roleid", "role"),
    ("role_assignments", "contextid", "context"),
    ("role_assignments", "userid", "user"),
    ("groups", "courseid", "course"),
    ("groups_members", "groupid", "group"),
    ("groups_members", "userid", "user"),
    ("cohorts", "contextid", "context"),
    ("cohort_members", "cohortid", "cohort"),
    ("cohort_members", "userid", "user"),
)
"""Fields that name a row of another list, and what that row is."""

OPTIONAL_REFERENCES = {("categories", "parent"), ("courses", "categoryid"), ("enrol_instances", "roleid")}
"""References in which 0 means none."""

SITE_REFERENCES = (
    ("siteid", "course"),
    ("guest_userid", "user"),
    ("defaultuserroleid", "role"),
    ("guestroleid", "role"),
    ("defaultfrontpageroleid", "role"),
)
"""Fields of `site` that name a row, and what that row is; 0 means no role."""

PLACES = tuple((level.rows, level.above) for level in LEVELS if level.rows)
"""The lists whose rows have contexts, and the field that names the category or course above, where there is one."""

Known = dict[str, set[Any]]
"""The names by which the rows of each kind are referred to."""


def check_relations(raw: dict[str, Any]) -> None:
    """Raise BadSiteFile at the first row that clashes with another or names one that is not there.

    `raw`: the content of a site file whose fields have the right types.
    """
    for name, unique in UNIQUE.items():
        for field in unique:
            _check_unique(name, raw[name], field)
    for name, together in UNIQUE_TOGETHER.items():
        _check_unique_together(name, raw[name], together)
    _check_contexts(raw)
    known = _known(raw)
    for name, field, what in REFERENCES:
        _check_references(name, raw[name], field, what, known[what])
    for place, what, value in _other_references(raw):
        if value not in known[what]:
            raise BadSiteFile(f"{place}: no {what} {value}")
    _check_paths(raw)


def _check_unique(name: str, rows: list[Row], field: str) -> None:
    seen: dict[Any, int] = {}
    for position, row in enumerate(rows):
        value = row[field]
        if value in seen:
            raise BadSiteFile(f"{name}[{position}].{field}: {value} is already that of {name}[{seen[value]}]")
        if value is not None:
            seen[value] = position


def _check_unique_together(name: str, rows: list[Row], fields: tuple[str, ...]) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    for position, row in enumerate(rows):
        value = tuple([row[field] for field in fields])
        if value in seen:
            raise BadSiteFile(f"{name}[{position}]: says the same as {name}[{seen[value]}]")
        seen[value] = position


def _check_contexts(raw: dict[str, Any]) -> None:
    """Raise where two places share a context."""
    seen = {raw["contexts"]["system"]: "the system"}
    for name, _ in PLACES:
        for position, row in enumerate(raw[name]):
            contextid, place = row["contextid"], f"{name}[{position}]"
            if contextid in seen:
                raise BadSiteFile(f"{place}.contextid: {contextid} is already that of {seen[contextid]}")
            if contextid is not None:
                seen[contextid] = place


def _known(raw: dict[str, Any]) -> Known:
    lists = ("users", "categories", "courses", "modules")
    places = {row["contextid"] for name in lists for row in raw[name]} | {raw["contexts"]["system"]}
    return {
        "user": _all(raw["users"], "id"),
        "category": _all(raw["categories"], "id"),
        "course": _all(raw["courses"], "id"),
        "section": _all(raw["sections"], "id"),
        "role": _all(raw["roles"], "id"),
        "service": _all(raw["services"], "shortname"),
        "enrolment instance": _all(raw["enrol_instances"], "id"),
        "group": _all(raw["groups"], "id"),
        "cohort": _all(raw["cohorts"], "id"),
        "context": places | _all(raw["blocks"], "contextid"),
        "context that holds blocks": places,
    }


def _all(rows: Iterable[Row], field: str) -> set[Any]:
    return {row[field] for row in rows}


def _check_references(name: str, rows: list[Row], field: str, what: str, known: set[Any]) -> None:
    none_allowed = (name, field) in OPTIONAL_REFERENCES
    for position, row in enumerate(rows):
        value = row[field]
        if value not in known and not (none_allowed and value == 0):
            raise BadSiteFile(f"{name}[{position}].{field}: no {what} {value}")


def _other_references(raw: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Give the references outside the lists' own fields: place, what it names, and the id."""
    site = raw["site"]
    for field, what in SITE_REFERENCES:
        if site[field] or what != "role":
            yield f"site.{field}", what, site[field]
    for position, userid in enumerate(site["admin_userids"]):
        yield f"site.admin_userids[{position}]", "user", userid
    for number, service in enumerate(raw["services"]):
        for position, row in enumerate(service["users"]):
            yield f"services[{number}].users[{position}].userid", "user", row["userid"]
    yield from _references_by_role(raw)


def _references_by_role(raw: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    for name in ("role_allow_assign", "role_capabilities_standard_roles_selected"):
        for role in raw[name]:
            yield name, "role", int(role)
    for role, others in raw["role_allow_assign"].items():
        for position, other in enumerate(others):
            yield f"role_allow_assign.{role}[{position}]", "role", other


def _check_paths(raw: dict[str, Any]) -> None:
    """Raise unless every path is that of the row above and the row's own id."""
    categories = {row["id"]: row for row in raw["categories"]}
    above = {
        "categories": categories,
        "courses": categories,
        "modules": {row["id"]: row for row in raw["courses"]},
    }
    top = {"path": "", "contextpath": f"/{raw['contexts']['system']}"}
    for name, field in PLACES:
        for position, row in enumerate(raw[name] if field else ()):
            parent = above[name].get(row[field], top)
            _check_path(
                f"{name}[{position}]", row, "contextpath", f"{parent['contextpath']}/{row['contextid']}"
            )
            if name == "categories":
                _check_path(f"{name}[{position}]", row, "path", f"{parent['path']}/{row['id']}")


def _check_path(place: str, row: Row, field: str, wanted: str) -> None:
    if row[field] != wanted:
        raise BadSiteFile(f"{place}.{field}: must be {wanted}, not {row[field]}")
