"""The states that the report recordings of 5.1 and 4.5 start from, made of the recorded site."""

import copy
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from batchroles.sandbox.making.reports import audience, report, with_functions
from batchroles.sandbox.making.states import DEBUG, in_state, setting
from tests import SHARED

Raw = dict[str, Any]

RECORDED = SHARED / "moodle"
VERSIONS = {
    "5.1.6": {},
    "4.5.6": {"moodle_release": "4.5.6", "moodle_version": "2024100706"},
}
"""What differs in the site file; the recorded 4.5.6 is the site of 5.1.6 otherwise."""
FIXED = 1790000000
HOUR = 3600
NINE = (
    *("context:path", "context:level", "role:shortname", "role:name", "user:username"),
    *("user:fullnamewithlink", "role_assignment:component", "role_assignment:itemid"),
    "role_assignment:timemodified",
)
"""The columns of the recorded report on roles."""


@cache
def recorded_states() -> dict[str, Raw]:
    """Give the states of the recordings of 5.1 and 4.5, each with the steps that make it."""
    states: dict[str, Raw] = json.loads((RECORDED / "5.1" / "states.json").read_text(encoding="utf-8"))
    return states


def site_of(version: str, state: str) -> Raw:
    """Give the content of the site file of a recorded state of 5.1.6 or 4.5.6."""
    raw: Raw = json.loads((RECORDED / "5.1" / "site.json").read_text(encoding="utf-8"))
    raw["versions"] |= VERSIONS[version]
    raw["reports"] = []
    raw = with_functions(raw, ())
    as_stored(raw)
    for step in recorded_states()[state]["ops"]:
        name = step.partition(":")[0].partition("=")[0]
        raw = STEPS[name](raw, step[len(name) + 1 :])
    return raw


def _services(raw: Raw, names: str) -> Raw:
    return with_functions(raw, names.split(","))


def _report(raw: Raw, columns: str) -> Raw:
    wanted = columns.removeprefix("roles").removeprefix("=")
    names = () if wanted == "none" else wanted.split(",") if wanted else NINE
    raw["reports"].append(report("batchroles roles", "roles", names))
    return raw


def _participants(raw: Raw, columns: str) -> Raw:
    raw["reports"].append(report("batchroles roles", "participants", columns.split(",")))
    return raw


def _default_report(raw: Raw, _nothing: str) -> Raw:
    columns = ("context:link", "role:originalname", "user:fullnamewithlink")
    filters = ["context:level", "role:name", "user:fullname"]
    made = report("batchroles roles", "roles", columns, sort=columns, filters=filters, conditiondata={})
    raw["reports"].append(made)
    return raw


def _audience(raw: Raw, text: str) -> Raw:
    kind, _, who = text.removeprefix("roles=").partition(":")
    configuration: Raw = {}
    if kind == "manual":
        configuration = {"users": [user_named(raw, who)["id"]]}
    if kind == "systemrole":
        configuration = {"roles": [role_named(raw, who)["id"]]}
    raw["reports"][0]["audiences"].append(audience(kind, **configuration))
    return raw


def _sort(raw: Raw, text: str) -> Raw:
    wanted = text.removeprefix("roles=").split(",")
    for row in raw["reports"][0]["columns"]:
        if row["uniqueidentifier"] in wanted:
            row |= {"sortenabled": 1, "sortorder": 1 + wanted.index(row["uniqueidentifier"])}
    return raw


def _filters(raw: Raw, text: str) -> Raw:
    raw["reports"][0]["filters"] = text.removeprefix("roles=").split(",")
    return raw


def _unique(raw: Raw, _name: str) -> Raw:
    raw["reports"][0]["uniquerows"] = 1
    return raw


def _fix_times(raw: Raw, _nothing: str) -> Raw:
    for row in raw["role_assignments"]:
        row["timemodified"] = FIXED + HOUR * row["id"]
    return raw


def _capability(raw: Raw, text: str) -> Raw:
    return in_state(raw, f"bot{text}")


def user_capability(raw: Raw, text: str) -> Raw:
    """Take a capability from every user: `-moodle/reportbuilder:view`."""
    raw["role_capabilities_standard_roles_selected"]["7"].pop(text[1:], None)
    return raw


def config(raw: Raw, text: str) -> Raw:
    """Change one of Moodle's settings: `name=value`."""
    name, _, value = text.partition("=")
    return _changed(raw, setting(name, value))


def _debug(raw: Raw, _on: str) -> Raw:
    return _changed(raw, DEBUG)


def _multilang(raw: Raw, _nothing: str) -> Raw:
    # Names keep their tags in this state (rr-multilang).
    return _changed(_changed(raw, setting("filterall", "1")), setting("formatstringstriptags", "0"))


def _changed(raw: Raw, change: Callable[[Raw], None]) -> Raw:
    raw = {**raw, "settings": copy.deepcopy(raw["settings"])}
    change(raw)
    return raw


