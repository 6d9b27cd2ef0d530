"""Requests over kept-alive connections: the usual way to a site.

No more of an answer is taken than this machine has room for: no site, and nothing in its place, fills its memory.

Imported only when a connection is needed: the requests library takes a fifth of a second to load.
"""

import re
import ssl
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from batchroles.client.address import is_loopback
from batchroles.client.attempts import AttemptError
from batchroles.client.exchange import Exchange, watched
from batchroles.client.wire import TOO_LARGE, Answer, Stop, Timeout
from batchroles.errors import BatchrolesError, InputError, SiteRefusal

_HEADERS = {
    "Accept": "*/*",
    # No others: what is installed beside requests must not decide how an answer is packed.
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": "batchroles",
}
_FORM = {"Content-Type": "application/x-www-form-urlencoded", **_HEADERS}

MOST_BYTES = 100_000_000
"""Bytes of an answer, packed and unpacked. All courses of a site of 20,000 take 60 MB, 60,000 holdings 15 MB; for more
than this PHP's own memory does not suffice."""
MOST_ROOM = 500_000_000
"""Bytes that a text and its values may take here, as `_room` reckons."""
_PIECE = 65_536
_VALUE = 100
"""Bytes that a value takes about, for the comma, bracket or tag that it costs in the answer."""
_FOUR_BYTES = re.compile(rb"[\xf0-\xff]")
"""The first byte of a letter that makes Python keep a whole text four bytes a letter."""


class HttpTransport:
    """Requests over a pool of kept-alive connections; proxies and certificates as requests has them."""

    def __init__(
        self,
        workers: int = 4,
        *,
        stop: Stop | None = None,
        ca_cert: str | None = None,
        client_cert: str | tuple[str, str] | None = None,
    ) -> None:
        """`stop`: lets go of whoever waits for an answer when its time has come."""
        _check_certificates(ca_cert, client_cert)
        self._session = _Session()
        pool = _Adapter(pool_connections=2, pool_maxsize=workers, max_retries=0)
        self._session.mount("https://", pool)
        self._session.mount("http://", pool)
        self._verify = ca_cert
        self._session.cert = client_cert
        self._stop = stop or Stop()

    def post(self, url: str, body: bytes, *, timeout: Timeout) -> Answer:
        """Send one form and wait for the whole answer, for so long as it may take and nobody wants to stop."""
        return Exchange(lambda: self._exchange("POST", url, body, timeout)).wait(timeout, self._stop)

    def get(self, url: str, *, timeout: Timeout) -> Answer:
        """Ask for what is at an address that is no site's: without token, password or cookie, and no redirect followed.

        Raises `AttemptError`, `InputError`, and `SiteRefusal` where the certificate is not believed or the answer is
        too large.
        """
        return Exchange(lambda: self._exchange("GET", url, None, timeout)).wait(timeout, self._stop)

    def _exchange(self, method: str, url: str, body: bytes | None, timeout: Timeout) -> Answer:
        try:
            # verify=None lets REQUESTS_CA_BUNDLE count; verification itself is never off.
            with self._session.request(
                method,
                url,
                data=body,
                headers=_HEADERS if body is None else _FORM,
                timeout=timeout,
                allow_redirects=False,
                verify=self._verify,
                stream=True,
            ) as response:
                content = read_packed(response.raw) if body is None else read_body(response.raw)
                return Answer(response.status_code, response.headers, content)
        except (OSError, HTTPError, ValueError) as error:
            # from None: the chain below holds the request with its body, and so the token.
            raise _failure(error, url) from None

    def close(self) -> None:
        """Close all connections."""
        self._session.close()


class _Session(requests.Session):
    """A session that takes from the environment what it should, and keeps nothing of what a site says."""

    def __init__(self) -> None:
        super().__init__()
        # Any answer at all keeps requests from looking for a password in ~/.netrc and putting it beside the token.
        self.auth = lambda request: request
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - the signature of requests
        """Follow none: requests reads `Location`, and the whole body, even where redirects are not allowed."""
        return

    def merge_environment_settings(self, url: Any, *settings: Any) -> Any:
        """Let the environment name proxies and certificates; but a proxy is no way to this machine itself."""
        merged = super().merge_environment_settings(url, *settings)
        if is_loopback(urlsplit(url).hostname or ""):
            merged["proxies"] = {}
        return merged


