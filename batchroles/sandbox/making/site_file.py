"""Site files, read and checked: what is wrong is refused with the place inside the file."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from batchroles.sandbox.making.field_types import BadSiteFile, check_fields, check_value
from batchroles.sandbox.making.relations import check_relations
from batchroles.sandbox.making.report_files import REPORTS, check_reports
from batchroles.sandbox.site.release import UnknownRelease, number_of

SHAPES: dict[str, dict[str, str]] = json.loads(
    files("batchroles.sandbox.making").joinpath("site_shapes.json").read_text(encoding="utf-8")
)
"""The fields of the rows of each list, with their types."""

SERVICE_USER = {"userid": "int", "validuntil": "int?", "iprestriction": "text?"}
"""The fields of the rows of `services[].users`."""

SETTINGS = {
    "site": {
        "siteid": "int",
        "admin_userids": "ints",
        "guest_userid": "int",
        **dict.fromkeys(("defaultuserroleid", "guestroleid", "defaultfrontpageroleid"), "int"),
        "fullname": "text",
        "passwords": "object",
        **dict.fromkeys(("wwwroot", "client_ip_seen_by_the_server"), "text?*"),
    },
    "site.passwords": {"every other user (manual accounts)": "text"},
    "versions": {"moodle_release": "text", "moodle_version": "text"},
    "settings": {"moodle": "object", "php": "object", "server": "object*"},
    "settings.moodle": {
        **dict.fromkeys(("enablewebservices", "webserviceprotocols", "showuseridentity"), "text"),
        "hiddenuserfields": "text",
        "profilesforenrolledusersonly": "number",
        "maintenance_enabled": "text",
        "debug": "number",
        **dict.fromkeys(("debugdisplay", "sitepolicy", "lang", "theme", "themerev"), "text"),
        "coursecontact": "numbers*",
    },
    "settings.php": {"max_input_vars": "int", "post_max_size": "size", "display_errors": "text"},
    "contexts": {"system": "int"},
}
"""What is read of the objects of a site file, with its types; more may stand there. A dot leads inside."""

BY_ROLE = {"role_allow_assign": "ints", "role_capabilities_standard_roles_selected": "object"}
"""Objects whose fields are ids of roles, and the type of every value."""

REMARKS = ("states", "ws_actors", "effects_scope")
"""Parts of a site file that explain it and are not read."""


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
        if name not in (*SHAPES, *SETTINGS, *BY_ROLE, *REMARKS, REPORTS):
            raise BadSiteFile(f"{name}: there is no such part of a site file")
    _check_settings(raw)
    _check_release(raw["versions"]["moodle_release"])
    for name, kind in BY_ROLE.items():
        _check_by_role(name, raw.get(name), kind)
    for name, fields in SHAPES.items():
        _check_rows(name, raw.get(name), fields)
    for position, service in enumerate(raw["services"]):
        _check_rows(f"services[{position}].users", service["users"], SERVICE_USER)
    check_relations(raw)
    check_reports(raw)
    if not raw["tokens"]:
        raise BadSiteFile("tokens: at least one is needed")


def _check_settings(raw: dict[str, Any]) -> None:
    for name, fields in SETTINGS.items():
        part, _, inner = name.partition(".")
        check_fields(name, raw[part][inner] if inner else raw.get(part), fields, others=True)
    check_fields("settings.server", raw["settings"].get("server", {}), {"max_body": "size*"}, others=True)


def _check_release(text: str) -> None:
    try:
        number_of(text)
    except UnknownRelease as error:
        raise BadSiteFile(f"versions.moodle_release: {error}") from error


def _check_by_role(name: str, by_role: Any, kind: str) -> None:
    check_fields(name, by_role, {}, others=True)
    for role, value in by_role.items():
        check_value(f"{name}, the name {role}", role, "number")
        check_value(f"{name}.{role}", value, kind)
        for capability, permission in value.items() if kind == "object" else ():
            check_value(f"{name}.{role}.{capability}", permission, "int")


def _check_rows(name: str, rows: Any, fields: dict[str, str]) -> None:
    if not isinstance(rows, list):
        raise BadSiteFile(f"{name}: must be a list")
    for position, row in enumerate(rows):
        check_fields(f"{name}[{position}]", row, fields)
