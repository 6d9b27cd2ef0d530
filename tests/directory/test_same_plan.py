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
from batchroles.loader.layouts import FormatOptions, ReadingOptions, read
from batchroles.models import ContextRef, Level, UserRef, Wanted
from batchroles.models.changes import CHANGES
from batchroles.models.levels import ContextKey
from batchroles.models.references import UserKey
from batchroles.sandbox import serve
from batchroles.validator import resolve
from batchroles.validator.courses import CourseFinder
from batchroles.validator.users import UserFinder
from samples import make_roster
from tests.corpus.test_corpus import FILES
from tests.directory.conftest import SITE, client, site

pytestmark = pytest.mark.usefixtures("dear")
SAMPLES = Path(make_roster.__file__).parent
OF_READING = ("encoding", "delimiter", "sheet")


def files() -> Iterator[Wanted]:
    """Give what every file of the corpus and of the samples asks for, as far as it can be read."""
    for path in sorted([*FILES.iterdir(), *SAMPLES.glob("*.csv"), *SAMPLES.glob("*.xlsx")]):
        beside = path.with_name(f"{path.name}.toml")
        if path.suffix == ".toml":
            continue
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
    resolution = resolve(wanted, moodle)
    lines = resolution.lines.frame()
    columns = [lines[name].tolist() for name in ("row", "userid", "roleid", "level", "instanceid", "problem")]
    return [
        (*ids, _wrong(resolution.problems[problem]) if problem >= 0 else None)
        for *ids, problem in map(list, zip(*columns, strict=True))
    ]


def _wrong(problem: Any) -> tuple[str, ...]:
    return problem.code, problem.column, problem.value


def test_every_file() -> None:
    """Every file of the corpus and of the samples becomes the same lines on a site with reports as on one without.

    That one lets the token see the ID numbers of categories, which only the report shows otherwise.
    """
    count, read_from_reports = 0, 0
    with (
        serve(state="bot+moodle/category:manage") as bare,
        serve(reports=True) as full,
        client(bare) as without,
        client(full) as moodle,
    ):
        for wanted in files():
            assert planned(wanted, moodle) == planned(wanted, without), wanted.table.path
            count += 1
        read_from_reports = moodle.calls["core_reportbuilder_retrieve_report"]
    assert count > 100
    assert read_from_reports > 100


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
