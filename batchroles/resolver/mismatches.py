"""What is said of a line whose columns contradict each other, or that fills none of them."""

from collections.abc import Callable
from dataclasses import dataclass

from batchroles.models import Code, ContextRef, Problem, RoleRef, UserRef
from batchroles.resolver.user_problems import SINGULAR

Ref = UserRef | RoleRef | ContextRef


@dataclass(frozen=True, slots=True)
class Side:
    """One of two cells that lead to different things."""

    source: str
    """The header of its column."""
    ref: Ref
    id: int


@dataclass(frozen=True)
class Kind:
    """What users, roles and contexts have of their own when columns are merged."""

    missing: Problem
    """For a line that fills none of the columns."""
    mismatch: Callable[[Side, Side], Problem]
    """For two filled columns that do not lead to the same."""


def _start(text: str) -> str:
    return text[0].upper() + text[1:]


def _users(one: Side, other: Side) -> Problem:
    return Problem(
        Code.USER_MISMATCH,
        f"{_start(_user(one))}, but {_user(other)}.",
        "Correct one of them, or leave it blank: both must name the same person.",
        other.source,
        other.ref.value,
    )


def _user(side: Side) -> str:
    what = SINGULAR[side.ref.by] if isinstance(side.ref, UserRef) else "user"
    return f'{what} "{side.ref.value}" is the user with id {side.id}'


def _contexts(one: Side, other: Side) -> Problem:
    return Problem(
        Code.CONTEXT_MISMATCH,
        f"{_start(_context(one))} and {_context(other)} are two contexts.",
        "Leave one of the two blank: a row is about one context.",
        other.source,
        other.ref.value,
    )


def _context(side: Side) -> str:
    level = side.ref.level if isinstance(side.ref, ContextRef) else "context"
    return f'{level} "{side.ref.value}" ({level} id {side.id})' if side.ref.value else f"the {level}"


def _roles(one: Side, other: Side) -> Problem:
    return Problem(
        Code.CONFLICT,
        f'Role "{one.ref.value}" has id {one.id}, but role "{other.ref.value}" has id {other.id}.',
        "Leave one of the two blank: a row is about one role.",
        other.source,
        other.ref.value,
    )


def _missing(what: str) -> Problem:
    return Problem(Code.MISSING_VALUE, f"The row names no {what}.", f"Fill in the {what}.")


USERS = Kind(_missing("user"), _users)
ROLES = Kind(_missing("role"), _roles)
CONTEXTS = Kind(_missing("context"), _contexts)
