"""Courses and categories from reports: which way is taken, what a report adds, and what is wrong with one."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from batchroles.client import Moodle, functions
from batchroles.client.functions import CATEGORIES, COURSES, COURSES_BY_FIELD, RETRIEVE_REPORT
from batchroles.directory.categories import Categories, Category, idnumbers
from batchroles.directory.reports import Cell, Report, Sheet, UnbelievedError
from batchroles.models import Code, ContextRef, Level
from batchroles.models.levels import ContextKey
from batchroles.sandbox import make_site, serve
from batchroles.sandbox.making.reports import audience, report, with_functions
from batchroles.sandbox.reports import READING
from batchroles.validator.categories import CategoryFinder
from batchroles.validator.courses import CourseFinder
from batchroles.validator.names import Resolved
from tests.directory.conftest import SITE, client, site

NAMES, NUMBERS = "course_category:namewithlink", "course_category:idnumber"
LINK, SHORTNAME, IDNUMBER = "course:coursefullnamewithlink", "course:shortname", "course:idnumber"
OURS, SUBJECT = "batchroles courses", "batchroles categories"
NO_COLUMN = "has no column, or several"
Raw = dict[str, Any]


def made(name: str, source: str, *columns: str, **more: Any) -> Callable[[Raw], None]:
    """Make one report for the bot, in place of those of batchroles."""

    def change(raw: Raw) -> None:
        raw["reports"] = [report(name, source, columns, audiences=[audience("allusers")], **more)]
        raw.update(with_functions(raw, READING))

    return change


def courses(*keys: ContextKey) -> set[ContextRef]:
    """Give all courses of the recorded site but its home page by these keys."""
    there = [one for one in SITE["courses"] if one["id"] != 1]
    return {ContextRef(Level.COURSE, by, str(one[by])) for one in there for by in keys if one.get(by)}


def found(moodle: Moodle, refs: Iterable[ContextRef]) -> tuple[dict[ContextRef, Resolved], list[str]]:
    """Look courses or categories up; give the notes, too."""
    some, categories = list(refs), Categories(moodle)
    if some[0].level is Level.COURSECAT:
        return CategoryFinder(categories).find(some), categories.notes
    finder = CourseFinder(moodle, categories)
    return finder.find(some), finder.notes


@pytest.mark.usefixtures("dear")
@pytest.mark.parametrize(
    ("change", "note"),
    [
        (
            made(OURS, "courses", IDNUMBER, LINK, SHORTNAME),
            'Read from the report "batchroles courses" (12',
        ),
        (
            made(OURS, "courses", "course:courseidnumberewithlink", f"{SHORTNAME}=x", IDNUMBER),
            "Read from",
        ),
        (
            made(OURS, "courses", SHORTNAME, IDNUMBER),
            "has no column with the link to each course",
        ),
        (
            made(
                *(OURS, "courses", LINK, SHORTNAME, IDNUMBER),
                conditions=["course:visible"],
                conditiondata={"course:visible_operator": 1},
            ),
            "has conditions that hide rows",
        ),
    ],
)
def test_courses(change: Callable[[Raw], None], note: str) -> None:
    """Courses come from the report or, where it is not fit, from look-ups, and are the same ones."""
    refs = courses("shortname", "idnumber")
    with site(change, reports=False) as (practice, moodle):
        ids, notes = found(moodle, refs)
        assert RETRIEVE_REPORT in moodle.calls
        with client(practice, reports=False) as bare:
            assert ids == found(bare, refs)[0]
    assert note in notes[0]


@pytest.mark.usefixtures("dear")
def test_id_numbers_of_courses_and_courses_that_may_not_be_entered() -> None:
    """The report shows ID numbers without moodle/course:update, and courses without moodle/course:view."""
    refs = courses("idnumber")
    with site(state="bot-moodle/course:view") as (_, moodle):
        ids, _ = found(moodle, refs)
        looked_up = moodle.calls[COURSES_BY_FIELD]
        assert COURSES not in moodle.calls
    assert len(refs) > looked_up
    assert {ref.value: id_ for ref, id_ in ids.items()} == {
        str(one["idnumber"]): one["id"] for one in SITE["courses"] if one["idnumber"]
    }


@pytest.mark.usefixtures("dear")
def test_a_course_that_a_filter_leaves_out() -> None:
    """A course that a look-up finds and a filtered report lacks is named; the home page, which none has, is not."""
    values = {f"{SHORTNAME}_operator": 5, f"{SHORTNAME}_value": "C-PHY"}
    home = ContextRef(
        Level.COURSE, "shortname", next(str(one["shortname"]) for one in SITE["courses"] if one["id"] == 1)
    )
    for filtered in (True, False):
        more: Raw = {"filters": [SHORTNAME]}
        if filtered:
            more["userfilters"] = [{"userid": 3, "filterdata": values}]
        with site(made(OURS, "courses", LINK, SHORTNAME, **more), reports=False) as (practice, moodle):
            refs = {*courses("shortname"), home}
            ids, [note] = found(moodle, refs)
            with client(practice, reports=False) as bare:
                assert ids == found(bare, refs)[0]
        assert ('lacks the short name "' in note) is filtered
        assert note.startswith("Read from the report") is not filtered


def numbers() -> set[ContextRef]:
    return {
        ContextRef(Level.COURSECAT, "idnumber", str(one["idnumber"]))
        for one in SITE["categories"]
        if one["idnumber"]
    }


def test_id_numbers_of_categories() -> None:
    """Categories are found by ID number without moodle/category:manage, and not asked for where nobody names one so."""
    with site() as (_, moodle):
        ids, [note] = found(moodle, numbers())
        assert {ref.value: id_ for ref, id_ in ids.items()} == {
            str(one["idnumber"]): one["id"] for one in SITE["categories"] if one["idnumber"]
        }
        assert note.startswith('Read from the report "batchroles categories" (8 rows, 3 calls')
        assert note.endswith("the ID numbers of categories.")
    with site() as (_, moodle):
        found(moodle, [ContextRef(Level.COURSECAT, "name", "Physics")])
        assert moodle.calls == {CATEGORIES: 1}
    with site(state="bot+moodle/category:manage") as (_, moodle):
        found(moodle, numbers())
        assert moodle.calls == {CATEGORIES: 1}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            made(SUBJECT, "categories", "course_category:name", NUMBERS),
            "has no column with the link",
        ),
        (
            made(SUBJECT, "categories", NAMES, "course_category:coursecount"),
            "has no column, or several",
        ),
        (made(SUBJECT, "categories", NAMES, NUMBERS, NUMBERS), NO_COLUMN),
        (
            made(SUBJECT, "categories", NAMES, "course_category:name"),
            "has no column, or several",
        ),
        (
            made(
                *(SUBJECT, "categories", NAMES, NUMBERS),
                conditions=["course_category:idnumber"],
                conditiondata={
                    "course_category:idnumber_operator": 5,
                    "course_category:idnumber_value": "CAT",
                },
            ),
            "lacks the category with the id 1, which Moodle shows",
        ),
        (made("Kategorien", "categories", NAMES, NUMBERS), 'but "Kategorien" (id 1) has its source'),
    ],
)
def test_reports_on_categories_that_are_not_used(change: Callable[[Raw], None], sentence: str) -> None:
    """Where links are missing, no column or several may be the ID numbers, or categories are left out, none is used."""
    with site(change, reports=False) as (practice, moodle):
        ids, [note] = found(moodle, numbers())
        with client(practice, reports=False) as bare:
            assert ids == found(bare, numbers())[0]
    assert {one.code for one in ids.values() if not isinstance(one, int)} == {Code.NO_PERMISSION}
    assert sentence in note
    assert note.endswith("Names were looked up without it.")


def test_a_name_is_no_id_number() -> None:
    """A column of names is not taken for one of ID numbers, though a name is what is sought."""

    def change(raw: Raw) -> None:
        for one in raw["categories"]:
            one["name"] += " A" if one["id"] == 7 else ""
        made(SUBJECT, "categories", NAMES, "course_category:name")(raw)

    physics = ContextRef(Level.COURSECAT, "idnumber", "Physics")
    with site(change, reports=False) as (_, moodle):
        ids, [note] = found(moodle, [physics])
    assert not isinstance(ids[physics], int)
    assert NO_COLUMN in note


@pytest.mark.parametrize(
    ("cells", "sought"),
    [
        (["Science", "Science / Physics", "Science / Biology"], "Science"),
        (["4", "12", "7"], "7"),
    ],
)
def test_a_path_or_a_count_is_no_id_number(cells: list[str], sought: str) -> None:
    """Neither a column of paths is taken for one of ID numbers nor one of how many courses there are, as XML has it."""
    every = (
        Category(1, ("Science",), None, 4),
        Category(2, ("Science", "Physics"), None, 12),
        Category(3, ("Science", "Biology"), None, 7),
    )
    links = [f'<a href="https://x/course/management.php?categoryid={one.id}">A</a>' for one in every]
    rows: list[list[Cell]] = [[link, cell] for link, cell in zip(links, cells, strict=True)]
    sheet = Sheet(Report(1, "batchroles categories", ""), ("Name", "Other"), rows, 3, 0.1)
    with pytest.raises(UnbelievedError, match=NO_COLUMN):
        idnumbers(sheet, every, {sought})


def shortnames(raw: Raw) -> list[ContextRef]:
    return [
        ContextRef(Level.COURSE, "shortname", str(one["shortname"]))
        for one in raw["courses"]
        if one["id"] != 1
    ]


@pytest.mark.parametrize(("number", "way", "calls"), [(5, COURSES_BY_FIELD, 5), (60, COURSES, 1)])
def test_without_the_report_where_that_is_cheaper(number: int, way: str, calls: int) -> None:
    """A few courses are looked up singly, and all courses of a small site are fetched at once."""
    raw = make_site(users=20, courses=120, categories=3)
    with serve(raw, reports=True) as practice, client(practice) as moodle:
        ids, notes = found(moodle, shortnames(raw)[:number])
        assert all(isinstance(one, int) for one in ids.values())
        assert (notes, moodle.calls[way]) == ([], calls)


def test_with_the_report_where_that_is_cheaper() -> None:
    """Many courses of a large site are read from the report, and five looked up to tell its columns."""
    raw = make_site(users=20, courses=1500, categories=3)
    with serve(raw, reports=True) as practice, client(practice) as moodle:
        ids, [note] = found(moodle, shortnames(raw)[:200])
        assert all(isinstance(one, int) for one in ids.values())
        calls = {functions.SITE_INFO: 1, functions.LIST_REPORTS: 1, RETRIEVE_REPORT: 3, COURSES_BY_FIELD: 5}
        assert moodle.calls == calls
        assert note.endswith(": 200 courses.")
