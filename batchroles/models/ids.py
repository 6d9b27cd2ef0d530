"""Moodle's ids: 64-bit integers, which it takes in plain digits only (cases `assign-userid-*`)."""

import re

_ID = re.compile(r"[1-9][0-9]{0,18}")
_LARGEST = 2**63 - 1


def is_id(text: str) -> bool:
    """Whether the text is a whole number from 1 to 2⁶³-1 in plain digits, without signs or zeros in front."""
    return _ID.fullmatch(text) is not None and int(text) <= _LARGEST
