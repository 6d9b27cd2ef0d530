"""The entity User, a part of every source but Courses."""

from collections.abc import Callable, Mapping

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.access.profiles import full_name
from batchroles.sandbox.reports.cells import clock, escaped, link, profile, yes_or_no
from batchroles.sandbox.reports.columns import Column, Entity, Show, Value
from batchroles.sandbox.reports.filters import Filter
from batchroles.sandbox.reports.release import ANY, V51
from batchroles.sandbox.reports.rows import Cell, Joined

FIELDS = {
    "firstname": "First name",
    "lastname": "Last name",
    "email": "Email address",
    "city": "City/town",
    "country": "Country",
    "lang": "Language",
    "timezone": "Timezone",
    "theme": "Theme",
    "description": "Description",
    "firstnamephonetic": "First name - phonetic",
    "lastnamephonetic": "Last name - phonetic",
    "middlename": "Middle name",
    "alternatename": "Alternate name",
    "idnumber": "ID number",
    "institution": "Institution",
    "department": "Department",
    "phone1": "Phone",
    "phone2": "Mobile phone",
    "address": "Address",
    "firstaccess": "First access",
    "lastaccess": "Last access",
    "suspended": "Suspended",
    "confirmed": "Confirmed",
    "username": "Username",
    "auth": "Authentication",
    "moodlenetprofile": "MoodleNet profile ID",
    "timecreated": "Time created",
    "timemodified": "Time modified",
    "lastip": "Last IP address",
}
"""The fields of users with the headings of their columns, in Moodle's order (bb-get-edit)."""

TIMES = ("firstaccess", "lastaccess", "timecreated", "timemodified")
TRUTHS = ("suspended", "confirmed")
NEWER = ("firstaccess",)
"""The fields that 4.5 does not offer (bb-get-edit-45)."""


def _value(field: str) -> Value:
    return lambda row: None if row.user is None else row.user.get(field, "")


def _text(field: str) -> Show:
    def show(_call: Call) -> Callable[[Joined], Cell]:
        return lambda row: "" if row.user is None else escaped(row.user.get(field, ""))

    return show


def _time(field: str) -> Show:
    def show(call: Call) -> Callable[[Joined], Cell]:
        shown = clock(call)
        return lambda row: "" if row.user is None else shown(row.user.get(field))

    return show


def _truth(field: str) -> Show:
    def show(_call: Call) -> Callable[[Joined], Cell]:
        return lambda row: "" if row.user is None else yes_or_no(row.user[field])

    return show


def _full_name(_call: Call) -> Callable[[Joined], Cell]:
    # Not escaped, nor cut to one language, unlike first and last name alone (rb-users-1000, rr-multilang).
    return lambda row: "" if row.user is None else full_name(row.user)


def _linked_name(call: Call) -> Callable[[Joined], Cell]:
    wwwroot = call.wwwroot
    return lambda row: "" if row.user is None else link(profile(wwwroot, row.user), full_name(row.user))


def _nothing(_call: Call) -> Callable[[Joined], Cell]:
    """Leave cells empty: pictures stand in no recording."""
    return lambda _row: ""


_NAME = (_value("firstname"), _value("lastname"))
_ID = _value("id")


def _column(field: str, heading: str) -> Column:
    show = _time if field in TIMES else _truth if field in TRUTHS else _text
    since = V51 if field in NEWER else ANY
    return Column(heading, show(field), _value(field), sortable=field != "description", since=since)


def _filter(field: str, label: str) -> Filter:
    kind = "date" if field in TIMES else "boolean" if field in TRUTHS else "text"
    return Filter(label, kind, _value(field), since=V51 if field in NEWER else ANY)


def _full_name_of(row: Joined) -> str | None:
    return None if row.user is None else full_name(row.user)


COLUMNS: Mapping[str, Column] = {
    "fullname": Column("Full name", _full_name, _full_name_of, _NAME),
    "fullnamewithlink": Column("Full name with link", _linked_name, _full_name_of, _NAME, _ID),
    "fullnamewithpicture": Column("Full name with picture", _full_name, _full_name_of, _NAME, _ID),
    "fullnamewithpicturelink": Column(
        "Full name with picture and link", _linked_name, _full_name_of, _NAME, _ID
    ),
    "picture": Column("Picture", _nothing, _ID, sortable=False),
    **{field: _column(field, heading) for field, heading in FIELDS.items()},
}

USER = Entity(
    "User",
    COLUMNS,
    {
        "fullname": Filter("Full name", "text", _full_name_of),
        "picture": Filter("Picture", "boolean", _value("picture"), since=V51),
        **{field: _filter(field, label) for field, label in FIELDS.items()},
        "neveraccessed": Filter(
            "Never accessed", "boolean", lambda row: not _value("lastaccess")(row), since=V51
        ),
        "userselect": Filter("Select user", "user", _ID),
    },
)
