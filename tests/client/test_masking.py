"""Secrets in whatever a site says, at every place, cut at every length, and spelled in every way."""

import json
import logging
import traceback
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchroles.client import Moodle, Retry, fetch_token
from batchroles.client.masking import Mask
from batchroles.client.wire import Answer
from batchroles.errors import BatchrolesError
from tests.client.helpers import TOKEN, client
from tests.client.raw_server import Speech, said, speaking

pytestmark = pytest.mark.long

PASSWORD = "Pa ss/w+ör&d\"<x>1\\'"

SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "small": str.lower,
    "large": str.upper,
    "in an address": lambda text: quote(text, safe=""),
    "in an address, letter by letter": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "in an address in an address": lambda text: quote(quote(text, safe=""), safe=""),
    "in a form": quote_plus,
    "in JSON": lambda text: json.dumps(text)[1:-1],
    "in JSON of PHP": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "in JSON, letter by letter": lambda text: "".join(f"\\u{ord(letter):04X}" for letter in text),
    "in HTML": escape,
    "in HTML, by numbers": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "in HTML, by other numbers": lambda text: "".join(f"&#x{ord(letter):04X};" for letter in text),
    "in HTML in HTML": lambda text: escape(escape(text)),
}


def longest_piece(secret: str, text: str) -> int:
    """Give the length of the longest piece of a secret that stands in a text."""
    return max(
        (
            over - begin
            for begin in range(len(secret))
            for over in range(begin + 1, len(secret) + 1)
            if secret[begin:over] in text
        ),
        default=0,
    )


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("secret", [TOKEN, PASSWORD])
def test_every_spelling(spelling: str, secret: str) -> None:
    """A secret is hidden however a site escapes it."""
    text = f"before {SPELLINGS[spelling](secret)} after"
    mask = Mask(secret)
    assert mask.told(text) == "before <hidden> after"
    hidden = mask.answer(Answer(200, {"location": text}, text.encode()))
    assert hidden == Answer(200, {"Location": "before <hidden> after"}, b"before <hidden> after")


@given(st.binary(max_size=9), st.binary(max_size=9), st.booleans())
def test_inside_base64(before: bytes, after: bytes, for_addresses: bool) -> None:
    """A secret is hidden wherever it stands in what base64 made of it; at most a letter at each end stays."""
    encoded = (urlsafe_b64encode if for_addresses else b64encode)(before + PASSWORD.encode() + after)
    hidden = Mask(PASSWORD).answer(Answer(200, {}, encoded)).content
    assert b"<hidden>" in hidden
    assert len(hidden) - len("<hidden>") <= len(b64encode(before + after)) + 4


@given(
    st.text("0123456789abcdef <>", max_size=30),
    st.integers(0, 32),
    st.integers(0, 32),
    st.text("0123456789abcdef <>", max_size=30),
)
def test_pieces(before: str, begin: int, end: int, after: str) -> None:
    """No eight letters of a secret that follow each other are ever told, wherever a site has cut it."""
    told = Mask(TOKEN).told(before + TOKEN[begin:end] + after)
    assert longest_piece(TOKEN, told) < 8


def test_texts_are_cut_after_they_are_masked() -> None:
    """A message of megabytes is told by its beginning, and the cut leaves nothing of a secret."""
    for filled in range(1_900, 2_001):
        told = Mask(TOKEN).told("x" * filled + TOKEN + "x" * 3_000_000)
        assert len(told) <= 2_001
        assert longest_piece(TOKEN, told) < 8


def test_an_answer_of_megabytes() -> None:
    """Values that are long are masked as well."""
    content = b'["' + b"x" * 1_100_000 + TOKEN.encode() + b'"]'
    assert TOKEN.encode() not in Mask(TOKEN).answer(Answer(200, {}, content)).content


def test_the_secret_is_in_no_repr() -> None:
    """A mask does not show what it hides; nothing and a word of few letters it leaves alone."""
    assert repr(Mask(TOKEN)) == "Mask(<hidden>)"
    assert Mask("").told("a text") == "a text"
    assert Mask("short").told("a short text") == "a short text"
    assert Mask("short", shortest=1).told("a short text") == "a <hidden> text"


