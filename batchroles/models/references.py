"""Users, roles and contexts as a file names them, before they are looked up.

A reference is hashable and compares by value: the distinct references of a file are what is looked up.
"""

from dataclasses import dataclass
from typing import Literal

from batchroles.models.words import Level

UserKey = Literal["username", "email", "idnumber", "id"]
RoleKey = Literal["word", "shortname", "id"]
ContextKey = Literal["id", "shortname", "idnumber", "name", "username", ""]


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
    """A context: its level, and its instance by one of the level's keys.

    | level       | keys                            | value                                        |
    |-------------|---------------------------------|----------------------------------------------|
    | `system`    | ``                              | empty                                        |
    | `user`      | `username`, `id`                | user name or user id                         |
    | `coursecat` | `idnumber`, `name`, `id`        | name: `Science / Physics` is a path          |
    | `course`    | `shortname`, `idnumber`, `id`   |                                              |
    | `module`    | `id`, `idnumber`                | course-module id (cmid) or its ID number     |
    | `block`     | `id`                            | block instance id                            |
    | `context`   | `id`                            | context id                                   |
    """

    level: Level
    by: ContextKey
    value: str
