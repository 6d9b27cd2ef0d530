"""Commands that nobody watches: silent when all is well, and what they leave for whoever looks later."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchroles.cli.talking import Voice
from batchroles.sandbox import serve
from batchroles.sandbox.wire.practice import Practice
from tests.cli.running import Ended, Shell
from tests.client.odd_server import Reply
from tests.client.odd_server import serve as serve_odd
from tests.job.helpers import recorded_site, write_csv

HEADER = ["username", "role", "course"]
GOOD = [("u21", "student", "C-ART-201"), ("u22", "student", "C-ART-201")]
BAD = ("nobody", "student", "C-PHY-102")
PATH = "/ping/0f9b2f1e-7c1d-4e0a-9f37-bb6b8f6f8a51"


@pytest.fixture(scope="module")
def running() -> Iterator[Practice]:
    with serve(recorded_site()) as practice:
        yield practice


@pytest.fixture
def site(running: Practice, monkeypatch: pytest.MonkeyPatch, shell: Shell) -> Practice:  # noqa: ARG001 - comes first
    running.reset()
    monkeypatch.setenv("MOODLE_URL", running.url)
    monkeypatch.setenv("MOODLE_TOKEN", running.token)
    write_csv(Path("good.csv"), HEADER, GOOD)
    write_csv(Path("some.csv"), HEADER, [*GOOD, BAD])
    return running


def log_lines(path: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def test_quiet_says_nothing_when_all_is_well(shell: Shell, site: Practice) -> None:  # noqa: ARG001
    """With --quiet each command that plans or sends prints nothing where its exit code is 0."""
    for words in (
        ["check", "good.csv"],
        ["plan", "good.csv"],
        ["apply", "last"],
        ["undo", "last"],
        ["assign", "good.csv"],
    ):
        assert shell.run(*words, "--quiet") == Ended(0, "", "")
    with_json = shell.run("assign", "good.csv", "-q", "--json")
    assert (json.loads(with_json.out)["exit_code"], with_json.err) == (0, "")


def test_quiet_says_everything_when_a_person_is_needed(shell: Shell, site: Practice) -> None:  # noqa: ARG001
    """Where the exit code is not 0, --quiet changes nothing of what is said."""
    for words in (["check", "some.csv"], ["check", "nothing.csv"], ["check", "some.csv", "--chunk"]):
        aloud = shell.run(*words)
        assert aloud.code
        assert shell.run(*words, "--quiet") == aloud


def test_the_log_tells_the_way_of_a_run(shell: Shell, site: Practice) -> None:
    """The log has a line for each step of a run, with its counts; it holds neither the token nor anybody's name."""
    assert shell.run("assign", "some.csv", "-q", "--log-file", "job.log", "--log-format", "json").code == 1
    lines = log_lines("job.log")
    assert [line["event"] for line in lines] == ["started", "planned", "sending", "finished"]
    assert lines[1]["counts"] == {"rows": 3, "to_send": 2, "invalid": 1}
    assert lines[3]["counts"] == {"rows": 3, "assigned": 2, "invalid": 1, "pending": 0, "new": 1, "known": 0}
    assert (lines[3]["level"], lines[3]["exit_code"]) == ("warning", 1)
    assert str(lines[3]["run"]).endswith("-some")
    assert {(line["command"], line["name"], line["site"]) for line in lines} == {
        ("assign", "some.csv", site.url)
    }
    written = Path("job.log").read_text(encoding="utf-8")
    assert not [word for word in (site.token, "u21", "nobody") if word in written]


def test_what_cannot_be_used_is_in_the_log_too(shell: Shell, site: Practice) -> None:  # noqa: ARG001
    """A command line that cannot be used, and a site that is not there, end with a line of their own."""
    shell.run("assign", "some.csv", "--chunk-size", "x", "--log-file", "job.log", "--log-format", "json")
    shell.run("assign", "nothing.csv", "--log-file", "job.log", "--log-format", "json")
    shell.run("assign", "--log-file", "job.log", "--log-format", "json")
    assert [(line["event"], line.get("exit_code")) for line in log_lines("job.log")] == [
        ("started", None),
        ("finished", 2),
    ] * 3
    ended = shell.run("check", "good.csv", "--log-file", "no/job.log")
    assert (ended.code, "--log-file no/job.log cannot be written" in ended.err) == (2, True)


def test_metrics_of_a_job(shell: Shell, site: Practice) -> None:
    """Metrics are written on every exit code; where they cannot be, that is said even with --quiet, and is all."""
    assert shell.run("assign", "some.csv", "--metrics-file", "job.prom").code == 1
    at = f'{{site="{site.url}",command="assign",name="some.csv"'
    text = Path("job.prom").read_text(encoding="utf-8")
    assert f'batchroles_rows{at},status="assigned"}} 2\n' in text
    assert f'batchroles_failures{at},kind="new"}} 1\n' in text
    assert f"batchroles_exit_code{at}}} 1\n" in text
    assert shell.run("assign", "some.csv", "--metrics-file", "job.prom", "--workers", "x").code == 2
    assert f"batchroles_exit_code{at}}} 2\n" in Path("job.prom").read_text(encoding="utf-8")
    ended = shell.run("assign", "good.csv", "-q", "--metrics-file", "no/job.prom")
    assert ended.code == 0
    assert ended.err.startswith("batchroles: no/job.prom cannot be written (No such file or directory)")


def test_pings(shell: Shell, site: Practice) -> None:  # noqa: ARG001
    """Success and failure are pinged; what fails of that is in the log, changes nothing, and gives nothing away."""
    with serve_odd(Reply("OK"), Reply("OK"), Reply("", 500)) as odd:
        env = {"BATCHROLES_PING_URL": f"{odd.url}{PATH}", "BATCHROLES_LOG_FILE": "job.log"}
        codes = [
            shell.run("check", name, "-q", env=env).code for name in ("good.csv", "some.csv", "good.csv")
        ]
        shown = shell.run("config", env=env).out
        refused = shell.run(
            "check",
            "good.csv",
            "--ping-url",
            f"http://example.org{PATH}",
            env={"BATCHROLES_LOG_FILE": "job.log"},
        )
    assert codes == [0, 1, 0]
    assert [path for path, _ in odd.requests] == [PATH, f"{PATH}/fail", PATH]
    written = Path("job.log").read_text(encoding="utf-8")
    assert written.count(" pinged ") == 3
    assert "the ping was answered with HTTP 500" in written
    assert refused.code == 2
    assert not [said for said in (written, shown, refused.err) if PATH[6:] in said]


def test_a_line_a_minute_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Where stderr is no terminal, how far a job has got is said from time to time, the last that is known."""
    told = threading.Event()

    class Listening(Voice):
        def _echo(self, sentence: str) -> None:
            super()._echo(sentence)
            told.set()

    with Listening(minute=0.01) as voice:
        voice.progress("sending", 12_000, 50_000)
        assert told.wait(10)
    assert capsys.readouterr().err.splitlines()[0].endswith(" sending: 12,000 of 50,000")
