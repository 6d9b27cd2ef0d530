import re
from typing import Any

import pytest

from batchroles.client import Moodle, functions
from batchroles.directory.categories import Categories
from batchroles.directory.roles import STANDARD_NAMES
from batchroles.models import Code, Problem, RoleRef
from batchroles.models.references import RoleKey, RoleMap
from batchroles.sandbox import serve as practice_site
from batchroles.sandbox.making.builder import Builder
from batchroles.validator import KnownRole, known_roles
from batchroles.validator.courses import CourseFinder
from batchroles.validator.names import Resolved
from batchroles.validator.role_learning import Courses
from batchroles.validator.role_words import RoleList, mapped, match
from batchroles.validator.roles import RoleFinder
from tests.client.odd_server import Reply, serve
from tests.validator.conftest import Site

PLUGIN, MANY, SINGLE = functions.GET_ROLES, functions.ENROLLED_WITH_CAPABILITY, functions.ENROLLED
NO_PLUGIN = frozenset({PLUGIN})
HINT = (
    "Role ids need not be learned from enrolled users where an administrator has made the report batchroles roles"
    " (Moodle 4.4 and newer; batchroles setup says how), or where the plugin local_wsgetroles is installed and its"
    " function in the token's service."
)
STANDARD = [KnownRole(n, short, name, "test") for n, (short, name) in enumerate(STANDARD_NAMES.items(), 1)]
ALL = RoleList(
    [
        *STANDARD,
        KnownRole(9, "registrar", "Registrar", "test"),
        KnownRole(20, "lab", "student", "test"),
        KnownRole(30, "6", "", "test"),
    ],
    True,
)
SEEN = RoleList([STANDARD[2], STANDARD[4]], complete=False, hint="Hint.")


def find(
    moodle: Moodle, *words: str, role_map: RoleMap | None = None, courses: list[int] | None = None
) -> list[Resolved]:
    """Look role words up, in the order given, learning from the courses given where it comes to that."""
    finder = RoleFinder(moodle, role_map or {})
    found = finder.find({RoleRef("word", word) for word in words}, Courses(courses or []))
    return [found[RoleRef("word", word)] for word in words]


@pytest.mark.parametrize(
    ("by", "word", "role"),
    [
        ("word", "student", 5),
        ("word", "teacher", 4),
        ("word", "editingteacher", 3),
        ("word", "EditingTeacher", 3),
        ("word", "Non-editing teacher", 4),
        ("word", "non-EDITING teacher", 4),
        ("word", "Course creator", 2),
        ("word", "REGISTRAR", 9),
        ("shortname", "Manager", 1),
        ("word", "12", 12),
        ("id", "7", 7),
        ("word", "6", 30),
        ("id", "6", 6),
        ("shortname", "6", 30),
        ("word", "lab", 20),
    ],
)
def test_role_words(by: RoleKey, word: str, role: int) -> None:
    """An exact short name is that role; else the case of short names and names is ignored; other digits are an id."""
    assert match(RoleRef(by, word), ALL, word) == role


@pytest.mark.parametrize(
    ("word", "reason", "fix"),
    [
        (
            "Teacher",
            'Teacher: editingteacher (shown as "Teacher") or teacher (shown as "Non-editing teacher")?',
            'Write the short name, or --role-map "Teacher=editingteacher".',
        ),
        (
            "Student",
            'Student: student (shown as "Student") or lab (shown as "student")?',
            'Write the short name, or --role-map "Student=student".',
        ),
    ],
)
def test_ambiguous_role_words(word: str, reason: str, fix: str) -> None:
    """A word that fits two roles is refused with both."""
    assert match(RoleRef("word", word), ALL, word) == Problem(Code.ROLE_AMBIGUOUS, reason, fix, value=word)


def test_unknown_role_word() -> None:
    """A word that fits no role is refused with the nearest and with all short names."""
    assert match(RoleRef("word", "Stundent"), ALL, "Stundent") == Problem(
        Code.ROLE_UNKNOWN,
        'Role "Stundent" is not known; did you mean "student"?',
        "Write one of these short names: 6, coursecreator, editingteacher, frontpage, guest, lab, manager, registrar,"
        ' student, teacher, user; or translate the word with --role-map "Stundent=SHORTNAME".',
        value="Stundent",
    )


