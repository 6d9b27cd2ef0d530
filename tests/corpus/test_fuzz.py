"""Files damaged at random: each is understood or refused with a sentence, and never anything else."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchroles.errors import InputError
from batchroles.loader import SURPLUS, open_source
from batchroles.loader.layouts import FormatOptions, read
from batchroles.loader.workbook.number_formats import shown
from batchroles.models import Wanted
from batchroles.text import restore

pytestmark = pytest.mark.long

FILES = Path(__file__).parent / "files"
_SETTINGS = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_OPTIONS = (FormatOptions(), FormatOptions(role="student", context="system"))

_DAMAGE = st.lists(
    st.tuples(
        st.sampled_from(["cut", "flip", "swap", "insert"]),
        st.floats(0, 1),
        st.floats(0, 1),
        st.integers(0, 255),
    ),
    min_size=1,
    max_size=4,
)


def damaged(data: bytes, damage: list[tuple[str, float, float, int]]) -> bytes:
    """Cut, flip, swap and insert bytes at places given as shares of the length."""
    for kind, one, other, byte in damage:
        first, last = sorted((int(one * len(data)), int(other * len(data))))
        if kind == "cut":
            data = data[:first] + data[last:]
        elif kind == "flip":
            data = data[:first] + bytes([byte]) + data[first + 1 :]
        elif kind == "swap":
            middle = (first + last) // 2
            data = data[:first] + data[middle:last] + data[first:middle] + data[last:]
        else:
            data = data[:first] + bytes([byte]) * (byte % 7) + data[first:]
    return data


def understand(path: Path) -> None:
    """Read a file in two ways; an InputError is a result, anything else is not, and no row may be lost."""
    for options in _OPTIONS:
        try:
            wanted = read(path, options=options)
        except InputError:
            continue
        assert unmentioned(wanted) == []


def unmentioned(wanted: Wanted) -> list[int]:
    """Return the rows with text that are neither in the lines nor counted in a note nor above the header."""
    source = open_source(wanted.table.path)
    loaded = source.read(wanted.table.sheet, 0).table
    header = next(
        (
            number
            for number, row in enumerate(source.preview(wanted.table.sheet), 1)
            if _is_header(row, wanted)
        ),
        0,
    )
    asked = set(wanted.lines["row"].tolist()) | {row for row, _ in wanted.table.headings.places}
    lost = [row for row in loaded.cells.index.tolist() if row > header and row not in asked]
    return lost if len(lost) != _passed_over([*wanted.table.notes, *wanted.notes], lost) else []


def _is_header(row: list[str], wanted: Wanted) -> bool:
    headers = {text for text in wanted.table.headers if text} - {SURPLUS, wanted.table.headings.column}
    return bool(headers) and headers <= {*row, *map(restore, row)}


def _passed_over(notes: list[str], lost: list[int]) -> int:
    """Count the rows that notes tell: by their numbers, or as group lines by how many there are."""
    told = " ".join(note for note in notes if "passed over" in note)
    if "group line" in told:
        return int(told.split(" ", 1)[0].replace(",", ""))
    numbers = set(map(int, re.findall(r"[0-9]+", told)))
    for first, last in re.findall(r"([0-9]+) to ([0-9]+)", told):
        numbers |= set(range(int(first), int(last)))
    return len(lost) if "…" in told else len([row for row in lost if row in numbers])


@pytest.mark.parametrize(
    "name",
    [
        "uploadusers.csv",
        "contexts.csv",
        "utf16-bom.csv",
        "failed-again.csv",
        "flatfile.txt",
        "matrix-roles.csv",
        "sections.csv",
        "several-courses-not-said.csv",
    ],
)
@_SETTINGS
@given(damage=_DAMAGE)
def test_text(tmp_path: Path, name: str, damage: list[tuple[str, float, float, int]]) -> None:
    """A damaged text file is understood or refused."""
    path = tmp_path / name
    path.write_bytes(damaged((FILES / name).read_bytes(), damage))

    understand(path)


@_SETTINGS
@given(
    text=st.text(alphabet=st.sampled_from('user,role;course\t\n"\r\0x\u200b\ud83d\udc7e=:#!@'), max_size=80)
)
def test_any_text(tmp_path: Path, text: str) -> None:
    """Any text at all is understood or refused."""
    path = tmp_path / "any.csv"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))

    understand(path)


@pytest.mark.parametrize("name", ["numbers.xlsx", "errors-and-formulas.xlsx", "from-libreoffice.xlsx"])
@_SETTINGS
@given(damage=_DAMAGE)
def test_workbook(tmp_path: Path, name: str, damage: list[tuple[str, float, float, int]]) -> None:
    """A workbook whose bytes are damaged is understood or refused."""
    path = tmp_path / name
    path.write_bytes(damaged((FILES / name).read_bytes(), damage))

    understand(path)


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml"]
)
@_SETTINGS
@given(damage=_DAMAGE)
def test_part_of_workbook(tmp_path: Path, part: str, damage: list[tuple[str, float, float, int]]) -> None:
    """A workbook with sound checksums and damage inside of a part is understood or refused."""
    path = tmp_path / "inside.xlsx"
    path.write_bytes(with_damaged_part((FILES / "shown-zeros.xlsx").read_bytes(), part, damage))

    understand(path)


@pytest.mark.parametrize("name", ["from-libreoffice.xls", "from-libreoffice.ods"])
@settings(_SETTINGS, max_examples=8)
@given(damage=_DAMAGE)
def test_other_workbook(tmp_path: Path, name: str, damage: list[tuple[str, float, float, int]]) -> None:
    """A damaged workbook of another kind is understood or refused, whatever becomes of the process that tries it."""
    path = tmp_path / name
    path.write_bytes(damaged((FILES / name).read_bytes(), damage))

    understand(path)


def with_damaged_part(workbook: bytes, name: str, damage: list[tuple[str, float, float, int]]) -> bytes:
    """Return a workbook with one part damaged and packed again."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(target, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            new.writestr(part, damaged(data, damage) if part == name else data)
    return target.getvalue()


