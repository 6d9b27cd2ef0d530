"""What every format is: how it is told from others, and how its rows are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from batchroles.loader import Loaded
from batchroles.loader.layouts.lines import Part
from batchroles.loader.layouts.sheet import FormatOptions, Sheet
from batchroles.models import Table

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Understood:
    """A sheet as a format reads it."""

    sheet: Sheet
    """Without the rows that ask for nothing."""
    parts: Sequence[Part]
    read_as: str
    """How the file was understood, in words for the output."""
    used: Sequence[int]
    """The positions of the columns that were read."""
    notes: Sequence[str] = ()
    usernames: Sequence[int] = ()
    """The positions of the columns with user names, which Moodle keeps in lower case."""
    languages: frozenset[str] = frozenset()
    """The languages, by their codes, in which its headers are."""


@dataclass(frozen=True)
class Format:
    """One accepted layout."""

    name: str
    title: str
    understand: Callable[[Sheet], Understood]
    header_fits: Callable[[Sequence[str], FormatOptions], bool] | None = None
    """Whether a row can be the header; None for a format without one."""
    rows_fit: Callable[[Rows, FormatOptions], bool] | None = None
    """Whether the first rows, blank ones left out, can be of a file without a header."""
    content_fits: Callable[[Rows, int, FormatOptions], bool] | None = None
    """Whether the row of a number among the first rows can be the header of a table that shows by its cells what it
    is; asked where no header says it alone."""
    reshape: Callable[[Loaded, Rows, FormatOptions], tuple[Loaded, Rows]] | None = None
    """Makes of what was loaded, and of the rows above its header, a table that can be read row by row, and what is left
    above; None where it is one."""
    ignores: Sequence[str] = ()
    """The flags that say what files of this format say themselves: `role`, `context`, `column_map`."""
    splits_courses: bool = False
    """Whether a cell may name several courses."""
    same_as_plain: Callable[[Sheet], bool] | None = None
    """Whether the plain format reads the same out of the sheet, so that there is nothing to decide."""
    values_fit: Callable[[Sheet], bool | None] | None = None
    """Whether the values speak for this format (True) or for the plain one (False) where the headers fit both; None
    where they speak for neither."""
    column_names: Sequence[str] = ()
    """What the results call the columns of a file without a header: in the words of the plain format, so that the file
    is understood the same when it is read again."""
    known_again: Callable[[Table], bool] | None = None
    """Whether a re-read file whose columns have these names is of this format; None where the plain format reads it the
    same."""
