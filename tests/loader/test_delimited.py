"""Delimited text: rows keep their numbers and cells their text, however large the file."""

from pathlib import Path

import pandas as pd
import pytest

from batchroles.errors import InputError
from batchroles.loader import open_source
from batchroles.loader.layouts import ReadingOptions, load
from batchroles.models import Code, Problem

LONG = 2_500
"""More rows than are read at once."""


def write(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join(["user,role,course", *rows]) + "\n", encoding="utf-8")
    return path


def test_table(tmp_path: Path) -> None:
    """A file becomes one categorical of text per column, with the row numbers of a spreadsheet."""
    path = write(tmp_path / "roster.csv", ["anna,student,", "", '"a ""b""",007,NA', " , ,"])

    table = open_source(path).read(None, 1).table

    assert (table.headers, table.sheet, table.row_problems) == (["user", "role", "course"], None, {})
    assert list(table.cells.index) == [2, 4]
    assert table.cells.astype("str").to_numpy().tolist() == [["anna", "student", ""], ['a "b"', "007", "NA"]]
    assert all(isinstance(kind, pd.CategoricalDtype) for kind in table.cells.dtypes)


def test_row_numbers_over_many_chunks(tmp_path: Path) -> None:
    """Blank lines and quoted line breaks keep rows and numbers together to the end of a long file."""
    rows = [f'user{number},"two\nlines",C{number % 7}' if number % 10 else "" for number in range(LONG)]

    frame = load(write(tmp_path / "long.csv", rows))

    expected = [(number + 2, f"user{number}") for number in range(LONG) if number % 10]
    assert list(zip(frame.index, frame["user"], strict=True)) == expected


def test_too_many_cells_far_down(tmp_path: Path) -> None:
    """A row that is too wide is named wherever it stands, and shifts neither itself nor others."""
    rows = ["anna,student,MAT"] * LONG
    rows[1_998] = "abel, anna,student,MAT"

    table = open_source(write(tmp_path / "wide.csv", rows)).read(None, 1).table

    problem = Problem(
        Code.BAD_VALUE,
        'The row has 4 cells and the table 3 columns; the text "MAT" stands beyond the last.',
        "Remove the extra cell, or put text that holds the delimiter in double quotes.",
        value="MAT",
    )
    assert table.row_problems == {2_000: problem}
    assert list(table.cells.loc[2_001]) == ["anna", "student", "MAT", ""]
    assert list(table.cells.loc[2_000]) == ["abel", " anna", "student", "MAT"]
    assert table.headers == ["user", "role", "course", "_surplus"]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            '"anna,student,MAT',
            "a quotation mark opens a cell there and is never closed; close it or remove it.",
        ),
        (
            '"anna"x,student,MAT',
            "text follows a closing quotation mark; write a quotation mark inside a quoted cell twice.",
        ),
    ],
)
def test_broken_quotes_far_down(tmp_path: Path, row: str, sentence: str) -> None:
    """A quotation mark gone wrong is named with its row, even far down."""
    path = write(tmp_path / "quotes.csv", [*["anna,student,MAT"] * LONG, row])

    with pytest.raises(InputError) as caught:
        load(path)

    assert str(caught.value) == f"{path}, row {LONG + 2}: {sentence}"


@pytest.mark.parametrize("name", ["semicolon", ";", "tab", "\\t", "PIPE", "~"])
def test_delimiter_by_name(tmp_path: Path, name: str) -> None:
    """A delimiter is given as a character or by its name."""
    character = {"semicolon": ";", "tab": "\t", "\\t": "\t", "PIPE": "|"}.get(name, name)
    path = tmp_path / "roster.csv"
    path.write_text(f"user{character}role\nanna{character}a,b;c\td|e\n", encoding="utf-8")

    assert load(path, ReadingOptions(delimiter=name)).columns[0] == "user"


@pytest.mark.parametrize("name", ["", "ab", '"', "\n"])
def test_impossible_delimiter(tmp_path: Path, name: str) -> None:
    """What cannot be a delimiter is refused."""
    path = write(tmp_path / "roster.csv", ["anna,student,MAT"])

    with pytest.raises(
        InputError, match="cannot be a delimiter; use one character, or comma, semicolon, tab or pipe"
    ):
        load(path, ReadingOptions(delimiter=name))


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is one sentence."""
    with pytest.raises(InputError) as caught:
        load(tmp_path / "none.csv")

    assert str(caught.value) == f"{tmp_path / 'none.csv'} does not exist; check the name and the folder."


def test_folder(tmp_path: Path) -> None:
    """A folder is one sentence."""
    with pytest.raises(InputError) as caught:
        load(tmp_path)

    assert str(caught.value) == f"{tmp_path} is a folder; give the spreadsheet in it."
