"""Retrying from a file that a person and a spreadsheet program have been at: never another person's role."""

import csv
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import batchroles
from batchroles.client import Moodle
from batchroles.errors import InputError, RunError
from batchroles.job import Checks, Planned, Run, retry, undo
from batchroles.models import UserRef
from batchroles.models.changes import CHANGES
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import (
    go_on,
    holdings,
    moodle_at,
    planned,
    recorded_site,
    run_through,
    statuses,
    write_csv,
)
from tests.template.office import SOFFICE, needs_office, type_into

pytestmark = pytest.mark.long

Rows = list[list[str]]
HEADER = ["idnumber", "role", "course", "note"]
NOWHERE = "NOT-YET"


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    """Serve a site with two people whose ID numbers differ in zeros only."""
    site = recorded_site()
    one, other = (user for user in site["users"] if user["username"] in ("u01", "u02"))
    one["idnumber"], other["idnumber"] = "0071", "71"
    with serve(site) as practice:
        yield practice


@pytest.fixture
def moodle(practice: Practice) -> Moodle:
    practice.reset()
    return moodle_at(practice)


def failed_run(
    folder: Path, moodle: Moodle, rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER, **how: Any
) -> Path:
    """Run a file whose rows fail, and give its folder."""
    path = write_csv(folder / "roster.csv", header, rows)
    run_through(folder / "run", planned(path, moodle, **how), moodle)
    return folder / "run"


def table(path: Path) -> Rows:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


def change(folder: Path, edit: Callable[[Rows], object], **how: Any) -> None:
    """Save failed.csv anew with other cells."""
    rows = table(folder / "failed.csv")
    edit(rows)
    settings_ = {"encoding": "utf-8-sig", "errors": "replace", **how}
    delimiter = settings_.pop("delimiter", ",")
    with (folder / "failed.csv").open("w", newline="", **settings_) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)


def cell(row: int, column: int, text: str) -> Callable[[Rows], object]:
    return lambda rows: rows[row].__setitem__(column, text)


def again(folder: Path, moodle: Moodle) -> Planned:
    with Run.open(folder) as run:
        return retry(run, moodle, Checks(probe=False))


def users(plan: Planned) -> list[Any]:
    return plan.wanted.lines["user_0"].tolist()


def test_zeros_that_a_spreadsheet_took_are_put_back(
    tmp_path: Path, practice: Practice, moodle: Moodle
) -> None:
    """0071 gets the role and 71 does not, though failed.csv came back with 71; both texts are said."""
    folder = failed_run(tmp_path, moodle, [["0071", "manager", NOWHERE, ""]])
    change(folder, lambda rows: (cell(1, 0, "71")(rows), cell(1, 2, "C-PHY-101")(rows)), delimiter=";")
    before, plan = holdings(practice), again(folder, moodle)
    assert plan.plan.notes[:3] == [
        'Changed in failed.csv: row 2, column "course": "NOT-YET" → "C-PHY-101".',
        'Put back as a spreadsheet program had changed it by itself: row 2, column "idnumber": '
        '"0071" → "71".',
        "What was put back is as roster.csv has it; if such a change is meant, make it there and run that file again.",
    ]
    run_through(tmp_path / "again", plan, moodle)
    (added,) = holdings(practice) - before
    assert added[0] == 10  # u01, whose ID number is 0071


@pytest.mark.parametrize(("given", "saved"), [(";", ";"), (";", ","), ("\t", ";"), ("|", "\t")])
def test_files_have_the_delimiter_of_the_input(
    tmp_path: Path, moodle: Moodle, given: str, saved: str
) -> None:
    """failed.csv has it, is read again by whatever its name says, and may come back with another one."""
    path = tmp_path / "roster.csv"
    lines = [["username", "role", "course", "note"], ["u01", "manager", NOWHERE, '"1,5; a"']]
    path.write_text("\n".join(map(given.join, lines)), encoding="utf-8")
    folder = tmp_path / "run"
    run_through(folder, planned(path, moodle), moodle)
    with (folder / "failed.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file, delimiter=given))
    assert rows[1][:5] == ["u01", "manager", NOWHERE, "1,5; a", "2"]
    assert batchroles.load(folder / "failed.csv").to_numpy().tolist()[0][:5] == rows[1][:5]
    rows[1][2] = "C-PHY-101"
    with (folder / "failed.csv").open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file, delimiter=saved).writerows(rows)
    assert again(folder, moodle).plan.notes[:1] == [
        'Changed in failed.csv: row 2, column "course": "NOT-YET" → "C-PHY-101".'
    ]


