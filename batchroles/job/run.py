"""A run on disk: its folder, its journal, its plan."""

import hashlib
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pandas as pd

from batchroles.errors import InputError, RunError, TemporaryFailure
from batchroles.formats import FormatOptions, read
from batchroles.journal import Head, Journal
from batchroles.loader import ReadingOptions
from batchroles.models import Action, Plan, Table

BLOCK = 1 << 20


@dataclass(frozen=True)
class Origin:
    """Where a plan came from, so that its input's copy can be read the same way again."""

    site: str
    reading: ReadingOptions
    understanding: FormatOptions
    exact: bool = False
    """Whether what was so before has been left out."""
    undoes: str = ""
    """The name of the run that this one takes back."""


@dataclass
class Run:
    """An open run. Close it, or use it as a context manager."""

    folder: Path
    journal: Journal
    plan: Plan

    @property
    def name(self) -> str:
        """The run's name: that of its folder."""
        return self.folder.name

    @classmethod
    def save(cls, folder: Path, plan: Plan, origin: Origin, source: Path) -> Self:
        """Put a plan on disk as a new run, with a copy of its input, the file `source`."""
        head = _head(folder, plan, origin, source)
        journal = Journal.create(folder, head, plan.lines, plan.problems)
        return cls(folder, journal, replace(plan, problems=journal.book.problems))

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a run. Raises RunError where its journal or its input's copy is damaged or was altered."""
        journal = Journal.open(folder)
        try:
            return cls(folder, journal, _plan(folder, journal))
        except BaseException:
            journal.close()
            raise

    def now(self) -> Plan:
        """Give the plan with every status as it stands."""
        return replace(self.plan, lines=self.journal.lines())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.journal.close()


def options(head: Head) -> tuple[ReadingOptions, FormatOptions]:
    """Give the options with which a run's input was read."""
    reading, understanding = head.settings["reading"], head.settings["understanding"]
    return ReadingOptions(**reading), FormatOptions(
        **{**understanding, "action": Action(understanding["action"])}
    )


def only_rows(table: Table, lines: pd.DataFrame) -> Table:
    """Leave only the rows of a table that the lines speak of."""
    return replace(table, cells=table.cells.loc[table.cells.index.isin(lines["row"])])


def _head(folder: Path, plan: Plan, origin: Origin, source: Path) -> Head:
    copy = folder / f"input{source.suffix}"
    try:
        shutil.copyfile(source, copy)
    except OSError as error:
        raise TemporaryFailure(f"{source} cannot be copied to {copy} ({error.strerror})") from error
    return Head(
        site=origin.site,
        input_name=plan.table.path.name,
        input_copy=copy.name,
        input_sha256=_sha256(copy),
        created=datetime.now(UTC),
        format=plan.format,
        read_as=plan.read_as,
        settings={"reading": vars(origin.reading), "understanding": _plain(origin.understanding)},
        exact=origin.exact,
        undoes=origin.undoes,
        notes=plan.notes,
    )


def _plain(options: FormatOptions) -> dict[str, Any]:
    return {**vars(options), "column_map": dict(options.column_map)}


def _plan(folder: Path, journal: Journal) -> Plan:
    """Read the input's copy again, as it was read, and put the journal's lines to it."""
    head = journal.head
    copy = folder / head.input_copy
    if not copy.is_file() or _sha256(copy) != head.input_sha256:
        raise RunError(f"{copy} is not the file that this run was planned from any more: plan the file again")
    reading, understanding = options(head)
    try:
        table = read(copy, reading, understanding).table
    except InputError as error:
        raise RunError(f"{copy} cannot be read again: {error}") from error
    lines = journal.lines()
    if head.undoes:
        table = only_rows(table, lines)
    return Plan(
        table=replace(table, path=Path(head.input_name)),
        format=head.format,
        read_as=head.read_as,
        lines=lines,
        problems=journal.book.problems,
        notes=list(head.notes),
    )


def _sha256(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total.update(block)
    return total.hexdigest()
