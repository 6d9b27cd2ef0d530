"""The front door for Python: load, plan, apply, retry, undo; DataFrames in and out."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from inspect import signature
from pathlib import Path
from typing import Any, Literal, TypeAlias, assert_type

import pandas as pd
import pytest

import batchroles
from batchroles import errors
from batchroles.guide import guide
from batchroles.job import Turn
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.job.helpers import holdings, recorded_site, write_csv

Kind: TypeAlias = Literal["float64", "float32", "Float32", "object"]
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


@contextmanager
def site_with_a_client() -> Iterator[tuple[Practice, batchroles.Moodle]]:
    """Give a practice site and a client for it."""
    with serve(recorded_site()) as practice, batchroles.Moodle(practice.url, practice.token) as moodle:
        yield practice, moodle


def test_a_run_goes_all_its_ways_from_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the commands do with a run is done from Python: look at it, retry, undo, and undo once more."""
    monkeypatch.chdir(tmp_path)
    path = write_csv(tmp_path / "roster.csv", HEADER, ROWS[:2])
    with site_with_a_client() as (practice, moodle):
        before = holdings(practice)
        first = batchroles.apply(batchroles.plan(path, moodle), moodle)
        failed = first.folder / "failed.csv"
        failed.write_text(failed.read_text("utf-8-sig").replace("nobody", "u21"), "utf-8-sig")
        again = batchroles.retry("last", moodle)
        assert again.rows["username"].tolist() == ["u21"]
        assert any("u21" in note for note in again.summary.notes)
        second = batchroles.apply(again, moodle)
        assert (second.rows["_status"].tolist(), second.folder.name.endswith("-roster-retry")) == (
            ["assigned"],
            True,
        )
        assert len(holdings(practice) - before) == 2
        for run in (first, second):
            taken_back = batchroles.apply(batchroles.undo(run, moodle), moodle)
            assert taken_back.rows["_status"].tolist() == ["unassigned"]
            assert "-roster-undo" in taken_back.folder.name
            assert len(batchroles.undo(run, moodle).rows) == 0
        assert holdings(practice) == before
    seen = batchroles.open_run("roster-retry")
    assert seen.rows.equals(second.rows)
    assert (seen.finished, seen.summary.tally, repr(seen)) == (True, second.summary.tally, repr(second))
    with pytest.raises(batchroles.RunError, match="no run is called spring"):
        batchroles.open_run("spring")


def test_names_are_strict_from_python(tmp_path: Path) -> None:
    """`strict_names` sends nobody who is named otherwise in Moodle, also in a retry of the run; else it is said."""
    rows = pd.DataFrame(
        {"idnumber": ["0000002"], "name": ["Abel, Anna"], "role": ["student"], "course": ["C-NOMAN"]}
    )
    with site_with_a_client() as (practice, moodle):
        before = holdings(practice)
        strict = batchroles.plan(rows, moodle, strict_names=True)
        assert strict.rows[["_status", "_code"]].values.tolist() == [["invalid", "name-differs"]]
        failed = batchroles.apply(strict, moodle, out=tmp_path / "run")
        assert batchroles.retry(failed, moodle).rows["_status"].tolist() == ["invalid"]
        assert holdings(practice) == before
        plain = batchroles.plan(rows, moodle)
        assert plain.rows[["_status", "_code"]].values.tolist() == [["", "name-differs"]]
        assert plain.rows["_reason"][0].endswith(
            "The file says Anna Abel, Moodle's account u02 is Ben Becker."
        )
        with pytest.raises(batchroles.InputError, match="strict_names='yes'"):
            batchroles.plan(rows, moodle, strict_names="yes")  # type: ignore[arg-type]
        with pytest.raises(batchroles.InputError, match="the file has none"):
            batchroles.plan(rows.drop(columns="name"), moodle, strict_names=True)


