"""Where in its file a corrected cell stands: a heading is one cell, though every row below it has its text."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from batchroles.errors import InputError
from batchroles.job.proposing.troubles import cells_of
from batchroles.loader.layouts.sections import as_context, begins_section
from batchroles.models import Table
from batchroles.models.rows import number_of, parted
from batchroles.runs import Planned
from batchroles.text import cleaned

Spot = tuple[int, int]
"""Row number, and column from 0."""


@dataclass
class Changes:
    """The cells of one sheet with another text than the file has."""

    cells: dict[Spot, str] = field(default_factory=dict)
    alone: set[Spot] = field(default_factory=set)
    """Those beside which nothing else may stand in the row, whatever stands there."""


def changes_of(planned: Planned) -> Mapping[str | None, Changes]:
    """Give what was corrected by sheet; None for a file that has none.

    Raises InputError for a text in a heading's place that not all its rows are given: the file has one cell for them.
    """
    repairs, table = planned.origin.repairs, planned.plan.table
    if repairs is None:
        return {}
    cells, found = cells_of(planned), defaultdict[str | None, Changes](Changes)
    below: dict[tuple[int, int], dict[int, str]] = defaultdict(dict)
    for (number, position), text in repairs.cells.items():
        sheet, row = parted(number)
        own = table.sheets[sheet - 1] if sheet else table
        at = cells.column_of(sheet, position)
        if at is None:
            continue  # a blank text in a column that the sheet has not
        if own.headings.column and own.headers[at] == own.headings.column:
            below[sheet, own.headings.number(row)][row] = text
        else:
            found[own.sheet].cells[row, at] = text
    for (sheet, heading), texts in below.items():
        own = table.sheets[sheet - 1] if sheet else table
        if {*texts.values()} == {as_context(own.headings.texts[heading])}:
            continue  # they say themselves what the heading says
        spot = own.headings.places[heading]
        found[own.sheet].cells[spot] = _of_heading(planned, sheet, heading, texts)
        found[own.sheet].alone.add(spot)
    return found


def _of_heading(planned: Planned, sheet: int, heading: int, texts: Mapping[int, str]) -> str:
    """Give what a heading is to say. Raises InputError where its rows differ."""
    table = planned.plan.table
    own: Table = table.sheets[sheet - 1] if sheet else table
    rows = [row for of, row in map(parted, table.cells.index.tolist()) if of == sheet]
    mine = {row for row in rows if own.headings.number(row) == heading}
    said = {cleaned(text) for text in texts.values()}
    # Of a run whose failed rows are tried again nobody has the other rows at hand.
    if planned.origin.is_retry or mine - {*texts} or len(said) != 1 or not begins_section(*said):
        row = min(texts)
        place = table.called(number_of(sheet, row) if sheet else row)
        raise InputError(
            f"{place} was given another course than that of the heading above, and the file has one cell for all rows"
            f" below it: give all of them the same one, written as course:SHORTNAME, or put a heading of its own above"
            f" {place} in the file."
        )
    return said.pop()
