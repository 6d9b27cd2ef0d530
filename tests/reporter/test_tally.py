"""The counts, the exit codes, the sentence at the end and summary.json."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from batchroles.errors import BatchrolesError
from batchroles.models import Plan, Status
from batchroles.reporter import Tally, exit_code, outcomes, summary_text, tally, write_results
from tests.reporter.plans import NOT_FOUND, Line, everything, plan, summary_of, table


def simple(*statuses: Status | None) -> Plan:
    rows = {row: ["anna"] for row in range(2, len(statuses) + 2)}
    lines = [Line(row, status, same_as=0) for row, status in zip(rows, statuses, strict=True)]
    return plan(table(["user"], rows), lines)


def test_the_counts_add_up() -> None:
    """Statuses are counted over every row; rows without an answer and rows not sent are neither done nor failed."""
    assert tally(everything()).pending == 2
    assert tally(everything()) == Tally(
        rows=9,
        statuses={
            "assigned": 1,
            "unassigned": 1,
            "already": 1,
            "duplicate": 2,
            "invalid": 1,
            "refused": 1,
            "unknown": 1,
            "unsent": 1,
        },
        codes={"no-permission": 2, "user-not-found": 1},
        remarks={},
        done=4,
        failed=3,
        unknown=1,
        unsent=1,
        withheld=0,
        to_send=0,
        file_rows=9,
        rowless=0,
    )


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            [Line(2, Status.ASSIGNED), Line(2, Status.ASSIGNED)],
            "The totals do not add up: row 2 is counted twice.",
        ),
        ([Line(9, Status.ASSIGNED)], "The totals do not add up: row 9 is not in roster.csv."),
        ([], "The totals do not add up: row 2 of roster.csv was lost on the way."),
    ],
)
def test_counts_that_do_not_add_up_are_an_error(lines: list[Line], sentence: str) -> None:
    """A row that is counted twice, or that is not in the file, is found before anything is reported."""
    with pytest.raises(BatchrolesError) as caught:
        tally(plan(table(["user"], {2: ["anna"]}), lines))
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("statuses", "stopped", "code"),
    [
        ({"assigned": 5, "already": 1, "duplicate": 2}, None, 0),
        ({}, None, 0),
        ({"assigned": 5, "invalid": 1}, None, 1),
        ({"refused": 1}, None, 1),
        ({"refused": 1, "unknown": 1}, None, 5),
        ({"unsent": 1}, None, 5),
        ({"unsent": 1, "invalid": 1}, 3, 3),
        ({"unsent": 1}, 4, 4),
        ({"assigned": 1, "unsent": 1}, 130, 130),
    ],
)
def test_the_exit_code_follows_from_the_statuses(
    statuses: dict[str, int], stopped: int | None, code: int
) -> None:
    """What stopped the run decides; else rows left open, then rows failed, then none."""
    assert exit_code(statuses, stopped) == code


WIDE = plan(
    table(["username", "course1", "course2"], {2: ["anna", "M1", "M2"], 3: ["ben", "M1", ""]}),
    [
        Line(2, Status.ASSIGNED, part="course1"),
        Line(2, Status.ASSIGNED, part="course2"),
        Line(3, Status.ASSIGNED),
    ],
)


@pytest.mark.parametrize(
    ("what", "line"),
    [
        (simple(*[Status.ASSIGNED] * 1231, *[Status.REFUSED] * 9), "1,231 done, 9 failed of 1,240"),
        (simple(Status.REFUSED, Status.DUPLICATE), "0 can be sent, 2 cannot, of 2"),
        (
            simple(None, Status.INVALID, Status.DUPLICATE, Status.ALREADY),
            "1 can be sent, 1 cannot, 1 already so, 1 duplicate, of 4",
        ),
        (
            simple(Status.UNKNOWN, Status.DUPLICATE, Status.ASSIGNED, Status.UNSENT, Status.REFUSED),
            "1 done, 1 failed, 2 unknown, 1 unsent of 5",
        ),
        (WIDE, "3 done, 0 failed of 3 assignments in 2 rows"),
    ],
)
def test_the_closing_line_says_it_in_one_line(what: Plan, line: str) -> None:
    """The closing line counts done and failed rows, and accounts for every row of the file."""
    assert summary_of(what).closing_line() == line


def test_summary_json_holds_everything_and_the_paths(tmp_path: Path) -> None:
    """summary.json is written with the counts by name and where each file is."""
    what = plan(
        table(["user"], {2: ["anna"], 3: ["sophia"]}), [Line(2, Status.ASSIGNED), Line(3, Status.INVALID, 0)]
    )
    files = write_results(tmp_path, what, summary_of(what))
    assert json.loads(files.summary.read_text("utf-8")) == {
        "run": "2030-01-02-roster",
        "state": 0,
        "sync": "",
        "site": "https://moodle.test",
        "input": "roster.csv",
        "format": "plain",
        "read_as": "plain file",
        "when": "2030-01-02T03:04:00+00:00",
        "rows": 2,
        "file_rows": 2,
        "rowless": 0,
        "statuses": {"assigned": 1, "invalid": 1},
        "done": 1,
        "failed": 1,
        "unknown": 0,
        "unsent": 0,
        "withheld": 0,
        "pending": 0,
        "to_send": {},
        "new": None,
        "known": None,
        "compared_with": None,
        "codes": {"user-not-found": 1},
        "remarks": {},
        "calls": {"core_role_assign_roles": 3},
        "seconds": {"send": 1.235},
        "exit_code": 1,
        "error": "1 done, 1 failed of 2",
        "code": "rows-failed",
        "retryable": False,
        "notes": [],
        "files": {
            "success": str(tmp_path / "success.csv"),
            "failed": str(tmp_path / "failed.csv"),
            "workbook": str(tmp_path / "results.xlsx"),
            "summary": str(tmp_path / "summary.json"),
        },
    }


def test_results_need_an_outcome_for_every_row(tmp_path: Path) -> None:
    """A row that is still to be sent has no place in the results, so none are written."""
    with pytest.raises(BatchrolesError, match="1 of 2 rows still to be sent"):
        write_results(
            tmp_path / "run", simple(Status.ASSIGNED, None), summary_of(simple(Status.ASSIGNED, None))
        )
    assert not (tmp_path / "run").exists()


def test_the_terminal_text_shows_counts_first_failures_and_paths() -> None:
    """The text ends with the closing line and the paths, and shows one failure of each kind with its fix."""
    folder = Path("runs")
    assert summary_text(everything(), summary_of(everything(), folder)) == (
        "  assigned    1\n"
        "  unassigned  1\n"
        "  already     1\n"
        "  duplicate   2\n"
        "  invalid     1\n"
        "  refused     1\n"
        "  unknown     1\n"
        "  unsent      1\n"
        "\n"
        "failed, by cause:\n"
        "  no-permission   2\n"
        "  user-not-found  1\n"
        "\n"
        '  row 6, column "user": no user name sophia\n'
        "    Correct the user name.\n"
        "  rows 7 and 8: Moodle refused it (nopermissions)\n"
        "    Ask for moodle/role:assign.\n"
        "\n"
        "4 done, 3 failed, 1 unknown, 1 unsent of 9\n"
        f"  success   {folder / 'success.csv'}\n"
        f"  failed    {folder / 'failed.csv'}\n"
        f"  workbook  {folder / 'results.xlsx'}\n"
        f"  summary   {folder / 'summary.json'}"
    )


def test_the_terminal_text_of_a_clean_run_is_short() -> None:
    """Without failures there are the counts and the closing line."""
    assert summary_text(simple(Status.ASSIGNED), summary_of(simple(Status.ASSIGNED))) == (
        "  assigned  1\n\n1 done, 0 failed of 1"
    )


def test_outcomes_are_a_frame() -> None:
    """For a program the outcomes are a frame: the file's columns, then ours, one line per row."""
    what = plan(table(["user", "user"], {2: ["007", ""]}), [Line(2, Status.INVALID, 0)])
    expected = pd.DataFrame(
        [
            [
                "007",
                "",
                2,
                "invalid",
                "user-not-found",
                'row 2, column "user": no user name sophia',
                "Correct the user name.",
            ]
        ],
        columns=["user", "user", "_row", "_status", "_code", "_reason", "_fix"],
    )
    pd.testing.assert_frame_equal(outcomes(what), expected, check_dtype=False, check_column_type=False)