def test_rows_keep_their_numbers_and_repairs_through_every_retry(tmp_path: Path, moodle: Moodle) -> None:
    """A retry of a retry names the first file's rows, keeps what was mended before, and can be undone by its names."""
    rows = [["u01", "C-PHY-101"], ["uX", NOWHERE], ["uY", "C-PHY-101"]]
    folder = failed_run(tmp_path, moodle, [[user, "manager", course] for user, course in rows], HEADER_U)
    change(folder, cell(1, 0, "u03"))
    run_through(tmp_path / "two", again(folder, moodle), moodle)
    assert [row for row, _, _ in statuses(tmp_path / "two")] == [3, 4]
    change(tmp_path / "two", cell(1, 2, "C-PHY-101"))
    run_through(tmp_path / "three", again(tmp_path / "two", moodle), moodle)
    assert table(tmp_path / "three" / "success.csv")[1][:4] == ["u03", "manager", "C-PHY-101", "3"]
    assert go_on(tmp_path / "three", moodle).input == "roster.csv"
    with Run.open(tmp_path / "three") as run:
        inverse = undo(run, moodle)
    run_through(tmp_path / "back", inverse, moodle)
    assert table(tmp_path / "back" / "success.csv")[1][:4] == ["u03", "manager", "C-PHY-101", "3"]


HEADER_U = ["username", "role", "course"]


def wider(rows: Rows) -> None:
    for row in rows:
        row.append("x")


def without_column(number: int) -> Callable[[Rows], None]:
    def edit(rows: Rows) -> None:
        for row in rows:
            del row[number]

    return edit


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (cell(0, 1, "mail"), 'has lost "email" and now has "mail"'),
        (without_column(1), 'has lost "email"'),
        (wider, '"x" was not there'),
        (without_column(4), 'has no column "_row"'),
        (lambda rows: rows.append(rows[1]), "stands in the file twice"),
        (cell(1, 4, "1,234"), 'has "1,234" under _row'),
        (cell(1, 4, ""), "has nothing under _row"),
        (cell(1, 4, "99"), "is not among the rows of run"),
        (cell(1, 4, "2"), "is done, and is not sent again"),
        (
            lambda rows: rows.__setitem__(
                slice(None), [["username", "role", "course"], ["u03", "student", "C"]]
            ),
            "none of this run",
        ),
        (lambda rows: rows[1].append("moved"), "stands beyond the last"),
        (lambda rows: rows.__delitem__(slice(1, None)), "no failed row is left"),
    ],
)
def test_another_file_is_refused(
    tmp_path: Path, moodle: Moodle, edit: Callable[[Rows], object], says: str
) -> None:
    """Headers changed, gone or new, rows of another run, damaged numbers of rows: nothing is planned."""
    rows = [
        ["u01", "", "student", "C-PHY-101"],
        ["uX", "", "student", NOWHERE],
        ["uY", "", "student", NOWHERE],
    ]
    folder = failed_run(tmp_path, moodle, rows, ["username", "email", "role", "course"])
    change(folder, edit)
    with pytest.raises(InputError, match=says):
        again(folder, moodle)


def test_sorted_rows_and_columns_are_found_again(tmp_path: Path, moodle: Moodle) -> None:
    """Other orders of rows and columns, rows removed, our own columns changed or removed: the rows are themselves."""
    rows = [[f"u{name}", "student", NOWHERE] for name in "ABCD"]
    folder = failed_run(tmp_path, moodle, rows, HEADER_U)

    def shuffle(rows: Rows) -> None:
        rows[:] = [
            [row[3], row[2], "done" if row[3] != "_row" else "_status", row[0], row[1]] for row in rows
        ]
        rows[1:] = [rows[4], rows[1], rows[3]]

    change(folder, shuffle)
    plan = again(folder, moodle)
    assert plan.wanted.lines["row"].tolist() == [2, 4, 5]
    assert users(plan) == [UserRef("username", name) for name in ("ua", "uc", "ud")]
    assert plan.plan.notes[0] == "1 failed row is not in failed.csv any more and not tried again."


def test_a_cross_check_stays(tmp_path: Path, moodle: Moodle) -> None:
    """The e-mail address beside a user name still has to name the same person when the row is tried again."""
    folder = failed_run(
        tmp_path,
        moodle,
        [["u01", "u02@example.edu", "student", "C-PHY-101"]],
        ["username", "email", "role", "course"],
    )
    assert statuses(folder) == [(2, "invalid", "user-mismatch")]
    assert [problem.code for problem in again(folder, moodle).plan.problems] == ["user-mismatch"]


