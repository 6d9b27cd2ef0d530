"""The same people, roles and places are the same plan, wherever they come from."""

import csv
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import batchroles
from batchroles.job import Checks, plan_offline
from batchroles.job.planning import make_plan
from batchroles.loader import ReadingOptions
from batchroles.loader.layouts import FormatOptions
from batchroles.models.references import RoleMap
from batchroles.sandbox import make_site, serve
from batchroles.sandbox.wire.practice import Practice
from batchroles.sources import Query, Source, source_of
from tests.client.odd_server import CERTIFICATE, Reply
from tests.client.odd_server import serve as serve_sheet
from tests.job.helpers import moodle_at
from tests.sources.exports import Record, enrollment, user, write_export, zipped

SITE = make_site(users=60, courses=6, categories=2)
PEOPLE = [one for one in SITE["users"] if one["idnumber"]][:12]
COURSES = [one for one in SITE["courses"] if one["idnumber"]][:3]
TEACHER, PARENT, STUDENTS = PEOPLE[0], PEOPLE[1], PEOPLE[2:]
ROLES: RoleMap = {"teacher": "editingteacher", "parent": 15}
KINDS = ("oneroster 1.1", "oneroster 1.1 zip", "oneroster 1.2", "oneroster 1.2 zip", "sqlite", "https", "csv")


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    """Serve one practice site."""
    with serve(SITE) as practice:
        yield practice


def rows(by: str) -> list[tuple[str, str, str, str]]:
    """Give what is wanted: user, role, course by ID number, or the child; parents come last, as in OneRoster."""
    enrolled = [
        (str(one[by]), role, str(course["idnumber"]), "")
        for course in COURSES
        for role, some in (("teacher", [TEACHER]), ("student", STUDENTS))
        for one in some
    ]
    child = str(STUDENTS[0][by])
    return [*enrolled, (str(PARENT[by]), "parent", "", f"user:{by}={child}")]


def records() -> tuple[list[Record], list[Record], list[Record]]:
    """Give the same as OneRoster has it."""

    def person(one: dict[str, str], role: str, **more: str) -> Record:
        return user(one["idnumber"], role, one["username"], email=one["email"], **more)

    users = [
        person(TEACHER, "teacher"),
        person(PARENT, "parent", agents=STUDENTS[0]["idnumber"]),
        *(person(one, "student") for one in STUDENTS),
    ]
    classes: list[Record] = [
        {"sourcedId": course["idnumber"], "classCode": course["shortname"]} for course in COURSES
    ]
    enrolled = [
        enrollment(number, course, one, role)
        for number, (one, role, course, _) in enumerate(rows("idnumber")[:-1], 1)
    ]
    return users, classes, enrolled


def made(kind: str, by: str, folder: Path) -> Source:
    """Give a source of a kind with the rows in it."""
    if kind.startswith("oneroster"):
        export = write_export(folder / "export", *records(), version=kind.split()[1])
        return source_of(zipped(export, folder / "export.zip") if kind.endswith("zip") else export)
    header = ["role", "course idnumber", "context", by]
    cells = [(role, course, place, one) for one, role, course, place in rows(by)]
    if kind == "sqlite":
        with sqlite3.connect(folder / "roles.db") as database:
            database.execute("CREATE TABLE wanted (role TEXT, course TEXT, context TEXT, name TEXT)")
            database.executemany("INSERT INTO wanted VALUES (?, ?, nullif(?, ''), ?)", cells)
        database.close()
        asked = f'SELECT role, course AS "course idnumber", context, name AS {by} FROM wanted'  # noqa: S608 - the test's own
        (folder / "q.sql").write_text(asked)
        return Query(folder / "q.sql", f"sqlite:///{folder / 'roles.db'}")
    with (folder / "roles.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *cells])
    return source_of(folder / "roles.csv")


def lines_of(source: Source, practice: Practice, by: str) -> pd.DataFrame:
    checks = Checks(dict(ROLES))
    understanding = FormatOptions(match_user_by=by)
    plan = make_plan(source, moodle_at(practice), ReadingOptions(), understanding, checks).plan
    frame = plan.lines.frame()
    frame["problem"] = [plan.problems[number].code if number >= 0 else "" for number in frame["problem"]]
    return frame


@pytest.mark.parametrize("by", ["username", "idnumber", "email"])
def test_the_same_plan(by: str, practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OneRoster 1.1 and 1.2, a database, a published sheet and the equal CSV file: line by line the same."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
    plans = {}
    for kind in KINDS:
        folder = tmp_path / kind
        folder.mkdir()
        source = made(kind, by, folder)
        if kind == "https":
            with serve_sheet(Reply((folder / "roles.csv").read_text(encoding="utf-8")), tls=True) as sheet:
                plans[kind] = lines_of(source_of(f"{sheet.url}/roles"), practice, by)
        else:
            plans[kind] = lines_of(source, practice, by)
    expected = plans.pop("csv")
    assert (len(expected), set(expected["problem"]), int((expected["userid"] > 0).sum())) == (34, {""}, 34)
    for kind, lines in plans.items():
        pd.testing.assert_frame_equal(lines, expected, check_categorical=False, obj=kind)


def test_retry_and_undo_from_the_copy(practice: Practice, tmp_path: Path) -> None:
    """A run of an export can be tried again and taken back though the export is gone: the run's copy is what counts."""
    users, classes, enrolled = records()
    users[0] = {**users[0], "username": "nobody"}
    export = write_export(tmp_path / "export", users, classes, enrolled)
    with moodle_at(practice) as moodle:
        plan = batchroles.plan(str(export), moodle, role_map=ROLES)
        for one in export.iterdir():
            one.unlink()
        run = batchroles.apply(plan, moodle, out=tmp_path / "run")
        assert (run.rows["_status"] == "invalid").sum() == 3
        failed = tmp_path / "run" / "failed.csv"
        failed.write_text(failed.read_text(encoding="utf-8").replace("nobody", TEACHER["username"]))
        again = batchroles.apply(batchroles.retry(run, moodle), moodle, out=tmp_path / "again")
        assert again.rows["_row"].tolist() == [2, 13, 24]
        assert set(again.rows["_status"]) <= {"assigned", "already"}
        undone = batchroles.undo(again, moodle)
        assert len(undone.rows) == sum(again.rows["_status"] == "assigned")


def test_the_command_that_reads_offline_agrees(tmp_path: Path) -> None:
    """Without a site, too, an export has as many rows as the CSV file, and no problem."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    found = [
        plan_offline(made(kind, "username", tmp_path / name), ReadingOptions(), FormatOptions()).plan
        for kind, name in (("oneroster 1.2", "a"), ("csv", "b"))
    ]
    assert [(len(plan.lines), plan.problems) for plan in found] == [(34, []), (34, [])]
