"""What a site may send, and for how long: real servers that flood, drip and unpack to gigabytes."""

import gzip
import json
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable

import pytest

from batchroles.client import Moodle, Retry
from batchroles.client.decoding import page_title, plain
from batchroles.errors import BatchrolesError, NoAnswer, SiteRefusal, TemporaryFailure
from tests.client.helpers import TOKEN, client
from tests.client.raw_server import (
    RawServer,
    Speech,
    continuing,
    dripping,
    dripping_headers,
    endless,
    said,
    silent,
    speaking,
)

READ, WRITE = "core_enrol_get_users_courses", "core_role_assign_roles"
GZIP = b"Content-Encoding: gzip\r\nConnection: close"


def bomb(size: int) -> bytes:
    """Pack so many blanks, which take a thousandth of it."""
    pack = zlib.compressobj(wbits=31)
    return b"".join([*(pack.compress(b" " * 1_000_000) for _ in range(size // 1_000_000)), pack.flush()])


FLOODS: dict[str, Callable[[RawServer], Speech]] = {
    "endless body": endless(b"x" * 65_536),
    "endless chunks": endless(b"8000\r\n" + b"x" * 0x8000 + b"\r\n", b"Transfer-Encoding: chunked"),
    "endless gzip": endless(gzip.compress(bytes(100_000)), GZIP),
    "gzip bomb": said(GZIP, [bomb(3_000_000_000)]),
    "twice packed bomb": said(
        b"Content-Encoding: gzip, gzip\r\nConnection: close", [gzip.compress(bomb(3_000_000_000))]
    ),
    "newlines": said(b"Connection: close", [b"\n" * 1_000_000] * 200),
    "empty lists": said(b"Connection: close", [b"[[]", b",[]" * 30_000_000, b"]"]),
    "distinct names": said(b"Connection: close", [b"{", *(b'"%x":0,' % n for n in range(9_000_000)), b"}"]),
    "letters four bytes wide": said(b"Connection: close", ['["😀'.encode(), b"a" * 90_000_000, b'"]']),
    "elements": said(b"Connection: close", [b"<?xml version='1.0'?><RESPONSE>", b"<a/>" * 20_000_000]),
}

ASK = """
import resource, sys
from batchroles.client import Moodle, Retry
from batchroles.errors import BatchrolesError
resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))
try:
    Moodle(sys.argv[1], "x" * 32, timeout=(10, 60), workers=1, retry=Retry(attempts=1)).call("f")
except BatchrolesError as error:
    print(type(error).__name__, getattr(error, "errorcode", ""))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits of memory")
@pytest.mark.parametrize("flood", FLOODS)
def test_no_answer_fills_the_memory(flood: str) -> None:
    """A process that may have one gigabyte refuses every flood with a sentence."""
    with speaking(FLOODS[flood]) as raw:
        asked = subprocess.run(
            [sys.executable, "-c", ASK, raw.url], capture_output=True, text=True, check=False, timeout=600
        )
    assert (asked.stdout, asked.stderr) == ("SiteRefusal toolarge\n", "")


def test_the_largest_answers_pass() -> None:
    """A list of 20,000 courses with long descriptions, and one of 60,000 holdings, are no floods."""
    course = {f"field{n}": "a text of some letters" for n in range(35)} | {"summary": "long " * 300}
    holding = {"columns": ["Course: Some course", "student", "Anna Example", "manual", "today", "7"]}
    for many in ([course] * 20_000, [holding] * 60_000):
        content = json.dumps(many).encode()
        with speaking(said(b"Content-Length: %d" % len(content), [content])) as raw:
            answer = client(raw.url)[0].call(READ)
        assert answer == many


def test_packed_answers_are_unpacked() -> None:
    """An answer may come packed, and in chunks, and is the same."""
    content = gzip.compress(b'[{"id": 7}]')
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in content) + b"0\r\n\r\n"
    with speaking(said(b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip", [chunks])) as raw:
        assert client(raw.url)[0].call(READ) == [{"id": 7}]
    assert b"Accept-Encoding: gzip, deflate\r\n" in raw.requests[0]


@pytest.mark.parametrize("speak", [dripping(), dripping_headers, continuing])
def test_what_drips_ends(speak: Callable[[RawServer], Speech]) -> None:
    """An answer whose parts all come in time, and that never ends, is given up; a change may have been done."""
    with speaking(speak) as raw:
        moodle = Moodle(raw.url, TOKEN, timeout=(0.2, 0.2), retry=Retry(attempts=1))
        with pytest.raises(NoAnswer, match="no whole answer within the time allowed"):
            moodle.call(WRITE)


@pytest.mark.parametrize("speak", [dripping(), dripping_headers, continuing, silent, endless(b"x")])
def test_leaving_a_call(speak: Callable[[RawServer], Speech]) -> None:
    """Whoever stops is let go from a call under way; a change that was sent may have been done."""
    for function, raised in ((WRITE, NoAnswer), (READ, TemporaryFailure)):
        with speaking(speak) as raw:
            moodle = Moodle(raw.url, TOKEN, timeout=(60, 600))
            threading.Thread(target=_leave_when, args=(raw.asked, moodle, 0.1), daemon=True).start()
            with pytest.raises(raised, match=f"^{function}: stopped") as caught:
                moodle.call(function)
        assert type(caught.value) is raised


def _leave_when(event: threading.Event, moodle: Moodle, seconds: float) -> None:
    event.wait()
    moodle.stop.leave_after(seconds)


def test_leaving_before_a_call_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that is left while the site's name is looked up was not sent, and is not sent afterwards either."""
    looked_up, go_on = threading.Event(), threading.Event()
    found = []

    def slow(*asked: object, **more: object) -> object:
        looked_up.set()
        go_on.wait()
        found.append(asked)
        return real(*asked, **more)

    real: Callable[..., object] = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with speaking(said(b"Content-Length: 4", [b"null"])) as raw:
        before = {*threading.enumerate()}
        moodle = Moodle(raw.url, TOKEN)
        threading.Thread(target=_leave_when, args=(looked_up, moodle, 0.0), daemon=True).start()
        with pytest.raises(TemporaryFailure) as caught:
            moodle.call(WRITE)
        assert (type(caught.value), str(caught.value)) == (TemporaryFailure, f"{WRITE}: stopped.")
        go_on.set()
        for carrier in {*threading.enumerate()} - before:
            carrier.join(60)
    # A connection may have been made, and closed without a word.
    assert (len(found), [said for said in raw.requests if said.strip()]) == (1, [])


def test_a_part_of_the_work_can_be_stopped_alone() -> None:
    """A session that is stopped stops nothing else, and stopping everything stops the sessions, too."""
    moodle = Moodle("https://example.edu", TOKEN)
    stopped, going = moodle.session(), moodle.session()
    stopped.stop.set()
    assert (stopped.stop.is_set(), going.stop.is_set(), moodle.stop.is_set()) == (True, False, False)
    moodle.stop.leave_after(60)
    assert (moodle.stop.is_set(), moodle.stop.leaves) == (True, False)
    assert (going.stop.is_set(), going.stop.leaves) == (True, False)
    moodle.stop.leave_after(0)
    assert (going.stop.leaves, moodle.session().stop.leaves) == (True, True)


@pytest.mark.parametrize("many", ["<title", "<script", "<style>", "<", "</", "<title>", "<script></style"])
def test_pages_are_read_once(many: str) -> None:
    """Words for people are taken from a page of megabytes in a time that does not grow with its square."""
    page = many * (3_000_000 // len(many))
    thread = threading.Thread(target=lambda: (page_title(page), plain(page)), daemon=True)
    began = time.process_time()
    thread.start()
    thread.join()
    # The old patterns needed hours; this is no measure of speed.
    assert time.process_time() - began < 60


ODD = {
    "two lengths": b"Content-Length: 4\r\nContent-Length: 5",
    "no length": b"Content-Length: four",
    "a negative length": b"Content-Length: -4\r\nConnection: close",
    "an unknown packing": b"Content-Length: 4\r\nContent-Encoding: zip",
    "a false packing": b"Content-Length: 4\r\nContent-Encoding: gzip",
    "false chunks": b"Transfer-Encoding: chunked",
    "a hundred and one headers": b"\r\n".join(b"X-%d: y" % n for n in range(101)),
    "a long header": b"X-Long: " + b"y" * 70_000,
    "a header without a name": b": y\r\nContent-Length: 4",
    "a header without a colon": b"nonsense\r\nContent-Length: 4",
    "odd letters": b"X-\xff: \xff\xfe\r\nContent-Length: 4",
    "an odd cookie": b"Set-Cookie: a=\xff\xe9; expires=never\r\nContent-Length: 4",
}


def _outcome(moodle: Moodle) -> str:
    """Call what writes, and give what the client makes of it."""
    try:
        moodle.call(WRITE)
    except BatchrolesError as error:
        maybe = isinstance(error, NoAnswer) or getattr(error, "maybe_done", False)
        return "maybe done" if maybe else f"not done: {error}"
    return "confirmed"


@pytest.mark.parametrize("odd", ODD)
def test_odd_headers(odd: str) -> None:
    """Whatever headers an answer has, a change is confirmed, or it is an error that says it may have been done."""
    with speaking(said(ODD[odd], [b"null"])) as raw:
        moodle, _ = client(raw.url)
        ended = [_outcome(moodle), _outcome(moodle)]
    assert {*ended} <= {"confirmed", "maybe done"}
    assert b"Cookie" not in b"".join(raw.requests)


@pytest.mark.parametrize(
    "where",
    [
        "http://[::1",
        "http://[",
        "//",
        "http://a:b/",
        "\x80\xff",
        "http://\xe9..x/",
        "?",
        "http://x:99999999/",
    ],
)
def test_odd_redirects(where: str) -> None:
    """A redirect to what is no address is a refusal all the same, whatever its body."""
    location = b"Location: " + where.encode("latin-1")
    speech = [b"HTTP/1.1 302 Found\r\nContent-Length: 2\r\n" + location + b"\r\n\r\nhi"]
    with speaking(lambda _: speech) as raw, pytest.raises(SiteRefusal, match=r"redirects \(HTTP 302\)"):
        client(raw.url)[0].call(READ)


@pytest.mark.parametrize(
    "start", [b"nonsense\r\n\r\n", b"\x00" * 100, b"HTTP/9.9 abc\r\n\r\n", b"HTTP/1.1 099 x\r\n\r\n"]
)
def test_what_is_no_http(start: bytes) -> None:
    """A server that does not speak HTTP gave no answer."""
    with speaking(lambda _: [start]) as raw, pytest.raises(NoAnswer):
        client(raw.url)[0].call(WRITE)


@pytest.mark.parametrize(
    "deep", [b"[" * 200_000, b"[" * 5_000 + b"]" * 5_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000]
)
def test_deep_answers(deep: bytes) -> None:
    """An answer nested too deeply to be read is no answer."""
    with speaking(said(b"Content-Length: %d" % len(deep), [deep])) as raw, pytest.raises(BatchrolesError):
        client(raw.url)[0].call(WRITE)


def test_deep_xml() -> None:
    """The same holds for XML."""
    deep = (
        b"<?xml version='1.0'?><RESPONSE>" + b"<MULTIPLE>" * 5_000 + b"</MULTIPLE>" * 5_000 + b"</RESPONSE>"
    )
    with speaking(said(b"Content-Length: %d" % len(deep), [deep])) as raw, pytest.raises(BatchrolesError):
        client(raw.url, rest_format="xml")[0].call(READ)


def test_halves_of_letters() -> None:
    """Half a letter becomes the sign for an unknown one, in values and names; whole ones stay."""
    content = rb'[{"a\ud800": "\udc00x \ud83d\ude00 \\ud800", "b": [null, 1]}]'
    with speaking(said(b"Content-Length: %d" % len(content), [content])) as raw:
        answer = client(raw.url)[0].call(READ)
    assert answer == [{"a\ufffd": "\ufffdx 😀 \\ud800", "b": [None, 1]}]