def test_only_failed_parts_of_a_wide_row_are_sent_again(tmp_path: Path, moodle: Moodle) -> None:
    """Of a row with several courses the failed ones are tried again; what is changed of done ones is left out."""
    header = ["username", "course1", "role1", "course2", "role2", "course3", "role3"]
    rows = [["u03", "C-PHY-101", "student", NOWHERE, "student", "NEVER", "student"]]
    folder = failed_run(tmp_path, moodle, rows, header)
    assert [row[8] for row in table(folder / "failed.csv")[1:]] == ["course2", "course3"]

    def edit(rows: Rows) -> None:
        rows[1][3], rows[2][5] = "C-PHY-101", "C-NOMAN"
        rows[1][1] = "C-NOMAN"

    change(folder, edit)
    plan = again(folder, moodle)
    assert plan.wanted.lines["part"].tolist() == ["course2", "course3"]
    assert [ref.value for ref in plan.wanted.lines["context_0"]] == ["C-PHY-101", "C-NOMAN"]
    assert (
        'Left out, because nothing is sent for it: row 2, column "course1": "C-PHY-101" → "C-NOMAN".'
        in plan.plan.notes
    )
    change(folder, lambda rows: rows[1].__setitem__(0, "u04"))
    with pytest.raises(InputError, match='with "u03" and "u04" under "username"'):
        again(folder, moodle)


def test_an_id_may_lose_its_zeros(tmp_path: Path, moodle: Moodle) -> None:
    """A Moodle id is a number, so that 0012 mended to 12, as the advice says, is believed."""
    folder = failed_run(
        tmp_path, moodle, [["0012", "5", "2"], ["11.0", "5", "2"]], ["userid", "roleid", "courseid"]
    )
    change(folder, lambda rows: (cell(1, 0, "12")(rows), cell(2, 0, "11")(rows)))
    assert users(again(folder, moodle)) == [UserRef("id", "12"), UserRef("id", "11")]


def test_a_cell_too_many_can_be_mended(tmp_path: Path, moodle: Moodle) -> None:
    """A row with a cell too many is sound once its texts stand under their headers."""
    path = tmp_path / "roster.csv"
    path.write_text("username,role,course\nAbel, u03,manager,C-PHY-101\n", encoding="utf-8")
    run_through(tmp_path / "run", planned(path, moodle), moodle)
    change(
        tmp_path / "run", lambda rows: rows[1].__setitem__(slice(0, 4), ["u03", "manager", "C-PHY-101", ""])
    )
    run_through(tmp_path / "again", again(tmp_path / "run", moodle), moodle)
    assert statuses(tmp_path / "again") == [(2, "assigned", "")]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("add,student,0071,NOT-YET\nadd,student,0072,NOT-YET\n", {"format": "flatfile"}),
        ("!x@example.org\ny@example.org\n", {"role": "student", "context": "course:NOT-YET"}),
        ("uX\nuY\n", {"role": "student", "context": "course:NOT-YET"}),
    ],
)
def test_files_without_a_header_are_tried_again(
    tmp_path: Path, moodle: Moodle, text: str, options: dict[str, Any]
) -> None:
    """Lists without a header, whose results have one, ask for the same when they are tried again."""
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    first = planned(path, moodle, **options)
    run_through(tmp_path / "run", first, moodle)
    plan = again(tmp_path / "run", moodle)
    columns = ["row", "change", "user_0", "role_0", "context_0"]
    assert plan.wanted.lines[columns].astype(str).equals(first.wanted.lines[columns].astype(str))
    assert {*plan.wanted.lines["change"]} <= {*CHANGES}


def test_the_workbook_may_be_mended_instead(tmp_path: Path, moodle: Moodle) -> None:
    """results.xlsx, sorted and mended, counts like failed.csv; a done row changed in it is named and not sent."""
    rows = [["u01", "C-PHY-101"], ["0071", NOWHERE], ["uY", NOWHERE]]
    folder = failed_run(tmp_path, moodle, [[user, "student", course] for user, course in rows], HEADER_U)
    book = openpyxl.load_workbook(folder / "results.xlsx")
    sheet = book["Rows"]
    kept = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    kept[0][0], kept[1][0], kept[2][0] = "u02", 71, "u03"
    for number, row in enumerate(reversed(kept), 2):
        for at, value in enumerate(row, 1):
            sheet.cell(number, at).value = value
    sheet.auto_filter.ref = None
    book["Summary"]["A1"] = "mine"
    book.save(folder / "results.xlsx")
    plan = again(folder, moodle)
    assert users(plan) == [UserRef("username", "0071"), UserRef("username", "u03")]
    assert [note.split(":")[0] for note in plan.plan.notes[:4]] == [
        "Changed in results.xlsx",
        "Put back as a spreadsheet program had changed it by itself",
        "What was put back is as roster.csv has it; if such a change is meant, make it there and run that file again.",
        "Left out, because nothing is sent for it",
    ]
    change(folder, cell(1, 0, "u04"))
    with pytest.raises(RunError, match=r"both failed\.csv and results\.xlsx of run were changed"):
        again(folder, moodle)


