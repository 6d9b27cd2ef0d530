"""From a path to what the file asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from batchroles.errors import InputError
from batchroles.loader import Loaded, ReadingOptions, Source, open_source
from batchroles.loader.layouts.around import notes_above, without_hidden
from batchroles.loader.layouts.format import Format, Rows
from batchroles.loader.layouts.lines import Part, assemble
from batchroles.loader.layouts.meanings import quoted
from batchroles.loader.layouts.notes import notes_of
from batchroles.loader.layouts.own_results import (
    as_exported,
    is_export,
    is_own,
    known_again,
    only_parts,
    without_own_columns,
)
from batchroles.loader.layouts.person_names import with_names
from batchroles.loader.layouts.plain import check_options
from batchroles.loader.layouts.recognise import FORMATS, Found, chosen, find, find_all, find_table
from batchroles.loader.layouts.repairs import Repairs
from batchroles.loader.layouts.sheet import FormatOptions, Sheet
from batchroles.loader.layouts.sheets import Columns, together
from batchroles.models import Wanted
from batchroles.models.rows import MOST_SHEETS


def read(
    path: Path | str,
    reading: ReadingOptions | None = None,
    options: FormatOptions | None = None,
    repairs: Repairs | None = None,
) -> Wanted:
    """Return what the file asks for. Raises InputError if it cannot be read or understood as it is."""
    options = options or FormatOptions()
    check_options(options)
    source = open_source(path, reading)
    if reading is not None and reading.all_sheets:
        return _all_sheets(source, options, repairs or Repairs())
    found = find(source, options)
    loaded, above = _loaded(source, found, options)
    return _understand(loaded, options, found.formats, above, repairs or Repairs())


def _loaded(source: Source, found: Found, options: FormatOptions) -> tuple[Loaded, Rows]:
    """Load a table, and give the rows above its header."""
    loaded = source.read(found.sheet, found.header)
    above: Rows = source.preview(found.sheet)[: max(found.header - 1, 0)]
    if len(found.formats) == 1 and (reshape := found.formats[0].reshape) is not None:
        loaded, above = reshape(loaded, above, options)
    return without_hidden(Sheet(loaded, options)), above


def _all_sheets(source: Source, options: FormatOptions, repairs: Repairs) -> Wanted:
    """Read every sheet with a table, each in its own layout."""
    found, without = find_all(source, options)
    if len(found) > MOST_SHEETS:
        raise InputError(
            f"{source.path} has {len(found):,} sheets with a table, and at most {MOST_SHEETS} are read together; name"
            " them one by one with --sheet."
        )
    tables = [_loaded(source, one, options) for one in found]
    for loaded, _ in tables:
        if is_own(loaded):
            raise InputError(
                f'{source.path}: the sheet "{loaded.table.sheet}" holds results of batchroles; read it alone, with'
                " --sheet, or use batchroles retry."
            )
    columns = Columns.of([loaded.table for loaded, _ in tables])
    every = [
        _understand(loaded, options, one.formats, above, columns.repairs(repairs, number, loaded))
        for number, (one, (loaded, above)) in enumerate(zip(found, tables, strict=True), 1)
    ]
    if repairs.lines is not None:
        # Where some rows are tried again, most sheets may have none of them, which is not to be told.
        every = [one if len(one.lines) else replace(one, notes=[]) for one in every]
    what = "A sheet holds" if len(without) == 1 else "Some sheets hold"
    notes = (
        [f"{what} no table that is known, and nothing of it was read: {quoted(without)}."] if without else []
    )
    return together(every, columns, notes)


def load(path: Path | str, reading: ReadingOptions | None = None) -> pd.DataFrame:
    """Return the rows of a spreadsheet as text: index are its row numbers, columns its headers, blank is `""`.

    The header is the row with the most headers that have a meaning here, or the first that is not blank.
    """
    source = open_source(path, reading)
    table = without_hidden(Sheet(source.read(*find_table(source)), FormatOptions())).table
    return table.cells.set_axis(table.headers, axis="columns").astype("str")


def _understand(
    loaded: Loaded,
    options: FormatOptions,
    formats: Sequence[Format],
    above: Rows,
    repairs: Repairs,
) -> Wanted:
    part_of_row = None
    if is_own(loaded):
        loaded, part_of_row = without_own_columns(loaded)
        before = known_again(loaded.table, FORMATS.values())
        formats = formats if before is None or options.format else [before]
    elif is_export(loaded):
        loaded = as_exported(loaded)
    # The format is that of the file as it stands: a repair changes what a row says, never how all are read.
    format_ = chosen(formats, Sheet(loaded, options))
    understood = format_.understand(Sheet(repairs.applied(loaded), options))
    notes = notes_above(loaded.table, above, understood.parts)
    lines, problems = assemble(understood.parts)
    if part_of_row is not None:
        lines = only_parts(lines, part_of_row)
    if repairs.lines is not None:
        lines = repairs.asked(lines)
        understood = replace(understood, sheet=understood.sheet.only(_asking(understood.sheet, lines)))
    lines = with_names(lines, understood.sheet)
    table = understood.sheet.table
    every_note = [*notes, *_unused_flags(format_, options), *understood.notes, *notes_of(understood)]
    sources = _sources(understood.parts)
    return Wanted(
        table,
        format_.name,
        understood.read_as,
        lines,
        sources,
        _part_sources(understood.parts, sources),
        problems,
        every_note,
        understood.languages,
    )


def _asking(sheet: Sheet, lines: pd.DataFrame) -> NDArray[np.bool_]:
    return np.isin(sheet.rows, lines["row"])


def _unused_flags(format_: Format, options: FormatOptions) -> list[str]:
    given = {"role": options.role, "context": options.context, "column_map": options.column_map}
    flags = ["--map" if name == "column_map" else f"--{name}" for name in format_.ignores if given[name]]
    notes = [f"{flag} was not used: a {format_.title} says it itself." for flag in flags]
    if options.split_courses is not None and not format_.splits_courses:
        notes.append(f"--split-courses was not used: a cell of a {format_.title} names one course.")
    return notes


def _sources(parts: Sequence[Part]) -> Mapping[str, str]:
    """Return the header of each column of references; none where the parts of a row have different ones."""
    every = [{name: column.header for name, column in part.columns().items()} for part in parts]
    names = dict.fromkeys(name for one in every for name in one)
    return {
        name: next(iter(headers)) if len(headers) == 1 else ""
        for name in names
        if (headers := {one.get(name, "") for one in every})
    }


def _part_sources(parts: Sequence[Part], sources: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """Return, for each part, the headers that not all parts share."""
    return {
        part.name: {name: column.header for name, column in part.columns().items() if not sources[name]}
        for part in parts
        if part.name
    }
