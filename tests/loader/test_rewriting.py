"""Files written again with other texts in some cells."""

import csv
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchroles.loader import ReadingOptions, open_source
from batchroles.loader.delimited import DelimitedFile
from batchroles.loader.rewriting import rewrite
from batchroles.loader.workbook.splicing import spliced
from batchroles.reporter.sheet_xml import typed_cell

CORPUS = Path(__file__).parents[1] / "corpus" / "files"
# Nothing that a spreadsheet would run: that is made harmless.
texts = st.text(st.sampled_from('ab ü;,"\n\t|\u3000'), max_size=6).map(lambda text: text.lstrip("\t\r\n"))
grids = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(texts, min_size=width, max_size=width), min_size=1, max_size=6)
)


@given(grids, st.data())
@settings(max_examples=150)
def test_only_what_is_changed_is_other_text(grid: list[list[str]], data: st.DataObject) -> None:
    """However cells are quoted and lines end, the file reads as the same grid but for the changed cells."""
    delimiter, end = data.draw(st.sampled_from(",;\t")), data.draw(st.sampled_from(["\n", "\r\n"]))
    all_quoted = data.draw(st.booleans())
    width = len(grid[0])
    places = st.tuples(st.integers(1, len(grid)), st.integers(0, width - 1))
    changes = data.draw(st.dictionaries(places, texts, max_size=4))
    written = StringIO(newline="")
    csv.writer(
        written,
        delimiter=delimiter,
        lineterminator=end,
        quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL,
    ).writerows([["head"], *grid])
    with TemporaryDirectory() as folder:
        path, copy = Path(folder, "list.csv"), Path(folder, "copy.csv")
        path.write_bytes(written.getvalue().encode())
        source = DelimitedFile(path, ReadingOptions(encoding="utf-8", delimiter=delimiter))
        assert "".join(text for _, text in source.records()) == written.getvalue()
        rewrite(source, {}, (), width, copy)
        assert copy.read_bytes() == path.read_bytes()
        rewrite(source, {(row + 1, at): text for (row, at), text in changes.items()}, (), width, copy)
        with copy.open(newline="", encoding="utf-8") as file:
            found = list(csv.reader(file, delimiter=delimiter, strict=True))
    expected = [
        [changes.get((row, at), text) for at, text in enumerate(cells)] for row, cells in enumerate(grid, 1)
    ]
    assert [[*cells, ""][:width] for cells in found[1:]] == [[*cells, ""][:width] for cells in expected]


@pytest.mark.parametrize(
    "name", ["from-libreoffice.xlsx", "number-formats-without-places.xlsx", "not-at-a1.xlsx"]
)
def test_workbooks_of_other_programs_read_the_same_but_for_the_changed_cell(
    tmp_path: Path, name: str
) -> None:
    """Whatever wrote the workbook, every other cell of it is read as before."""
    path, copy = CORPUS / name, tmp_path / "copy.xlsx"
    source = open_source(path)
    (sheet, *_) = source.sheets()
    before = source.read(sheet, 0).table.cells.astype("str")
    row, at = int(before.index[-1]), len(before.columns) - 1
    spliced(path, {str(sheet): {(row, at): typed_cell("new <&> text")}}, copy)
    after = open_source(copy).read(sheet, 0).table.cells.astype("str")
    before.loc[row, at] = "new <&> text"
    assert after.to_numpy().tolist() == before.to_numpy().tolist()
