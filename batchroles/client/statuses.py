"""What an HTTP status other than 200 means: whether the call may have been done all the same, and what to do."""

from batchroles.client.address import SERVER_PATH
from batchroles.client.attempts import AttemptError
from batchroles.client.decoding import page_title
from batchroles.client.refusals import COMMAND_LINE_MAINTENANCE, SERVICES_OFF, TEMPORARY
from batchroles.client.retry import retry_after
from batchroles.client.wire import Answer
from batchroles.errors import BatchrolesError, CallTooLarge, SiteRefusal

NOT_NOW = {
    408: "did not receive the whole request",
    429: "asks for fewer requests",
    503: "is not available now",
}
"""Status → clause: the call was not begun, and another attempt may be."""

_EXPIRED = "Mon, 20 Aug 1969"
"""The date by which Moodle makes its maintenance page expire: in whatever language the page is, it has this header."""

NOT_TAKEN = frozenset({301, 307, 308, 401, 405, 407, 411, 413, 414, 417, 421, 426, 431, *NOT_NOW})
"""Statuses that say that the request went no further than a web server or proxy, so that nothing was done.

Every other one may have been put in the place of Moodle's answer by something between here and there, after the call
was done. What Moodle itself answers with such a status is told apart by `_is_moodles`: 403 without a word where web
services are off, and a redirect of the very request to the address by which the site knows itself.
"""


def meaning_of_status(answer: Answer, function: str, url: str) -> BatchrolesError | AttemptError:
    """Turn a status other than 200 into what the caller does next."""
    status = answer.status
    if status == 413:
        return CallTooLarge(function, "http413", "the web server does not take a call of this size")
    if status in NOT_NOW or status >= 500:
        return _try_again(answer)
    if status < 300:
        reason = f"the web server answers with HTTP status {status}, as no Moodle does"
        return AttemptError(reason, lost=True, few=True)
    refusal = _redirect(answer, url) if status < 400 else _refusal(answer, url)
    refusal.maybe_done = status not in NOT_TAKEN and not _is_moodles(answer)
    return refusal


def _is_moodles(answer: Answer) -> bool:
    if answer.status == 403:
        return not answer.content.strip()
    # Moodle sends a client that used another host name there before it does anything.
    there = (answer.headers.get("Location") or "").partition("?")[0]
    return "://" in there and there.endswith(SERVER_PATH)


def _try_again(answer: Answer) -> AttemptError:
    """Describe a status that may be gone at the next attempt."""
    # Varnish says 503 also of an answer that came too late.
    late = b"Guru Meditation" in answer.content or b"Backend fetch failed" in answer.content
    return AttemptError(
        f"{_passing(answer)} (HTTP {answer.status})",
        lost=late or answer.status not in NOT_NOW,
        asked=retry_after(answer.headers.get("Retry-After")),
    )


def _passing(answer: Answer) -> str:
    if answer.status == 503 and (answer.headers.get("Expires") or "").startswith(_EXPIRED):
        return COMMAND_LINE_MAINTENANCE
    if answer.status == 503 and "maintenance" in _text(answer).lower():
        return TEMPORARY["sitemaintenance"]
    said = NOT_NOW.get(
        answer.status, f"has an error of its own: {page_title(_text(answer)) or 'no more is said'}"
    )
    return f"the web server {said}"


def _redirect(answer: Answer, url: str) -> SiteRefusal:
    """Say where a redirect leads; the token does not follow it."""
    # The path of the REST server is ours; what stands before it is the address to use. A query may hold anything.
    there = (answer.headers.get("Location") or "").partition("?")[0].partition("/webservice/")[0].rstrip("/")
    advice = f"use {there} as the site's address" if "://" in there else "find out its right address"
    if there == url:
        advice = (
            "the site knows itself by another address, which an administrator finds as wwwroot in config.php"
        )
    return SiteRefusal(
        f"{url} redirects (HTTP {answer.status}), and the token does not follow redirects: {advice}.",
        "redirect",
    )


def _refusal(answer: Answer, url: str) -> SiteRefusal:
    return SiteRefusal(_sentence(answer, url), f"http{answer.status}")


def _sentence(answer: Answer, url: str) -> str:
    """Say what a status of 400 to 499 means for a client of Moodle, and what to do."""
    if answer.status == 403 and not answer.content.strip():
        return SERVICES_OFF.format(url=url)
    said = f'{url} answered HTTP {answer.status} "{page_title(_text(answer))}"'
    if answer.status == 404:
        return f"{said}: there is no Moodle at this address; give the address of the site's home page."
    if answer.status == 401:
        return (
            f"{said}: the web server itself asks for a password; ask its administrator to let this client in."
        )
    return (
        f"{said}: the web server, or a firewall in front of it, refuses the request; ask its administrator."
    )


def _text(answer: Answer) -> str:
    return answer.content[:20000].decode("utf-8", errors="replace")
