"""Answers of the REST server as Python values, from JSON or from XML."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

_PLACES = re.compile(r"(?<=>)|^[ \t]*", re.MULTILINE)
"""Where JSON may begin after printed notices: after a tag, or at the start of a line."""
_MOST_PLACES = 2000
_PAGE = re.compile(r"<(!doctype|html|head|body)\b", re.IGNORECASE)
"""The start of a web page, in which no JSON is looked for: its scripts hold some."""
_NOTICE = re.compile(
    r"\s*(<br />\s*)?(<b>)?(PHP )?(Warning|Notice|Deprecated|Fatal error|Strict Standards)\b"
)
"""The start of what PHP prints of itself."""
_CUT_WORDS = ("null", "true", "false")


@dataclass(frozen=True)
class Decoded:
    """A value, and the text that PHP printed before it."""

    value: object
    notice: str = ""


class UnreadableError(Exception):
    """A text that is no complete answer of the REST server."""


def decode_json(text: str) -> Decoded:
    """Read an answer in JSON; what PHP printed before or after it is given apart. Raises `UnreadableError`."""
    start = text.lstrip("\ufeff \t\r\n")
    try:
        return Decoded(json.loads(start))
    except ValueError:
        pass
    if _PAGE.match(start):
        raise UnreadableError
    for place in _places(text):
        value, end = _value_at(text, place)
        if end and (not text[end:].strip() or _NOTICE.match(text, end)):
            return Decoded(value, text[:place] + text[end:])
    raise UnreadableError


def _places(text: str) -> Iterator[int]:
    for number, match in enumerate(_PLACES.finditer(text)):
        if number >= _MOST_PLACES:
            return
        yield match.end()


def _value_at(text: str, place: int) -> tuple[object, int]:
    """Read one JSON value at a place; the end is 0 where there is none."""
    # Lists, objects and null only: numbers and quoted words occur inside notices too.
    if not text.startswith(("{", "[", "null"), place):
        return None, 0
    try:
        value, end = json.JSONDecoder().raw_decode(text, place)
    except ValueError:
        return None, 0
    return value, end


def looks_cut(text: str) -> bool:
    """Whether a text that is no JSON may be the beginning of some."""
    start = text.strip()
    return start[:1] in tuple('{["') or any(word.startswith(start) for word in _CUT_WORDS)


def split_xml(text: str) -> tuple[str, str]:
    """Split what PHP printed from an answer in XML, whole or cut; the second is empty where there is none."""
    start = text.find("<?xml")
    if start < 0 or (text[:start].strip("\ufeff \t\r\n") and not _NOTICE.match(text)):
        return "", ""
    _, ended, inside = text[start:].partition("?>")
    inside = inside.lstrip()
    # Web pages may begin with <?xml too, but then something else follows.
    ours = any(inside.startswith(root) or root.startswith(inside) for root in ("<RESPONSE", "<EXCEPTION"))
    return (text[:start].strip("\ufeff"), text[start:]) if ours or not ended else ("", "")


def decode_xml(text: str) -> object:
    """Read an answer in XML as the values that the same answer has in JSON, but every number as text.

    `RESPONSE` with nothing in it is None, as is a value marked as null; an `EXCEPTION` becomes the dictionary that
    JSON has for it. Raises `UnreadableError` for XML that is cut, or that declares entities.
    """
    try:
        root = fromstring(_without_control_characters(text.strip()).encode("utf-8"))
    except (ParseError, DefusedXmlException):
        raise UnreadableError from None
    if root.tag == "EXCEPTION":
        return {"exception": root.get("class", "")} | {part.tag.lower(): part.text or "" for part in root}
    return _value(root[0]) if len(root) else None


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def _without_control_characters(text: str) -> str:
    """Drop what XML forbids: Moodle writes such characters of its data as they are."""
    return _CONTROL.sub("", text)


def _value(element: Element) -> Any:
    if element.tag == "MULTIPLE":
        return [_value(part) for part in element]
    if element.tag == "SINGLE":
        return {key.get("name", ""): _value(key[0]) if len(key) else None for key in element}
    return None if element.get("null") else element.text or ""


def page_title(text: str) -> str:
    """Give the title of a web page, or its first words."""
    found = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    return " ".join(plain(found[1] if found else text).split())[:80]


def plain(html: str) -> str:
    """Take the tags off a piece of HTML."""
    bare = re.sub(r"<(style|script)\b.*?</\1>|<[^>]*>", " ", html, flags=re.IGNORECASE | re.DOTALL)
    return " ".join(bare.split())
