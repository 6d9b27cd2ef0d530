"""From an HTTP answer to a value or the right exception."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from batchroles.client import functions
from batchroles.client.attempts import AttemptError
from batchroles.client.decoding import (
    Decoded,
    UnreadableError,
    begins_as_notice,
    decode_json,
    decode_xml,
    excerpt,
    looks_cut,
    page_title,
    plain,
    split_xml,
)
from batchroles.client.refusals import meaning, meaning_of_status
from batchroles.client.shapes import ERROR, misfit
from batchroles.client.wire import Answer
from batchroles.errors import CallTooLarge, SiteRefusal

RestFormat = Literal["json", "xml"]

FORM_CUT = "formcut"
"""The error code of a call of whose form PHP dropped the end, for want of `max_input_vars`; ours, not Moodle's."""


@dataclass(frozen=True)
class Asked:
    """What was asked for, as far as the answer's meaning depends on it."""

    url: str
    """The site's address."""
    function: str
    rest_format: RestFormat
    idle: bool = False
    """Whether what it carries can change nothing, though the function could."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """What a look-up asked for."""

    @property
    def writes(self) -> bool:
        """Whether the call changes something."""
        return functions.writes(self.function) and not self.idle


def read(answer: Answer, asked: Asked) -> Decoded:
    """Give the value of an answer, or raise what it means.

    Raises `CallRefused` (about what the call carried), `CallTooLarge`, `SiteRefusal` (whatever is sent), or
    `AttemptError` (try again).
    """
    # Moodle refuses with status 200, too (case `assign-course-unknown`).
    if answer.status == 200:
        return _content(answer.content.decode("utf-8", errors="replace"), asked)
    if 400 <= answer.status < 500:
        with suppress(UnreadableError):
            _raise_error(decode_json(answer.content.decode("utf-8", errors="replace")).value, asked)
    failure = meaning_of_status(answer, asked.function, asked.url)
    if isinstance(failure, SiteRefusal):
        failure.maybe_done = failure.maybe_done and asked.writes
    raise failure


def _content(text: str, asked: Asked) -> Decoded:
    """Read the text of an answer with HTTP status 200."""
    if not text.strip():
        raise AttemptError(_empty_reason(asked), lost=True, few=True)
    notice, xml = split_xml(text)
    decoded = Decoded(_xml(xml, asked), notice) if xml else _json(text, asked)
    _raise_error(decoded.value, asked)
    if wrong := misfit(asked.function, asked.params, decoded.value):
        said = f"what came is no answer of a Moodle ({wrong})"
        raise AttemptError(said, lost=True, few=True, answered=excerpt(text))
    return decoded


def _raise_error(value: object, asked: Asked) -> None:
    """Raise what an error object of Moodle means, if the value is one."""
    # ERROR says what does not fit its shape: nothing where it is one.
    if isinstance(value, dict) and "exception" in value and not ERROR(value):
        raise meaning(value, asked.function, asked.url)


def _empty_reason(asked: Asked) -> str:
    if asked.rest_format == "xml":
        return "an empty answer"
    return "an empty answer; if it stays so, text in the site's data may be invalid: try --rest-format xml"


def _xml(text: str, asked: Asked) -> object:
    try:
        value = decode_xml(text)
    except UnreadableError:
        raise AttemptError("half an answer", lost=True, answered=excerpt(text)) from None
    # The format stands last in the form, and is what PHP drops first. The call may have been done all the same (case
    # `vars-format-last-lost`); its rows are sent again, which is harmless.
    if asked.rest_format == "json":
        raise CallTooLarge(
            asked.function,
            FORM_CUT,
            "the site lost the end of the form: the call is larger than PHP's max_input_vars or post_max_size",
        )
    return value


def _json(text: str, asked: Asked) -> Decoded:
    """Read JSON, whatever format was asked for: an early error may come in it."""
    try:
        return decode_json(text)
    except UnreadableError:
        pass
    if looks_cut(text):
        raise AttemptError("half an answer", lost=True, answered=excerpt(text))
    if begins_as_notice(text):
        raise AttemptError(f"an error of PHP without an answer: {plain(text)[:200]}", lost=True, few=True)
    refusal = SiteRefusal(
        f'{asked.url} answered with a web page titled "{page_title(text)}"; is this the address of a Moodle site?',
        "webpage",
    )
    # Something between here and Moodle may have put the page in the place of the answer.
    refusal.maybe_done = asked.writes
    refusal.answered = excerpt(text)
    raise refusal
