"""The layout of an exported file: our own, one row a holding, so that every command reads it like any other list.

Columns that no command but those for exports knows (`place`, `since`, …) are ignored by the others. The last column's
header is `_export` and what the export is of; it survives sorting, deleting and pasting of rows, and Excel. Its cells
hold the export's id, by which rows of another export are told.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self
from urllib.parse import quote, unquote

from batchroles.loader.layouts.own_results import EXPORT_COLUMN

USERNAME, EMAIL, IDNUMBER = "username", "email", "idnumber"
FIRST, LAST, FULL = "firstname", "lastname", "fullname"
"""The first two where the site tells everybody's names in parts, else the last one alone."""
ROLE, CONTEXT = "role shortname", "context"
"""The address of the place, which is read as exactly this place again."""
PLACE, GIVEN, SINCE, ENROLMENT = "place", "given by", "since", "enrolment"
DECISION = "decision"
"""What is to become of a row, in an export for a review; written empty."""
BY_HAND = "by hand"
"""In `given by`: nobody but a person gave it, directly or with a manual enrolment."""
NOT_TOLD = "unknown"
"""In `given by` and `enrolment`: nobody could look."""
KEEP, REMOVE = "keep", "remove"
"""Decisions; a day (2026-12-31) is the third: until then."""

_PLUGINS = {
    "enrol_category": "category enrolment",
    "enrol_cohort": "cohort sync",
    "enrol_database": "external database",
    "enrol_fee": "enrolment on payment",
    "enrol_flatfile": "flat file",
    "enrol_imsenterprise": "IMS Enterprise file",
    "enrol_ldap": "LDAP enrolments",
    "enrol_lti": "LTI tool",
    "enrol_meta": "course meta link",
    "enrol_paypal": "PayPal",
    "enrol_self": "self enrolment",
}
"""Moodle's plugins that give roles, as its pages call them in English."""
_GIVER = re.compile(r".*\(([a-z][a-z0-9]*_[a-z0-9_]+)(?:, ([1-9][0-9]*))?\)")


def given_by(plugin: str, item: int) -> str:
    """Write who gives a role: `by hand`, or `cohort sync (enrol_cohort, 17)`: words, component and item id."""
    if not plugin:
        return BY_HAND
    return f"{_PLUGINS.get(plugin, 'plugin')} ({plugin}{f', {item}' if item else ''})"


def giver(text: str) -> tuple[str, int] | None:
    """Read it back as component and item id, `("", 0)` for by hand; None where it is not known."""
    if text == BY_HAND:
        return "", 0
    found = _GIVER.fullmatch(text)
    return (found[1], int(found[2] or 0)) if found else None


@dataclass(frozen=True)
class Scope:
    """What of a site is exported, in the words of the flags: of several words of a kind any, of several kinds all."""

    roles: Sequence[str] = ()
    contexts: Sequence[str] = ()
    """Exactly these places."""
    below: Sequence[str] = ()
    """Categories, each with everything in it."""
    users: Sequence[str] = ()
    """User names, or `email=…`, `idnumber=…`, `id=…`."""

    def __bool__(self) -> bool:
        return any((self.roles, self.contexts, self.below, self.users))


_KEYS = {"role": "roles", "context": "contexts", "below": "below", "user": "users"}
REPORTS, COURSES = "reports", "courses"
"""What an export was read from: the site's reports, so that it is complete; or the lists of courses."""


@dataclass(frozen=True)
class About:
    """What an export is of."""

    site: str
    """The site's address, as it says itself where it does."""
    name: str
    """The site's name; empty where it does not say it."""
    moment: datetime
    """When reading began, in UTC, to the second."""
    source: str
    """`REPORTS` or `COURSES`."""
    scope: Scope = field(default_factory=Scope)

    @property
    def header(self) -> str:
        """Write it as the header of the last column."""
        said = [("name", self.name), ("from", self.source)]
        said += [(key, word) for key, kind in _KEYS.items() for word in getattr(self.scope, kind)]
        moment = self.moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        words = [f"{key}={quote(value, safe='=:/@,.')}" for key, value in said]
        return " ".join([EXPORT_COLUMN, quote(self.site, safe=":/"), moment, *words])

    @property
    def id(self) -> str:
        """Give what stands in every row: a letter and digits that no spreadsheet takes for a number."""
        return f"x{hashlib.sha256(self.header.encode()).hexdigest()[:10]}"

    @classmethod
    def read(cls, header: str) -> Self | None:
        """Read it back; None for the header of another column, or one that was changed."""
        first, *words = header.split() or [""]
        if first != EXPORT_COLUMN or len(words) < 2:
            return None
        site, moment, *said = words
        found: dict[str, list[str]] = {}
        for word in said:
            key, _, value = word.partition("=")
            found.setdefault(key, []).append(unquote(value))
        try:
            when = datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            return None
        scope = Scope(**{kind: tuple(found.get(key, ())) for key, kind in _KEYS.items()})
        about = cls(
            unquote(site), "".join(found.get("name", ())), when, "".join(found.get("from", ())), scope
        )
        return about if about.header == header else None
