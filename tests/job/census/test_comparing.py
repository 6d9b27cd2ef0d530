"""What differs between exports and sites: a migration that ends in nothing, drifts found one by one, and bad input."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import batchroles
from batchroles.client import Moodle
from batchroles.errors import InputError, SiteRefusal
from batchroles.job import Checks, make_plan
from batchroles.job.census import layout
from batchroles.job.census.comparing import compare
from batchroles.job.census.difference import lines, write_lines
from batchroles.job.census.exporting import export
from batchroles.job.census.layout import Scope
from batchroles.job.census.writing import write
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from batchroles.sandbox import serve
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.wire.practice import Practice
from tests.job.census.drifts import HOW_MANY, Drifting, expected, lively_site
from tests.job.census.state import state
from tests.job.census.twins import site
from tests.job.helpers import moodle_at, run_through

OLD, NEW = "https://old.example.edu", "https://new.example.edu"
TEACHER = {"editingteacher": 3}
"""Which role it is on a site on which nobody has it, as --role-map says it."""


@pytest.fixture(scope="module")
def running() -> Iterator[Practice]:
    with serve(site(OLD)) as practice:
        yield practice


@pytest.fixture
def old(running: Practice) -> Practice:
    running.reset()
    return running


def exported(practice: Practice, path: Path, scope: Scope | None = None) -> Path:
    write(export(moodle_at(practice), scope), path, force=True)
    return path


def holdings(found: pd.DataFrame) -> set[tuple[str, str, str]]:
    """Give user name, role and context of each row, each row once."""
    rows = list(zip(found[layout.USERNAME], found[layout.ROLE], found[layout.CONTEXT], strict=True))
    assert len(rows) == len(set(rows)), "a difference stands twice"
    return set(rows)


@pytest.mark.parametrize("as_file", [True, False])
def test_a_migration_ends_in_nothing(tmp_path: Path, old: Practice, as_file: bool) -> None:
    """Export, compare, assign into a site of the same names with other ids and no roles: a second compare is empty."""
    before: Path | Moodle = exported(old, tmp_path / "old.xlsx") if as_file else moodle_at(old)
    with serve(site(NEW, before=3, holdings=False)) as new:
        first = compare(before, moodle_at(new), role_map=TEACHER)
        assert (first.exit_code, len(first.surplus), first.missing) == (1, 0, [])
        assert {text.partition(":")[0] for text in first.lacking[layout.CONTEXT]} == {
            *("system", "category", "course", "user")
        }
        write_lines(lines(first, both=False), tmp_path / "list.csv")
        checks = Checks(probe=False, role_map=TEACHER)
        plan = make_plan(tmp_path / "list.csv", moodle_at(new), ReadingOptions(), FormatOptions(), checks)
        summary = run_through(tmp_path / "run", plan, moodle_at(new))
        assert dict(summary.tally.statuses) == {"assigned": len(first.lacking)}
        second = compare(before, moodle_at(new))
        assert (second.exit_code, second.both) == (0, len(state(old)))
        words = {(user, role, where.partition(":")[0]) for user, role, where, *_ in state(old)}
        assert {(user, role, where.partition(":")[0]) for user, role, where, *_ in state(new)} == words


@pytest.fixture(scope="module")
def lively(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    raw = lively_site()
    with serve(raw) as practice:
        path = exported(practice, tmp_path_factory.mktemp("lively") / "last.csv")
        # Every practice site has the address at which it is served, and this one goes on at another.
        raw["site"]["wwwroot"] = practice.url
    return raw, path


@pytest.mark.parametrize("seed", range(3))
def test_a_hundred_drifts(lively: tuple[dict[str, Any], Path], seed: int) -> None:
    """Of a hundred changes all that are drifts of roles are found, and no others: new names and places are none."""
    before, last = lively
    after = Drifting(before, seed).raw
    gone, new = expected(before, after)
    with serve(after) as practice:
        found = compare(last, moodle_at(practice), same_site=True)
        whole = compare(last, moodle_at(practice), with_plugins=True)
    assert holdings(found.lacking) == gone
    assert holdings(found.surplus) == new
    assert len(gone) + len(new) > sum(HOW_MANY[name] for name in ("give", "take"))
    assert found.otherwise, "nobody who has a role was renamed"
    assert (holdings(whole.lacking), holdings(whole.surplus)) == expected(before, after, with_plugins=True)
    assert len(whole.surplus) == len(found.surplus) + found.by_plugins[1]


def edited(path: Path, change: Callable[[list[list[str]]], None]) -> Path:
    """Change the cells of a CSV file, header included, as somebody does in a spreadsheet."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    change(rows)
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows(rows)
    return path


