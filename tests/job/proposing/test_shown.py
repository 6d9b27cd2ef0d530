"""What a person is shown of a plan: the first rows by name, and how many of what."""

from pathlib import Path

from batchroles.client import Moodle
from batchroles.job import Apply, Door, Job, PlanFile, Planned
from batchroles.job.proposing import Correction, counts, first_rows
from batchroles.loader.layouts import FormatOptions
from batchroles.models.changes import ENROL
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import id_roster, moodle_at
from tests.job.newer import newer
from tests.job.proposing.helpers import proposed, text_file


def test_the_first_rows_are_told_by_the_names_that_moodle_shows(tmp_path: Path, moodle: Moodle) -> None:
    """Person, role and place have the site's names, in parts and in a sentence; the file's own name stands beside."""
    path = text_file(
        tmp_path / "list.csv",
        "username,firstname,lastname,role,course,action",
        "u01,Anna,Abel,student,C-ART-201,assign",
        "u02,Cem,Yilmaz,student,C-ART-201,assign",
        "u03,,,teacher,C-PHY-101,unassign",
    )
    anna, ben, clara = first_rows(proposed(path, moodle), moodle)
    assert anna.sentence == "Anna Abel (u01) becomes Student in Art History (C-ART-201)"
    assert (anna.row, anna.place, anna.person, anna.username) == (2, "row 2", "Anna Abel", "u01")
    assert (anna.file_name, anna.differs, anna.gives) == ("Anna Abel", False, True)
    assert (anna.role, anna.where, anna.change.word) == ("Student", "Art History (C-ART-201)", "assign")
    assert (ben.file_name, ben.differs) == ("Cem Yilmaz", True)
    assert (clara.file_name, clara.differs, clara.gives) == ("", None, False)
    assert clara.sentence == "Clara Conrad (u03) is no longer Non-editing teacher in Physics 101 (C-PHY-101)"


def test_people_and_courses_are_looked_up_together(
    tmp_path: Path, practice: Practice, moodle: Moodle
) -> None:
    """Twenty rows in a dozen courses take one call for the people and one for the courses, and one for categories."""
    rows = [f"u{number:02},student,course:id={2 + number % 10}" for number in range(1, 20)]
    path = text_file(
        tmp_path / "list.csv", "username,role,context", *rows, "u01,manager,category:name=Physics"
    )
    plan = proposed(path, moodle)
    before = practice.calls()
    told = first_rows(plan, moodle)
    made = {name: count - before.get(name, 0) for name, count in practice.calls().items()}
    assert {name: count for name, count in made.items() if count} == {
        "core_user_get_users_by_field": 1,
        "core_course_get_courses_by_field": 1,
        "core_course_get_categories": 1,
    }
    assert told[-1].where == "Faculty of Science / Physics"


def test_names_that_differ_are_shown_wherever_they_stand(tmp_path: Path, moodle: Moodle) -> None:
    """Behind the first rows come those with another name than Moodle's; removals have a place among the first."""
    rows = [f"u{number:02},,student,C-ART-201,assign" for number in range(1, 15)]
    path = text_file(
        tmp_path / "list.csv",
        "username,lastname,role,course,action",
        *rows,
        "u15,Yilmaz,student,C-ART-201,assign",
        "u16,,student,C-ART-201,unassign",
    )
    told = first_rows(proposed(path, moodle), moodle, 4)
    assert [(one.row, one.differs) for one in told] == [
        (2, None),
        (3, None),
        (4, None),
        (5, None),
        (16, True),
        (17, None),
    ]


def test_each_text_that_was_repaired_is_shown_once(tmp_path: Path, moodle: Moodle) -> None:
    """Behind the first rows comes the first of those that have a text which somebody put in, if it would be sent."""
    path = text_file(
        tmp_path / "list.csv",
        "username,role,course",
        *[f"u{number:02},student,C-ART-201" for number in range(1, 5)],
        *[f"{user},student,C-ART-20l" for user in ("nobody", "u05", "u06")],
        "u7,student,C-ART-201",
    )
    repairs = [
        Correction(2, "course", "C-ART-20l", "C-ART-201"),
        Correction(0, "username", "u7", "u07", (9,)),
    ]
    told = first_rows(proposed(path, moodle, repairs), moodle, 2)
    assert [one.row for one in told] == [2, 3, 7, 9]