_HEADERS = {
    "plain": ["user", "role", "course"],
    "datahub": ["action", "username", "context", "instance", "role"],
    "uploadusers": ["username", "course1", "role1", "type1", "category1", "categoryrole1", "sysrole1"],
}
_SPELLINGS = (str, str.upper, str.title, lambda name: f" {name} ", lambda name: f"{name[0]} {name[1:]}")


@pytest.mark.parametrize("format_", _HEADERS)
@_SETTINGS
@given(data=st.data())
def test_twin_headers(tmp_path: Path, format_: str, data: st.DataObject) -> None:
    """A second column under the header of one that is used is refused, in whatever place and spelling."""
    headers = list(_HEADERS[format_])
    name = data.draw(st.sampled_from(headers))
    spelling = data.draw(st.sampled_from(_SPELLINGS))
    headers.insert(data.draw(st.integers(0, len(headers))), spelling(name))
    path = tmp_path / "twins.csv"
    path.write_text("\n".join([",".join(headers), ",".join(["x"] * len(headers))]), encoding="utf-8")

    with pytest.raises(InputError, match="Two columns"):
        read(path, options=FormatOptions(format=format_))


@_SETTINGS
@given(
    number=st.integers(0, 10**12),
    before=st.sampled_from(["", '"K-"', "\\K", "[Red]", "[$-409]", "_(", "* "]),
    places=st.integers(2, 12),
    after=st.sampled_from(["", "_)", '"/A"', ";-0"]),
)
def test_number_formats(number: int, before: str, places: int, after: str) -> None:
    """A number in a format of zeros and text is shown with as many digits, and the text around them."""
    text = (
        {'"K-"': "K-", "\\K": "K"}.get(before, "") + str(number).zfill(places) + {'"/A"': "/A"}.get(after, "")
    )
    result = shown(number, before + "0" * places + after)

    assert (str(number) if result is None else result) == text
