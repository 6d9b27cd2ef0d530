"""The same roster in every accepted layout gives the same assignments on the site."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from batchroles.sandbox import serve
from tests.job.helpers import holdings, moodle_at, planned, recorded_site, run_through

ROSTER = [
    ("u20", "0000020", "u20@example.edu", "student", "C-NOMAN", "CRS-0009"),
    ("u19", "0000019", "u19@example.edu", "student", "C-NOMAN", "CRS-0009"),
    ("u18", "0000018", "u18@example.edu", "student", "C-NOMAN", "CRS-0009"),
]
"""User name, ID number, e-mail, role, course short name, course ID number: as the recorded site has them."""


def comma(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def plain(folder: Path) -> Path:
    rows = [[user, role, course] for user, _, _, role, course, _ in ROSTER]
    return comma(folder / "plain.csv", [["username", "role", "course"], *rows])


def plain_windows(folder: Path) -> Path:
    lines = [f"{number};{role};course:idnumber={place}" for _, number, _, role, _, place in ROSTER]
    path = folder / "windows.csv"
    path.write_bytes(
        "\r\n".join(["Student number;Role;Context;Bemerkung für später", *lines]).encode("cp1252")
    )
    return path


def workbook(folder: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Autumn term"])
    sheet.append([])
    sheet.append(["E-mail", "Role", "Course"])
    for _, _, email, role, course, _ in ROSTER:
        sheet.append([email, role, course])
    path = folder / "roster.xlsx"
    book.save(path)
    return path


def uploadusers(folder: Path) -> Path:
    rows = [[user, "First", "Last", course, role] for user, _, _, role, course, _ in ROSTER]
    return comma(folder / "upload.csv", [["username", "firstname", "lastname", "course1", "role1"], *rows])


def flatfile(folder: Path) -> Path:
    return comma(
        folder / "flat.txt", [["add", role, number, place] for _, number, _, role, _, place in ROSTER]
    )


def role_assigns(folder: Path) -> Path:
    rows = [[user, role, "Course", course] for user, _, _, role, course, _ in ROSTER]
    return comma(folder / "assigns.csv", [["user", "role", "contextlevel", "reference"], *rows])


def datahub(folder: Path) -> Path:
    rows = [["create", user, "course", course, role] for user, _, _, role, course, _ in ROSTER]
    return comma(folder / "datahub.csv", [["action", "username", "context", "instance", "role"], *rows])


def bulkenrol(folder: Path) -> Path:
    path = folder / "bulk.txt"
    path.write_text("# Group 1\n" + "\n".join(email for _, _, email, *_ in ROSTER) + "\n", encoding="utf-8")
    return path


def matrix(folder: Path) -> Path:
    rows = [[user, "First", role, "-"] for user, _, _, role, *_ in ROSTER]
    return comma(folder / "matrix.csv", [["username", "firstname", "C-NOMAN", "C-ART-201"], *rows])


def ticks(folder: Path) -> Path:
    rows = [[number, "✓", ""] for _, number, *_ in ROSTER]
    return comma(folder / "ticks.csv", [["idnumber", "course:idnumber=CRS-0009", "C-ART-201"], *rows])


def sections(folder: Path) -> Path:
    rows = [[email, role] for _, _, email, role, *_ in ROSTER]
    return comma(folder / "lists.csv", [["Course: C-NOMAN", ""], ["email", "role"], *rows])


def several_courses(folder: Path) -> Path:
    rows = [[user, role, f"{course}\n{course}"] for user, _, _, role, course, _ in ROSTER]
    return comma(folder / "several.csv", [["username", "role", "course"], *rows])


WRITERS: list[tuple[Callable[[Path], Path], dict[str, Any], str]] = [
    (plain, {}, "plain"),
    (plain_windows, {}, "plain"),
    (workbook, {}, "plain"),
    (uploadusers, {}, "uploadusers"),
    (flatfile, {}, "flatfile"),
    (role_assigns, {}, "role-assigns"),
    (datahub, {}, "datahub"),
    (matrix, {}, "matrix"),
    (ticks, {"role": "student"}, "matrix"),
    (sections, {}, "sections"),
    (several_courses, {}, "plain"),
    (bulkenrol, {"format": "bulkenrol", "role": "student", "context": "course:C-NOMAN"}, "bulkenrol"),
]


@pytest.mark.parametrize(
    ("write", "options", "format_name"), WRITERS, ids=lambda value: getattr(value, "__name__", "")
)
def test_every_layout_gives_the_same_assignments(
    tmp_path: Path, write: Callable[[Path], Path], options: dict[str, Any], format_name: str
) -> None:
    """Whatever layout a roster comes in, exactly its three people get exactly this role in exactly this course."""
    with serve(recorded_site()) as practice:
        users = {user["username"]: user["id"] for user in practice.raw["users"]}
        course = next(one for one in practice.raw["courses"] if one["shortname"] == "C-NOMAN")
        before = holdings(practice)
        moodle = moodle_at(practice)
        plan = planned(write(tmp_path), moodle, **options)
        run_through(tmp_path / "run", plan, moodle)
        added = holdings(practice) - before
    assert plan.plan.format == format_name
    assert added == {(users[user], 5, course["contextid"], "") for user, *_ in ROSTER}
