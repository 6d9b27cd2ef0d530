"""Log, metrics and ping by themselves: what stands in them, and what does not."""

import json
import os
import re
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from batchroles.errors import InputError
from batchroles.models import Status
from batchroles.reporter import Compared, Summary, Tally
from batchroles.watch.log import Log
from batchroles.watch.metrics import Labels, write_metrics
from batchroles.watch.ping import Ping
from tests.client.odd_server import Reply, serve
from tests.docs.pages import GUIDES

SECRET = "/ping/0f9b2f1e-7c1d-4e0a-9f37-bb6b8f6f8a51"


def summary_of(**statuses: int) -> Summary:
    tally = Tally(sum(statuses.values()), statuses, {}, {}, 1, 2, 0, 0, 0, 0, 3, 0)
    when = datetime(2026, 11, 24, tzinfo=UTC)
    return Summary("run", "site", "a.csv", tally, {"f": 2, "g": 3}, {"sending": 1.5}, 1, "plain", "", when)


def series(path: Path) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Give the samples of a file by name and labels, as Prometheus reads them."""
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(path.read_text(encoding="utf-8")):
        assert family.documentation
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.items())] = sample.value
    return found


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_line_of_the_log(tmp_path: Path, form: str) -> None:
    """A line has the time in UTC, level, event and facts, secrets masked before it is made; its file is private."""
    log = Log(tmp_path / "job.log", form)  # type: ignore[arg-type] # one of the two words
    Log(tmp_path / "job.log").write("info", "from another job", {})
    facts = {"run": "r 1", "counts": {"rows": 3}, "error": 'a "secret"\nline', "name": ""}
    log.write("warning", "finished", facts, lambda text: text.replace('"secret"\nline', "<hidden>"))
    _, line = log.path.read_text(encoding="utf-8").splitlines()
    if form == "json":
        content = json.loads(line)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", content.pop("time"))
        assert content == {
            "level": "warning",
            "event": "finished",
            "run": "r 1",
            "counts": {"rows": 3},
            "error": "a <hidden>",
        }
    else:
        assert re.fullmatch(
            r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ warning finished run="r 1" rows=3 error="a <hidden>"', line
        )
    if os.name == "posix":
        assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_a_log_that_is_rotated_goes_on_in_the_new_file(tmp_path: Path) -> None:
    """After logrotate has renamed the file, the next line stands in a new one of the old name."""
    log = Log(tmp_path / "job.log")
    log.write("info", "first", {})
    log.path.rename(tmp_path / "job.log.1")
    log.write("info", "second", {})
    assert [(tmp_path / name).read_text().split()[2] for name in ("job.log.1", "job.log")] == [
        "first",
        "second",
    ]


def test_a_log_that_cannot_be_written(tmp_path: Path) -> None:
    """It is refused at once with a sentence; where it goes wrong later, the reason is kept and nothing is raised."""
    with pytest.raises(InputError, match=r"--log-file .*no/job\.log cannot be written \(No such file"):
        Log(tmp_path / "no" / "job.log")
    log = Log(tmp_path / "job.log")
    log.path.unlink()
    log.path.mkdir()
    log.write("info", "lost", {})
    assert "cannot be written" in log.failed


def test_metrics_as_prometheus_reads_them(tmp_path: Path) -> None:
    """Rows by every status, calls, seconds, exit code and both times, with labels whatever is in them."""
    labels = Labels("https://m.example.edu", "sync", 'a\\b "c"\nd\x1b')
    path = tmp_path / "batchroles.prom"
    write_metrics(
        path, labels, now=1000.5, seconds=2.0, exit_code=0, summary=summary_of(assigned=1, invalid=2)
    )
    found = series(path)
    mine = (("site", labels.site), ("command", "sync"), ("name", 'a\\b "c"\nd\\x1b'))
    one = {name: values[mine] for name, values in found.items() if mine in values}
    assert one == {
        "batchroles_last_success_timestamp_seconds": 1000.5,
        "batchroles_last_run_timestamp_seconds": 1000.5,
        "batchroles_exit_code": 0,
        "batchroles_duration_seconds": 2,
        "batchroles_rows_pending": 0,
        "batchroles_calls": 5,
    }
    rows = {dict(key)["status"]: value for key, value in found["batchroles_rows"].items()}
    assert rows == {**dict.fromkeys(map(str, Status), 0), "withheld": 0, "assigned": 1, "invalid": 2}
    assert found["batchroles_phase_seconds"] == {(*mine, ("phase", "sending")): 1.5}
    assert [item.name for item in tmp_path.iterdir()] == ["batchroles.prom"]


def test_every_metric_is_in_the_guide(tmp_path: Path) -> None:
    """The table of metrics holds what is written, in no other words."""
    summary = replace(summary_of(assigned=1), compared=Compared("", np.array([1]), 0))
    path = tmp_path / "batchroles.prom"
    write_metrics(path, Labels("s", "sync", "n"), now=1, seconds=1, exit_code=0, summary=summary)
    assert sorted(GUIDES["sync"].firsts("metric")) == sorted(series(path))


def test_the_last_success_outlives_failures(tmp_path: Path) -> None:
    """After a run that failed, or that came to no plan, the time of the last success is still there."""
    path, labels = tmp_path / "batchroles.prom", Labels("s", "assign", "a.csv")
    write_metrics(path, labels, now=1000, seconds=1, exit_code=5, summary=None)
    assert "batchroles_last_success_timestamp_seconds" not in series(path)
    write_metrics(path, labels, now=2000, seconds=1, exit_code=0, summary=None)
    write_metrics(path, Labels("", "assign", ""), now=3000, seconds=1, exit_code=2, summary=None)
    found = series(path)
    assert list(found["batchroles_last_success_timestamp_seconds"].values()) == [2000]
    assert list(found["batchroles_last_run_timestamp_seconds"].values()) == [3000]


def test_a_ping_is_a_request_without_data() -> None:
    """Success asks for the address, failure for it with /fail behind its path; anything but 2xx is told, not raised."""
    with serve(
        Reply("OK"), Reply("OK"), Reply("", 404), Reply("", 302, {"Location": "/"}), Reply(drop=True)
    ) as odd:
        ping = Ping(f"{odd.url}{SECRET}/?a=b")
        assert (ping.send(success=True), ping.send(success=False)) == ("", "")
        told = [ping.send(success=True) for _ in range(3)]
    assert [path for path, _ in odd.requests][:2] == [f"{SECRET}/?a=b", f"{SECRET}/fail?a=b"]
    assert {body for _, body in odd.requests} == {""}
    assert told[:2] == ["the ping was answered with HTTP 404", "the ping was answered with HTTP 302"]
    assert SECRET not in told[2]
    assert "not answered" in told[2]


@pytest.mark.parametrize(
    "url", [f"http://example.org{SECRET}", f"ftp://x{SECRET}", f"x{SECRET}", f"https://[{SECRET}"]
)
def test_an_address_that_cannot_be_pinged(url: str) -> None:
    """Plain http to another machine, and what is no address, are refused without being quoted."""
    with pytest.raises(InputError) as refused:
        Ping(url)
    assert SECRET not in str(refused.value)


def test_the_address_is_hidden() -> None:
    """What hides the address hides its path in any text, and not the host, which may be the site's."""
    ping = Ping(f"https://moodle.example.edu{SECRET}")
    text = f"https://moodle.example.edu{SECRET} and {SECRET[1:]}/fail"
    for mask in ping.masks:
        text = mask(text)
    assert text == "https://moodle.example.edu/<hidden> and <hidden>/fail"
    assert SECRET not in repr(ping)
