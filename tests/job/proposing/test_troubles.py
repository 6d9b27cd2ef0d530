"""What is wrong with a plan, grouped as a person mends it."""

from pathlib import Path

import pytest

from batchroles.client import Moodle
from batchroles.job.proposing import troubles
from batchroles.loader import ReadingOptions
from batchroles.models import Code
from batchroles.reporter import tally
from tests.job.helpers import book, id_roster, planned
from tests.job.proposing.helpers import HEADER, SECTIONS, mended, proposed, text_file, trouble


def test_one_wrong_course_in_many_rows_is_one_trouble(tmp_path: Path, moodle: Moodle) -> None:
    """Rows that fail for one text under one header are one entry, the most rows first, with what may be meant."""
    people = [f"u{number:02}" for number in range(1, 21)]
    rows = [*[(one, "student", "C-PHY-10l") for one in people], ("u03", "studnet", "C-ART-201")]
    path = book(tmp_path / "list.xlsx", List=[HEADER, *rows])
    wrong, other = troubles(proposed(path, moodle))
    assert (wrong.code, wrong.column, wrong.position) == (Code.CONTEXT_NOT_FOUND, "course", 2)
    assert (wrong.value, wrong.count, wrong.lines) == ("C-PHY-10l", 20, 20)
    assert wrong.rows == tuple(range(2, 22))
    assert wrong.suggestions[0] in ("C-PHY-101", "C-PHY-102")
    assert wrong.places[:2] == ("List!C2", "List!C3")
    assert wrong.place == "List, 20 rows (C2, C3, C4, …)"
    assert wrong.repairable
    assert wrong.fails
    assert (other.value, other.suggestions[0], other.rows) == ("studnet", "student", (22,))


def test_the_text_is_given_as_the_file_has_it_with_what_stands_around_it(
    tmp_path: Path, moodle: Moodle
) -> None:
    """Of `course:…` the whole cell is the value, and a suggestion is the whole cell, too; capitals are kept."""
    path = text_file(
        tmp_path / "list.csv", "username,role,context", "U01,student,course:C-ART-210", "U0l,student,system"
    )
    plan = proposed(path, moodle)
    place, person = trouble(plan, "context-not-found"), trouble(plan, "user-not-found")
    assert (place.value, place.suggestions) == ("course:C-ART-210", ("course:C-ART-201",))
    assert person.value == "U0l"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("u01,u02@example.edu,student,C-ART-201", "user-mismatch"),
        (",,student,C-ART-201", "missing-value"),
    ],
)
def test_what_no_one_cell_can_mend_is_not_offered_for_mending(
    tmp_path: Path, moodle: Moodle, row: str, code: str
) -> None:
    """Two cells that contradict each other, or of which one must be filled, have no cell that is at fault."""
    path = text_file(tmp_path / "list.csv", "username,email,role,course", row)
    found = trouble(proposed(path, moodle), code)
    assert not found.repairable
    assert not found.in_header
    with pytest.raises(AssertionError, match="no cell"):
        found.correction("u03")


def test_what_is_said_of_a_whole_column_is_said_once(tmp_path: Path, moodle: Moodle) -> None:
    """A column of e-mail addresses under `username` is one trouble about its header, whatever the addresses are."""
    rows = [f"u{number:02}@example.edu,student,C-ART-201" for number in range(1, 6)]
    path = text_file(tmp_path / "list.csv", ",".join(HEADER), *rows)
    found = trouble(proposed(path, moodle), "user-not-found")
    assert (found.count, found.value, found.column) == (5, "", "username")
    assert not found.repairable
    assert "Rename the header" in found.fix


def test_a_person_named_by_another_field_is_suggested_by_user_name(tmp_path: Path, moodle: Moodle) -> None:
    """Where one row has an e-mail address among user names, the account's user name could stand in its place."""
    path = text_file(
        tmp_path / "list.csv", ",".join(HEADER), "u01,student,C-ART-201", "u02@example.edu,student,C-ART-201"
    )
    assert trouble(proposed(path, moodle), "user-not-found").suggestions == ("u02",)


def test_a_full_name_is_suggested_by_the_short_names_of_its_courses(tmp_path: Path, moodle: Moodle) -> None:
    """A course named by its full name, which two have, gets both short names."""
    path = text_file(tmp_path / "list.csv", ",".join(HEADER), "u01,student,Same full name")
    assert trouble(proposed(path, moodle), "context-not-found").suggestions == ("C-DUP-1", "C-DUP-2")


def test_several_categories_of_a_name_are_suggested_by_their_paths(tmp_path: Path, moodle: Moodle) -> None:
    """A name that two categories have gets what means one of them alone."""
    path = text_file(tmp_path / "list.csv", "username,role,category name", "u01,manager,General")
    assert trouble(proposed(path, moodle), "context-ambiguous").suggestions == (
        "Faculty of Science / General",
        "Faculty of Arts & Letters / General",
    )


def test_one_value_among_several_in_a_cell_is_the_trouble(tmp_path: Path, moodle: Moodle) -> None:
    """Of a cell with several courses the one that is not found is the value, in whichever company it stands."""
    path = text_file(
        tmp_path / "list.csv",
        ",".join(HEADER),
        "u01,student,C-ART-201;C-PHY-120",
        "u02,student,C-PHY-120; C-COH",
        "u03,student,C-PHY-120",
    )
    found = trouble(proposed(path, moodle, split_courses=";"), "context-not-found")
    assert (found.value, found.rows) == ("C-PHY-120", (2, 3, 4))


