"""What a line may do to a site: a small closed set of values, each with everything that follows from it.

Whoever needs to know something of a change asks it; nobody compares it with another to find out. A further change is a
further value here: its web service function needs an entry in `client/functions.py` and in `client/shapes.py` too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from batchroles.models.levels import Level
from batchroles.models.words import Status


class Cause(Enum):
    """What a refusal depends on."""

    USER = "user"
    PAIR = "pair"
    ROW = "row"
    CLASH = "clash"
    """Of no row: other changes were in the way, again and again."""


CallRow = tuple[int, int, str, int]
"""(user id, role id, level, instance id) of one row of a call."""
Dates = tuple[int, int]
"""From when until when a row of a call counts, in seconds since 1970; `NO_DATE` for at once, and without an end."""

DATES = ("timestart", "timeend")
"""The form fields of a row's start and end."""
NO_DATE = 0
"""In place of a start or an end, here and in Moodle: at once, and without an end."""

CLASHES = {
    "dmlwriteexception": "the site's database refused to write",
    "dmltransactionexception": "the site's database broke off",
    "dml_transaction_exception": "the site's database broke off",
    "dmlreadexception": "the site's database refused to read",
}
"""Error code → clause. Two changes were in each other's way (a deadlock), and this one was rolled back whole: that says
nothing about its rows, which are to be sent again after a moment. After several attempts it is a refusal."""


