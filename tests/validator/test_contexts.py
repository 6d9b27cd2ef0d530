import json

import pytest

from batchroles.client import Moodle, functions
from batchroles.directory.categories import Categories
from batchroles.errors import SiteRefusal
from batchroles.models import Code, ContextRef, Level, Problem, UserRef
from batchroles.models.levels import ContextKey
from batchroles.sandbox import serve as practice_site
from batchroles.sandbox.making.builder import Builder
from batchroles.validator.categories import CategoryFinder
from batchroles.validator.contexts import find_people, find_places, users_of
from batchroles.validator.courses import CourseFinder
from batchroles.validator.names import Resolved
from batchroles.validator.users import UserFinder
from tests.client.odd_server import Reply, serve
from tests.validator.conftest import Site

ONE, ALL, CATEGORIES = functions.COURSES_BY_FIELD, functions.COURSES, functions.CATEGORIES
SHORTNAMES = {
    "C-PHY-101": 2,
    "C-PHY-102": 3,
    "c-phy-101": 4,
    "C-ART-201": 5,
    'Kurs Ü "1", a&b': 6,
    "C-HID": 7,
}
SHORTNAMES |= {"C-ARC": 8, "C-NOMAN": 9, "C-DISMAN": 10, "C-COH": 11, "C-DUP-1": 12, "C-DUP-2": 13}
IDNUMBERS = {
    "CRS-0001": 2,
    "CRS-0002": 3,
    "crs-0001": 4,
    "0042": 6,
    "CRS-0007": 7,
    "CRS-0008": 8,
    "CRS-0009": 9,
}
IDNUMBERS |= {"CRS-0010": 10, "CRS-0011": 11, "CRS-0012": 12, "42": 13}


def find(moodle: Moodle, level: Level, by: ContextKey, *values: str) -> list[Resolved]:
    """Look contexts of one level up, in the order given."""
    refs = [ContextRef(level, by, value) for value in values]
    categories = Categories(moodle)
    courses = CourseFinder(moodle, categories)
    found = find_people(refs, UserFinder(moodle).find(users_of(refs)))
    found |= find_places(refs, courses, CategoryFinder(categories))
    return [found[ref] for ref in refs]


def reason(found: Resolved) -> str:
    """Give the reason of a problem."""
    assert isinstance(found, Problem)
    return found.reason


def test_few_courses_one_by_one(moodle: Moodle) -> None:
    """A few courses are looked up one by one."""
    assert find(moodle, Level.COURSE, "shortname", 'Kurs Ü "1", a&b', "c-phy-101", "C-HID") == [6, 4, 7]
    assert moodle.calls == {ONE: 3}


def test_many_courses_at_once(moodle: Moodle) -> None:
    """Many courses are cheaper to fetch at once; the categories tell how many there are."""
    assert find(moodle, Level.COURSE, "shortname", *SHORTNAMES) == list(SHORTNAMES.values())
    assert moodle.calls == {functions.SITE_INFO: 1, CATEGORIES: 1, ALL: 1}


@pytest.mark.parametrize(
    ("state", "token", "without", "calls"),
    [
        ("bot-moodle/course:view", "TOKEN_BOT", frozenset(), {CATEGORIES: 1, ALL: 1, ONE: 12}),
        ("default", "TOKEN_BOT", frozenset({ALL}), {ONE: 12}),
        ("default", "TOKEN_BOT", frozenset({CATEGORIES}), {ALL: 1}),
        ("default", "TOKEN_BOT", frozenset({ONE}), {CATEGORIES: 1, ALL: 1}),
        (
            "default",
            "TOKEN_BOT",
            frozenset({ALL, functions.SITE_INFO}),
            {functions.LIST_REPORTS: 1, CATEGORIES: 1, ALL: 1, ONE: 12},
        ),
    ],
)
def test_the_other_way(
    sites: Site, state: str, token: str, without: frozenset[str], calls: dict[str, int]
) -> None:
    """Where one way to the courses is not open, the other one leads to the same ids."""
    moodle = sites(state=state, token=token, without=without)
    assert find(moodle, Level.COURSE, "shortname", *SHORTNAMES) == list(SHORTNAMES.values())
    assert moodle.calls == {functions.SITE_INFO: 1, **calls}


def test_no_single_look_ups(sites: Site) -> None:
    """Where single look-ups are not in the service, even a few courses are found among all; ID numbers are not."""
    moodle = sites(without=frozenset({ONE}))
    assert find(moodle, Level.COURSE, "shortname", "C-ART-201") == [5]
    assert find(moodle, Level.COURSE, "idnumber", "CRS-0001") == [
        Problem(
            Code.NO_PERMISSION,
            'Course with ID number "CRS-0001" cannot be looked up: core_course_get_courses_by_field is not in the'
            " token's service, and Moodle shows ID numbers of courses only with the permission moodle/course:update.",
            "Add core_course_get_courses_by_field to the token's service, or write the short name or course:id=…"
            " instead.",
            value="CRS-0001",
        )
    ]


