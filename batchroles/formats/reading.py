"""From a path to what the file asks for."""

from pathlib import Path

import pandas as pd

from batchroles.formats import plain
from batchroles.formats.lines import assemble
from batchroles.formats.meanings import refuse_twins, refuse_unmapped
from batchroles.formats.notes import notes_of
from batchroles.formats.options import FormatOptions
from batchroles.formats.own_results import is_own, only_parts, without_own_columns
from batchroles.formats.recognise import find, find_table
from batchroles.formats.sheet import Sheet
from batchroles.loader import Loaded, ReadingOptions, open_source
from batchroles.models import Wanted


def read(
    path: Path | str, reading: ReadingOptions | None = None, options: FormatOptions | None = None
) -> Wanted:
    """Return what the file asks for. Raises InputError if it cannot be read or understood as it is."""
    options = options or FormatOptions()
    plain.check_options(options)
    source = open_source(path, reading)
    found = find(source, options)
    loaded = source.read(found.sheet, found.header)
    return understand(loaded, options)


def load(path: Path | str, reading: ReadingOptions | None = None) -> pd.DataFrame:
    """Return the rows of a spreadsheet as text: index are its row numbers, columns its headers, blank is `""`.

    The header is the row with the most headers that have a meaning here, or the first that is not blank.
    """
    source = open_source(path, reading)
    found = find_table(source)
    table = source.read(found.sheet, found.header).table
    return table.cells.set_axis(table.headers, axis="columns").astype("str")


def understand(loaded: Loaded, options: FormatOptions) -> Wanted:
    """Return what a loaded table asks for, in references that are not looked up yet."""
    part_of_row = None
    if is_own(loaded):
        loaded, part_of_row = without_own_columns(loaded)
    sheet = Sheet(loaded, options)
    table = sheet.table
    refuse_unmapped(table.headers, options.column_map)
    refuse_twins(table.headers, sheet.meanings)
    headerless = not any(table.headers)
    parts = plain.bare_list(sheet) if headerless else plain.parts(sheet)
    lines, problems = assemble(parts)
    lines = lines if part_of_row is None else only_parts(lines, table, part_of_row)
    sources = {name: column.header for name, column in parts[0].columns().items()}
    return Wanted(table, plain.NAME, plain.read_as(sheet), lines, sources, problems, notes_of(sheet))
