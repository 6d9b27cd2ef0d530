"""The sample rosters against the practice site for which they are made."""

import csv
from pathlib import Path

from openpyxl import load_workbook

from batchroles.client import Moodle
from batchroles.loader.layouts import read
from batchroles.models import Wanted
from batchroles.sandbox import serve
from batchroles.validator import resolve
from batchroles.validator.repeats import validate
from samples import make_roster

SAMPLES = Path(make_roster.__file__).parent


def found_wrong(wanted: Wanted) -> dict[str, str]:
    """Look the names up and return what is wrong by place; duplicates among it."""
    with serve() as practice, Moodle(practice.url, practice.token) as moodle:
        resolution = resolve(wanted, moodle)
    checked, problems = validate(resolution.lines, resolution.problems)
    lines = checked.frame()
    wrong = lines[lines["problem"] >= 0]
    places = {
        wanted.table.place(row, problems[number].column): str(problems[number].code)
        for row, number in zip(wrong["row"], wrong["problem"], strict=True)
    }
    repeated = lines[lines["same_as"] >= 0]
    originals = lines["row"].to_numpy()[repeated["same_as"]]
    return places | {
        f"row {row}": f"repeats {first}" for row, first in zip(repeated["row"], originals, strict=True)
    }


def test_the_sample_roster_has_a_dozen_mistakes_and_is_otherwise_right() -> None:
    """Of the 504 rows of the sample all names are on the practice site, but for the mistakes made on purpose."""
    wanted = read(SAMPLES / "roster.xlsx")
    assert len(wanted.lines) == 504
    sheet = "Autumn 2030!"
    assert found_wrong(wanted) == {
        f"{sheet}D21": "user-not-found",
        "Autumn 2030, row 39": "conflict",
        f"{sheet}E45": "role-ambiguous",
        f"{sheet}F62": "context-not-found",
        f"{sheet}E87": "missing-value",
        "Autumn 2030, row 116": "missing-value",
        f"{sheet}E143": "role-unknown",
        f"{sheet}D170": "user-mismatch",
        f"{sheet}F205": "bad-value",
        f"{sheet}D234": "bad-value",
        f"{sheet}A262": "user-not-found",
        f"{sheet}E291": "role-unknown",
        f"{sheet}G334": "bad-value",
        "Autumn 2030, row 404": "conflict",
        "row 124": "repeats 92",
        "row 264": "repeats 92",
        "row 394": "repeats 18",
    }


def test_the_small_sample_has_one_mistake() -> None:
    """The sample CSV is five rows, of which the last has a user name misspelt."""
    wanted = read(SAMPLES / "roster.csv")
    assert found_wrong(wanted) == {'row 6, column "username"': "user-not-found"}


def test_the_samples_are_what_the_script_makes(tmp_path: Path) -> None:
    """The committed files are those of the script, cell by cell."""
    made = make_roster.workbook(make_roster.roster())
    made.save(tmp_path / "made.xlsx")
    again, committed = load_workbook(tmp_path / "made.xlsx"), load_workbook(SAMPLES / "roster.xlsx")
    assert {sheet.title: list(sheet.values) for sheet in again} == {
        sheet.title: list(sheet.values) for sheet in committed
    }
    with (SAMPLES / "roster.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == make_roster.small(make_roster.roster())