def test_people_are_enrolled_from_python(tmp_path: Path) -> None:
    """`action="enrol"` enrols with dates, `enrol=True` enrols along with assigning, and `undo` takes both back."""
    rows = pd.DataFrame(
        {"user": ["u17"], "role": ["student"], "course": ["C-ART-201"], "start": ["2030-01-31"]}
    )
    with site_with_a_client() as (practice, moodle):
        before = practice.state()["user_enrolments"]
        plan = batchroles.plan(rows, moodle, action="enrol", time_zone="Europe/Berlin")
        first = batchroles.apply(plan, moodle, out=tmp_path / "first")
        other = rows.assign(course="C-DUP-2").drop(columns="start")
        along = batchroles.apply(batchroles.plan(other, moodle, enrol=True), moodle, out=tmp_path / "along")
        assert [one.rows["_status"].tolist() for one in (first, along)] == [["enrolled"], ["enrolled"]]
        made = practice.state()["user_enrolments"][len(before) :]
        assert [row["timestart"] for row in made] == [1896044400, 0]
        for one in (first, along):
            batchroles.apply(batchroles.undo(one, moodle), moodle, out=tmp_path / f"{one.folder.name}-undone")
        assert practice.state()["user_enrolments"] == before
    with pytest.raises(batchroles.InputError, match="date_format='ymd': give None, 'dmy', 'mdy'"):
        batchroles.plan(rows, None, date_format="ymd")  # type: ignore[arg-type]


def test_a_stopped_run_is_gone_on_with(tmp_path: Path) -> None:
    """A run that a guard stopped is not finished; applying it by its folder sends the rest."""
    rows = [("nobody", "student", "C-NOMAN", ""), ("u18", "student", "C-NOMAN", "")]
    path = write_csv(tmp_path / "roster.csv", HEADER, rows)
    with site_with_a_client() as (_, moodle):
        made = batchroles.plan(path, moodle)
        stopped = batchroles.apply(made, moodle, out=tmp_path / "run", max_errors=0)
        assert (stopped.finished, stopped.summary.exit_code) == (False, 3)
        assert stopped.rows["_status"].tolist() == ["invalid", "unsent"]
        assert not batchroles.open_run(tmp_path / "run").finished
        done = batchroles.apply(stopped, moodle)
        assert (done.finished, done.rows["_status"].tolist()) == (True, ["invalid", "assigned"])
        with pytest.raises(batchroles.InputError, match="out is for a new run"):
            batchroles.apply(tmp_path / "run", moodle, out=tmp_path / "other")


def test_progress_and_calls_are_those_of_one_job(tmp_path: Path) -> None:
    """A callback is told of every phase up to its end, and two jobs with one client each count their own calls."""
    path = write_csv(tmp_path / "roster.csv", HEADER, ROWS[:1])
    told: list[tuple[str, int, int]] = []
    with site_with_a_client() as (practice, moodle):
        made = batchroles.plan(path, moodle, progress=lambda *step: told.append(step))
        result = batchroles.apply(
            made, moodle, out=tmp_path / "run", progress=lambda *step: told.append(step)
        )
        assert result.summary.calls == practice.calls()
        other = batchroles.plan(path, moodle)
        assert sum(made.summary.calls.values()) < sum(practice.calls().values())
        assert sum(other.summary.calls.values()) < sum(practice.calls().values())
    assert ("sending", 1, 1) in told
    assert {what for what, _, _ in told} > {"sending", "probing", "courses"}
    ends = {what: (done, total) for what, done, total in told}
    assert all(done == total for done, total in ends.values())


