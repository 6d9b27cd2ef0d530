"""What is known of a user's enrolment in a course."""

from enum import IntEnum


class Enrolment(IntEnum):
    """What was read of a user in a course; the numbers are those in a run's journal."""

    NOT_READ = -1
    """Nobody could look, or nobody looked."""
    NONE = 0
    """Not enrolled, and without any role there."""
    ROLE_ONLY = 1
    """Not enrolled, though with a role there: unenrolling would take it away with what was given since."""
    INACTIVE = 2
    """Enrolled by one method or several, all of them suspended or out of their dates."""
    ACTIVE = 3
    """Enrolled, and let in."""
    UNTOLD = 4
    """Enrolled; whether the user is let in shows only with moodle/course:enrolreview (case `enrolled-onlyactive`)."""


OUTSIDE = (Enrolment.NONE, Enrolment.ROLE_ONLY)
"""What is known of somebody who is surely not enrolled."""
INSIDE = (Enrolment.INACTIVE, Enrolment.ACTIVE, Enrolment.UNTOLD)
"""What is known of somebody who surely is."""