def test_no_look_ups_of_courses(sites: Site) -> None:
    """Where the service has neither way to courses, that ends it, with the function's name."""
    with pytest.raises(SiteRefusal, match=f"^The site does not let this token call {ONE}"):
        find(sites(without=frozenset({ONE, ALL})), Level.COURSE, "shortname", "C-ART-201")


def test_course_id_numbers_that_are_not_shown(moodle: Moodle) -> None:
    """Answers without ID numbers are no use all at once, so every one is looked up."""
    assert find(moodle, Level.COURSE, "idnumber", *IDNUMBERS) == list(IDNUMBERS.values())
    assert moodle.calls == {functions.SITE_INFO: 1, ONE: 11}


@pytest.mark.parametrize("rest_format", ["json", "xml"])
def test_course_id_numbers_that_are_shown(sites: Site, rest_format: str) -> None:
    """A token that sees ID numbers fetches all courses at once."""
    moodle = sites(state="bot+moodle/course:update", rest_format=rest_format)
    assert find(moodle, Level.COURSE, "idnumber", *IDNUMBERS) == list(IDNUMBERS.values())
    assert moodle.calls == {functions.SITE_INFO: 1, CATEGORIES: 1, ALL: 1, ONE: 1}


def test_courses_that_are_not_found(moodle: Moodle) -> None:
    """A course that is not found gets the nearest short name; another case of the letters is another course."""
    found = find(moodle, Level.COURSE, "shortname", "C-PHY-102", "C-PHI-102", "c-phy-102")
    assert found[1:] == [
        Problem(
            Code.CONTEXT_NOT_FOUND,
            f'Course "{value}" not found; did you mean "C-PHY-102"?',
            "Check the spelling of the short name (capital and small letters count).",
            value=value,
        )
        for value in ("C-PHI-102", "c-phy-102")
    ]


def test_courses_that_are_surely_not_there(moodle: Moodle) -> None:
    """Where all courses were fetched, a course not among them does not exist."""
    *_, found = find(moodle, Level.COURSE, "shortname", *SHORTNAMES, "C-COHH")
    assert found == Problem(
        Code.CONTEXT_NOT_FOUND,
        'Course "C-COHH" not found; did you mean "C-COH"?',
        "Check the spelling of the short name (capital and small letters count).",
        value="C-COHH",
    )


def test_unknown_course_id_number(moodle: Moodle) -> None:
    """A course's ID number that is not found says where to look."""
    assert find(moodle, Level.COURSE, "idnumber", "CRS-9999") == [
        Problem(
            Code.CONTEXT_NOT_FOUND,
            'Course with ID number "CRS-9999" not found, or not visible to this token.',
            "Check the ID number in the course's settings; a hidden course is seen only with"
            " moodle/course:viewhiddencourses.",
            value="CRS-9999",
        )
    ]


def test_a_course_id_number_of_several() -> None:
    """An ID number that several courses have is ambiguous, and all of them are named."""
    courses = '{"courses": [{"id": 2, "shortname": "A"}, {"id": 3, "shortname": "B"}], "warnings": []}'
    with serve(Reply(courses)) as odd:
        assert find(Moodle(odd.url, "TOKEN"), Level.COURSE, "idnumber", "X") == [
            Problem(
                Code.CONTEXT_AMBIGUOUS,
                'Course with ID number "X" stands for several courses: A (id 2), B (id 3).',
                "Write the short name or course:id=… instead.",
                value="X",
            )
        ]


def test_a_database_without_case() -> None:
    """A course that a database without case found under another spelling is not the one that was asked for."""
    courses = (
        '{"courses": [{"id": 2, "shortname": "MAT101"}, {"id": 3, "shortname": "mat101"}], "warnings": []}'
    )
    with serve(Reply(courses)) as odd:
        assert find(Moodle(odd.url, "TOKEN"), Level.COURSE, "shortname", "mat101") == [3]


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("Physics", 3),
        ("Faculty of Arts & Letters", 5),
        ("Faculty of Science / Physics", 3),
        ("Faculty of Science/General", 7),
        ("Physics / Physics labs", 4),
        ("Faculty of Arts & Letters / General", 8),
        (
            "General",
            Problem(
                Code.CONTEXT_AMBIGUOUS,
                'There are several categories "General": Faculty of Science / General (id 7),'
                " Faculty of Arts & Letters / General (id 8).",
                "Write category:name=Faculty of Science / General or category:name=Faculty of Arts & Letters"
                " / General.",
                value="General",
            ),
        ),
        (
            "physics lab",
            Problem(
                Code.CONTEXT_NOT_FOUND,
                'Category "physics lab" not found, or not visible to this token; did you mean "Physics labs"?',
                "Check the spelling; a hidden category is seen only with moodle/category:viewhiddencategories.",
                value="physics lab",
            ),
        ),
    ],
)
def test_category_names(moodle: Moodle, value: str, result: Resolved) -> None:
    """A category is found by its name or by a path, with one call for all of them."""
    assert find(moodle, Level.COURSECAT, "name", value) == [result]
    assert moodle.calls == {CATEGORIES: 1}


