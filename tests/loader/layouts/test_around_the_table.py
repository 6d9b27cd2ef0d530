"""What stands above the header and between the rows: titles are passed over, data never is."""

from pathlib import Path

import openpyxl
import pytest

from batchroles.errors import InputError
from batchroles.loader.layouts import FormatOptions, read

_SINGLE = FormatOptions(role="student", context="system")


def table(folder: Path, *lines: str) -> Path:
    path = folder / "roster.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "above",
    [
        ["anna.abel,student,MAT101"],
        ["Report of spring", "", "anna.abel,student,MAT101"],
        ["anna.abel,student,"],
        ["anna.abel,,MAT101"],
        ["Anna Abel,student,MAT101"],
        ["1042,student,MAT101", "1043,student,MAT101"],
    ],
)
def test_data_above_the_header(tmp_path: Path, above: list[str]) -> None:
    """A row above the header that could ask for something is refused with its row, and nothing is done."""
    path = table(tmp_path, *above, "user,role,course", "ben.bolt,student,MAT101")

    with pytest.raises(InputError) as caught:
        read(path)

    row = next(number for number, line in enumerate(above, 1) if "," in line)
    name = above[row - 1].partition(",")[0]
    assert str(caught.value) == (
        f'{path}, row {row}: "{name}" and what stands beside it looks like data, and the header stands below '
        f"it, in row {len(above) + 1}; move the header to the top, or delete the rows above it."
    )


@pytest.mark.parametrize(
    "above",
    [
        ["Roster of spring 2024,,"],
        ["Roster,,", ",,"],
        ["Report of,spring,", "2024-03-01,,"],
        ["Exported:,2024-03-01,by the registry"],
        ["Exported,2024-03-01,", "01.03.2024,12:30,"],
        [",School,Faculty", "User,Role,Place"],
        [",,,student", "Page 1,,,student"],
    ],
)
def test_titles_above_the_header(tmp_path: Path, above: list[str]) -> None:
    """Titles, dates and a header of two rows are passed over, and mentioned."""
    wanted = read(table(tmp_path, *above, "user,role,course,note", "ben.bolt,student,MAT101,"))

    assert wanted.lines["row"].tolist() == [len(above) + 2]
    assert [note for note in wanted.notes if "above the header passed over" in note]


@pytest.mark.parametrize("name", ["anna.abel", "1042", "anna"])
def test_names_above_a_single_column(tmp_path: Path, name: str) -> None:
    """In a list of users with a header, a single word above it is refused, for it may be somebody; a title is not."""
    with pytest.raises(InputError, match="looks like data"):
        read(table(tmp_path, name, "username", "ben.bolt"), options=_SINGLE)

    assert len(read(table(tmp_path, "New students", "username", "ben.bolt"), options=_SINGLE).lines) == 1


def test_data_above_the_header_of_a_wide_layout(tmp_path: Path) -> None:
    """Moodle's own layouts are looked at in the same way, and in a workbook the sheet is named."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Users"
    for row in (("anna", None, "BIO"), ("username", "course1", "course2"), ("ben", "MAT", None)):
        book.active.append(row)
    book.save(tmp_path / "upload.xlsx")

    with pytest.raises(
        InputError, match=r'upload.xlsx, Users, row 1: "anna" and what stands beside it looks like'
    ):
        read(tmp_path / "upload.xlsx")


def test_another_header_in_the_middle(tmp_path: Path) -> None:
    """A second table below, with its columns in another order, is refused with the row of its header."""
    path = table(tmp_path, "user,role,course", "anna,student,MAT", "", "Course,User,Role", "MAT,ben,student")

    with pytest.raises(InputError) as caught:
        read(path)

    assert str(caught.value) == (
        f'{path}, row 4: another header stands there, "Course", "User" and "Role"; '
        "put the table below it into a file or a sheet of its own."
    )


def test_somebody_called_like_a_header(tmp_path: Path) -> None:
    """A row is no header for a name that is a header's word."""
    assert (
        len(read(table(tmp_path, "user,role,course", "user,user,MAT101", "role,student,course1")).lines) == 2
    )
