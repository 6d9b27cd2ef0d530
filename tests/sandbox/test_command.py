"""`batchroles sandbox` as a process."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

COMMAND = [sys.executable, "-m", "batchroles", "sandbox"]
SMALL = ["--make", "users=5,courses=1,categories=1"]


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Run the command and give it with the variables that it exports."""
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    assert process.stderr is not None
    lines = [process.stdout.readline().removeprefix("export ").strip() for _ in range(2)]
    try:
        yield process, dict(line.split("=", 1) for line in lines)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def site_info(exported: dict[str, str]) -> dict[str, object]:
    """Ask the running site who we are."""
    fields = {"wsfunction": "core_webservice_get_site_info", "wstoken": exported["MOODLE_TOKEN"]}
    url = f"{exported['MOODLE_URL']}/webservice/rest/server.php"
    answer = requests.post(url, data={**fields, "moodlewsrestformat": "json"}, timeout=10)
    return dict(answer.json())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to send to another process")
def test_serves_until_it_is_told_to_end(number: signal.Signals) -> None:
    """The first two lines export address and token of a site that answers; a signal ends it with exit code 0."""
    with running(*SMALL) as (process, exported):
        assert site_info(exported)["username"] == "wsbot"
        process.send_signal(number)
        out, talk = process.communicate(timeout=10)
        assert (process.returncode, out) == (0, "")
        assert talk == "A practice Moodle with 9 users answers; Ctrl-C ends it.\n"


@pytest.mark.parametrize(
    ("flags", "number"), [([], "5.1"), (["--moodle", "4.3"], "4.3"), (["--moodle", "5.1"], "5.1")]
)
def test_the_version_is_the_one_asked_for(flags: list[str], number: str) -> None:
    """A made site is a Moodle 5.1, or what `--moodle` says."""
    with running(*SMALL, *flags) as (_, exported):
        assert str(site_info(exported)["release"]).startswith(number)


def test_port_in_use_is_one_sentence() -> None:
    """A port that is taken is said in one sentence, with exit code 2."""
    with running(*SMALL) as (_, exported):
        port = exported["MOODLE_URL"].rpartition(":")[2]
        done = subprocess.run(
            [*COMMAND, *SMALL, "--port", port], capture_output=True, text=True, timeout=20, check=False
        )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"batchroles: port {port} cannot be had: ")


def test_roster_state_and_faults_together(tmp_path: Path) -> None:
    """A site made from a roster is served in a named state, with faults, as slowly as asked."""
    (tmp_path / "roster.csv").write_text("username,role,course\nann,student,BIO\n", encoding="utf-8")
    flags = [
        "--from",
        str(tmp_path / "roster.csv"),
        "--state",
        "maintenance",
        "--fault",
        "503:0",
        "--latency",
        "moodle43",
    ]
    with running(*flags) as (_, exported):
        assert site_info(exported)["errorcode"] == "sitemaintenance"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--site", "nosuch.json"], "batchroles: nosuch.json cannot be read: No such file or directory"),
        (["--from", "nosuch.csv"], "batchroles: nosuch.csv cannot be read: No such file or directory"),
        (["--make", "users=x"], "Error: --make users=x: give users=N,courses=N,categories=N"),
        (["--make", "users=1", "--site", "x"], "Error: --site, --make and --from exclude each other"),
        (["--php-workers", "2"], "Error: --php-workers counts only with --latency"),
        (["--fault", "fire"], "Error: no fault fire; there are 503, 429, slow, "),
        (["--state", "asleep"], "Error: no state asleep; there are default, debug-on, "),
    ],
)
def test_wrong_usage(arguments: list[str], sentence: str) -> None:
    """What cannot be served is said in one sentence, with exit code 2."""
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
