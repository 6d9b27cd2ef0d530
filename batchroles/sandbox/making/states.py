"""Named states of a site: what an administrator, an upgrade or a failing server changes, as changes to its file."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

from batchroles.sandbox.site.release import Release, asked_for, number_of

Raw = dict[str, Any]
Change = Callable[[Raw], None]

CHANGED = (
    "settings",
    "users",
    "services",
    "role_capabilities_custom_roles_and_overrides",
    "role_capabilities_standard_roles_selected",
)
"""The parts of a site file that states change."""

BOT_ROLE = "wsbatch"
"""The short name of the web-service user's role, which the states `bot-…` and `bot+…` change."""

PLUGIN = {
    "name": "local_wsgetroles_get_roles",
    "component": "local_wsgetroles",
    "version_reported": "2023042402",
}
"""What the plugin that lists roles adds to a site's functions; most sites do not have it."""

USER_ROLE = "user"
BOT = "wsbot"


class UnknownState(ValueError):
    """No state of that name; the message names those there are."""


def in_state(raw: Raw, name: str) -> Raw:
    """Give a site file's content with a state applied; the content given stays as it is."""
    changes = _changes(name)
    changed = {**raw, **{part: copy.deepcopy(raw[part]) for part in CHANGED}} if changes else raw
    for change in changes:
        change(changed)
    return changed


def with_moodle(raw: Raw, name: str) -> Raw:
    """Give a site file's content as that of a Moodle version, `5.1` say; one that is of it already stays as it is.

    UnknownRelease, a ValueError: the practice Moodle cannot be that version.
    """
    wanted = asked_for(name)
    same = number_of(raw["versions"]["moodle_release"]) == number_of(name)
    return raw if same else as_release(raw, wanted)


def as_release(raw: Raw, release: Release) -> Raw:
    """Give a site file's content with the versions of a release: its own, and those of the functions that it brings."""
    versions = {"moodle_release": release.full, "moodle_version": release.version}
    versions["enrol_manual"] = release.plugins

    def reported(row: Raw) -> Raw:
        if row["component"].startswith("local_"):
            return row
        return row | {
            "version_reported": release.version if row["component"] == "moodle" else release.plugins
        }

    functions = [reported(row) for row in raw["functions"]]
    return {**raw, "versions": raw["versions"] | versions, "functions": functions}


def with_plugin(raw: Raw) -> Raw:
    """Give a site file's content with the plugin that lists roles, its function in the first token's service."""
    service = raw["tokens"][0]["service"]
    functions = [row for row in raw["functions"] if row["name"] != PLUGIN["name"]]
    changed = {**raw, "functions": [*functions, PLUGIN], "services": copy.deepcopy(raw["services"])}
    for row in changed["services"]:
        if row["shortname"] == service and PLUGIN["name"] not in row["functions"]:
            row["functions"].append(PLUGIN["name"])
    return changed


def _changes(name: str) -> list[Change]:
    if name in STATES:
        return STATES[name]
    capabilities = name.removeprefix("bot")
    if name.startswith(("bot-", "bot+")) and "/" in capabilities:
        return [change for part in _parts(capabilities) for change in _of_bot(part[1:], given=part[0] == "+")]
    known = ", ".join(STATES)
    raise UnknownState(f"no state {name}; there are {known}, and bot-CAPABILITY and bot+CAPABILITY")


def _of_bot(name: str, *, given: bool) -> list[Change]:
    """Give the bot a capability, or take it from each role through which it has it in the whole system."""
    if given:
        return [capability(BOT_ROLE, name, allowed=True)]
    # Every user has webservice/rest:use where the mobile service is on (case `no-rest-capability`), so that the bot's
    # own role is not all that gives it.
    return [capability(role, name, allowed=False) for role in (BOT_ROLE, USER_ROLE)]


def _parts(text: str) -> list[str]:
    """Cut `-a/b:c+d/e:f` before each sign that follows a capability."""
    parts = [""]
    for position, letter in enumerate(text):
        if letter in "+-" and "/" in text[position:] and (not parts[-1] or ":" in parts[-1]):
            parts.append("")
        parts[-1] += letter
    return [part for part in parts if part]


