"""`batchroles template`, with a site and without."""

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from batchroles.cli.advice import template
from batchroles.errors import InputError
from batchroles.sandbox import default_site, serve


@pytest.fixture(autouse=True)
def no_site(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the environment says of a site."""
    for name in ("MOODLE_URL", "MOODLE_TOKEN", "BATCHROLES_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def site() -> Iterator[dict[str, str]]:
    """Serve the practice site with the plugin that lists roles, and name it as the environment does."""
    with serve(plugin=True) as practice:
        yield {"MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token}


def run(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(template, arguments, env=env)


def listed(out: Path) -> dict[str, list[str]]:
    """Return the lists behind the drop-downs."""
    columns = openpyxl.load_workbook(out)["Lists"].iter_cols(values_only=True)
    return {str(first): [str(cell) for cell in rest if cell] for first, *rest in columns if first}


def test_the_command_writes_a_template_with_the_roles_of_every_moodle(tmp_path: Path) -> None:
    """Without a site the drop-down has the standard roles that may be given in a course."""
    out = tmp_path / "roster.xlsx"
    result = run(str(out))
    assert (result.exit_code, result.output) == (
        0,
        f"{out} is ready to be filled in; its sheet Instructions says how.\n"
        f"batchroles check {out} says then what would happen, and sends nothing.\n",
    )
    assert listed(out) == {
        "role": ["student", "teacher", "editingteacher", "manager"],
        "action": ["assign", "unassign", "enrol", "unenrol"],
    }


def test_the_command_writes_over_nothing_unless_forced(tmp_path: Path) -> None:
    """A file that exists is kept, until --force is given."""
    out = tmp_path / "roster.xlsx"
    out.write_text("mine", encoding="utf-8")
    assert isinstance(run(str(out)).exception, InputError)
    assert out.read_text("utf-8") == "mine"
    assert run(str(out), "--force").exit_code == 0
    assert openpyxl.load_workbook(out).sheetnames == ["Roster", "Instructions", "Lists"]


def test_with_a_site_the_roles_are_its_own(tmp_path: Path, site: dict[str, str]) -> None:
    """Where a site is named, its roles are offered, but for those that Moodle gives to everybody."""
    assert run(str(tmp_path / "t.xlsx"), env=site).exit_code == 0
    offered = listed(tmp_path / "t.xlsx")
    names = [role["shortname"] for role in default_site()["roles"]]
    assert set(offered["role"]) == set(names) - {"guest", "user", "frontpage"}
    assert "course" not in offered


def test_courses_are_offered_on_request(tmp_path: Path, site: dict[str, str]) -> None:
    """With --with-courses every course that the token sees can be picked, in the order of the alphabet."""
    assert run(str(tmp_path / "t.xlsx"), "--with-courses", env=site).exit_code == 0
    names = [course["shortname"] for course in default_site()["courses"] if course["id"] != 1]
    assert listed(tmp_path / "t.xlsx")["course"] == sorted(names)


def test_offline_asks_no_site(tmp_path: Path, site: dict[str, str]) -> None:
    """With --offline a site that is named is left alone."""
    assert run(str(tmp_path / "t.xlsx"), "--offline", env=site | {"MOODLE_TOKEN": "wrong"}).exit_code == 0
    assert listed(tmp_path / "t.xlsx")["role"] == ["student", "teacher", "editingteacher", "manager"]


def test_courses_need_a_site(tmp_path: Path) -> None:
    """--with-courses without a site, or with --offline, is refused, and nothing is written."""
    assert isinstance(run(str(tmp_path / "t.xlsx"), "--with-courses").exception, InputError)
    assert run(str(tmp_path / "t.xlsx"), "--with-courses", "--offline").exit_code == 2
    assert list(tmp_path.iterdir()) == []
