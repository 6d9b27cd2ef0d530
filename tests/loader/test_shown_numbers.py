"""Numbers in a column of names: read as they are shown where that is certain, and refused where it is not."""

import io
import re
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest

from batchroles.loader.layouts import read
from batchroles.models import Code, Wanted
from tests.corpus.test_corpus import FILES
from tests.template.office import converted_to_ods, needs_office

_STYLES = "xl/styles.xml"
_UNKNOWN = "and the file does not tell how it is shown"


def workbook(number: float = 71, code: str = "0000") -> bytes:
    """Return an .xlsx with one number under `idnumber` and its like under `courseid`."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(("idnumber", "role", "courseid"))
    sheet.append((number, "student", 5))
    sheet["A2"].number_format = code
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def changed(data: bytes, old: str, new: str, only: str = "", rename: tuple[str, str] = ("", "")) -> bytes:
    """Return a workbook with other text in its parts, or in one, and with another name of a part."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(target, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            if only in ("", name):
                content = content.replace(old.encode(), new.encode())
            after.writestr(rename[1] if name == rename[0] else name, content)
    return target.getvalue()


def outcome(path: Path, data: bytes) -> str:
    """Return the ID number that a workbook's row names, or why it names none."""
    path.write_bytes(data)
    return of(read(path))


def of(wanted: Wanted) -> str:
    """Return the user of the first line, or what is wrong with it."""
    line = wanted.lines.iloc[0]
    if line["problem"] >= 0:
        problem = wanted.problems[line["problem"]]
        assert problem.code is Code.BAD_VALUE
        return str(problem.reason)
    return str(line["user_0"].value)


def test_styles_under_another_name(tmp_path: Path) -> None:
    """The number formats are found by the workbook's relationships, whatever their part is called."""
    data = changed(workbook(), "styles.xml", "look.xml", rename=(_STYLES, "xl/look.xml"))

    assert outcome(tmp_path / "roster.xlsx", data) == "0071"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<styleSheet", "<!DOCTYPE styleSheet><styleSheet"),
        ("</styleSheet>", f"<!--{'x' * 9_000_000}--></styleSheet>"),
        ("<cellXfs", "<others"),
    ],
)
def test_styles_that_cannot_be_read(tmp_path: Path, old: str, new: str) -> None:
    """Where the number formats cannot be told, a number that names a user is refused and an id is read."""
    path = tmp_path / "roster.xlsx"

    assert _UNKNOWN in outcome(path, changed(workbook(), old, new, _STYLES))
    assert [ref.value for ref in read(path).lines["context_0"].cat.categories] == ["5"]


def test_styles_that_are_not_there(tmp_path: Path) -> None:
    """A relationship that leads to no part leaves every format unknown; without one, only styled cells are."""
    data = changed(workbook(), "", "", rename=(_STYLES, "xl/lost.xml"))
    assert _UNKNOWN in outcome(tmp_path / "lost.xlsx", data)

    none = changed(workbook(), "relationships/styles", "relationships/other", "xl/_rels/workbook.xml.rels")
    assert _UNKNOWN in outcome(tmp_path / "none.xlsx", none)
    assert outcome(tmp_path / "bare.xlsx", changed(none, ' s="1"', "", "xl/worksheets/sheet1.xml")) == "71"


@pytest.mark.parametrize("number", [59, 62, 81, 163])
def test_formats_of_one_country(tmp_path: Path, number: int) -> None:
    """A built-in format that each country shows otherwise, or that nobody knows, is not guessed."""
    data = changed(workbook(code="0.00"), 'numFmtId="2"', f'numFmtId="{number}"', _STYLES)

    assert _UNKNOWN in outcome(tmp_path / "roster.xlsx", data)


def test_built_in_format_redefined(tmp_path: Path) -> None:
    """A file that gives a built-in format another meaning is not believed about it."""
    data = changed(workbook(), 'numFmtId="164"', 'numFmtId="1"', _STYLES)

    assert _UNKNOWN in outcome(tmp_path / "roster.xlsx", data)


@pytest.mark.parametrize(
    ("number", "code", "expected"),
    [
        (71000, "0,", "shows something other than its value"),
        (71000, "0.0,", "shows something other than its value"),
        (1, "0%", "shows something other than its value"),
        (12345, "0.00E+00", "shows something other than its value"),
        (45352, "yyyy-mm-dd", "holds a date"),
        (10.1, "General", "holds a number with decimals"),
        (1234567890123456, "0000-0000-0000-0000", "shows something other than its value"),
    ],
)
def test_what_is_shown_otherwise(tmp_path: Path, number: float, code: str, expected: str) -> None:
    """A number that is shown scaled, shortened, rounded or as a date names nobody."""
    assert expected in outcome(tmp_path / "roster.xlsx", workbook(number, code)).replace(
        "shows something", "shows something"
    )


def test_date_that_is_not_recognised(tmp_path: Path) -> None:
    """A date is told by its format also where calamine takes it for a number."""
    data = changed(workbook(45352, "yyyy-mm-dd"), "styles.xml", "look.xml", rename=(_STYLES, "xl/look.xml"))

    assert "holds a date" in outcome(tmp_path / "roster.xlsx", data)


