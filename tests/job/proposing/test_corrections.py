"""Cells that a person corrects while looking at a file: only what was said is changed, and the file never."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from batchroles.client import Moodle
from batchroles.errors import InputError, RunError
from batchroles.job import Apply, Job, PlanFile, PlanRetry, PlanUndo, Run
from batchroles.job.proposing import Correction, troubles, write_repaired
from batchroles.loader import ReadingOptions
from batchroles.runs import Runs
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import book, holdings, statuses
from tests.job.proposing.helpers import HEADER, SECTIONS, mended, proposed, text_file, trouble


def corrected_once(
    path: Path, moodle: Moodle, code: str, new: str, row: int | None = None, **how: Any
) -> Sequence[Correction]:
    """Correct the one trouble of a code."""
    return [trouble(proposed(path, moodle, **how), code).correction(new, row)]


def test_all_rows_with_a_text_are_corrected_at_once(tmp_path: Path, moodle: Moodle) -> None:
    """One correction mends every row with the text, whatever blanks stand around it, and no other cell."""
    path = text_file(
        tmp_path / "list.csv",
        "username,role,course,note",
        "u01,student,C-ART-210,C-ART-210",
        "u02,student, C-ART-210 ,",
        "u03,student,C-ART-201,0042",
    )
    before = path.read_bytes()
    corrections = corrected_once(path, moodle, "context-not-found", "C-ART-201")
    plan = proposed(path, moodle, [Correction.from_plain(one.to_plain()) for one in corrections])
    assert not troubles(plan)
    assert plan.origin.repairs is not None
    assert plan.origin.repairs.cells == {(2, 2): "C-ART-201", (3, 2): "C-ART-201"}
    assert not plan.origin.is_retry
    assert path.read_bytes() == before


def test_one_row_is_corrected_and_the_others_stay(tmp_path: Path, moodle: Moodle) -> None:
    """Where one row is named the others with the text keep it."""
    path = text_file(tmp_path / "list.csv", ",".join(HEADER), "zz,student,C-COH", "zz,teacher,C-COH")
    plan = proposed(path, moodle, corrected_once(path, moodle, "user-not-found", "u01", 3))
    assert (mended(plan, 2, 0), mended(plan, 3, 0)) == ("zz", "u01")
    assert trouble(plan, "user-not-found").rows == (2,)


def test_a_later_correction_comes_on_top_of_an_earlier_one(tmp_path: Path, moodle: Moodle) -> None:
    """What was corrected to another text that fails is corrected again, in the rows that have it by then."""
    path = text_file(tmp_path / "list.csv", ",".join(HEADER), "u01,studnt,C-COH", "u02,studnt,C-COH")
    first = [*corrected_once(path, moodle, "role-unknown", "pupil", 2)]
    second = trouble(
        proposed(path, moodle, [*first, *corrected_once(path, moodle, "role-unknown", "teacher", 3)]),
        "role-unknown",
    )
    assert (second.value, second.rows) == ("pupil", (2,))
    last = [*first, Correction(1, "role", "studnt", "teacher"), second.correction("student")]
    plan = proposed(path, moodle, last)
    assert (mended(plan, 2, 1), mended(plan, 3, 1)) == ("student", "teacher")


def test_a_blank_cell_is_filled_only_where_it_is_missing(tmp_path: Path, moodle: Moodle) -> None:
    """A row that needs no role keeps its blank cell when those that need one are given it."""
    path = text_file(
        tmp_path / "list.csv",
        "username,role,course,action",
        "u01,,C-ART-201,assign",
        "u02,,C-ART-201,unenrol",
        "u03,,C-COH,assign",
    )
    plan = proposed(path, moodle, corrected_once(path, moodle, "missing-value", "student"))
    assert [mended(plan, row, 1) for row in (2, 3, 4)] == ["student", "", "student"]


def test_of_a_cell_with_several_courses_one_is_corrected(tmp_path: Path, moodle: Moodle) -> None:
    """The other courses of the cell, and what stands between them, stay as they are; a name inside another one too."""
    path = text_file(
        tmp_path / "list.csv",
        ",".join(HEADER),
        "u01,student,C-ART-201 ; C-COX",
        "u02,student,C-COX;C-COX-2",
        "u03,student,C-COX",
    )
    (wrong,) = [one for one in troubles(proposed(path, moodle, split_courses=";")) if one.value == "C-COX"]
    plan = proposed(path, moodle, [wrong.correction("C-COH")], split_courses=";")
    assert [mended(plan, row, 2) for row in (2, 3, 4)] == ["C-ART-201 ; C-COH", "C-COH;C-COX-2", "C-COH"]


def test_a_sign_inside_a_name_parts_nothing_where_courses_are_not_parted(
    tmp_path: Path, moodle: Moodle
) -> None:
    """Without `--split-courses` a cell is one name: another row's correction does not reach into it."""
    path = text_file(
        tmp_path / "list.csv", ",".join(HEADER), "u01,student,C-COX", 'u02,student,"C-COX;C-ART-201"'
    )
    (wrong,) = [one for one in troubles(proposed(path, moodle)) if one.value == "C-COX"]
    plan = proposed(path, moodle, [wrong.correction("C-COH")])
    assert [mended(plan, row, 2) for row in (2, 3)] == ["C-COH", "C-COX;C-ART-201"]


