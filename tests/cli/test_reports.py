"""Reading names from reports as a person sees it: the note of a plan, and the setting."""

from pathlib import Path

import pytest

from batchroles.sandbox import serve
from samples import make_roster
from tests.cli.running import Shell

ROSTER = Path(make_roster.__file__).parent / "roster.xlsx"
USED = 'note: Read from the report "batchroles users" (2,003 rows, 3 calls, '
ABSENT = "note: core_reportbuilder_list_reports is not there"


def checked(shell: Shell, *flags: str, reports: bool = True, profile: str = "") -> str:
    """Check the sample roster on a site; give what is said."""
    with serve(reports=reports) as practice:
        shell.configure(f'default-site = "a"\n[site.a]\nurl = "{practice.url}"\n{profile}\n')
        ended = shell.run("check", str(ROSTER), "--no-probe", *flags, env={"MOODLE_TOKEN": practice.token})
    assert ended.code == 1
    return ended.err


def test_what_was_read_is_said(shell: Shell) -> None:
    """A note names the report with its rows, calls and seconds, how many it showed, and how many were looked up."""
    said = checked(shell)
    assert USED in said
    assert "s): 493 by ID number, 494 by user name; looked up besides: 2." in said


@pytest.mark.parametrize(
    ("flags", "profile", "reports", "notes"),
    [
        (["--no-reports"], "", True, []),
        ([], "reports = false", True, []),
        (["--reports"], "reports = false", True, [USED]),
        ([], "", False, []),
        ([], "reports = true", False, [ABSENT]),
    ],
)
def test_the_setting(shell: Shell, flags: list[str], profile: str, reports: bool, notes: list[str]) -> None:
    """Reports are left alone, used where they are there, or expected: then it is said why there are none."""
    said = checked(shell, *flags, profile=profile, reports=reports)
    assert [note for note in (USED, ABSENT) if note in said] == notes
