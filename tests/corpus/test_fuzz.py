"""Files damaged at random: each is understood or refused with a sentence, and never anything else."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchroles.errors import InputError
from batchroles.formats import FormatOptions, read

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
    """Read a file in two ways; an InputError is a result, anything else is not."""
    for options in _OPTIONS:
        try:
            wanted = read(path, options=options)
        except InputError:
            continue
        assert set(wanted.lines["row"]) <= set(wanted.table.cells.index)


@pytest.mark.parametrize(
    "name", ["uploadusers.csv", "contexts.csv", "utf16-bom.csv", "failed-again.csv", "flatfile.txt"]
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
