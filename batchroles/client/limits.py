"""How much of an answer is taken: no site, and nothing in its place, fills this machine's memory."""

import re
from typing import Any

from batchroles.errors import SiteRefusal

MOST_BYTES = 100_000_000
"""Bytes of an answer, packed and unpacked. All courses of a site of 20,000 take 60 MB, 60,000 holdings 15 MB; for more
than this PHP's own memory does not suffice."""
MOST_ROOM = 500_000_000
"""Bytes that a text and its values may take here, as `_room` reckons."""
_PIECE = 65_536
_VALUE = 100
"""Bytes that a value takes about, for the comma, bracket or tag that it costs in the answer."""
_FOUR_BYTES = re.compile(rb"[\xf0-\xff]")
"""The first byte of a letter that makes Python keep a whole text four bytes a letter."""


def read_body(raw: Any) -> bytes:
    """Read an answer's body from urllib3 and unpack it, piece by piece. Raises `SiteRefusal` where it is too large."""
    body = bytearray()
    while piece := raw.read(_PIECE, decode_content=True):
        body += piece
        if max(len(body), raw.tell()) > MOST_BYTES:
            raise _too_large()
    if _room(body) > MOST_ROOM:
        raise _too_large()
    return bytes(body)


def _room(body: bytearray) -> int:
    """Reckon what text and values of an answer take in memory: a list of `[]` takes thirty times its length."""
    width = 1 if body.isascii() else 4 if _FOUR_BYTES.search(body) else 2
    # Twice: the text as a whole, and the same letters in its values.
    return 2 * width * len(body) + _VALUE * sum(body.count(mark) for mark in (b",", b"[", b"{", b"<"))


def _too_large() -> SiteRefusal:
    refusal = SiteRefusal(
        f"The site's answer is larger than any that a Moodle gives (more than {MOST_BYTES // 1_000_000} MB, or a"
        " million values); is this the address of a Moodle site?",
        "toolarge",
    )
    refusal.maybe_done = True
    return refusal
