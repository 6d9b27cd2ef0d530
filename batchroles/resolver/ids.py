"""Ids that a file gives itself, and what a look-up found."""

from batchroles.models import Code, Problem
from batchroles.models.ids import is_id

Found = int | Problem
"""An id, or why there is none. The problem's column is filled in where it is known."""


def given_id(text: str, what: str) -> Found:
    """Take an id as it is given; only what can be no id at all is a problem."""
    if is_id(text):
        return int(text)
    return Problem(
        Code.BAD_VALUE,
        f'"{text}" is not a {what} id: Moodle\'s ids are whole numbers from 1 on.',
        f"Write the {what}'s id as Moodle shows it in addresses (id=…), or a name instead of an id.",
        value=text,
    )
