"""Failed files read again: the same rows, with the same text in every cell."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from batchroles.loader.layouts import read
from batchroles.models import Plan, Status
from batchroles.reporter import Files, write_results
from tests.reporter.plans import Line, plan, summary_of, table

CELL = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")),
        st.sampled_from("'=+-@\t\r\n,;|\" #\uff1d\uff0b\uff0d\uff20"),
    ),
    max_size=8,
)


def written(folder: Path, notes: list[str], delimiter: str = ",") -> tuple[Plan, Files]:
    rows = {row: ["anna", "student", "M1", note] for row, note in enumerate(notes, 2)}
    lines = [Line(row, Status.REFUSED, problem=1) for row in rows]
    what = plan(replace(table(["username", "role", "course", "note"], rows), delimiter=delimiter), lines)
    return what, write_results(folder, what, summary_of(what))


@settings(max_examples=60, deadline=None)
@given(st.lists(CELL, min_size=1, max_size=5), st.sampled_from(",;\t|"))
@example(["=1+1", "'=x", "''@", "\tx", "-5", "'", "two\nlines", 'a"b', "x;y|z", "", "é", "007", "NA"], ",")
@example(["=1+1", "\tx", "two\nlines", 'a"b', "x;y|z", "1,5", ";", "a;b,c"], ";")
@example(["\n=1+1", "\uff1d1+1", "'\uff0b49", "\uff0d5", "\uff20x"], "\t")
def test_a_failed_file_is_read_back_as_it_was(notes: list[str], delimiter: str) -> None:
    """Whatever the cells hold, and whatever stands between them, failed.csv gives back the file's own columns."""
    with TemporaryDirectory() as folder:
        what, files = written(Path(folder), notes, delimiter)
        again = read(files.failed).table
        assert again.headers == what.table.headers
        assert (
            again.cells.astype(object).to_numpy().tolist()
            == what.table.cells.astype(object).to_numpy().tolist()
        )


def test_the_rows_of_the_workbook_can_be_read_again_too(tmp_path: Path) -> None:
    """The Rows sheet of results.xlsx is a valid input as well, formula-like text included."""
    what, files = written(tmp_path, ["=1+1", "007", "x", "\n=1+1", "\uff1d1+1", "'\uff20x"])
    again = read(files.workbook).table
    assert (again.sheet, again.headers) == ("Rows", what.table.headers)
    assert (
        again.cells.astype(object).to_numpy().tolist() == what.table.cells.astype(object).to_numpy().tolist()
    )
