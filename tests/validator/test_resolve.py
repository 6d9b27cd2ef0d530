from pathlib import Path
from typing import Any

import pytest

from batchroles.client import Moodle, Retry, functions
from batchroles.errors import SiteRefusal
from batchroles.loader.layouts import read
from batchroles.models import Code, ContextRef, Level, Lines, Problem, RoleRef, UserRef
from batchroles.models.lines import WRITTEN
from batchroles.sandbox import serve
from batchroles.validator import resolve
from tests.validator.conftest import SITE, Site
from tests.validator.wanted import wanted

ANNA, BEN, NOBODY = (UserRef("username", name) for name in ("u01", "u02", "nobody77"))
STUDENT, FIVE = RoleRef("word", "student"), RoleRef("id", "5")
PHYSICS = ContextRef(Level.COURSE, "shortname", "C-PHY-101")
ART = ContextRef(Level.COURSE, "shortname", "C-ART-201")
SYSTEM = ContextRef(Level.SYSTEM, "", "")
GONE = Problem(Code.MISSING_VALUE, "The row names no user.", "Fill in the user.")
NO_PLUGIN = frozenset({functions.GET_ROLES})


def table(of: Lines) -> list[tuple[Any, ...]]:
    """Give the ids, the level (empty where it is not known) and the problem of each line."""
    lines = of.frame()
    levels = lines["level"].astype(object).where(lines["level"].notna(), "")
    columns = [lines["userid"], lines["roleid"], levels, lines["instanceid"], lines["problem"]]
    return list(zip(*columns, strict=True))


def test_wide_rows(tmp_path: Path, moodle: Moodle) -> None:
    """What is not found in a wide row is told with the header of its own course and role."""
    path = tmp_path / "wide.csv"
    path.write_text(
        "username,course1,role1,course2,role2,category1,categoryrole1\n"
        "nobody77,C-PHY-101,student,,,,\n"
        "u01,C-NO-1,student,C-NO-1,,,\n"
        "u01,C-PHY-101,stundent,C-PHY-101,stundent,NOWHERE,student\n",
        encoding="utf-8",
    )
    asked = read(path)
    resolution = resolve(asked, moodle)
    lines = resolution.lines.frame()
    found = [resolution.problems[number] for number in lines["problem"].tolist()]
    told = [
        (row, part, problem.column, problem.value)
        for row, part, problem in zip(lines["row"], lines["part"], found, strict=True)
    ]
    assert told == [
        (2, "course1", "username", "nobody77"),
        (3, "course1", "course1", "C-NO-1"),
        (3, "course2", "course2", "C-NO-1"),
        (4, "course1", "role1", "stundent"),
        (4, "course2", "role2", "stundent"),
        (4, "category1", "category1", "NOWHERE"),
    ]


def test_a_whole_file(moodle: Moodle) -> None:
    """Every line gets its ids, or its first problem; the ids that are known stay."""
    asked = wanted(
        {
            "user_0": [ANNA, BEN, NOBODY, ANNA, None, BEN],
            "role_0": [STUDENT, RoleRef("word", "Teacher"), STUDENT, RoleRef("id", "9"), STUDENT, STUDENT],
            "context_0": [PHYSICS, PHYSICS, ContextRef(Level.MODULE, "id", "3"), SYSTEM, ART, None],
        }
    )
    resolution = resolve(asked, moodle)
    assert table(resolution.lines) == [
        (10, 5, "course", 2, -1),
        (11, 0, "course", 2, 2),
        (0, 5, "module", 3, 0),
        (10, 9, "system", 0, -1),
        (0, 5, "course", 5, 1),
        (11, 5, "", 0, 3),
    ]
    assert [(problem.code, problem.column, problem.value) for problem in resolution.problems] == [
        (Code.USER_NOT_FOUND, "USER_0", "nobody77"),
        (Code.MISSING_VALUE, "", ""),
        (Code.ROLE_AMBIGUOUS, "ROLE_0", "Teacher"),
        (Code.MISSING_VALUE, "", ""),
    ]
    assert moodle.calls == {
        functions.USERS_BY_FIELD: 3,
        functions.COURSES_BY_FIELD: 2,
        functions.SITE_INFO: 1,
        functions.GET_ROLES: 1,
    }