@pytest.mark.parametrize(
    "condition",
    [
        '<conditionalFormatting sqref="A2"><cfRule type="expression" dxfId="0" priority="1"/></conditionalFormatting>',
        '<extLst><ext><x14:dxf><numFmt numFmtId="170" formatCode="0000"/></x14:dxf></ext></extLst>',
    ],
)
def test_conditional_formats(tmp_path: Path, condition: str) -> None:
    """A conditional format may show a number otherwise than its own format, so that none is certain."""
    style = '<dxfs count="1"><dxf><numFmt numFmtId="170" formatCode="0000"/></dxf></dxfs>'
    data = changed(workbook(code="General"), "</cellStyles>", f"</cellStyles>{style}", _STYLES)
    assert outcome(tmp_path / "without.xlsx", data) == "71"

    data = changed(data, "</sheetData>", f"</sheetData>{condition}", "xl/worksheets/sheet1.xml")
    assert _UNKNOWN in outcome(tmp_path / "with.xlsx", data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<c r=", "<c  spans='1' r="),
        ('s="1"', "s='1'"),
        ("<v>71", "<v><!-- -->71"),
        ("<v>71", "<v><![CDATA[71]]>"),
    ],
)
def test_cells_written_otherwise(tmp_path: Path, old: str, new: str) -> None:
    """Where cells are written so that their format could be missed, no number is taken for certain."""
    path = tmp_path / "roster.xlsx"
    path.write_bytes(changed(workbook(), old, new, "xl/worksheets/sheet1.xml"))

    assert "71" not in [ref.value for ref in read(path).lines["user_0"].dropna()]


def xlsb(*rows: tuple[str | float, ...]) -> bytes:
    """Return an .xlsb as [MS-XLSB] says: records of a number, a length and content."""

    def record(number: int, content: bytes = b"") -> bytes:
        kind = bytes([number]) if number < 128 else bytes([number & 127 | 128, number >> 7])
        return kind + bytes([len(content)]) + content

    def text(words: str) -> bytes:
        return struct.pack("<I", len(words)) + words.encode("utf-16-le")

    def cell(column: int, value: str | float) -> bytes:
        place = struct.pack("<II", column, 0)
        return (
            record(6, place + text(value))
            if isinstance(value, str)
            else record(5, place + struct.pack("<d", value))
        )

    lines = [
        record(0, struct.pack("<I", row) + bytes(13))
        + b"".join(cell(at, value) for at, value in enumerate(cells))
        for row, cells in enumerate(rows)
    ]
    size = record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1))
    sheet = record(129) + size + record(145) + b"".join(lines) + record(146) + record(130)
    listed = record(156, struct.pack("<II", 0, 1) + text("rId1") + text("S"))
    book = record(131) + record(143) + listed + record(144) + record(132)
    relation = '<Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.bin"/>'
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
        archive.writestr("xl/_rels/workbook.bin.rels", f"<Relationships>{relation}</Relationships>")
    return target.getvalue()


def test_xlsb(tmp_path: Path) -> None:
    """An .xlsb does not tell its number formats: numbers are refused as names and read as ids; texts are read."""
    path = tmp_path / "roster.xlsb"
    path.write_bytes(xlsb(("idnumber", "role", "courseid"), (71.0, "student", 5.0), ("0072", "student", 5.0)))

    wanted = read(path)

    assert _UNKNOWN in of(wanted)
    assert [wanted.table.place(2, wanted.problems[0].column), wanted.problems[0].fix] == [
        "S!A2",
        "Save the file as .xlsx; or format the column as text and type the value again.",
    ]
    assert [ref.value for ref in wanted.lines["user_0"].dropna()] == ["0072"]
    assert wanted.table.notes == [
        "This workbook does not tell which rows and columns are hidden, nor how its numbers are shown; "
        "save it as .xlsx, and it will be told."
    ]


def test_xls_with_a_format_that_is_not_there(tmp_path: Path) -> None:
    """Where a style of an .xls points to no format, its numbers name nobody."""
    data = (FILES / "number-formats.xls").read_bytes()
    style = re.compile(rb"(\xe0\x00\x14\x00..)[\xa0-\xff]\x00", re.DOTALL)

    assert outcome(tmp_path / "sound.xls", data) == "0042"
    assert _UNKNOWN in outcome(tmp_path / "lost.xls", style.sub(b"\\1\xff\x0f", data))


def test_xls_that_only_calamine_can_read(tmp_path: Path) -> None:
    """Where the formats of an .xls cannot be read at all, its numbers name nobody."""
    data = (FILES / "number-formats.xls").read_bytes()
    calendar = b"\x22\x00\x02\x00"  # a record of two bytes, in which xlrd insists on 0 or 1

    assert _UNKNOWN in outcome(
        tmp_path / "roster.xls", data.replace(calendar + b"\0\0", calendar + b"\xff\xff")
    )


def test_ods_without_the_text(tmp_path: Path) -> None:
    """A number of an .ods without the text that is shown names nobody."""
    data = (FILES / "number-formats.ods").read_bytes()

    assert outcome(tmp_path / "with.ods", data) == "0042"
    assert _UNKNOWN in outcome(
        tmp_path / "without.ods", changed(data, "<text:p>0042</text:p>", "", "content.xml")
    )


@needs_office
def test_ods_with_several_blanks(tmp_path: Path) -> None:
    """Three blanks of a number format are three in an .ods of LibreOffice, too, which writes two of them as a count."""
    path = tmp_path / "roster.xlsx"
    assert outcome(path, workbook(42, '"K   "0000')) == "K   0042"

    converted_to_ods(path, tmp_path / "profile")

    assert of(read(tmp_path / "roster.ods")) == "K   0042"
