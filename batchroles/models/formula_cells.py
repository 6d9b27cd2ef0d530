"""Text that a spreadsheet would run as a formula: made harmless when written, restored when read back.

The rule both ways: text that is any number of apostrophes and then `=`, `+`, `-`, `@`, a tab or a carriage return gets
one more apostrophe in front when written, and loses one when read. So reading what was written gives the original.
"""

import re

_LIKE_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NEUTRALISED = re.compile(r"'+[=+\-@\t\r]")


def neutralise(text: str) -> str:
    """Return text that no spreadsheet runs as a formula."""
    return f"'{text}" if _LIKE_FORMULA.match(text) else text


def restore(text: str) -> str:
    """Return the text that `neutralise` was given."""
    return text[1:] if _NEUTRALISED.match(text) else text
