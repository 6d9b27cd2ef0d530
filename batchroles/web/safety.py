"""What every request has to be and every answer says, whatever the screens do: the gate before the application."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from waitress.proxy_headers import proxy_headers_middleware

from batchroles.client.address import is_loopback
from batchroles.errors import InputError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

METHODS = ("GET", "HEAD", "POST")
STATIC = "/static/"

HEADERS = {
    # Scripts, styles and pictures are files of ours: a cell of a spreadsheet that became markup would run nothing.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with it browsers send `Origin: null` with every form, also with our own, and nothing could be
    # told from Origin. To other sites this one tells as little.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
}


@dataclass(frozen=True)
class Addresses:
    """By which addresses people reach the page: no other is answered, so that no other name leads here."""

    origins: tuple[str, ...]
    """`http://127.0.0.1:8000`, as browsers write an origin; the first one is told to people."""

    @classmethod
    def of_port(cls, port: int) -> "Addresses":
        """Give those of this machine."""
        return cls(tuple(f"http://{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]")))

    @classmethod
    def public(cls, address: str) -> "Addresses":
        """Give the one that a proxy serves. Raises InputError for anything but `https://host[:port]`."""
        wanted = (
            f"--public-address {address}: write the address that people type, as in https://roles.example.edu"
        )
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError:
            raise InputError(f"{wanted}.") from None
        if parts.username is not None:
            raise InputError("--public-address: leave out user name and password.")
        if parts.scheme != "https":
            raise InputError(f"{wanted}; passwords travel through it, so that http will not do.")
        plain = parts.path in ("", "/") and not parts.query and not parts.fragment
        if not parts.hostname or not plain or not address.isascii() or any(map(str.isspace, address)):
            raise InputError(f"{wanted}: a host of its own, without a path behind it.")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return cls((f"https://{host}{f':{port}' if port not in (None, 443) else ''}",))

    @property
    def first(self) -> str:
        """Give the one for people."""
        return self.origins[0]

    @property
    def secure(self) -> bool:
        """Whether it is https."""
        return self.first.startswith("https:")

    @property
    def hosts(self) -> frozenset[str]:
        """Give them as `Host` has them."""
        return frozenset(origin.partition("://")[2] for origin in self.origins)


@dataclass(frozen=True)
class Refusal:
    """Why a request is not even looked at."""

    status: str
    sentence: str


class Gate:
    """Lets requests through that are meant for the page and come from it, and makes every answer safe."""

    def __init__(self, app: "WSGIApplication", addresses: Addresses) -> None:
        self._app, self._addresses = app, addresses

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        start = _with_headers(start_response, keep=str(environ.get("PATH_INFO", "")).startswith(STATIC))
        refusal = self._refusal(environ)
        return self._app(environ, start) if refusal is None else _refused(refusal, start)

    def _refusal(self, environ: "WSGIEnvironment") -> Refusal | None:
        looks = (_method, self._scheme, self._host, self._fetched, self._origin)
        return next((refusal for look in looks if (refusal := look(environ)) is not None), None)

    def _scheme(self, environ: "WSGIEnvironment") -> Refusal | None:
        if self._addresses.secure and environ["wsgi.url_scheme"] != "https":
            return Refusal("403 Forbidden", "The proxy did not say that this request came by https.")
        return None

    def _host(self, environ: "WSGIEnvironment") -> Refusal | None:
        # Somebody's name can be made to lead to this machine while a page of theirs is open (DNS rebinding): what
        # that page asks for has that name as its host.
        if str(environ.get("HTTP_HOST", "")).lower() in self._addresses.hosts:
            return None
        return Refusal("421 Misdirected Request", f"This page has the address {self._addresses.first} alone.")

    def _fetched(self, environ: "WSGIEnvironment") -> Refusal | None:
        """Refuse to be a part of another site's page; that a link there leads here is no harm."""
        if environ.get("HTTP_SEC_FETCH_SITE", "none") in ("none", "same-origin"):
            return None
        is_link = environ["REQUEST_METHOD"] in ("GET", "HEAD") and (
            environ.get("HTTP_SEC_FETCH_MODE"),
            environ.get("HTTP_SEC_FETCH_DEST"),
        ) == ("navigate", "document")
        return None if is_link else Refusal("403 Forbidden", "Another site's page asked for this.")

    def _origin(self, environ: "WSGIEnvironment") -> Refusal | None:
        """Refuse what changes something unless the browser says that it comes from a page of ours.

        Browsers have sent Origin with every POST since 2020. Where it is missing Sec-Fetch-Site has to say so: a
        request with neither comes from no browser that could be protected, and nobody else has a business here.
        """
        if environ["REQUEST_METHOD"] != "POST":
            return None
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            ours = environ.get("HTTP_SEC_FETCH_SITE") == "same-origin"
        else:
            ours = origin.lower() in self._addresses.origins
        return None if ours else Refusal("403 Forbidden", "This was not sent from a page of batchroles.")


def _method(environ: "WSGIEnvironment") -> Refusal | None:
    if environ["REQUEST_METHOD"] in METHODS:
        return None
    return Refusal("405 Method Not Allowed", "This page takes GET, HEAD and POST.")


def _with_headers(start_response: "StartResponse", *, keep: bool) -> "StartResponse":
    """Add what every answer says. `keep`: whether browsers may keep it, as files of ours, which are nobody's data."""
    own = dict(HEADERS) if keep else {**HEADERS, "Cache-Control": "no-store"}
    names = {name.lower() for name in own}

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
        others = [pair for pair in headers if pair[0].lower() not in names]
        return start_response(status, [*others, *own.items()], *rest)

    return start


def _refused(refusal: Refusal, start_response: "StartResponse") -> Iterable[bytes]:
    body = f"{refusal.sentence}\n".encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    if refusal.status.startswith("405"):
        headers.append(("Allow", ", ".join(METHODS)))
    start_response(refusal.status, headers)
    return [body]


def behind(app: "WSGIApplication", proxy: str) -> "WSGIApplication":
    """Answer a proxy alone, and believe what it says of whose request it passes on."""
    # Its complaints would name people's addresses.
    silent = logging.Logger("proxy", level=logging.CRITICAL + 1)
    believing = proxy_headers_middleware(
        app,
        trusted_proxy=proxy,
        trusted_proxy_headers={"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"},
        logger=silent,
    )

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        peer = plain_address(str(environ.get("REMOTE_ADDR", "")))
        if peer != proxy:
            said = Refusal("403 Forbidden", "This page is reached through its proxy alone.")
            return _refused(said, _with_headers(start_response, keep=False))
        environ["REMOTE_ADDR"] = peer
        return believing(environ, start_response)

    return answer


def plain_address(text: str) -> str:
    """Write an IP address in its one form, an IPv4 one in IPv6's clothes as what it is; other text as it is."""
    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return text
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def proxy_address(text: str) -> str:
    """Check the value of --behind-proxy. Raises InputError."""
    try:
        ip_address(text)
    except ValueError:
        raise InputError(
            f"--behind-proxy {text}: write the IP address from which the proxy's requests come, as in 127.0.0.1."
        ) from None
    return plain_address(text)


def refuse_open_door(listen: str, proxy: str | None) -> None:
    """Raise InputError where others could reach the page without a proxy that keeps what they say secret."""
    if proxy is None and not is_loopback(listen):
        raise InputError(
            f"--listen {listen}: other machines could reach the page there, and what they send could be read on the"
            " way. Put a proxy with https before it, and name that one's address by --behind-proxy; or leave --listen"
            " out."
        )