def test_rows_that_somebody_edited(tmp_path: Path, old: Practice) -> None:
    """A deleted row is a difference; what cannot be used is said by row, and nothing is taken away for it."""
    path = exported(old, tmp_path / "old.csv")

    def change(rows: list[list[str]]) -> None:
        assert rows.pop(30)[1:3], "a row that is there"
        rows.append(rows[2])
        rows.append([*rows[3][:-1], ""])
        rows[5][0] = ""

    found = compare(edited(path, change), moodle_at(old))
    assert (len(found.lacking), len(found.surplus)) == (0, 2)
    said = [note for note in found.notes if note.startswith("old.csv, row")]
    assert [note.split(":")[0] for note in said] == [f"old.csv, row {row}" for row in (6, 82, 81)]
    assert "has no username" in said[0]
    assert "not of this export" in said[1]
    assert said[2].endswith("says the same as row 3, and counts once.")
    with pytest.raises(
        InputError, match="2 rows cannot be used, so that nobody knows what may be taken away"
    ):
        lines(found, both=True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda rows: rows[0].__setitem__(0, "login"), 'column "username" is missing, or was renamed'),
        (lambda rows: [row.pop() for row in rows], "is no export of batchroles"),
    ],
)
def test_files_that_cannot_be_compared(
    tmp_path: Path, old: Practice, change: Callable[[list[list[str]]], None], sentence: str
) -> None:
    """A column that was renamed, and a file that is no export, are refused whole."""
    path = edited(exported(old, tmp_path / "old.csv"), change)
    with pytest.raises(InputError, match=sentence):
        compare(path, moodle_at(old))


def test_an_export_of_another_site(tmp_path: Path, old: Practice) -> None:
    """It is refused where one site is meant, and where it was narrowed by ids, which mean something else there."""
    path = exported(old, tmp_path / "old.csv")
    narrow = exported(old, tmp_path / "narrow.csv", Scope(below=("id=1",)))
    with serve(site(NEW, holdings=False)) as new:
        with pytest.raises(InputError, match="these are two sites"):
            compare(path, moodle_at(new), same_site=True)
        with pytest.raises(InputError, match=r"was narrowed by ids \(id=1\)"):
            compare(narrow, moodle_at(new))
    with pytest.raises(InputError, match="Export both alike"):
        compare(path, narrow)


def test_a_narrowed_export(tmp_path: Path, old: Practice) -> None:
    """The site is read as far as the export goes, so that what was left out of it is no difference."""
    path = exported(old, tmp_path / "some.csv", Scope(roles=("student",), below=("SCI",)))
    found = compare(path, moodle_at(old))
    assert (found.exit_code, found.both) == (0, 30)


def test_names_that_the_other_side_lacks(tmp_path: Path, old: Practice) -> None:
    """People, courses and categories that are not there are listed once with what hangs on them, and in no list."""
    raw = site(NEW, before=2, holdings=False)
    person = next(row for row in raw["users"] if row["username"] == "amelia.adams0000")
    person |= {"username": "amelia.new", "idnumber": "N1", "email": "new@example.edu"}
    next(row for row in raw["courses"] if row["shortname"] == "BIO101")["shortname"] = "BIO1"
    next(row for row in raw["categories"] if row["idnumber"] == "ART-HIS").update(idnumber="", name="Past")
    with serve(raw) as new:
        found = compare(exported(old, tmp_path / "old.csv"), moodle_at(new), role_map=TEACHER)
    assert {(one.kind, one.name): one.holdings for one in found.missing} == {
        ("category", "History"): 1,
        ("course", "BIO101"): 13,
        ("person", "amelia.adams0000"): 2,
    }
    assert len(lines(found, both=False)) == len(found.lacking) - 16
    assert not {"course:BIO101", "user:amelia.adams0000"} & set(lines(found, both=False)[layout.CONTEXT])