POSITIONS: dict[str, Callable[[str], bytes]] = {
    "message": lambda text: _json(json.dumps({"exception": "x", "errorcode": "y", "message": text})),
    "debuginfo": lambda text: _json(
        json.dumps({"exception": "x", "errorcode": "invalidtoken", "message": "", "debuginfo": text})
    ),
    "error code": lambda text: _json(json.dumps({"exception": "x", "errorcode": text, "message": ""})),
    "exception": lambda text: _json(json.dumps({"exception": text, "message": ""})),
    "title": lambda text: _json(f"<html><title>{text}</title></html>"),
    "page": lambda text: _json(f"<html>{text}</html>", b"503 Busy"),
    "other page": lambda text: _json(text, b"404 No"),
    "notice": lambda text: _json(f"Warning: {text}\n" + '{"exception":"x","errorcode":"y","message":"z"}'),
    "fatal error": lambda text: _json(f"<br />Fatal error: {text}"),
    "status": lambda text: _json("", b"404 " + text.encode()),
    "location": lambda text: _json("", b"301 Away\r\nLocation: https://example.edu/" + text.encode()),
    "location's name": lambda text: _json("", b"301 Away\r\nLocation: https://" + text.encode()),
    "a header without a colon": lambda text: _json("{}", b"502 Bad\r\n" + text.encode()),
    "login's error": lambda text: _json(json.dumps({"error": text, "errorcode": "other"})),
    "login's code": lambda text: _json(json.dumps({"error": "x", "errorcode": text})),
    "pause": lambda text: _json("", b"503 Busy\r\nRetry-After: " + text.encode()),
}


def _json(body: str, status: bytes = b"200 OK") -> bytes:
    content = body.encode()
    return b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n" % len(content) + content


@pytest.mark.parametrize("position", POSITIONS)
def test_echoes_at_every_place_and_of_every_length(position: str, caplog: pytest.LogCaptureFixture) -> None:
    """A site that repeats token or password, whole or cut, with anything before it, gets it into nothing."""
    caplog.set_level(logging.DEBUG)
    secret = "fedcba98-76543210-Fedcba98"
    answers: list[bytes] = []

    def speak(_: object) -> Speech:
        yield answers[0]

    with speaking(speak) as raw:
        for length in range(8, len(secret) + 1):
            for filled in (0, 40, 70, 75, 190, 195):
                for piece in (secret[:length], secret[-length:]):
                    answers[:] = [POSITIONS[position]("x" * filled + piece)]
                    told = [_told_of_a_login(raw.url, secret)]
                    if "login" not in position:
                        told.append(_told_of_a_call(raw.url, secret))
                    assert longest_piece(secret, "".join(told)) < 8, told
    assert longest_piece(secret, caplog.text) < 8


def _told_of_a_call(url: str, token: str) -> str:
    with (
        Moodle(url, token, retry=Retry(attempts=1)) as moodle,
        pytest.raises(BatchrolesError) as caught,
    ):
        moodle.call("core_role_assign_roles")
    return _everything(caught.value) + repr((moodle, moodle.notes))


def _told_of_a_login(url: str, password: str) -> str:
    with pytest.raises(BatchrolesError) as caught:
        fetch_token(url, "anna", password, "roles")
    return _everything(caught.value)


def _everything(error: BatchrolesError) -> str:
    return "".join(traceback.format_exception(error)) + repr(vars(error)) + repr(error.__context__)


def test_a_password_that_is_a_word_of_the_answer() -> None:
    """A password may be a word that Moodle's own answer holds: the token is found, and the error is understood."""
    for password, body, outcome in (
        ("token", b'{"token":"NEW"}', "NEW"),
        ("invalid", b'{"error":"x","errorcode":"invalidlogin"}', "The site does not accept this user name"),
    ):
        with speaking(said(b"Content-Length: %d" % len(body), [body])) as raw:
            try:
                told = fetch_token(raw.url, "anna", password, "roles")
            except BatchrolesError as error:
                told = str(error)
        assert told.startswith(outcome)


def test_a_value_is_masked_too() -> None:
    """What a site gives as a name may be the token; it is hidden there as well."""
    body = json.dumps([{"fullname": TOKEN}]).encode()
    with speaking(said(b"Content-Length: %d" % len(body), [body])) as raw:
        assert client(raw.url)[0].call("f") == [{"fullname": "<hidden>"}]
