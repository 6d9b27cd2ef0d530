"""The gate and the server before the page, attacked over HTTP; the application behind them tells what it gets."""

import json
import socket
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from batchroles.errors import InputError
from batchroles.web.safety import Addresses, Gate, behind, proxy_address, refuse_open_door
from batchroles.web.server import TOO_LARGE, listen, serving
from tests.web.raw import Answer, ask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

KB = 1024
LIMIT = 200 * KB
PUBLIC = "https://roles.example.edu"
FORWARDED = {"Host": "inside:8080", "X-Forwarded-Host": "roles.example.edu", "X-Forwarded-Proto": "https"}


def teller(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Tell what an application gets to know of a request."""
    body = environ["wsgi.input"].read()
    told = {name: value for name, value in environ.items() if isinstance(value, str)} | {"read": len(body)}
    start_response("200 OK", [("Content-Type", "application/json"), ("Cache-Control", "public")])
    return [json.dumps(told).encode()]


@pytest.fixture(scope="module")
def own() -> Iterator[int]:
    """Serve as on one's own machine; gives the port."""
    listener = listen("127.0.0.1", 0)
    gate = Gate(teller, Addresses.of_port(listener.getsockname()[1]))
    with serving(gate, listener, lambda headers: LIMIT if "COOKIE" in headers else KB) as served:
        yield served.port


@pytest.fixture(scope="module")
def proxied() -> Iterator[int]:
    """Serve as behind a proxy on this machine; gives the port."""
    listener = listen("127.0.0.1", 0)
    app = behind(Gate(teller, Addresses.public(PUBLIC)), "127.0.0.1")
    with serving(app, listener, lambda _: LIMIT) as served:
        yield served.port


@pytest.fixture(scope="module")
def strange() -> Iterator[int]:
    """Serve as behind a proxy on another machine, so that whoever asks is a stranger; gives the port."""
    listener = listen("127.0.0.1", 0)
    app = behind(Gate(teller, Addresses.public(PUBLIC)), "192.0.2.7")
    with serving(app, listener, lambda _: LIMIT) as served:
        yield served.port


def told(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.text
    return json.loads(answer.body)  # type: ignore[no-any-return] # what the teller tells


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost",
        "evil.example:{port}",
        "127.0.0.1:{port}, evil.example",
    ],
)
def test_another_host_is_not_answered(own: int, host: str) -> None:
    """A name that was made to lead here (DNS rebinding) gets nothing, nor does this machine at another port."""
    answer = ask(own, headers={"Host": host.format(port=own)})
    assert (answer.status, "read" in answer.text) == (421, False)


def test_its_own_hosts_are_answered(own: int) -> None:
    """All names of this machine lead to the page."""
    for host in ("127.0.0.1", "localhost", "[::1]", "LocalHost"):
        assert told(ask(own, headers={"Host": f"{host}:{own}"}))["read"] == 0


def test_two_hosts_are_none(own: int) -> None:
    """A request with two hosts, or with none, is not answered."""
    for lines in (f"Host: 127.0.0.1:{own}\r\nHost: evil.example\r\n", ""):
        with socket.create_connection(("127.0.0.1", own)) as line:
            line.sendall(f"GET / HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
            assert line.makefile("rb").readline().split()[1] == b"421"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://127.0.0.1:{port}"}, 200),
        ({"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "https://127.0.0.1:{port}"}, 403),
        ({"Origin": "http://127.0.0.1:{port}.evil.example"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
          "Sec-Fetch-Dest": "document"}, 403),
    ],
)  # fmt: skip
def test_what_changes_something_comes_from_its_own_page(
    own: int, headers: dict[str, str], status: int
) -> None:
    """A POST is refused unless the browser says that it comes from a page of ours, and nothing else with it."""
    said = {name: value.format(port=own) for name, value in headers.items()}
    assert ask(own, "POST", headers=said, body=b"a=b").status == status


@pytest.mark.parametrize(
    ("mode", "destination", "status"),
    [
        ("navigate", "document", 200),
        ("navigate", "iframe", 403),
        ("no-cors", "image", 403),
        ("no-cors", "script", 403),
        ("cors", "empty", 403),
        ("navigate", "object", 403),
    ],
)
def test_no_part_of_another_page(own: int, mode: str, destination: str, status: int) -> None:
    """Another site may lead people here by a link, and get nothing in any other way; one of this machine is another."""
    for site in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": destination}
        assert ask(own, headers=headers).status == status


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "ODD"])
def test_few_methods(own: int, method: str) -> None:
    """No method is answered but those that the page needs."""
    answer = ask(own, method, headers={"Origin": f"http://127.0.0.1:{own}"})
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, POST")


def test_every_answer_says_what_makes_it_safe(own: int, strange: int) -> None:
    """Answers and refusals alike forbid framing, foreign code and keeping; only our own files may be kept."""
    for answer in (ask(own), ask(own, headers={"Host": "evil.example"}), ask(own, "PUT"), ask(strange)):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert [answer.headers[name] for name in ("X-Frame-Options", "X-Content-Type-Options")] == [
            "DENY",
            "nosniff",
        ]
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers.get_all("Cache-Control") == ["no-store"]
        assert answer.headers["Server"] is None
    assert ask(own, path="/static/style.css").headers.get_all("Cache-Control") == ["public"]


