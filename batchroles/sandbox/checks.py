"""Site files, read and checked: what is wrong is refused with the place inside the file."""

import json
from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from batchroles.sandbox.tables import Row
from batchroles.sandbox.words import words


class BadSiteFile(ValueError):
    """A site file that cannot be used; the message gives the place inside it and what is wrong there."""


SHAPES: dict[str, dict[str, str]] = json.loads(
    files("batchroles.sandbox").joinpath("site_shapes.json").read_text(encoding="utf-8")
)
"""The fields of the rows of each list, with their types: `int`, `text`, `list`; `?` also null, `*` may be missing."""

SECTIONS = {
    "site": "siteid admin_userids guest_userid defaultuserroleid guestroleid defaultfrontpageroleid fullname passwords",
    "versions": "moodle_release moodle_version",
    "settings": "moodle php",
    "contexts": "system",
    "role_allow_assign": "",
    "role_capabilities_standard_roles_selected": "",
}
"""The objects that a site file must have, and what must be in each."""

SETTINGS = {
    "moodle": words("""
        enablewebservices webserviceprotocols showuseridentity hiddenuserfields profilesforenrolledusersonly
        maintenance_enabled debug debugdisplay sitepolicy lang theme themerev
    """),
    "php": words("max_input_vars post_max_size display_errors"),
}
"""The settings that a site file must have."""

REMARKS = ("states", "ws_actors", "effects_scope")
"""Parts of a site file that explain it and are not read."""

UNIQUE = {
    "users": ("id", "username", "contextid"),
    "categories": ("id", "contextid"),
    "courses": ("id", "shortname", "contextid"),
    "modules": ("cmid", "contextid"),
    "blocks": ("id", "contextid"),
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
    ("sections", "course", "course"),
    ("blocks", "parentcontextid", "context"),
    ("role_names", "roleid", "role"),
    ("role_names", "contextid", "context"),
    ("role_capabilities_custom_roles_and_overrides", "roleid", "role"),
    ("role_capabilities_custom_roles_and_overrides", "contextid", "context"),
    ("tokens", "userid", "user"),
    ("tokens", "service", "service"),
    ("enrol_instances", "courseid", "course"),
    ("user_enrolments", "enrolid", "enrolment instance"),
    ("user_enrolments", "courseid", "course"),
    ("user_enrolments", "userid", "user"),
    ("role_assignments", "roleid", "role"),
    ("role_assignments", "contextid", "context"),
    ("role_assignments", "userid", "user"),
    ("groups", "courseid", "course"),
    ("groups_members", "groupid", "group"),
    ("groups_members", "userid", "user"),
    ("cohort_members", "cohortid", "cohort"),
    ("cohort_members", "userid", "user"),
)
"""Fields that name a row of another list, and what that row is."""

OPTIONAL_REFERENCES = {("categories", "parent"), ("courses", "categoryid")}
"""References in which 0 means none."""

TYPES: dict[str, Callable[[Any], bool]] = {
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "text": lambda value: isinstance(value, str),
    "list": lambda value: isinstance(value, list),
}
TYPE_NAMES = {"int": "a whole number", "text": "a text", "list": "a list"}


def read_site_file(path: Path) -> dict[str, Any]:
    """Read and check a site file. BadSiteFile: it cannot be read, or something in it is wrong."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadSiteFile(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadSiteFile(f"{path} is no JSON: {error}") from error
    try:
        check_site(raw)
    except BadSiteFile as error:
        raise BadSiteFile(f"{path}: {error}") from error
    return dict(raw)


def check_site(raw: Any) -> None:
    """Raise BadSiteFile at the first thing in a site file's content that is wrong."""
    if not isinstance(raw, dict):
        raise BadSiteFile("a site file is one JSON object")
    for name in raw:
        if name not in SHAPES and name not in SECTIONS and name not in REMARKS:
            raise BadSiteFile(f"{name}: there is no such part of a site file")
    for name, needed in SECTIONS.items():
        _check_section(name, raw.get(name), needed.split())
    for name, names in SETTINGS.items():
        _check_section(f"settings.{name}", raw["settings"][name], names)
    for name, fields in SHAPES.items():
        _check_rows(name, raw.get(name), fields)
    _check_relations(raw)
    if not raw["tokens"]:
        raise BadSiteFile("tokens: at least one is needed")