def test_one_role_of_a_matrix_cell_is_corrected(tmp_path: Path, moodle: Moodle) -> None:
    """Of two roles in a cell of a matrix the one that is not known is replaced, the other stays."""
    path = text_file(
        tmp_path / "matrix.csv", "username,course:C-ART-201", "u01,teacher / Étudiant", "u02,student"
    )
    plan = proposed(path, moodle)
    wrong = trouble(plan, "role-unknown")
    assert (wrong.value, wrong.suggestions) == ("Étudiant", ("student",))
    assert mended(proposed(path, moodle, [wrong.correction("student")]), 2, 1) == "teacher / student"


def test_everybody_below_a_heading_is_given_another_course(tmp_path: Path, moodle: Moodle) -> None:
    """A correction of a heading's course counts for all rows below it, and for those alone."""
    path = text_file(tmp_path / "sections.csv", *SECTIONS)
    plan = proposed(path, moodle, corrected_once(path, moodle, "context-not-found", "course:C-ART-201"))
    assert not troubles(plan)
    assert plan.plan.lines.instanceid.tolist() == [5, 5, 11]


def test_below_a_row_that_may_be_a_heading_the_course_is_said(tmp_path: Path, moodle: Moodle) -> None:
    """Who was held back is given the course of the heading, or another one; who stands above is left alone."""
    path = text_file(
        tmp_path / "sections.csv",
        "username",
        "Course: C-COH",
        "u01",
        "C-ARTX",
        "u02",
        "u03",
        "Course: C-DUP-1",
        "u04",
    )
    held = trouble(proposed(path, moodle, role="student"), "heading-unclear")
    assert (held.column, held.value, held.rows) == ("context", "course:C-COH", (5, 6))
    assert held.suggestions == ("course:C-COH",)
    for new, course in (("course:C-COH", 11), ("course:C-ART-201", 5)):
        plan = proposed(path, moodle, [held.correction(new)], role="student")
        assert [one.code for one in troubles(plan)] == ["user-not-found"]
        assert plan.plan.lines.instanceid[plan.plan.lines.is_open].tolist() == [11, course, course, 12]
    confirmed = proposed(path, moodle, [held.correction(held.value)], role="student")
    write_repaired(confirmed, tmp_path / "copy.csv")
    assert (tmp_path / "copy.csv").read_bytes() == path.read_bytes()


def test_rows_of_several_sheets_are_corrected_together(tmp_path: Path, moodle: Moodle) -> None:
    """A text is corrected on every sheet that has it under this header, wherever the column stands there."""
    path = book(
        tmp_path / "year.xlsx",
        One=[HEADER, ("u01", "studnt", "C-ART-201")],
        Two=[["course", "username", "role"], ("C-COH", "u02", "studnt")],
    )
    reading = ReadingOptions(all_sheets=True)
    plan = proposed(
        path, moodle, corrected_once(path, moodle, "role-unknown", "student", reading=reading), reading
    )
    assert not troubles(plan)
    assert plan.plan.lines.roleid.tolist() == [5, 5]


