"""Texts: lists of words, what is valid UTF-8, HTML tags and what HTML escapes."""

import html
import re


def words(text: str) -> list[str]:
    """Give the words of a text: a list that is easier to read than one of quoted strings."""
    return text.split()


def is_valid(text: str) -> bool:
    """Say whether a text is valid UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def escape(text: str) -> str:
    """Escape `&`, `<`, `>` and double quotes, not single ones."""
    return html.escape(text, quote=False).replace('"', "&quot;")


def valid_text(value: str) -> str:
    """Drop what is no UTF-8, and null characters."""
    if value.isascii() and "\0" not in value:
        return value
    return value.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")


def strip_tags(value: str, but: str | None = None) -> str:
    """Remove HTML tags, an unclosed one to the end of the text; those with the name `but` stay."""

    def kept(tag: re.Match[str]) -> str:
        return tag[0] if tag["end"] and tag["name"].lower() == but else ""

    return _TAG.sub(kept, valid_text(value))


_TAG = re.compile(r"<(?![\s<])/?(?P<name>[^\s<>/]*)[^>]*(?P<end>>|$)")
