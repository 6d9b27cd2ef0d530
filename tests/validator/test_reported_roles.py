"""Role words on a site without the plugin whose report on roles names every role."""

from collections.abc import Iterator

import pytest

from batchroles.client import Moodle
from batchroles.client.functions import COURSE_PROFILES, RESET_FILTERS, SET_FILTERS
from batchroles.models import Code, Problem, RoleRef
from batchroles.sandbox import serve
from batchroles.validator import known_roles
from batchroles.validator.names import Resolved
from batchroles.validator.reported_roles import ORIGIN
from batchroles.validator.role_learning import Courses
from batchroles.validator.roles import RoleFinder
from tests.job.helpers import moodle_at
from tests.job.newer import newer, newer_site

HERE = Courses(own=[2])


@pytest.fixture(scope="module")
def moodle() -> Iterator[Moodle]:
    """Give a client of the recorded site as a Moodle 5.1 with the reports."""
    with newer() as practice:
        yield moodle_at(practice)


def find(moodle: Moodle, *words: str, courses: Courses = HERE) -> list[Resolved]:
    refs = [RoleRef("word", word) for word in words]
    found = RoleFinder(moodle, {}).find(refs, courses)
    return [found[ref] for ref in refs]


@pytest.mark.parametrize(
    ("word", "role"),
    [
        # Held in courses, in a category and the system, of a user; by short name and by name.
        ("student", 5),
        ("manager", 1),
        ("Manager", 1),
        ("coursecreator", 2),
        ("mentor", 14),
        ("Batch roles web service", 10),
        # Nobody has them.
        ("observer", 13),
        ("Observer", 13),
        ("guest", 6),
    ],
)
def test_role_words(moodle: Moodle, word: str, role: int) -> None:
    """A role is found wherever somebody has it, and by its name where nobody does."""
    assert find(moodle, word) == [role]


def test_the_name_of_a_standard_role_that_nobody_has(moodle: Moodle) -> None:
    """A standard role is found by the name that the site shows for it, though its short name cannot be learned."""
    assert find(moodle, "Authenticated user", "authenticated user on site home") == [7, 8]


@pytest.mark.parametrize("word", ["frontpage", "user"])
def test_a_standard_role_that_nobody_has(moodle: Moodle, word: str) -> None:
    """Its short name alone does not prove which role it is; the one of that name is said, with its id."""
    (problem,) = find(moodle, word)
    assert isinstance(problem, Problem)
    assert problem.code == Code.ROLE_UNKNOWN
    assert 'A role named "Authenticated user' in problem.reason
    assert problem.fix == (
        f'If that is the role that is meant, give it with --role-map "{word}={8 if word == "frontpage" else 7}".'
    )


def test_a_short_name_that_is_no_name(moodle: Moodle) -> None:
    """A role that somebody has, but nobody in a course, is looked for among the others by filters."""
    assert find(moodle, "wsbatch", "WSWEAK") == [10, 11]


def test_a_short_name_that_is_no_name_without_filters() -> None:
    """Where no filter may be set, it is not found."""
    with newer(SET_FILTERS) as practice:
        (problem,) = find(moodle_at(practice), "wsbatch")
    assert isinstance(problem, Problem)
    assert problem.reason.startswith('The id of the role "wsbatch" could not be learned from the site')


def test_the_name_of_one_role_and_the_short_name_of_another() -> None:
    """A word that somebody's role has as its short name is that role, and not the one of that name."""
    site = newer_site()
    for role in site["roles"]:
        if role["shortname"] == "observer":
            role["displayname"] = "Tutor"
        if role["shortname"] == "mentor":
            role["shortname"] = "tutor"
    with serve(site) as practice:
        assert find(moodle_at(practice), "tutor") == [14]


def test_two_roles_of_one_name() -> None:
    """Two roles that nobody has, of one name, are ambiguous, and their ids are said."""
    site = newer_site()
    next(role for role in site["roles"] if role["shortname"] == "observer")["displayname"] = "Twin"
    twin = next(role for role in site["roles"] if role["shortname"] == "registrar")
    site["roles"].append({**twin, "id": 20, "shortname": "twin2", "displayname": "Twin", "sortorder": 20})
    with serve(site) as practice:
        (problem,) = find(moodle_at(practice), "Twin")
    assert isinstance(problem, Problem)
    assert problem.code == Code.ROLE_AMBIGUOUS
    assert "id 13" in problem.reason
    assert "id 20" in problem.reason