def test_a_path_from_the_top() -> None:
    """A path that fits from the top is that category, though it ends another path too."""
    listed = [(1, "A", "/1"), (2, "B", "/1/2"), (3, "C", "/3"), (4, "A", "/3/4"), (5, "B", "/3/4/5")]
    answer = json.dumps([{"id": id_, "name": name, "path": path} for id_, name, path in listed])
    with serve(Reply(answer)) as odd:
        moodle = Moodle(odd.url, "TOKEN")
        assert find(moodle, Level.COURSECAT, "name", "A / B", "C / A / B", "C/A") == [2, 5, 4]


@pytest.mark.parametrize("rest_format", ["json", "xml"])
def test_category_id_numbers(sites: Site, rest_format: str) -> None:
    """A token with the permission for it finds categories by ID number."""
    moodle = sites(state="bot+moodle/category:manage", rest_format=rest_format)
    found = find(moodle, Level.COURSECAT, "idnumber", "CAT-PHY", "CAT-ARCH", "CAT-PHI")
    assert found[:2] == [3, 6]
    assert reason(found[2]) == (
        'Category with ID number "CAT-PHI" not found, or not visible to this token; did you mean "CAT-PHY"?'
    )


def test_category_id_numbers_that_are_not_shown(moodle: Moodle) -> None:
    """Without the permission it is the permission that is missing, not the category."""
    assert find(moodle, Level.COURSECAT, "idnumber", "CAT-PHY") == [
        Problem(
            Code.NO_PERMISSION,
            'Category with ID number "CAT-PHY" cannot be found: Moodle shows ID numbers of categories only with the'
            " permission moodle/category:manage.",
            "Give the token's user moodle/category:manage, or write category:name=… or category:id=… instead.",
            value="CAT-PHY",
        )
    ]


def test_categories_that_share_their_path() -> None:
    """What is advised for categories of one name can be done: where a path means two of them, their ids are named."""
    builder = Builder()
    for parent in (0, 0, builder.category("Science")):
        builder.category("General", parent=parent)
    with practice_site(builder.raw) as practice:
        moodle = Moodle(practice.url, practice.token)
        [found] = find(moodle, Level.COURSECAT, "name", "General")
        assert isinstance(found, Problem)
        assert found.fix == "Write category:id=2, category:id=3 or category:name=Science / General."
        assert find(moodle, Level.COURSECAT, "name", "Science / General") == [4]


def test_no_categories_in_the_service(sites: Site) -> None:
    """A service without the function for categories is named as the cause."""
    [found] = find(sites(without=frozenset({CATEGORIES})), Level.COURSECAT, "name", "Physics")
    assert isinstance(found, Problem)
    assert (found.code, found.fix) == (
        Code.NO_PERMISSION,
        "Add core_course_get_categories to the token's service, or write category:id=… instead.",
    )


@pytest.mark.parametrize(
    ("level", "by", "value", "result"),
    [
        (Level.SYSTEM, "", "", 0),
        (Level.USER, "username", "U05", 14),
        (Level.USER, "id", "77", 77),
        (Level.COURSECAT, "id", "3", 3),
        (Level.COURSE, "id", "999", 999),
        (Level.MODULE, "id", "12", 12),
        (Level.BLOCK, "id", "5", 5),
        (Level.CONTEXT, "id", "67", 67),
    ],
)
def test_every_level(sites: Site, level: Level, by: ContextKey, value: str, result: int) -> None:
    """Contexts of every level become instance ids; ids are taken as they are given."""
    moodle = sites()
    assert find(moodle, level, by, value) == [result]
    assert moodle.calls.total() == (1 if by == "username" else 0)


def test_module_by_id_number(moodle: Moodle) -> None:
    """An activity cannot be found by its ID number, and the sentence says what will do."""
    assert find(moodle, Level.MODULE, "idnumber", "MOD-01") == [
        Problem(
            Code.CONTEXT_NOT_FOUND,
            'Activity with ID number "MOD-01" cannot be looked up: Moodle\'s web services find an activity only by its'
            " course module id.",
            "Open the activity and write module: and the number after id= in its address.",
            value="MOD-01",
        )
    ]
    assert not moodle.calls


def test_a_user_as_a_place(moodle: Moodle) -> None:
    """A user who is the context and is not found is a context that is not found."""
    [found] = find(moodle, Level.USER, "username", "nobody77")
    assert isinstance(found, Problem)
    assert found.code == Code.CONTEXT_NOT_FOUND


def test_users_in_contexts_are_looked_up_with_the_others() -> None:
    """Contexts of users name users to look up."""
    refs = [
        ContextRef(Level.USER, "username", "u01"),
        ContextRef(Level.USER, "id", "7"),
        ContextRef(Level.SYSTEM, "", ""),
    ]
    assert users_of(refs) == {UserRef("username", "u01"), UserRef("id", "7")}