def test_categories_of_one_name(tmp_path: Path, old: Practice) -> None:
    """An export names a category by its own name: of two that are called so none is taken, and that is said."""
    raw = site(NEW, holdings=False)
    next(row for row in raw["categories"] if row["name"] == "History")["name"] = "Physics"
    for row in raw["categories"]:
        row["idnumber"] = ""
    with serve(raw) as new:
        by_file = compare(exported(old, tmp_path / "old.csv"), moodle_at(new), role_map=TEACHER)
        by_site = compare(moodle_at(old), moodle_at(new), role_map=TEACHER)
    assert by_file.left_out == (1, 0)
    assert any(note.startswith("category Physics: several are called so") for note in by_file.notes)
    assert by_site.left_out == (0, 0)
    assert [one.name for one in by_site.missing] == ["Arts / History"]
    assert "category:name=Science / Physics" in set(by_site.lacking[layout.CONTEXT])


def test_both_ways(tmp_path: Path, old: Practice) -> None:
    """A list for both ways also takes away what the other has, but nothing that a plugin gives there."""
    path = exported(old, tmp_path / "old.csv")

    def change(now: Site) -> None:
        rows = list(now.role_assignments.rows.values())
        now.role_assignments.remove(next(row for row in rows if row["contextid"] == 1 and row["userid"] > 4))
        for userid, component in ((2, ""), (3, "enrol_cohort")):
            now.role_assignments.add(
                {
                    "userid": userid,
                    "roleid": 5,
                    "contextid": 1,
                    "component": component,
                    "itemid": 9,
                    "modifierid": 2,
                    "timemodified": 1,
                }
            )

    old.change(change)
    found = compare(path, moodle_at(old), with_plugins=True)
    table = lines(found, both=True)
    assert list(zip(table["action"], table[layout.USERNAME], table[layout.ROLE], strict=True)) == [
        ("assign", "oscar.baker0039", "warden"),
        ("unassign", "admin", "student"),
    ]
    assert len(found.surplus) == 2
    assert list(lines(found, both=False)[layout.USERNAME]) == ["oscar.baker0039"]


def test_lists_of_courses_beside_reports(tmp_path: Path, old: Practice) -> None:
    """Beside lists of courses only what these show is compared, and nothing taken away; a watch would be blind."""
    path = exported(old, tmp_path / "old.csv")
    found = compare(path, Moodle(old.url, old.token, reports=False))
    assert (found.exit_code, found.both) == (0, 62)
    assert any("could not be compared" in note for note in found.notes)
    with pytest.raises(SiteRefusal, match="what changed elsewhere cannot be seen"):
        compare(path, Moodle(old.url, old.token, reports=False), same_site=True)
    other_way = compare(Moodle(old.url, old.token, reports=False), path, same_site=True)
    with pytest.raises(InputError, match="only who is on the lists of courses"):
        lines(other_way, both=True)


def test_from_python(tmp_path: Path, old: Practice) -> None:
    """`batchroles.compare` gives a row a difference, with the names that are missing and what both have."""
    path = exported(old, tmp_path / "old.csv")
    with serve(site(NEW, before=1, holdings=False)) as new:
        frame = batchroles.compare(path, moodle_at(new))
        assert frame.attrs["both"] == 4
        assert [(one["kind"], one["name"]) for one in frame.attrs["missing"]] == [("role", "editingteacher")]
        assert set(frame["only in"]) == {"a"}
        plan = batchroles.plan(frame[frame["possible"]], moodle_at(new))
    assert plan.summary.tally.pending == 66
    with pytest.raises(InputError, match="b=7: give the path of an exported file"):
        batchroles.compare(path, 7)  # type: ignore[arg-type]


