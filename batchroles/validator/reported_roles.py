"""Roles as the report on roles names them: every one has an id and a name, and its short name where that is certain."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from batchroles.directory.census import SiteRoles
from batchroles.directory.roles import STANDARD_NAMES
from batchroles.validator.role_words import KnownRole

ORIGIN = "report batchroles roles"


class ReportedRoles:
    """The roles of a site that a report names, and what more can be learned of those that a word may mean."""

    def __init__(self, site: SiteRoles, seen: Iterable[KnownRole] = ()) -> None:
        """`seen`: roles that enrolled users were seen to have, with id and short name."""
        self._site = site
        named = [
            KnownRole(number, site.joined.get(number, ""), name, ORIGIN)
            for number, name in site.names.items()
        ]
        self.roles: list[KnownRole] = with_short_names(named, list(seen))

    def look_for(self, word: str) -> None:
        """Learn the short names of the roles that a word may mean, by its name or by that of a standard role.

        A role that nobody has shows no short name. A word that is its name means it, unless the word is the short name
        of another role, or of a standard one with another name: "teacher" is not the Teacher (case `rf-get`).
        """
        small = word.lower()
        standard = STANDARD_NAMES.get(small, small).lower()
        for role in self.roles:
            if not role.shortname and role.name.lower() in (small, standard):
                self._set(role, self._site.shortname(role.id) or "")
        for role in self.roles:
            if not role.shortname and role.name.lower() == small:
                self._set_by_name(small, role)

    def _set_by_name(self, small: str, role: KnownRole) -> None:
        held = self._site.held
        if held is None or small in map(str.lower, held):
            # Somebody has a role of this short name: which one is not certain.
            self.roles = [*(one for one in self.roles if one is not role), KnownRole(0, small, "", "")]
        elif STANDARD_NAMES.get(small, "").lower() == small:
            self._set(role, small)

    def _set(self, role: KnownRole, shortname: str) -> None:
        self.roles = [replace(one, shortname=shortname) if one is role else one for one in self.roles]


def with_short_names(named: Sequence[KnownRole], learned: Sequence[KnownRole]) -> list[KnownRole]:
    """Put short names that were learned elsewhere to roles by their ids; a role that is learned alone is kept, too."""
    by_id = {role.id: role for role in learned}
    known = [
        replace(by_id[role.id], name=role.name) if not role.shortname and role.id in by_id else role
        for role in named
    ]
    return [*known, *(role for role in learned if role.id not in {one.id for one in named})]