def test_a_dataframe_is_read_as_the_spreadsheet_that_it_could_be(tmp_path: Path) -> None:
    """Text stays, numbers lose and gain nothing, what is missing is blank, and the index plays no part."""
    frame = pd.DataFrame(
        {
            "username": ["u18", " u19", "nobody", None],
            "roleid": [5.0, 5.0, 5.0, float("nan")],
            "course": pd.Categorical(["C-NOMAN"] * 3 + [None]),
            "zeros": ["007", "NA", "=1+1", ""],
            "whole": pd.array([7, None, 2**62 + 1, 0], dtype="Int64"),
            "mixed": [1, True, Decimal("7.10"), 2.5],
            "none": [Decimal("sNaN"), Decimal("NaN"), float("nan"), None],
            "day": [pd.Timestamp("2026-09-01"), pd.NaT, pd.Timestamp("2026-09-02"), None],
        },
        index=["a", "a", "b", "c"],
    )
    with site_with_a_client() as (_, moodle):
        result = batchroles.apply(batchroles.plan(frame, moodle), moodle, out=tmp_path / "run")
    again = batchroles.open_run(tmp_path / "run")
    for rows in (result.rows, again.rows, batchroles.load(tmp_path / "run" / "input.csv")):
        assert rows["username"].tolist() == ["u18", " u19", "nobody", ""]
        assert rows["roleid"].tolist() == ["5", "5", "5", ""]
        assert rows["zeros"].tolist() == ["007", "NA", "=1+1", ""]
        assert rows["none"].tolist() == ["", "", "", ""]
        assert rows["whole"].tolist() == ["7", "", "4611686018427387905", "0"]
        assert rows["mixed"].tolist() == ["1", "TRUE", "7.10", "2.5"]
        assert rows["day"].tolist() == ["2026-09-01 00:00:00", "", "2026-09-02 00:00:00", ""]
    assert result.rows["_row"].tolist() == [2, 3, 4, 5]
    assert result.rows["_status"].tolist() == ["assigned", "assigned", "invalid", "invalid"]
    assert (result.summary.input, again.summary.input) == ("DataFrame", "DataFrame")


@pytest.mark.parametrize(
    ("number", "kind"),
    [(2.0**53, "float64"), (2.0**24, "float32"), (2.0**24, "Float32"), (2.0**53, "object")],
)
def test_an_id_that_a_float_cannot_keep_is_nobody(number: float, kind: Kind) -> None:
    """A number from which on a float has no place for every whole number is a bad value: the person may be another."""
    frame = pd.DataFrame({"userid": [number - 1, number]}).astype(kind)
    made = batchroles.plan(frame, None, role="student", context="course:A")
    assert made.rows["_code"].tolist() == ["", "bad-value"]
    assert made.rows["userid"].tolist()[0] == str(int(number) - 1)


@pytest.mark.parametrize("header", ["sep=;", "%PDF", "<table>"])
def test_a_header_is_never_taken_for_the_beginning_of_another_kind_of_file(header: str) -> None:
    """What tells Excel a delimiter, or looks like a PDF or a web page in a file, is a header in a DataFrame."""
    frame = pd.DataFrame({header: [7, 8]})
    made = batchroles.plan(frame, None, role="student", context="course:A", column_map={header: "userid"})
    assert made.rows[header].tolist() == ["7", "8"]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame({0: ["u18"]}), "has a column 0: its headers have to be text"),
        (pd.DataFrame({"username": ["u18", ["u19"]]}), 'a list in the column "username", at the place 1'),
        (pd.DataFrame({"username": ["u18\ud800"]}), "which is no character"),
        (pd.DataFrame({"colour": ["red"]}), "^the DataFrame: no column for a user"),
        (pd.DataFrame(), "^the DataFrame is empty"),
    ],
)
def test_what_is_wrong_with_a_dataframe_is_said_of_it(frame: pd.DataFrame, said: str) -> None:
    """A frame that is no table of people, roles and places is refused by name, and leaves no file behind."""
    with pytest.raises(batchroles.InputError, match=said):
        batchroles.plan(frame, None)