@dataclass(frozen=True, eq=False)
class Change:
    """One of the things that a line may ask for. There is one object of each."""

    word: str
    """As flags, files, journals and outputs write it."""
    asked_by: tuple[str, ...]
    """The words of an action column that ask for it, in lower case."""
    preposition: str
    """`to` or `from`: between the role and the user, in words."""
    function: str
    """The web service function that does it."""
    list_name: str
    """The function's one parameter: a list of rows."""
    places: Mapping[Level, tuple[str, ...]]
    """The form fields of a row beside `userid` and `roleid`, by the levels at which it can be done: one for the
    instance, or one for the level and one for the instance."""
    done: Status
    """What a row ends as when Moodle confirmed the call that carried it."""
    tells: str
    """What becomes of a user, as the end of a sentence: of `{role}` in `{place}`."""
    inverse_word: str
    gives: bool
    """Whether the user has the role there afterwards, or may use the course: what is wanted is more, not less."""
    turn: int
    """Changes of a later turn wait until those of the earlier ones have an end."""
    causes: Mapping[str, Cause]
    """What a refusal depends on, by Moodle's error code; any other code is `Cause.ROW`."""
    shown_by_roles: bool
    """Whether the roles that a user has in a course show if it is so: `gives` says which way."""
    can_be_probed: bool
    """Whether the function makes every check of a row before it looks at the user, so that a row of a user who cannot
    exist tells what it would say of the others."""
    of_enrolment: bool = False
    """Whether it is about the user's enrolment in a course, which has roles; else about a role alone."""
    about_role: bool = True
    """Whether it is another change with another role. An enrolment ends, say, for all roles at once."""
    names_role: bool = True
    """Whether a row has to name the role; else it may."""
    sends_role: bool = True
    """Whether the role goes into the call."""
    takes_dates: bool = False
    """Whether a row may say from when and until when."""
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Form fields that are the same in every row."""
    against: tuple[str, ...] = ()
    """The words of further changes that it contradicts, beside its inverse."""

    def __str__(self) -> str:
        return self.word

    @property
    def inverse(self) -> "Change":
        """The change that takes this one back."""
        return CHANGES[self.inverse_word]

    def contradicts(self, other: "Change") -> bool:
        """Whether the two cannot both be meant for one user and place, and one role where both are about a role."""
        return other is self.inverse or other.word in self.against or self.word in other.against

    def possible_at(self, level: Level) -> bool:
        """Whether it can be asked for in such a place."""
        return level in self.places

    def cause(self, errorcode: str) -> Cause:
        """Give what a refusal depends on."""
        return self.causes.get(errorcode, Cause.ROW)

    def variables(self, level: Level) -> int:
        """Give the form variables that a row costs, of which PHP takes `max_input_vars` a call."""
        dates = len(DATES) if self.takes_dates else 0
        return 1 + self.sends_role + len(self.places[level]) + len(self.fixed) + dates


# Cases `assign-user-unknown`; `assign-matrix-observer`; `assign-prohibited-course`; `assign-limited-outside-course`.
# Where the context is wrong it is `invalidparameter` as well (case `assign-course-unknown`).
_ROLE_CAUSES = {
    "codingerror": Cause.USER,
    "invalidparameter": Cause.PAIR,
    "nopermissions": Cause.PAIR,
    "requireloginerror": Cause.PAIR,
    **dict.fromkeys(CLASHES, Cause.CLASH),
}
_ROLE_PLACES = {
    level: ("contextid",) if level.facts.sent_by_context_id else ("contextlevel", "instanceid")
    for level in Level
}

ASSIGN = Change(
    word="assign",
    asked_by=("assign", "add"),
    preposition="to",
    function="core_role_assign_roles",
    list_name="assignments",
    places=_ROLE_PLACES,
    done=Status.ASSIGNED,
    tells="becomes {role} in {place}",
    inverse_word="unassign",
    gives=True,
    turn=0,
    causes=_ROLE_CAUSES,
    shown_by_roles=True,
    can_be_probed=True,
)
UNASSIGN = Change(
    word="unassign",
    asked_by=("unassign", "remove", "del", "delete"),
    preposition="from",
    function="core_role_unassign_roles",
    list_name="unassignments",
    places=_ROLE_PLACES,
    done=Status.UNASSIGNED,
    tells="is no longer {role} in {place}",
    inverse_word="assign",
    gives=False,
    # Whoever stops halfway then leaves people with a role too many, not without one.
    turn=1,
    causes=_ROLE_CAUSES,
    shown_by_roles=True,
    can_be_probed=True,
)

# Each is about the user (`en-user-unconfirmed`, `en-user-deleted`, `en-user-guest`, `en-user-unknown-45`; a 4.3 says
# `codingerror`, case `enrol-user-unknown`), or about role and course (`en-role-unassignable`, `en-no-instance`,
# `en-no-cap`, `en-weak`). What a 5.1 calls `invalidrecordunknown` may be user or course: the row (`un-unknown`).
_ENROLMENT_CAUSES = {
    **dict.fromkeys(
        ("usernotconfirmed", "userdeleted", "guestsarenotallowed", "invaliduser", "codingerror"), Cause.USER
    ),
    **dict.fromkeys(
        ("wsusercannotassign", "wsnoinstance", "wscannotenrol", "wscannotunenrol", "nopermissions"),
        Cause.PAIR,
    ),
    "requireloginerror": Cause.PAIR,
    **dict.fromkeys(CLASHES, Cause.CLASH),
}
_IN_COURSES = {Level.COURSE: ("courseid",)}

ENROL = Change(
    word="enrol",
    asked_by=("enrol", "enroll"),
    preposition="to",
    function="enrol_manual_enrol_users",
    list_name="enrolments",
    places=_IN_COURSES,
    done=Status.ENROLLED,
    tells="is enrolled in {place} as {role}",
    inverse_word="unenrol",
    gives=True,
    turn=0,
    causes=_ENROLMENT_CAUSES,
    shown_by_roles=True,
    can_be_probed=False,
    of_enrolment=True,
    takes_dates=True,
    against=("unassign", "suspend"),
)
UNENROL = Change(
    word="unenrol",
    asked_by=("unenrol", "unenroll"),
    preposition="from",
    function="enrol_manual_unenrol_users",
    list_name="enrolments",
    places=_IN_COURSES,
    done=Status.UNENROLLED,
    tells="is unenrolled from {place}",
    inverse_word="enrol",
    gives=False,
    turn=1,
    causes=_ENROLMENT_CAUSES,
    shown_by_roles=True,
    can_be_probed=False,
    of_enrolment=True,
    about_role=False,
    names_role=False,
    # A 5.1 refuses the whole call where one row has a role, a 4.5 ignores it (cases `un-roleid`, `un-roleid-45`).
    sends_role=False,
    # With the enrolment go all roles in the course, whoever gave them (case `un-good`).
    against=("assign", "suspend", "reactivate"),
)
# Moodle has no function for it: who is enrolled already is given the role, and the enrolment takes the status and the
# dates of the row, none where it has none (cases `en-again-suspend-45`, `en-again-dates`).
SUSPEND = Change(
    word="suspend",
    asked_by=("suspend",),
    preposition="to",
    function="enrol_manual_enrol_users",
    list_name="enrolments",
    places=_IN_COURSES,
    done=Status.SUSPENDED,
    tells="is suspended in {place}",
    inverse_word="reactivate",
    gives=False,
    turn=1,
    causes=_ENROLMENT_CAUSES,
    shown_by_roles=True,
    can_be_probed=False,
    of_enrolment=True,
    about_role=False,
    names_role=False,
    takes_dates=True,
    fixed={"suspend": "1"},
)
REACTIVATE = replace(
    SUSPEND,
    word="reactivate",
    asked_by=("reactivate",),
    done=Status.REACTIVATED,
    tells="is let into {place} again",
    inverse_word="suspend",
    gives=True,
    turn=0,
    fixed={"suspend": "0"},
)

CHANGES: dict[str, Change] = {
    change.word: change for change in (ASSIGN, UNASSIGN, ENROL, UNENROL, SUSPEND, REACTIVATE)
}
"""Every change, by its word. Where a column holds changes, their codes are the places in here."""


def changes() -> list[Change]:
    """Give every change in the order of its code."""
    return list(CHANGES.values())
