"""A file as it stands, for the person who says what its columns mean."""

from pathlib import Path

import openpyxl
import pytest

import samples
from batchroles.errors import InputError
from batchroles.job.proposing import shape
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from tests.job.helpers import book
from tests.job.proposing.helpers import HEADER, text_file


def test_a_file_of_which_no_column_is_known_shows_its_rows_all_the_same(tmp_path: Path) -> None:
    """Why it cannot be read is said, and header and rows are there to be given meanings."""
    path = text_file(
        tmp_path / "list.csv", "List of May", "Wer;Was;Wohin", "u01;student;C-COH", "", "u02;student;C-COH"
    )
    found = shape(path)
    assert "no column for a user" in found.fault
    assert (found.layout, found.mappable, found.sheets, found.sheet) == ("", True, (), None)
    assert [cells for _, cells in found.rows][-2:] == [
        ("u01", "student", "C-COH"),
        ("u02", "student", "C-COH"),
    ]
    mapped = shape(
        path, understanding=FormatOptions(column_map={"Wer": "username", "Was": "role", "Wohin": "course"})
    )
    assert (mapped.fault, mapped.header, mapped.layout) == ("", 2, "plain")
    assert [(one.header, one.meaning, one.said) for one in mapped.columns] == [
        ("Wer", "username", True),
        ("Was", "role", True),
        ("Wohin", "course", True),
    ]
    assert [row for row, _ in mapped.rows] == [3, 5]


def test_sheets_are_told_the_hidden_ones_marked(tmp_path: Path) -> None:
    """Of a workbook every sheet is there, which is hidden and which is read; no more rows than asked for."""
    rows = [HEADER, *[(f"u{number}", "student", "C-COH") for number in range(30)]]
    path = book(tmp_path / "book.xlsx", Notes=[["nothing"]], List=rows, Old=rows)
    workbook = openpyxl.load_workbook(path)
    workbook["Old"].sheet_state = "hidden"
    workbook.save(path)
    found = shape(path)
    assert [(one.name, one.hidden, one.chosen) for one in found.sheets] == [
        ("Notes", False, False),
        ("List", False, True),
        ("Old", True, False),
    ]
    assert (found.sheet, found.header, len(found.rows)) == ("List", 1, 8)
    assert found.rows[0] == (2, ("u0", "student", "C-COH"))
    assert shape(path, ReadingOptions(sheet="Old")).sheet == "Old"


def test_meanings_are_those_that_can_be_said_each_once() -> None:
    """What is offered is what --map takes, in one word for each meaning; what a header means by itself is shown."""
    found = shape(Path(samples.__file__).parent / "roster.xlsx")
    assert {"username", "role", "course", "ignore", "fullname"} <= {*found.meanings}
    assert not {"email address", "surname", "course shortname"} & {*found.meanings}
    assert [one.meaning for one in found.columns] == [
        "idnumber", "lastname", "firstname", "username", "role", "course", "action", ""
    ]  # fmt: skip
    assert not any(one.said for one in found.columns)


def test_a_layout_that_says_itself_what_it_means_is_told(tmp_path: Path) -> None:
    """In Moodle's own wide file nothing can be said of columns."""
    path = text_file(tmp_path / "upload.csv", "username,course1,role1", "u01,C-COH,student")
    found = shape(path)
    assert (found.layout, found.mappable) == ("uploadusers", False)


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "is empty"), (b"%PDF-1.4", "PDF"), (b"PK\x03\x04broken", "damaged")]
)
def test_what_is_no_spreadsheet_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """There is nothing to give meanings to."""
    path = tmp_path / "list.xlsx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        shape(path)
