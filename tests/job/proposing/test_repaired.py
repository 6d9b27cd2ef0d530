"""A copy of the file with what was corrected in it: the same in everything else, and the file itself untouched."""

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font

from batchroles.client import Moodle
from batchroles.errors import InputError
from batchroles.job.proposing import Correction, repaired_suffix, troubles, write_repaired
from batchroles.loader import ReadingOptions, open_source
from tests.job.helpers import book
from tests.job.proposing.helpers import HEADER, proposed, text_file, trouble

CORPUS = Path(__file__).parents[2] / "corpus" / "files"
ROSTER = Correction(1, "role", "studnt", "student")


def copy_of(
    path: Path, moodle: Moodle, *corrections: Correction, reading: ReadingOptions | None = None
) -> Path:
    """Write the copy beside the file, and see that the file is as it was."""
    before = path.read_bytes()
    plan = proposed(path, moodle, corrections, reading)
    target = path.with_name(f"copy{repaired_suffix(plan)}")
    write_repaired(plan, target)
    assert path.read_bytes() == before
    return target


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_text_file_is_the_same_byte_for_byte_elsewhere(
    tmp_path: Path, moodle: Moodle, encoding: str, end: str
) -> None:
    """Encoding, mark, line ends, blanks, quotation marks and rows that are too short stay; one cell is another."""
    lines = [
        "sep=;",
        "Liste;;",
        "username;role;course;Größe",
        '"u01";studnt;C-COH;"a;b ""c"""',
        "",
        " u02;  student;C-COH",
        '"u03";"studnt";"C-COH";"two',
        'lines"',
        "Total;3",
    ]
    path = text_file(tmp_path / "list.txt", *lines, end=end, encoding=encoding)
    copy = copy_of(path, moodle, ROSTER)
    assert copy.suffix == ".txt"
    text = end.join([*lines, ""])
    expected = text.replace(";studnt;", ";student;").replace('"studnt"', '"student"')
    assert copy.read_bytes() == expected.encode(encoding)
    assert not troubles(proposed(copy, moodle))


def test_a_new_text_is_quoted_where_it_must_be_and_runs_nowhere(tmp_path: Path, moodle: Moodle) -> None:
    """A delimiter in it, and what looks like a formula, do no harm; a cell that the row lacks is added."""
    path = text_file(
        tmp_path / "list.csv", "username,role,course", "u01,student", "u02,student,=x", "u03,a,C-COH"
    )
    copy = copy_of(
        path,
        moodle,
        Correction(2, "course", "", "A, B", (2,)),
        Correction(2, "course", "=x", "=y"),
        Correction(1, "role", "a", "=cmd()"),
    )
    assert copy.read_text().splitlines()[1:] == ['u01,student,"A, B"', "u02,student,=y", "u03,'=cmd(),C-COH"]


def test_a_letter_that_the_encoding_lacks_makes_the_copy_utf_8(tmp_path: Path, moodle: Moodle) -> None:
    """What cannot be written in Windows-1252 is no reason to write something else."""
    path = text_file(tmp_path / "list.csv", "username,role,course", "u01,Hörer,C-COH", encoding="cp1252")
    copy = copy_of(path, moodle, Correction(0, "username", "u01", "łukasz"))
    assert copy.read_bytes() == "\ufeffusername,role,course\nłukasz,Hörer,C-COH\n".encode()


