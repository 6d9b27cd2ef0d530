"""Moodle's context levels, and everything that is known of each, in one table.

A new level is a member of `Level`, a row of `_FACTS`, and where its instances have names a look-up in the validator.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

ContextKey = Literal["id", "shortname", "idnumber", "name", "username", "email", ""]
LookUp = Literal["users", "categories", "courses", "activities"]

SITE_HOME = 1
"""The id of the course that is the site's front page: everybody counts as enrolled there, mostly without a role."""


class Level(StrEnum):
    """Moodle's context levels, as `core_role_assign_roles` spells them, and a context named by its own id."""

    SYSTEM = "system"
    USER = "user"
    COURSECAT = "coursecat"
    COURSE = "course"
    MODULE = "module"
    BLOCK = "block"
    CONTEXT = "context"
    """Ours: the instance id is Moodle's context id, of whatever level."""

    @property
    def facts(self) -> "Facts":
        """What is known of the level."""
        return _FACTS[self]


@dataclass(frozen=True)
class Facts:
    """One row of the table: how a level is spelled, looked up, sent and spoken of."""

    called: str
    """What people call an instance: `category`."""
    place: str
    """The same as a place in which somebody has a role: `a category`."""
    where: str
    """How a sentence goes on to its name: `in category`."""
    words: tuple[str, ...]
    """What a file may write for the level: Moodle's own word first, then what its pages show in English."""
    keys: tuple[ContextKey, ...] = ()
    """What an instance may be named by, the one that is meant where none is written first; none where there is only
    one instance."""
    examples: tuple[str, ...] = ()
    """How a `context` cell may name an instance, as people are told it."""
    headers: Mapping[str, ContextKey] = field(default_factory=dict)
    """Headers of columns that hold instances of this level, and by which key; people are told the first for each."""
    reference: ContextKey = "id"
    """The key that a `reference` column holds beside a `contextlevel` column."""
    datahub: ContextKey | None = None
    """The key that the Datahub plugin names an instance by; None where it does not know the level."""
    id_of: str = ""
    """What the id is an id of, where people call that otherwise than the instance."""
    look_up: LookUp | None = None
    """Where the site is asked for an instance; None where no web service tells whether there is one."""
    roles_shown: bool = False
    """Whether Moodle's web services show who has which role there."""
    sent_by_context_id: bool = False
    """Whether a call names the place by its context id, in one variable, instead of by level and instance id."""

    @property
    def named_id(self) -> str:
        """What an id is an id of: `course-module`."""
        return self.id_of or self.called


_FACTS: Mapping[Level, Facts] = {
    Level.SYSTEM: Facts(
        "system", "the whole site", "in the whole system", ("system",), examples=("system",), datahub=""
    ),
    Level.COURSE: Facts(
        "course",
        "a course",
        "in course",
        ("course",),
        keys=("shortname", "idnumber", "id"),
        examples=("course:SHORTNAME", "course:idnumber=X", "course:id=5"),
        headers={
            "course": "shortname",
            "course shortname": "shortname",
            "course idnumber": "idnumber",
            "courseid": "id",
        },
        reference="shortname",
        datahub="shortname",
        look_up="courses",
        roles_shown=True,
    ),
    Level.COURSECAT: Facts(
        "category",
        "a category",
        "in category",
        ("coursecat", "category", "course category"),
        keys=("idnumber", "name", "id"),
        # A name may be a path, from the top or from any category below it.
        examples=("category:IDNUMBER", "category:id=5", "category:name=Science / Physics"),
        headers={
            "category": "idnumber",
            "category idnumber": "idnumber",
            "category name": "name",
            "categoryid": "id",
        },
        reference="idnumber",
        datahub="name",
        look_up="categories",
    ),
    Level.MODULE: Facts(
        "activity",
        "an activity",
        "in activity module",
        ("module", "activity module", "activity"),
        keys=("id", "idnumber"),
        examples=("module:CMID",),
        headers={"cmid": "id"},
        reference="idnumber",
        id_of="course-module",
        look_up="activities",
    ),
    Level.USER: Facts(
        "user",
        "a user",
        "in the context of user",
        ("user",),
        keys=("username", "email", "idnumber", "id"),
        examples=("user:USERNAME",),
        reference="username",
        datahub="username",
        look_up="users",
    ),
    Level.BLOCK: Facts("block", "a block", "in block", ("block",), keys=("id",), examples=("block:ID",)),
    Level.CONTEXT: Facts(
        "context",
        "a place named by its context id",
        "in context",
        ("context",),
        keys=("id",),
        examples=("context:ID",),
        headers={"contextid": "id"},
        sent_by_context_id=True,
    ),
}
"""In the order in which people are told of them."""

TOLD = tuple(_FACTS)
"""Every level, in the order in which people are told of them."""
BY_CONTEXT_ID = tuple(level for level in Level if level.facts.sent_by_context_id)
"""The levels of places whose own level nobody but Moodle knows."""
MOODLES = tuple(level for level in Level if level not in BY_CONTEXT_ID)
"""The levels that Moodle itself has."""