def test_of_a_matrix_the_role_in_a_cell_can_be_mended_and_the_course_in_a_header_not(
    tmp_path: Path, moodle: Moodle
) -> None:
    """A word in a cell is that cell's text; a course that is not found stands in the header, which is none."""
    path = text_file(
        tmp_path / "matrix.csv",
        "username,course:C-ART-201,course:C-PHY-120",
        "u01,studnt,",
        "u02,teacher,student",
        "u03,,student",
    )
    plan = proposed(path, moodle)
    role, course = trouble(plan, "role-unknown"), trouble(plan, "context-not-found")
    assert (role.column, role.value, role.repairable) == ("course:C-ART-201", "studnt", True)
    assert (course.column, course.repairable, course.rows) == ("course:C-PHY-120", False, (3, 4))
    assert (course.in_header, role.in_header) == (True, False)
    assert course.key != role.key


def test_each_numbered_course_of_an_upload_has_its_own_column(tmp_path: Path, moodle: Moodle) -> None:
    """In Moodle's own wide file the trouble is in the column of the part that fails, and a blank role in its own."""
    path = text_file(
        tmp_path / "upload.csv",
        "username,course1,role1,course2,role2,category1,categoryrole1",
        "u01,C-ART-201,student,C-ART-210,student,,",
        "u02,C-ART-201,student,,,CAT-SCI,",
    )
    plan = proposed(path, moodle)
    course = trouble(plan, "context-not-found")
    assert (course.column, course.position, course.suggestions) == ("course2", 3, ("C-ART-201",))


def test_below_a_heading_the_trouble_is_in_the_course_of_the_heading(tmp_path: Path, moodle: Moodle) -> None:
    """In a table in sections everybody below a wrong heading is one trouble, placed at the heading."""
    path = text_file(tmp_path / "sections.csv", *SECTIONS)
    found = trouble(proposed(path, moodle), "context-not-found")
    assert (found.column, found.value, found.rows) == ("context", "course:C-ART-210", (3, 4))
    assert found.suggestions == ("course:C-ART-201",)
    assert found.place == "row 2"


def test_sheets_that_are_read_together_share_a_trouble(tmp_path: Path, moodle: Moodle) -> None:
    """One wrong role on two sheets, whose columns stand in another order, is one trouble with rows of both."""
    path = book(
        tmp_path / "year.xlsx",
        One=[HEADER, ("u01", "studnt", "C-ART-201")],
        Two=[["course", "username", "role"], ("C-COH", "u02", "studnt")],
    )
    found = trouble(proposed(path, moodle, reading=ReadingOptions(all_sheets=True)), "role-unknown")
    assert (found.column, found.position, found.count) == ("role", 1, 2)
    assert found.places == ("One!B2", "Two!C2")
    assert found.place == "One!B2 and Two!C2"


def test_a_list_without_headers_has_its_texts_to_mend(tmp_path: Path, moodle: Moodle) -> None:
    """Where no column is called anything, the cell is found by its text, and named as results would call it."""
    path = text_file(tmp_path / "list.csv", "u01", "u99x")
    plan = proposed(path, moodle, role="student", context="course:C-ART-201")
    found = trouble(plan, "user-not-found")
    assert (found.column, found.position, found.value, found.rows) == ("user", 0, "u99x", (2,))


def test_what_is_only_to_be_known_stands_behind_what_fails(tmp_path: Path, moodle: Moodle) -> None:
    """Rows whose names differ are sent: they are told apart from those that fail, and cannot be mended."""
    path = text_file(
        tmp_path / "list.csv",
        "username,lastname,role,course",
        "u01,Zimmer,student,C-ART-201",
        "u02,Yilmaz,student,C-ART-201",
        "u03,Conrad,student,C-ART-210",
    )
    found = troubles(proposed(path, moodle))
    assert [(one.code, one.fails, one.repairable) for one in found] == [
        (Code.CONTEXT_NOT_FOUND, True, True),
        (Code.NAME_DIFFERS, False, False),
        (Code.NAME_DIFFERS, False, False),
    ]


def test_failures_are_counted_by_cause(tmp_path: Path, moodle: Moodle) -> None:
    """Of a plan, and so of a run that has ended, the lines that failed are counted by code, the most first."""
    path = text_file(
        tmp_path / "list.csv",
        ",".join(HEADER),
        "u01,x,C-COH",
        "u02,x,C-COH",
        "zz,student,C-COH",
        "u03,student,C-COH",
    )
    assert tally(proposed(path, moodle).plan).codes == {Code.ROLE_UNKNOWN: 2, Code.USER_NOT_FOUND: 1}
    sound = id_roster(tmp_path / "ids.csv", [10, 11], [5])
    assert tally(planned(sound, moodle).plan).codes == {}


def test_a_text_that_is_right_elsewhere_is_corrected_only_where_it_is_wrong(
    tmp_path: Path, moodle: Moodle
) -> None:
    """One text may name a person in one row and no course in another: only the row where it is wrong is corrected."""
    path = text_file(
        tmp_path / "list.csv",
        "username,role,contextlevel,reference",
        "u01,student,course,u05",
        "u02,manager,user,u05",
        "u03,student,course,nowhere",
    )
    plan = proposed(path, moodle)
    wrong, nowhere = (
        next(one for one in troubles(plan) if one.value == value) for value in ("u05", "nowhere")
    )
    assert (wrong.everywhere, nowhere.everywhere) == (False, True)
    assert nowhere.correction("C-ART-201").rows is None
    again = proposed(path, moodle, [wrong.correction("C-ART-201")])
    assert [mended(again, row, 3) for row in (2, 3, 4)] == ["C-ART-201", "u05", "nowhere"]