def test_wrong_arguments_are_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is told by its name, no folder is made, and the site is not asked; mypy refuses most of them, too."""
    monkeypatch.chdir(tmp_path)
    path = write_csv(tmp_path / "roster.csv", HEADER, ROWS)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    with site_with_a_client() as (practice, moodle), serve(recorded_site()) as elsewhere:
        made, offline = batchroles.plan(path, moodle), batchroles.plan(path, None)
        other = batchroles.Moodle(elsewhere.url, elsewhere.token)
        asked = practice.calls()
        wrong: dict[str, Callable[[], object]] = {
            "file is": lambda: batchroles.plan(5, moodle),  # type: ignore[arg-type]
            "action='foo'": lambda: batchroles.plan(path, moodle, action="foo"),  # type: ignore[arg-type]
            "format='foo'": lambda: batchroles.plan(path, moodle, format="foo"),
            "match_user_by='x'": lambda: batchroles.plan(path, moodle, match_user_by="x"),  # type: ignore[arg-type]
            "role=5": lambda: batchroles.plan(path, moodle, role=5),  # type: ignore[arg-type]
            "role_map=": lambda: batchroles.plan(path, moodle, role_map=["a"]),  # type: ignore[arg-type]
            "role_map['a']=1.5": lambda: batchroles.plan(path, moodle, role_map={"a": 1.5}),  # type: ignore[dict-item]
            "probe=1": lambda: batchroles.plan(path, moodle, probe=1),  # type: ignore[arg-type]
            "progress=": lambda: batchroles.plan(path, moodle, progress="bar"),  # type: ignore[arg-type]
            "moodle is a str": lambda: batchroles.plan(path, practice.token),  # type: ignore[arg-type]
            "visible_rows are for files": lambda: batchroles.plan(pd.DataFrame(), moodle, sheet="A"),
            "run=5": lambda: batchroles.apply(5, moodle),  # type: ignore[arg-type]
            "chunk_size=0": lambda: batchroles.apply(made, moodle, chunk_size=0),
            "chunk_size=2.5": lambda: batchroles.apply(made, moodle, chunk_size=2.5),  # type: ignore[arg-type]
            "rate=nan": lambda: batchroles.apply(made, moodle, rate=float("nan")),
            "max_duration=-1": lambda: batchroles.apply(made, moodle, max_duration=-1),
            "max-errors few": lambda: batchroles.apply(made, moodle, max_errors="few"),
            "max-errors -1": lambda: batchroles.apply(made, moodle, max_errors=-1),
            "max-errors True": lambda: batchroles.apply(made, moodle, max_errors=True),
            "if_locked='x'": lambda: batchroles.apply(made, moodle, if_locked="x"),  # type: ignore[arg-type]
            "taken is not empty": lambda: batchroles.apply(made, moodle, out="taken"),
            "no site at all": lambda: batchroles.apply(offline, moodle),
            "ids mean other people": lambda: batchroles.apply(made, other),
            "also_unknown='yes'": lambda: batchroles.undo("x", moodle, also_unknown="yes"),  # type: ignore[arg-type]
        }
        for said, call in wrong.items():
            with pytest.raises(batchroles.InputError) as refused:
                call()
            # Numbers are shown as they are written; a token is never shown.
            assert said.partition(" is")[0] in str(refused.value), said
            assert practice.token not in str(refused.value)
        assert practice.calls() == asked
    assert sorted(one.name for one in tmp_path.iterdir()) == ["roster.csv", "taken"]


def test_a_busy_site_leaves_a_run_that_is_applied_later(tmp_path: Path) -> None:
    """Where another run has the site, SiteBusy is raised, and the run can be applied when that one has ended."""
    path = write_csv(tmp_path / "roster.csv", HEADER, ROWS[:1])
    with site_with_a_client() as (_, moodle):
        made = batchroles.plan(path, moodle)
        with Turn(moodle) as turn:
            turn.take(tmp_path / "another")
            with pytest.raises(batchroles.SiteBusy, match="another"):
                batchroles.apply(made, moodle, out=tmp_path / "run", if_locked="fail")
        assert not batchroles.open_run(tmp_path / "run").finished
        assert batchroles.apply(tmp_path / "run", moodle).finished


def test_roles_are_listed_with_their_origin() -> None:
    """The roles of a site come with id, names and where the id was learned; words of one's own stand first."""
    with site_with_a_client() as (_, moodle):
        found = batchroles.roles(moodle, role_map={"Dozent": 3})
    first = found.roles[0]
    assert (first.id, first.shortname, first.origin) == (3, "Dozent", "--role-map")
    assert "student" in [role.shortname for role in found.roles]


