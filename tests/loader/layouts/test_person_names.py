"""Names of people in a file: read beside what Moodle knows them by, in whatever layout."""

from pathlib import Path

import pytest

from batchroles.loader.layouts import FormatOptions, read
from batchroles.models import PersonName, Wanted


def wanted(folder: Path, *rows: str, **options: object) -> Wanted:
    """Read a file of these lines."""
    path = folder / "roster.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return read(path, None, FormatOptions(**options))  # type: ignore[arg-type]


def names(read: Wanted) -> list[PersonName | None]:
    """Give the name of each line."""
    column = read.lines["name"]
    return [name if isinstance(name, PersonName) else None for name in column]


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        ("First name,Surname", "Ana,Silva", PersonName("Ana", "Silva")),
        ("given_name,family-name", " Ana ,Silva", PersonName("Ana", "Silva")),
        ("Full Name", '"Silva, Ana"', PersonName(full="Silva, Ana")),
        ("name", "Ana Silva", PersonName(full="Ana Silva")),
        ("name,firstname", "Silva,Ana", PersonName("Ana", "Silva")),
        ("name,surname", "Ana,Silva", PersonName("Ana", "Silva")),
        ("fullname,firstname,lastname", "Ana M. Silva,Ana,Silva", PersonName("Ana", "Silva")),
        ("fullname,firstname,lastname", "Ana M. Silva,,", PersonName(full="Ana M. Silva")),
        ("surname", "Silva", PersonName(last="Silva")),
        ("firstname,lastname", ",", None),
    ],
)
def test_headers_of_names(tmp_path: Path, header: str, cells: str, expected: PersonName | None) -> None:
    """Columns of names are known by their headers, and are not said to be unused."""
    got = wanted(tmp_path, f"username,{header},role,course", f"asilva,{cells},student,ART1")
    assert names(got) == [expected]
    assert got.notes == []


def test_what_is_no_name_of_the_person(tmp_path: Path) -> None:
    """Two columns of the same kind are names of nobody for certain; --map takes a meaning away, or gives one."""
    twice = wanted(
        tmp_path, "username,name,Full name,role,course,name", "asilva,Ana Silva,Ana,student,ART1,Art"
    )
    assert "name" not in twice.lines
    assert twice.notes == ['"name", "Full name" and "name" are not used; they come back in the results.']
    mapped = {"name": "ignore", "who": "fullname"}
    given = wanted(
        tmp_path, "username,name,who,role,course", "asilva,Art,Ana Silva,student,ART1", column_map=mapped
    )
    assert names(given) == [PersonName(full="Ana Silva")]


def test_names_of_a_wide_row(tmp_path: Path) -> None:
    """Moodle's own upload file has names, too: each assignment of a row is about the person of the row."""
    got = wanted(
        tmp_path,
        "username,firstname,lastname,course1,course2",
        "asilva,Ana,Silva,ART1,ART2",
        "bo,Bo,Berg,ART1,",
        "cy,,,ART1,",
    )
    ana, bo = PersonName("Ana", "Silva"), PersonName("Bo", "Berg")
    assert names(got) == [ana, ana, bo, None]
