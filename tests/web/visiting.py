"""A page that is served to the tests, and visitors who speak to it as browsers do, or as attackers do."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask

from batchroles.client import Moodle, Retry, fetch_token
from batchroles.web.app import make_app
from batchroles.web.desk import Desk
from batchroles.web.entrance import Entrance, OwnMachine, Way
from batchroles.web.office import Office
from batchroles.web.people import Person
from batchroles.web.safety import Addresses, Gate, behind
from batchroles.web.server import listen, serving
from batchroles.web.sessions import Sessions
from batchroles.web.signing_in import SignIn, SigningIn
from batchroles.web.slowing import Attempts
from tests.web.raw import Answer, ask

Body = bytes | Iterable[bytes] | None

PUBLIC = "https://roles.example.edu"
SERVICE = "batchroles"


@dataclass
class Page:
    """A page that answers."""

    port: int
    app: Flask
    desk: Desk
    entrance: Entrance
    way: Way
    announced: list[str]
    """The addresses that were told to people."""
    proxied: bool = False

    def visitor(self) -> "Visitor":
        """Give somebody with a browser that is new here."""
        return Visitor(self)


@dataclass
class Visitor:
    """A browser: keeps cookies, and says where its requests come from."""

    page: Page
    cookies: dict[str, str] = field(default_factory=dict)
    last: Answer | None = None
    extra: dict[str, str] = field(default_factory=dict)
    """Headers of every request beside the usual ones."""

    def ask(self, method: str, path: str, body: Body = None, /, **headers: str) -> Answer:
        """Send one request, and keep the cookies of the answer; in names of headers _ stands for -."""
        said = (
            self._usual(method)
            | self.extra
            | {name.replace("_", "-"): value for name, value in headers.items()}
        )
        if self.cookies:
            said["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = ask(self.page.port, method, path, said, body)
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self.cookies.pop(name, None)
                if morsel.value:
                    self.cookies[name] = morsel.value
        self.last = answer
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        """Open a page."""
        return self.ask("GET", path, **headers)

    def post(self, path: str, form: Mapping[str, str] | None = None, **headers: str) -> Answer:
        """Send a form with these fields alone."""
        body = urlencode(form or {}).encode()
        return self.ask(
            "POST", path, body, **{"Content_Type": "application/x-www-form-urlencoded", **headers}
        )

    def send(self, path: str, form: Mapping[str, str] | None = None, at: str = "/") -> Answer:
        """Send a form as the page at an address has it, with its form token."""
        return self.post(path, {"form_token": form_token(self.get(at)), **(form or {})})

    def upload(self, name: str, content: bytes, at: str = "/", **fields: str) -> Answer:
        """Give a file."""
        parts = {"form_token": form_token(self.get(at))} | fields
        body, kind = multipart(parts, name, content)
        return self.ask("POST", "/upload", body, Content_Type=kind)

    def let_in(self) -> "Visitor":
        """Come in by the newest address, on one's own machine."""
        self.get(self.page.announced[-1].partition(f":{self.page.port}")[2])
        return self

    def sign_in(self, username: str, password: str, **fields: str) -> Answer:
        """Fill in the form and send it."""
        return self.send("/sign-in", {"username": username, "password": password, **fields}, at="/sign-in")

    def _usual(self, method: str) -> dict[str, str]:
        origin = PUBLIC if self.page.proxied else f"http://127.0.0.1:{self.page.port}"
        own = {
            "Host": origin.partition("://")[2],
            "Sec-Fetch-Site": "same-origin",
            "Sec-Fetch-Mode": "navigate",
        }
        if self.page.proxied:
            own |= {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.5"}
        return own | ({"Origin": origin} if method == "POST" else {})


def form_token(answer: Answer) -> str:
    """Give the form token of a page."""
    found = re.search(r'name="form_token" value="([^"]+)"', answer.text)
    assert found is not None, answer.text
    return unescape(found[1])


def multipart(fields: Mapping[str, str], name: str, content: bytes) -> tuple[bytes, str]:
    """Write a form with a file, whose name is as it is given; gives the body and its type."""
    border = "----border7d3f"
    parts = [
        f'--{border}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return b"".join(
        [*parts, head, content, f"\r\n--{border}--\r\n".encode()]
    ), f"multipart/form-data; boundary={border}"


def connector(url: str) -> Any:
    """Give what makes a client of a token, for a site that answers at once or not at all."""
    return lambda token: Moodle(url, token, retry=Retry.lasting(0, settle_pause=0), timeout=(5, 30))


@contextmanager
def own_machine(url: str, token: str, folder: Path, **office: Any) -> Iterator[Page]:
    """Serve the page as on one's own machine."""
    shared = Office(url, connector(url), folder, **office)
    announced: list[str] = []
    person = Person.arriving(shared, token)
    with _served(
        shared, lambda addresses: OwnMachine(person, addresses, announced.append), announced
    ) as page:
        yield page


@contextmanager
def office(
    url: str,
    folder: Path,
    *,
    proxied: bool = False,
    attempts: Attempts | None = None,
    sessions: Sessions[Person] | None = None,
    sign_in: SignIn | None = None,
    **office: Any,
) -> Iterator[Page]:
    """Serve the page for an office whose people sign in; `sign_in`: what is done instead of asking the site."""
    shared = Office(url, connector(url), folder, **office)
    announced: list[str] = []

    def ask_site(username: str, password: str) -> Person:
        return Person.arriving(shared, fetch_token(url, username, password, SERVICE))

    with _served(
        shared,
        lambda addresses: SigningIn(sign_in or ask_site, addresses, announced.append, attempts),
        announced,
        sessions=sessions,
        proxied=proxied,
    ) as page:
        yield page


@contextmanager
def _served(
    shared: Office,
    way_in: Any,
    announced: list[str],
    *,
    sessions: Sessions[Person] | None = None,
    proxied: bool = False,
) -> Iterator[Page]:
    listener = listen("127.0.0.1", 0)
    addresses = Addresses.public(PUBLIC) if proxied else Addresses.of_port(listener.getsockname()[1])
    way = way_in(addresses)
    entrance = Entrance(shared, addresses, sessions or Sessions(way.idle), way)
    app = make_app(shared, entrance)
    desk: Desk = app.extensions["desk"]
    gate = Gate(app, addresses)
    with serving(behind(gate, "127.0.0.1") if proxied else gate, listener, entrance.most_bytes) as served:
        way.begin()
        yield Page(served.port, app, desk, entrance, way, announced, proxied)
        desk.works.stop_all(20)
