"""Make samples/roster.xlsx and samples/roster.csv: rosters as registrars make them, for the packaged practice site.

Run it as `python samples/make_roster.py` after a change of the practice site. The workbook has what such files have:
a title, a second sheet, cells with stray spaces, a note at the end, and the mistakes of `MISTAKES`.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from batchroles.sandbox import default_site

HERE = Path(__file__).parent
TITLE_ROWS = 2
"""Rows above the header: a title and a blank one."""
STUDENTS_PER_COURSE, COURSES = 19, 24


@dataclass(frozen=True)
class Entry:
    """A row of the roster."""

    number: str
    last: str
    first: str
    username: str
    role: str
    course: str | date
    action: str = ""
    remarks: str = ""


HEADERS = {
    "Student number": 16,
    "Last name": 14,
    "First name": 11,
    "User name": 31,
    "Role": 9,
    "Course": 12,
    "Action": 8,
    "Remarks": 23,
}
"""With their widths, in characters: some too wide and some too narrow, as people leave them."""

MISTAKES: dict[int, dict[str, Any]] = {
    17: {"username": "ravi.adms0009"},
    41: {"role": "Teacher"},
    58: {"course": "PHY110", "remarks": "moved from PHY101?"},
    83: {"role": ""},
    112: {"username": "", "number": ""},
    139: {"role": "Tutor"},
    166: {"number": "S0100001", "remarks": "number from the old list"},
    201: {"course": date(2030, 3, 1), "remarks": "typed as MAR1"},
    230: {"username": "#N/A", "number": ""},
    258: {"number": "S100263"},
    287: {"role": "coursecreator"},
    330: {"action": "replace"},
}
"""By position in the roster (from 0): what is wrong there."""

HARMLESS: dict[int, dict[str, str]] = {
    5: {"username": "{username} "},
    28: {"course": "{course}\u00a0"},
    64: {"role": "Student"},
    99: {"role": " student"},
    150: {"username": "{capitals}"},
    180: {"role": "Non-editing teacher"},
    245: {"course": " {course}"},
    310: {"action": "add"},
    345: {"action": "remove", "remarks": "left in week 2"},
    346: {"action": "remove", "remarks": "left in week 2"},
    347: {"action": "Remove", "remarks": "left in week 3"},
}
"""What looks untidy or odd and is right all the same."""

REPEATED = {120: 88, 260: 88, 390: 14}
"""A row copied to another position: the same assignment twice."""
CONTRADICTED = {400: 35}
"""A row copied with the opposite action: neither can be right."""


def main() -> None:
    """Write both files."""
    entries = roster()
    workbook(entries).save(HERE / "roster.xlsx")
    with (HERE / "roster.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(small(entries))


def roster() -> list[Entry]:
    """Return the rows, mistakes and all."""
    entries = list(_sound_entries(default_site()))
    for position, changes in HARMLESS.items():
        entries[position] = _changed(entries[position], changes)
    for position, original in (REPEATED | CONTRADICTED).items():
        entries[position] = entries[original]
    for position in CONTRADICTED:
        entries[position] = replace(entries[position], action="remove")
    for position, wrong in MISTAKES.items():
        entries[position] = replace(entries[position], **wrong)
    return entries


def small(entries: list[Entry]) -> list[list[str]]:
    """Return the rows of the small sample, header first: four sound ones and a misspelt user name."""
    sound = [[entry.username, entry.role, str(entry.course)] for entry in entries[:4]]
    return [["username", "role", "course"], *sound, ["ravi.adms0009", "student", str(entries[0].course)]]


def workbook(entries: list[Entry]) -> Workbook:
    """Return the workbook."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.created = book.properties.modified = datetime(2030, 8, 28)  # noqa: DTZ001 - a file's, without zone
    _fill(book.create_sheet("Autumn 2030"), entries)
    contacts = book.create_sheet("Contacts")
    contacts.append(["Office", "Telephone"])
    contacts.append(["Registry", "020 7946 0000"])
    contacts.append(["Science faculty", "020 7946 0101"])
    return book


def _sound_entries(site: dict[str, Any]) -> Iterator[Entry]:
    """Yield a teacher and some students for each course; everybody is taken once, so that nothing is twice."""
    people = iter([user for user in site["users"] if user["idnumber"]])
    for course in [course for course in site["courses"] if course["idnumber"]][:COURSES]:
        for turn, person in enumerate(islice(people, STUDENTS_PER_COURSE + 2)):
            role = ["editingteacher", "teacher", "student"][min(turn, 2)]
            names = (person["idnumber"], person["lastname"], person["firstname"], person["username"])
            yield Entry(*names, role, course["shortname"])


def _changed(entry: Entry, changes: dict[str, str]) -> Entry:
    words = {"username": entry.username, "course": entry.course, "capitals": entry.username.title()}
    return replace(entry, **{name: text.format(**words) for name, text in changes.items()})


def _fill(sheet: Worksheet, entries: list[Entry]) -> None:
    sheet["A1"] = "Course roles, autumn term 2030"
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.merge_cells("A1:E1")
    for column, (header, width) in enumerate(HEADERS.items(), 1):
        cell = sheet.cell(TITLE_ROWS + 1, column, header)
        cell.font = Font(bold=True)
        cell.alignment = Alignment(horizontal="center")
        sheet.column_dimensions[cell.column_letter].width = width
    for entry in entries:
        sheet.append([value or None for value in vars(entry).values()])
        sheet.cell(sheet.max_row, 4).data_type = "s"  # "#N/A" was copied as text, it is no error of a formula
    last = sheet.max_row
    sheet.cell(last + 1, 8, " ")  # a blank that somebody left: not a row
    sheet.cell(last + 3, 1, "Please send changes to the registry before 14 September.")


if __name__ == "__main__":
    main()
