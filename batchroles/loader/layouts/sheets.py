"""Several sheets of a workbook as one file: each read in its own layout, their rows and columns beside each other."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from batchroles.errors import InputError
from batchroles.loader import Loaded
from batchroles.loader.columns import categorical_of
from batchroles.loader.layouts.meanings import comparable, quoted
from batchroles.loader.layouts.repairs import Repairs
from batchroles.models import Table, Wanted
from batchroles.models.rows import number_of, parted
from batchroles.text import cleaned

_NOBODY = -1


@dataclass(frozen=True)
class Columns:
    """The columns of all sheets, and where those of each stand among them."""

    headers: Sequence[str]
    of_sheet: Sequence[Sequence[int]]

    @classmethod
    def of(cls, tables: Sequence[Table]) -> "Columns":
        """Put the same headers of different sheets into one column; the second of two alike is another one."""
        known: dict[tuple[str, int], int] = {}
        headers: list[str] = []
        of_sheet = []
        for table in tables:
            at, seen = [], Counter[str]()
            for header in table.headers:
                key = comparable(header), seen[comparable(header)]
                seen[comparable(header)] += 1
                if key not in known:
                    known[key] = len(headers)
                    headers.append(header)
                at.append(known[key])
            of_sheet.append(at)
        return cls(headers, of_sheet)

    def repairs(self, every: Repairs, sheet: int, loaded: Loaded) -> Repairs:
        """Return what was mended in a sheet, counted from 1. Raises InputError for a cell that it does not have."""
        at = {column: own for own, column in enumerate(self.of_sheet[sheet - 1])}
        cells = {}
        for (number, column), text in every.cells.items():
            of, row = parted(number)
            if of == sheet and column in at:
                cells[row, at[column]] = text
            elif of == sheet and cleaned(text):
                raise InputError(
                    f'{loaded.table.place(row)}: the sheet has no column "{self.headers[column]}", so that "{text}"'
                    " cannot be put there; write it into the workbook itself, and run that again."
                )
        damaged = {at[column]: texts for column, texts in every.damaged.items() if column in at}
        if every.lines is None:
            return Repairs(cells, damaged)
        own = {(parted(number)[1], part) for number, part in every.lines if parted(number)[0] == sheet}
        return Repairs(cells, damaged, own)

    def cells(self, tables: Sequence[Table]) -> pd.DataFrame:
        """Return the cells of all sheets; a column that a sheet has not is blank there."""
        columns = {}
        for column in range(len(self.headers)):
            parts = [
                _column(table, at.index(column) if column in at else None)
                for table, at in zip(tables, self.of_sheet, strict=True)
            ]
            texts = union_categoricals(parts)
            columns[column] = categorical_of(texts.codes.astype(np.int32), texts.categories.tolist(), {})
        index = np.concatenate(
            [number_of(sheet, table.cells.index.to_numpy()) for sheet, table in enumerate(tables, 1)]
        )
        return pd.DataFrame(columns, index=pd.Index(index))


def _column(table: Table, at: int | None) -> pd.Categorical:
    if at is None:
        return categorical_of(np.zeros(len(table.cells), np.int32), [""], {})
    cells = table.cells[at].cat
    return categorical_of(cells.codes.to_numpy().astype(np.int32), cells.categories.tolist(), {})


def together(every: Sequence[Wanted], columns: Columns, notes: Sequence[str]) -> Wanted:
    """Return what all sheets ask for; `notes` are about the workbook, and those of the sheets name theirs."""
    tables = [wanted.table for wanted in every]
    table = Table(
        tables[0].path,
        None,
        list(columns.headers),
        columns.cells(tables),
        {
            number_of(sheet, row): problem
            for sheet, one in enumerate(tables, 1)
            for row, problem in one.row_problems.items()
        },
        [*notes, *_of_sheets(every, [one.notes for one in tables])],
        sheets=[replace(one, cells=one.cells.iloc[:0]) for one in tables],
    )
    sources = _agreed([wanted.sources for wanted in every])
    return replace(
        every[0],
        table=table,
        read_as=_read_as(every),
        lines=_lines(every),
        sources=sources,
        part_sources={part: named for wanted in every for part, named in wanted.part_sources.items()},
        sheets=[
            replace(one, lines=one.lines.iloc[:0], table=table.sheets[at]) for at, one in enumerate(every)
        ],
        problems=[problem for wanted in every for problem in wanted.problems],
        notes=_of_sheets(every, [wanted.notes for wanted in every]),
        languages=frozenset[str]().union(*(wanted.languages for wanted in every)),
    )


def _lines(every: Sequence[Wanted]) -> pd.DataFrame:
    names = list(dict.fromkeys(name for wanted in every for name in wanted.lines.columns))
    before = np.cumsum([0, *(len(wanted.problems) for wanted in every)])
    data: dict[str, object] = {}
    for name in names:
        if name in ("row", "problem"):
            continue
        parts = [
            wanted.lines[name] if name in wanted.lines else _nothing(len(wanted.lines)) for wanted in every
        ]
        data[name] = union_categoricals(parts)
    rows = [number_of(sheet, wanted.lines["row"].to_numpy()) for sheet, wanted in enumerate(every, 1)]
    problems = [
        np.where(wanted.lines["problem"] == _NOBODY, _NOBODY, wanted.lines["problem"] + first)
        for wanted, first in zip(every, before[:-1], strict=True)
    ]
    front = {"row": np.concatenate(rows).astype(np.int32)}
    return pd.DataFrame({**front, **data, "problem": np.concatenate(problems).astype(np.int32)})


def _nothing(count: int) -> pd.Series:
    blank = pd.Categorical.from_codes(np.full(count, _NOBODY), categories=pd.Index([], dtype=object))
    return pd.Series(blank)


def _agreed(every: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    """Return the header of each column of references; none where sheets call it differently."""
    names = dict.fromkeys(name for one in every for name in one)
    return {
        name: next(iter(said)) if len(said) == 1 else ""
        for name in names
        if (said := {one[name] for one in every if name in one})
    }


def _read_as(every: Sequence[Wanted]) -> str:
    names = quoted(str(wanted.table.sheet) for wanted in every)
    ways = dict.fromkeys(wanted.read_as for wanted in every)
    if len(ways) == 1:
        return f"{every[0].read_as}, in {len(every)} sheets ({names})" if len(every) > 1 else every[0].read_as
    return "; ".join(f'sheet "{wanted.table.sheet}": {wanted.read_as}' for wanted in every)


def _of_sheets(every: Sequence[Wanted], notes: Sequence[Sequence[str]]) -> list[str]:
    """Return every note with its sheet; what is said of all sheets alike once."""
    return list(_said(every, notes))


def _said(every: Sequence[Wanted], notes: Sequence[Sequence[str]]) -> Iterator[str]:
    common = {note for note in notes[0] if all(note in others for others in notes)}
    yield from (note for note in notes[0] if note in common)
    for wanted, own in zip(every, notes, strict=True):
        yield from (f'Sheet "{wanted.table.sheet}": {note}' for note in own if note not in common)
