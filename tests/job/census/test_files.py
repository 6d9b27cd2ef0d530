"""An export as a file: written whole, read back as it was, and a list like any other."""

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from batchroles.errors import InputError
from batchroles.job import Job, Rules, Sync
from batchroles.job.census import layout
from batchroles.job.census.exported import ID, read_export
from batchroles.job.census.exporting import Export, Sheets, export
from batchroles.job.census.layout import Scope
from batchroles.job.census.writing import write
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import holdings, moodle_at, planned
from tests.job.newer import newer, newer_site

FILES = ("who.csv", "who.xlsx")
ODD = '=HYPERLINK("http://evil"),Ada'


@pytest.fixture(scope="module")
def site() -> Iterator[Practice]:
    """Serve the recorded site with a person whose names look like formulas; nothing here changes it."""
    raw = newer_site()
    person = next(one for one in raw["users"] if one["username"] == "u05")
    person |= {"firstname": ODD, "lastname": "'+Eve", "idnumber": "-7"}
    with serve(raw) as practice:
        yield practice


@pytest.fixture(scope="module")
def made(site: Practice) -> Export:
    """Give an export of it for a review."""
    return export(moodle_at(site), review=True)


@pytest.fixture(scope="module")
def folder(made: Export, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the same export as CSV and as a workbook."""
    folder = tmp_path_factory.mktemp("exports")
    for name in FILES:
        write(made, folder / name)
    return folder


@pytest.mark.parametrize("name", FILES)
def test_it_is_read_back_as_it_was(made: Export, folder: Path, name: str) -> None:
    """Every cell, the scope, the site and the moment come back, from either kind of file."""
    back = read_export(folder / name)
    assert back.about == made.about
    assert (back.faults, back.has_decisions) == ({}, True)
    columns = [*made.rows.columns[:-1]]
    pd.testing.assert_frame_equal(back.rows[columns], made.rows[columns])
    assert set(back.rows[ID]) == {made.about.id}


def test_formulas_are_text(made: Export, folder: Path) -> None:
    """Names that look like formulas are text in the workbook, marked so in CSV, and themselves when read back."""
    sheet = openpyxl.load_workbook(folder / "who.xlsx")["Holdings"]
    shown = {cell.value: cell.data_type for row in sheet.iter_rows() for cell in row}
    assert shown[f"'{ODD}"] == shown["'-7"] == "s"
    assert '"\'=HYPERLINK(""http://evil""),Ada"' in (folder / "who.csv").read_text(encoding="utf-8-sig")
    row = made.rows[made.rows[layout.USERNAME].eq("u05")].iloc[0]
    assert [row[layout.FIRST], row[layout.LAST], row[layout.IDNUMBER]] == [ODD, "'+Eve", "-7"]


@pytest.mark.parametrize("name", FILES)
def test_assigning_it_changes_nothing(site: Practice, folder: Path, name: str) -> None:
    """At every level, by hand and by plugins, whatever names and ID numbers look like, all is so already."""
    plan = planned(folder / name, moodle_at(site), existing=True, probe=True).plan
    # Somebody has a role by hand and by a cohort, which is two rows.
    assert plan.lines.by_status() == {"already": 39, "duplicate": 1}
    assert "28 names in the file compared with Moodle's: all fit." in plan.notes


def test_a_sync_of_it_finds_no_difference(site: Practice, tmp_path: Path) -> None:
    """A sync with the same scope gives nothing, and takes nothing away, even of what others gave."""
    moodle, before = moodle_at(site), holdings(site)
    below = Scope(below=("id=3",))
    write(export(moodle, below), tmp_path / "below.csv")
    rules = Rules(scope=("category:id=3",), remove_unowned=True, adopt=True)
    with Job(moodle) as job:
        lines = job.planned(
            Sync(tmp_path / "below.csv", "physics", tmp_path / "state", rules=rules)
        ).plan.lines
    assert set(lines.by_status()) <= {"already", "duplicate"}
    assert len(lines) == 24
    assert holdings(site) == before


def test_a_plugin_that_took_a_role_away(site: Practice, made: Export, tmp_path: Path) -> None:
    """What a plugin gives is no row that a run sends while it is there."""
    rows = made.rows[made.rows[layout.GIVEN].str.contains("enrol_cohort")]
    rows.to_csv(tmp_path / "cohort.csv", index=False)
    plan = planned(tmp_path / "cohort.csv", moodle_at(site), existing=True).plan
    assert plan.lines.by_status() == {"already": 3}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_there_stays(made: Export, tmp_path: Path, name: str) -> None:
    """An existing file is written over with force alone; else it stays byte for byte."""
    path = tmp_path / name
    path.write_bytes(b"mine")
    with pytest.raises(InputError, match="exists; choose another name, or write over it with --force"):
        write(made, path)
    assert path.read_bytes() == b"mine"
    write(made, path, force=True)
    assert read_export(path).about == made.about


def test_nothing_half_written(made: Export, tmp_path: Path) -> None:
    """An export that cannot be written to its end leaves no part of a file, and the old one as it was."""
    rows = pd.concat([made.rows] * 10, ignore_index=True)
    rows.loc[len(rows) - 1, layout.PLACE] = 7
    broken = Export(made.about, rows, made.notes, made.calls)
    for name in FILES:
        (tmp_path / name).write_bytes(b"mine")
        with pytest.raises(TypeError):
            write(broken, tmp_path / name, force=True)
        assert (tmp_path / name).read_bytes() == b"mine"
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(FILES)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("who.txt", "must end in .xlsx or .csv"),
        ("nowhere/who.csv", "is no place for a file"),
    ],
)
def test_a_place_that_cannot_be_used(made: Export, tmp_path: Path, name: str, said: str) -> None:
    """A name that says no kind of file, and a folder that is not there, are refused."""
    with pytest.raises(InputError, match=said):
        write(made, tmp_path / name)


def test_an_export_of_nothing(site: Practice, tmp_path: Path) -> None:
    """A scope in which nobody has anything is a file with headers, which says of what it is."""
    made = export(moodle_at(site), Scope(roles=("observer",)))
    for name in FILES:
        write(made, tmp_path / name)
        back = read_export(tmp_path / name)
        assert (len(back.rows), back.about.scope.roles) == (0, ("observer",))


def test_a_sheet_for_each_category_or_owner(site: Practice, tmp_path: Path) -> None:
    """A workbook can be parted: every row stands on one sheet, each with drop-downs for the decisions."""
    titles: dict[Sheets, str] = {"category": "Faculty of Science - Physics", "owner": "Felix Fischer"}
    for sheets, title in titles.items():
        made = export(moodle_at(site), review=True, sheets=sheets)
        path = tmp_path / f"{sheets}.xlsx"
        write(made, path)
        workbook = openpyxl.load_workbook(path)
        assert title in workbook.sheetnames
        assert workbook.sheetnames[-1] == "Summary"
        for sheet in workbook.worksheets[:-1]:
            (choice,) = sheet.data_validations.dataValidation
            assert choice.formula1 == '"keep,remove"'
        back = read_export(path)
        assert len(back.tables) == len(workbook.sheetnames) - 1
        assert sorted(map(tuple, back.rows[[*made.rows.columns[:-1]]].to_numpy())) == sorted(
            map(tuple, made.rows[[*made.rows.columns[:-1]]].to_numpy())
        )


def test_the_summary_says_how_much_there_is(folder: Path) -> None:
    """The sheet *Summary* has the site, the moment, the scope and the counts by role and giver."""
    sheet = openpyxl.load_workbook(folder / "who.xlsx")["Summary"]
    cells = {row[0].value: row[1].value for row in sheet.iter_rows()}
    assert sheet["A1"].value == "40 holdings of 28 people"
    assert cells["Site"] == "Lab (https://moodle.test)"
    assert (cells["What"], cells["mentor"], cells["cohort sync (enrol_cohort)"]) == ("everything", 1, 3)


def test_it_survives_a_spreadsheet_program(folder: Path, tmp_path: Path, made: Export) -> None:
    """A workbook in which rows were deleted and sorted, and that another program saved, is the same export."""
    workbook = openpyxl.load_workbook(folder / "who.xlsx")
    sheet = workbook["Holdings"]
    sheet.delete_rows(5, 3)
    rows = sorted((list(row) for row in sheet.iter_rows(min_row=2, values_only=True)), key=str, reverse=True)
    for number, row in enumerate(rows, 2):
        for column, value in enumerate(row, 1):
            sheet.cell(number, column).value = value
    workbook.save(tmp_path / "who.xlsx")
    back = read_export(tmp_path / "who.xlsx")
    assert (back.about, back.faults) == (made.about, {})
    assert len(back.rows) == len(made.rows) - 3
    kept = set(map(tuple, back.rows[[*made.rows.columns[:-1]]].to_numpy()))
    assert kept < set(map(tuple, made.rows[[*made.rows.columns[:-1]]].to_numpy()))


def edited(folder: Path, tmp_path: Path, old: str, new: str) -> Path:
    """Give a copy of the CSV file in which a text is another one, where it stands first."""
    text = (folder / "who.csv").read_text(encoding="utf-8-sig")
    assert old in text
    (tmp_path / "edited.csv").write_text(text.replace(old, new, 1), encoding="utf-8")
    return tmp_path / "edited.csv"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("_export ", "export ", "is no export of batchroles"),
        ("from=reports", "from", "the header of the last column was changed"),
        ("https://moodle.test", "https://moodle test", "the header of the last column was changed"),
        ("role shortname", "Rolle", '"role shortname" is missing, or was renamed'),
        ("context", "wo", '"context" is missing, or was renamed'),
        ("given by", "Decision", 'two columns are called "decision"'),
    ],
)
def test_a_header_that_was_changed(folder: Path, tmp_path: Path, old: str, new: str, said: str) -> None:
    """A file that does not say any more what it is, or misses a column, is refused whole, with the column."""
    with pytest.raises(InputError, match=said):
        read_export(edited(folder, tmp_path, old, new))


def test_rows_that_were_changed(folder: Path, tmp_path: Path, made: Export) -> None:
    """A row without a role, and one of another export, are told by their places; rows may be missing."""
    path = edited(folder, tmp_path, ",mentor,", ",,")
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[3] = lines[3].replace(made.about.id, "x0000000000")
    del lines[5]
    path.write_text("\n".join(lines), encoding="utf-8")
    back = read_export(path)
    said = {back.place(number): sentence for number, sentence in back.faults.items()}
    assert len(back.rows) == len(made.rows) - 1
    assert said["row 4"].startswith("The row is not of this export")
    (other,) = set(said) - {"row 4"}
    assert said[other].startswith("The row has no role shortname")


def test_an_export_of_another_site(folder: Path) -> None:
    """An export is refused whole on another site."""
    raw = newer_site()
    raw["site"] = {**raw["site"], "wwwroot": "https://other.example.edu"}
    back = read_export(folder / "who.csv")
    with newer() as same:
        back.refuse_other_site(moodle_at(same))
    with (
        serve(raw) as other,
        pytest.raises(InputError, match=r"is an export of .*, and this site is https://other"),
    ):
        back.refuse_other_site(moodle_at(other))


@pytest.mark.parametrize(
    "scope",
    [
        Scope(),
        Scope(
            ("Tutor / Lab", "a=b"), ("category:name=Science / Physics",), ("id=5",), ("email=a@b.c", 'ä ü;,"')
        ),
    ],
)
def test_a_header_holds_whatever_was_typed(made: Export, scope: Scope) -> None:
    """Site, name, moment and scope are read from the header as they were written, whatever stands in them."""
    about = layout.About(
        "https://x.example/moodle dir", 'Ünï "x"=y', made.about.moment, layout.COURSES, scope
    )
    assert layout.About.read(about.header) == about
    assert layout.About.read(about.header.replace("from=", "From=")) is None
