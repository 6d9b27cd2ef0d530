"""The front door for Python: load, plan, apply, results as DataFrames."""

import subprocess
import sys
from pathlib import Path

import pytest

import batchroles
from batchroles.sandbox import serve
from tests.job.helpers import holdings, recorded_site, write_csv

HEADER = ["username", "role", "course", "remark"]
ROWS = [
    ("u18", "student", "C-NOMAN", "new"),
    ("nobody", "student", "C-NOMAN", "typo"),
    ("u18", "student", "C-NOMAN", ""),
]


def test_a_file_becomes_a_table_of_text_with_the_spreadsheets_row_numbers(tmp_path: Path) -> None:
    """Load gives every cell as text: leading zeros and `NA` stay, blank lines count, blank cells are empty."""
    path = tmp_path / "roster.csv"
    path.write_text("username,idnumber\nanna,007\n\nNA,\n", encoding="utf-8")
    table = batchroles.load(path)
    assert table.index.tolist() == [2, 4]
    assert table.to_dict("list") == {"username": ["anna", "NA"], "idnumber": ["007", ""]}


def test_plan_and_apply_give_dataframes(tmp_path: Path) -> None:
    """A plan writes nothing on the site; applying it accounts for every row, with the file's own columns first."""
    path = write_csv(tmp_path / "roster.csv", HEADER, ROWS)
    with serve(recorded_site()) as practice:
        before = holdings(practice)
        with batchroles.Moodle(practice.url, practice.token) as moodle:
            plan = batchroles.plan(path, moodle)
            assert holdings(practice) == before
            result = batchroles.apply(plan, moodle, out=tmp_path / "run")
        assert len(holdings(practice) - before) == 1
    assert plan.plan.lines.frame()["status"].astype(object).fillna("to send").tolist() == [
        "to send",
        "invalid",
        "duplicate",
    ]
    assert list(result.rows.columns) == [*HEADER, "_row", "_status", "_code", "_reason", "_fix"]
    assert result.rows["remark"].tolist() == ["new", "typo", ""]
    assert result.rows["_status"].tolist() == ["assigned", "invalid", "duplicate"]
    assert (result.summary.tally.done, result.summary.tally.failed, result.summary.exit_code) == (2, 1, 1)
    assert {"failed.csv", "success.csv", "results.xlsx", "summary.json"} < {
        file.name for file in result.folder.iterdir()
    }


def test_an_unknown_name_is_an_attribute_error() -> None:
    """The package has the names that it says it has, and no other."""
    assert all(hasattr(batchroles, name) for name in batchroles.__all__)
    with pytest.raises(AttributeError, match="no attribute 'assgin'"):
        batchroles.assgin  # noqa: B018 - the access is what is tested


def test_importing_the_package_imports_nothing_heavy() -> None:
    """`import batchroles` and `--help` leave pandas, requests and Flask alone."""
    code = (
        "import batchroles, sys; from importlib import import_module\n"
        "main = import_module('batchroles.cli.main')\n"
        "from click.testing import CliRunner\n"
        "assert CliRunner().invoke(main.batchroles, ['--help']).exit_code == 0\n"
        "print(sorted({'pandas', 'numpy', 'requests', 'flask', 'openpyxl'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
