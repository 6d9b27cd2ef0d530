"""From an HTTP answer to a value or the right exception."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from batchroles.client import functions
from batchroles.client.attempts import AttemptError
from batchroles.client.decoding import (
    Decoded,
    UnreadableError,
    begins_as_notice,
    decode_json,
    decode_xml,
    looks_cut,
    page_title,
    plain,
    split_xml,
)
from batchroles.client.refusals import COMMAND_LINE_MAINTENANCE, SERVICES_OFF, TEMPORARY, meaning
from batchroles.client.retry import retry_after
from batchroles.client.wire import Answer
from batchroles.errors import CallTooLarge, SiteRefusal

RestFormat = Literal["json", "xml"]

FORM_CUT = "formcut"
"""The error code of a call of whose form PHP dropped the end, for want of `max_input_vars`; ours, not Moodle's."""
_EXPIRED = "Mon, 20 Aug 1969"
"""The date by which Moodle makes its maintenance page expire: in whatever language the page is, it has this header."""
_NOT_DONE = {
    408: "did not receive the whole request",
    429: "asks for fewer requests",
    503: "is not available now",
}
"""HTTP statuses that say that the call was not begun."""


@dataclass(frozen=True)
class Asked:
    """What was asked for, as far as the answer's meaning depends on it."""

    url: str
    """The site's address."""
    function: str
    rest_format: RestFormat
    idle: bool = False
    """Whether what it carries can change nothing, though the function could."""

    @property
    def writes(self) -> bool:
        """Whether the call changes something."""
        return self.function in functions.WRITES and not self.idle


def read(answer: Answer, asked: Asked) -> Decoded:
    """Give the value of an answer, or raise what it means.

    Raises `CallRefused` (about what the call carried), `CallTooLarge`, `SiteRefusal` (whatever is sent), or
    `AttemptError` (try again).
    """
    if answer.status == 200:
        return _content(answer.content.decode("utf-8", errors="replace"), asked)
    if 300 <= answer.status < 400:
        raise _redirect(answer, asked)
    if answer.status == 413:
        raise CallTooLarge(asked.function, "http413", "the web server does not take a call of this size")
    if answer.status in _NOT_DONE or answer.status >= 500:
        raise _try_again(answer, asked)
    with suppress(UnreadableError):
        _raise_error(decode_json(answer.content.decode("utf-8", errors="replace")).value, asked)
    raise _not_moodle(_status_sentence(answer, asked), f"http{answer.status}", asked)


def _content(text: str, asked: Asked) -> Decoded:
    """Read the text of an answer with HTTP status 200."""
    if not text.strip():
        raise AttemptError(_empty_reason(asked), lost=True, few=True)
    notice, xml = split_xml(text)
    decoded = Decoded(_xml(xml, asked), notice) if xml else _json(text, asked)
    _raise_error(decoded.value, asked)
    return decoded


def _raise_error(value: object, asked: Asked) -> None:
    """Raise what an error object of Moodle means, if the value is one."""
    if isinstance(value, dict) and "exception" in value:
        raise meaning(value, asked.function, asked.url)


def _empty_reason(asked: Asked) -> str:
    if asked.rest_format == "xml":
        return "an empty answer"
    return "an empty answer; if it stays so, text in the site's data may be invalid: try --rest-format xml"


def _xml(text: str, asked: Asked) -> object:
    if asked.rest_format == "json":
        raise CallTooLarge(
            asked.function,
            FORM_CUT,
            "the site lost the end of the form: the call is larger than PHP's max_input_vars or post_max_size",
        )
    try:
        return decode_xml(text)
    except UnreadableError:
        raise AttemptError("half an answer", lost=True) from None


def _json(text: str, asked: Asked) -> Decoded:
    """Read JSON, whatever format was asked for: an early error may come in it."""
    try:
        return decode_json(text)
    except UnreadableError:
        pass
    if looks_cut(text):
        raise AttemptError("half an answer", lost=True)
    if begins_as_notice(text):
        raise AttemptError(f"an error of PHP without an answer: {plain(text)[:200]}", lost=True, few=True)
    raise _not_moodle(
        f'{asked.url} answered with a web page titled "{page_title(text)}"; is this the address of a Moodle site?',
        "webpage",
        asked,
    )


def _not_moodle(sentence: str, errorcode: str, asked: Asked) -> SiteRefusal:
    """Refuse what is not the word of a Moodle.

    Something between here and Moodle may have put it in the place of Moodle's answer, after the call was done.
    """
    refusal = SiteRefusal(sentence, errorcode)
    refusal.maybe_done = asked.writes
    return refusal


def _redirect(answer: Answer, asked: Asked) -> SiteRefusal:
    """Say where a redirect leads; the token does not follow it."""
    # The path of the REST server is ours; what stands before it is the address to use. A query may hold anything.
    there = (answer.headers.get("Location") or "").partition("?")[0].partition("/webservice/")[0].rstrip("/")
    advice = f"use {there} as the site's address" if "://" in there else "find out its right address"
    if there == asked.url:
        advice = (
            "the site knows itself by another address, which an administrator finds as wwwroot in config.php"
        )
    return _not_moodle(
        f"{asked.url} redirects (HTTP {answer.status}), and the token does not follow redirects: {advice}.",
        "redirect",
        asked,
    )


def _try_again(answer: Answer, asked: Asked) -> AttemptError:
    """Describe an HTTP status that may be gone at the next attempt."""
    return AttemptError(
        f"{_passing(answer)} (HTTP {answer.status})",
        lost=answer.status not in _NOT_DONE and asked.writes,
        asked=retry_after(answer.headers.get("Retry-After")),
    )


def _passing(answer: Answer) -> str:
    if answer.status == 503 and (answer.headers.get("Expires") or "").startswith(_EXPIRED):
        return COMMAND_LINE_MAINTENANCE
    if answer.status == 503 and "maintenance" in _text(answer).lower():
        return TEMPORARY["sitemaintenance"]
    said = _NOT_DONE.get(
        answer.status, f"has an error of its own: {page_title(_text(answer)) or 'no more is said'}"
    )
    return f"the web server {said}"


def _status_sentence(answer: Answer, asked: Asked) -> str:
    """Say what an HTTP status of 400 to 499 means for a client of Moodle, and what to do."""
    if answer.status == 403 and not answer.content.strip():
        return SERVICES_OFF.format(url=asked.url)
    said = f'{asked.url} answered HTTP {answer.status} "{page_title(_text(answer))}"'
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