def test_the_terminal_text_of_a_check_tells_every_failure() -> None:
    """Where nothing was written, each wrong value is told with its rows, and how many rows can be sent."""
    rows = {2: ["anna"], 3: ["sophia"], 4: ["sophia"]}
    lines = [Line(2, None), Line(3, Status.INVALID, 0), Line(4, Status.INVALID, 0)]
    checked = plan(table(["user"], rows), lines)
    assert summary_text(checked, summary_of(checked)) == (
        "  to send  1\n"
        "  invalid  2\n"
        "\n"
        "cannot be sent, by cause:\n"
        "  user-not-found  2\n"
        "\n"
        '  rows 3 and 4, column "user": no user name sophia\n'
        "    Correct the user name.\n"
        "\n"
        "1 can be sent, 2 cannot, of 3"
    )


@pytest.mark.parametrize(
    ("rows", "column", "sheet", "said"),
    [
        ([7], "user", None, 'row 7, column "user"'),
        ([7, 9], "user", None, 'rows 7 and 9, column "user"'),
        ([7, 9, 1_200], "", None, "rows 7, 9 and 1200"),
        ([*range(2, 1_302)], "user", None, '1,300 rows (2, 3, 4, …), column "user"'),
        ([7, 9], "user", "Term 1", "Term 1, B7 and B9"),
        ([7, 9], "", "Term 1", "Term 1, rows 7 and 9"),
        ([*range(2, 302)], "user", "Term 1", "Term 1, 300 rows (B2, B3, B4, …)"),
    ],
)
def test_rows_that_are_wrong_in_the_same_way_are_named_together(
    rows: list[int], column: str, sheet: str | None, said: str
) -> None:
    """Up to three are named one by one, of more the first and their number, as cells where it is a workbook."""
    sheet_of_rows = table(["nr", "user"], {row: ["1", "sophia"] for row in rows}, sheet)
    problem = replace(NOT_FOUND, column=column)
    what = replace(plan(sheet_of_rows, [Line(row, Status.INVALID, 0) for row in rows]), problems=[problem])
    text = summary_text(what, summary_of(what))
    assert text.split("\n\n")[2] == f"  {said}: no user name sophia\n    Correct the user name."