@pytest.mark.parametrize("word", ["05", "0000000000005", "\u0665", "0", "9223372036854775808", "5.0"])
def test_digits_that_are_no_id(word: str) -> None:
    """Digits that Moodle would not print as an id are a word like any other, and not known."""
    found = match(RoleRef("word", word), ALL, word)
    assert isinstance(found, Problem)
    assert (found.code, found.reason) == (Code.ROLE_UNKNOWN, f'Role "{word}" is not known.')


def test_a_translation_that_is_not_known() -> None:
    """A word that the role map translates into something unknown is refused with both."""
    found = match(RoleRef("shortname", "teecher"), ALL, "Dozent")
    assert isinstance(found, Problem)
    assert found.reason == 'Role "Dozent" ("teecher" in the role map) is not known; did you mean "teacher"?'


@pytest.mark.parametrize("word", ["Teacher", "teacher", "Manager"])
def test_roles_that_were_not_seen(word: str) -> None:
    """A standard role that nobody was seen to have is still told apart, but has no id."""
    found = match(RoleRef("word", word), SEEN, word)
    assert isinstance(found, Problem)
    assert (found.code, found.reason) == {
        "Teacher": (
            Code.ROLE_AMBIGUOUS,
            'Teacher: editingteacher (shown as "Teacher") or teacher (shown as "Non-editing teacher")?',
        ),
        "teacher": (Code.ROLE_UNKNOWN, 'The id of the role "teacher" could not be learned from the site.'),
        "Manager": (Code.ROLE_UNKNOWN, 'The id of the role "manager" could not be learned from the site.'),
    }[word]


@pytest.mark.parametrize(
    ("role_map", "word", "translated"),
    [
        ({"Dozent": "editingteacher"}, "Dozent", RoleRef("shortname", "editingteacher")),
        ({"Dozent": "editingteacher"}, "dozent", RoleRef("shortname", "editingteacher")),
        ({"Dozent": "editingteacher", "DOZENT": "teacher"}, "Dozent", RoleRef("shortname", "editingteacher")),
        ({"Dozent": "editingteacher", "DOZENT": "teacher"}, "dozent", RoleRef("word", "dozent")),
        (
            {"Dozent": "editingteacher", "DOZENT": "editingteacher"},
            "dozent",
            RoleRef("shortname", "editingteacher"),
        ),
        ({"Maßhelfer": "teacher"}, "Masshelfer", RoleRef("word", "Masshelfer")),
        ({"Tutor": 4}, "tutor", RoleRef("id", "4")),
        ({"Tutor": "4"}, "Tutor", RoleRef("id", "4")),
        ({"Tutor": 4}, "student", RoleRef("word", "student")),
        ({"Tutor": "04"}, "Tutor", RoleRef("shortname", "04")),
    ],
)
def test_role_map(role_map: RoleMap, word: str, translated: RoleRef) -> None:
    """A site's own words are translated, exactly as they stand in the map and else without case."""
    assert mapped(RoleRef("word", word), role_map) == translated


def test_role_ids_are_not_translated() -> None:
    """A role that is named by its id is that role, also where the map has a word of the same digits."""
    assert mapped(RoleRef("id", "5"), {"5": "teacher"}) == RoleRef("id", "5")
    assert mapped(RoleRef("word", "5"), {"5": "teacher"}) == RoleRef("shortname", "teacher")


def test_roles_from_the_plugin(moodle: Moodle) -> None:
    """Where the plugin is in the service, one call lists all roles."""
    assert find(moodle, "student", "Registrar", "mentor", "5") == [5, 9, 14, 5]
    assert moodle.calls == {functions.SITE_INFO: 1, PLUGIN: 1}


def test_roles_from_the_map(moodle: Moodle) -> None:
    """Where the role map tells all ids, nothing is asked."""
    assert find(moodle, "Student", "Tutor", role_map={"student": 5, "tutor": "4"}) == [5, 4]
    assert not moodle.calls


@pytest.mark.parametrize("rest_format", ["json", "xml"])
def test_learned_roles(sites: Site, rest_format: str) -> None:
    """Without the plugin, roles are learned from enrolled users, and no longer than until all are known."""
    moodle = sites(without=NO_PLUGIN, rest_format=rest_format)
    assert find(moodle, "student", "editingteacher", courses=[2, 5, 11]) == [5, 3]
    assert moodle.calls == {functions.SITE_INFO: 1, MANY: 1}