@pytest.mark.parametrize(
    ("correction", "said"),
    [
        (Correction(1, "role", "pupil", "student"), 'has not "pupil" under "role"'),
        (Correction(0, "username", "u01", "u02", (3,)), 'has not "u01" in row 3 under "username"'),
        (Correction(0, "username", "u01", "u02", (99,)), "in row 99"),
        (Correction(0, "username", "u01", "u02", (2, 3)), "in row 3"),
        (Correction(1, "username", "u01", "u02"), 'no column "username" where'),
        (Correction(7, "username", "u01", "u02"), 'no column "username" where'),
    ],
)
def test_a_correction_that_fits_nothing_is_refused(
    tmp_path: Path, moodle: Moodle, correction: Correction, said: str
) -> None:
    """Another text, row or column than the file has is told, and nothing is changed in its stead."""
    path = text_file(tmp_path / "list.csv", ",".join(HEADER), "u01,student,C-COH", "u02,student,C-COH")
    with pytest.raises(InputError, match=said):
        proposed(path, moodle, [correction])


def test_a_run_is_sent_as_it_was_corrected_retried_and_taken_back(
    tmp_path: Path, practice: Practice, moodle: Moodle
) -> None:
    """The run keeps its corrections: its failed rows are retried on top of them, and undo leaves the site as it was."""
    path = text_file(
        tmp_path / "list.csv", ",".join(HEADER), "u01,studnt,C-ART-201", "u02,studnt,C-COH", "zz,studnt,C-COH"
    )
    before, run, again = holdings(practice), tmp_path / "run", tmp_path / "again"
    corrections = corrected_once(path, moodle, "role-unknown", "student")
    with Job(moodle) as job:
        job.done(PlanFile(path, corrections=corrections), run, Apply())
    assert len(holdings(practice) - before) == 2
    assert (
        (run / "failed.csv").read_text("utf-8-sig").splitlines()[1].startswith("zz,student,C-COH,4,invalid")
    )
    with Run.open(run) as opened:
        assert opened.journal.head.settings["retry"] is False
    with Job(moodle) as job:
        wrong = trouble(job.planned(PlanRetry(run)), "user-not-found")
        job.done(PlanRetry(run, corrections=[wrong.correction("u03")]), again, Apply())
    assert statuses(again) == [(4, "assigned", "")]
    assert len(holdings(practice) - before) == 3
    with Job(moodle) as job:
        job.done(PlanUndo(again), tmp_path / "back", Apply())
        job.done(PlanUndo(run), tmp_path / "back2", Apply())
    assert holdings(practice) == before


def test_a_retry_is_corrected_in_one_place_only(tmp_path: Path, moodle: Moodle) -> None:
    """Where failed.csv was changed as well, nobody knows which of the two counts."""
    path = text_file(tmp_path / "list.csv", ",".join(HEADER), "zz,student,C-COH")
    run = tmp_path / "run"
    with Job(moodle) as job:
        job.done(PlanFile(path), run, Apply())
        failed = run / "failed.csv"
        failed.write_bytes(failed.read_bytes().replace(b"zz,student", b"u01,student"))
        with pytest.raises(
            RunError, match=r"failed\.csv of run was changed, and rows were corrected here as well"
        ):
            job.planned(PlanRetry(run, corrections=[Correction(0, "username", "zz", "u02")]))


def test_the_run_of_a_corrected_file_is_no_retry(
    tmp_path: Path, moodle: Moodle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is compared with the last run of that file, and called as one of it."""
    monkeypatch.chdir(tmp_path)
    path = text_file(tmp_path / "list.csv", ",".join(HEADER), "zz,student,C-COH", "u01,studnt,C-COH")
    corrections = corrected_once(path, moodle, "role-unknown", "student")
    with Job(moodle) as job:
        job.done(PlanFile(path), None, Apply())
        account = job.done(PlanFile(path, corrections=corrections), None, Apply())
        planned = job.planned(PlanFile(path, corrections=corrections))
        named = job.sent(planned, account.summary, None, Apply()).folder
    assert account.summary.compared is not None
    assert account.summary.compared.known == 1
    assert named is not None
    assert "retry" not in named.name
    assert len(Runs().all()) == 3
