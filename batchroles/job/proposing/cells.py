"""A table's cells as a person points at them: by row number, and by the position or the header of a column."""

from batchroles.loader.layouts import FormatOptions
from batchroles.loader.layouts.pieces import Between, between
from batchroles.loader.layouts.recognise import FORMATS
from batchroles.loader.layouts.sheets import Columns
from batchroles.models import Table
from batchroles.models.rows import parted
from batchroles.text import cleaned


class Cells:
    """The cells of what was read, of several sheets as of one."""

    def __init__(self, table: Table, layout: str, layouts: tuple[str, ...] = ()) -> None:
        """`layouts`: those of the sheets, where several were read."""
        self.table = table
        self._layout, self._layouts = layout, layouts
        self._columns = Columns.of(table.sheets) if table.sheets else None

    @property
    def has_headers(self) -> bool:
        """Whether columns are called something."""
        return any(self.table.headers)

    def position(self, row: int, header: str) -> int | None:
        """Give where the column of a header stands among those of the table, None where there is none."""
        if not header:
            return None
        if self._columns is None:
            headers = self.table.headers
            return headers.index(header) if header in headers else None
        sheet = parted(row)[0] - 1
        headers = self.table.sheets[sheet].headers
        return self._columns.of_sheet[sheet][headers.index(header)] if header in headers else None

    def column_of(self, sheet: int, position: int) -> int | None:
        """Give where a column stands in a sheet, counted from 1 (0: the only one); None where that has none."""
        if self._columns is None:
            return position
        own = self._columns.of_sheet[sheet - 1]
        return own.index(position) if position in own else None

    def header(self, position: int) -> str:
        """Give what a column is called; of a file without headers what its results would call it."""
        if self.has_headers:
            return cleaned(self.table.headers[position])
        names = FORMATS[self._layout].column_names
        return names[position] if position < len(names) else ""

    def between(self, row: int, position: int, options: FormatOptions) -> Between | None:
        """Give what parts the values of a cell, None where it holds one."""
        sheet = parted(row)[0]
        layout = self._layouts[sheet - 1] if sheet and self._layouts else self._layout
        return between(layout, self.table.headers[position], options)

    def of_heading(self, row: int) -> int | None:
        """Give where the text of the heading above a row stands among the columns, None where there are no headings."""
        sheet = parted(row)[0]
        table = self.table.sheets[sheet - 1] if sheet and self.table.sheets else self.table
        return self.position(row, table.headings.column)