def test_a_workbook_keeps_all_that_is_no_corrected_cell(tmp_path: Path, moodle: Moodle) -> None:
    """Formats, formulas with their results and other sheets stay; the cell keeps its format and holds text."""
    path = book(
        tmp_path / "list.xlsx",
        List=[HEADER, ("u01", "studnt", "C-COH"), ("u02", None, "C-COH"), ("u03", "student", "=B2")],
        Other=[["left", "alone"]],
    )
    workbook = openpyxl.load_workbook(path)
    workbook["List"]["B2"].font = Font(bold=True)
    workbook["List"].column_dimensions["A"].width = 42
    workbook.save(path)
    copy = copy_of(
        path,
        moodle,
        ROSTER,
        Correction(1, "role", "", "=1+1 & <C>", (3,)),
        Correction(2, "course", "=B2", "C-COH"),
    )
    sheet = openpyxl.load_workbook(copy)["List"]
    assert [[cell.value for cell in row] for row in sheet["A2:C4"]] == [
        ["u01", "student", "C-COH"],
        ["u02", "=1+1 & <C>", "C-COH"],
        ["u03", "student", "C-COH"],
    ]
    assert sheet["B3"].data_type != "f"
    assert sheet["B2"].font.bold
    assert sheet.column_dimensions["A"].width == 42
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(copy) as after:
        assert before.namelist() == after.namelist()
        changed = [name for name in before.namelist() if before.read(name) != after.read(name)]
        places = re.findall(rb'r="([A-Z]3)"', after.read(changed[0]))
    assert changed == ["xl/worksheets/sheet1.xml"]
    # Excel calls a sheet damaged whose cells do not stand in their order.
    assert places == [b"A3", b"B3", b"C3"]
    loaded = open_source(copy).read("List", 1).table.cells
    assert loaded.loc[3, 1] == "=1+1 & <C>"


def test_a_formula_that_is_corrected_leaves_no_word_of_it_behind(tmp_path: Path, moodle: Moodle) -> None:
    """Without the list of formulas, which would name one too many, the workbook opens; shared ones are refused."""
    path = book(
        tmp_path / "list.xlsx", List=[HEADER, ("=A9", "student", "C-COH"), ("u02", "student", "C-COH")]
    )
    chained = tmp_path / "chained.xlsx"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
    puts = {
        "[Content_Types].xml": (
            "</Types>",
            f'<Override PartName="/xl/calcChain.xml" ContentType="{kind}"/></Types>',
        ),
        "xl/_rels/workbook.xml.rels": (
            "</Relationships>",
            f'<Relationship Id="rId99" Type="{relation}" Target="calcChain.xml"/></Relationships>',
        ),
    }
    rewritten_package(path, chained, puts, {"xl/calcChain.xml": '<calcChain><c r="A2" i="1"/></calcChain>'})
    copy = copy_of(chained, moodle, Correction(0, "username", "=A9", "u01"))
    with zipfile.ZipFile(copy) as package:
        assert "xl/calcChain.xml" not in package.namelist()
        assert not [name for name in puts if b"calcChain" in package.read(name)]
    assert openpyxl.load_workbook(copy)["List"]["A2"].value == "u01"
    shared = tmp_path / "shared.xlsx"
    rewritten_package(
        path, shared, {"xl/worksheets/sheet1.xml": ("<f>", '<f t="shared" ref="A2:A3" si="0">')}, {}
    )
    with pytest.raises(InputError, match="List!A2 holds a formula that other cells share"):
        copy_of(shared, moodle, Correction(0, "username", "=A9", "u01"))
    assert not [*tmp_path.glob(".copy*")]