def test_many_changes_are_counted(tmp_path: Path, moodle: Moodle) -> None:
    """Twenty changed cells are said one by one, the rest as a number."""
    folder = failed_run(tmp_path, moodle, [["uX", "student", NOWHERE, str(n)] for n in range(50)])
    change(folder, lambda rows: [row.__setitem__(0, f"u9{row[3]}") for row in rows[1:]])
    notes = [note for note in again(folder, moodle).plan.notes if note.startswith("Changed in")]
    assert (len(notes), notes[-1]) == (21, "Changed in failed.csv: 30 more cells, 50 in all.")


DAMAGE: list[Callable[[str], str]] = [
    lambda text: str(int(text)) if text.isdecimal() else text,
    lambda text: f"{int(text):.5E}".replace("E+0", "E+0") if text.isdecimal() and len(text) > 11 else text,
    lambda text: f"{text[:15]}{'0' * (len(text) - 15)}" if text.isdecimal() and len(text) > 15 else text,
    lambda text: f"{int(text):,}" if text.isdecimal() else text,
    lambda text: f"0{text[3:]}-Mar" if text.startswith("MAR") else text,
    lambda text: text.upper() if text in ("true", "false") else text,
    lambda text: text.removesuffix(".0"),
    lambda text: f" {text}\u00a0",
]
VALUES = st.one_of(
    st.from_regex(r"0{0,3}[1-9][0-9]{0,19}", fullmatch=True),
    st.sampled_from(["MAR1", "MAR7", "true", "false", "007.0", "12.0", "=x", "-71", "anna", "józef"]),
)


@settings(max_examples=25)
@given(data=st.data(), values=st.lists(VALUES, min_size=1, max_size=8, unique=True))
def test_machines_change_nothing_and_people_exactly_what_they_write(
    data: st.DataObject, values: list[str], practice: Practice
) -> None:
    """After any damage the rows ask for what the copy asks for; deliberate edits change these cells and no other."""
    moodle = moodle_at(practice)
    with TemporaryDirectory() as name:
        folder = failed_run(Path(name), moodle, [[value, "student", NOWHERE, ""] for value in values])
        expected = {row: UserRef("idnumber", value) for row, value in enumerate(values, 2)}

        def edit(rows: Rows) -> None:
            for row in rows[1:]:
                number = int(row[4])
                if data.draw(st.booleans()):
                    row[0] = f"new{number}"
                    expected[number] = UserRef("idnumber", row[0])
                else:
                    row[0] = data.draw(st.sampled_from(DAMAGE))(row[0])
            rows[1:] = data.draw(st.permutations(rows[1:]))

        change(folder, edit, delimiter=data.draw(st.sampled_from(",;\t")))
        plan = again(folder, moodle)
        assert dict(zip(plan.wanted.lines["row"], users(plan), strict=True)) == expected


@needs_office
def test_a_file_saved_by_an_office_names_the_same_people(tmp_path: Path, moodle: Moodle) -> None:
    """LibreOffice opens failed.csv and results.xlsx and saves them: 0071 is still the one who gets the role."""
    values = ["0071", "12345678901234567", "MAR1", "true", "1.0", "1-2", "=x", "'y", "a\nb"]
    folder = failed_run(
        tmp_path,
        moodle,
        [[value, "student", NOWHERE, ""] for value in values],
    )
    for name, kind in (("failed.csv", "csv"), ("results.xlsx", "xlsx")):
        _saved_by_office(folder / name, kind, tmp_path / f"profile-{kind}")
    assert table(folder / "failed.csv")[1][0] == "71"
    plan = again(folder, moodle)
    assert [ref.value for ref in users(plan) if isinstance(ref, UserRef)][:6] == values[:6]
    assert not [note for note in plan.plan.notes if note.startswith(("Changed", "Left out"))]


@needs_office
def test_what_is_typed_into_the_workbook_stays_as_it_is_typed(tmp_path: Path, moodle: Moodle) -> None:
    """LibreOffice keeps the zeros of 0071 when it is typed into results.xlsx, and retry finds that very person."""
    folder = failed_run(tmp_path, moodle, [["nobody", "student", NOWHERE, ""]])
    kept = tmp_path / "mended.xlsx"
    type_into(folder / "results.xlsx", kept, "Rows", {"A2": "0071"}, tmp_path / "profile")
    shutil.move(kept, folder / "results.xlsx")
    assert [ref.value for ref in users(again(folder, moodle)) if isinstance(ref, UserRef)] == ["0071"]


def _saved_by_office(path: Path, kind: str, profile: Path) -> None:
    out = profile.with_name(f"{profile.name}-out")
    command = [
        SOFFICE or "soffice",
        f"-env:UserInstallation={profile.as_uri()}",
        "--headless",
        "--infilter=CSV:44,34,76,1,,0,false,true" if kind == "csv" else "--norestore",
        "--convert-to",
        kind,
        "--outdir",
        str(out),
        str(path),
    ]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    shutil.move(out / path.name, path)