def test_the_types_of_a_plan(sites: Site) -> None:
    """The lines have the columns and types that a plan has."""
    resolution = resolve(wanted({"user_0": [ANNA], "role_0": [FIVE], "context_0": [SYSTEM]}), sites())
    assert {name: str(resolution.lines.stored(name).dtype) for name in WRITTEN} == WRITTEN


def test_the_same_person_twice(moodle: Moodle) -> None:
    """Several columns for the user must lead to one person; one that finds nobody is a problem of its own."""
    emails = ["u01@example.edu", "u02@example.edu", "u02@example.edu", None, "x@y.z"]
    asked = wanted(
        {
            "user_0": [ANNA, ANNA, None, ANNA, ANNA],
            "user_1": [email and UserRef("email", email) for email in emails],
            "user_2": [UserRef("id", "10"), None, UserRef("id", "12"), None, UserRef("id", "77")],
            "role_0": [STUDENT] * 5,
            "context_0": [SYSTEM] * 5,
        }
    )
    resolution = resolve(asked, moodle, {"student": 5})
    numbers = {problem.reason: number for number, problem in enumerate(resolution.problems)}
    absent = 'E-mail address "x@y.z" not found, or not visible to this token.'
    differ = (
        'User name "u01" is the user with id 10, but e-mail address "u02@example.edu" is the user with id 11.'
    )
    other = (
        'E-mail address "u02@example.edu" is the user with id 11, but user id "12" is the user with id 12.'
    )
    assert table(resolution.lines) == [
        (10, 5, "system", 0, -1),
        (10, 5, "system", 0, numbers[differ]),
        (11, 5, "system", 0, numbers[other]),
        (10, 5, "system", 0, -1),
        (10, 5, "system", 0, numbers[absent]),
    ]
    fix = "Correct one of them, or leave it blank: both must name the same person."
    assert set(resolution.problems[1:]) == {
        Problem(Code.USER_MISMATCH, differ, fix, "USER_1", "u02@example.edu"),
        Problem(Code.USER_MISMATCH, other, fix, "USER_2", "12"),
    }


def test_the_same_context_twice(moodle: Moodle) -> None:
    """A line uses the context column that it fills; two filled ones must lead to the same context."""
    others = [
        ContextRef(Level.COURSE, "id", "2"),
        ContextRef(Level.COURSE, "id", "3"),
        ContextRef(Level.COURSECAT, "name", "Physics"),
        ContextRef(Level.MODULE, "id", "2"),
    ]
    asked = wanted(
        {
            "user_0": [ANNA] * 4,
            "role_0": [FIVE] * 4,
            "context_0": [PHYSICS, PHYSICS, None, PHYSICS],
            "context_1": others,
        }
    )
    resolution = resolve(asked, moodle)
    assert table(resolution.lines) == [
        (10, 5, "course", 2, -1),
        (10, 5, "course", 2, 0),
        (10, 5, "coursecat", 3, -1),
        (10, 5, "course", 2, 1),
    ]
    assert resolution.problems == [
        Problem(
            Code.CONTEXT_MISMATCH,
            f'Course "C-PHY-101" (course id 2) and {level} "{number}" ({level} id {number}) are two contexts.',
            "Leave one of the two blank: a row is about one context.",
            "CONTEXT_1",
            number,
        )
        for level, number in (("course", "3"), ("module", "2"))
    ]


def test_two_roles(sites: Site) -> None:
    """Two role columns that lead to two roles contradict each other."""
    asked = wanted(
        {
            "user_0": [ANNA],
            "role_0": [RoleRef("id", "5")],
            "role_1": [RoleRef("id", "4")],
            "context_0": [SYSTEM],
        }
    )
    assert resolve(asked, sites()).problems == [
        Problem(
            Code.CONFLICT,
            'Role "5" has id 5, but role "4" has id 4.',
            "Leave one of the two blank: a row is about one role.",
            "ROLE_1",
            "4",
        )
    ]


