"""What the cells of a matrix say: a tick, nothing, or the words of roles."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from batchroles.models.languages import folded, words
from batchroles.text import cleaned

# The second and third are a sign of multiplication and a Cyrillic letter: both look like the first.
_YES = "x \u00d7 \u0445 ✓ ✔ ☑ ✅ 1 y yes true j wahr ok vrai si"
# The second and third are dashes that programs make of the first.
_NO = "- \u2013 \u2014 ✗ ✘ ☐ ❌ 0 n no false falsch faux n/a"
TICKS = frozenset(_YES.split())
"""What says yes, in small letters; the words of other languages are in `models/languages.toml`."""
NOTHING = frozenset(_NO.split())
"""What says no, which in a matrix asks for nothing."""
_ROLES = frozenset(
    (
        "manager", "coursecreator", "course creator", "editingteacher", "teacher", "non-editing teacher", "student",
        "guest", "user", "authenticated user", "frontpage",
    )
)  # fmt: skip
"""The short names of Moodle's own roles, and what it shows for them in English."""
BETWEEN = re.compile(r"[;,/|+\n\r]+")


class Says(Enum):
    """What a cell is."""

    BLANK = auto()
    TICK = auto()
    NOTHING = auto()
    ROLES = auto()
    """One role that every Moodle has, or several of them."""
    NUMBER = auto()
    """A number that is no tick: a grade, a count, a group."""
    WORD = auto()
    """A word that may be a role of the site's own."""
    SEVERAL = auto()
    """Several words, of which not every one is a role that is known."""


@dataclass(frozen=True)
class Mark:
    """One cell as it is understood."""

    says: Says
    roles: tuple[str, ...] = ()
    """The words for roles, where it has some."""

    @property
    def sure(self) -> bool:
        """Whether such a cell stands in a matrix, and hardly anywhere else."""
        return self.says in (Says.TICK, Says.NOTHING, Says.ROLES)


def mark_of(text: str) -> Mark:
    """Understand the text of a cell."""
    value = cleaned(text)
    word = value.casefold()
    if not value:
        return Mark(Says.BLANK)
    if word in TICKS or word in words().yes:
        return Mark(Says.TICK)
    if word in NOTHING or word in words().no:
        return Mark(Says.NOTHING)
    if is_role(word):
        return Mark(Says.ROLES, (value,))
    pieces = [piece for piece in map(cleaned, BETWEEN.split(value)) if piece]
    if len(pieces) > 1 and all(is_role(piece) for piece in pieces):
        return Mark(Says.ROLES, tuple(dict.fromkeys(pieces)))
    if re.fullmatch(r"[-+]?[0-9]+([.,][0-9]+)?", value):
        return Mark(Says.NUMBER)
    return Mark(Says.WORD, (value,)) if len(pieces) == 1 and pieces[0] == value else Mark(Says.SEVERAL)


def is_role(word: str) -> bool:
    """Whether a word is known to be a role, whatever the site."""
    text = cleaned(word)
    return text.casefold() in _ROLES or folded(text) in words().roles
