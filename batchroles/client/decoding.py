"""Answers of the REST server as Python values, from JSON or from XML."""

import json
import re
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

_WORDS = (
    r"(?:Warning|Notice|Deprecated|Strict Standards|Unknown error|(?:Recoverable )?Fatal error|Parse error)"
)
_TEXT = r"(?:(?!<br />|<!doctype|<html|<body|<\?xml)[^\x00]){0,20000}?"
_NOTICE = re.compile(
    # As PHP prints them with html_errors on, and as it prints them with html_errors off: before the answer, which still
    # calls itself application/json (case `vars-display-errors`).
    rf"<br />\s*<b>{_WORDS}</b>:\s+{_TEXT} in <b>[^<\n]{{0,500}}</b> on line <b>\d+</b><br />"
    rf"|(?:PHP )?{_WORDS}: +{_TEXT} in [^<\n]{{1,500}} on line \d+(?=[ \t\r]*(?:\n|$))",
    re.IGNORECASE,
)
"""One thing that PHP prints of itself; bounded, so that no text takes long to read."""
_NOTICE_BEGINS = re.compile(rf"\s*(?:<br />\s*<b>)?(?:PHP )?{_WORDS}(?:</b>)?:", re.IGNORECASE)
_INK = re.compile(r"[^\ufeff \t\r\n]")
_CUT_WORDS = ("null", "true", "false")


@dataclass(frozen=True)
class Decoded:
    """A value, and the text that PHP printed before or after it."""

    value: object
    notice: str = ""


class UnreadableError(Exception):
    """A text that is no complete answer of the REST server."""


def decode_json(text: str) -> Decoded:
    """Read an answer in JSON; what PHP printed before or after it is given apart. Raises `UnreadableError`.

    Nothing but such notices may stand beside the value: a page that ends in `null` is not Moodle's word.
    """
    begin = _after_notices(text, 0)
    try:
        value, end = _JSON.raw_decode(text, begin)
        value = _with_whole_letters(value, text)
    except (ValueError, RecursionError):
        raise UnreadableError from None
    if _after_notices(text, end) < len(text):
        raise UnreadableError
    notice = text[:begin].strip("\ufeff") + text[end:]
    return Decoded(value, notice if notice.strip() else "")


def _after_notices(text: str, place: int) -> int:
    """Give the place at which blanks and notices of PHP end."""
    while ink := _INK.search(text, place):
        notice = _NOTICE.match(text, ink.start())
        if notice is None:
            return ink.start()
        place = notice.end()
    return len(text)


def _no_number(text: str) -> float:
    raise ValueError(text)


_JSON = json.JSONDecoder(parse_constant=_no_number)
"""Without NaN and Infinity, which Python's reader takes and PHP never writes."""


def begins_as_notice(text: str) -> bool:
    """Whether a text begins as what PHP prints of itself does, whole or cut."""
    return _NOTICE_BEGINS.match(text) is not None


