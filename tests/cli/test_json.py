"""What every command prints with --json, for each exit code: one text that fits the schema that the package brings."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from batchroles import guide
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.cli.running import Ended, Shell
from tests.client.odd_server import Reply
from tests.client.odd_server import serve as serve_odd
from tests.docs import live
from tests.job.helpers import recorded_site, write_csv

SCHEMA = json.loads(guide.schema())
HEADER = ["username", "role", "course"]
GOOD = [("u21", "student", "C-ART-201"), ("u22", "student", "C-ART-201")]
BAD = ("nobody", "student", "C-PHY-102")
REFUSAL = json.dumps(
    {"exception": "moodle_exception", "errorcode": "invalidtoken", "message": "Invalid token"}
)


@pytest.fixture(scope="module")
def running() -> Iterator[Practice]:
    with serve(recorded_site()) as practice:
        yield practice


@pytest.fixture
def site(running: Practice, monkeypatch: pytest.MonkeyPatch, shell: Shell) -> Practice:  # noqa: ARG001 - comes first
    running.reset()
    monkeypatch.setenv("MOODLE_URL", running.url)
    monkeypatch.setenv("MOODLE_TOKEN", running.token)
    return running


def told(ended: Ended, kind: str) -> Any:
    """Give what was printed, which fits one part of the schema and the whole of it."""
    content = json.loads(ended.out)
    for schema in ({**SCHEMA, "anyOf": [{"$ref": f"#/$defs/{kind}"}]}, SCHEMA):
        Draft202012Validator(schema).validate(content)
    if isinstance(content, dict) and kind != "config":
        assert content["exit_code"] == ended.code
        assert (content["error"] is None, content["code"] is None) == (ended.code == 0,) * 2
    return content


def test_the_schema_is_one_and_can_be_printed(shell: Shell) -> None:
    """`batchroles guide --schema` prints a valid JSON Schema."""
    printed = json.loads(shell.run("guide", "--schema").out)
    Draft202012Validator.check_schema(printed)
    assert printed == SCHEMA


def test_every_command_that_can_print_json_is_in_the_schema() -> None:
    """The schema says of each command with --json what it prints."""
    with_json = {
        name for name, command in live.commands().items() if any(p.name == "as_json" for p in command.params)
    }
    said = " ".join(part.get("description", "") for part in SCHEMA["$defs"].values())
    assert with_json <= set(re.findall(r"[a-z]+", said))


def test_a_run_from_its_plan_to_its_undo(shell: Shell, site: Practice) -> None:  # noqa: ARG001
    """Every command for a file or a run prints JSON of its kind, whether rows failed (1) or not (0)."""
    some = write_csv(Path("some.csv"), HEADER, [*GOOD, BAD]).name
    good = write_csv(Path("good.csv"), HEADER, GOOD).name
    for command in ("check", "plan"):
        content = told(shell.run(command, some, "--json"), "plan")
        assert (content["exit_code"], content["code"]) == (1, "rows-failed")
        assert content["to_send"] == {"assign": 2}
        assert [(one["row"], one["user"], one["status"]) for one in content["lines"]] == [
            (2, "u21", None),
            (3, "u22", None),
            (4, "nobody", "invalid"),
        ]
        assert content["problems"][content["lines"][2]["problem"]]["value"] == "nobody"
    assert told(shell.run("check", good, "--json", "--offline"), "plan")["exit_code"] == 0
    assert told(shell.run("apply", "last", "--json"), "summary")["exit_code"] == 1
    assert told(shell.run("retry", "last", "--json"), "summary")["exit_code"] == 1
    shown = shell.run("show", "last", "--json")
    assert told(Ended(1, shown.out, ""), "summary")["run"].endswith(
        "some-retry"
    )  # its code is that of showing
    assert told(shell.run("undo", "some-retry", "--json"), "error")["code"] == "run"
    assert told(shell.run("unassign", good, "--json"), "summary")["exit_code"] == 0
    assert told(shell.run("assign", good, "--json"), "summary")["exit_code"] == 0
    assert told(shell.run("undo", "last", "--json"), "summary")["exit_code"] == 0
    runs = told(shell.run("runs", "--json"), "runs")
    assert len(runs) == 5
    assert [one["pending"] for one in runs] == [0] * 5
    assert told(shell.run("runs", "--json", "--older-than", "0d"), "runs")[0]["kept"] is None


def test_names_that_differ(shell: Shell, site: Practice) -> None:  # noqa: ARG001
    """A name that differs from Moodle's is counted among the remarks, and is its line's problem with both names."""
    named = write_csv(
        Path("named.csv"), ["username", "name", *HEADER[1:]], [("u21", "Otto Berg", *GOOD[0][1:])]
    )
    for flags, status, counts in ((), None, "remarks"), (("--strict-names",), "invalid", "codes"):
        content = told(shell.run("check", named.name, "--json", *flags), "plan")
        (line,) = content["lines"]
        assert (line["status"], content[counts]) == (status, {"name-differs": 1})
        problem = content["problems"][line["problem"]]
        assert problem["value"] == "Otto Berg"
        assert problem["reason"] == "The file says Otto Berg, Moodle's account u21 is Same Mail One."


def test_dates_of_enrolments(shell: Shell) -> None:
    """A line has the dates of its enrolment in UTC."""
    write_csv(Path("dated.csv"), ["action", *HEADER, "start", "end"], [("enrol", *GOOD[0], "2026-09-01", "")])
    content = told(
        shell.run("check", "dated.csv", "--offline", "--time-zone", "Europe/Vienna", "--json"), "plan"
    )
    assert [(one["start"], one["end"]) for one in content["lines"]] == [("2026-08-31T22:00:00+00:00", None)]


def test_a_sync(shell: Shell, site: Practice) -> None:  # noqa: ARG001
    """A sync prints what it did (0, 1) or would do, that a guard stopped it (3), and what is wrong with it (2)."""
    words = ["--name", "students", "--state", "state", "--json"]
    write_csv(Path("some.csv"), HEADER, [*GOOD, BAD])
    assert told(shell.run("sync", "some.csv", *words, "--dry-run"), "plan")["exit_code"] == 1
    assert told(shell.run("sync", "some.csv", *words), "summary")["exit_code"] == 1
    content = told(shell.run("sync", "some.csv", *words, "--only-new"), "summary")
    assert (content["exit_code"], content["new"], content["known"]) == (0, 0, 1)
    guarded = told(shell.run("sync", "some.csv", *words, "--min-rows", "9"), "error")
    assert (guarded["exit_code"], guarded["code"], guarded["retryable"]) == (3, "guard", False)
    write_csv(Path("less.csv"), HEADER, GOOD[:1])
    withheld = told(
        shell.run("sync", "less.csv", *words, "--max-removals", "0", "--min-rows", "1"), "summary"
    )
    assert (withheld["exit_code"], withheld["code"], withheld["statuses"]["withheld"]) == (3, "guard", 1)
    assert told(shell.run("sync", "some.csv", "--json"), "error")["code"] == "usage"


def test_what_asks_only(shell: Shell, site: Practice) -> None:  # noqa: ARG001
    """`roles`, `doctor` and `config` print JSON of their kinds."""
    assert "student" in [one["shortname"] for one in told(shell.run("roles", "--json"), "roles")]
    assert told(shell.run("doctor", "--json"), "doctor")["exit_code"] == 0
    assert told(shell.run("config", "--json"), "config")


def test_wrong_usage_and_input(shell: Shell, site: Practice) -> None:  # noqa: ARG001
    """What cannot be used (2) is told in JSON, whatever is wrong: a flag, a value, an argument, a file, a setting."""
    usage = [
        ["assign", "x.csv", "--json", "--chunk-size", "x"],
        ["assign", "--chunksize", "5", "x.csv", "--json"],
        ["assign", "x.csv", "--json", "--log-format", "x"],
        ["check", "--json"],
        ["runs", "--json", "--forget"],
    ]
    for words in usage:
        assert told(shell.run(*words), "error")["code"] == "usage"
    for words in (["check", "x.csv"], ["assign", "x.csv", "--deadline", "noon"], ["plan", "x.csv"]):
        assert told(shell.run(*words, "--json"), "error")["code"] == "input"
    for words in (["apply", "x"], ["retry", "x"], ["undo", "last"], ["show", "x"]):
        assert told(shell.run(*words, "--json"), "error")["code"] == "run"
    shell.configure('[site.a]\nurl = "https://x.example.edu"\njson = true\nchunk-size = "many"\n')
    assert told(shell.run("assign", "x.csv", "--site", "a"), "error")["code"] == "usage"


def test_a_guard_stops(shell: Shell, site: Practice) -> None:  # noqa: ARG001
    """A run that --max-errors stopped (3) says so in its summary."""
    write_csv(Path("some.csv"), HEADER, [*GOOD, BAD])
    content = told(shell.run("assign", "some.csv", "--json", "--max-errors", "0"), "summary")
    assert (content["exit_code"], content["code"], content["retryable"]) == (3, "guard", False)
    assert content["error"] == "stopped by --max-errors: 1 row failed, 0 are allowed"


@pytest.mark.parametrize("words", [["check", "good.csv"], ["assign", "good.csv"], ["roles"]])
def test_the_site_refuses_or_does_not_answer(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """A token that the site does not know (4) and a site that is not there (5) are told with whether to try again."""
    write_csv(Path("good.csv"), HEADER, GOOD)
    monkeypatch.setenv("MOODLE_TOKEN", "0123456789abcdef0123456789abcdef")
    with serve_odd(Reply(REFUSAL)) as odd:
        refused = told(shell.run(*words, "--json", "--url", odd.url), "error")
    assert (refused["exit_code"], refused["code"], refused["retryable"]) == (4, "site-refused", False)
    gone = told(shell.run(*words, "--json", "--url", odd.url, "--retry-for", "0"), "error")
    assert (gone["exit_code"], gone["code"], gone["retryable"]) == (5, "temporary", True)


def test_a_site_that_goes_away(shell: Shell) -> None:
    """A run whose site does not answer any more (5) has a summary that says so, and that it may go on later."""
    write_csv(Path("good.csv"), HEADER, GOOD)
    with serve(recorded_site()) as practice:
        site = {"MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token}
        assert told(shell.run("plan", "good.csv", "--json", env=site), "plan")["pending"] == 2
    content = told(shell.run("apply", "last", "--json", "--retry-for", "0", env=site), "summary")
    assert (content["exit_code"], content["code"], content["retryable"]) == (5, "temporary", True)
    assert (content["unsent"], content["new"], content["known"]) == (2, 0, 0)
    assert "does not answer" in content["error"]


def test_the_doctor_of_a_site_that_refuses(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor's findings (4) come with the first that failed as the error; what may pass by itself is retryable."""
    monkeypatch.setenv("MOODLE_TOKEN", "0123456789abcdef0123456789abcdef")
    with serve_odd(Reply(REFUSAL)) as odd:
        content = told(shell.run("doctor", "--json", "--url", odd.url), "doctor")
    assert (content["exit_code"], content["code"], content["retryable"]) == (4, "site-refused", False)
    away = told(shell.run("doctor", "--json", "--retry-for", "0", "--url", odd.url), "doctor")
    assert (away["exit_code"], away["retryable"]) == (4, True)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a program could hear")
def test_interrupted(tmp_path: Path) -> None:
    """A command that a scheduler stops before anything was sent (130) says so in JSON."""
    write_csv(tmp_path / "good.csv", HEADER, GOOD)
    with serve_odd(Reply(late=60)) as odd:
        process = subprocess.Popen(
            [sys.executable, "-m", "batchroles", "assign", "good.csv", "--json"],
            cwd=tmp_path,
            env={**os.environ, "MOODLE_URL": odd.url, "MOODLE_TOKEN": "0" * 32, "HOME": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        while not odd.requests:
            pass
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate()
    content = told(Ended(process.returncode, out, ""), "error")
    assert (content["exit_code"], content["code"], content["retryable"]) == (130, "interrupted", True)


def test_a_defect(shell: Shell, site: Practice, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """A defect (70) is told in JSON, too; the traceback goes to stderr."""
    write_csv(Path("good.csv"), HEADER, GOOD)
    monkeypatch.setattr("batchroles.job.whole.make_plan", lambda *_, **__: 1 / 0)
    ended = shell.run("check", "good.csv", "--json")
    content = told(ended, "error")
    assert (content["exit_code"], content["code"], content["retryable"]) == (70, "defect", False)
    assert "ZeroDivisionError" in ended.err
