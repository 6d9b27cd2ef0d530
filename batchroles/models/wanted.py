"""What a file asks for, in references that are not looked up yet: what the formats give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from batchroles.models.problems import Problem
from batchroles.models.table import Table


@dataclass(frozen=True)
class Wanted:
    """One line per assignment asked for; a row of a wide format makes several lines."""

    table: Table
    format: str
    """The short name of the format: `plain`, `uploadusers`, …"""
    read_as: str
    """How the file was understood, as the output says it: `Moodle "Upload users" file, 3 courses per row`."""
    lines: pd.DataFrame
    """Index 0 … n-1. Columns:

    * `row` int32: spreadsheet row number.
    * `part` categorical of str: which assignment of a wide row (`course2`), `""` in a long format.
    * `change` categorical of the changes' words.
    * `user_0`, `user_1` …: categoricals whose categories are `UserRef` objects; NaN where the cell is blank.
    * `role_0` …: the same with `RoleRef`; `context_0` …: with `ContextRef`.
    * `name`, only where the file has names: a categorical of `PersonName`, NaN where the row has none.
    * `problem` int32: index into `problems`, -1 where the line is sound so far.
    """
    sources: Mapping[str, str]
    """For each `user_N`, `role_N` and `context_N`, the header it came from (`""` for a constant)."""
    part_sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For each `part` of a wide row, by the names of the columns: its own headers, where `sources` has `""` because
    they differ."""
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Sentences for the person who runs it: columns ignored, defaults taken, lines passed over."""
    languages: frozenset[str] = frozenset()
    """The languages, by their codes (`de`), in which the headers are that are none of our own."""
    sheets: Sequence["Wanted"] = ()
    """Where several sheets were read, what each of them asks for, without its lines: its `sources` are its own."""
