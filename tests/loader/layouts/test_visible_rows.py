"""Rows that a workbook hides, where they say something of those that can be seen."""

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from batchroles.errors import InputError
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions, describe, read
from batchroles.models import Wanted


def read_visible(path: Path, rows: Sequence[Sequence[str]], hidden: Sequence[int]) -> Wanted:
    """Write a workbook that hides some rows, and read the others."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for number in hidden:
        sheet.row_dimensions[number].hidden = True
    book.save(path)
    return read(path, ReadingOptions(visible_rows=True), FormatOptions(role="student"))


def test_people_below_a_hidden_heading(tmp_path: Path) -> None:
    """Who stands below a heading that a filter hides is meant for its course, and no hidden person is read."""
    lists = [
        ["Course: A"],
        ["username"],
        ["anna"],
        ["ben"],
        ["Course: B"],
        ["username"],
        ["cleo"],
        ["Total: 1"],
    ]

    wanted = read_visible(tmp_path / "lists.xlsx", lists, [4, 5, 6, 8])

    assert describe(wanted) == [
        "row 3: assign role student to user anna in course A",
        "row 7: assign role student to user cleo in course B",
    ]


@pytest.mark.parametrize(
    ("rows", "hidden", "error"),
    [
        (
            [["Course: A"], ["Course: B"], ["username"], ["anna"]],
            [2],
            "row 1: a heading stands above another one",
        ),
        (
            [["username", "course"], ["anna", "A"], ["category", "username"], ["B", "ben"]],
            [3],
            'row 3: another header stands there, "category" and "username"',
        ),
        (
            [["username", "A", "B"], ["anna", "x", ""], ["username", "C", "D"], ["ben", "x", "x"]],
            [3],
            'row 3: "C" and "D" may head the columns of the people below',
        ),
    ],
)
def test_what_hidden_rows_may_mean(
    tmp_path: Path, rows: Sequence[Sequence[str]], hidden: Sequence[int], error: str
) -> None:
    """A heading or another header that is hidden is no less one: what stands below it is not read as if it were not."""
    with pytest.raises(InputError, match=error):
        read_visible(tmp_path / "lists.xlsx", rows, hidden)
