"""What a site's holdings are as a table, compared with its state: every level, every giver, and what is left out."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from batchroles.client import Moodle
from batchroles.client.functions import ENROLLED_WITH_CAPABILITY, USERS_BY_FIELD
from batchroles.errors import InputError, NotInService, SiteRefusal
from batchroles.job.census import enrolled, layout
from batchroles.job.census.exporting import Export, export
from batchroles.job.census.layout import Scope
from batchroles.job.census.writing import write
from batchroles.sandbox import serve
from batchroles.sandbox.making.generate import make_site
from batchroles.sandbox.making.reports import with_reports
from batchroles.sandbox.making.states import as_release, capability
from batchroles.sandbox.site.release import MOODLE_51, RELEASES
from batchroles.sandbox.wire.practice import Practice
from tests.job.census.state import Holding, course, state
from tests.job.helpers import PATIENCE, moodle_at, planned
from tests.job.newer import drop, newer, newer_site


def table(made: Export) -> set[Holding]:
    """Give user name, role, context, component and item id of each row, each row once."""
    rows = made.rows
    found = [
        (user, role, context, *(layout.giver(given) or ("?", 0)))
        for user, role, context, given in zip(
            rows[layout.USERNAME], rows[layout.ROLE], rows[layout.CONTEXT], rows[layout.GIVEN], strict=True
        )
    ]
    assert len(found) == len(set(found)), "a holding stands twice"
    return set(found)


@pytest.fixture(scope="module")
def site() -> Iterator[Practice]:
    """Serve the recorded site as a Moodle 5.1 with the reports; nothing here changes it."""
    with newer() as practice:
        yield practice


def test_it_is_the_state_at_every_level(site: Practice) -> None:
    """Every role assignment of the site is one row: who, what, the place by an address, and what gave it."""
    made = export(moodle_at(site))
    assert table(made) == state(site)
    assert {text.partition(":")[0] for text in made.rows[layout.CONTEXT]} == {
        *("system", "category", "course", "module", "user")
    }


def test_what_people_read(site: Practice) -> None:
    """A row has the person's names and numbers, the place in words, the giver, the moment, and the enrolment."""
    rows = export(moodle_at(site)).rows
    (row,) = rows[rows[layout.USERNAME].eq("u16") & rows[layout.ROLE].eq("student")].to_dict("records")
    assert str([*row][-1]).startswith("_export https://moodle.test ")
    assert [*row.values()][:-1] == [
        *("u16", "u16@example.edu", "0000016", "Paul", "Peters", "student", "course:C-COH"),
        *("Course: Cohort course", "cohort sync (enrol_cohort, 37)", "2026-09-21 16:13", "enrolled"),
    ]
    assert set(rows[rows[layout.USERNAME].isin(["u12", "u13"])][layout.ENROLMENT]) == {"not enrolled"}
    assert rows[rows[layout.ROLE].eq("mentor")][layout.PLACE].tolist() == ["User: Anna Abel"]


@pytest.mark.parametrize("seed", range(4))
def test_random_holdings_at_every_level(seed: int, tmp_path: Path) -> None:
    """Whatever is held wherever, by hand and by plugins, also twice, is in the table, and found to be so by a plan."""
    with serve(_crowded(Random(seed), seed)) as practice:
        moodle = moodle_at(practice)
        made = export(moodle)
        assert table(made) == state(practice)
        write(made, tmp_path / "who.csv")
        plan = planned(tmp_path / "who.csv", moodle, existing=True).plan
    assert set(plan.lines.by_status()) <= {"already", "duplicate"}, plan.problems


