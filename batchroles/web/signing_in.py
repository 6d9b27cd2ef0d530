"""Signing in by one's Moodle user name and password, which are exchanged for a token and forgotten."""

import hmac
import secrets
from collections.abc import Callable
from hashlib import sha256
from threading import BoundedSemaphore

from flask import Flask, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from batchroles.errors import BatchrolesError, SiteRefusal
from batchroles.web.entrance import FORM_TOKEN, Entrance, here, own_path
from batchroles.web.people import Person
from batchroles.web.safety import Addresses
from batchroles.web.server import THREADS
from batchroles.web.sessions import IDLE, same, secret
from batchroles.web.slowing import Attempts

LONGEST = 1_000
"""Characters of a user name or a password that are asked about."""
AT_ONCE = THREADS // 3
"""Sign-ins at once: each holds a thread while the site answers, and others want pages meanwhile."""

SignIn = Callable[[str, str], Person]
"""Exchanges user name and password for the person with a token of their own. Raises what `fetch_token` raises."""


class SigningIn:
    """The way into an office's page: everybody with their own rights."""

    endpoints = frozenset({"sign_in", "sign_in_now"})
    idle: float | None = IDLE

    def __init__(
        self,
        sign_in: SignIn,
        addresses: Addresses,
        announce: Callable[[str], object],
        attempts: Attempts | None = None,
    ) -> None:
        """`announce`: is told the address, once the page answers."""
        self._sign_in = sign_in
        self._address, self._announce = addresses.first, announce
        self._attempts = attempts or Attempts()
        self._room = BoundedSemaphore(AT_ONCE)
        # The form has no session to be tied to yet. So it is tied to a cookie that no other site can set or read: else
        # one could sign people in as oneself, and be given what they upload.
        self._key = secrets.token_bytes(32)
        port = addresses.first.rpartition(":")[2]
        self._cookie = "__Host-sign-in" if addresses.secure else f"sign-in-{port}"

    def begin(self) -> None:
        """See `Way`."""
        self._announce(self._address)

    def open(self, app: Flask, entrance: Entrance) -> None:
        """See `Way`: a form, what takes it, and the way out."""
        self._entrance = entrance
        app.add_url_rule("/sign-in", "sign_in", self._show, methods=["GET"])
        app.add_url_rule("/sign-in", "sign_in_now", self._take, methods=["POST"])
        app.add_url_rule("/sign-out", "sign_out", self._leave, methods=["POST"])

    def enter(self, entrance: Entrance) -> AnyResponse | None:  # noqa: ARG002 - as others need it
        """See `Way`: nothing but the form leads in."""
        return None

    def welcome(self, sent: bool) -> AnyResponse:
        """See `Way`."""
        if sent:
            return self._form(401, "session-over", back=here())
        return redirect(f"/sign-in?back={own_path(request.path)}", 303)

    def _show(self) -> AnyResponse:
        back = own_path(request.args.get("back", "/"))
        if g.person is not None:
            return redirect(back, 303)
        return self._form(200, "signed-out" if "out" in request.args else "", back=back)

    def _take(self) -> AnyResponse:
        username, password = request.form.get("username", ""), request.form.get("password", "")
        back = own_path(request.form.get("back", "/"))
        if not self._is_ours(request.form.get(FORM_TOKEN, "")):
            return self._form(403, "form-old", back=back, username=username)
        if not username.strip() or not password or max(len(username), len(password)) > LONGEST:
            return self._form(400, "needed", back=back, username=username[:LONGEST])
        if wait := self._attempts.begin(username, request.remote_addr or ""):
            answer = self._form(429, "wait", back=back, username=username, seconds=wait)
            answer.headers["Retry-After"] = str(wait)
            return answer
        if not self._room.acquire(blocking=False):
            answer = self._form(503, "busy", back=back, username=username)
            answer.headers["Retry-After"] = "10"
            return answer
        try:
            person = self._sign_in(username.strip(), password)
        except BatchrolesError as error:
            status = 403 if isinstance(error, SiteRefusal) else 503
            return self._form(status, "", back=back, username=username, sentence=str(error))
        finally:
            self._room.release()
        self._attempts.forgive(username, request.remote_addr or "")
        answer = self._entrance.admit(person, redirect(back, 303))
        return self._entrance.set_cookie(answer, self._cookie, "")

    def _leave(self) -> AnyResponse:
        return self._entrance.dismiss(redirect("/sign-in?out", 303))

    def _form(
        self, status: int, what: str, *, back: str, username: str = "", sentence: str = "", seconds: int = 0
    ) -> AnyResponse:
        """Show the form, with what there is to say before it: one of our texts, or a sentence of the site's."""
        own = request.cookies.get(self._cookie, "") or secret()
        page = render_template(
            "sign-in.html",
            what=what,
            sentence=sentence,
            seconds=seconds,
            back=back,
            username=username,
            form_token=self._form_token(own),
        )
        return self._entrance.set_cookie(make_response(page, status), self._cookie, own)

    def _form_token(self, own: str) -> str:
        return hmac.new(self._key, own.encode("utf-8", "replace"), sha256).hexdigest()

    def _is_ours(self, token: str) -> bool:
        own = request.cookies.get(self._cookie, "")
        return bool(own) and same(token, self._form_token(own))
