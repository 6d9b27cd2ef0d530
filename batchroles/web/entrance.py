"""Who may come in: each request is somebody's, of whom a session is known, or it is led to where one begins."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Protocol
from urllib.parse import urlsplit

from flask import Flask, Response, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from batchroles.web.desk import problem
from batchroles.web.office import Office
from batchroles.web.people import Person
from batchroles.web.safety import Addresses
from batchroles.web.server import TOO_LARGE
from batchroles.web.sessions import OneTimeKeys, Session, Sessions, same

FORM_TOKEN = "form_token"  # noqa: S105 - a field's name
SMALL = 65_536
"""Most bytes of a request of somebody who is not known, and what a form may be larger than the file in it."""
MOST_FIELDS = 5_000
MOST_TEXT = 1_000_000
"""Most fields of a form, and most bytes of one that is no file: a page of repairs is large, but not this large."""
# Each part behind a slash of its own, so that there is one way to read a path: a stranger's long one is soon looked at.
_OWN_PATH = re.compile(r"/(?:[\w~-][\w.~-]*(?:/[\w~-][\w.~-]*)*/?)?(?:\?[\w.~%=&+-]*)?", re.ASCII)
ANYBODYS = frozenset({"static", "language.choose"})
"""What needs no session, nor a form's token where it is sent: files of ours, and a language, which is no secret."""


class Way(Protocol):
    """How a session begins."""

    endpoints: frozenset[str]
    """The screens of this way, which need no session."""
    idle: float | None
    """Seconds without use after which a session ends, if it does."""

    def begin(self) -> None:
        """Tell people the address, now that the page answers."""
        ...

    def open(self, app: Flask, entrance: "Entrance") -> None:
        """Add these screens to the application."""
        ...

    def enter(self, entrance: "Entrance") -> AnyResponse | None:
        """Answer a request that comes in by this way, whatever its address; None for any other."""
        ...

    def welcome(self, sent: bool) -> AnyResponse:
        """Answer somebody who is not known; `sent`: whether something was to be sent, which was not."""
        ...


