"""Text that a spreadsheet would run as a formula: made harmless when written, restored when read back.

The rule both ways: text that is any number of apostrophes and then a sign that can begin a formula gets one more
apostrophe in front when written, and loses one when read. So reading what was written gives the original.
"""

import re

# NOTE: Excel in East Asian languages takes the full-width signs for the plain ones; a tab or a line end in front is
# dropped by some programs, so that the sign behind it comes first.
_BEGINNING = "[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_LIKE_FORMULA = re.compile(f"'*{_BEGINNING}")
_NEUTRALISED = re.compile(f"'+{_BEGINNING}")


def neutralise(text: str) -> str:
    """Return text that no spreadsheet runs as a formula."""
    return f"'{text}" if _LIKE_FORMULA.match(text) else text


def restore(text: str) -> str:
    """Return the text that `neutralise` was given."""
    return text[1:] if _NEUTRALISED.match(text) else text