def _crowded(chance: Random, seed: int) -> dict[str, Any]:
    """Give a site, generated or recorded, with more role assignments."""
    made = as_release(make_site(users=60, courses=8, categories=5), RELEASES[MOODLE_51])
    raw = newer_site() if seed % 2 else with_reports(made)
    contexts = [
        one["contextid"]
        for kind in ("categories", "courses", "users", "modules", "blocks")
        for one in raw.get(kind, [])
        # The site home, which is shown as the system is: which of their contexts it is nothing tells for certain.
        if (kind, one.get("id")) != ("courses", 1)
    ]
    people = [one["id"] for one in raw["users"] if not one["deleted"] and one["username"] != "guest"]
    held = {
        (chance.choice(contexts), chance.choice((1, 3, 4, 5)), chance.choice(people), *given)
        for _ in range(150)
        for given in [chance.choice([("", 0), ("enrol_cohort", 7), ("enrol_meta", 9), ("auth_ours", 0)])]
    }
    known = {(one["contextid"], one["roleid"], one["userid"]) for one in raw["role_assignments"]}
    number = max(one["id"] for one in raw["role_assignments"])
    for at, fields in enumerate(sorted(held), number + 1):
        if fields[:3] not in known:
            raw["role_assignments"].append(_assignment(raw, at, *fields, chance.randrange(10**9, 2 * 10**9)))
    return raw


def _assignment(raw: dict[str, Any], at: int, *fields: Any) -> dict[str, Any]:
    names = ("contextid", "roleid", "userid", "component", "itemid", "timemodified")
    return {**raw["role_assignments"][0], "id": at, **dict(zip(names, fields, strict=True))}


def test_without_the_reports(site: Practice) -> None:
    """A Moodle 4.3 shows the roles of those enrolled in courses; the table has these, and says what it lacks."""
    with newer(version="4.3") as practice:
        made = export(moodle_at(practice))
        places = {course(practice.site, number) for number in practice.site.courses if number > 1}
    found = [*zip(made.rows[layout.USERNAME], made.rows[layout.ROLE], made.rows[layout.CONTEXT], strict=True)]
    there = [
        (user, role, place)
        for user, role, place, _, _ in state(site)
        # These two have a role in a course without being enrolled there.
        if place in places and user not in ("u12", "u13")
    ]
    assert sorted(found) == sorted(there)
    assert set(made.rows[layout.GIVEN]) == {layout.NOT_TOLD}
    assert "these are the roles of people enrolled in 12 courses, and no others" in made.notes[-1]


def test_a_site_that_shows_nothing() -> None:
    """No table says that nobody holds anything where nothing could be read: what is missing is named."""
    with (
        newer(ENROLLED_WITH_CAPABILITY, version="4.3") as practice,
        pytest.raises(NotInService, match=ENROLLED_WITH_CAPABILITY),
    ):
        export(moodle_at(practice))
    with newer(version="4.3") as practice:
        weak = next(one["token"] for one in practice.raw["tokens"] if one["username"] == "wsweak")
        with pytest.raises(SiteRefusal, match="shows this token nobody's roles"):
            export(Moodle(practice.url, weak, retry=PATIENCE))


def test_without_the_report_that_names_places() -> None:
    """Places are then named by their context ids, which is said."""
    with newer() as practice:
        drop(practice, "batchroles contexts")
        made = export(moodle_at(practice))
    assert {text.partition(":")[0] for text in made.rows[layout.CONTEXT]} == {"system", "context"}
    assert any("Without the report batchroles contexts" in note for note in made.notes)


@pytest.mark.parametrize(
    ("scope", "chosen"),
    [
        (Scope(roles=("teacher",)), lambda one: one[1] == "teacher"),
        (Scope(roles=("Manager", "mentor")), lambda one: one[1] in ("manager", "mentor")),
        (Scope(users=("u01", "email=u05@example.edu")), lambda one: one[0] in ("u01", "u05")),
        (Scope(contexts=("system",)), lambda one: one[2] == "system"),
        (
            Scope(contexts=("course:C-PHY-101", "context:1")),
            lambda one: one[2] in ("course:C-PHY-101", "system"),
        ),
        (Scope(contexts=("module:1",)), lambda one: one[2] == "module:1"),
        (Scope(roles=("student",), users=("u01",)), lambda one: one[:2] == ("u01", "student")),
    ],
)
def test_a_scope_chooses(site: Practice, scope: Scope, chosen: Any) -> None:
    """Roles by short name or name, people by any key, places exactly: several of a kind are any, two kinds all."""
    assert table(export(moodle_at(site), scope)) == {one for one in state(site) if chosen(one)}