def test_what_a_script_uses_has_a_type(tmp_path: Path) -> None:
    """A user's script is checked against real types: none of what it is given is `Any`."""
    path = write_csv(tmp_path / "roster.csv", HEADER, ROWS[:1])
    with batchroles.sandbox.serve(recorded_site()) as practice:
        moodle = batchroles.Moodle(practice.url, practice.token)
        made = assert_type(batchroles.plan(path, moodle), batchroles.Plan)
        result = assert_type(batchroles.apply(made, moodle, out=tmp_path / "run"), batchroles.Result)
        assert_type(batchroles.roles(moodle).roles[0], batchroles.KnownRole)
    assert_type(result.rows, pd.DataFrame)
    assert_type(made.rows, pd.DataFrame)
    assert_type(result.finished, bool)
    assert_type(result.folder, Path)
    assert_type(result.summary, batchroles.Summary)
    assert_type(result.summary.tally.done, int)
    assert_type(batchroles.open_run(result.folder), batchroles.Result)
    assert issubclass(assert_type(batchroles.SiteBusy, type[batchroles.SiteBusy]), batchroles.BatchrolesError)


def test_the_package_lists_what_it_has() -> None:
    """`dir(batchroles)` shows every function, class and exception before any is used, and no helpers."""
    code = "import batchroles; print([name for name in dir(batchroles) if not name.startswith('_')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(sorted(batchroles.__all__))
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    wanted = {kind.__name__ for kind in kinds if issubclass(kind, batchroles.BatchrolesError)} - {
        "Interrupted"
    }
    assert wanted < set(batchroles.__all__)


def test_the_guide_tells_of_every_name() -> None:
    """Every function, class and exception that is offered is in the guide to it, and so is every argument of a run."""
    told = set(re.findall(r"\w+", guide("library")))
    assert set(batchroles.__all__) - told == set()
    takes = {name for one in (batchroles.apply, batchroles.undo) for name in signature(one).parameters}
    assert takes <= told


def test_the_practice_site_is_reached_through_the_package() -> None:
    """`batchroles.sandbox.serve` is there after `import batchroles` alone."""
    code = "import batchroles\nwith batchroles.sandbox.serve() as practice: print(practice.url.startswith('http'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


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


def test_a_sync_follows_a_list_from_python(tmp_path: Path) -> None:
    """A list that is planned as a sync gives what is new and takes away what an earlier list had; much is withheld."""
    with serve() as practice, batchroles.Moodle(practice.url, practice.token) as moodle:
        people = [user["username"] for user in practice.raw["users"][10:40]]
        course = practice.raw["courses"][60]["shortname"]

        def nightly(number: int, names: list[str], **how: Any) -> batchroles.Result:
            frame = pd.DataFrame({"username": names, "role": "student", "course": course})
            plan = batchroles.plan(frame, moodle, sync="students", state=tmp_path / "state", **how)
            return batchroles.apply(plan, moodle, out=tmp_path / f"run-{number}")

        nightly(0, people, rules=batchroles.Rules(adopt=True))
        assert nightly(1, people[2:]).summary.tally.statuses["unassigned"] == 2
        kept = nightly(2, people[14:])
        assert (kept.summary.tally.withheld, kept.summary.exit_code) == (12, 3)
        sent = batchroles.apply(kept, moodle, approve_removals=12)
        assert (sent.summary.tally.withheld, sent.summary.exit_code) == (0, 0)
        with pytest.raises(batchroles.StoppedByGuard):
            nightly(3, people[29:])
        with pytest.raises(batchroles.InputError, match="give its name as sync"):
            batchroles.plan(pd.DataFrame(), moodle, rules=batchroles.Rules())
