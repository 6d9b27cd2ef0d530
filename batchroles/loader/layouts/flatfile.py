"""Moodle's flat file: no header, `operation, role, user ID number, course ID number[, start[, end]]`."""

from batchroles.errors import InputError
from batchroles.loader.columns import is_blank
from batchroles.loader.layouts.cells import Fault, Read, Reference, role_reader, user_reader
from batchroles.loader.layouts.columns import NONE
from batchroles.loader.layouts.contexts import instance_reader
from batchroles.loader.layouts.format import Format, Rows, Understood
from batchroles.loader.layouts.lines import Part
from batchroles.loader.layouts.sheet import FormatOptions, Sheet
from batchroles.models import ASSIGN, UNASSIGN, Change, Level, Problem
from batchroles.text import cleaned

_OPERATIONS = {"add": ASSIGN, "del": UNASSIGN}
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
            f"and here are {len(sheet.table.headers)} columns."
        )
    part = Part(
        sheet.rows,
        sheet.read(0, _unquoted(_read_operation)),
        [sheet.read(2, _unquoted(user_reader("idnumber")))],
        [sheet.read(1, _unquoted(role_reader("shortname")))],
        [sheet.read(3, _unquoted(instance_reader(Level.COURSE, "idnumber")))],
        row_problems=dict(sheet.table.row_problems) | _shifted(sheet),
    )
    return Understood(sheet, [part], f"{FORMAT.title}, one assignment a row", range(_COLUMNS), _times(sheet))


def _inside(text: str) -> str:
    """Return the text without single quotes around it, which Moodle leaves out of this file too."""
    return cleaned(text.strip("'"))


def _unquoted(read: Read) -> Read:
    def read_inside(text: str) -> Reference | Fault:
        inside = _inside(text)
        return read(inside) if inside else Fault("The cell has nothing between its quotes.", "Fill it in.")

    return read_inside


def _read_operation(text: str) -> Change | Fault:
    found = _OPERATIONS.get(text.casefold())
    return found or Fault(f'"{text}" is not an operation of a flat file.', "Write add or del.")


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
    # A file with times shows by them where cells have moved; the plain format reads the first four columns the same.
    known_again_from=5,
)
