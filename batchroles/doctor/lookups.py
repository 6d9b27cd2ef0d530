"""Can users be found? Tried with accounts that every site has, by each field in turn."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from batchroles.client import Moodle, functions, records
from batchroles.doctor import pages
from batchroles.doctor.findings import Finding, ok, warning
from batchroles.doctor.lacking import lacks
from batchroles.errors import CallRefused

USERS = "looking up users"
FIRST_ADMIN = 2
"""The account that comes with every site; found by its id even when it is deleted. 1 is the guest."""
FIRST_IDS = range(FIRST_ADMIN, 22)
_TRIED = 5

FIELDS = {
    "username": ("user name", "moodle/user:viewalldetails"),
    "email": ("e-mail address", "moodle/site:viewuseridentity"),
    "idnumber": ("ID number", "moodle/site:viewuseridentity"),
}
"""Field → what people call it, and the permission that shows it."""

Record = Mapping[str, Any]


def users(moodle: Moodle, own_id: int) -> Iterator[Finding]:
    """Look a few accounts up by id, and one of them by each field."""
    seen = _by(moodle, "id", list(FIRST_IDS))
    others = [one for one in seen if int(one["id"]) != own_id]
    if FIRST_ADMIN not in [int(one["id"]) for one in seen]:
        # Course contacts are shown to everybody, so it is not enough that somebody is.
        yield lacks(
            USERS,
            f"The user with the id {FIRST_ADMIN}, whom every site has, is not shown.",
            "moodle/user:viewdetails",
            moodle.url,
        )
        return
    for field in FIELDS:
        yield _field(moodle, field, others)


def _field(moodle: Moodle, field: str, seen: Sequence[Record]) -> Finding:
    called, capability = FIELDS[field]
    shown = [str(one[field]) for one in seen if one.get(field)]
    if field == "idnumber" and not shown:
        return _idnumbers(moodle.url)
    # An ID number is left out where a user has none; the other two only where they may not be seen.
    hidden = field != "idnumber" and any(one.get(field) is None for one in seen)
    if hidden or not _by(moodle, field, shown[:_TRIED]):
        return lacks(USERS, f"Not all users are found by {called}.", capability, moodle.url)
    return ok(USERS, f"Users are found by {called}.")


def _idnumbers(site: str) -> Finding:
    return warning(
        USERS,
        "None of the users looked at shows an ID number: they have none, or it is hidden.",
        f"{pages.ROLES.on(site)}; {pages.USER_POLICIES.on(site)}",
        "Edit the role that the token's user has in the whole system and allow moodle/user:viewalldetails; or allow"
        " moodle/site:viewuseridentity and tick ID number at Show user identity on the second page.",
    )


def _by(moodle: Moodle, field: str, values: Sequence[object]) -> list[Record]:
    try:
        answer = moodle.call(functions.USERS_BY_FIELD, {"field": field, "values": list(values)})
    except CallRefused:
        return []
    return list(records(answer))
