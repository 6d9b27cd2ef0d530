"""Which site a run was planned for: an address and a token may come to serve another one, where ids mean others."""

import re
from collections.abc import Iterable, Mapping

import numpy as np

from batchroles.client import Moodle, records
from batchroles.client.functions import SITE_INFO, USERS_BY_FIELD
from batchroles.client.side_by_side import both
from batchroles.errors import CallRefused, NotInService, RunError
from batchroles.models import Lines
from batchroles.runs import Head

SITE, NAME, USER, USERNAME = "siteurl", "sitename", "userid", "username"
KEPT = (SITE, NAME, USER, USERNAME)
"""What is kept of site info. Not the release: an upgraded site is the same. Not the keys that stand there too."""

FACES = 10
"""So many of a plan's users are looked at: enough to meet another site's, and about 65 ms."""

DELETED = re.compile(r"\.\d{9,11}$")
"""The end of a deleted account's user name: Moodle adds the time (case `ubf-deleted-by-id`)."""


def identity(moodle: Moodle, *, anew: bool = False) -> dict[str, str]:
    """Give what the site says of itself and of the token's user; empty where the service does not offer it.

    `anew`: whatever it said before.
    """
    try:
        said = moodle.site_info(anew=anew)
    except NotInService:
        return {}
    return {key: str(said[key]) for key in KEPT if isinstance(said.get(key), str | int)}


def faces(moodle: Moodle, lines: Lines, known: Iterable[str] = ()) -> dict[str, str]:
    """Give the user names of some of a plan's users by id, spread over all of them, the lowest and highest included.

    `known`: the ids of people who are looked at as well, in the same call.
    """
    ids = np.unique(lines.userid)
    ids = ids[ids > 0]
    if len(ids) == 0:
        return {}
    chosen = ids[np.unique(np.linspace(0, len(ids) - 1, FACES).round().astype(int))]
    return names_now(moodle, [*dict.fromkeys([*map(str, chosen.tolist()), *known])])


def lasting(faces: Mapping[str, str]) -> dict[str, str]:
    """Choose faces by which a site is known later on: accounts that are not deleted, and no more than are needed."""
    return dict([(one, name) for one, name in faces.items() if not DELETED.search(name)][:FACES])


def same_people(moodle: Moodle, usernames: Mapping[str, str]) -> bool:
    """Whether users have the same names by id as before; not where nothing is known of any."""
    return bool(same_names(usernames, names_now(moodle, list(usernames)) if usernames else {}))


def same_names(before: Mapping[str, str], now: Mapping[str, str]) -> bool | None:
    """Whether most users of before have their names still: some marry, but not all. None where none can be seen."""
    shown = [now[one] == name for one, name in before.items() if one in now and not DELETED.search(now[one])]
    return sum(shown) * 2 > len(shown) if shown else None


def names_now(moodle: Moodle, ids: list[str]) -> dict[str, str]:
    """Give user names by id, as far as the token is shown them."""
    try:
        found = records(moodle.ask(USERS_BY_FIELD, {"field": "id", "values": ids}))
    except (CallRefused, NotInService):
        return {}
    return {
        str(user["id"]): user["username"]
        for user in found
        if str(user.get("id")) in ids and isinstance(user.get("username"), str)
    }


def refuse_address(head: Head, name: str, moodle: Moodle) -> None:
    """Raise RunError where the run `name` was planned for another address."""
    if moodle.url != head.site:
        raise RunError(
            f"{name} was planned for {head.site}, not for {moodle.url}: ids mean other people there;"
            " plan the file again for this site"
        )


def refuse_another(head: Head, name: str, moodle: Moodle) -> None:
    """Raise RunError where the run `name` was planned for another site than is there now, or by another user.

    Raises what `Moodle.call` raises, too.
    """
    now, names = both(
        lambda: identity(moodle, anew=True) if head.identity else {},
        lambda: names_now(moodle, list(head.faces)) if head.faces else {},
        moodle.workers,
    )
    for key in (SITE, NAME, USER):
        if key in head.identity and now.get(key) != head.identity[key]:
            raise RunError(_on_site(head, name, moodle, now) if key != USER else _on_user(head, name, now))
    for userid, before in head.faces.items():
        # A user who is not shown any more says nothing of the site.
        after = names.get(userid, before)
        if after != before and not DELETED.search(after):
            raise RunError(
                f'{name} was planned when the user with the id {userid} was "{before}"; at {moodle.url} this is'
                f' "{after}" now, so its ids mean other people: plan the file again'
            )


def _on_site(head: Head, name: str, moodle: Moodle, now: dict[str, str]) -> str:
    if not now:
        return (
            f"{name} was planned for {_site(head.identity)}, and {moodle.url} does not say any more which site it is:"
            f" {SITE_INFO} is not in the token's service; have it added"
        )
    return (
        f"{name} was planned for {_site(head.identity)}, and {moodle.url} is {_site(now)} now: ids mean other people"
        " there; plan the file again for this site"
    )


def _on_user(head: Head, name: str, now: dict[str, str]) -> str:
    before = head.identity
    return (
        f"{name} was planned with a token of {_user(before)}, and this is one of {_user(now)}, who may see and do other"
        f" things: use a token of {before.get(USERNAME, 'the first')}, or plan the file again"
    )


def _site(said: dict[str, str]) -> str:
    return f'the site "{said.get(NAME, "")}" ({said.get(SITE, "without an address")})'


def _user(said: dict[str, str]) -> str:
    return f"{said.get(USERNAME, 'a user')} (user id {said.get(USER, 'unknown')})"
