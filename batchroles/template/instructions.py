"""The columns of the template, and the sheet that says how to fill them in.

The sheet stands apart, so that its example is never sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from batchroles.reporter.workbook_sheets import BOLD, TITLE, fit_paper, put_header, put_text
from batchroles.text import as_word


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A column to fill in."""

    header: str
    width: int
    """In characters."""
    meaning: str
    """What to write there."""
    example: str
    strictness: Literal["stop", "warning"] = "warning"
    """What Excel does with a value that is not in the drop-down: refuse it, or ask whether it is meant."""
    refusal: str = ""
    """What Excel says then; at most 225 characters."""


COLUMNS = (
    FormColumn(
        "username",
        28,
        "The name with which the person logs in to Moodle. To go by e-mail address or ID number instead, change this "
        "header to email or idnumber.",
        "maria.lopez",
    ),
    FormColumn(
        "role",
        20,
        "The role, from the drop-down list. It holds Moodle's short names; below is what Moodle shows for each.",
        "student",
        refusal="This role was not known when the template was made. Keep it only if your site has it.",
    ),
    FormColumn(
        "course",
        28,
        "The short name of the course, exactly as Moodle spells it. To give roles in a category instead, change this "
        "header to category and write the category's ID number.",
        "MATH101",
        refusal="This course was not on the site when the template was made. Keep it only if it has been made since.",
    ),
    FormColumn(
        "action",
        14,
        "assign gives the role and unassign takes it away; enrol and unenrol do so with the enrolment, without which "
        "nobody is among a course's participants. Where it is blank, the command that reads the file decides.",
        "assign",
        "stop",
        "Pick one of the list, or leave the cell blank.",
    ),
)

STEPS = (
    "1.  Fill in the sheet Roster: one row for each person, role and course. Leave no title or total there.",
    "2.  Save the file as it is, an Excel workbook.",
    "3.  See what would happen, nothing is sent:  batchroles check {file}",
    "4.  Do it:  batchroles assign {file}",
    "5.  Look at what became of each row: results.xlsx, in the folder that is named then.",
    "6.  Correct rows that failed there, or in failed.csv, save it in place, and send them:  batchroles retry last",
)
"""The guide for a registrar in short; `{file}` is the workbook as it is typed in a command."""
TYPED_COURSES = "Courses are typed; a template made with --with-courses has a list of them to pick from."


def add_instructions(
    workbook: Workbook, path: Path, roles: Sequence[tuple[str, str]], *, with_courses: bool
) -> None:
    """Add the sheet; `path` is the workbook's own, `roles` are short names, each with the name that Moodle shows."""
    sheet = workbook.create_sheet("Instructions")
    sheet.sheet_view.showGridLines = False
    fit_paper(sheet)
    for letter, width in {"A": 20, "B": 84, "C": 20}.items():
        sheet.column_dimensions[letter].width = width
    put_text(sheet, 1, 1, "How to fill in this workbook", TITLE)
    for row, step in enumerate(STEPS, 3):
        put_text(sheet, row, 1, step.format(file=as_word(path)))
    row = _columns(sheet, len(STEPS) + 4)
    if not with_courses:
        put_text(sheet, row, 1, TYPED_COURSES)
        row += 1
    _roles(sheet, row + 1, roles)


def _columns(sheet: Worksheet, row: int) -> int:
    """List the columns with their meanings and an example; return the next free row."""
    for number, header in enumerate(["Column", "What to write", "Example row"], 1):
        put_header(sheet, row, number, header)
    for column in COLUMNS:
        row += 1
        put_text(sheet, row, 1, column.header, BOLD).alignment = Alignment(vertical="top")
        meaning = put_text(sheet, row, 2, column.meaning)
        meaning.alignment = Alignment(wrap_text=True, vertical="top")
        put_text(sheet, row, 3, column.example).alignment = Alignment(vertical="top")
        # A cell does not grow with its text by itself: about 80 letters stand on a line.
        sheet.row_dimensions[row].height = 16 * max(2, -(-len(column.meaning) // 80))
    return row + 2


def _roles(sheet: Worksheet, row: int, roles: Sequence[tuple[str, str]]) -> None:
    put_header(sheet, row, 1, "Role to pick")
    put_header(sheet, row, 2, "Shown in Moodle as")
    for below, (shortname, shown) in enumerate(roles, 1):
        put_text(sheet, row + below, 1, shortname, BOLD)
        put_text(sheet, row + below, 2, shown)
