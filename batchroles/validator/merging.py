"""What was found for distinct references, put back into the lines: by codes, never line by line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from batchroles.directory.people_by_field import SINGULAR
from batchroles.models import Code, ContextRef, Problem, RoleRef, UserRef
from batchroles.models.lines import LEVEL_CODES
from batchroles.validator.names import Resolved

Ref = UserRef | RoleRef | ContextRef


@dataclass(frozen=True, slots=True)
class Side:
    """One of two cells that lead to different things."""

    source: str
    """The header of its column."""
    ref: Ref
    id: int


@dataclass(frozen=True)
class Naming:
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


USERS = Naming(_missing("user"), _users)
ROLES = Naming(_missing("role"), _roles)
CONTEXTS = Naming(_missing("context"), _contexts)


Ints = npt.NDArray[np.signedinteger[Any]]
"""Of the narrowest type that serves: a million lines have a dozen such columns."""
Mask = npt.NDArray[np.bool_]
NONE = -1


@dataclass(frozen=True)
class ReferenceColumn:
    """One column of references: the code of each line, and what each code stands for."""

    source: str
    """The header that it came from."""
    codes: Ints
    """-1 where the line has none."""
    refs: Sequence[Any]

    @classmethod
    def of(cls, lines: pd.DataFrame, name: str, source: str) -> Self:
        """Read a categorical column of references."""
        values = lines[name].cat
        return cls(source, values.codes.to_numpy().astype("int32"), list(values.categories))

    def used(self, chosen: Mask) -> set[Any]:
        """Give the references of some lines."""
        # Code -1 is counted at 0 and left out; much faster than sorting a million codes.
        counts = np.bincount(self.codes[chosen] + 1, minlength=1)[1:]
        return {self.refs[code] for code in np.flatnonzero(counts).tolist()}


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


class Merged:
    """What several columns of one kind come to, line by line."""

    def __init__(self, chosen: Mask) -> None:
        self.chosen = chosen
        """The lines that count; nothing is said of the others."""
        self.ids: Ints = np.zeros(len(chosen), "int64")
        """0 where it is not known."""
        self.levels: Ints = np.full(len(chosen), NONE, "int8")
        """Codes of context levels; -1 where there is none, and for users and roles."""
        self.problem: Ints = np.full(len(chosen), NONE, "int32")
        """-1 where there is none."""
        self.column: Ints = np.full(len(chosen), NONE, "int16")
        """The number of the first column that the line fills."""
        self.code: Ints = np.full(len(chosen), NONE, "int32")
        """The code in that column."""


def merge(
    columns: Sequence[ReferenceColumn],
    found: Mapping[Any, Resolved],
    naming: Naming,
    problems: Problems,
    chosen: Mask,
    optional: Mask | None = None,
) -> Merged:
    """Let each chosen line take what its filled columns lead to, which must be the same for all of them.

    `optional`: the lines that may fill none.
    """
    merged = Merged(chosen)
    for number, column in enumerate(columns):
        _add(merged, columns, number, _by_line(column, found, problems), naming, problems)
    empty = chosen & (merged.column == NONE)
    if optional is not None:
        empty &= ~optional
    if empty.any():
        merged.problem[empty] = problems.number(naming.missing)
    return merged


def name_by_part(
    found: Ints, parts: "pd.Series[Any]", headers: Mapping[str, str], problems: Problems
) -> None:
    """Give the problems of lines the header that is their part's own, where they have none; changes `found`."""
    lines = np.flatnonzero(found != NONE)
    pairs = np.stack([found[lines], parts.cat.codes.to_numpy()[lines]], axis=1)
    distinct, which = np.unique(pairs, axis=0, return_inverse=True)
    names = parts.cat.categories.tolist()
    numbers = []
    for number, part in distinct.tolist():
        problem, header = problems.all[number], headers.get(names[part], "")
        numbers.append(number if problem.column else problems.number(replace(problem, column=header)))
    found[lines] = np.array(numbers, "int32")[which.reshape(-1)]


@dataclass(frozen=True)
class _Values:
    """What one column gives each line; meaningless where it is blank."""

    ids: Ints
    levels: Ints
    problem: Ints


def _by_line(column: ReferenceColumn, found: Mapping[Any, Resolved], problems: Problems) -> _Values:
    # One entry more than there are references, for the code -1 of a blank cell.
    size = len(column.refs) + 1
    ids, levels = np.zeros(size, "int64"), np.full(size, NONE, "int8")
    problem = np.full(size, NONE, "int32")
    for code, ref in enumerate(column.refs):
        result = found.get(ref)
        if isinstance(result, Problem):
            problem[code] = problems.number(replace(result, column=column.source))
        elif result is not None:
            ids[code] = result
        if isinstance(ref, ContextRef):
            levels[code] = LEVEL_CODES[ref.level]
    return _Values(ids[column.codes], levels[column.codes], problem[column.codes])


def _add(
    merged: Merged,
    columns: Sequence[ReferenceColumn],
    number: int,
    values: _Values,
    naming: Naming,
    problems: Problems,
) -> None:
    """Take one more column in: it decides where it is the first, and must agree where it is not."""
    codes = columns[number].codes
    filled = merged.chosen & (codes != NONE)
    first = filled & (merged.column == NONE)
    sound = filled & (merged.problem == NONE)
    merged.problem[sound] = values.problem[sound]
    differs = (values.ids != merged.ids) | (values.levels != merged.levels)
    lines = np.flatnonzero(filled & ~first & (merged.problem == NONE) & differs)
    merged.problem[lines] = _mismatches(merged, columns, number, lines, values.ids, naming, problems)
    merged.ids[first], merged.levels[first] = values.ids[first], values.levels[first]
    merged.column[first], merged.code[first] = number, codes[first]


def _mismatches(
    merged: Merged,
    columns: Sequence[ReferenceColumn],
    number: int,
    lines: npt.NDArray[np.intp],
    ids: Ints,
    naming: Naming,
    problems: Problems,
) -> Ints:
    """Give each of some lines the number of its contradiction; equal contradictions are one problem."""
    here = columns[number]
    sides = np.stack(
        [merged.column[lines], merged.code[lines], merged.ids[lines], here.codes[lines], ids[lines]], axis=1
    )
    distinct, which = np.unique(sides, axis=0, return_inverse=True)
    numbers: list[int] = []
    for column, code, id_, own_code, own_id in distinct.tolist():
        first = Side(columns[column].source, columns[column].refs[code], id_)
        numbers.append(
            problems.number(naming.mismatch(first, Side(here.source, here.refs[own_code], own_id)))
        )
    by_line: Ints = np.array(numbers, "int32")[which.reshape(-1)]
    return by_line
