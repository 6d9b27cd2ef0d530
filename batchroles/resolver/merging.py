"""What was found for distinct references, put back into the lines: by codes, never line by line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from batchroles.models import Code, ContextRef, Problem, UserRef
from batchroles.models.plan import LEVELS
from batchroles.resolver.ids import Found
from batchroles.resolver.user_problems import SINGULAR

Ints = npt.NDArray[np.int64]
NONE = -1


@dataclass(frozen=True)
class Column:
    """One column of references: the code of each line, and what each code stands for."""

    source: str
    """The header that it came from."""
    codes: Ints
    """-1 where the line has none."""
    refs: Sequence[Any]

    @classmethod
    def of(cls, lines: pd.DataFrame, name: str, source: str) -> "Column":
        """Read a categorical column of references."""
        values = lines[name].cat
        return cls(source, values.codes.to_numpy().astype("int64"), list(values.categories))

    def used(self, chosen: npt.NDArray[np.bool_]) -> set[Any]:
        """Give the references of some lines."""
        codes = np.unique(self.codes[chosen])
        return {self.refs[code] for code in codes.tolist() if code != NONE}


class Problems:
    """The list of problems, to which equal ones are added once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.all = list(problems)
        self._numbers = {problem: number for number, problem in reversed(list(enumerate(self.all)))}

    def number(self, problem: Problem) -> int:
        """Give the index of a problem, adding it if it is new."""
        if problem not in self._numbers:
            self._numbers[problem] = len(self.all)
            self.all.append(problem)
        return self._numbers[problem]


@dataclass(frozen=True)
class Merged:
    """What several columns of one kind come to, line by line."""

    ids: Ints
    """0 where it is not known."""
    problem: Ints
    """-1 where there is none."""
    levels: Ints
    """Codes of context levels, -1 where there is none; meaningful for contexts only."""


@dataclass(frozen=True)
class Kind:
    """How the columns of one kind are merged."""

    missing: Problem
    """For a line that fills none of the columns."""
    mismatch: Callable[[Column, int, Column, int, int, int], Problem]
    """For two filled columns that do not lead to the same: columns, codes and ids of both sides."""


def merge(
    columns: Sequence[Column],
    found: Mapping[Any, Found],
    kind: Kind,
    problems: Problems,
    chosen: npt.NDArray[np.bool_],
) -> Merged:
    """Let each chosen line take what its filled columns lead to, which must be the same for all of them."""
    length = len(chosen)
    merged = Merged(np.zeros(length, "int64"), np.full(length, NONE), np.full(length, NONE))
    first = np.full(length, NONE)
    codes = np.full(length, NONE)
    for number, column in enumerate(columns):
        ids, own, levels = _by_line(column, found, problems)
        filled = chosen & (column.codes != NONE)
        fresh = filled & (first == NONE)
        _mark(merged.problem, own, filled)
        both = filled & ~fresh & (merged.problem == NONE)
        differing = both & ((ids != merged.ids) | (levels != merged.levels))
        _mismatches(merged, columns, first, codes, column, ids, differing, kind, problems)
        for target, source in ((merged.ids, ids), (merged.levels, levels), (codes, column.codes)):
            target[fresh] = source[fresh]
        first[fresh] = number
    empty = chosen & (first == NONE)
    if empty.any():
        merged.problem[empty] = problems.number(kind.missing)
    return merged


def _by_line(column: Column, found: Mapping[Any, Found], problems: Problems) -> tuple[Ints, Ints, Ints]:
    """Give each line's id, problem and level from one column."""
    # One entry more, for the code -1 of a blank cell.
    size = len(column.refs) + 1
    ids, own, levels = np.zeros(size, "int64"), np.full(size, NONE), np.full(size, NONE)
    for code, ref in enumerate(column.refs):
        result = found.get(ref)
        if isinstance(result, Problem):
            own[code] = problems.number(replace(result, column=column.source))
        elif result is not None:
            ids[code] = result
        if isinstance(ref, ContextRef):
            levels[code] = LEVELS.categories.get_loc(str(ref.level))
    return ids[column.codes], own[column.codes], levels[column.codes]


def _mark(problem: Ints, own: Ints, filled: npt.NDArray[np.bool_]) -> None:
    """Give lines without a problem the one of this column."""
    fresh = filled & (problem == NONE)
    problem[fresh] = own[fresh]


def _mismatches(
    merged: Merged,
    columns: Sequence[Column],
    first: Ints,
    codes: Ints,
    column: Column,
    ids: Ints,
    differing: npt.NDArray[np.bool_],
    kind: Kind,
    problems: Problems,
) -> None:
    """Give lines whose two columns disagree a problem, one per distinct pair."""
    lines = np.flatnonzero(differing)
    if not len(lines):
        return
    sides = np.stack([first[lines], codes[lines], column.codes[lines], merged.ids[lines], ids[lines]], axis=1)
    pairs, which = np.unique(sides, axis=0, return_inverse=True)
    numbers = [
        problems.number(kind.mismatch(columns[one], code, column, other, id_, other_id))
        for one, code, other, id_, other_id in pairs.tolist()
    ]
    merged.problem[lines] = np.asarray(numbers)[which.reshape(-1)]


def _users_differ(one: Column, code: int, other: Column, other_code: int, id_: int, other_id: int) -> Problem:
    left, right = one.refs[code], other.refs[other_code]
    return Problem(
        Code.USER_MISMATCH,
        f"{_user(left)} is the user with id {id_}, but {_user(right)} is the user with id {other_id}",
        "Correct one of them, or leave it blank: both must name the same person",
        other.source,
        right.value,
    )


def _contexts_differ(
    one: Column, code: int, other: Column, other_code: int, id_: int, other_id: int
) -> Problem:
    left, right = one.refs[code], other.refs[other_code]
    return Problem(
        Code.CONTEXT_MISMATCH,
        f"{_context(left)} ({left.level} id {id_}) and {_context(right)} ({right.level} id {other_id}) are two"
        " contexts",
        "Leave one of the two blank: a row is about one context",
        other.source,
        right.value,
    )


def _roles_differ(one: Column, code: int, other: Column, other_code: int, id_: int, other_id: int) -> Problem:
    left, right = one.refs[code], other.refs[other_code]
    return Problem(
        Code.CONFLICT,
        f"role “{left.value}” has id {id_}, but role “{right.value}” has id {other_id}",
        "Leave one of the two blank: a row is about one role",
        other.source,
        right.value,
    )


def _user(ref: UserRef) -> str:
    return f"{SINGULAR[ref.by]} “{ref.value}”"


def _context(ref: ContextRef) -> str:
    return f"{ref.level} “{ref.value}”" if ref.value else str(ref.level)


def _missing(what: str) -> Problem:
    return Problem(Code.MISSING_VALUE, f"no {what} in this row", f"Fill in the {what}")


USERS = Kind(_missing("user"), _users_differ)
ROLES = Kind(_missing("role"), _roles_differ)
CONTEXTS = Kind(_missing("context"), _contexts_differ)
