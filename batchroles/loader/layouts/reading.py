"""From a path to what the file asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from batchroles.loader import Loaded, ReadingOptions, open_source
from batchroles.loader.layouts.around import notes_above
from batchroles.loader.layouts.format import Format, Rows
from batchroles.loader.layouts.lines import Part, assemble
from batchroles.loader.layouts.notes import notes_of
from batchroles.loader.layouts.own_results import is_own, known_again, only_parts, without_own_columns
from batchroles.loader.layouts.person_names import with_names
from batchroles.loader.layouts.plain import check_options
from batchroles.loader.layouts.recognise import FORMATS, chosen, find, find_table
from batchroles.loader.layouts.repairs import Repairs
from batchroles.loader.layouts.sheet import FormatOptions, Sheet
from batchroles.models import Wanted


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
    found = find(source, options)
    loaded = source.read(found.sheet, found.header)
    above: Rows = source.preview(found.sheet)[: max(found.header - 1, 0)]
    if len(found.formats) == 1 and (reshape := found.formats[0].reshape) is not None:
        loaded, above = reshape(loaded, above, options)
    return _understand(loaded, options, found.formats, above, repairs or Repairs())


def load(path: Path | str, reading: ReadingOptions | None = None) -> pd.DataFrame:
    """Return the rows of a spreadsheet as text: index are its row numbers, columns its headers, blank is `""`.

    The header is the row with the most headers that have a meaning here, or the first that is not blank.
    """
    source = open_source(path, reading)
    table = source.read(*find_table(source)).table
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
