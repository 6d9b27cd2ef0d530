"""Moodle's refusals in words for the person who made the spreadsheet."""

from batchroles.errors import CallRefused
from batchroles.models import Cause, Code, Problem

_PERMISSION = (
    "Ask an administrator: the token's user needs moodle/role:assign there, and access to the course"
    " (moodle/course:view, and moodle/course:viewhiddencourses if it is hidden)."
)
_ASSIGNABLE = (
    "If the file names the place or the role by its id, check that it exists. Otherwise ask an administrator: in"
    " Define roles, the role must have this kind of place ticked as a context type, and in Allow role assignments the"
    " token's role must be allowed to assign it."
)

NO_ANSWER = Problem(
    code=Code.NO_ANSWER,
    reason="The row was sent and no answer came: it may or may not have been done.",
    fix="Run batchroles apply on this run again: it is sent again, which is harmless.",
)
STOPPED = Problem(
    code=Code.STOPPED,
    reason="The run stopped before this row's turn; it was not sent.",
    fix="Run batchroles apply on this run again: it goes on where it stopped.",
)


def explain(refusal: CallRefused, cause: Cause, userid: int = 0, absent: str = "") -> Problem:
    """Say what a refused row's user can do about it; Moodle's own words and error code are quoted.

    `absent`: the place, where it was looked for and not found.
    """
    said = f'Moodle says "{refusal.message}" ({refusal.errorcode})'
    if refusal.debuginfo:
        said += f" [{refusal.debuginfo}]"
    if cause is Cause.USER:
        return Problem(
            code=Code.USER_NOT_FOUND,
            reason=f"There is no user with the id {userid}, or the account was deleted. {said}.",
            fix="Check the user in Moodle; if the account was deleted since, make it anew and run the row again.",
        )
    if absent or refusal.absent:
        return Problem(
            code=Code.CONTEXT_NOT_FOUND,
            reason=f"There is no {absent or refusal.absent}, or it is not visible to this token. {said}.",
            fix="Check the id: Moodle shows it in the address of the place's own page.",
        )
    if refusal.errorcode == AMBIGUOUS:
        return Problem(
            code=Code.ROLE_NOT_ASSIGNABLE,
            reason=f"This role cannot be assigned in this place, or one of the two does not exist. {said}.",
            fix=_ASSIGNABLE,
        )
    if cause is Cause.CLASH:
        return Problem(
            code=Code.REFUSED,
            reason=f"The site's database did not take this row, however often it was sent. {said}.",
            fix="Run batchroles retry on this run when less is going on there; if it stays so, show an administrator"
            " these words.",
        )
    if cause is Cause.PAIR:
        return Problem(
            code=Code.NO_PERMISSION, reason=f"The token may not assign roles here. {said}.", fix=_PERMISSION
        )
    return Problem(
        code=Code.REFUSED,
        reason=f"Moodle refused this row. {said}.",
        fix="Show an administrator these words.",
    )


AMBIGUOUS = "invalidparameter"
"""The error code of a place that does not exist, of a role that does not, and of one that may not be given there (cases
`assign-course-unknown`, `assign-roleid-unknown`, `assign-level-student-category`, `assign-matrix-observer`)."""
