"""The states that the report recordings of 4.3 start from, made of the recorded site."""

import json
from collections.abc import Callable
from typing import Any

from batchroles.sandbox.making.reports import SOURCES, audience, report, with_functions
from batchroles.sandbox.making.states import in_state
from batchroles.sandbox.reports import READING
from tests.sandbox.reports.states import RECORDED, as_stored, config, delete_user, user_capability, user_named

Raw = dict[str, Any]

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
    as_stored(raw)
    if state not in NO_AUDIENCE:
        for made in raw["reports"]:
            made["audiences"].append(audience("allusers"))
    for change in CHANGES_43.get(state, ()):
        raw = change(raw) or raw
    return raw


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
        delete_user(raw, username)


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
    "rb-no-view-cap": [lambda raw: user_capability(raw, "-moodle/reportbuilder:view")],
    "rb-view-cap-bot-role": [
        lambda raw: user_capability(raw, "-moodle/reportbuilder:view"),
        _bot("+moodle/reportbuilder:view"),
    ],
    "rb-editall": [_bot("+moodle/reportbuilder:editall")],
    "rb-edit": [_bot("+moodle/reportbuilder:edit")],
    "rb-disabled": [lambda raw: config(raw, "enablecustomreports=0")],
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
