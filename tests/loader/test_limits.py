"""Workbooks that would fill the memory or end the process are refused before they do."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from batchroles.errors import InputError
from batchroles.loader import open_source
from batchroles.loader.workbook.package import Package
from batchroles.loader.workbook.size import refuse_repeated
from tests.corpus.test_corpus import FILES

_ODS = """<?xml version="1.0"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table
 table:name="S"><table:table-row table:number-rows-repeated="{rows}"><table:table-cell
 table:number-columns-repeated="{columns}" office:value-type="string"><text:p>x</text:p></table:table-cell>
</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"""


def workbook(cell: str = "A1") -> bytes:
    """Return a workbook with one cell."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active[cell] = "user"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def replaced(data: bytes, name: str, content: bytes) -> bytes:
    """Return a workbook with another content of one part."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in {*old.namelist(), name}:
            new.writestr(part, content if part == name else old.read(part))
    return target.getvalue()


def refusal(path: Path, data: bytes) -> str:
    """Return the sentence that a file is refused with."""
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        open_source(path).preview("Sheet")
    return str(caught.value).removeprefix(str(path))


DAMAGED = (
    " is a damaged workbook; open it in a spreadsheet program and save it as .xlsx or CSV, "
    "or get it from its source again."
)


@pytest.mark.parametrize("place", ["A99999999999", "a4000000000", "XFD4294967295"])
def test_places_that_no_spreadsheet_has(tmp_path: Path, place: str) -> None:
    """A cell at an impossible place does not end the process."""
    cells = f'<row r="1"><c r="A1"><v>1</v></c><c r="{place}"><v>1</v></c></row>'
    sheet = f"<worksheet><sheetData>{cells}</sheetData></worksheet>"

    assert (
        refusal(tmp_path / "far.xlsx", replaced(workbook(), "xl/worksheets/sheet1.xml", sheet.encode()))
        == DAMAGED
    )


@pytest.mark.parametrize(
    "piece", [b"<c ", b'<c r="A1" t="e">', b"row>", b"<c><f>", b'r="XFD1048576" ', b"<si>", b"hidden"]
)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_parts_made_to_take_long(tmp_path: Path, part: str, piece: bytes) -> None:
    """A part that begins the same thing a hundred thousand times and never ends it is refused, and soon."""
    content = b'<worksheet><sheetData><row r="1">' + piece * 200_000

    assert refusal(tmp_path / "long.xlsx", replaced(workbook(), part, content)) == DAMAGED


def test_repeated_cells(tmp_path: Path) -> None:
    """A few bytes of an .ods that stand for billions of cells are refused."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", _ODS.format(rows=1_000_000, columns=16_384))

    assert refusal(tmp_path / "bomb.ods", target.getvalue()) == DAMAGED


def test_formatted_blank_cell_far_away(tmp_path: Path) -> None:
    """A blank cell that is merely formatted, in the last corner of the sheet, does no harm."""
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        b'<c r="A1" t="inlineStr"><is><t>user</t></is></c></row><row r="1048576"><c r="XFD1048576" s="0"/></row>'
        b"</sheetData></worksheet>"
    )
    path = tmp_path / "formatted.xlsx"
    path.write_bytes(replaced(workbook(), "xl/worksheets/sheet1.xml", sheet))

    assert open_source(path).preview("Sheet") == [["user"]]


def test_long_text_in_many_cells(tmp_path: Path) -> None:
    """A long text that very many cells refer to is refused before it is copied into each of them."""
    texts = b"<sst><si><t>" + b"x" * 30_000 + b"</t></si><si><t>y</t></si></sst>"
    cells = b'<c r="A1" t="s"><v>0</v></c>' * 40_000
    data = replaced(workbook(), "xl/sharedStrings.xml", texts)
    path = tmp_path / "long.xlsx"
    path.write_bytes(
        replaced(data, "xl/worksheets/sheet1.xml", b"<worksheet><row>" + cells + b"</row></worksheet>")
    )

    with pytest.raises(InputError, match="repeats long texts until they fill gigabytes"):
        refuse_repeated(Package(path), "xl/worksheets/sheet1.xml", 40_000)


