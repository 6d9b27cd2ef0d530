"""Moodle's refusals in words for the person who made the spreadsheet."""

from batchroles.client.functions import ENROL, OF_ENROLMENTS, UNENROL
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
    own = None if absent or refusal.absent else _of_enrolment(refusal, said)
    return own or _of_role(refusal, cause, said, userid, absent or refusal.absent)


def _of_role(refusal: CallRefused, cause: Cause, said: str, userid: int, absent: str) -> Problem:
    if cause is Cause.USER:
        return Problem(
            code=Code.USER_NOT_FOUND,
            reason=f"There is no user with the id {userid}, or the account was deleted. {said}.",
            fix="Check the user in Moodle; if the account was deleted since, make it anew and run the row again.",
        )
    if absent:
        return Problem(
            code=Code.CONTEXT_NOT_FOUND,
            reason=f"There is no {absent}, or it is not visible to this token. {said}.",
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


_MAY = {ENROL: "enrol/manual:enrol", UNENROL: "enrol/manual:unenrol"}
"""The permission that a function about enrolments asks for, beside access to the course."""


def _of_enrolment(refusal: CallRefused, said: str) -> Problem | None:
    """Say what a refusal to enrol or unenrol means; None where it means what it does for roles."""
    if refusal.function not in OF_ENROLMENTS:
        return None
    match refusal.errorcode:
        case "wsnoinstance":
            return Problem(
                Code.NO_MANUAL_ENROLMENT,
                f"The course has no manual enrolment, or it is disabled. {said}.",
                "Add or enable Manual enrolments in the course (Participants, Enrolment methods); or assign the role"
                " without enrolling (batchroles assign).",
            )
        case "wsusercannotassign":
            return Problem(
                Code.ROLE_NOT_ASSIGNABLE, f"This role cannot be given in this course. {said}.", _ASSIGNABLE
            )
        case "usernotconfirmed" | "guestsarenotallowed":
            account = "is not confirmed" if refusal.errorcode == "usernotconfirmed" else "is the guest's"
            return Problem(
                Code.REFUSED,
                f"The account {account}, and Moodle changes no enrolment of such a one. {said}.",
                "Confirm the account in Moodle, or remove the row.",
            )
        case "nopermissions" | "requireloginerror":
            return Problem(
                Code.NO_PERMISSION,
                f"The token may not change enrolments in this course. {said}.",
                f"Ask an administrator: the token's user needs {_MAY[refusal.function]} there, and access to the course"
                " (moodle/course:view, and moodle/course:viewhiddencourses if it is hidden).",
            )
        # A 4.3 says the last of an unknown user (case `unenrol-user-unknown`), a 5.1 the first of user or course.
        case "invalidrecordunknown" | "invalidrecord" | "invalidparameter":
            return Problem(
                Code.REFUSED,
                f"The user or the course does not exist. {said}.",
                "If the file names them by id, check the ids.",
            )
    return None


AMBIGUOUS = "invalidparameter"
"""The error code of a place that does not exist, of a role that does not, and of one that may not be given there (cases
`assign-course-unknown`, `assign-roleid-unknown`, `assign-level-student-category`, `assign-matrix-observer`)."""
