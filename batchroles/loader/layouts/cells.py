"""The text of one cell → a reference, or what is wrong with it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from batchroles.loader.layouts.meanings import listed
from batchroles.models import Change, Code, ContextRef, RoleRef, UserRef, languages
from batchroles.models.changes import CHANGES, changes
from batchroles.models.references import Days, Moment, Participation, UserKey, is_id


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a cell: a sentence, and what to do."""

    reason: str
    fix: str
    code: Code = Code.BAD_VALUE
    suggestions: tuple[str, ...] = ()
    """What the cell may mean: see `Problem`."""


Reference = UserRef | RoleRef | ContextRef | Change | Moment | Days | Participation
Read = Callable[[str], Reference | Fault]
"""Reads the cleaned text of a cell that is not blank."""


def plain_id(text: str, of_what: str) -> str | Fault:
    """Return the text if it is a whole number from 1 to 2⁶³-1 in plain digits."""
    if is_id(text):
        return text
    trailing = re.fullmatch(r"([1-9][0-9]{0,17})\.0+", text)
    fix = (
        f"Write {trailing[1]}."
        if trailing
        else "Write the number in plain digits, without signs, zeros in front or spaces."
    )
    suggested = (trailing[1],) if trailing else ()
    return Fault(
        f'"{text}" is not {of_what} id, which is a whole number from 1 up.', fix, suggestions=suggested
    )


def user_reader(by: str) -> Read:
    """Return how a cell of a user column is read; `by` is one of `UserRef`'s keys.

    User names are made lower case, as Moodle keeps them: it refuses a look-up with capitals (case
    `ubf-username-upper-among-good`).
    """
    if by == "username":
        return lambda text: UserRef("username", text.lower())
    if by == "email":
        return lambda text: UserRef("email", text)
    if by == "idnumber":
        return lambda text: UserRef("idnumber", text)
    return _user_by_id


def _user_by_id(text: str) -> UserRef | Fault:
    number = plain_id(text, "a user")
    return number if isinstance(number, Fault) else UserRef("id", number)


def role_reader(by: str) -> Read:
    """Return how a cell of a role column is read: by `word`, by `shortname`, by `id`, or `shortname or id`."""
    if by == "word":
        return lambda text: RoleRef("word", text)
    if by == "shortname":
        return lambda text: RoleRef("shortname", text)
    if by == "shortname or id":
        return lambda text: RoleRef("id" if is_id(text) else "shortname", text)
    return _role_by_id


def _role_by_id(text: str) -> RoleRef | Fault:
    number = plain_id(text, "a role")
    return number if isinstance(number, Fault) else RoleRef("id", number)


def read_change(text: str) -> Change | Fault:
    """Return what a word of an action column asks for, in whichever language."""
    word = text.casefold()
    for change in changes():
        if word in change.asked_by:
            return change
    if len(meant := foreign_changes(text)) == 1:
        return meant[0]
    words = ", or ".join(listed(change.asked_by, "or") for change in changes())
    if meant:
        several = listed([f'"{change}"' for change in meant], "or")
        suggested = tuple(change.word for change in meant)
        return Fault(f'"{text}" may mean {several}.', f"Write {words}.", suggestions=suggested)
    every = tuple(change.word for change in changes())
    return Fault(f'"{text}" is not an action.', f"Write {words}.", suggestions=every)


def foreign_changes(text: str) -> list[Change]:
    """Return what a word may ask for in other languages; nothing for a word that is ours."""
    word = text.casefold()
    if any(word in change.asked_by for change in changes()):
        return []
    return [CHANGES[name] for name in languages.words().changes.get(languages.folded(text), {})]


USER_KEYS: tuple[str, ...] = get_args(UserKey)
