"""What is said of users that cannot be told."""

from collections.abc import Sequence

from batchroles.errors import CallRefused
from batchroles.models import Code, Problem
from batchroles.models.references import UserKey
from batchroles.resolver.suggest import did_you_mean

SINGULAR: dict[UserKey, str] = {
    "username": "user name",
    "email": "e-mail address",
    "idnumber": "ID number",
    "id": "user id",
}
PLURAL: dict[UserKey, str] = {
    "username": "user names",
    "email": "e-mail addresses",
    "idnumber": "ID numbers",
    "id": "user ids",
}
_RIGHTS: dict[UserKey, str] = {
    "username": "moodle/user:viewdetails and moodle/user:viewalldetails",
    "email": "moodle/user:viewdetails and moodle/site:viewuseridentity",
    "idnumber": "moodle/user:viewdetails and moodle/user:viewalldetails",
    "id": "moodle/user:viewdetails",
}
"""What the token's user needs to find somebody by a field (seen on a real Moodle 4.3)."""


def _start(by: UserKey) -> str:
    """Give a field's name as a sentence begins with it."""
    return SINGULAR[by][0].upper() + SINGULAR[by][1:]


def not_found(by: UserKey, name: str, meant: str | None = None, zeros_lost: bool = False) -> Problem:
    """Say that a user was not found, and who may be meant."""
    reason = f'{_start(by)} "{name}" not found, or not visible to this token'
    if meant and zeros_lost:
        reason += "."
        fix = f'Write "{meant}" if that is who is meant: the site has this ID number with its leading zeros.'
    else:
        fix = f"Check the spelling; if the account exists, the token's user needs {_RIGHTS[by]}."
        reason += did_you_mean(name, meant)
    return Problem(Code.USER_NOT_FOUND, reason, fix, value=name)


def ambiguous(by: UserKey, name: str, accounts: Sequence[str]) -> Problem:
    """Say that several accounts have the same value."""
    return Problem(
        Code.USER_AMBIGUOUS,
        f'{_start(by)} "{name}" belongs to several accounts: {", ".join(accounts)}.',
        "Name the user by user name or by user id instead.",
        value=name,
    )


def refused(by: UserKey, name: str, refusal: CallRefused) -> Problem:
    """Say that Moodle does not take a value in a look-up."""
    said = f"{refusal.errorcode}: {refusal.debuginfo}" if refusal.debuginfo else refusal.errorcode
    return Problem(
        Code.BAD_VALUE,
        f'"{name}" cannot be a Moodle {SINGULAR[by]} on this site ({said}).',
        f"Correct the {SINGULAR[by]}: blanks, capitals and special characters are the usual reasons.",
        value=name,
    )