_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""Half a letter, as JSON may write letters beyond 65,535."""


def _with_whole_letters(value: Any, text: str) -> Any:
    """Replace halves of letters that have lost the other half: no file can hold them, and no terminal show them."""
    return _whole(value) if _HALF.search(text) else value


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        # In UTF-16 two halves that stand together are one letter again; a single one becomes U+FFFD.
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(part) for part in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(part) for name, part in value.items()}
    return value


def looks_cut(text: str) -> bool:
    """Whether a text that is no JSON may be the beginning of some."""
    start = text.strip()
    return start[:1] in tuple('{["') or any(word.startswith(start) for word in _CUT_WORDS)


def split_xml(text: str) -> tuple[str, str]:
    """Split what PHP printed from an answer in XML, whole or cut; the second is empty where there is none."""
    start = _after_notices(text, 0)
    if not text.startswith("<?xml", start):
        return "", ""
    _, ended, inside = text[start:].partition("?>")
    inside = inside.lstrip()
    # Web pages may begin with <?xml too, but then something else follows.
    ours = any(inside.startswith(root) or root.startswith(inside) for root in ("<RESPONSE", "<EXCEPTION"))
    if ended and not ours:
        return "", ""
    end = max(text.rfind(f"</{root}>") + len(root) + 3 for root in ("RESPONSE", "EXCEPTION"))
    whole = end > start and _after_notices(text, end) == len(text)
    after = text[end:] if whole else ""
    return text[:start].strip("\ufeff") + after, text[start:end] if whole else text[start:]


def decode_xml(text: str) -> object:
    """Read an answer in XML as the values that the same answer has in JSON, but every number as text.

    `RESPONSE` with nothing in it is None (case `xml-null-result`), as is a value marked as null; an `EXCEPTION` becomes
    the dictionary that JSON has for it. Raises `UnreadableError` for XML that is cut, that declares entities, or that
    no Moodle writes.
    """
    try:
        root = fromstring(_without_control_characters(text.strip()).encode("utf-8"))
        if root.tag == "EXCEPTION":
            return {"exception": root.get("class", "")} | {part.tag.lower(): part.text or "" for part in root}
        if root.tag != "RESPONSE" or len(root) > 1 or _written(root):
            raise UnreadableError
        return _value(root[0]) if len(root) else None
    except (ParseError, DefusedXmlException, RecursionError, UnicodeEncodeError):
        raise UnreadableError from None


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def _without_control_characters(text: str) -> str:
    """Drop what XML forbids: Moodle writes such characters of its data as they are."""
    return _CONTROL.sub("", text)


def _value(element: Element) -> Any:
    if element.tag == "VALUE" and not len(element):
        return None if element.get("null") else element.text or ""
    if _written(element):
        raise UnreadableError
    if element.tag == "MULTIPLE":
        return [_value(part) for part in element]
    if element.tag == "SINGLE":
        return {key.get("name", ""): _value_of_key(key) for key in element}
    raise UnreadableError


def _value_of_key(key: Element) -> Any:
    if key.tag != "KEY" or len(key) > 1 or _written(key):
        raise UnreadableError
    return _value(key[0]) if len(key) else None


def _written(element: Element) -> bool:
    """Whether words stand between the elements, where Moodle writes line breaks only."""
    return bool((element.text or "").strip() or any((part.tail or "").strip() for part in element))


_TITLE, _TITLE_END = re.compile("<title", re.IGNORECASE), re.compile("</title", re.IGNORECASE)
_SHOWN = 20_000
"""Letters of a page, or of what PHP printed, that are looked at for words to show."""
_TAG = re.compile(r"<[^<>]*>?")
_UNSEEN = re.compile(r"<(style|script)\b", re.IGNORECASE)


def page_title(text: str) -> str:
    """Give the title of a web page, or its first words."""
    text = text[:_SHOWN]
    found = _TITLE.search(text)
    begin = text.find(">", found.end()) + 1 if found else 0
    end = _TITLE_END.search(text, begin) if begin else None
    return plain(text[begin : end.start()] if end else text)[:80]


_EXCERPT = 200


def excerpt(text: str) -> str:
    """Give the beginning of an answer that nobody understood, fit to be shown: on one line, of a page its words."""
    begun = text[:_SHOWN]
    words = plain(begun) if begun.lstrip()[:1] == "<" else " ".join(begun.split())
    seen = "".join(letter for letter in words if letter.isprintable())
    return seen if len(seen) <= _EXCERPT else f"{seen[:_EXCERPT]}…"


def plain(html: str) -> str:
    """Take the tags off the beginning of a piece of HTML.

    Each letter is looked at a few times at most, whatever is opened and never closed.
    """
    rest, seen = html[:_SHOWN], []
    while opened := _UNSEEN.search(rest):
        seen.append(rest[: opened.start()])
        closed = re.compile(f"</{opened[1]}[^<>]*>?", re.IGNORECASE).search(rest, opened.end())
        rest = rest[closed.end() :] if closed else ""
    return " ".join(_TAG.sub(" ", " ".join([*seen, rest])).split())
