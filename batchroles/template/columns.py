"""The columns of the template, and what is said about them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Column:
    """A column to fill in."""

    header: str
    width: int
    """In characters."""
    meaning: str
    """What to write there."""
    example: str
    strictness: Literal["stop", "warning"] = "warning"
    """What Excel does with a value that is not in the drop-down: refuse it, or ask whether it is meant."""
    refusal: str = ""
    """What Excel says then; at most 225 characters."""


COLUMNS = (
    Column(
        "username",
        28,
        "The name with which the person logs in to Moodle. To go by e-mail address or ID number instead, change this "
        "header to email or idnumber.",
        "maria.lopez",
    ),
    Column(
        "role",
        20,
        "The role, from the drop-down list. It holds Moodle's short names; below is what Moodle shows for each.",
        "student",
        refusal="This role was not known when the template was made. Keep it only if your site has it.",
    ),
    Column(
        "course",
        28,
        "The short name of the course, exactly as Moodle spells it. To give roles in a category instead, change this "
        "header to category and write the category's ID number.",
        "MATH101",
        refusal="This course was not on the site when the template was made. Keep it only if it has been made since.",
    ),
    Column(
        "action",
        14,
        "assign gives the role and unassign takes it away. Where it is blank, the command that reads the file decides.",
        "assign",
        "stop",
        "Pick assign or unassign, or leave the cell blank.",
    ),
)