def test_somebody_who_is_shown_nowhere_is_named_as_the_file_does(tmp_path: Path, moodle: Moodle) -> None:
    """Of ids that the site does not show, a course that is not there among them, the words stay the file's."""
    plan = proposed(id_roster(tmp_path / "ids.csv", [99999], [999, 5]), moodle)
    lost, found = first_rows(plan, moodle)
    assert lost.sentence == "the user with the id 99999 becomes role 5 in course with the id 999"
    assert found.where == "Art History (C-ART-201)"


def test_rows_are_counted_by_role_and_place_and_by_what_becomes_of_them(
    tmp_path: Path, moodle: Moodle
) -> None:
    """Every line is counted once; removals stand apart; of people in courses it is known who is enrolled."""
    path = text_file(
        tmp_path / "list.csv",
        "username,role,course,action",
        "u18,student,C-NOMAN,assign",
        "u21,student,C-NOMAN,assign",
        "u21,student,C-NOMAN,assign",
        "u01,teacher,C-PHY-101,unassign",
        "zz,student,C-NOMAN,assign",
    )
    with Job(moodle) as job:
        found = counts(job.planned(PlanFile(path)))
    assert (found.rows, found.lines) == (5, 5)
    assert found.to_send + found.already + found.repeats + found.not_due + found.failing + found.withheld == 5
    assert (found.gives, found.repeats, found.failing) == (2, 1, 1)
    assert [(one.role, one.place, one.rows) for one in found.given] == [("Student", "course C-NOMAN", 2)]
    assert sum(one.rows for one in found.taken) == found.takes
    assert (found.enrolled + found.not_enrolled, found.enrolled_unknown) == (2, 0)


def test_who_is_enrolled_along_is_nobody_without_an_enrolment(tmp_path: Path, moodle: Moodle) -> None:
    """Where people are enrolled with the role, none is counted as having a role alone."""
    path = text_file(
        tmp_path / "list.csv", "username,role,course", "u18,student,C-NOMAN", "u21,student,C-NOMAN"
    )
    with Job(moodle) as job:
        found = counts(job.planned(PlanFile(path, understanding=FormatOptions(change=ENROL))))
    assert found.by_change == {"enrol": 2}
    assert (found.enrolled, found.not_enrolled, found.enrolled_unknown) == (0, 0, 0)


def test_a_door_hears_what_was_refused_while_rows_are_sent(tmp_path: Path, moodle: Moodle) -> None:
    """Beside how many rows have an end it is told how many of these Moodle refused."""
    path = id_roster(tmp_path / "ids.csv", [10, 99999, 11], [5])
    told: list[tuple[int, int, int]] = []

    def question(_: Planned) -> None:
        return None

    door = Door(sent=lambda *said: told.append(said), question=question)
    with Job(moodle, door) as job:
        account = job.done(PlanFile(path), tmp_path / "run", Apply())
    assert told[-1] == (3, 1, 3)
    assert account.summary.tally.failed == 1
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_who_is_enrolled_is_shown_where_reports_tell_the_roles(tmp_path: Path) -> None:
    """Though roles are read from a report, which knows no enrolments, each person in a course is told of."""
    rows = ["u01,student,course:id=2", "u01,student,course:id=11", "u14,manager,category:id=3"]
    path = text_file(tmp_path / "list.csv", "username,role,context", *rows)
    with newer() as practice:
        moodle = moodle_at(practice)
        with Job(moodle) as job:
            planned = job.planned(PlanFile(path))
        told = [(one.row, one.enrolled) for one in first_rows(planned, moodle)]
        found = counts(planned)
    assert found.enrolled_unknown == 0
    assert found.enrolled + found.not_enrolled == len([row for row, one in told if one is not None]) > 0
    assert told[-1] == (4, None)
