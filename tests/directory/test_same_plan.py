"""The same plan, row by row, with and without reports."""

import random
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batchroles.client import Moodle
from batchroles.directory.categories import Categories
from batchroles.errors import InputError
from batchroles.job import Checks, Job, PlanFile
from batchroles.loader.layouts import FormatOptions, ReadingOptions, read
from batchroles.models import ContextRef, Level, UserRef, Wanted
from batchroles.models.changes import CHANGES
from batchroles.models.levels import ContextKey
from batchroles.models.references import UserKey
from batchroles.sandbox import make_site, serve
from batchroles.validator import resolve
from batchroles.validator.courses import CourseFinder
from batchroles.validator.users import UserFinder
from samples import make_roster
from tests.corpus.test_corpus import FILES
from tests.directory.conftest import SITE, client, site
from tests.job.helpers import write_csv

pytestmark = pytest.mark.usefixtures("dear")
SAMPLES = Path(make_roster.__file__).parent
SMALL = make_site(users=300, courses=60, categories=12)
"""The names of the practice site, of which there are fewer."""
ROLES = {"student": 5, "teacher": 4, "editingteacher": 3, "manager": 1, "tutor": 4, "coursecreator": 2}
"""Known roles, which are not looked for."""
OF_READING = ("encoding", "delimiter", "sheet", "all_sheets", "visible_rows")


def files() -> Iterator[Wanted]:
    """Give what every file of text in the corpus and the samples ask for, as far as it can be read."""
    for path in sorted([*FILES.glob("*.csv"), *SAMPLES.glob("*.csv"), *SAMPLES.glob("*.xlsx")]):
        beside = path.with_name(f"{path.name}.toml")
        options = tomllib.loads(beside.read_text("utf-8")).get("options", {}) if beside.exists() else {}
        if "action" in options:
            options["change"] = CHANGES[options.pop("action")]
        reading = {name: options.pop(name) for name in OF_READING if name in options}
        try:
            yield read(path, ReadingOptions(**reading), FormatOptions(**options))
        except InputError:
            continue


def planned(wanted: Wanted, moodle: Moodle) -> list[tuple[Any, ...]]:
    """Give row, ids and what is wrong of each line."""
    resolution = resolve(wanted, moodle, ROLES)
    lines = resolution.lines.frame()
    columns = [lines[name].tolist() for name in ("row", "userid", "roleid", "level", "instanceid", "problem")]
    return [
        (*ids, _wrong(resolution.problems[problem]) if problem >= 0 else None)
        for *ids, problem in map(list, zip(*columns, strict=True))
    ]


def _wrong(problem: Any) -> tuple[str, ...]:
    return problem.code, problem.column, problem.value


def test_every_file() -> None:
    """Every CSV file of the corpus, and every sample, becomes the same lines on a site with reports as on one without.

    That one lets the token see the ID numbers of categories, which only the report shows otherwise; to both the plugin
    names all roles.
    """
    count = 0
    with (
        serve(SMALL, state="bot+moodle/category:manage", plugin=True) as bare,
        serve(SMALL, reports=True, plugin=True) as full,
        client(bare) as without,
        client(full) as moodle,
    ):
        for wanted in files():
            assert planned(wanted, moodle) == planned(wanted, without), wanted.table.path
            count += 1
        assert moodle.calls["core_reportbuilder_retrieve_report"] > count / 2
    assert count > 60


def spelt(chance: random.Random, value: str) -> str:
    """Give a value as somebody may have typed it."""
    ways = [value, value, value, value.upper(), value.title(), value.lower(), value.lstrip("0"), f"{value}x"]
    return chance.choice([*ways, value[:-1], value.replace("&", "&amp;"), f"0{value}"]) or "?"


@pytest.mark.parametrize("seed", range(8))
def test_people_at_random(seed: int) -> None:
    """Names of people of every odd kind, spelt in every way, are found, or wrong, alike."""
    chance = random.Random(seed)
    keys: list[UserKey] = ["username", "email", "idnumber"]
    pool = [(by, str(user[by])) for user in SITE["users"] for by in keys if user.get(by)]
    odd: list[tuple[UserKey, str]] = [
        ("username", "a b"),
        ("username", "guest"),
        ("email", "x@"),
        ("idnumber", "0"),
    ]
    picked = chance.sample(pool, 60) + chance.sample(odd, 2)
    refs = {UserRef(by, spelt(chance, value)) for by, value in picked}
    with site(reports=False) as (_, without), site() as (_, moodle):
        finders = UserFinder(moodle), UserFinder(without)
        found, expected = (finder.find(refs) for finder in finders)
        assert "core_reportbuilder_retrieve_report" in moodle.calls
    assert found == expected


@pytest.mark.parametrize("seed", range(6))
def test_courses_at_random(seed: int) -> None:
    """Short names and ID numbers of courses, spelt in every way, are found, or wrong, alike."""
    chance = random.Random(seed)
    keys: list[ContextKey] = ["shortname", "idnumber"]
    pool = [(by, str(one[by])) for one in SITE["courses"] for by in keys if one.get(by)]
    refs = {ContextRef(Level.COURSE, by, spelt(chance, value)) for by, value in chance.sample(pool, 15)}
    with site(reports=False) as (_, without), site() as (_, moodle):
        found, expected = (CourseFinder(one, Categories(one)).find(refs) for one in (moodle, without))
        assert "core_reportbuilder_retrieve_report" in moodle.calls
    assert {ref: _kind(one) for ref, one in found.items()} == {
        ref: _kind(one) for ref, one in expected.items()
    }


def _kind(found: Any) -> object:
    return found if isinstance(found, int) else _wrong(found)


@pytest.mark.parametrize("by", ["userid", "username", "email", "idnumber"])
def test_names_of_people(tmp_path: Path, by: str) -> None:
    """The names in a file are compared and told alike, whether look-ups or a report find the people."""
    cells = {
        "userid": ("10", "11"),
        "username": ("u01", "u02"),
        "email": ("u01@example.edu", "u02@example.edu"),
    }
    one, other = cells.get(by, ("0000001", "0000002"))
    rows = [(one, "ABEL, Anna", "student", "C-ART-201"), (other, "Anna Abel", "student", "C-ART-201")]
    path = write_csv(tmp_path / "roster.csv", [by, "name", "role", "course"], rows)
    seen = []
    with site(reports=False) as (_, without), site() as (_, moodle):
        for door in (without, moodle):
            with Job(door) as job:
                plan = job.planned(PlanFile(path, checks=Checks(strict_names=True))).plan
            by_report = any('the report "batchroles users"' in note for note in plan.notes)
            assert by_report is (door is moodle and by != "userid")
            seen.append([plan.problems[at].reason if at >= 0 else "" for at in plan.lines.problem.tolist()])
    assert seen == [["", "The file says Anna Abel, Moodle's account u02 is Ben Becker."]] * 2
