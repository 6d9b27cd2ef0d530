"""What single layouts make of rows that are not as they should be."""

from pathlib import Path

import pytest

from batchroles.errors import InputError
from batchroles.loader.layouts import FormatOptions, read
from batchroles.models import Code, Wanted

BULK = FormatOptions(role="student", context="course:MAT")


def wanted(folder: Path, text: str, options: FormatOptions | None = None) -> Wanted:
    path = folder / "file.csv"
    path.write_text(text, encoding="utf-8")
    return read(path, options=options or FormatOptions())


def faults(found: Wanted) -> dict[int, str]:
    """Give the reason of each row that cannot be used."""
    some = found.lines[found.lines["problem"] >= 0]
    return {
        row: found.problems[problem].reason for row, problem in zip(some["row"], some["problem"], strict=True)
    }


@pytest.mark.parametrize(
    "text",
    [
        "action,username,context,instance,role\nadd,anna,course,MAT,student\nadd,ben,course,MAT,student,x\n",
        "username,course1,role1\nanna,MAT,student\nben,MAT,student,x\n",
        "username,course1,role1\nanna,MAT,student\nben,,,x\n",
    ],
)
def test_a_row_with_more_cells_than_the_header_is_not_used(tmp_path: Path, text: str) -> None:
    """In every layout a row that is wider than the header is a problem of that row, and of no other."""
    found = wanted(tmp_path, text)
    assert list(faults(found)) == [3]
    assert {problem.code for problem in found.problems} == {Code.BAD_VALUE}


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("idnumber,course1,role1\nAB-1,MAT,student\n", FormatOptions(match_user_by="idnumber")),
        ("AB-1\nAB-2\n", FormatOptions(match_user_by="idnumber", role="student", context="course:MAT")),
    ],
)
def test_only_user_names_are_read_in_small_letters(tmp_path: Path, text: str, options: FormatOptions) -> None:
    """Capital letters of ID numbers stay, and no note speaks of user names."""
    found = wanted(tmp_path, text, options)
    assert found.lines["user_0"].iloc[0].value == "AB-1"
    assert not [note for note in found.notes if "lower case" in note or "small letters" in note]


@pytest.mark.parametrize(
    "options",
    [
        FormatOptions(format="bulkenrol", role="student"),
        FormatOptions(format="bulkenrol", context="course:MAT"),
    ],
)
def test_a_bulk_list_needs_role_and_place(tmp_path: Path, options: FormatOptions) -> None:
    """A list of addresses with a role and no place, or a place and no role, is refused."""
    with pytest.raises(InputError, match="give both with --role and --context"):
        wanted(tmp_path, "# Group\na@x.org\n!b@x.org\n", options)


def test_group_lines_are_counted(tmp_path: Path) -> None:
    """One group line and several are said in words that fit."""
    one, two = (
        wanted(tmp_path, "# A\na@x.org\n", BULK),
        wanted(tmp_path, "# A\na@x.org\n# B\nb@x.org\n", BULK),
    )
    assert "1 group line was passed over: groups are not made." in one.notes
    assert "2 group lines were passed over: groups are not made." in two.notes


def test_a_second_column_is_no_bulk_list(tmp_path: Path) -> None:
    """Addresses with text beside them are not taken for a list of addresses alone."""
    with pytest.raises(InputError):
        wanted(tmp_path, "!a@x.org,x\n!b@x.org,y\n", BULK)


def test_a_role_and_an_old_type_each_keep_their_own_reason(tmp_path: Path) -> None:
    """Where one row's role cannot be read and another's old type, each row is told its own."""
    text = "username,course1,role1,type1\nanna,MAT,#N/A,\nben,MAT,,2\ncleo,MAT,#REF!,\n"
    found = faults(wanted(tmp_path, text))
    assert list(found) == [2, 3, 4]
    assert "#N/A" in found[2]
    assert '"2" is a number for a role' in found[3]
    assert "#REF!" in found[4]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("role", 'The column "role" belongs to no course; call it role1'),
        (
            "category",
            'The column "category" belongs to no numbered course, category or system role; call it category1',
        ),
    ],
)
def test_a_column_without_a_number_is_named(tmp_path: Path, header: str, said: str) -> None:
    """Beside numbered columns one without a number is refused, with the name it should have."""
    with pytest.raises(InputError, match=said):
        wanted(tmp_path, f"username,course1,role1,{header}\nanna,MAT,student,x\n")


def test_numbers_where_a_flat_file_has_times(tmp_path: Path) -> None:
    """Start and end may be numbers; what stands behind them has moved there, whatever it is."""
    found = faults(
        wanted(tmp_path, "add,student,007,C1,1,2\nadd,student,008,C1,'1','2'\nadd,student,009,C1,1,2,3\n")
    )
    assert list(found) == [3]
    assert '"3" stands where a flat file has a time, or nothing' in found[3]


@pytest.mark.parametrize("context", ["course:", ":MAT", "MAT"])
def test_half_a_context_is_no_context(tmp_path: Path, context: str) -> None:
    """A context without its level, or a level without its place, is a problem of the row."""
    found = wanted(tmp_path, f"user,role,context\nanna,student,{context}\nben,student,course:MAT\n")
    assert list(faults(found)) == [2]
