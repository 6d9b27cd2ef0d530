"""What is done to text before somebody sees it, wherever it came from: a site, a file, a name, a flag."""

import json
import re
from typing import Any

_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys instead of showing it, but for line end and tab; what turns text; half characters."""

_BYTE_OF_A_NAME = 0xDC00
"""Python keeps a byte of a file's name that is no UTF-8 as a half character this far above it."""


def harmless(text: str) -> str:
    r"""Return the text with whatever could steer a terminal shown as `\x1b` or `\u202e`, so that it can be printed."""
    return _STEERING.sub(_spelt, text)


def as_json(content: Any) -> str:
    r"""Return JSON for people to read: letters as they are, what could steer a terminal as an escape of JSON."""
    text = json.dumps(content, ensure_ascii=False, indent=2)
    return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _spelt(match: re.Match[str]) -> str:
    number = ord(match[0])
    if 0xDC80 <= number <= 0xDCFF:
        number -= _BYTE_OF_A_NAME
    return f"\\x{number:02x}" if number <= 0xFF else f"\\u{number:04x}"