def _check_relations(raw: dict[str, Any]) -> None:
    for name, unique in UNIQUE.items():
        for field in unique:
            _check_unique(name, raw[name], field)
    for name, together in UNIQUE_TOGETHER.items():
        _check_unique_together(name, raw[name], together)
    known = _known(raw)
    for name in ("categories", "courses", "modules"):
        _check_paths(name, raw[name], known["context"])
    for name, field, what in REFERENCES:
        _check_references(name, raw[name], field, what, known[what])


def _check_section(name: str, section: Any, needed: list[str]) -> None:
    if not isinstance(section, dict):
        raise BadSiteFile(f"{name}: must be an object")
    for field in needed:
        if field not in section:
            raise BadSiteFile(f"{name}.{field}: is missing")


def _check_rows(name: str, rows: Any, fields: dict[str, str]) -> None:
    if not isinstance(rows, list):
        raise BadSiteFile(f"{name}: must be a list")
    for position, row in enumerate(rows):
        if not isinstance(row, dict):
            raise BadSiteFile(f"{name}[{position}]: must be an object")
        for field in row:
            if field not in fields:
                raise BadSiteFile(f"{name}[{position}].{field}: there is no such field")
        for field, kind in fields.items():
            _check_field(f"{name}[{position}].{field}", row, field, kind)


def _check_field(place: str, row: Row, field: str, kind: str) -> None:
    if field not in row:
        if "*" not in kind:
            raise BadSiteFile(f"{place}: is missing")
        return
    value, base = row[field], kind.rstrip("?*")
    if not TYPES[base](value) and not (value is None and "?" in kind):
        raise BadSiteFile(f"{place}: must be {TYPE_NAMES[base]}, not {json.dumps(value, ensure_ascii=False)}")


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


def _check_paths(name: str, rows: list[Row], contexts: set[int]) -> None:
    """Raise unless every context path leads through known contexts to the row's own."""
    for position, row in enumerate(rows):
        path = row["contextpath"]
        parts = path.split("/")[1:]
        known = all(part.isdigit() and int(part) in contexts for part in parts)
        if not known or parts[-1:] != [str(row["contextid"])]:
            raise BadSiteFile(
                f"{name}[{position}].contextpath: {path} does not lead to context {row['contextid']}"
            )


def _known(raw: dict[str, Any]) -> dict[str, set[Any]]:
    """Give the names by which the rows of each kind are referred to."""
    lists = ("users", "categories", "courses", "modules", "blocks")
    contexts = {row["contextid"] for name in lists for row in raw[name]} | {raw["contexts"]["system"]}
    return {
        "user": _all(raw["users"], "id"),
        "category": _all(raw["categories"], "id"),
        "course": _all(raw["courses"], "id"),
        "role": _all(raw["roles"], "id"),
        "service": _all(raw["services"], "shortname"),
        "enrolment instance": _all(raw["enrol_instances"], "id"),
        "group": _all(raw["groups"], "id"),
        "cohort": _all(raw["cohorts"], "id"),
        "context": contexts,
    }


def _all(rows: Iterable[Row], field: str) -> set[Any]:
    return {row[field] for row in rows}


def _check_references(name: str, rows: list[Row], field: str, what: str, known: set[Any]) -> None:
    none_allowed = (name, field) in OPTIONAL_REFERENCES
    for position, row in enumerate(rows):
        value = row[field]
        if value not in known and not (none_allowed and value == 0):
            raise BadSiteFile(f"{name}[{position}].{field}: no {what} {value}")
