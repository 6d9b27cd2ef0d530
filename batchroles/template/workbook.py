"""The template workbook: the sheet to fill in, the instructions, and the lists behind the drop-downs."""

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from batchroles.errors import InputError
from batchroles.reporter.workbook_sheets import fit_paper, put_header, put_text
from batchroles.reporter.writing import beside
from batchroles.template.instructions import COLUMNS, FormColumn, add_instructions

ROSTER, LISTS = "Roster", "Lists"
LAST_ROW = 1_048_576
"""The last row of a sheet; the drop-downs go all the way down."""

ACTIONS = ("assign", "unassign", "enrol", "unenrol")


def write_template(
    path: Path,
    roles: Sequence[tuple[str, str]],
    courses: Sequence[str] = (),
    *,
    overwrite: bool = False,
) -> None:
    """Write a workbook to be filled in.

    `roles` are short names, each with the name that Moodle shows; `courses` are short names, and without any a
    course is typed freely. Raises InputError where the path cannot be used, or a file is there that may not be
    overwritten.
    """
    _refuse_unusable(path, overwrite)
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    roster = workbook.create_sheet(ROSTER)
    add_instructions(workbook, path, roles, with_courses=bool(courses))
    lists = workbook.create_sheet(LISTS)
    # A sheet of their own: inside the rule itself Excel takes a list of 255 characters at most.
    lists.sheet_state = "hidden"
    _add_columns(roster)
    choices = {"role": [name for name, _ in roles], "course": courses, "action": ACTIONS}
    for number, (header, values) in enumerate(choices.items(), 1):
        if values:
            _add_drop_down(roster, lists, number, header, values)
    with beside(path, InputError) as draft:
        workbook.save(draft)


def _refuse_unusable(path: Path, overwrite: bool) -> None:
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"{path} must end in .xlsx, because the template is an Excel workbook.")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise InputError(f"{path} is no place for a file; name a file in a folder that exists.")
    if path.exists() and not overwrite:
        raise InputError(f"{path} exists; choose another name, or write over it with --force.")


def _add_columns(sheet: Worksheet) -> None:
    """Headers, and text format all the way down: with it Excel keeps `007` and turns nothing into a date."""
    fit_paper(sheet)
    sheet.print_title_rows = "1:1"
    for number, column in enumerate(COLUMNS, 1):
        put_header(sheet, 1, number, column.header)
        sheet.cell(1, number).comment = _comment(column)
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.width = column.width
        dimension.number_format = "@"
    sheet.freeze_panes = "A2"


def _comment(column: FormColumn) -> Comment:
    return Comment(column.meaning, "batchroles", height=120, width=300)


def _add_drop_down(
    roster: Worksheet, lists: Worksheet, number: int, header: str, values: Sequence[str]
) -> None:
    """Put the values into a column of the lists, and offer them in the roster's column of that header."""
    put_header(lists, 1, number, header)
    for row, value in enumerate(values, 2):
        put_text(lists, row, number, value)
    letter = get_column_letter(number)
    column = next(column for column in COLUMNS if column.header == header)
    choice = DataValidation(
        type="list",
        formula1=f"{quote_sheetname(lists.title)}!${letter}$2:${letter}${len(values) + 1}",
        allow_blank=True,
        showErrorMessage=True,
        errorStyle=column.strictness,
        errorTitle=f"Not in the list of {header}s",
        error=column.refusal,
    )
    target = get_column_letter(COLUMNS.index(column) + 1)
    choice.add(f"{target}2:{target}{LAST_ROW}")
    roster.add_data_validation(choice)