def test_encrypted_part(tmp_path: Path) -> None:
    """A workbook in an encrypted ZIP file is called protected."""
    data = bytearray(workbook())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        places = [info.header_offset for info in archive.infolist()]
    for place in places:
        data[place + 6] |= 1
    central = data.index(b"PK\x01\x02")
    while central >= 0:
        data[central + 8] |= 1
        central = data.find(b"PK\x01\x02", central + 4)

    sentence = refusal(tmp_path / "locked.xlsx", bytes(data))

    assert sentence == " is protected by a password; open it, remove the password and save it again."


def test_entities(tmp_path: Path) -> None:
    """A part that defines entities is not unfolded."""
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><workbook>&b;</workbook>'

    assert refusal(tmp_path / "entities.xlsx", replaced(workbook(), "xl/workbook.xml", bomb)).startswith(
        (" is a damaged workbook", " has no visible sheet")
    )


SHARED = "xl/sharedStrings.xml"


def with_shared_texts(count: str, texts: str) -> bytes:
    """Return a workbook with a part of shared texts that says of itself how many there are."""
    data = workbook()
    relation = (
        '<Relationship Id="rId99" Target="sharedStrings.xml" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"/>'
    )
    rels = "xl/_rels/workbook.xml.rels"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        listed = archive.read(rels).replace(b"</Relationships>", f"{relation}</Relationships>".encode())
    content = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" {count}>{texts}</sst>'
    return replaced(replaced(data, rels, listed), SHARED, content.encode())


def test_count_of_texts_that_no_memory_holds(tmp_path: Path) -> None:
    """A part that claims four billion texts ends the process that tries it, and is refused with a sentence."""
    data = with_shared_texts('uniqueCount="4294967295"', "<si><t>user</t></si>")

    assert refusal(tmp_path / "count.xlsx", data) == DAMAGED


def test_two_parts_of_one_name(tmp_path: Path) -> None:
    """A package with two parts of one name, of which programs read different ones, is refused."""
    target = io.BytesIO(workbook())
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("XL/Styles.xml", archive.read("xl/styles.xml"))

    assert refusal(tmp_path / "twins.xlsx", target.getvalue()) == DAMAGED


def test_workbook_elsewhere(tmp_path: Path) -> None:
    """A package whose workbook is another part than the one that calamine reads is refused."""
    with zipfile.ZipFile(io.BytesIO(workbook())) as archive:
        relations = archive.read("_rels/.rels").replace(b"xl/workbook.xml", b"xl/other.xml")

    assert refusal(tmp_path / "decoy.xlsx", replaced(workbook(), "_rels/.rels", relations)) == DAMAGED


def test_deep_ods(tmp_path: Path) -> None:
    """An .ods of very many tags inside of each other is read through or refused, and takes no memory for them."""
    deep = "<text:p>" * 200_000
    content = _ODS.format(rows=1, columns=1).replace("<text:p>x", f"{deep}x")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", content)
    path = tmp_path / "deep.ods"
    path.write_bytes(target.getvalue())

    with pytest.raises(InputError):
        open_source(path).preview("S")


@pytest.mark.parametrize("name", ["unseen.xlsx", "unseen.ods", "unseen.xls"])
def test_trial_knows_no_secrets(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that tries a workbook has nothing of the environment that could be a secret."""
    monkeypatch.setenv("MOODLE_TOKEN", "b" * 32)
    monkeypatch.setenv("BATCHROLES_ROLE", "student")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    seen = tmp_path / "environment"
    lister = tmp_path / "python"
    lister.write_text(f"#!/bin/sh\nenv > '{seen}'\n", encoding="utf-8")
    lister.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(lister))

    open_source(FILES / name)

    names = {line.partition("=")[0] for line in seen.read_text(encoding="utf-8").splitlines()}
    assert names <= {"PWD", "SHLVL", "_", "OLDPWD", "LD_LIBRARY_PATH"}