def test_below_a_category(site: Practice) -> None:
    """A category with what is in it: its own, its courses' and their activities' holdings, and of categories below."""
    found = table(export(moodle_at(site), Scope(below=("id=3",))))
    categories = {3} | {one["id"] for one in site.site.categories.values() if "/3/" in f"{one['path']}/"}
    inside = {
        *(f"category:id={number}" for number in categories),
        *(
            course(site.site, one["id"])
            for one in site.site.courses.values()
            if one["categoryid"] in categories
        ),
        "module:1",
    }
    assert found == {one for one in state(site) if one[2] in inside}
    assert {"module:1", "category:id=3"} < {one[2] for one in found} < {one[2] for one in state(site)}


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (Scope(roles=("nosuch",)), '--role nosuch: Role "nosuch" is not known'),
        (Scope(users=("nobody",)), "--user nobody: User name"),
        (Scope(contexts=("course:NOWHERE",)), "--context course:NOWHERE: Course"),
        (Scope(contexts=("somewhere",)), "--context somewhere: .* is not a context"),
        (Scope(contexts=("block:6",)), "name it as context:ID"),
        (Scope(below=("course:C-PHY-101",)), "--below course:C-PHY-101: name a category"),
        (Scope(below=("NOWHERE",)), "--below NOWHERE: Category"),
    ],
)
def test_a_scope_that_leads_nowhere(site: Practice, scope: Scope, said: str) -> None:
    """A word that leads to nothing, or to what cannot be known, ends it with the flag and what would do."""
    with pytest.raises(InputError, match=said):
        export(moodle_at(site), scope)


def test_people_from_the_report_on_users() -> None:
    """Many people are read from the report on users, but for those whose cells do not tell what they are."""
    raw = with_reports(as_release(make_site(users=300, courses=8, categories=5), RELEASES[MOODLE_51]))
    odd = {one["username"]: one for one in raw["users"] if not one["deleted"]}
    some = [row["userid"] for row in raw["role_assignments"]][:4]
    first, second, third, fourth = (one for one in odd.values() if one["id"] in some)
    first |= {"firstname": "R&D;", "lastname": "<b>Bold</b>"}
    second |= {"idnumber": "A&B"}
    third |= {"email": "same@example.org", "idnumber": ""}
    fourth |= {"email": "Same@example.org"}
    with serve(raw) as practice:
        moodle = moodle_at(practice)
        made = export(moodle)
        assert table(made) == state(practice)
    assert moodle.calls[USERS_BY_FIELD] < 10
    assert any('the report "batchroles users"' in note for note in made.notes)
    rows = made.rows.drop_duplicates(layout.USERNAME).set_index(layout.USERNAME)
    for username, row in rows.iterrows():
        person = odd[str(username)]
        twin = person["email"].lower() == "same@example.org"
        assert row[layout.EMAIL] == ("" if twin else person["email"])
        assert row[layout.IDNUMBER] == person["idnumber"]
        assert row[layout.FULL] == f"{person['firstname']} {person['lastname']}"


def test_who_is_suspended() -> None:
    """An enrolment that is suspended is told from one that lets in where the token may see that."""
    raw = newer_site()
    capability("wsbatch", "moodle/course:enrolreview", allowed=True)(raw)
    with serve(raw) as practice:
        rows = export(moodle_at(practice), Scope(contexts=("course:C-PHY-101",))).rows
    told = dict(zip(rows[layout.USERNAME], rows[layout.ENROLMENT], strict=True))
    assert (told["u08"], told["u01"], told["u12"]) == (
        "suspended or out of dates",
        "enrolled",
        "not enrolled",
    )


@pytest.mark.parametrize(
    ("version", "words", "said"),
    [
        (MOODLE_51, {"", "unknown"}, "Enrolments were not read: at most 10 holdings"),
        ("4.3", {"enrolled"}, "Who is suspended was not read: at most 10 holdings"),
    ],
)
def test_enrolments_of_too_many(
    monkeypatch: pytest.MonkeyPatch, version: str, words: set[str], said: str
) -> None:
    """Of more holdings than are worth it enrolments are not read, which is said, but for what lists show anyway."""
    monkeypatch.setattr(enrolled, "MOST", 10)
    with newer(version=version) as practice:
        moodle = moodle_at(practice)
        made = export(moodle)
    assert set(made.rows[layout.ENROLMENT]) == words
    assert said in made.notes[-1]
