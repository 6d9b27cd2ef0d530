"""What people do at the page, step by step, over HTTP: a file given, looked at, sent, and what became of it."""

import re
import time
from html import unescape

from tests.web.visiting import Visitor

PATIENCE = 60.0


def until(visitor: Visitor, path: str, wanted: str) -> str:
    """Look at a screen until it says something; gives it as people read it."""
    over, text = time.monotonic() + PATIENCE, ""
    while time.monotonic() < over:
        text = unescape(visitor.get(path).text)
        if wanted in text:
            return text
        time.sleep(0.1)
    raise AssertionError(f"{wanted!r} is not said: {text}")


def hidden(page: str) -> dict[str, str]:
    """Give the hidden fields of a page's forms."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found if name != "back"}


def looked_at(visitor: Visitor, name: str, content: str | bytes) -> tuple[str, str]:
    """Give a file and wait until it was looked at; gives its address and its screen."""
    given = content if isinstance(content, bytes) else content.encode()
    place = visitor.upload(name, given).headers["Location"]
    return place, settled(visitor, place)


def settled(visitor: Visitor, place: str) -> str:
    """Wait until what is looked up is known; gives the screen."""
    over = time.monotonic() + PATIENCE
    while '"over":true' not in visitor.get(f"{place}/state").text:
        assert time.monotonic() < over, "it goes on for ever"
        time.sleep(0.05)
    return unescape(visitor.get(place).text)


def press(visitor: Visitor, place: str, button: str, screen: str, **fields: str) -> str:
    """Send the form behind a button of a screen; gives where that leads."""
    answer = visitor.post(f"{place}/{button}", {**hidden(screen), **fields})
    assert answer.status == 303, answer.text
    return answer.headers["Location"]