def _role(raw: Raw, text: str) -> Raw:
    shortname, _, name = text.partition("=")
    roleid = 1 + max(row["id"] for row in raw["roles"])
    row = {**raw["roles"][-1], "id": roleid, "shortname": shortname, "name": name, "displayname": name}
    raw["roles"].append({**row, "description": "", "archetype": "", "sortorder": roleid})
    return raw


def _role_name(raw: Raw, text: str) -> Raw:
    shortname, _, name = text.partition("=")
    role_named(raw, shortname).update(name=name, displayname=name)
    return raw


def _user_field(raw: Raw, text: str) -> Raw:
    username, field, value = text.replace("=", ":", 1).split(":", 2)
    user = user_named(raw, username)
    user[field] = int(value) if isinstance(user.get(field), int) else value
    return raw


def _assign(raw: Raw, text: str) -> Raw:
    role, user, context, component, item = [*text.split(","), "", "0"][:5]
    ids = role_named(raw, role)["id"], user_named(raw, user)["id"], int(context)
    return _add_assignment(raw, *ids, component, int(item))


def _raw_assign(raw: Raw, text: str) -> Raw:
    role, user, context = map(int, text.split(","))
    return _add_assignment(raw, role, user, context)


def _add_assignment(raw: Raw, role: int, user: int, context: int, component: str = "", item: int = 0) -> Raw:
    number = 1 + max(row["id"] for row in raw["role_assignments"])
    row = {"id": number, "roleid": role, "contextid": context, "userid": user}
    raw["role_assignments"].append({**row, "component": component, "itemid": item, "modifierid": 2})
    return raw


def delete_user(raw: Raw, username: str) -> Raw:
    """Delete a user as Moodle does, with all that the user held."""
    user = user_named(raw, username)
    gone = user["contextid"]
    user |= {"deleted": 1, "contextid": None}
    raw["role_assignments"] = [
        row for row in raw["role_assignments"] if row["userid"] != user["id"] and row["contextid"] != gone
    ]
    raw["user_enrolments"] = [row for row in raw["user_enrolments"] if row["userid"] != user["id"]]
    raw["cohort_members"] = [row for row in raw["cohort_members"] if row["userid"] != user["id"]]
    return raw


def _second_token(raw: Raw, _nothing: str) -> Raw:
    first = next(row for row in raw["tokens"] if row["token"] == "TOKEN_BOT")
    raw["tokens"].append({**first, "token": "TOKEN_BOT_TWO"})
    return raw


def _allow(raw: Raw, shortname: str) -> Raw:
    raw["role_allow_assign"]["10"].append(role_named(raw, shortname)["id"])
    return raw


def _cohort(raw: Raw, text: str) -> Raw:
    idnumber, context, visible, name = text.split("=", 3)
    row = {"id": 1 + max(row["id"] for row in raw["cohorts"]), "contextid": int(context), "name": name}
    raw["cohorts"].append({**raw["cohorts"][0], **row, "idnumber": idnumber, "visible": int(visible)})
    return raw


def _members(raw: Raw, text: str) -> Raw:
    idnumber, _, names = text.partition("=")
    cohort = next(row for row in raw["cohorts"] if row["idnumber"] == idnumber)
    for name in names.split(","):
        row = {"cohortid": cohort["id"], "userid": user_named(raw, name)["id"]}
        raw["cohort_members"].append({**raw["cohort_members"][0], **row})
    return raw


def _instance(raw: Raw, text: str) -> Raw:
    course, method, fields = text.split("=", 2)
    number = 1 + max(row["id"] for row in raw["enrol_instances"])
    row = {**raw["enrol_instances"][0], "id": number, "courseid": int(course), "enrol": method}
    raw["enrol_instances"].append({**row, "sortorder": number, **json.loads(fields)})
    return raw


def user_named(raw: Raw, username: str) -> Raw:
    """Give the user with a user name."""
    return next(row for row in raw["users"] if row["username"] == username)


def role_named(raw: Raw, shortname: str) -> Raw:
    """Give the role with a short name."""
    return next(row for row in raw["roles"] if row["shortname"] == shortname)


def as_stored(raw: Raw) -> None:
    """Order the users as the recorded database stored them: whoever was changed last stands last."""
    changed = {"u12": -1, "wssusp": 1}
    raw["users"].sort(key=lambda row: changed.get(row["username"], 0))
    for row in raw["user_enrolments"]:
        row["timecreated"] = raw["courses"][1]["timecreated"]


STEPS: dict[str, Callable[[Raw, str], Raw]] = {
    "svc": _services,
    "report": _report,
    "participants": _participants,
    "report-default": _default_report,
    "aud": _audience,
    "sort": _sort,
    "filters": _filters,
    "unique": _unique,
    "fixtimes": _fix_times,
    "cap": _capability,
    "usercap": user_capability,
    "config": config,
    "debug": _debug,
    "multilang": _multilang,
    "role": _role,
    "rolename": _role_name,
    "userfield": _user_field,
    "ra": _assign,
    "rawra": _raw_assign,
    "deluser": delete_user,
    "tokenbot2": _second_token,
    "allow": _allow,
    "cohort": _cohort,
    "cohmember": _members,
    "enrolinst": _instance,
}
"""What each step of the recorder's state tool did, done to a site file."""
