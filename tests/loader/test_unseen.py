"""What nobody sees in a sheet is said, in every kind of workbook that tells it."""

import io
from pathlib import Path

import openpyxl
import pytest

from batchroles.errors import InputError
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import read
from batchroles.loader.workbook.facts import SheetFacts
from batchroles.loader.workbook.reading import Workbook
from tests.corpus.test_corpus import FILES
from tests.loader.test_shown_numbers import changed

_HIDDEN = "1 row is hidden in the sheet and read like the others; --visible-rows leaves them out."


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_hidden_and_merged(kind: str) -> None:
    """Hidden rows, columns and sheets and merged cells are said alike."""
    notes = read(FILES / f"unseen.{kind}").table.notes

    assert notes == [
        'A hidden sheet is not read: "Lists"; --sheet names it.',
        _HIDDEN,
        "Column D is hidden in the sheet and read like the others.",
        "Cells are merged below the header, the first at C17:C18; only the first cell has text.",
    ]


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        (
            'visibility="collapse"><table:table-cell',
            'visibility="filter"><table:table-cell',
            "hidden by a filter",
        ),
        ('style:row-height="0.2083in"', 'style:row-height="0in"', "rows are hidden"),
        (
            'style:column-width="0.8',
            'style:column-width="0in" style:other="0.8',
            "Columns A, B, C, D are hidden",
        ),
    ],
)
def test_ods_rows_that_are_filtered_or_flat(tmp_path: Path, old: str, new: str, note: str) -> None:
    """Filtered rows, and rows and columns that are nothing high or wide, are hidden too."""
    path = tmp_path / "roster.ods"
    path.write_bytes(changed((FILES / "unseen.ods").read_bytes(), old, new, "content.xml"))

    assert any(note in one for one in read(path).table.notes)


def test_xlsx_rows_that_are_flat(tmp_path: Path) -> None:
    """A row of no height and a column of no width are hidden; hidden rows without text are not counted."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("user", "role", "course"), ("anna", "student", "MAT"), ("ben", "student", "MAT")):
        sheet.append(row)
    sheet.row_dimensions[9].hidden = True
    sheet.column_dimensions["B"].hidden = True
    target = io.BytesIO()
    book.save(target)
    path, part = tmp_path / "roster.xlsx", "xl/worksheets/sheet1.xml"
    data = changed(target.getvalue(), '<row r="3"', '<row r="3" ht="0" customHeight="1"', part)
    path.write_bytes(changed(data, 'hidden="1" min=', 'width="0" min=', part))

    assert read(path).table.notes == [_HIDDEN, "Column B is hidden in the sheet and read like the others."]


def test_repeated_rows_of_an_ods(tmp_path: Path) -> None:
    """A row that stands for many is counted as often; what is repeated beyond reason leaves nothing known."""
    path = tmp_path / "roster.ods"
    many = (
        '<table:table-row table:number-rows-repeated="{}" table:style-name="ro1" table:visibility="collapse">'
    )
    data, old = (
        (FILES / "unseen.ods").read_bytes(),
        '<table:table-row table:style-name="ro1" table:visibility="collapse">',
    )
    path.write_bytes(changed(data, old, many.format(5), "content.xml"))

    assert (
        "5 rows are hidden in the sheet and read like the others; --visible-rows leaves them out."
        in read(path).table.notes
    )


def test_only_visible_rows_of_a_workbook_that_does_not_tell() -> None:
    """Where nothing tells which rows are hidden, nothing is left out on a guess: it is refused."""
    book = Workbook(
        FILES / "numbers.xlsx",
        ReadingOptions(visible_rows=True),
        lambda _: SheetFacts(hidden_unknown=True),
    )

    with pytest.raises(InputError, match=r"does not tell which rows are hidden; save it as \.xlsx"):
        book.preview(book.sheets()[0])