def test_a_body_that_is_too_large_is_not_kept(own: int) -> None:
    """Told beforehand or in pieces, a body that is too large is read to its end, kept nowhere, and said to be so."""
    headers = {"Origin": f"http://127.0.0.1:{own}", "Cookie": "a=b"}
    large, pieces = b"x" * (LIMIT + 1), [b"x" * KB] * 300
    for body in (large, pieces):
        seen = told(ask(own, "POST", headers=headers, body=body))
        assert (seen["read"], seen[TOO_LARGE], seen["CONTENT_LENGTH"]) == (0, "yes", "0")
    for fitting in (b"x" * LIMIT, [b"x" * KB] * 200):
        seen = told(ask(own, "POST", headers=headers, body=fitting))
        assert (seen["read"], TOO_LARGE in seen) == (LIMIT, False)


def test_a_stranger_brings_little(own: int) -> None:
    """How much may be brought is asked of each request's own header."""
    headers = {"Origin": f"http://127.0.0.1:{own}"}
    assert told(ask(own, "POST", headers=headers, body=b"x" * (KB + 1)))["read"] == 0
    assert told(ask(own, "POST", headers=headers, body=b"x" * KB))["read"] == KB


def test_beyond_all_measure(own: int) -> None:
    """A request that says it is larger than anybody waits for, and a header without end, are cut off."""
    headers = {"Origin": f"http://127.0.0.1:{own}", "Content-Length": str(1 << 40)}
    assert ask(own, "POST", headers=headers).status == 413
    assert ask(own, headers={"X-Long": "x" * 20_000}).status == 431


def test_a_proxy_is_believed(proxied: int) -> None:
    """Behind a proxy the host, the scheme and the address of the client are what the proxy says of them."""
    # The client's own word stands first, and the proxy's last.
    seen = told(ask(proxied, headers={**FORWARDED, "X-Forwarded-For": "10.9.9.9, 203.0.113.5"}))
    assert (seen["HTTP_HOST"], seen["REMOTE_ADDR"]) == ("roles.example.edu", "203.0.113.5")
    posted = ask(proxied, "POST", headers={**FORWARDED, "Origin": PUBLIC}, body=b"a=b")
    assert told(posted)["read"] == 3


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Forwarded-Proto": "http"}, 403),
        ({"X-Forwarded-Proto": ""}, 403),
        ({"X-Forwarded-Proto": "https, https"}, 400),
        ({"X-Forwarded-Host": "evil.example"}, 421),
        ({"X-Forwarded-Host": "", "Host": "evil.example"}, 421),
        ({"X-Forwarded-Proto": "", "Forwarded": "proto=https;host=roles.example.edu"}, 403),
        ({"X-Forwarded-Host": "evil.example", "Forwarded": "proto=https;host=roles.example.edu"}, 421),
    ],
)
def test_a_proxy_has_to_say_https_and_its_own_host(
    proxied: int, headers: dict[str, str], status: int
) -> None:
    """Without https, or with another host, a request is refused though it comes from the proxy."""
    assert ask(proxied, headers={**FORWARDED, **headers}).status == status


def test_who_is_not_the_proxy_is_refused(strange: int) -> None:
    """Whoever comes round the proxy is refused, whatever the forwarded headers say."""
    for headers in ({}, FORWARDED, {**FORWARDED, "X-Forwarded-For": "192.0.2.7"}):
        answer = ask(strange, headers=headers)
        assert (answer.status, answer.text) == (403, "This page is reached through its proxy alone.\n")


def test_forwarded_headers_count_for_nothing_without_a_proxy(own: int) -> None:
    """On one's own machine nobody can pretend to be elsewhere."""
    seen = told(ask(own, headers={"X-Forwarded-For": "203.0.113.5", "X-Forwarded-Proto": "https"}))
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]) == ("127.0.0.1", "http")
    assert ask(own, headers={"X-Forwarded-Host": f"127.0.0.1:{own}", "Host": "evil.example"}).status == 421


@pytest.mark.parametrize(
    "address",
    ["http://roles.example.edu", "roles.example.edu", "https://", "https://a.example/path", "https://a.example/?q",
     "https://me:secret@a.example", "https://a.example:x", "https://a .example", "ftp://a.example"],
)  # fmt: skip
def test_a_public_address_that_will_not_do(address: str) -> None:
    """The address behind a proxy is https and a host of its own; a password in it is not repeated."""
    with pytest.raises(InputError) as caught:
        Addresses.public(address)
    assert "--public-address" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_public_address_is_brought_into_one_form() -> None:
    """Its origin is written as browsers write it."""
    written = {"https://Roles.Example.edu/": "https://roles.example.edu", "https://a.example:443": "https://a.example",
               "https://a.example:8443": "https://a.example:8443"}  # fmt: skip
    assert {given: Addresses.public(given).first for given in written} == written


def test_nobody_else_can_reach_it() -> None:
    """Listening on another address than this machine's own is refused without a proxy."""
    for host in ("0.0.0.0", "::", "192.0.2.1", "roles.example.edu", ""):  # noqa: S104 - refused
        with pytest.raises(InputError, match="--behind-proxy"):
            refuse_open_door(host, None)
        refuse_open_door(host, "127.0.0.1")
    for host in ("127.0.0.1", "localhost", "::1", "127.5.5.5"):
        refuse_open_door(host, None)


def test_a_proxy_is_named_by_its_address() -> None:
    """A proxy's address is an IP address, in one form."""
    assert [proxy_address(one) for one in ("127.0.0.1", "::ffff:10.0.0.1", "2001:DB8::1")] == [
        "127.0.0.1",
        "10.0.0.1",
        "2001:db8::1",
    ]
    for wrong in ("proxy", "10.0.0.0/8", "*", ""):
        with pytest.raises(InputError, match="--behind-proxy"):
            proxy_address(wrong)