def test_roles_that_nobody_has(sites: Site) -> None:
    """A role that cannot be learned is a problem that says how to give its id."""
    assert find(sites(without=NO_PLUGIN), "student", "manager", courses=[2])[1] == Problem(
        Code.ROLE_UNKNOWN,
        'The id of the role "manager" could not be learned from the site: nobody enrolled in the one course that could'
        " be looked into has it.",
        'Give it with --role-map "manager=ID" (the number after roleid= in the address of the role\'s page in Define'
        f" roles). {HINT}",
        value="manager",
    )


@pytest.mark.parametrize(
    ("state", "without", "courses", "calls"),
    [
        ("default", NO_PLUGIN | {MANY}, [2], {SINGLE: 1}),
        ("bot-moodle/role:review", NO_PLUGIN, [2], {MANY: 1, SINGLE: 1}),
        ("default", NO_PLUGIN, [999, 2], {MANY: 3, SINGLE: 1}),
        ("default", NO_PLUGIN | {SINGLE}, [999, 2], {MANY: 3}),
        ("default", NO_PLUGIN | {functions.SITE_INFO}, [2], {PLUGIN: 1, functions.LIST_REPORTS: 1, MANY: 1}),
    ],
)
def test_learning_the_other_way(
    sites: Site, state: str, without: frozenset[str], courses: list[int], calls: dict[str, int]
) -> None:
    """Where many courses cannot be read at once, each is read alone; one that cannot be read is passed over."""
    moodle = sites(state=state, without=without)
    assert find(moodle, "student", courses=courses) == [5]
    assert moodle.calls == {functions.SITE_INFO: 1, **calls}


def test_a_role_of_few_users() -> None:
    """In courses with many users the rest of them are looked at when the first ones do not have every role."""
    info = f'{{"userid": 2, "functions": [{{"name": "{MANY}"}}]}}'
    student = '{"id": 4, "roles": [{"roleid": 5, "name": "", "shortname": "student"}]}'
    first = f'[{{"courseid": 7, "users": [{", ".join([student] * 100)}]}}, {{"courseid": 8, "users": [{student}]}}]'
    teacher = '{"id": 5, "roles": [{"roleid": 3, "name": "", "shortname": "editingteacher"}]}'
    rest = f'[{{"courseid": 7, "users": [{teacher}]}}]'
    with serve(Reply(info), Reply(first), Reply(rest)) as odd:
        moodle = Moodle(odd.url, "TOKEN")
        assert find(moodle, "student", "editingteacher", courses=[1, 7, 8]) == [5, 3]
    courses = [re.findall(r"courseid%5D=(\d+)", body) for _, body in odd.requests]
    begins = [re.findall(r"=limitfrom&[^&]*=(\d+)", body) for _, body in odd.requests]
    assert (courses, begins) == ([[], ["7", "8"], ["7"]], [[], ["0"], ["100"]])


def test_all_known_roles(sites: Site) -> None:
    """Every role that the site tells is listed with the origin of its id, the role map's first."""
    roles = known_roles(sites(), {"Tutor": 4, "Dozent": "editingteacher"}).roles
    assert [roles[0], roles[5], roles[-1]] == [
        KnownRole(4, "Tutor", "", "--role-map"),
        KnownRole(5, "student", "Student", "local_wsgetroles"),
        KnownRole(14, "mentor", "Mentor", "local_wsgetroles"),
    ]
    assert len(roles) == 15


def test_all_learned_roles(sites: Site) -> None:
    """Without the plugin the roles that were seen are listed with the course they were seen in."""
    roles = known_roles(sites(without=NO_PLUGIN)).roles
    assert {(role.id, role.shortname) for role in roles} >= {
        (3, "editingteacher"),
        (4, "teacher"),
        (5, "student"),
    }
    assert all(role.origin.startswith("seen in course ") for role in roles)


def empty_site(courses: int, role: str = "student", holders: int = 1000, last: int = 0) -> dict[str, Any]:
    """Give a site without the plugin whose courses are empty but for one with many students and one who is more."""
    builder = Builder()
    category = builder.category("All")
    ids = [builder.course(f"C{number}", f"Course {number}", category) for number in range(courses)]
    for number in range(holders):
        user = builder.user(f"u{number}", "A", "B", f"u{number}@example.edu")
        builder.enrol(user, ids[last - 1], builder.role("student"))
    user = builder.user("other", "A", "B", "other@example.edu")
    builder.enrol(user, ids[last - 1], builder.role(role))
    return builder.raw


