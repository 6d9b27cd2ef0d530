"""A published sheet at an https address: no secret goes there, none of its address is told, and no page is a sheet."""

import gzip
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

import batchroles
from batchroles.client import transport
from batchroles.client.wire import Stop
from batchroles.errors import BatchrolesError, InputError, TemporaryFailure
from batchroles.runs.copying import Copy, copied
from batchroles.sources import PublishedSheet, source_of, web
from tests.cli.running import Shell
from tests.client.odd_server import CERTIFICATE, OddServer, Reply, serve

CSV = "username,role,course\nanna,student,C1\n"
SECRET = "/d/SECRET-PATH/pub?key=SECRET-QUERY"
ROSTER = Path(__file__).parents[2] / "samples" / "roster.xlsx"


@pytest.fixture(autouse=True)
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment name the certificate of the test's own servers."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))


@pytest.fixture
def sheet() -> Iterator[OddServer]:
    """Serve a CSV file."""
    with serve(Reply(CSV, headers={"Content-Type": "text/csv", "Set-Cookie": "seen=1"}), tls=True) as odd:
        yield odd


def fetched(*replies: Reply) -> Copy:
    with serve(*replies, tls=True) as odd:
        return copied(source_of(odd.url + SECRET))


def refusal(*replies: Reply, kind: type[BatchrolesError] = InputError) -> str:
    with pytest.raises(kind) as refused:
        fetched(*replies)
    chain, error = [], refused.value
    while error is not None:
        chain.append(str(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)  # type: ignore[assignment]
    assert "SECRET" not in "".join(chain)
    return str(refused.value)


def test_a_sheet_is_read(sheet: OddServer, shell: Shell) -> None:
    """What the address gives is read like a file; command and library alike."""
    done = shell.run("check", sheet.url + SECRET, "--offline", "--json")
    host = "127-0-0-1-" + sheet.url.rpartition(":")[2]
    assert (done.code, json.loads(done.out)["input"].startswith(f"{host}-")) == (0, True)
    assert source_of(sheet.url + SECRET).shown != source_of(sheet.url + "/another").shown
    assert batchroles.load(sheet.url + SECRET)["username"].tolist() == ["anna"]
    assert batchroles.plan(sheet.url + SECRET, None).rows["_row"].tolist() == [2]


def test_workbooks_and_packed_answers() -> None:
    """A workbook is told by its content, and an answer is unpacked."""
    assert fetched(Reply(content=ROSTER.read_bytes())).path.suffix == ".xlsx"
    packed = Reply(content=gzip.compress(CSV.encode()), headers={"Content-Encoding": "gzip"})
    assert fetched(packed).path.read_text() == CSV


def test_no_secret_goes_there(
    sheet: OddServer, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither token nor a password from ~/.netrc nor a cookie goes to the address of a sheet."""
    (tmp_path / ".netrc").write_text("default login me password kept\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    env = {"MOODLE_TOKEN": "0123456789abcdef0123456789abcdef"}
    for _ in range(2):
        assert shell.run("check", sheet.url + "/", "--offline", env=env).code == 0
    assert [{*headers} & {"authorization", "cookie"} for headers in sheet.headers] == [set(), set()]
    assert "0123456789abcdef" not in json.dumps([sheet.headers, sheet.requests])


def test_the_address_is_told_nowhere(
    sheet: OddServer, shell: Shell, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Path and query stand in no output, log, metrics, file of the run or repr: who knows them may read the sheet."""
    with caplog.at_level(logging.DEBUG), batchroles.sandbox.serve() as practice:
        env = {"MOODLE_URL": practice.url, "MOODLE_TOKEN": practice.token, "BATCHROLES_LOG_FILE": "job.log"}
        env["BATCHROLES_METRICS_FILE"] = "job.prom"
        done = shell.run("plan", sheet.url + SECRET, "--out", "run", env=env)
    assert sheet.requests == [(SECRET, "")]
    beside = [tmp_path / "job.log", tmp_path / "job.prom"]
    kept = b"".join(path.read_bytes() for path in [*(tmp_path / "run").iterdir(), *beside])
    everything = done.out + done.err + caplog.text + repr(source_of(sheet.url + SECRET))
    assert ("SECRET" in everything, b"SECRET" in kept) == (False, False)


def test_redirects() -> None:
    """Redirects are followed within https, and only so often; to anything else none is."""
    with serve(Reply(CSV), tls=True) as there:
        assert fetched(Reply(status=307, headers={"Location": there.url + SECRET})).path.read_text() == CSV
    for target in ("http://127.0.0.1/SECRET", "https://SECRET:SECRET@127.0.0.1/", "ftp://x/", "https://[/"):
        told = refusal(Reply(status=302, headers={"Location": target}))
        assert "leads to an address that is not https, or holds a password" in told
    assert "more than 5 times" in refusal(Reply(status=302, headers={"Location": "/SECRET"}))


@pytest.mark.parametrize(
    "page",
    [
        Reply("<!DOCTYPE html><title>Sign in: Example</title>", headers={"Content-Type": "text/html"}),
        Reply("\ufeff <html><title>Sign in: Example</title>", headers={"Content-Type": "text/csv"}),
        Reply(
            "<title>Sign in: Example</title>", status=403, headers={"Content-Type": "text/html; charset=x"}
        ),
    ],
)
def test_a_page_is_no_sheet(page: Reply) -> None:
    """A page to sign in, whatever it calls itself, is told as what it is, with its title."""
    told = refusal(page)
    assert 'answered with a web page titled "Sign in: Example", to sign in perhaps' in told


def test_answers_without_a_sheet() -> None:
    """What stays is a wrong address, what passes is a temporary failure; a connection cut short is no short sheet."""
    assert "HTTP status 404: publish the sheet" in refusal(Reply("no", status=404))
    assert "is empty; is the right sheet published?" in refusal(Reply(""))
    assert "try again later" in refusal(Reply("no", status=503), kind=TemporaryFailure)
    assert "try again later" in refusal(Reply("no", status=429), kind=TemporaryFailure)
    assert "before the answer was complete" in refusal(Reply(CSV, sent=0.5), kind=TemporaryFailure)
    assert "could not be read" in refusal(Reply(drop=True), kind=TemporaryFailure)


def test_no_more_is_taken_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet that is too large, packed or unpacked, is left before it fills this machine."""
    monkeypatch.setattr(transport, "MOST_BYTES", 100_000)
    assert "gives more, packed or unpacked" in refusal(Reply("x" * 200_000))
    bomb = Reply(content=gzip.compress(b"x" * 10_000_000), headers={"Content-Encoding": "gzip"})
    assert "gives more, packed or unpacked" in refusal(bomb)


def test_an_answer_that_drips(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever: an answer that does not come in time is a temporary failure."""
    monkeypatch.setattr(web, "TIMEOUT", (1.0, 0.05))
    assert "could not be read" in refusal(Reply(CSV, late=1.0), kind=TemporaryFailure)


def test_somebody_who_wants_to_stop() -> None:
    """Whoever stops the command is let go from a sheet that keeps it waiting."""
    stop = Stop()
    stop.leave_after(0)
    with serve(Reply(CSV, late=1.0), tls=True) as odd, pytest.raises(TemporaryFailure, match="stopped"):
        copied(source_of(odd.url + SECRET), stop=stop)


def test_a_certificate_that_nobody_vouches_for(sheet: OddServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates are checked as ever, and the sentence says how one's own are trusted."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(
        InputError, match=r"certificate of 127\.0\.0\.1.* cannot be verified.*REQUESTS_CA_BUNDLE"
    ):
        copied(source_of(sheet.url + SECRET))
    assert sheet.requests == []


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://example.edu/SECRET", "http://example.edu/… is not read, only https:// is"),
        ("FTP://example.edu/SECRET", "ftp://example.edu/… is not read"),
        ("https://me:SECRET@example.edu/", "holds a name or a password"),
        ("https://exa mple.edu/SECRET", "cannot be read"),
        ("https:///SECRET", "cannot be read"),
        ("https://[SECRET", "cannot be read"),
        ("https://example.edu:SECRET/", "cannot be read"),
    ],
)
def test_addresses_that_are_not_used(address: str, sentence: str, shell: Shell) -> None:
    """Plain http, other schemes, passwords in addresses: refused with a sentence that repeats no secret."""
    done = shell.run("check", address, "--offline")
    assert (done.code, sentence in done.err, "SECRET" in done.err) == (2, True, False)


def test_an_address_in_capitals(sheet: OddServer) -> None:
    """HTTPS:// is https://, as it is for every other program."""
    found = source_of(sheet.url.replace("https", "HTTPS"))
    assert isinstance(found, PublishedSheet)
    assert copied(found).path.read_text() == CSV
