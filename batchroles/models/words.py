"""The closed sets of words: layouts, statuses and problem codes."""

from enum import StrEnum

LAYOUTS = (
    "plain",
    "uploadusers",
    "flatfile",
    "role-assigns",
    "datahub",
    "bulkenrol",
    "oneroster",
    "matrix",
    "sections",
)
"""The accepted layouts of a file, each a module of `loader/layouts`, in the order in which people are told of them."""


class Status(StrEnum):
    """What became of a row: exactly one of these."""

    ASSIGNED = "assigned"
    """Moodle confirmed the call that carried it."""
    UNASSIGNED = "unassigned"
    """Moodle confirmed the call that carried it."""
    ENROLLED = "enrolled"
    """Moodle confirmed the call that carried it: the user is enrolled, with the role."""
    UNENROLLED = "unenrolled"
    """Moodle confirmed the call that carried it."""
    SUSPENDED = "suspended"
    """Moodle confirmed the call that carried it: the enrolment is there and lets nobody in."""
    REACTIVATED = "reactivated"
    """Moodle confirmed the call that carried it."""
    ALREADY = "already"
    """It was so before, seen by reading; nothing was sent."""
    NOT_DUE = "not-due"
    """Its dates say that it is not wanted today; nothing was sent for it."""
    DUPLICATE = "duplicate"
    """The same assignment stands earlier in the file and this row shares its fate."""
    INVALID = "invalid"
    """Never sent: a check or a look-up failed."""
    REFUSED = "refused"
    """Moodle refused it, alone."""
    WITHHELD = "withheld"
    """A guard kept it back: nothing was sent, and nobody has agreed to it yet."""
    UNKNOWN = "unknown"
    """It was sent and no answer could be had."""
    UNSENT = "unsent"
    """The run stopped before its turn."""

    @property
    def done(self) -> bool:
        """Whether a row of this status belongs in the success file (a duplicate: see the row it repeats)."""
        return self in (
            Status.ASSIGNED,
            Status.UNASSIGNED,
            Status.ENROLLED,
            Status.UNENROLLED,
            Status.SUSPENDED,
            Status.REACTIVATED,
            Status.ALREADY,
            Status.NOT_DUE,
        )


class Code(StrEnum):
    """One word for one cause of a row that is not done, or for what is to be known of one that is."""

    MISSING_VALUE = "missing-value"
    BAD_VALUE = "bad-value"
    CONFLICT = "conflict"
    USER_NOT_FOUND = "user-not-found"
    USER_AMBIGUOUS = "user-ambiguous"
    USER_MISMATCH = "user-mismatch"
    NAME_DIFFERS = "name-differs"
    NAME_UNKNOWN = "name-unknown"
    ROLE_UNKNOWN = "role-unknown"
    ROLE_AMBIGUOUS = "role-ambiguous"
    ROLE_NOT_ASSIGNABLE = "role-not-assignable"
    CONTEXT_NOT_FOUND = "context-not-found"
    CONTEXT_AMBIGUOUS = "context-ambiguous"
    CONTEXT_MISMATCH = "context-mismatch"
    HEADING_UNCLEAR = "heading-unclear"
    WRONG_LEVEL = "wrong-level"
    NOT_ENROLLED = "not-enrolled"
    NO_MANUAL_ENROLMENT = "no-manual-enrolment"
    NO_PERMISSION = "no-permission"
    REFUSED = "refused"
    NOT_SEEN = "not-seen"
    STILL_ENROLLED = "still-enrolled"
    HELD_BY_ENROLMENT = "held-by-enrolment"
    PARTLY_REMOVED = "partly-removed"
    NOT_VERIFIED = "not-verified"
    NOT_DUE = "not-due"
    DRIFTED = "drifted"
    OUT_OF_SCOPE = "out-of-scope"
    WITHHELD = "withheld"
    CHANGED = "changed"
    NO_END = "no-end"
    NO_ANSWER = "no-answer"
    STOPPED = "stopped"
