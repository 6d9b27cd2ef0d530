"""`batchroles template` without a site."""

from pathlib import Path

import openpyxl
from click.testing import CliRunner

from batchroles.cli.template import template
from batchroles.errors import InputError


def test_the_command_writes_a_template_with_the_roles_of_every_moodle(tmp_path: Path) -> None:
    """Without a site the drop-down has the standard roles that may be given in a course."""
    out = tmp_path / "roster.xlsx"
    result = CliRunner().invoke(template, [str(out)])
    assert (result.exit_code, result.output) == (
        0,
        f"{out} is ready to be filled in; its sheet Instructions says how.\n",
    )
    lists = list(openpyxl.load_workbook(out)["Lists"].values)
    assert [row[0] for row in lists] == ["role", "student", "teacher", "editingteacher", "manager"]


def test_the_command_writes_over_nothing_unless_forced(tmp_path: Path) -> None:
    """A file that exists is kept, until --force is given."""
    out = tmp_path / "roster.xlsx"
    out.write_text("mine", encoding="utf-8")
    assert isinstance(CliRunner().invoke(template, [str(out)]).exception, InputError)
    assert out.read_text("utf-8") == "mine"
    assert CliRunner().invoke(template, [str(out), "--force"]).exit_code == 0
    assert openpyxl.load_workbook(out).sheetnames == ["Roster", "Instructions", "Lists"]