def rewritten_package(
    path: Path, target: Path, puts: dict[str, tuple[str, str]], more: dict[str, str]
) -> None:
    """Copy a package with other words in some parts, and more parts."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            text = source.read(name)
            if name in puts:
                assert puts[name][0].encode() in text
                text = text.replace(puts[name][0].encode(), puts[name][1].encode(), 1)
            copy.writestr(name, text)
        for name, said in more.items():
            copy.writestr(name, said)


def test_a_sheet_with_a_prefix_is_changed_where_it_stands(tmp_path: Path, moodle: Moodle) -> None:
    """Programs that write `x:c` in the place of `c` are understood, and so is a row that lacks the cell."""
    plain = book(tmp_path / "plain.xlsx", List=[["username", "role", "course"], ("u01", "studnt", None)])
    path = tmp_path / "list.xlsx"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as copy:
        for name in source.namelist():
            text = source.read(name).decode()
            if name == "xl/worksheets/sheet1.xml":
                text = text.replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?")
                text = text.replace("xmlns=", "xmlns:x=")
            copy.writestr(name, text)
    copied = copy_of(path, moodle, ROSTER, Correction(2, "course", "", "C-COH", (2,)))
    assert list(open_source(copied).read("List", 1).table.cells.loc[2]) == ["u01", "student", "C-COH"]


@pytest.mark.parametrize("suffix", [".ods", ".xls"])
def test_other_workbooks_come_as_xlsx_with_their_texts(tmp_path: Path, moodle: Moodle, suffix: str) -> None:
    """What is not written in its own format is written in one that opens everywhere."""
    path = CORPUS / f"from-libreoffice{suffix}"
    mine = tmp_path / path.name
    mine.write_bytes(path.read_bytes())
    plan = proposed(mine, moodle)
    wrong = next(one for one in troubles(plan) if one.repairable and one.value)
    copy = copy_of(mine, moodle, wrong.correction("brand-new"))
    assert copy.suffix == ".xlsx"
    sheet = openpyxl.load_workbook(copy)[str(plan.plan.table.sheet)]
    assert wrong.position is not None
    row = wrong.rows[0]
    assert sheet.cell(row, wrong.position + 1).value == "brand-new"
    texts = list(plan.plan.table.cells.loc[row])
    assert [
        sheet.cell(row, at).value or "" for at in range(1, len(texts) + 1) if at != wrong.position + 1
    ] == [text for at, text in enumerate(texts) if at != wrong.position]


@pytest.mark.parametrize("heading", ["Course: C-ART-210,", "Course:,C-ART-210"])
def test_a_heading_is_corrected_where_it_stands(tmp_path: Path, moodle: Moodle, heading: str) -> None:
    """The course of all rows below a heading is written into it, in a text file as in a workbook."""
    lines = ["username,role", heading, "u01,student", "u02,student", "Course: C-COH,", "u03,student"]
    text = text_file(tmp_path / "sections.csv", *lines)
    cells = [line.split(",") for line in lines]
    for path in (text, book(tmp_path / "sections.xlsx", List=cells)):
        wrong = trouble(proposed(path, moodle), "context-not-found")
        copy = copy_of(path, moodle, wrong.correction("course:C-ART-201"))
        plan = proposed(copy, moodle)
        assert not troubles(plan)
        assert plan.plan.lines.instanceid.tolist() == [5, 5, 11]
        with pytest.raises(InputError, match="another course than that of the heading above"):
            copy_of(path, moodle, wrong.correction("course:C-ART-201", wrong.rows[0]))


def test_every_sheet_that_is_read_has_its_corrections(tmp_path: Path, moodle: Moodle) -> None:
    """A text that stands on two sheets under one header is another one on both."""
    rows: Sequence[Sequence[object]] = [["course", "username", "role"], ("C-COH", "u02", "studnt")]
    path = book(tmp_path / "year.xlsx", One=[HEADER, ("u01", "studnt", "C-ART-201")], Two=rows)
    copy = copy_of(path, moodle, ROSTER, reading=ReadingOptions(all_sheets=True))
    workbook = openpyxl.load_workbook(copy)
    assert (workbook["One"]["B2"].value, workbook["Two"]["C2"].value) == ("student", "student")


def test_the_end_of_the_name_is_one_of_a_few(tmp_path: Path, moodle: Moodle) -> None:
    """However a file is called its copy has a name that programs open, and nothing of the person's in it."""
    lines = (",".join(HEADER), "u01,student,C-COH")
    named = {"list.TXT": ".txt", "list.x y": ".csv", "list": ".csv", "list.xlsx": ".csv"}
    for name, suffix in named.items():
        assert repaired_suffix(proposed(text_file(tmp_path / name, *lines), moodle)) == suffix
    sheet = book(tmp_path / "book.csv", List=[HEADER, ("u01", "student", "C-COH")])
    assert repaired_suffix(proposed(sheet, moodle)) == ".xlsx"
