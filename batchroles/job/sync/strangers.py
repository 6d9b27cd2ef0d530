"""What people were given by hand anywhere on the site, as a ledger would have it."""

from collections.abc import Collection, Iterable

import pandas as pd

from batchroles.directory.census import SiteRoles
from batchroles.models.levels import Level
from batchroles.runs.ledger import SUBJECT
from batchroles.validator import KnownRole

COLUMNS = [*SUBJECT, "user", "role", "place"]


def strangers(
    site: SiteRoles, known: Iterable[KnownRole], roleids: Collection[int] | None
) -> pd.DataFrame | None:
    """Give what nobody but a person gave of some roles (None: of all); None where no report tells it.

    What has a role whose short name cannot be learned is left out.

    Columns: those of a ledger's holdings that say who, what and where, in ids and in words.
    """
    holdings = site.holdings
    if holdings is None:
        return None
    ids = {role.shortname: role.id for role in known if role.id and role.shortname}
    wanted = {*site.names} if roleids is None else {*roleids}
    ids |= {shortname: id_ for id_ in sorted(wanted - {*ids.values()}) if (shortname := site.shortname(id_))}
    rows = [
        (
            user,
            ids[shortname],
            str(level),
            instance,
            f"the user with the id {user}",
            shortname,
            _place(level, instance),
        )
        for user, shortname, (level, instance) in holdings.by_hand()
        if ids.get(shortname) in wanted
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _place(level: Level, instance: int) -> str:
    return f"{level} with the id {instance}" if level.facts.keys else level.facts.place
