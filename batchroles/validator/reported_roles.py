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
        self.unproved: set[str] = set()
        """Words in small letters that name a role, but may be another one's short name: who has which is not known."""
        named = [
            KnownRole(number, site.joined.get(number, ""), name, ORIGIN)
            for number, name in site.names.items()
        ]
        self.roles: list[KnownRole] = with_short_names(named, list(seen))

    def knows(self, word: str) -> bool:
        """Whether a word is the short name of a role whose id is known, but for the case of letters."""
        return any(role.shortname.lower() == word.lower() for role in self.roles)

    def learn(self, seen: Iterable[KnownRole]) -> None:
        """Take in roles that people were seen to have, with id and short name."""
        self.roles = with_short_names(self.roles, list(seen))

    def look_for(self, word: str) -> None:
        """Learn the short names of the roles that a word may mean, by its name or by that of a standard role.

        A role that nobody has shows no short name. A word that is its name means it, unless the word is the short name
        of another role, or of a standard one with another name: "teacher" is not the Teacher (case `rf-get`).
        """
        small = word.lower()
        if self.knows(word):
            return
        standard = STANDARD_NAMES.get(small, small).lower()
        for role in self.roles:
            if not role.shortname and role.name.lower() in (small, standard):
                self._set(role, self._site.shortname(role.id) or "")
        self._search(word)
        if not self.knows(word):
            self._without_proof(small)

    def _search(self, word: str) -> None:
        """Look through the roles with other names, own ones of the site first, for a short name that somebody has."""
        if self.knows(word) or word.lower() not in map(str.lower, self._site.held or ()):
            return
        standard = {name.lower() for name in STANDARD_NAMES.values()}
        for role in sorted(self.roles, key=lambda role: role.name.lower() in standard):
            if not role.shortname:
                self._set(role, self._site.shortname(role.id) or "")
            if self.knows(word):
                return

    def _without_proof(self, small: str) -> None:
        """Decide a word that is no short name of a role whose id is known."""
        held = self._site.held
        named = [role for role in self.roles if not role.shortname and role.name.lower() == small]
        if named and held is None:
            self.unproved.add(small)
        elif named and small in map(str.lower, held or ()):
            self.roles = [role for role in self.roles if role not in named]
        elif len(named) == 1 and STANDARD_NAMES.get(small, "").lower() == small:
            self._set(named[0], small)
        if held is not None and small in map(str.lower, held):
            # Which role has this short name is not certain, and no other one is meant.
            self.roles.append(KnownRole(0, small, "", ""))

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
