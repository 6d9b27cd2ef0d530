"""`batchroles export`: what it writes, says and refuses, and which settings it takes from a profile."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import batchroles
from batchroles.job.census import layout
from batchroles.job.census.exported import read_export
from batchroles.sandbox.wire.practice import Practice
from tests.cli.running import Shell
from tests.cli.test_json import told
from tests.job.helpers import moodle_at
from tests.job.newer import newer


@pytest.fixture(scope="module")
def running() -> Iterator[Practice]:
    """Serve the recorded site with its reports; nothing here changes it."""
    with newer() as practice:
        yield practice


@pytest.fixture
def site(running: Practice, monkeypatch: pytest.MonkeyPatch, shell: Shell) -> Practice:  # noqa: ARG001 - comes first
    """Name the site in the environment."""
    monkeypatch.setenv("MOODLE_URL", running.url)
    monkeypatch.setenv("MOODLE_TOKEN", running.token)
    return running


def test_it_writes_and_says_how_much(shell: Shell, site: Practice) -> None:  # noqa: ARG001
    """The file and the figures are what is printed, and how it was read is a note."""
    ended = shell.run("export", "who.csv", "--role", "teacher", "--user", "u01", "--user", "u05", "--review")
    assert ended.out == "who.csv: 2 holdings of 2 people.\n"
    assert "who has which role where" in ended.err
    back = read_export(Path("who.csv"))
    assert back.about.scope == layout.Scope(roles=("teacher",), users=("u01", "u05"))
    assert back.rows[layout.CONTEXT].tolist() == ["course:C-PHY-101", "module:1"]
    assert back.has_decisions


def test_the_figures_as_json(shell: Shell, site: Practice) -> None:  # noqa: ARG001
    """With --json the figures are what the schema says."""
    content = told(shell.run("export", "who.xlsx", "--below", "id=3", "--json"), "export")
    assert (content["holdings"], content["roles"]["student"]) == (24, 15)
    assert content["given_by"] == {"by hand": 21, "cohort sync (enrol_cohort)": 3}
    assert content["scope"]["below"] == ["id=3"]
    assert [one.name for one in Path().iterdir()] == ["who.xlsx"]


def test_what_cannot_be_written_is_refused_before_the_site_is_asked(shell: Shell, site: Practice) -> None:
    """A file that is there, one of another kind, and sheets in CSV end it with 2, and no call is made."""
    Path("who.csv").write_text("mine", encoding="utf-8")
    before = site.calls()
    assert "write over it with --force" in shell.run("export", "who.csv").err
    assert "must end in .xlsx or .csv" in shell.run("export", "who.txt").err
    ended = shell.run("export", "new.csv", "--sheets", "owner")
    assert (ended.code, site.calls()) == (2, before)
    assert "--sheets is for a workbook" in ended.err
    assert Path("who.csv").read_text(encoding="utf-8") == "mine"
    assert shell.run("export", "who.csv", "--force").code == 0


def test_a_profile_narrows_no_export(shell: Shell, site: Practice) -> None:
    """The role that a profile gives to files without one is no scope of an export; neither is its variable."""
    shell.configure(
        f'default-site = "here"\n[site.here]\nurl = "{site.url}"\nrole = "student"\ncontext = "system"\n'
    )
    shell.run("export", "who.csv", "--site", "here", env={"BATCHROLES_ROLE": "teacher"})
    assert len(read_export(Path("who.csv")).rows) == 40


def test_the_library_gives_the_same(site: Practice) -> None:
    """`batchroles.export` gives the table as a DataFrame, which `plan` finds to be so already."""
    moodle = moodle_at(site)
    frame = batchroles.export(moodle, role=["student", "mentor"], review=True)
    assert set(frame[layout.ROLE]) == {"student", "mentor"}
    assert "who has which role where" in frame.attrs["notes"][0]
    tally = batchroles.plan(frame, moodle).summary.tally
    assert tally.statuses == {"already": len(frame) - 1, "duplicate": 1}
    with pytest.raises(batchroles.InputError, match="role='student': give a list of texts"):
        batchroles.export(moodle, role="student")