def test_lines_with_a_problem_are_left_alone(sites: Site) -> None:
    """A line that has a problem already keeps it, and what only it names is not looked up."""
    moodle = sites()
    asked = wanted(
        {"user_0": [NOBODY, UserRef("id", "10")], "role_0": [STUDENT, FIVE], "context_0": [PHYSICS, SYSTEM]},
        problem=[0, -1],
        problems=[GONE],
    )
    resolution = resolve(asked, moodle)
    assert table(resolution.lines) == [(0, 0, "", 0, 0), (10, 5, "system", 0, -1)]
    assert (resolution.problems, moodle.calls) == ([GONE], {})


def test_one_problem_for_many_rows(sites: Site) -> None:
    """Equal problems of many rows are one object."""
    asked = wanted({"user_0": [NOBODY] * 50, "role_0": [FIVE] * 50, "context_0": [SYSTEM] * 50})
    resolution = resolve(asked, sites())
    assert (len(resolution.problems), set(resolution.lines.frame()["problem"])) == (1, {0})


def test_a_token_that_the_site_does_not_know(sites: Site) -> None:
    """A token that the site does not know ends it at the first call, whichever that is."""
    for role, user in ((STUDENT, UserRef("id", "10")), (FIVE, ANNA)):
        asked = wanted({"user_0": [user], "role_0": [role], "context_0": [SYSTEM]})
        moodle = sites(token="TOKEN_NOBODY")
        with pytest.raises(SiteRefusal, match=r"^The site does not know this token: "):
            resolve(asked, moodle)
        assert moodle.calls.total() == 1


def test_a_site_in_trouble() -> None:
    """Look-ups that fail now and then are asked again, and come to the same in the end."""
    users = [UserRef("username", f"u{number:02}") for number in range(1, 21)]
    asked = wanted({"user_0": users, "role_0": [STUDENT] * 20, "context_0": [PHYSICS, ART] * 10})
    faults = [
        "503:0.15",
        "429:0.1",
        "drop-before:0.15",
        "drop-after:0.15",
        "half-answer:0.15",
        "maintenance:0.1",
    ]
    retry = Retry(attempts=60, base=0.001, longest=0.001, longest_retry_after=0.001)
    with serve(SITE, faults=faults, seed=7) as practice:
        moodle = Moodle(practice.url, "TOKEN_BOT", retry=retry, max_input_vars=9)
        resolution = resolve(asked, moodle)
    assert table(resolution.lines) == [
        (number, 5, "course", 2 if number % 2 == 0 else 5, -1) for number in range(10, 30)
    ]
    assert moodle.calls.total() > 9


def test_an_empty_file(sites: Site) -> None:
    """A file without rows needs nothing from the site."""
    moodle = sites()
    resolution = resolve(wanted({"user_0": [], "role_0": [], "context_0": []}), moodle)
    assert (len(resolution.lines), resolution.problems, moodle.calls) == (0, [], {})


def test_learned_roles_are_mentioned(sites: Site) -> None:
    """Role ids that were learned from the file's own courses are mentioned, with their origin."""
    asked = wanted({"user_0": [ANNA], "role_0": [STUDENT], "context_0": [PHYSICS]})
    resolution = resolve(asked, sites(without=NO_PLUGIN))
    assert table(resolution.lines) == [(10, 5, "course", 2, -1)]
    assert resolution.notes == [
        "Role ids learned from enrolled users: teacher = 4, student = 5, editingteacher = 3 (seen in course 2)."
    ]


def test_roles_for_a_file_without_courses(sites: Site) -> None:
    """Where the file names no course, roles are learned from the site's other courses."""
    category = ContextRef(Level.COURSECAT, "name", "Physics")
    asked = wanted({"user_0": [ANNA], "role_0": [STUDENT], "context_0": [category]})
    resolution = resolve(asked, sites(without=NO_PLUGIN))
    assert table(resolution.lines) == [(10, 5, "coursecat", 3, -1)]