def setting(name: str, value: str) -> Change:
    """Give the change of one of Moodle's settings."""
    return lambda raw: raw["settings"]["moodle"].update({name: value})


def php(name: str, value: str) -> Change:
    """Give the change of one of PHP's settings."""
    return lambda raw: raw["settings"]["php"].update({name: value})


def server(name: str, value: object) -> Change:
    """Give the change of what stands around Moodle: web server, database, command line."""
    return lambda raw: raw["settings"].setdefault("server", {}).update({name: value})


def capability(role: str, name: str, allowed: bool) -> Change:
    """Give the change by which a role has a capability in the whole system, or has not."""

    def change(raw: Raw) -> None:
        roleid = next(row["id"] for row in raw["roles"] if row["shortname"] == role)
        system = raw["contexts"]["system"]
        rows = raw["role_capabilities_custom_roles_and_overrides"]
        rows[:] = [
            row
            for row in rows
            if (row["roleid"], row["contextid"], row["capability"]) != (roleid, system, name)
        ]
        raw["role_capabilities_standard_roles_selected"].get(str(roleid), {}).pop(name, None)
        if allowed:
            rows.append({"roleid": roleid, "contextid": system, "capability": name, "permission": 1})

    return change


def account(username: str, **fields: object) -> Change:
    """Give the change of a user's account."""

    def change(raw: Raw) -> None:
        next(row for row in raw["users"] if row["username"] == username).update(fields)

    return change


def service_off(raw: Raw) -> None:
    """Disable the service of the site's first token."""
    name = raw["tokens"][0]["service"]
    next(row for row in raw["services"] if row["shortname"] == name)["enabled"] = 0


DEBUG = setting("debug", "32767")
DISPLAY = setting("debugdisplay", "1")
REST_OFF = setting("webserviceprotocols", "")
NO_REST_FOR_USERS = capability(USER_ROLE, "webservice/rest:use", allowed=False)
NO_REST_FOR_BOT = capability(BOT_ROLE, "webservice/rest:use", allowed=False)

STATES: Mapping[str, list[Change]] = {
    "default": [],
    "debug-on": [DEBUG],
    "debug-display": [DEBUG, DISPLAY],
    "maintenance": [setting("maintenance_enabled", "1")],
    "maintenance-cli": [server("maintenance", value=True)],
    "upgrade-running": [server("upgrade", value=True)],
    "database-down": [server("database_down", value=True)],
    "php-down": [server("php_down", value=True)],
    "gateway-timeout": [server("gateway_timeout", value=True)],
    "wrong-host": [server("wrong_host", value=True)],
    "nginx-body-1m": [server("max_body", "1M")],
    "php-display-errors": [php("display_errors", "On")],
    "webservices-disabled": [setting("enablewebservices", "0")],
    "rest-disabled": [REST_OFF],
    "rest-disabled-debug": [REST_OFF, DEBUG, DISPLAY],
    "service-disabled": [service_off],
    "service-disabled-debug": [service_off, DEBUG],
    "no-rest-capability": [NO_REST_FOR_USERS],
    "bot-no-rest-capability": [NO_REST_FOR_USERS, NO_REST_FOR_BOT],
    "bot-no-rest-debug": [NO_REST_FOR_USERS, NO_REST_FOR_BOT, DEBUG],
    "site-policy": [setting("sitepolicy", "https://moodle.test/policy.html")],
    "bot-must-change-password": [account(BOT, auth_forcepasswordchange=1)],
    "bot-profile-incomplete": [account(BOT, email="")],
    "forcelogin": [setting("forcelogin", "1")],
    "identity-email-only": [setting("showuseridentity", "email")],
}
"""What each state changes. Besides these, `bot-CAPABILITY` takes a capability from the bot, whichever of its roles
gives it, and `bot+CAPABILITY` gives its role one, for the whole system; several may follow each other."""
