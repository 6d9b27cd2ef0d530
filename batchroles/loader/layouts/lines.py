"""Columns of references → the lines of `Wanted`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from batchroles.loader.layouts.columns import NONE, Codes, ReadColumn, missing, nothing
from batchroles.models import Change, Problem
from batchroles.models.changes import CHANGES

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Part:
    """What some rows of the file ask for: one assignment of each."""

    rows: Codes
    """Spreadsheet row numbers."""
    change: ReadColumn
    users: Sequence[ReadColumn]
    roles: Sequence[ReadColumn]
    contexts: Sequence[ReadColumn]
    name: str = ""
    """Which of a wide row's assignments; empty in a long format."""
    row_problems: Mapping[int, Problem] = field(default_factory=dict)
    """Rows that cannot be read as they stand, by row number."""
    dates: Mapping[str, ReadColumn] = field(default_factory=dict)
    """From when until when, by what they say: `start`, `end`, `days`."""

    def only(self, chosen: NDArray[np.bool_]) -> Self:
        """Return the part with some of its rows."""
        return replace(
            self,
            rows=self.rows[chosen],
            change=self.change.rows(chosen),
            users=[column.rows(chosen) for column in self.users],
            roles=[column.rows(chosen) for column in self.roles],
            contexts=[column.rows(chosen) for column in self.contexts],
            dates={what: column.rows(chosen) for what, column in self.dates.items()},
        )

    def with_contexts(self, contexts: Sequence[ReadColumn], name: str = "") -> Self:
        """Return the part with other contexts, under a name of its own."""
        return replace(self, contexts=contexts, name=name)

    def columns(self) -> dict[str, ReadColumn]:
        """Return the columns of references by their names in `Wanted.lines`."""
        kinds = {"user": self.users, "role": self.roles, "context": self.contexts}
        return {
            f"{kind}_{number}": column
            for kind, columns in kinds.items()
            for number, column in enumerate(columns)
        } | dict(self.dates)


def piece(name: str, number: int) -> str:
    """Name what a piece of a cell asks for, by its place in the cell from 0: `course (1)`, `course (2)`."""
    return f"{name} ({number + 1})"


def whole(part: str) -> str:
    """Return what all pieces of a cell have in common: what `piece` was given."""
    return _PIECE.sub("", part)


_PIECE = re.compile(r" \([0-9]+\)$")


class _Numbers(dict[_Value, int]):
    """Gives each new value the next number."""

    def __init__(self) -> None:
        super().__init__()
        self._own: dict[int, tuple[Sequence[_Value], Codes]] = {}

    def number(self, value: _Value) -> int:
        return self.setdefault(value, len(self))

    def renumbered(self, values: Sequence[_Value], codes: Codes) -> Codes:
        """Return codes into `values` as codes into this."""
        # A wide file has thousands of parts with the same users: these are numbered once. The values are kept beside
        # their numbers, so that no other object comes to have the same identity.
        if id(values) not in self._own:
            # The last is for code -1, a blank cell.
            self._own[id(values)] = values, np.array([*map(self.number, values), NONE], np.int32)
        return self._own[id(values)][1][codes]


def assemble(parts: Sequence[Part]) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the lines of all parts in the order of their rows, and the problems they point to."""
    problems: _Numbers[Problem] = _Numbers()
    data: dict[str, object] = {
        "row": np.concatenate([part.rows for part in parts]).astype(np.int32),
        "part": _part_names(parts),
        "change": _changes(parts),
    }
    for name in dict.fromkeys(name for part in parts for name in part.columns()):
        data[name] = _merged([part.columns().get(name) or nothing("", len(part.rows)) for part in parts])
    numbers = np.concatenate([_first_problems(part, problems) for part in parts])
    data["problem"], kept = _without_unused(numbers, list(problems))
    lines = pd.DataFrame(data)
    if len(parts) > 1:
        # stable: the assignments of one row stay in the order of its columns.
        lines = lines.sort_values("row", kind="stable", ignore_index=True)
    return lines, kept


def _part_names(parts: Sequence[Part]) -> pd.Categorical:
    names: _Numbers[str] = _Numbers()
    codes = [np.full(len(part.rows), names.number(part.name), np.int32) for part in parts]
    return pd.Categorical.from_codes(np.concatenate(codes), categories=pd.Index(list(names), dtype="str"))


def _changes(parts: Sequence[Part]) -> pd.Categorical:
    words = pd.Index(list(CHANGES), dtype="str")
    codes = []
    for part in parts:
        # A row whose action cannot be read has a problem; it still needs some change in its line.
        own = np.array([*(words.get_loc(str(change)) for change in part.change.references), 0], np.int32)
        codes.append(own[part.change.codes])
    return pd.Categorical.from_codes(np.concatenate(codes), categories=words)


def _merged(columns: Sequence[ReadColumn]) -> pd.Categorical:
    numbers: _Numbers[object] = _Numbers()
    codes = np.concatenate([numbers.renumbered(column.references, column.codes) for column in columns])
    codes, kept = _without_unused(codes, list(numbers))
    return pd.Categorical.from_codes(codes, categories=pd.Index(kept, dtype=object))


def _without_unused(codes: Codes, values: Sequence[_Value]) -> tuple[Codes, list[_Value]]:
    """Return codes and values without the values that no code points to: they would be looked up for nothing."""
    used = np.bincount(codes[codes != NONE], minlength=len(values)) > 0
    renumber = np.append(np.where(used, np.cumsum(used) - 1, NONE), NONE).astype(np.int32)
    return renumber[codes], [value for value, is_used in zip(values, used, strict=True) if is_used]


def _first_problems(part: Part, problems: _Numbers[Problem]) -> Codes:
    """Return, per row, the number of its first problem or -1: of the row, of a cell, or of what is missing."""
    first = np.full(len(part.rows), NONE, np.int32)
    if part.row_problems:
        wrong = np.isin(part.rows, list(part.row_problems))
        first[wrong] = [problems.number(part.row_problems[int(row)]) for row in part.rows[wrong]]
    for column in (part.change, *part.users, *part.roles, *part.contexts, *part.dates.values()):
        first = np.where(first == NONE, problems.renumbered(column.problems, column.faults), first)
    for what, columns in (("user", part.users), ("role", part.roles), ("context", part.contexts)):
        blank = np.logical_and.reduce([column.blank() for column in columns])
        if what == "role":
            blank &= part.change.whose(lambda one: isinstance(one, Change) and one.names_role)
        if (lacking := (first == NONE) & blank).any():
            first[lacking] = problems.number(missing([column.header for column in columns], what))
    return first.astype(np.int32)