class _Adapter(HTTPAdapter):
    """An adapter whose connections tell when a request leaves."""

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **more)
        watched(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        """Make the pools of connections through a proxy."""
        return watched(super().proxy_manager_for(proxy, **more))


def _check_certificates(ca_cert: str | None, client_cert: str | tuple[str, str] | None) -> None:
    """Refuse certificate files that cannot be used, before a connection fails for what looks like a passing cause."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    pair = (client_cert,) if isinstance(client_cert, str) else client_cert
    try:
        if ca_cert is not None:
            folder = Path(ca_cert).is_dir()
            context.load_verify_locations(None if folder else ca_cert, ca_cert if folder else None)
        if pair is not None:
            # Without a password given, a protected key would ask for one on the terminal.
            context.load_cert_chain(pair[0], pair[1] if len(pair) > 1 else None, password="")
    except OSError as error:
        files = ", ".join(file for file in (ca_cert, *(pair or ())) if file is not None)
        raise InputError(f"Certificate files cannot be used ({files}): {error.strerror or error}.") from None


def _failure(error: Exception, url: str) -> BatchrolesError | AttemptError:
    """Tell what an exception of requests means: whether anything was sent, and whether to try again."""
    # By their texts: requests wraps what happened in classes that say less than it.
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return SiteRefusal(
            f"The certificate of {url.partition('/webservice')[0]} cannot be verified: check the address;"
            " if your organisation signs its own certificates, give its authority's file with --ca-cert."
        )
    # Before ValueError, which it is as well.
    if isinstance(error, requests.exceptions.InvalidHeader):
        return AttemptError("an answer with headers that contradict each other", lost=True, few=True)
    if isinstance(error, ValueError):
        # Not quoted: the address of a proxy may hold a password.
        return InputError("The site's address, or that of a proxy in the environment, cannot be used.")
    if not isinstance(error, requests.RequestException | HTTPError):
        return InputError(f"A certificate file that the environment names cannot be used: {text}.")
    for kind, sign, reason, few in _NOT_SENT:
        if isinstance(error, kind) and sign in text:
            return AttemptError(reason, few=few)
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in text:
        return AttemptError("no answer within the time allowed", lost=True)
    # Encrypted connections that break off in the middle end here too, as an SSLError of another text.
    return AttemptError("the connection was closed before the answer was complete", lost=True)


def read_body(raw: Any) -> bytes:
    """Read an answer of a site, which is to become values. Raises `SiteRefusal` where it is too large for that."""
    body = read_packed(raw)
    if _room(body) > MOST_ROOM:
        raise _too_large()
    return body


def read_packed(raw: Any) -> bytes:
    """Read an answer's body from urllib3 and unpack it, piece by piece. Raises `SiteRefusal` where it is too large."""
    body = bytearray()
    while piece := raw.read(_PIECE, decode_content=True):
        body += piece
        # tell() counts what came over the network: it may be much and unpack to nothing.
        if max(len(body), raw.tell()) > MOST_BYTES:
            raise _too_large()
    return bytes(body)


def _room(body: bytes) -> int:
    """Reckon what text and values of an answer take in memory: a list of `[]` takes thirty times its length."""
    width = 1 if body.isascii() else 4 if _FOUR_BYTES.search(body) else 2
    # Twice: the text as a whole, and the same letters in its values.
    return 2 * width * len(body) + _VALUE * sum(body.count(mark) for mark in (b",", b"[", b"{", b"<"))


def _too_large() -> SiteRefusal:
    refusal = SiteRefusal(
        f"The site's answer is larger than any that a Moodle gives (more than {MOST_BYTES // 1_000_000} MB, or a"
        " million values); is this the address of a Moodle site?",
        TOO_LARGE,
    )
    refusal.maybe_done = True
    return refusal


_NO_TLS = "no secure connection (does the site speak https at this address?)"
_NOT_SENT: tuple[tuple[type[requests.RequestException], str, str, bool], ...] = (
    (requests.exceptions.ProxyError, "", "the proxy cannot be reached", False),
    (requests.exceptions.ConnectTimeout, "", "no connection within the time allowed", False),
    (requests.exceptions.SSLError, "WRONG_VERSION_NUMBER", _NO_TLS, True),
    (requests.exceptions.SSLError, "HANDSHAKE", _NO_TLS, True),
    (
        requests.exceptions.ConnectionError,
        "Failed to resolve",
        "the network does not know the site's name",
        True,
    ),
    (requests.exceptions.ConnectionError, "Failed to establish", "no connection", False),
)
"""Exceptions of requests, a text in them, what they mean, and whether a few attempts are enough: nothing was sent."""
