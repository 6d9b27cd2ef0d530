"""The states that the report recordings start from, made of the recorded sites."""

import copy
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from batchroles.sandbox.making.reports import SOURCES, audience, report, with_functions
from batchroles.sandbox.making.states import DEBUG, in_state, setting
from batchroles.sandbox.reports import READING
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
    _as_stored(raw)
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


def _user_capability(raw: Raw, text: str) -> Raw:
    raw["role_capabilities_standard_roles_selected"]["7"].pop(text[1:], None)
    return raw


def _config(raw: Raw, text: str) -> Raw:
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
    user_named(raw, username)[field] = value
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


def _delete_user(raw: Raw, username: str) -> Raw:
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


def user_named(raw: Raw, username: str) -> Raw:
    """Give the user with a user name."""
    return next(row for row in raw["users"] if row["username"] == username)


def role_named(raw: Raw, shortname: str) -> Raw:
    """Give the role with a short name."""
    return next(row for row in raw["roles"] if row["shortname"] == shortname)


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
    "usercap": _user_capability,
    "config": _config,
    "debug": _debug,
    "multilang": _multilang,
    "role": _role,
    "rolename": _role_name,
    "userfield": _user_field,
    "ra": _assign,
    "rawra": _raw_assign,
    "deluser": _delete_user,
    "tokenbot2": _second_token,
    "allow": _allow,
}
"""What each step of the recorder's state tool did, done to a site file."""

DIRECTORY = ("users", "courses", "participants", "categories")


def report_43(kind: str) -> Raw:
    """Give one of the four reports of 4.3 as the administrator made them."""
    return report(f"batchroles {kind}", SOURCES[kind], COLUMNS_43[kind])


COLUMNS_43 = {
    "users": ("user:fullnamewithlink", "user:username", "user:email", "user:idnumber", "user:suspended"),
    "courses": (
        *("course:coursefullnamewithlink", "course:shortname", "course:idnumber", "course:visible"),
        "course_category:idnumber",
    ),
    "participants": (
        *("course:coursefullnamewithlink", "user:fullnamewithlink", "role:shortname", "enrol:plugin"),
        *("enrolment:status", "enrolment:timestarted", "enrolment:timeended"),
    ),
    "categories": (
        *("course_category:namewithlink", "course_category:idnumber", "role:shortname"),
        "user:fullnamewithlink",
    ),
}
"""The columns of the recorded reports of 4.3."""


def site_43(state: str) -> Raw:
    """Give the content of the site file of a recorded state of 4.3 (`reports-states.json`)."""
    raw: Raw = json.loads((RECORDED / "site.json").read_text(encoding="utf-8"))
    if state == "default":
        return raw
    raw["reports"] = [] if state == "rb-functions" else [report_43(kind) for kind in DIRECTORY]
    reading = [name for name in READING if name.endswith(("list_reports", "retrieve_report", "view_report"))]
    raw = with_functions(raw, () if state == "rb-not-in-service" else reading)
    _as_stored(raw)
    if state not in NO_AUDIENCE:
        for made in raw["reports"]:
            made["audiences"].append(audience("allusers"))
    for change in CHANGES_43.get(state, ()):
        raw = change(raw) or raw
    return raw


def _as_stored(raw: Raw) -> None:
    """Order the users as the recorded database stored them: whoever was changed last stands last."""
    changed = {"u12": -1, "wssusp": 1}
    raw["users"].sort(key=lambda row: changed.get(row["username"], 0))
    for row in raw["user_enrolments"]:
        row["timecreated"] = raw["courses"][1]["timecreated"]


NO_AUDIENCE = (
    *("rb-functions", "rb-noaudience", "rb-manual-bot", "rb-systemrole-wsbatch", "rb-admins"),
    *("rb-users-only", "rb-editall", "rb-edit", "rb-many-editall"),
)
"""The states in which no report has the audience of all users."""


def _all_for(kind: str, **configuration: Any) -> Callable[[Raw], None]:
    def change(raw: Raw) -> None:
        for made in raw["reports"]:
            made["audiences"].append(audience(kind, **configuration))

    return change


def _of(kind: str, change: Callable[[Raw], None]) -> Callable[[Raw], None]:
    return lambda raw: change(raw["reports"][DIRECTORY.index(kind)])


def _columns(*names: str, sort: tuple[str, ...] = ()) -> Callable[[Raw], None]:
    def change(made: Raw) -> None:
        made["columns"] = report("", "users", names, sort=sort)["columns"]

    return change


def _sorted(kind: str, *sort: str) -> Callable[[Raw], None]:
    return _of(kind, _columns(*COLUMNS_43[kind], sort=sort))


def _condition(name: str, **values: Any) -> Callable[[Raw], None]:
    def change(made: Raw) -> None:
        made["conditions"] = [name]
        made["conditiondata"] = {f"{name}_{end}": value for end, value in values.items()}

    return change


def _setup(raw: Raw) -> None:
    """Make the reports as the default setup does."""
    sets = {
        "users": (("user:fullname", "user:username", "user:email"), ("user:fullname",)),
        "courses": (
            ("course_category:name", "course:shortname", "course:fullname", "course:idnumber"),
            ("course_category:name", "course:shortname", "course:fullname"),
        ),
        "participants": (
            ("course:coursefullnamewithlink", "user:fullnamewithlink", "enrol:name"),
            ("course:coursefullnamewithlink", "user:fullnamewithlink", "enrol:name"),
        ),
        "categories": (
            ("course_category:name", "course_category:idnumber", "course_category:coursecount"),
            ("course_category:name",),
        ),
    }
    for kind, (names, sort) in sets.items():
        _of(kind, _columns(*names, sort=sort))(raw)
        raw["reports"][DIRECTORY.index(kind)]["conditiondata"] = {}
    _of("users", _condition("user:suspended", operator=2))(raw)
    _of("participants", _condition("enrolment:status", operator=1, value=0))(raw)