class Entrance:
    """Knows by its session who asks, and lets nobody else on."""

    def __init__(self, office: Office, addresses: Addresses, sessions: Sessions[Person], way: Way) -> None:
        self.sessions, self._office, self._way = sessions, office, way
        self._secure = addresses.secure
        # Cookies know no ports: without the port in its name the page of one would sign out that of another. __Host- is
        # believed by browsers only with Secure, without a domain, and from the host itself.
        port = addresses.first.rpartition(":")[2]
        self._cookie = "__Host-batchroles" if self._secure else f"batchroles-{port}"

    def open(self, app: Flask) -> None:
        """Set the limits of forms, and add the screens by which one comes in."""
        app.config["MAX_CONTENT_LENGTH"] = self._office.upload_limit + SMALL
        app.config["MAX_FORM_PARTS"] = MOST_FIELDS
        app.config["MAX_FORM_MEMORY_SIZE"] = MOST_TEXT
        app.register_error_handler(413, lambda _: self._too_large())
        self._way.open(app, self)

    def arrive(self) -> AnyResponse | None:
        """Find out who asks; gives the answer where that is nobody, or where what is sent is from no page of theirs."""
        g.session = g.person = None
        session = None if request.endpoint == "static" else self._session()
        if session is not None:
            g.session, g.person = session, session.person
        if request.endpoint in ANYBODYS:
            return None
        if TOO_LARGE in request.environ:
            return self._too_large() if session is not None else self._unknown()
        if (entered := self._way.enter(self)) is not None:
            return entered
        if session is None:
            return None if request.endpoint in self._way.endpoints else self._unknown()
        if request.method == "POST" and not same(request.form.get(FORM_TOKEN, ""), session.form_token):
            return problem("form-old", 403)
        return None

    def admit(self, person: Person, answer: AnyResponse) -> AnyResponse:
        """Begin a session, under a new id whatever the browser had before, and have the answer carry it."""
        self.sessions.end(request.cookies.get(self._cookie, ""))
        own, _ = self.sessions.begin(person)
        return self.set_cookie(answer, self._cookie, own)

    def dismiss(self, answer: AnyResponse) -> AnyResponse:
        """End the session of whoever asks."""
        self.sessions.end(request.cookies.get(self._cookie, ""))
        return self.set_cookie(answer, self._cookie, "")

    def set_cookie(self, answer: AnyResponse, name: str, value: str) -> AnyResponse:
        """Have the browser keep something until it is closed; forget it where there is no value."""
        answer.set_cookie(
            name,
            value,
            max_age=None if value else 0,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="Strict",
        )
        return answer

    def most_bytes(self, headers: Mapping[str, str]) -> int:
        """Say how large a request may be, before its body is read: a stranger fills no disk."""
        try:
            cookie = SimpleCookie(headers.get("COOKIE", "")).get(self._cookie)
        except CookieError:
            return SMALL
        known = cookie is not None and self.sessions.find(cookie.value, use=False) is not None
        return self._office.upload_limit + SMALL if known else SMALL

    def _session(self) -> Session[Person] | None:
        # What a page asks by itself is no use of it: a session would never end while a run is looked at.
        by_itself = "watching" in request.args or (request.endpoint or "").endswith(".state")
        return self.sessions.find(request.cookies.get(self._cookie, ""), use=not by_itself)

    def _unknown(self) -> AnyResponse:
        if (request.endpoint or "").endswith(".state"):
            return Response("{}", 401, mimetype="application/json")
        # A link on another site brings no SameSite=Strict cookie along, not even to somebody who is signed in, nor does
        # the redirect that follows it: from a page of our own the same address is asked for once more.
        came_by_link = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
        if request.method == "GET" and came_by_link and self._cookie not in request.cookies:
            return make_response(render_template("arriving.html", here=own_path(request.path)))
        return self._way.welcome(sent=request.method == "POST")

    def _too_large(self) -> Response:
        return problem("too-large", 413, limit=str(self._office.upload_limit // 1_000_000))


@dataclass
class OwnMachine:
    """One person at their own machine: the address that was printed lets a browser in, once."""

    person: Person
    addresses: Addresses
    announce: Callable[[str], None] = field(repr=False)
    """Is told each address that lets a browser in from then on."""
    endpoints: frozenset[str] = frozenset()
    idle: float | None = None

    def __post_init__(self) -> None:
        self._keys = OneTimeKeys()

    def begin(self) -> None:
        """Make a key, and tell the address with it; the one before it lets nobody in any more."""
        self.announce(f"{self.addresses.first}/?key={self._keys.new()}")

    def open(self, app: Flask, entrance: Entrance) -> None:
        """See `Way`: there are no screens."""

    def enter(self, entrance: Entrance) -> AnyResponse | None:
        """See `Way`: a key is exchanged for a session, by a redirect that leaves it behind."""
        key = request.args.get("key")
        if key is None or request.method != "GET":
            return None
        clean = redirect("/", 303)
        if self._keys.use(key):
            answer = entrance.admit(self.person, clean)
            self.begin()
            return answer
        # Back or reload in the browser that was let in.
        return clean if g.person is not None else self.welcome(sent=False)

    def welcome(self, sent: bool) -> AnyResponse:
        """See `Way`."""
        return problem("no-session-sent" if sent else "no-session", 403)


def own_path(said: str) -> str:
    """Give a path of this page that was said by somebody, `/` where it is anything else: no way to another site."""
    return said if _OWN_PATH.fullmatch(said) else "/"


def here() -> str:
    """Give the path of the page from which something was sent, as far as the browser says it."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    if request.method != "POST":
        return own_path(request.path)
    return own_path(came_from.path) if came_from.netloc == request.host else "/"