def person(raw: dict[str, Any], username: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in raw["users"] if row["username"] == username)
    return found


def test_a_new_name_of_somebody_who_lost_every_role(tmp_path: Path, old: Practice) -> None:
    """Whoever has another user name and no role any more is told by the ID number, also as the place of a role."""
    path, raw = exported(old, tmp_path / "old.csv"), site(OLD)
    amelia = person(raw, "amelia.adams0000")
    amelia["username"] = "amelia.berg"
    rows = raw["role_assignments"]
    rows[:] = [row for row in rows if row["userid"] != amelia["id"]]
    with serve(raw) as now:
        found = compare(path, moodle_at(now))
    assert holdings(found.lacking) == {("amelia.berg", "editingteacher", "course:PHY101")}
    assert (len(found.surplus), found.missing) == (0, [])


def test_a_new_short_name_between_two_files(tmp_path: Path, old: Practice) -> None:
    """Two exports of one site tell a course with a new short name by its full name."""
    path, raw = exported(old, tmp_path / "old.csv"), site(OLD)
    next(row for row in raw["courses"] if row["shortname"] == "BIO101")["shortname"] = "BIO1"
    with serve(raw) as now:
        found = compare(path, exported(now, tmp_path / "now.csv"))
    assert (found.exit_code, found.both) == (0, 80)


def test_people_who_may_be_others(tmp_path: Path, old: Practice) -> None:
    """Of two sites nothing is claimed of a person whose user name somebody else has there; the others are compared."""
    path, raw = exported(old, tmp_path / "old.csv"), site(NEW, before=1)
    person(raw, "amelia.adams0000")["username"] = "somebody.else"
    person(raw, "noah.adams0001")["username"] = "amelia.adams0000"
    with serve(raw) as new:
        found = compare(path, moodle_at(new))
    assert (len(found.lacking), len(found.surplus)) == (0, 0)
    assert found.left_out == (2, 2)
    assert found.otherwise == {"noah.adams0001": "amelia.adams0000"}
    assert any(note.startswith("amelia.adams0000 has the ID number") for note in found.notes)


def test_a_course_in_which_nobody_has_a_role_any_more(tmp_path: Path, old: Practice) -> None:
    """A course that was emptied and has another full name is there by its short name, and not missing."""
    path, raw = exported(old, tmp_path / "old.csv"), site(OLD)
    course = next(row for row in raw["courses"] if row["shortname"] == "BIO101")
    course["fullname"] = "All about life"
    rows = raw["role_assignments"]
    rows[:] = [row for row in rows if row["contextid"] != course["contextid"]]
    with serve(raw) as now:
        found = compare(path, moodle_at(now))
    assert {where for _, _, where in holdings(found.lacking)} == {"course:BIO101"}
    assert (len(found.lacking), found.missing) == (13, [])


def test_an_export_without_rows(tmp_path: Path, old: Practice) -> None:
    """An export all of whose rows were deleted lacks everything, and beside itself nothing."""
    whole, bare = exported(old, tmp_path / "old.csv"), exported(old, tmp_path / "bare.csv")
    edited(bare, lambda rows: rows.__delitem__(slice(1, None)))
    assert (len(compare(whole, bare).lacking), len(compare(bare, whole).surplus)) == (80, 80)
    assert compare(bare, bare).exit_code == 0


def test_an_address_of_somebody_without_a_role(tmp_path: Path, old: Practice) -> None:
    """An e-mail address tells of nobody where a second account has it, also one that holds nothing."""
    path, raw = exported(old, tmp_path / "old.csv"), site(NEW, before=1)
    people = {user["username"]: user for user in raw["users"]}
    people["oscar.baker0039"] |= {"username": "oscar", "idnumber": ""}
    with serve(raw) as new:
        assert compare(path, moodle_at(new)).otherwise == {"oscar.baker0039": "oscar"}
    people["early0"]["email"] = people["oscar.baker0039"]["email"]
    with serve(raw) as new:
        found = compare(path, moodle_at(new))
    assert (found.otherwise, [one.name for one in found.missing]) == ({}, ["oscar.baker0039"])