def test_one_filter_a_word(moodle: Moodle) -> None:
    """A role of which courses show enough is not filtered by; of the others each word takes one filter."""
    mine = moodle.session()
    assert find(mine, "student", "teacher", "manager", "mentor") == [5, 4, 1, 14]
    assert mine.calls[SET_FILTERS] == mine.calls[RESET_FILTERS] == 2


def test_a_role_that_somebody_has_in_another_course(moodle: Moodle) -> None:
    """Of roles that the report shows in courses one look at a few people tells all, and no filter is set."""
    mine = moodle.session()
    assert find(mine, "student", "editingteacher", courses=Courses(own=[12])) == [5, 3]
    assert (mine.calls[COURSE_PROFILES], mine.calls[SET_FILTERS]) == (1, 0)


def test_people_who_cannot_be_looked_at() -> None:
    """Where people in courses are not shown, a filter tells the same."""
    with newer(COURSE_PROFILES) as practice:
        mine = moodle_at(practice)
        assert find(mine, "student", "editingteacher", courses=Courses(own=[12])) == [5, 3]
    assert mine.calls[SET_FILTERS] == 2


def test_without_filters() -> None:
    """Where no filter may be set a name is enough only if it is nobody's short name."""
    with newer(SET_FILTERS) as practice:
        found = find(moodle_at(practice), "Observer", "manager")
    assert found[0] == 13
    assert isinstance(found[1], Problem)


@pytest.fixture(scope="module")
def filtered() -> Iterator[Moodle]:
    """Give a client of the same whose user left a filter on the report, so that it cannot be read whole."""
    site = newer_site()
    values = {"role:name_operator": 1, "role:name_value": "5"}
    bot = next(user["id"] for user in site["users"] if user["username"] == "wsbot")
    for report in site["reports"]:
        if report["name"] == "batchroles roles":
            report["userfilters"] = [{"userid": bot, "filterdata": values}]
    with serve(site) as practice:
        yield moodle_at(practice)


@pytest.mark.parametrize(("word", "role"), [("Observer", 13), ("manager", 1), ("Manager", 1)])
def test_a_name_that_may_be_a_short_name(filtered: Moodle, word: str, role: int) -> None:
    """Where who has which role is not known, the role of that name is not used, and its id is said to be given."""
    (problem,) = find(filtered, word)
    assert isinstance(problem, Problem)
    assert problem.code == Code.ROLE_UNKNOWN
    assert f'A role named "{word.capitalize()}" has the id {role}' in problem.reason
    assert problem.fix == f'If that is the role that is meant, give it with --role-map "{word}={role}".'


def test_a_name_that_courses_decide(filtered: Moodle) -> None:
    """Where who has which role is not known, courses are asked all the same, and what they show is used."""
    elsewhere = Courses(others=lambda: [2])
    assert find(filtered, "Non-editing teacher", courses=elsewhere) == [4]
    assert find(filtered, "student", "Student", courses=elsewhere) == [5, 5]


def test_a_name_that_two_roles_may_mean(filtered: Moodle) -> None:
    """Where who has which role is not known, the Teacher and the short name teacher are not taken for one."""
    (problem,) = find(filtered, "Teacher")
    assert isinstance(problem, Problem)
    assert problem.code == Code.ROLE_AMBIGUOUS


def test_all_roles_with_their_origins(moodle: Moodle) -> None:
    """Every role of the site is listed with its name, and with its short name where courses show it."""
    mine = moodle.session()
    found = known_roles(mine, {"Dozent": "3"})
    assert found.complete
    assert [role.id for role in found.roles] == [3, *range(1, 15)]
    shown = {role.id: (role.shortname, role.name, role.origin) for role in found.roles[1:]}
    assert shown[13] == ("", "Observer", ORIGIN)
    assert shown[5] == ("student", "Student", "seen in course 2")
    assert SET_FILTERS not in mine.calls
