"""Moodle's flat file: no header, `operation, role, user ID number, course ID number[, start[, end]]`."""

from batchroles.errors import InputError
from batchroles.loader.columns import is_blank
from batchroles.loader.layouts.cells import Fault, Read, Reference, role_reader, user_reader
from batchroles.loader.layouts.columns import NONE, ReadColumn, problem_of
from batchroles.loader.layouts.contexts import instance_reader
from batchroles.loader.layouts.damage import sound
from batchroles.loader.layouts.dates import moment_reader
from batchroles.loader.layouts.format import Format, Rows, Understood
from batchroles.loader.layouts.lines import Part
from batchroles.loader.layouts.notes import enrols_nobody
from batchroles.loader.layouts.sheet import FormatOptions, Sheet
from batchroles.models import ASSIGN, ENROL, UNASSIGN, Change, Level, Problem, Table
from batchroles.text import cleaned, count_of

_OPERATIONS = ("add", "del")
# Moodle passes over rows of fewer fields than four, and of more than six.
_COLUMNS = 4
_WITH_TIMES = 6


def rows_fit(rows: Rows, options: FormatOptions) -> bool:  # noqa: ARG001  # the same call for every format
    """Whether the first row begins with `add` or `del` and has room for a role, a user and a course."""
    return bool(rows) and len(rows[0]) >= _COLUMNS and _inside(cleaned(rows[0][0])).casefold() in _OPERATIONS


def understand(sheet: Sheet) -> Understood:
    """Return the one part of the file."""
    if len(sheet.table.headers) < _COLUMNS:
        raise InputError(
            f"{sheet.table.path}: a flat file has operation, role, user ID number and course ID number in each row, "
            f"and this one has {count_of(len(sheet.table.headers), 'column')}."
        )
    options = sheet.options
    change = _column(sheet, 0, _operation_reader(options))
    enrols = change.whose(lambda one: isinstance(one, Change) and options.enrols(one))
    later = range(_COLUMNS, min(_WITH_TIMES, len(sheet.table.headers)))
    dates = {
        name: _column(sheet, at, moment_reader(options.date_format)).only(enrols)
        for name, at in zip(("start", "end"), later, strict=False)
    }
    part = Part(
        sheet.rows,
        change,
        [_column(sheet, 2, user_reader("idnumber"))],
        [_column(sheet, 1, role_reader("shortname"))],
        [_column(sheet, 3, instance_reader(Level.COURSE, "idnumber"))],
        row_problems=dict(sheet.table.row_problems) | _shifted(sheet),
        dates=dates,
    )
    read_as = f"{FORMAT.title}, one assignment a row"
    if enrols.any():
        return Understood(sheet, [part], read_as, range(_COLUMNS + len(later)), _removals(change))
    notes = [*_times(sheet), *enrols_nobody(sheet)]
    return Understood(sheet, [part], read_as, range(_COLUMNS), notes)


def _inside(text: str) -> str:
    """Return the text without single quotes around it, which Moodle leaves out of this file too."""
    return cleaned(text.strip("'"))


def _column(sheet: Sheet, position: int, read: Read) -> ReadColumn:
    """Read a column, the quotes left out in rows that have them."""
    damaged, header = sheet.damaged(position), sheet.table.headers[position]

    def read_cell(operation: str, text: str) -> Reference | Problem | None:
        value = cleaned(text)
        if not value:
            return None
        # Moodle looks at the operation alone (`process_file` in enrol/flatfile/lib.php): where that is not quoted, a
        # quotation mark is part of the ID number, and another person's without it.
        quoted = cleaned(operation).startswith("'")
        found = sound(value, damaged.get(text), _read_inside(value, read) if quoted else read(value))
        return problem_of(found, header, text) if isinstance(found, Fault) else found

    return sheet.read_pair(0, position, read_cell)


def _read_inside(text: str, read: Read) -> Reference | Fault:
    inside = _inside(text)
    return read(inside) if inside else Fault("The cell has nothing between its quotes.", "Fill it in.")


def _operation_reader(options: FormatOptions) -> Read:
    # To Moodle `add` is enrolling; which of the two is meant here the command says, or a flag.
    asked = {"add": ENROL if options.change is ENROL else ASSIGN, "del": UNASSIGN}

    def read(text: str) -> Change | Fault:
        found = asked.get(text.casefold())
        return found or Fault(f'"{text}" is not an operation of a flat file.', "Write add or del.")

    return read


def _removals(change: ReadColumn) -> list[str]:
    count = int(change.whose(lambda one: one is UNASSIGN).sum())
    if not count:
        return []
    rows = count_of(
        count,
        "row with del takes its role away and unenrols",
        "rows with del take their roles away and unenrol",
    )
    return [f"{rows} nobody; Moodle itself would, with the last role. batchroles unenrol unenrols."]


def _shifted(sheet: Sheet) -> dict[int, Problem]:
    """Return a problem for rows with text where a time belongs: a comma in a name has moved the cells."""
    problems: dict[int, Problem] = {}
    for at in range(_COLUMNS, len(sheet.table.headers)):
        column = sheet.read(at, _time_reader(at))
        wrong = column.faults != NONE
        for row, number in zip(sheet.rows[wrong], column.faults[wrong], strict=True):
            problems.setdefault(int(row), column.problems[number])
    return problems


def _time_reader(position: int) -> Read:
    def read(text: str) -> Change | Fault:
        if (_inside(text).isdecimal() or not _inside(text)) and position < _WITH_TIMES:
            return ASSIGN
        return Fault(
            f'The text "{text}" stands where a flat file has a time, or nothing.',
            "Write names that hold the delimiter in double quotes, so that no cell moves.",
        )

    return read


def _is_told_from_plain(table: Table) -> bool:
    """Whether the plain format would read a failed file otherwise.

    A file with times shows by them where cells have moved, and in one with quotes only this format leaves them out.
    """
    if len(table.headers) <= _COLUMNS:
        return len(table.headers) == _COLUMNS and any(map(_is_quoted, table.cells[0].cat.categories))
    return True


def _is_quoted(operation: str) -> bool:
    return cleaned(operation).startswith("'") and _inside(cleaned(operation)).casefold() in _OPERATIONS


def _times(sheet: Sheet) -> list[str]:
    later = [at for at in range(_COLUMNS, len(sheet.table.headers)) if not is_blank(sheet.cells(at)).all()]
    return ["The start and end times in the file are not used."] if later else []


FORMAT = Format(
    "flatfile",
    "Moodle flat file",
    understand,
    rows_fit=rows_fit,
    ignores=("role", "context", "column_map"),
    column_names=("operation", "role", "idnumber", "course idnumber", "start", "end"),
    known_again=_is_told_from_plain,
)
