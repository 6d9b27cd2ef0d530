"""What the environment may decide about the way to a site: proxies recorded by a real one, passwords in ~/.netrc."""

from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest

from batchroles.client import Moodle, Retry, fetch_token
from batchroles.errors import BatchrolesError
from tests.client.helpers import TOKEN, client
from tests.client.odd_server import CERTIFICATE, Reply, serve
from tests.client.raw_server import RawServer, said, speaking

NAMES = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy", "HTTPS_PROXY"]


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[RawServer]:
    """Record what comes to a proxy, in an environment that names none yet."""
    for name in (*NAMES, "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with speaking(said(b"Content-Length: 4", [b"null"])) as raw:
        yield raw


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("no_proxy", [None, "example.edu"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_proxy_on_the_way_to_this_machine(
    name: str, no_proxy: str | None, host: str, proxy: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever proxy the environment names, token and password go to a site on this machine itself."""
    monkeypatch.setenv(name, proxy.url)
    if no_proxy:
        monkeypatch.setenv("no_proxy", no_proxy)
    with serve(Reply("[]"), Reply('{"token":"NEW"}')) as odd:
        url = odd.url.replace("127.0.0.1", host)
        assert client(url)[0].call("f") == []
        assert fetch_token(url, "anna", "password", "roles") == "NEW"
    assert (proxy.requests, len(odd.requests)) == ([], 2)


def test_no_proxy_for_https_to_this_machine(proxy: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same holds for https, with the certificates that the environment names."""
    monkeypatch.setenv("https_proxy", proxy.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
    with serve(Reply("[]"), tls=True) as odd:
        assert client(odd.url)[0].call("f") == []
    assert proxy.requests == []


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
def test_a_proxy_on_the_way_to_another_machine(
    name: str, proxy: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy is asked to put a secure connection through, and sees no token; NO_PROXY excepts a site."""
    monkeypatch.setenv(name, proxy.url)
    with (
        Moodle("https://moodle.invalid", TOKEN, retry=Retry(attempts=1)) as moodle,
        pytest.raises(BatchrolesError),
    ):
        moodle.call("f")
    assert [request.split()[:2] for request in proxy.requests] == [[b"CONNECT", b"moodle.invalid:443"]]
    assert TOKEN.encode() not in proxy.requests[0]
    monkeypatch.setenv("NO_PROXY", "moodle.invalid")
    with pytest.raises(BatchrolesError):
        Moodle("https://moodle.invalid", TOKEN, retry=Retry(attempts=1)).call("f")
    assert len(proxy.requests) == 1


@pytest.mark.parametrize("way", ["home", "NETRC"])
def test_no_password_from_netrc(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password that ~/.netrc, or the file that NETRC names, holds for the site is not sent beside the token."""
    (tmp_path / ".netrc").write_text(
        "machine 127.0.0.1 login me password kept\ndefault login me password kept\n"
    )
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    if way == "NETRC":
        monkeypatch.setenv("HOME", str(tmp_path / "elsewhere"))
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    body = b'{"token":"NEW"}'
    with speaking(said(b"Content-Length: %d" % len(body), [body])) as raw:
        client(raw.url)[0].call("f")
        fetch_token(raw.url, "anna", "password", "roles")
    assert len(raw.requests) == 2
    assert b"authorization" not in b"".join(raw.requests).lower()


def test_versions_without_known_weaknesses() -> None:
    """Both libraries that speak HTTP are asked for in versions whose known weaknesses are mended."""
    assert {"requests>=2.33", "urllib3>=2.7"} <= {*(requires("batchroles") or [])}
