"""Users, roles and contexts as a file names them, before they are looked up.

A reference is hashable and compares by value: the distinct references of a file are what is looked up.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from batchroles.models.levels import ContextKey, Level

UserKey = Literal["username", "email", "idnumber", "id"]
RoleKey = Literal["word", "shortname", "id"]


@dataclass(frozen=True, slots=True, order=True)
class UserRef:
    """A user by one of Moodle's fields. The value is trimmed text; for `id`, plain decimal digits."""

    by: UserKey
    value: str


@dataclass(frozen=True, slots=True, order=True)
class RoleRef:
    """A role by short name, by id, or by a word that may be a short name, a name or an id."""

    by: RoleKey
    value: str


@dataclass(frozen=True, slots=True, order=True)
class ContextRef:
    """A context: its level, and its instance by one of the level's keys (`Level.facts`).

    The value is a name or an id as text: of a category's `name` a path (`Science / Physics`), empty at level `system`.
    """

    level: Level
    by: ContextKey
    value: str


@dataclass(frozen=True, slots=True, order=True)
class PersonName:
    """How a file names a person beside what Moodle knows them by: compared, never looked up."""

    first: str = ""
    last: str = ""
    full: str = ""
    """The whole name in one text, in either order, where the file has it so."""

    def __str__(self) -> str:
        return self.full or " ".join(part for part in (self.first, self.last) if part)


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A point in time as a file writes it."""

    seconds: int
    """Since 1970: as UTC has it, or where no zone is written as a clock that shows the same there. 0 for none."""
    zoned: bool
    """Whether the file says itself which moment it is."""
    whole_day: bool
    """Whether no time of day is written: a start is then the day's beginning, and an end its end."""


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """For how many days an enrolment counts; 0 for no end."""

    count: int


@dataclass(frozen=True, slots=True, order=True)
class Participation:
    """Whether an enrolment is suspended."""

    suspended: bool


# Bounded: int() refuses texts of more than 4,300 digits with an error of its own.
_ID = re.compile(r"[1-9][0-9]{0,18}")
_LARGEST = 2**63 - 1


def is_id(text: str) -> bool:
    """Whether the text is a whole number from 1 to 2⁶³-1 in plain digits, without signs or zeros in front."""
    return _ID.fullmatch(text) is not None and int(text) <= _LARGEST


RoleMap = Mapping[str, str | int]
"""A site's own words for roles → a short name or an id."""