@pytest.mark.parametrize("last", [0, 101, 137])
def test_roles_are_learned_from_the_other_courses_of_the_site(last: int) -> None:
    """Where the file's courses are empty, the site's others are read, a growing sample spread over them, to the end."""
    with practice_site(empty_site(150, "mentor", last=last)) as practice:
        moodle = Moodle(practice.url, practice.token)
        told: list[tuple[str, int, int]] = []
        courses = CourseFinder(moodle, Categories(moodle))
        finder = RoleFinder(moodle, {}, lambda *step: told.append(step))
        words = [RoleRef("word", "student"), RoleRef("word", "mentor")]
        found = finder.find(words, Courses([2, 3], courses.visible))
    assert [found[word] for word in words] == [5, 14]
    assert [role.origin for role in finder.known] == [
        f"seen in course {practice.raw['courses'][last or -1]['id']}"
    ] * 2
    # A call for the file's two courses; then 20, 40, 80 and the rest of the site's; then the long one is read on.
    assert moodle.calls[MANY] <= 6
    assert told[0] == ("courses for roles", 2, 2)
    assert told[1] == ("courses for roles", 22, 150)


def test_learning_from_a_large_site_is_bounded() -> None:
    """Where nobody has the role, no more calls are made than the courses need at 200 a call."""
    with practice_site(empty_site(2000, holders=0)) as practice:
        moodle = Moodle(practice.url, practice.token)
        found = known_roles(moodle)
    assert moodle.calls[MANY] == 14
    assert (found.looked_into, [role.shortname for role in found.roles]) == (2000, ["student"])


def test_all_roles_of_a_site_with_one_full_course() -> None:
    """All roles are found in the one course that has people, though the first hundred courses are empty."""
    with practice_site(empty_site(120, "mentor")) as practice:
        found = known_roles(Moodle(practice.url, practice.token))
    assert [(role.id, role.origin) for role in found.roles] == [
        (5, "seen in course 121"),
        (14, "seen in course 121"),
    ]
    assert found.searched == "nobody enrolled in the 120 courses that could be looked into has it"


def test_courses_that_may_not_be_read_are_passed_over_with_few_calls() -> None:
    """A course that fails a call for many is found by halving, and the others show their roles."""
    site = empty_site(100)
    forbidden = site["courses"][50]
    site["role_capabilities_custom_roles_and_overrides"].append(
        {
            "roleid": 10,
            "contextid": forbidden["contextid"],
            "capability": "moodle/course:view",
            "permission": -1000,
        }
    )
    with practice_site(site) as practice:
        moodle = Moodle(practice.url, practice.token)
        found = known_roles(moodle)
    assert (found.looked_into, [role.shortname for role in found.roles]) == (99, ["student"])
    assert moodle.calls[MANY] <= 20


def test_halving_does_not_break_the_bound_of_calls() -> None:
    """Where no course of a large site may be read, halving ends with the calls that learning may cost at all."""
    site = empty_site(300)
    site["role_capabilities_custom_roles_and_overrides"] += [
        {
            "roleid": 10,
            "contextid": course["contextid"],
            "capability": "moodle/course:view",
            "permission": -1000,
        }
        for course in site["courses"]
    ]
    with practice_site(site) as practice:
        moodle = Moodle(practice.url, practice.token)
        found = known_roles(moodle)
    assert (found.looked_into, list(found.roles)) == (0, [])
    assert moodle.calls[MANY] + moodle.calls[SINGLE] == 60


@pytest.mark.parametrize(
    ("state", "without", "hint"),
    [
        (
            "bot-moodle/course:viewparticipants",
            NO_PLUGIN,
            "its user needs moodle/course:viewparticipants, and",
        ),
        ("default", NO_PLUGIN | {MANY, SINGLE}, "core_enrol_get_enrolled_users in the token's service."),
    ],
)
def test_what_is_missing_to_learn_roles_is_named(
    sites: Site, state: str, without: frozenset[str], hint: str
) -> None:
    """Where nobody's roles can be read, the permission or the function that is missing is named, and not a plugin."""
    [found] = find(sites(state=state, without=without), "student", courses=[2])
    assert isinstance(found, Problem)
    assert found.reason == 'The id of the role "student" could not be learned from the site.'
    assert hint in found.fix
    assert "plugin" not in found.fix
