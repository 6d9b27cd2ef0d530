"""A ping to a service that notices when a job no longer runs, as healthchecks.io does.

It has an address for success, and the same with `/fail` behind it. Nothing is sent but the request, and the address
counts as a secret: who has it can ping.
"""

from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from batchroles.client.address import is_loopback
from batchroles.client.masking import Mask
from batchroles.errors import InputError

SECONDS = (3.0, 5.0)
"""To connect, and to be answered: a job must not wait for who only watches it."""


class Ping:
    """An address to ping. Raises InputError, which never quotes it, where it cannot be used."""

    def __init__(self, url: str) -> None:
        try:
            self._parts = urlsplit(url.strip())
            host = self._parts.hostname or ""
            self._parts.port  # noqa: B018 - reading it checks it
        except ValueError:
            raise InputError("--ping-url is no address that can be read: copy it again") from None
        if not host or self._parts.scheme not in ("https", "http"):
            raise InputError("--ping-url is no address: write it in full, beginning with https://")
        if self._parts.scheme == "http" and not is_loopback(host):
            raise InputError(
                "--ping-url begins with http://, where anybody on the way can read it: use https://"
            )

    def __repr__(self) -> str:
        return "Ping(<hidden>)"

    @property
    def masks(self) -> list[Callable[[str], str]]:
        """What hides the address in a text. Its host is no secret: the site's may be the same."""
        parts = self._parts
        secrets = [parts.path.lstrip("/"), parts.query, parts.password or "", parts.username or ""]
        return [Mask(secret).told for secret in secrets if secret]

    def send(self, *, success: bool) -> str:
        """Ping; gives why that failed, empty where it did not."""
        import requests

        path = self._parts.path if success else f"{self._parts.path.rstrip('/')}/fail"
        url = urlunsplit(self._parts._replace(path=path, fragment=""))
        try:
            with requests.Session() as session:
                session.trust_env = not is_loopback(self._parts.hostname or "")
                # Redirects would lead the address to somebody else; auth that does nothing keeps .netrc out of it.
                with session.get(
                    url,
                    headers={"User-Agent": "batchroles"},
                    timeout=SECONDS,
                    allow_redirects=False,
                    auth=lambda request: request,
                    stream=True,
                ) as answer:
                    status = answer.status_code
        except (requests.RequestException, OSError, ValueError) as error:
            # Not the error's own words: they hold the address.
            return f"the ping was not answered ({type(error).__name__})"
        return "" if 200 <= status < 300 else f"the ping was answered with HTTP {status}"