def _many(raw: Raw) -> None:
    for number in range(1, 13):
        raw["reports"].append(report(f"Other report {number:02d}", "users", ()))


def _touch(raw: Raw) -> None:
    """Save two profiles: the database stores their rows anew, behind all others."""
    last = ("u39", "u40")
    raw["users"].sort(key=lambda row: row["username"] in last)


def _deleted_holders(raw: Raw) -> None:
    for username in ("u05", "u18"):
        _delete_user(raw, username)


def _filter(value: str) -> Callable[[Raw], None]:
    def change(raw: Raw) -> None:
        values = {"user:username_operator": 5, "user:username_value": value}
        made = raw["reports"][0]
        made["filters"] = ["user:username"]
        bot = user_named(raw, "wsbot")["id"]
        made["userfilters"] = [{"userid": bot, "filterdata": values}] if value else []

    return change


def _bot(text: str) -> Callable[[Raw], Raw]:
    return lambda raw: in_state(raw, f"bot{text}")


TOTAL = ("role:shortname", "enrol:plugin", "course:shortname", "user:username")
THREE = ("course:coursefullnamewithlink", "user:fullnamewithlink", "role:shortname")
BARE = (
    "-moodle/user:viewdetails-moodle/user:viewalldetails-moodle/user:viewhiddendetails-moodle/course:view"
    "-moodle/course:viewhiddencourses-moodle/course:viewparticipants-moodle/category:viewcourselist"
)
_FIRST = [_sorted(kind, columns[0]) for kind, columns in COLUMNS_43.items()]

CHANGES_43: dict[str, list[Callable[[Raw], Any]]] = {
    "rb-manual-bot": [_all_for("manual", users=[3])],
    "rb-systemrole-wsbatch": [_all_for("systemrole", roles=[10])],
    "rb-admins": [_all_for("admins")],
    "rb-users-only": [_of("users", lambda made: made["audiences"].append(audience("manual", users=[3])))],
    "rb-no-view-cap": [lambda raw: _user_capability(raw, "-moodle/reportbuilder:view")],
    "rb-view-cap-bot-role": [
        lambda raw: _user_capability(raw, "-moodle/reportbuilder:view"),
        _bot("+moodle/reportbuilder:view"),
    ],
    "rb-editall": [_bot("+moodle/reportbuilder:editall")],
    "rb-edit": [_bot("+moodle/reportbuilder:edit")],
    "rb-disabled": [lambda raw: _config(raw, "enablecustomreports=0")],
    "rb-defaults": [_setup],
    "rb-sorted": _FIRST,
    "rb-sorted-unique": [
        _sorted("users", "user:username"),
        _sorted("courses", "course:shortname"),
        _sorted("participants", *COLUMNS_43["participants"]),
        _sorted("categories", *COLUMNS_43["categories"]),
    ],
    "rb-sorted-desc": [_sorted("users", "-user:username")],
    "rb-heading": [
        _of(
            "users",
            _columns(
                *("user:fullnamewithlink", "user:username=login", 'user:email=E-Mail & "Post"'),
                *("user:idnumber", "user:suspended"),
            ),
        )
    ],
    "rb-columns-changed": [
        _of(
            "users",
            _columns(
                *("user:idnumber", "user:fullnamewithlink", "user:username", "user:suspended"),
                *("user:confirmed", "user:lastname"),
            ),
        )
    ],
    "rb-no-columns": [_of("users", _columns())],
    "rb-cond-confirmed": [_of("users", _condition("user:confirmed", operator=1))],
    "rb-cond-active": [_of("participants", _condition("enrolment:status", operator=1, value=0))],
    "rb-cond-method": [_of("participants", _condition("enrol:plugin", operator=1, value="manual"))],
    "rb-cond-user": [_of("participants", _condition("user:username", operator=5, value="u"))],
    "rb-filter-available": [_filter("")],
    "rb-filter-bot": [_filter("u0")],
    "rb-unique": [
        _of("participants", _columns(*THREE)),
        _of("participants", lambda row: row.update(uniquerows=1)),
    ],
    "rb-threecols": [_of("participants", _columns(*THREE))],
    "rb-more-columns": [
        _of(
            "participants",
            _columns(
                *COLUMNS_43["participants"],
                *("course:shortname", "course:idnumber", "user:username", "user:idnumber", "role:name"),
                *("enrol:name", "enrol:enabled", "course_category:idnumber"),
            ),
        )
    ],
    "rb-agg": [
        _of("participants", lambda made: made["columns"][2].update(aggregation="groupconcat")),
    ],
    "rb-many": [_many],
    "rb-many-editall": [_many, _bot("+moodle/reportbuilder:editall")],
    "rb-deleted-report": [lambda raw: raw.update(reports=_numbered(raw)[1:])],
    "rb-touched": [_touch],
    "rb-sorted-touched": [_touch, _sorted("users", "user:username")],
    "rb-deleted-holder": [_deleted_holders],
    "rb-sorted-role": [_sorted("participants", "role:shortname"), _sorted("users", "user:suspended")],
    "rb-total-sort": [_of("participants", _columns(*TOTAL, sort=TOTAL))],
    "rb-tz": [lambda raw: user_named(raw, "wsbot").update(timezone="America/New_York")],
    "rb-bare": [_bot(BARE)],
}
"""What each state of 4.3 changes in the reports for all users."""


def _numbered(raw: Raw) -> list[Raw]:
    return [{**row, "id": number} for number, row in enumerate(raw["reports"], 1)]
